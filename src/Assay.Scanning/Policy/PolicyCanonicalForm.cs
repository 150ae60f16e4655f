using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Assay.Scanning.Reports;

namespace Assay.Scanning.Policy;

/// <summary>
/// A policy as canonical JSON (RFC 8785, limited to strings, integers, arrays and objects): members sorted, no white space, lists whose order
/// means nothing sorted too, sizes in bytes and ages in seconds.
/// </summary>
internal static class PolicyCanonicalForm
{
    public static byte[] Of(AdmissionPolicy policy)
    {
        var text = new StringBuilder();
        Write(text, new Members
        {
            ["clauses"] = policy.Clauses.Select(ClauseOf).ToList<object>(),
            ["name"] = policy.Name,
            ["schema"] = PolicyReader.Schema,
            ["waivers"] = policy.Waivers.Select(WaiverOf).ToList<object>(),
        });
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public static string DigestOf(byte[] document) => Convert.ToHexStringLower(SHA256.HashData(document));

    private static Members ClauseOf(PolicyClause clause)
    {
        var c = clause.When;
        var when = new Members();
        AddList(when, "assessment", c.Assessments.Select(PolicyWords.Of));
        AddList(when, "assessment-reason", c.AssessmentReasons);
        AddText(when, "confidence-at-least", c.ConfidenceAtLeast is { } confidence ? Words.Of(confidence) : null);
        AddList(when, "file", c.Files);
        AddNumber(when, "file-size-above", c.FileSizeAbove);
        AddText(when, "first-publication", c.FirstPublication switch { true => "true", false => "false", _ => null });
        AddList(when, "format", c.Formats);
        AddList(when, "incomplete", c.Incomplete.Select(Words.Of));
        AddList(when, "kind", c.Kinds.Select(PolicyWords.Of));
        AddList(when, "licence", c.Licences);
        AddList(when, "licence-not", c.LicencesNot);
        AddList(when, "publisher", c.Publishers);
        AddNumber(when, "publisher-age-below", (long?)c.PublisherAgeBelow?.TotalSeconds);
        AddNumber(when, "publisher-level-at-least", c.PublisherLevelAtLeast);
        AddNumber(when, "publisher-level-below", c.PublisherLevelBelow);
        AddList(when, "repository", c.Repositories);
        AddNumber(when, "repository-age-below", (long?)c.RepositoryAgeBelow?.TotalSeconds);
        AddList(when, "rule", c.Rules);
        AddList(when, "severity", c.Severities.Select(Words.Of));
        AddText(when, "severity-at-least", c.SeverityAtLeast is { } severity ? Words.Of(severity) : null);
        AddNumber(when, "size-above", c.SizeAbove);
        AddList(when, "verdict", c.Verdicts.Select(Words.Of));
        return new Members { ["because"] = clause.Because, ["name"] = clause.Name, ["then"] = PolicyWords.Of(clause.Then), ["when"] = when };
    }

    private static Members WaiverOf(PolicyWaiver waiver)
    {
        var members = new Members
        {
            ["expires"] = waiver.Expires.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ["owner"] = waiver.Owner,
            ["reason"] = waiver.Reason,
            ["rule"] = waiver.Rule,
        };
        AddText(members, "path", waiver.Path);
        AddText(members, "repository", waiver.Repository);
        AddText(members, "sha256", waiver.Sha256);
        return members;
    }

    private static void AddList(Members into, string name, IEnumerable<string> values)
    {
        var sorted = values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList<object>();
        if (sorted.Count > 0)
            into[name] = sorted;
    }

    private static void AddText(Members into, string name, string? value)
    {
        if (value is not null)
            into[name] = value;
    }

    private static void AddNumber(Members into, string name, long? value)
    {
        if (value is { } number)
            into[name] = number;
    }

    private static void Write(StringBuilder text, object value)
    {
        switch (value)
        {
            case Members members:
                text.Append('{');
                var first = true;
                foreach (var (name, member) in members)
                {
                    if (!first)
                        text.Append(',');
                    first = false;
                    WriteText(text, name);
                    text.Append(':');
                    Write(text, member);
                }

                text.Append('}');
                break;
            case List<object> list:
                text.Append('[');
                for (var i = 0; i < list.Count; i++)
                {
                    if (i > 0)
                        text.Append(',');
                    Write(text, list[i]);
                }

                text.Append(']');
                break;
            case long number:
                text.Append(number.ToString(CultureInfo.InvariantCulture));
                break;
            default:
                WriteText(text, (string)value);
                break;
        }
    }

    private static void WriteText(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' => text.Append($"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }

    private sealed class Members() : SortedDictionary<string, object>(StringComparer.Ordinal);
}
