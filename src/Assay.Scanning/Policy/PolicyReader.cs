using System.Globalization;
using Assay.Scanning.Configuration;
using Assay.Scanning.Reports;
using YamlDotNet.Core.Events;

namespace Assay.Scanning.Policy;

/// <summary>Reads <c>policy.yaml</c>, strictly: see <see cref="StrictYamlReader"/> and <c>docs/schemas/assay.policy.v1.schema.json</c>.</summary>
public static class PolicyReader
{
    /// <summary>The name of the schema, and its version.</summary>
    public const string Schema = "assay.policy/v1";

    /// <summary>The name of the clause that stands for what no clause decides.</summary>
    public const string DefaultClause = "default";

    private const string Subject = "policy";
    private const int MaxClauses = 500;
    private const int MaxWaivers = 2_000;
    private const long MaxInteger = (1L << 53) - 1;

    private static readonly string[] Keys = ["schema", "name", "profile", "clauses", "waivers"];
    private static readonly string[] ClauseKeys = ["name", "when", "then", "because"];

    private static readonly string[] ConditionKeys =
    [
        "verdict", "incomplete", "rule", "severity", "severity-at-least", "confidence-at-least", "format", "file", "file-size-above",
        "kind", "repository", "repository-age-below", "publisher", "publisher-level-at-least", "publisher-level-below", "publisher-age-below",
        "licence", "licence-not", "size-above", "first-publication", "assessment", "assessment-reason",
    ];

