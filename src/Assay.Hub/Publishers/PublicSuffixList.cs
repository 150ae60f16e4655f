using System.Globalization;
using System.Net;

namespace Assay.Hub.Publishers;

/// <summary>The part of a host name that somebody registered: one label more than its public suffix.</summary>
/// <param name="Name">The domain, in lower case and ASCII: <c>openai.com</c>.</param>
/// <param name="Suffix">Its public suffix: <c>com</c>, <c>co.uk</c>, <c>github.io</c>.</param>
/// <param name="IsHosted">Whether the suffix is that of a hosting service (the list's private section), so that the name is an account there and no domain.</param>
public sealed record RegistrableDomain(string Name, string Suffix, bool IsHosted)
{
    /// <summary>The label that was registered: <c>openai</c>.</summary>
    public string Label => Name[..^(Suffix.Length + 1)];
}

/// <summary>
/// The Public Suffix List (publicsuffix.org, Mozilla Public License 2.0; its text is shipped unchanged), with its section of private
/// domains. Under a suffix that it does not have, the last label counts as one, as its algorithm says.
/// </summary>
public sealed class PublicSuffixList
{
    private const int MaxLabel = 63;
    private const int MaxName = 253;

    // Hosting services that came to the published list after the version that is shipped.
    private static readonly string[] Later = ["hf.space", "static.hf.space"];

    private static readonly Lazy<PublicSuffixList> Embedded = new(static () =>
    {
        using var reader = new StreamReader(typeof(PublicSuffixList).Assembly.GetManifestResourceStream("Assay.Hub.public_suffix_list.dat")!);
        var list = Parse(reader);
        foreach (var name in Later)
            list._rules[name] = list._rules.GetValueOrDefault(name) | Rule.PrivatePlain;
        return list;
    });

    private readonly Dictionary<string, Rule> _rules;

    private PublicSuffixList(Dictionary<string, Rule> rules) => _rules = rules;

    [Flags]
    private enum Rule
    {
        Plain = 1,
        Wildcard = 2,
        Exception = 4,
        PrivatePlain = 8,
        PrivateWildcard = 16,
    }

    /// <summary>The list that is shipped.</summary>
    public static PublicSuffixList Shipped => Embedded.Value;

    /// <summary>Reads a list in the form of publicsuffix.org: a rule a line, comments after <c>//</c>.</summary>
    public static PublicSuffixList Parse(TextReader reader)
    {
        var rules = new Dictionary<string, Rule>(12_000, StringComparer.Ordinal);
        var isPrivate = false;
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith("//", StringComparison.Ordinal))
            {
                if (line.Contains("===BEGIN PRIVATE DOMAINS===", StringComparison.Ordinal))
                    isPrivate = true;
                continue;
            }

            var end = line.AsSpan().IndexOfAny(' ', '\t');
            var text = end < 0 ? line : line[..end];
            if (text.Length == 0)
                continue;
            var (rule, name) = text switch
            {
                ['!', .. var rest] => (Rule.Exception, rest),
                ['*', '.', .. var rest] => (isPrivate ? Rule.PrivateWildcard : Rule.Wildcard, rest),
                _ => (isPrivate ? Rule.PrivatePlain : Rule.Plain, text),
            };
            if (Ascii(name) is { } ascii)
                rules[ascii] = rules.GetValueOrDefault(ascii) | rule;
        }

        return new PublicSuffixList(rules);
    }

    /// <summary>The registrable domain of a host name.</summary>
    /// <param name="host">A name, in Unicode or ASCII, with or without the final dot.</param>
    /// <returns>Null for what is no host name, is an address, or is a public suffix itself.</returns>
    public RegistrableDomain? Find(string host)
    {
        if (Ascii(host) is not { } name || IPAddress.TryParse(name, out _))
            return null;
        // The longest rule wins; of an exception, the part after its first label is the suffix.
        var (suffixAt, isHosted) = (name.LastIndexOf('.') + 1, false);
        for (var at = 0; at >= 0; at = name.IndexOf('.', at) is >= 0 and var dot ? dot + 1 : -1)
        {
            var rule = _rules.GetValueOrDefault(name[at..]);
            if (rule.HasFlag(Rule.Exception))
            {
                suffixAt = name.IndexOf('.', at) + 1;
                isHosted = false;
                break;
            }

            if ((rule & (Rule.Plain | Rule.PrivatePlain)) != 0)
            {
                (suffixAt, isHosted) = (at, !rule.HasFlag(Rule.Plain));
                break;
            }

            // A wildcard stands for the label before it.
            var parent = name.IndexOf('.', at) + 1;
            if (parent > 0 && _rules.GetValueOrDefault(name[parent..]) is var above && (above & (Rule.Wildcard | Rule.PrivateWildcard)) != 0)
            {
                (suffixAt, isHosted) = (at, !above.HasFlag(Rule.Wildcard));
                break;
            }
        }

        if (suffixAt == 0)
            return null;
        var start = name.LastIndexOf('.', suffixAt - 2) + 1;
        return new RegistrableDomain(name[start..], name[suffixAt..], isHosted);
    }

    /// <summary>A host name in lower case and ASCII, without a final dot; null for what is none.</summary>
    public static string? Ascii(string host)
    {
        var text = host.EndsWith('.') ? host[..^1] : host;
        if (text.Length is 0 or > MaxName)
            return null;
        if (!System.Text.Ascii.IsValid(text))
        {
            try
            {
                text = new IdnMapping { UseStd3AsciiRules = true }.GetAscii(text);
            }
            catch (ArgumentException)
            {
                return null;
            }
        }

        if (text.Length > MaxName)
            return null;
        foreach (var range in text.AsSpan().Split('.'))
        {
            var label = text.AsSpan(range);
            if (label.Length is 0 or > MaxLabel || label[0] == '-' || label[^1] == '-')
                return null;
            foreach (var c in label)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c != '-')
                    return null;
            }
        }

        return text.ToLowerInvariant();
    }
}
