using Assay.Formats;

namespace Assay.Scanning.Configuration;

/// <summary>Reads <c>assay.yaml</c>, strictly: see <see cref="StrictYamlReader"/>.</summary>
public static class ConfigurationReader
{
    private const string Subject = "configuration";

    private static readonly string[] Keys = ["trusted-modules", "exclude", "limits", "fail-on", "waivers"];

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
            _ => configuration with { Waivers = yaml.ReadList(key, "waiver", () => WaiverReader.Read(yaml)) },
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
