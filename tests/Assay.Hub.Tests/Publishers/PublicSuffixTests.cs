using Assay.Hub.Publishers;

namespace Assay.Hub.Tests.Publishers;

public sealed class PublicSuffixTests
{
    // The vectors that publicsuffix.org publishes with its list (public domain): a name, and its registrable domain.
    [Theory]
    [InlineData("COM", null)]
    [InlineData("example.COM", "example.com")]
    [InlineData("WwW.example.COM", "example.com")]
    [InlineData(".com", null)]
    [InlineData(".example.com", null)]
    [InlineData("example", null)]
    [InlineData("example.example", "example.example")]
    [InlineData("b.example.example", "example.example")]
    [InlineData("a.b.example.example", "example.example")]
    [InlineData("biz", null)]
    [InlineData("domain.biz", "domain.biz")]
    [InlineData("a.b.domain.biz", "domain.biz")]
    [InlineData("com", null)]
    [InlineData("a.b.example.com", "example.com")]
    [InlineData("uk.com", null)]
    [InlineData("example.uk.com", "example.uk.com")]
    [InlineData("a.b.example.uk.com", "example.uk.com")]
    [InlineData("test.ac", "test.ac")]
    [InlineData("mm", null)]
    [InlineData("c.mm", null)]
    [InlineData("b.c.mm", "b.c.mm")]
    [InlineData("a.b.c.mm", "b.c.mm")]
    [InlineData("jp", null)]
    [InlineData("test.jp", "test.jp")]
    [InlineData("www.test.jp", "test.jp")]
    [InlineData("ac.jp", null)]
    [InlineData("test.ac.jp", "test.ac.jp")]
    [InlineData("kyoto.jp", null)]
    [InlineData("test.kyoto.jp", "test.kyoto.jp")]
    [InlineData("ide.kyoto.jp", null)]
    [InlineData("b.ide.kyoto.jp", "b.ide.kyoto.jp")]
    [InlineData("a.b.ide.kyoto.jp", "b.ide.kyoto.jp")]
    [InlineData("c.kobe.jp", null)]
    [InlineData("b.c.kobe.jp", "b.c.kobe.jp")]
    [InlineData("a.b.c.kobe.jp", "b.c.kobe.jp")]
    [InlineData("city.kobe.jp", "city.kobe.jp")]
    [InlineData("www.city.kobe.jp", "city.kobe.jp")]
    [InlineData("ck", null)]
    [InlineData("test.ck", null)]
    [InlineData("b.test.ck", "b.test.ck")]
    [InlineData("www.ck", "www.ck")]
    [InlineData("www.www.ck", "www.ck")]
    [InlineData("us", null)]
    [InlineData("test.us", "test.us")]
    [InlineData("ak.us", null)]
    [InlineData("test.ak.us", "test.ak.us")]
    [InlineData("k12.ak.us", null)]
    [InlineData("www.test.k12.ak.us", "test.k12.ak.us")]
    [InlineData("食狮.com.cn", "xn--85x722f.com.cn")]
    [InlineData("食狮.公司.cn", "xn--85x722f.xn--55qx5d.cn")]
    [InlineData("www.食狮.公司.cn", "xn--85x722f.xn--55qx5d.cn")]
    [InlineData("公司.cn", null)]
    [InlineData("食狮.中国", "xn--85x722f.xn--fiqs8s")]
    [InlineData("中国", null)]
    [InlineData("xn--85x722f.com.cn", "xn--85x722f.com.cn")]
    [InlineData("xn--55qx5d.cn", null)]
    [InlineData("shishi.xn--fiqs8s", "shishi.xn--fiqs8s")]
    [InlineData("xn--fiqs8s", null)]
    public void Published_vectors_give_the_published_domains(string host, string? expected) => Assert.Equal(expected, PublicSuffixList.Shipped.Find(host)?.Name);

    [Theory]
    [InlineData("ada.github.io", "ada.github.io", true)]
    [InlineData("x.pages.dev", "x.pages.dev", true)]
    [InlineData("demo.hf.space", "demo.hf.space", true)]
    [InlineData("openai.com", "openai.com", false)]
    [InlineData("openai.co.uk", "openai.co.uk", false)]
    [InlineData("deepmind.google", "deepmind.google", false)]
    public void Names_at_hosting_services_are_told_from_domains(string host, string domain, bool isHosted)
    {
        var found = PublicSuffixList.Shipped.Find(host)!;
        Assert.Equal((domain, isHosted), (found.Name, found.IsHosted));
    }

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]")]
    [InlineData("a..com")]
    [InlineData("-a.com")]
    [InlineData("a-.com")]
    [InlineData("a_b.com")]
    [InlineData("https://a.com")]
    [InlineData("a.com/path")]
    [InlineData("user@a.com")]
    [InlineData("a.com:80")]
    [InlineData("a b.com")]
    [InlineData("a\0.com")]
    public void What_is_no_host_name_has_no_domain(string host) => Assert.Null(PublicSuffixList.Shipped.Find(host));

    [Fact]
    public void A_final_dot_changes_nothing_and_long_names_are_refused()
    {
        Assert.Equal("example.com", PublicSuffixList.Shipped.Find("www.example.com.")?.Name);
        Assert.Null(PublicSuffixList.Shipped.Find(string.Join('.', Enumerable.Repeat("abcdefgh", 40)) + ".com"));
        Assert.Null(PublicSuffixList.Shipped.Find(new string('a', 64) + ".com"));
    }

    [Theory]
    [InlineData("openal.com")]
    [InlineData("openai-official.com")]
    [InlineData("0penai.com")]
    [InlineData("openai.net")]
    [InlineData("xn--penai-iye.com")]
    [InlineData("mistrai.com")]
    [InlineData("hugging-face.org")]
    public void A_domain_that_is_named_like_a_known_publisher_goes_to_a_person(string domain) => Assert.NotNull(DomainReview.ReasonFor(PublicSuffixList.Shipped.Find(domain)!));

    [Theory]
    [InlineData("openai.com")]
    [InlineData("mistral.ai")]
    [InlineData("example.org")]
    [InlineData("openassistant.io")]
    [InlineData("tum.de")]
    [InlineData("stanford.edu")]
    [InlineData("acme-robotics.com")]
    [InlineData("deepset.ai")]
    public void Known_domains_of_brands_and_ordinary_names_do_not(string domain) => Assert.Null(DomainReview.ReasonFor(PublicSuffixList.Shipped.Find(domain)!));
}
