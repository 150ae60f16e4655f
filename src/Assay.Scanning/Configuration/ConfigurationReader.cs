using System.Globalization;
using System.Text;
using Assay.Formats;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Assay.Scanning.Configuration;

/// <summary>
/// Reads <c>assay.yaml</c>. Strict: a key that is not known is an error with its line, since a waiver or an exclusion that is silently not
/// applied is worse than a stop. Anchors, aliases and tags are refused.
/// </summary>
public sealed class ConfigurationReader
{
    private const int MaxBytes = 1 << 20;
    private const int MaxEntries = 10_000;

    private static readonly string[] Keys = ["trusted-modules", "exclude", "limits", "fail-on", "waivers"];
    private static readonly string[] WaiverKeys = ["rule", "path", "sha256", "owner", "reason", "expires"];

    private readonly string _file;
    private readonly Parser _parser;

    private ConfigurationReader(string file, TextReader text)
    {
        _file = file;
        _parser = new Parser(text);
    }

    /// <summary>Reads a configuration file.</summary>
    /// <param name="path">Its path; messages show it as given.</param>
    /// <exception cref="ConfigurationException">It cannot be read or used.</exception>
    public static ScanConfiguration Read(string path)
    {
        byte[] bytes;
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > MaxBytes)
                throw new ConfigurationException(path, 0, 0, $"The configuration is larger than {MaxBytes >> 20} MiB.");
            bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(path, 0, 0, "The configuration could not be read: " + Faults.Describe(e));
        }

        using var text = new StreamReader(new MemoryStream(bytes), Encoding.UTF8);
        return Parse(path, text);
    }

    /// <summary>Reads a configuration.</summary>
    /// <param name="name">The name that messages show.</param>
    /// <param name="text">YAML.</param>
    /// <exception cref="ConfigurationException">It cannot be used.</exception>
    public static ScanConfiguration Parse(string name, TextReader text)
    {
        var reader = new ConfigurationReader(name, text);
        try
        {
            return reader.ReadDocument();
        }
        catch (YamlException e)
        {
            throw new ConfigurationException(name, e.Start.Line, e.Start.Column, "This is not valid YAML: " + e.Message);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // How the parser fails on some broken input, without a place; what it read last is near.
            var last = reader._parser.Current?.End ?? Mark.Empty;
            throw new ConfigurationException(name, last.Line, last.Column, "This is not valid YAML, here or shortly after.");
        }
    }

    private ScanConfiguration ReadDocument()
    {
        Next<StreamStart>("the start");
        if (Peek() is StreamEnd)
            return new ScanConfiguration();
        Next<DocumentStart>("a document");
        var configuration = new ScanConfiguration();
        if (Peek() is Scalar { Value: "" })
        {
            Advance();
        }
        else
        {
            ReadMapping("the configuration", Keys, (key, place) => configuration = key switch
            {
                "trusted-modules" => configuration with { TrustedModules = ReadStrings(key, IsModule, "a module name such as acme.models") },
                "exclude" => configuration with { Exclude = ReadStrings(key, static g => g.Length > 0, "a pattern such as tests/**") },
                "limits" => configuration with { Limits = ReadLimits() },
                "fail-on" => configuration with { FailOn = ReadFailOn() },
                _ => configuration with { Waivers = ReadWaivers() },
            });
        }

        Next<DocumentEnd>("the end of the document");
        if (Peek() is not StreamEnd)
            throw Problem(Peek(), "There is a second YAML document; a configuration is one.");
        return configuration;
    }

    private void ReadMapping(string what, string[] keys, Action<string, ParsingEvent> read)
    {
        var start = Peek();
        if (start is not MappingStart)
            throw Problem(start, $"Here {what} should be: keys with values ({string.Join(", ", keys)}).");
        Advance();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (Peek() is not MappingEnd)
        {
            var place = Peek();
            var key = ReadText("a key");
            if (Array.IndexOf(keys, key) < 0)
                throw Problem(place, $"The key {Quoted(key)} is not known in {what}. Known are: {string.Join(", ", keys)}.");
            if (!seen.Add(key))
                throw Problem(place, $"The key {Quoted(key)} stands here a second time.");
            read(key, place);
        }

        Advance();
    }

    private List<string> ReadStrings(string key, Func<string, bool> accept, string example)
    {
        if (Peek() is not SequenceStart)
            throw Problem(Peek(), $"{key} is a list; write each entry on a line of its own after a dash.");
        Advance();
        var values = new List<string>();
        while (Peek() is not SequenceEnd)
        {
            var place = Peek();
            var value = ReadText("an entry of " + key);
            if (!accept(value))
                throw Problem(place, $"{Quoted(value)} is no entry of {key}; it should be {example}.");
            if (values.Count >= MaxEntries)
                throw Problem(place, $"{key} has more than {MaxEntries} entries.");
            values.Add(value);
        }

        Advance();
        return values;
    }

    private List<KeyValuePair<string, string>> ReadLimits()
    {
        var limits = new List<KeyValuePair<string, string>>();
        var defaults = new WorkLimits();
        ReadMapping("limits", [.. WorkLimits.Names], (name, _) =>
        {
            var place = Peek();
            var value = ReadText("the value of " + name);
            if (defaults.With(name, value) is null)
                throw Problem(place, $"{Quoted(value)} is no value of the limit {name}; it should be a positive number.");
            limits.Add(new KeyValuePair<string, string>(name, value));
        });
        return limits;
    }

    private FailOn ReadFailOn()
    {
        var place = Peek();
        var value = ReadText("the value of fail-on");
        return ParseFailOn(value) ?? throw Problem(place, $"{Quoted(value)} is no value of fail-on; it should be malicious, suspicious, incomplete or never.");
    }

    /// <summary>The value that a word stands for, null when it is none.</summary>
    public static FailOn? ParseFailOn(string word) => word switch
    {
        "malicious" => FailOn.Malicious,
        "suspicious" => FailOn.Suspicious,
        "incomplete" => FailOn.Incomplete,
        "never" => FailOn.Never,
        _ => null,
    };

    private List<Waiver> ReadWaivers()
    {
        if (Peek() is not SequenceStart)
            throw Problem(Peek(), "waivers is a list; start each waiver with a dash.");
        Advance();
        var waivers = new List<Waiver>();
        while (Peek() is not SequenceEnd)
        {
            if (waivers.Count >= MaxEntries)
                throw Problem(Peek(), $"waivers has more than {MaxEntries} entries.");
            waivers.Add(ReadWaiver());
        }

        Advance();
        return waivers;
    }

    private Waiver ReadWaiver()
    {
        var start = Peek();
        string? rule = null, path = null, sha256 = null, owner = null, reason = null;
        DateOnly? expires = null;
        ReadMapping("a waiver", WaiverKeys, (key, _) =>
        {
            var place = Peek();
            var value = ReadText("the value of " + key).Trim();
            if (value.Length == 0)
                throw Problem(place, $"The {key} of this waiver is empty.");
            switch (key)
            {
                case "rule":
                    rule = RuleCatalogue.Find(value)?.Id ?? throw Problem(place, $"There is no rule {Quoted(value)}. `assay rules` lists them.");
                    break;
                case "path":
                    path = value;
                    break;
                case "sha256":
                    sha256 = IsSha256(value) ? value.ToLowerInvariant() : throw Problem(place, $"{Quoted(value)} is no SHA-256; it should be 64 hexadecimal digits.");
                    break;
                case "owner":
                    owner = value;
                    break;
                case "reason":
                    reason = value;
                    break;
                default:
                    expires = DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
                        ? day
                        : throw Problem(place, $"{Quoted(value)} is no date; it should be like 2027-03-31.");
                    break;
            }
        });
        if (rule is null)
            throw Problem(start, "This waiver names no rule.");
        if ((path is null) == (sha256 is null))
            throw Problem(start, "A waiver names either a path or a sha256, so that it is clear what it is for.");
        if (owner is null || reason is null)
            throw Problem(start, $"This waiver has no {(owner is null ? "owner: say who answers for it." : "reason: say why it is acceptable.")}");
        if (expires is not { } end)
            throw Problem(start, "This waiver has no expires: say until which day it counts (like 2027-03-31).");
        return new Waiver(rule, path, sha256, owner, reason, end);
    }

    private string ReadText(string what)
    {
        var place = Peek();
        if (place is not Scalar scalar)
            throw Problem(place, $"Here {what} should be, in one line.");
        Advance();
        return scalar.Value;
    }

    private ParsingEvent Peek()
    {
        if (_parser.Current is null)
            Advance();
        var current = _parser.Current ?? throw new ConfigurationException(_file, 0, 0, "The configuration ends too early.");
        return current switch
        {
            AnchorAlias => throw Problem(current, "Aliases are not used here; write the value out."),
            NodeEvent { Anchor.IsEmpty: false } => throw Problem(current, "Anchors are not used here; remove it."),
            NodeEvent { Tag: { IsEmpty: false, IsNonSpecific: false } } => throw Problem(current, "Tags are not used here; remove it."),
            _ => current,
        };
    }

    private void Advance()
    {
        do
        {
            if (!_parser.MoveNext())
                return;
        }
        while (_parser.Current is Comment);
    }

    private void Next<T>(string what)
        where T : ParsingEvent
    {
        if (Peek() is not T)
            throw Problem(Peek(), $"Here {what} was expected.");
        Advance();
    }

    private ConfigurationException Problem(ParsingEvent at, string problem) => new(_file, at.Start.Line, at.Start.Column, problem);

    private static string Quoted(string text) => "\"" + Reports.VisibleText.Of(text.Length <= 60 ? text : text[..60] + "…") + "\"";

    private static bool IsSha256(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigit);

    private static bool IsModule(string text)
    {
        foreach (var part in text.Split('.'))
        {
            if (part.Length == 0 || char.IsAsciiDigit(part[0]))
                return false;
            foreach (var c in part)
            {
                if (!char.IsLetterOrDigit(c) && c != '_')
                    return false;
            }
        }

        return true;
    }
}
