using System.Text;
using System.Text.Json.Nodes;
using Assay.Scanning.Policy;
using Assay.Testing;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Assay.Scanning.Tests.Policy;

public sealed class PolicyReaderTests
{
    private const string Everything = """
        schema: assay.policy/v1
        name: acme
        profile: strict
        clauses:
          - name: everything
            when:
              verdict: [suspicious, malicious]
              rule: [pkl-*, PKL-001]
              severity: high
              severity-at-least: medium
              confidence-at-least: high
              format: [pickle, pytorch-*]
              file: "**/*.pkl"
              file-size-above: 1.5KiB
              kind: [model, dataset]
              repository: acme/*
              repository-age-below: 12h
              publisher: [acme, acme-*]
              publisher-level-at-least: 1
              publisher-level-below: 3
              publisher-age-below: 7d
              licence: [MIT, none]
              licence-not: [gpl-3.0]
              size-above: 10GB
              assessment: [warn, hold]
              assessment-reason: [card-copied, name-*]
              first-publication: true
            then: quarantine
            because: Everything at once.
          - name: gaps
            when: { incomplete: [limit, unreadable], file: legacy/** }
            then: admit
            because: We know them.
        waivers:
          - rule: pkl-031
            repository: acme/legacy-*
            path: legacy/*.pkl
            owner: jane@example.org
            reason: reviewed in TICKET-7
            expires: 2027-03-31
          - { rule: SCN-002, sha256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA, owner: jim, reason: our own format, expires: "2026-12-01" }
        """;

    private static string Head(string when) => $"clauses:\n  - name: a\n    when: {{ {when} }}\n    then: reject\n    because: b\n";

    [Fact]
    public void Every_key_is_read()
    {
        var policy = EvidenceSamples.PolicyOf(Everything);
        Assert.Equal("acme", policy.Name);
        Assert.Equal("strict", policy.Profile);
        var clause = policy.Clauses[0];
        Assert.Equal(("everything", Outcome.Quarantined, "Everything at once."), (clause.Name, clause.Then, clause.Because));
        var when = clause.When;
        Assert.Equal([Verdict.Suspicious, Verdict.Malicious], when.Verdicts);
        Assert.Equal(["PKL-*", "PKL-001"], when.Rules);
        Assert.Equal([Severity.High], when.Severities);
        Assert.Equal((Severity.Medium, Confidence.High), (when.SeverityAtLeast!.Value, when.ConfidenceAtLeast!.Value));
        Assert.Equal(["pickle", "pytorch-*"], when.Formats);
        Assert.Equal(["**/*.pkl"], when.Files);
        Assert.Equal((1536L, 10_000_000_000L), (when.FileSizeAbove!.Value, when.SizeAbove!.Value));
        Assert.Equal([RepositoryKind.Model, RepositoryKind.Dataset], when.Kinds);
        Assert.Equal(["acme/*"], when.Repositories);
        Assert.Equal(["acme", "acme-*"], when.Publishers);
        Assert.Equal((1, 3), (when.PublisherLevelAtLeast!.Value, when.PublisherLevelBelow!.Value));
        Assert.Equal((TimeSpan.FromHours(12), TimeSpan.FromDays(7)), (when.RepositoryAgeBelow!.Value, when.PublisherAgeBelow!.Value));
        Assert.Equal(["mit", "none"], when.Licences);
        Assert.Equal(["gpl-3.0"], when.LicencesNot);
        Assert.Equal(["card-copied", "name-*"], when.AssessmentReasons);
        Assert.True(when.FirstPublication);
        Assert.Equal([AssessmentAction.Warn, AssessmentAction.Hold], when.Assessments);
        Assert.Equal([IncompleteReason.Limit, IncompleteReason.Unreadable], policy.Clauses[1].When.Incomplete);
        Assert.Equal(new PolicyWaiver("PKL-031", "acme/legacy-*", "legacy/*.pkl", null, "jane@example.org", "reviewed in TICKET-7", new DateOnly(2027, 3, 31)), policy.Waivers[0]);
        Assert.Equal(new string('a', 64), policy.Waivers[1].Sha256);
        Assert.Equal(PolicyProfiles.Find("strict")!.Clauses, policy.Clauses.Skip(2));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("{}")]
    [InlineData("profile: balanced")]
    public void A_policy_that_says_nothing_is_the_default_profile(string yaml)
    {
        var policy = EvidenceSamples.PolicyOf(yaml);
        Assert.Equal(PolicyProfiles.Find("balanced")!.Clauses, policy.Clauses);
        Assert.Equal("policy", policy.Name);
    }

