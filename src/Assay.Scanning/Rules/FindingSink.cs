using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Collects the findings of one artifact: bounds their number, drops repetitions, and knows the place.</summary>
public sealed class FindingSink(string path)
{
    /// <summary>Findings kept per artifact and rule; further ones of the same rule are dropped (they would say the same again).</summary>
    public const int MaxPerRule = 20;

    private const int MaxMessage = 1024;
    private const int MaxEvidence = 3072;

    private readonly Dictionary<string, int> _perRule = [];
    private readonly HashSet<(string Rule, string? Member, string Evidence)> _seen = [];
    private readonly List<Finding> _findings = [];

    /// <summary>What was collected.</summary>
    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>Adds a finding, unless the same rule already said the same of the same member.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="artifact">The node that it was seen in.</param>
    /// <param name="offset">Offset in that node; null when it concerns the whole.</param>
    /// <param name="message">One plain sentence.</param>
    /// <param name="evidence">Decoded, bounded, escaped evidence.</param>
    /// <param name="severity">The rule's severity where null.</param>
    /// <param name="confidence">How sure.</param>
    /// <param name="effect">When it takes effect.</param>
    /// <param name="advice">The rule's advice where null.</param>
    /// <returns>The finding; null where it was a repetition or one too many.</returns>
    public Finding? Add(
        Rule rule,
        Artifact artifact,
        long? offset,
        string message,
        string? evidence = null,
        Severity? severity = null,
        Confidence confidence = Confidence.High,
        Effect effect = Effect.Load,
        string? advice = null) =>
        Add(rule, new Location(path, artifact.Member, offset), message, evidence, severity, confidence, effect, advice);

    /// <summary>Adds a finding about a place of a text: as <see cref="Add(Rule, Artifact, long?, string, string?, Severity?, Confidence, Effect, string?)"/>, with line and column.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="artifact">The node; read as text.</param>
    /// <param name="index">Character of its text.</param>
    /// <param name="message">One plain sentence.</param>
    /// <param name="evidence">Decoded, bounded evidence.</param>
    /// <param name="severity">The rule's severity where null.</param>
    /// <param name="confidence">How sure.</param>
    /// <param name="effect">When it takes effect.</param>
    /// <param name="advice">The rule's advice where null.</param>
    /// <returns>The finding; null where it was a repetition or one too many.</returns>
    public Finding? AddAt(
        Rule rule,
        Artifact artifact,
        int index,
        string message,
        string? evidence = null,
        Severity? severity = null,
        Confidence confidence = Confidence.High,
        Effect effect = Effect.Use,
        string? advice = null)
    {
        var source = artifact.FactsOf<TextFacts>()?.Source;
        var (line, column) = source?.PositionOf(index) ?? (1, 1);
        var location = new Location(path, artifact.Member, source?.OffsetOf(index), line, column);
        return Add(rule, location, message, evidence, severity, confidence, effect, advice);
    }

    private Finding? Add(
        Rule rule,
        Location location,
        string message,
        string? evidence,
        Severity? severity,
        Confidence confidence,
        Effect effect,
        string? advice)
    {
        // Whatever a detector quotes comes from a hostile file: it can neither grow without bound nor steer a terminal.
        message = Bound(message, MaxMessage);
        evidence = evidence is null ? null : Bound(evidence, MaxEvidence);
        if (!_seen.Add((rule.Id, location.Member, evidence ?? message)))
            return null;
        var count = _perRule.GetValueOrDefault(rule.Id);
        if (count >= MaxPerRule)
            return null;
        _perRule[rule.Id] = count + 1;
        var finding = new Finding
        {
            Rule = rule,
            Severity = severity ?? rule.Severity,
            Confidence = confidence,
            Message = message,
            Evidence = evidence,
            Effect = effect,
            Location = location,
            Advice = advice ?? rule.Advice,
        };
        _findings.Add(finding);
        return finding;
    }

    private static string Bound(string text, int max)
    {
        if (text.Length > max)
            text = text[..max] + "…";
        return PicklePrinter.Visible(text);
    }
}
