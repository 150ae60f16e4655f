namespace Assay.Scanning.Policy;

/// <summary>What a policy makes of the evidence, and why (<c>assay.decision/v1</c>).</summary>
public sealed record Decision
{
    /// <summary>The name of the schema, and its version.</summary>
    public const string SchemaName = "assay.decision/v1";

    /// <summary>Reasons that are kept of one clause.</summary>
    public const int MaxReasonsPerClause = 20;

    /// <summary>Waived findings that are listed.</summary>
    public const int MaxWaived = 200;

    /// <summary>The name of the schema.</summary>
    public required string Schema { get; init; }

    /// <summary>The outcome.</summary>
    public required Outcome Outcome { get; init; }

    /// <summary>The verdict after waivers.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>One sentence for people, in printable ASCII, so that it fits into a header of a protocol.</summary>
    public required string Summary { get; init; }

    /// <summary>Every clause that had a say, with what it was about; the weightiest first. What was admitted as an exception is here too.</summary>
    public required IReadOnlyList<DecisionReason> Reasons { get; init; }

    /// <summary>Findings and gaps that a waiver took out.</summary>
    public required IReadOnlyList<WaivedEvidence> Waived { get; init; }

    /// <summary>Remarks that change nothing: waivers that expired, reasons that were too many to list.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>The policy's name.</summary>
    public required string PolicyName { get; init; }

    /// <summary>The policy's digest (<see cref="AdmissionPolicy.Digest"/>).</summary>
    public required string PolicyDigest { get; init; }

    /// <summary>Lower-case hexadecimal SHA-256 over the evidence as <see cref="AdmissionEvidenceJson.Write(AdmissionEvidence)"/> writes it.</summary>
    public required string EvidenceDigest { get; init; }

    /// <summary>The moment that ages and expiries were judged at.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>Why a decision is what it is.</summary>
/// <param name="Clause">Name of the clause; <see cref="PolicyReader.DefaultClause"/> where none holds.</param>
/// <param name="Outcome">What the clause asks for.</param>
/// <param name="Because">The clause's words.</param>
/// <param name="File">The file that it is about; null for the repository as a whole.</param>
/// <param name="Rule">The rule that found something, where one did.</param>
/// <param name="Fingerprint">The finding, where there is one.</param>
/// <param name="Verdict">What the scanner makes of it: of the finding, the gap, or the file; null where the clause is about other facts.</param>
/// <param name="Detail">What was found, in the scanner's words.</param>
public sealed record DecisionReason(
    string Clause, Outcome Outcome, string Because, string? File, string? Rule, string? Fingerprint, Verdict? Verdict, string? Detail);

/// <summary>A finding or gap that a waiver took out.</summary>
/// <param name="Rule">Its rule.</param>
/// <param name="File">The file; null for the repository as a whole.</param>
/// <param name="Fingerprint">The finding; null for a gap.</param>
/// <param name="Owner">Who answers for it.</param>
/// <param name="Reason">Why it is accepted.</param>
/// <param name="Expires">Last day on which it is.</param>
public sealed record WaivedEvidence(string Rule, string? File, string? Fingerprint, string Owner, string Reason, DateOnly Expires);