    [Fact]
    public void A_clause_with_the_name_of_a_profiles_clause_takes_its_place()
    {
        var policy = EvidenceSamples.PolicyOf("clauses:\n  - { name: suspicious, when: { verdict: suspicious }, then: reject, because: no }\n  - { name: new, when: { kind: space }, then: reject, because: no }");
        var balanced = PolicyProfiles.Find("balanced")!.Clauses;
        Assert.Equal(["new", .. balanced.Select(static c => c.Name)], policy.Clauses.Select(static c => c.Name));
        Assert.Equal(Outcome.Rejected, Assert.Single(policy.Clauses, static c => c.Name == "suspicious").Then);
    }

    [Fact]
    public void A_policy_may_stand_alone() =>
        Assert.Equal("a", Assert.Single(EvidenceSamples.PolicyOf("profile: none\n" + Head("kind: space")).Clauses).Name);

    [Theory]
    [InlineData("clause: []", 1, 1, "\"clause\" is not known in the policy")]
    [InlineData("schema: assay.policy/v2", 1, 9, "assay.policy/v1, the only version")]
    [InlineData("profile: relaxed", 1, 10, "permissive, balanced, strict or none")]
    [InlineData("name: ''", 1, 7, "name of this policy is empty")]
    [InlineData("name: a\nname: b", 2, 1, "a second time")]
    [InlineData("- a", 1, 1, "keys with values")]
    [InlineData("clauses: {}", 1, 10, "clauses is a list; start each clause with a dash")]
    [InlineData("clauses:\n  - when: { kind: model }\n    then: admit\n    because: x", 2, 5, "has no name")]
    [InlineData("clauses:\n  - name: a\n    then: admit\n    because: x", 2, 5, "has no when")]
    [InlineData("clauses:\n  - name: a\n    when: { kind: model }\n    because: x", 2, 5, "has no then")]
    [InlineData("clauses:\n  - name: a\n    when: { kind: model }\n    then: admit", 2, 5, "has no because")]
    [InlineData("clauses:\n  - name: default\n", 2, 11, "Give this clause another one")]
    [InlineData("clauses:\n  - name: a\n    when: {}\n    then: admit", 3, 11, "no condition")]
    [InlineData("clauses:\n  - name: a\n    when: { kind: model }\n    then: allow", 4, 11, "admit, quarantine or reject")]
    [InlineData("clauses:\n  - &a { name: a, when: { kind: model }, then: admit, because: x }", 2, 5, "Anchors")]
    [InlineData("clauses:\n  - { name: a, when: { kind: model }, then: admit, because: x }\n  - { name: a, when: { kind: space }, then: admit, because: x }", 3, 5, "two clauses \"a\"")]
    [InlineData("waivers:\n  - rule: PKL-999", 2, 11, "no rule \"PKL-999\"")]
    [InlineData("waivers:\n  - { path: a }", 2, 5, "names no rule")]
    [InlineData("waivers:\n  - { rule: PKL-001, path: a, owner: b, reason: c, expires: 2027-01-01 }", 2, 5, "has no scope")]
    [InlineData("waivers:\n  - { rule: PKL-001, repository: acme, owner: b }", 2, 34, "owner/name")]
    [InlineData("waivers:\n  - { rule: PKL-001, repository: a/b, owner: b, reason: c }", 2, 5, "no expires")]
    [InlineData("waivers:\n  - { rule: PKL-001, repository: a/b, owner: b, expires: 2027-01-01 }", 2, 5, "no reason")]
    [InlineData("waivers:\n  - { rule: PKL-001, sha256: abc }", 2, 30, "64 hexadecimal digits")]
    [InlineData("waivers:\n  - { rule: PKL-001, repository: a/b, expires: soon }", 2, 48, "2027-03-31")]
    [InlineData("name: a\n---\nname: b", 2, 1, "a policy is one")]
    [InlineData("clauses: [a\nb: c", 1, 0, "not valid YAML")]
    public void A_mistake_is_named_with_its_place(string yaml, long line, long column, string words) => AssertMistake(yaml, line, column, words);

