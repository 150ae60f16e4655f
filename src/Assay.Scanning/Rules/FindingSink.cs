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
    public void Add(
        Rule rule,
        Artifact artifact,
        long? offset,
        string message,
        string? evidence = null,
        Severity? severity = null,
        Confidence confidence = Confidence.High,
        Effect effect = Effect.Load,
        string? advice = null)
    {
        // Whatever a detector quotes comes from a hostile file: it can neither grow without bound nor steer a terminal.
        message = Bound(message, MaxMessage);
        evidence = evidence is null ? null : Bound(evidence, MaxEvidence);
        if (!_seen.Add((rule.Id, artifact.Member, evidence ?? message)))
            return;
        var count = _perRule.GetValueOrDefault(rule.Id);
        if (count >= MaxPerRule)
            return;
        _perRule[rule.Id] = count + 1;
        _findings.Add(new Finding
        {
            Rule = rule,
            Severity = severity ?? rule.Severity,
            Confidence = confidence,
            Message = message,
            Evidence = evidence,
            Effect = effect,
            Location = new Location(path, artifact.Member, offset),
            Advice = advice ?? rule.Advice,
        });
    }

    private static string Bound(string text, int max)
    {
        if (text.Length > max)
            text = text[..max] + "…";
        return PicklePrinter.Visible(text);
    }
}