    /// <summary>Factors of the units of sizes, in bytes.</summary>
    private static readonly (string Unit, long Bytes)[] SizeUnits =
    [
        ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40), ("B", 1),
    ];

    /// <summary>Reads a policy file. Its name, when it gives none, is that of the file without the ending.</summary>
    /// <param name="path">Its path; messages show it as given.</param>
    /// <exception cref="PolicyException">It cannot be read or used.</exception>
    public static AdmissionPolicy Read(string path) => Parse(path, StrictYamlReader.ReadFile(path, Subject, Fault));

    /// <summary>Reads a policy.</summary>
    /// <param name="name">The name that messages show.</param>
    /// <param name="text">YAML.</param>
    /// <exception cref="PolicyException">It cannot be used.</exception>
    public static AdmissionPolicy Parse(string name, string text)
    {
        if (text.Length > StrictYamlReader.MaxLength)
            throw Fault(name, 0, 0, $"The policy is larger than {StrictYamlReader.MaxLength >> 20} MiB.");
        string? given = null;
        var profile = PolicyProfiles.Balanced;
        var clauses = new List<(PolicyClause Clause, ParsingEvent Place)>();
        List<PolicyWaiver> waivers = [];
        using var reader = new StringReader(text);
        StrictYamlReader.ReadDocument(name, Subject, reader, Fault, yaml =>
        {
            yaml.ReadMapping("the policy", Keys, key =>
            {
                switch (key)
                {
                    case "schema":
                        yaml.ReadWord<string>(key, static (word, out value) => (value = word) == Schema, Schema + ", the only version that this Assay knows");
                        break;
                    case "name":
                        given = yaml.ReadFilled(key, Subject);
                        break;
                    case "profile":
                        profile = yaml.ReadWord<string>(
                            key, static (word, out value) => (value = word) == PolicyProfiles.None || PolicyProfiles.Names.Contains(word), string.Join(", ", PolicyProfiles.Names) + " or none");
                        break;
                    case "clauses":
                        clauses = yaml.ReadList(key, "clause", () => (ReadClause(yaml, out var place), place));
                        break;
                    default:
                        waivers = yaml.ReadList(key, "waiver", () => WaiverReader.Read(yaml, TryRepository));
                        break;
                }
            });
            Check(yaml, clauses, waivers);
        });
        var basis = profile == PolicyProfiles.None ? null : PolicyProfiles.Find(profile);
        return new AdmissionPolicy
        {
            Name = given ?? System.IO.Path.GetFileNameWithoutExtension(name),
            Profile = basis?.Name,
            Clauses = Combine([.. clauses.Select(static c => c.Clause)], basis?.Clauses ?? []),
            Waivers = waivers,
        };
    }

    /// <summary>The profile's clauses after the policy's own; a clause of the same name takes the place of the profile's.</summary>
    private static List<PolicyClause> Combine(IReadOnlyList<PolicyClause> own, IReadOnlyList<PolicyClause> basis)
    {
        var replaced = own.Where(o => basis.Any(b => b.Name == o.Name)).ToDictionary(static o => o.Name, StringComparer.Ordinal);
        return [.. own.Where(o => !replaced.ContainsKey(o.Name)), .. basis.Select(b => replaced.GetValueOrDefault(b.Name, b))];
    }

    private static void Check(StrictYamlReader yaml, List<(PolicyClause Clause, ParsingEvent Place)> clauses, List<PolicyWaiver> waivers)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (clause, place) in clauses)
        {
            if (!names.Add(clause.Name))
                throw yaml.Problem(place, $"There are two clauses {StrictYamlReader.Quoted(clause.Name)}. Give one of them another name.");
            if (names.Count > MaxClauses)
                throw yaml.Problem(place, $"The policy has more than {MaxClauses} clauses.");
        }

        if (waivers.Count > MaxWaivers)
            throw yaml.Problem(yaml.Peek(), $"The policy has more than {MaxWaivers} waivers.");
    }

    private static PolicyClause ReadClause(StrictYamlReader yaml, out ParsingEvent place)
    {
        const string Owner = "clause";
        var start = place = yaml.Peek();
        string? name = null, because = null;
        PolicyConditions? when = null;
        Outcome? then = null;
        yaml.ReadMapping("a clause", ClauseKeys, key =>
        {
            switch (key)
            {
                case "name":
                    var at = yaml.Peek();
                    name = yaml.ReadFilled(key, Owner);
                    if (name == DefaultClause)
                        throw yaml.Problem(at, "The name default stands for what no clause decides. Give this clause another one.");
                    break;
                case "when":
                    when = ReadConditions(yaml);
                    break;
                case "then":
                    then = yaml.ReadWord<Outcome>(key, static (word, out value) => PolicyWords.TryParse(word, PolicyWords.Of, out value), PolicyWords.All<Outcome>(PolicyWords.Of));
                    break;
                default:
                    because = yaml.ReadFilled(key, Owner);
                    break;
            }
        });
        if (name is null)
            throw yaml.Problem(start, "This clause has no name: decisions name the clause that led to them.");
        if (when is null)
            throw yaml.Problem(start, "This clause has no when: say under which conditions it holds.");
        if (then is not { } outcome)
            throw yaml.Problem(start, "This clause has no then: say admit, quarantine or reject.");
        if (because is null)
            throw yaml.Problem(start, "This clause has no because: say why, in words for the person who is told.");
        return new PolicyClause(name, when, outcome, because);
    }

    private static PolicyConditions ReadConditions(StrictYamlReader yaml)
    {
        var start = yaml.Peek();
        var c = new PolicyConditions();
        var empty = true;
        yaml.ReadMapping("when", ConditionKeys, key =>
        {
            empty = false;
            c = key switch
            {
                "verdict" => c with { Verdicts = ReadEnums<Verdict>(yaml, key, Words.Of) },
                "incomplete" => c with { Incomplete = ReadEnums<IncompleteReason>(yaml, key, Words.Of) },
                "rule" => c with { Rules = ReadList<string>(yaml, key, TryRule, "the id of a rule such as PKL-001, or a pattern such as PKL-* that some rule matches (`assay rules` lists them)") },
                "severity" => c with { Severities = ReadEnums<Severity>(yaml, key, Words.Of) },
                "severity-at-least" => c with { SeverityAtLeast = ReadEnum<Severity>(yaml, key, Words.Of) },
                "confidence-at-least" => c with { ConfidenceAtLeast = ReadEnum<Confidence>(yaml, key, Words.Of) },
                "format" => c with { Formats = ReadList<string>(yaml, key, TryFormat, "the name of a format as reports show it, such as safetensors or pytorch-*") },
                "file" => c with { Files = ReadList<string>(yaml, key, TryFilled, "a pattern over the whole path, such as **/*.exe") },
                "file-size-above" => c with { FileSizeAbove = ReadSize(yaml, key) },
                "kind" => c with { Kinds = ReadEnums<RepositoryKind>(yaml, key, PolicyWords.Of) },
                "repository" => c with { Repositories = ReadList<string>(yaml, key, TryRepository, "owner/name or a pattern such as acme/*") },
                "repository-age-below" => c with { RepositoryAgeBelow = ReadAge(yaml, key) },
                "publisher" => c with { Publishers = ReadList<string>(yaml, key, TryPublisher, "the name of an account or organisation, or a pattern such as acme-*") },
                "publisher-level-at-least" => c with { PublisherLevelAtLeast = ReadLevel(yaml, key) },
                "publisher-level-below" => c with { PublisherLevelBelow = ReadLevel(yaml, key) },
                "publisher-age-below" => c with { PublisherAgeBelow = ReadAge(yaml, key) },
                "licence" => c with { Licences = ReadList<string>(yaml, key, TryLicence, "a licence as model cards spell it, such as apache-2.0, or none") },
                "licence-not" => c with { LicencesNot = ReadList<string>(yaml, key, TryLicence, "a licence as model cards spell it, such as apache-2.0, or none") },
                "size-above" => c with { SizeAbove = ReadSize(yaml, key) },
                "first-publication" => c with { FirstPublication = yaml.ReadWord<bool>(key, bool.TryParse, "true or false") },
                "assessment-reason" => c with { AssessmentReasons = ReadList<string>(yaml, key, TryReason, "the code of a reason such as card-copied, or a pattern such as name-*") },
                _ => c with { Assessments = ReadEnums<AssessmentAction>(yaml, key, PolicyWords.Of) },
            };
        });
        if (empty)
            throw yaml.Problem(start, "There is no condition in this when: a clause holds under conditions only.");
        if (c.Incomplete.Count > 0 && (c.Severities.Count > 0 || c.SeverityAtLeast is not null || c.ConfidenceAtLeast is not null))
            throw yaml.Problem(start, "What was not inspected has neither severity nor confidence: this clause would never hold. Make two clauses of it.");
        return c;
    }

    private static List<T> ReadEnums<T>(StrictYamlReader yaml, string key, Func<T, string> wordOf)
        where T : struct, Enum => ReadList(yaml, key, (string word, out T value) => PolicyWords.TryParse(word, wordOf, out value), PolicyWords.All(wordOf));

    private static T ReadEnum<T>(StrictYamlReader yaml, string key, Func<T, string> wordOf)
        where T : struct, Enum => yaml.ReadWord(key, (string word, out T value) => PolicyWords.TryParse(word, wordOf, out value), PolicyWords.All(wordOf));

    private static List<T> ReadList<T>(StrictYamlReader yaml, string key, WordParser<T> parse, string example)
    {
        var start = yaml.Peek();
        var values = yaml.ReadWords(key, parse, example);
        return values.Count > 0 ? values : throw yaml.Problem(start, $"The list {key} is empty: the clause would never hold.");
    }

    private static long ReadSize(StrictYamlReader yaml, string key) => yaml.ReadWord<long>(key, TrySize, "a size such as 500MB, 10GB or 1.5TiB");

    private static TimeSpan ReadAge(StrictYamlReader yaml, string key) => yaml.ReadWord<TimeSpan>(key, TryAge, "an age such as 12h, 7d or 4w");

    private static int ReadLevel(StrictYamlReader yaml, string key) => yaml.ReadWord<int>(
        key, static (word, out value) => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= 4, "a level from 0 (new) to 4 (proves a domain and signs)");

    private static bool TrySize(string word, out long value)
    {
        value = 0;
        var (number, factor) = (word, 1L);
        foreach (var (unit, bytes) in SizeUnits)
        {
            if (word.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
            {
                (number, factor) = (word[..^unit.Length].TrimEnd(), bytes);
                break;
            }
        }

        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) || amount > MaxInteger / factor)
            return false;
        value = (long)(amount * factor);
        return true;
    }

    private static bool TryAge(string word, out TimeSpan value)
    {
        value = default;
        if (word.Length < 2 || !int.TryParse(word.AsSpan(0, word.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var amount) || amount is 0 or > 100_000)
            return false;
        var hours = word[^1] switch
        {
            'h' => 1,
            'd' => 24,
            'w' => 7 * 24,
            _ => 0,
        };
        value = TimeSpan.FromHours((long)amount * hours);
        return hours > 0;
    }

    private static bool TryRule(string word, out string value)
    {
        value = word.Trim().ToUpperInvariant();
        var glob = PathGlob.ForWholePath(value);
        return !value.Contains('/') && RuleCatalogue.All.Any(r => glob.Matches(r.Id));
    }

    private static bool TryFormat(string word, out string value)
    {
        value = word.Trim().ToLowerInvariant();
        return value.Length > 0 && value.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '*' or '?');
    }

    private static bool TryReason(string word, out string value)
    {
        value = word.Trim().ToLowerInvariant();
        return value.Length is > 0 and <= 64 && value.All(static c => char.IsAsciiLetterLower(c) || c is '-' or '*');
    }

    private static bool TryLicence(string word, out string value)
    {
        value = word.Trim().ToLowerInvariant();
        return value.Length > 0 && !value.Any(char.IsWhiteSpace);
    }

    private static bool TryFilled(string word, out string value)
    {
        value = word.Trim();
        return value.Length > 0;
    }

    private static bool TryRepository(string word, out string value) => TryFilled(word, out value) && (value.Contains('/') || value == "**");

    private static bool TryPublisher(string word, out string value) => TryFilled(word, out value) && !value.Contains('/');

    private static PolicyException Fault(string file, long line, long column, string problem) => new(file, line, column, problem);
}