    [Theory]
    [InlineData("verdicts: clean", 13, "\"verdicts\" is not known in when")]
    [InlineData("verdict: evil", 22, "clean, incomplete, suspicious or malicious")]
    [InlineData("verdict: [clean, evil]", 30, "\"evil\" is no entry of verdict")]
    [InlineData("verdict: []", 22, "the clause would never hold")]
    [InlineData("verdict: { a: b }", 22, "in one line")]
    [InlineData("incomplete: broken", 25, "limit, encrypted, truncated, unsupported or unreadable")]
    [InlineData("rule: PKL-999", 19, "such as PKL-001")]
    [InlineData("rule: ZZZ-*", 19, "some rule matches")]
    [InlineData("severity-at-least: [high]", 32, "in one line")]
    [InlineData("severity: fatal", 23, "info, low, medium, high or critical")]
    [InlineData("confidence-at-least: sure", 34, "low, medium, high or confirmed")]
    [InlineData("format: 'a/b'", 21, "safetensors or pytorch-*")]
    [InlineData("file: ' '", 19, "**/*.exe")]
    [InlineData("file-size-above: -1", 30, "500MB, 10GB or 1.5TiB")]
    [InlineData("size-above: 10XB", 25, "500MB, 10GB or 1.5TiB")]
    [InlineData("size-above: 99999999TB", 25, "500MB, 10GB or 1.5TiB")]
    [InlineData("size-above: GB", 25, "500MB, 10GB or 1.5TiB")]
    [InlineData("repository-age-below: 7", 35, "12h, 7d or 4w")]
    [InlineData("repository-age-below: 7m", 35, "12h, 7d or 4w")]
    [InlineData("publisher-age-below: 99999999999d", 34, "12h, 7d or 4w")]
    [InlineData("publisher-level-below: 5", 36, "from 0 (new) to 4")]
    [InlineData("repository: acme", 25, "acme/*")]
    [InlineData("publisher: acme/x", 24, "acme-*")]
    [InlineData("licence: 'GPL 3'", 22, "apache-2.0, or none")]
    [InlineData("kind: models", 19, "model, dataset or space")]
    [InlineData("assessment: deny", 25, "allow, label, warn, hold or block")]
    [InlineData("incomplete: limit, severity: high", 11, "Make two clauses of it")]
    public void A_condition_that_means_nothing_is_named_with_its_place(string when, long column, string words) => AssertMistake(Head(when), 3, column, words);

