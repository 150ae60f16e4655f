using System.Security.Cryptography;
using System.Text;

namespace Assay.Scanning;

/// <summary>Where a finding is.</summary>
/// <param name="Path">Path of the artifact relative to its target, with <c>/</c>.</param>
/// <param name="Member">Path below the artifact, levels joined by <c>!</c>; null for the artifact itself.</param>
/// <param name="Offset">Bytes from the start of the innermost member, after decompression.</param>
/// <param name="Line">Line from 1, for text.</param>
/// <param name="Column">Column from 1, for text.</param>
public sealed record Location(string Path, string? Member, long? Offset, int? Line = null, int? Column = null);

/// <summary>One thing that a rule saw.</summary>
public sealed record Finding
{
    /// <summary>The rule.</summary>
    public required Rule Rule { get; init; }

    /// <summary>Severity of this finding.</summary>
    public required Severity Severity { get; init; }

    /// <summary>How sure it is.</summary>
    public required Confidence Confidence { get; init; }

    /// <summary>One plain sentence: what happens, with the reconstructed call where there is one.</summary>
    public required string Message { get; init; }

    /// <summary>The decoded, bounded, escaped evidence; null where the message says it all.</summary>
    public string? Evidence { get; init; }

    /// <summary>When it takes effect.</summary>
    public Effect Effect { get; init; } = Effect.Load;

    /// <summary>Where it is.</summary>
    public required Location Location { get; init; }

    /// <summary>What to do about this one; the rule's advice where nothing more special is known.</summary>
    public required string Advice { get; init; }

    /// <summary>Whether it counts.</summary>
    public RuleStage Stage => Rule.Stage;

    /// <summary>Whether it was known from a baseline: it stays in the report and counts for nothing.</summary>
    public bool Baselined { get; init; }

    /// <summary>
    /// Stable identity (<c>assay/v1</c>): the first 16 hexadecimal digits of SHA-256 over rule, path, member and evidence. Offsets are
    /// left out, so that it survives a file that is written anew.
    /// </summary>
    public string Fingerprint => MakeFingerprint();

    // Not kept: a copy made by `with` would carry the fingerprint of what it was copied from.
    private string MakeFingerprint()
    {
        var text = string.Join('\n', Rule.Id, Location.Path, Location.Member ?? "", Evidence ?? Message);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
    }
}
