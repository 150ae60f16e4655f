using Assay.Formats;

namespace Assay.Scanning.Configuration;

/// <summary>Reads <c>assay.yaml</c>, strictly: see <see cref="StrictYamlReader"/>.</summary>
public static class ConfigurationReader
{
    private const string Subject = "configuration";

    private static readonly string[] Keys = ["trusted-modules", "exclude", "limits", "fail-on", "waivers"];
    private static readonly string[] WaiverKeys = ["rule", "path", "sha256", "owner", "reason", "expires"];

    /// <summary>Reads a configuration file.</summary>
    /// <param name="path">Its path; messages show it as given.</param>
    /// <exception cref="ConfigurationException">It cannot be read or used.</exception>
    public static ScanConfiguration Read(string path)
    {
        using var text = new StringReader(StrictYamlReader.ReadFile(path, Subject, Fault));
        return Parse(path, text);
    }

    /// <summary>Reads a configuration.</summary>
    /// <param name="name">The name that messages show.</param>
    /// <param name="text">YAML.</param>
    /// <exception cref="ConfigurationException">It cannot be used.</exception>
    public static ScanConfiguration Parse(string name, TextReader text)
    {
        var configuration = new ScanConfiguration();
        StrictYamlReader.ReadDocument(name, Subject, text, Fault, yaml => yaml.ReadMapping("the configuration", Keys, key => configuration = key switch
        {
            "trusted-modules" => configuration with { TrustedModules = yaml.ReadStrings(key, IsModule, "a module name such as acme.models") },
            "exclude" => configuration with { Exclude = yaml.ReadStrings(key, static g => g.Length > 0, "a pattern such as tests/**") },
            "limits" => configuration with { Limits = ReadLimits(yaml) },
            "fail-on" => configuration with { FailOn = ReadFailOn(yaml) },
            _ => configuration with { Waivers = yaml.ReadList(key, "waiver", () => ReadWaiver(yaml)) },
        }));
        return configuration;
    }

    private static List<KeyValuePair<string, string>> ReadLimits(StrictYamlReader yaml)
    {
        var limits = new List<KeyValuePair<string, string>>();
        var defaults = new WorkLimits();
        yaml.ReadMapping("limits", [.. WorkLimits.Names], name =>
        {
            var place = yaml.Peek();
            var value = yaml.ReadText("the value of " + name);
            if (defaults.With(name, value) is null)
                throw yaml.Problem(place, $"{StrictYamlReader.Quoted(value)} is no value of the limit {name}; it should be a positive number.");
            limits.Add(new KeyValuePair<string, string>(name, value));
        });
        return limits;
    }

    private static FailOn ReadFailOn(StrictYamlReader yaml) => yaml.ReadWord<FailOn>(
        "fail-on",
        static (word, out value) =>
        {
            var known = ParseFailOn(word);
            value = known ?? default;
            return known is not null;
        },
        "malicious, suspicious, incomplete or never");

    /// <summary>The value that a word stands for, null when it is none.</summary>
    public static FailOn? ParseFailOn(string word) => word switch
    {
        "malicious" => FailOn.Malicious,
        "suspicious" => FailOn.Suspicious,
        "incomplete" => FailOn.Incomplete,
        "never" => FailOn.Never,
        _ => null,
    };

    private static Waiver ReadWaiver(StrictYamlReader yaml)
    {
        const string Owner = "waiver";
        var start = yaml.Peek();
        string? rule = null, path = null, sha256 = null, owner = null, reason = null;
        DateOnly? expires = null;
        yaml.ReadMapping("a waiver", WaiverKeys, key =>
        {
            switch (key)
            {
                case "rule":
                    rule = yaml.ReadRule(key, Owner);
                    break;
                case "path":
                    path = yaml.ReadFilled(key, Owner);
                    break;
                case "sha256":
                    sha256 = yaml.ReadSha256(key, Owner);
                    break;
                case "owner":
                    owner = yaml.ReadFilled(key, Owner);
                    break;
                case "reason":
                    reason = yaml.ReadFilled(key, Owner);
                    break;
                default:
                    expires = yaml.ReadDay(key, Owner);
                    break;
            }
        });
        if (rule is null)
            throw yaml.Problem(start, "This waiver names no rule.");
        if ((path is null) == (sha256 is null))
            throw yaml.Problem(start, "A waiver names either a path or a sha256, so that it is clear what it is for.");
        if (owner is null || reason is null)
            throw yaml.Problem(start, $"This waiver has no {(owner is null ? "owner: say who answers for it." : "reason: say why it is acceptable.")}");
        if (expires is not { } end)
            throw yaml.Problem(start, "This waiver has no expires: say until which day it counts (like 2027-03-31).");
        return new Waiver(rule, path, sha256, owner, reason, end);
    }

    private static ConfigurationException Fault(string file, long line, long column, string problem) => new(file, line, column, problem);

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