    [Fact]
    public void A_file_that_is_missing_or_huge_is_named()
    {
        using var folder = new TemporaryFolder();
        var gone = Assert.Throws<PolicyException>(() => PolicyReader.Read(folder["gone.yaml"]));
        Assert.Contains("not there", gone.Problem, StringComparison.Ordinal);
        var huge = folder.Write("huge.yaml", new byte[(1 << 20) + 1]);
        Assert.Contains("larger than", Assert.Throws<PolicyException>(() => PolicyReader.Read(huge)).Message, StringComparison.Ordinal);
        Assert.Contains("larger than", Assert.Throws<PolicyException>(() => EvidenceSamples.PolicyOf(new string('#', (1 << 20) + 1))).Message, StringComparison.Ordinal);
        var named = folder.Write("house-rules.yaml", Encoding.UTF8.GetBytes("profile: strict"));
        Assert.Equal("house-rules", PolicyReader.Read(named).Name);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    public void Deep_nesting_ends_in_an_error(string level) =>
        Assert.Throws<PolicyException>(() => EvidenceSamples.PolicyOf("clauses: " + string.Concat(Enumerable.Repeat(level, 20_000))));

    [Fact]
    public void Aliases_that_would_multiply_are_refused_at_the_first_anchor() =>
        AssertMistake("clauses:\n  - &a [x, x, x]\n  - &b [*a, *a, *a]\n  - &c [*b, *b, *b]\n", 2, 5, "Anchors");

    [Fact]
    public void Too_many_clauses_are_refused()
    {
        var yaml = new StringBuilder("clauses:\n");
        for (var i = 0; i <= 500; i++)
            yaml.Append($"  - {{ name: c{i}, when: {{ kind: model }}, then: admit, because: x }}\n");
        AssertMistake(yaml.ToString(), 502, 5, "more than 500 clauses");
    }

    [Fact]
    public void Damaged_policies_end_in_an_error_or_a_policy()
    {
        const int Seed = 20261123;
        var random = new Random(Seed);
        for (var round = 0; round < 2000; round++)
        {
            var text = new StringBuilder(Everything);
            for (var change = random.Next(1, 5); change > 0; change--)
                text[random.Next(text.Length)] = "\n\t :-[]{}&*!|>'\"#%@,?\0aZ9"[random.Next(25)];
            try
            {
                Assert.Equal(64, EvidenceSamples.PolicyOf(text.ToString()).Digest.Length);
            }
            catch (PolicyException e)
            {
                Assert.True(e.Problem.Length > 10, $"seed {Seed}, round {round}: {e.Message}");
            }
        }
    }

    [Fact]
    public void The_digest_is_of_what_a_policy_means_and_not_of_how_it_is_laid_out()
    {
        var digest = EvidenceSamples.PolicyOf(Everything).Digest;
        Assert.Matches("^[0-9a-f]{64}$", digest);
        var relaid = "# a comment\n" + Everything.Replace("size-above: 10GB", "size-above: \"10000000000\"", StringComparison.Ordinal)
            .Replace("repository-age-below: 12h", "repository-age-below: '12h'", StringComparison.Ordinal)
            .Replace("[suspicious, malicious]", "[malicious, suspicious, malicious]", StringComparison.Ordinal);
        Assert.Equal(digest, EvidenceSamples.PolicyOf(relaid).Digest);
        foreach (var (old, other) in new[] { ("10GB", "11GB"), ("then: admit", "then: reject"), ("profile: strict", "profile: balanced"), ("2027-03-31", "2027-04-01"), ("name: acme", "name: acme2") })
            Assert.NotEqual(digest, EvidenceSamples.PolicyOf(Everything.Replace(old, other, StringComparison.Ordinal)).Digest);
        var policy = EvidenceSamples.PolicyOf(Everything);
        Assert.NotEqual(digest, (policy with { Name = "other" }).Digest);
    }

    [Fact]
    public void The_canonical_form_is_sorted_json_without_white_space() => Assert.Equal(
        "{\"clauses\":[{\"because\":\"say \\\"no\\\"\",\"name\":\"a\",\"then\":\"reject\",\"when\":{\"kind\":[\"model\",\"space\"],\"publisher-age-below\":604800,\"size-above\":5000}}],\"name\":\"é\",\"schema\":\"assay.policy/v1\",\"waivers\":[]}",
        Encoding.UTF8.GetString(EvidenceSamples.PolicyOf("name: é\nprofile: none\nclauses: [{ name: a, when: { size-above: 5KB, publisher-age-below: 1w, kind: [space, model] }, then: reject, because: say \"no\" }]").ToCanonicalJson()));

    [Theory]
    [InlineData("permissive")]
    [InlineData("balanced")]
    [InlineData("strict")]
    public void A_profile_is_the_file_of_the_documentation(string name)
    {
        var text = File.ReadAllText(Checkout.PathOf($"docs/policies/{name}.yaml"));
        Assert.Equal(text, PolicyProfiles.TextOf(name));
        var profile = PolicyProfiles.Find(name)!;
        Assert.Equal((name, null), (profile.Name, profile.Profile));
        Assert.Null(PolicyProfiles.TextOf("../" + name));
    }

    [Fact]
    public void The_profiles_and_the_guides_examples_are_valid_by_the_schema()
    {
        Assert.SkipWhen(JsonSchema.MayBeSkipped, JsonSchema.WhyNot ?? "");
        foreach (var yaml in (List<string>)[Everything, .. PolicyProfiles.Names.Select(static n => PolicyProfiles.TextOf(n)!), .. GuideExamples()])
            Assert.Equal("", SchemaErrors(yaml));
    }

    [Fact]
    public void The_guides_examples_can_be_read()
    {
        var examples = GuideExamples();
        Assert.NotEmpty(examples);
        foreach (var example in examples)
            Assert.NotEmpty(EvidenceSamples.PolicyOf(example).Clauses);
    }

    [Theory]
    [InlineData("profile: relaxed", "/profile")]
    [InlineData("clauses: [{ name: a, when: {}, then: admit, because: b }]", "/clauses/0/when")]
    [InlineData("clauses: [{ name: a, when: { verdict: evil }, then: admit, because: b }]", "/clauses/0/when/verdict")]
    [InlineData("clauses: [{ name: a, when: { size-above: 10XB }, then: admit, because: b }]", "/clauses/0/when/size-above")]
    [InlineData("clauses: [{ name: a, when: { incomplete: limit, severity: high }, then: admit, because: b }]", "/clauses/0/when/severity")]
    [InlineData("clauses: [{ name: default, when: { kind: model }, then: admit, because: b }]", "/clauses/0/name")]
    [InlineData("waivers: [{ rule: PKL-001, path: a, owner: b, reason: c, expires: 2027-01-01 }]", "/waivers/0")]
    public void What_the_reader_refuses_the_schema_refuses_too(string yaml, string place)
    {
        Assert.SkipWhen(JsonSchema.MayBeSkipped, JsonSchema.WhyNot ?? "");
        Assert.Throws<PolicyException>(() => EvidenceSamples.PolicyOf(yaml));
        Assert.Contains(place, SchemaErrors(yaml), StringComparison.Ordinal);
    }

    private static List<string> GuideExamples()
    {
        var examples = new List<string>();
        var guide = File.ReadAllText(Checkout.PathOf("docs/guides/policy.md"));
        for (var start = guide.IndexOf("```yaml\n", StringComparison.Ordinal); start >= 0; start = guide.IndexOf("```yaml\n", start + 1, StringComparison.Ordinal))
        {
            start += "```yaml\n".Length;
            examples.Add(guide[start..guide.IndexOf("```", start, StringComparison.Ordinal)]);
        }

        return examples;
    }

    private static void AssertMistake(string yaml, long line, long column, string words)
    {
        var mistake = Assert.Throws<PolicyException>(() => EvidenceSamples.PolicyOf(yaml));
        Assert.Contains(words, mistake.Problem, StringComparison.Ordinal);
        Assert.Equal(line, mistake.Line);
        if (column > 0)
            Assert.Equal(column, mistake.Column);
        Assert.Equal($"policy.yaml:{mistake.Line}:{mistake.Column}: {mistake.Problem}", mistake.Message);
    }

    private static string SchemaErrors(string yaml)
    {
        var parser = new Parser(new StringReader(yaml));
        parser.Consume<StreamStart>();
        parser.Consume<DocumentStart>();
        return JsonSchema.Errors("docs/schemas/assay.policy.v1.schema.json", Encoding.UTF8.GetBytes(Json(parser)!.ToJsonString()));
    }

    /// <summary>YAML as an editor sees it: plain digits are a number.</summary>
    private static JsonNode? Json(Parser parser)
    {
        if (parser.TryConsume<Scalar>(out var scalar))
            return scalar.Style == ScalarStyle.Plain && long.TryParse(scalar.Value, out var number) ? JsonValue.Create(number) : JsonValue.Create(scalar.Value);
        if (parser.TryConsume<SequenceStart>(out _))
        {
            var array = new JsonArray();
            while (!parser.TryConsume<SequenceEnd>(out _))
                array.Add(Json(parser));
            return array;
        }

        parser.Consume<MappingStart>();
        var members = new JsonObject();
        while (!parser.TryConsume<MappingEnd>(out _))
            members[parser.Consume<Scalar>().Value] = Json(parser);
        return members;
    }
}
