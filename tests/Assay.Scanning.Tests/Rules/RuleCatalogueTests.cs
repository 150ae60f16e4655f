using System.Text.RegularExpressions;

namespace Assay.Scanning.Tests.Rules;

public sealed partial class RuleCatalogueTests
{
    public static TheoryData<string> Ids => [.. RuleCatalogue.All.Select(rule => rule.Id)];

    [Fact]
    public void Rules_are_listed_once_in_the_order_of_their_ids()
    {
        var ids = RuleCatalogue.All.Select(rule => rule.Id).ToList();

        Assert.Equal(ids.Distinct().Order(StringComparer.Ordinal), ids);
        Assert.All(ids, id => Assert.Matches("^[A-Z]{2,3}-[0-9]{3}$", id));
    }

    [Fact]
    public void Every_rule_property_is_in_the_catalogue()
    {
        var properties = typeof(Rule).Assembly.GetTypes()
            .Where(type => type.IsAbstract && type.IsSealed)
            .SelectMany(type => type.GetProperties().Where(property => property.PropertyType == typeof(Rule)))
            .Select(property => (Rule)property.GetValue(null)!);

        Assert.Equal(RuleCatalogue.All.Select(rule => rule.Id), properties.Select(rule => rule.Id).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(Severity.Critical, "CFG-005 CFG-007 EXE-002 LUR-002 NET-006 OBF-003 PKL-001 PKL-002 PKL-003 PKL-004 PKL-005 PKL-006 PKL-007 PKL-010 PKL-014 PKL-015 PKL-044 PT-002 PYC-006 PYC-010 PYC-013 PYC-015 PYC-019 PYC-020 PYC-022 SCN-008 SHL-002 SHL-003")]
    [InlineData(Severity.High, "ARC-001 ARC-002 ARC-003 ARC-006 ARC-008 ARC-009 CFG-002 DEP-001 DEP-003 EXE-003 JBL-001 JSX-001 LUR-001 LUR-004 LUR-005 NAM-003 NAT-002 NET-001 NET-003 NET-004 OBF-002 OFD-001 PKL-008 PKL-009 PKL-011 PKL-012 PKL-013 PKL-016 PKL-018 PKL-020 PKL-023 PKL-024 PKL-032 PKL-033 PKL-050 PKL-053 PKL-060 PKL-062 PT-011 PT-013 PYC-005 PYC-011 PYC-012 PYC-016 PYC-018 PYC-021 SCN-007 SCN-009 SEC-001 SEC-002 SHL-004 SHL-005 WGT-003")]
    [InlineData(Severity.Medium, "ARC-004 ARC-005 ARC-007 ARC-010 CIC-001 CIC-002 DEP-002 DEP-004 DOC-001 EXE-001 LUR-006 NAM-004 NBK-002 NET-002 NET-005 NPY-001 NPY-002 OBF-001 OBF-004 PKL-019 PKL-021 PKL-031 PKL-052 PKL-061 PT-003 PYC-002 PYC-003 PYC-017 SAF-001 SAF-002 SAF-003 SCN-002 SCN-003 SCN-005 SCN-006 SEC-003 SHL-001")]
    [InlineData(Severity.Low, "DEP-005 NBK-001 PKL-051 PYC-004 PYC-014 SAF-004 SCN-004")]
    [InlineData(Severity.Info, "CFG-001 PKL-017 PKL-022 PKL-030 PKL-034 PT-001 PYC-001 SCN-001")]
    public void Severities_are_those_that_verdicts_were_designed_with(Severity severity, string ids) =>
        Assert.Equal(ids, string.Join(' ', RuleCatalogue.All.Where(rule => rule.Severity == severity).Select(rule => rule.Id)));

    [Theory]
    [MemberData(nameof(Ids))]
    public void Every_text_is_whole_sentences(string id)
    {
        var rule = RuleCatalogue.Find(id)!;

        Assert.All(new[] { rule.Meaning, rule.HowItWorks, rule.Advice }, text =>
        {
            Assert.EndsWith(".", text, StringComparison.Ordinal);
            Assert.Equal(text.Trim(), text);
            Assert.DoesNotContain("  ", text, StringComparison.Ordinal);
        });
        Assert.InRange(Sentences(rule.Meaning).Count, 1, 2);
        Assert.InRange(Sentences(rule.HowItWorks).Count, 3, 6);
        Assert.False(rule.Title.EndsWith('.'));
    }

    [Fact]
    public void No_rule_explains_itself_with_the_sentence_of_another()
    {
        var sentences = RuleCatalogue.All.SelectMany(rule => Sentences(rule.Meaning).Concat(Sentences(rule.HowItWorks))).ToList();

        Assert.Equal(sentences.Distinct(), sentences);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Every_reference_leads_somewhere(string id) =>
        Assert.All(RuleCatalogue.Find(id)!.References, reference => Assert.NotNull(RulePage.Address(reference)));

    [Theory]
    [MemberData(nameof(Ids))]
    public void Every_rule_refers_to_a_weakness(string id) =>
        Assert.StartsWith("CWE-", RuleCatalogue.Find(id)!.References[0], StringComparison.Ordinal);

    [Fact]
    public void A_rule_is_found_in_either_case()
    {
        Assert.Same(PickleRules.SystemCommand, RuleCatalogue.Find("pkl-002"));
        Assert.Null(RuleCatalogue.Find("PKL-999"));
    }

    private static List<string> Sentences(string text) => [.. SentenceEnd().Split(text)];

    [GeneratedRegex(@"(?<=[.?!])\s+(?=[A-Z`(0-9])")]
    private static partial Regex SentenceEnd();
}
