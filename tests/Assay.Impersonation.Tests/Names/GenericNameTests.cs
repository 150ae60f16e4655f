using Assay.Impersonation.Names;

namespace Assay.Impersonation.Tests.Names;

public sealed class GenericNameTests
{
    private static readonly LikenessIndex Index = LikenessIndex.Seed().With([new KnownName("TheBloke/model-GGUF", 5, IsProtected: true), new KnownName("facebook/my-test-model", 5, IsProtected: true)]);

    [Theory]
    [InlineData("ada", "model")]
    [InlineData("grace", "my-test-model")]
    [InlineData("lin", "tiny")]
    public void A_name_of_everyday_words_is_like_nobodys(string owner, string name) =>
        Assert.Equal(NameAssessment.Nothing, NameLikeness.Judge(new NameQuery(owner, name), Index));

    [Theory]
    [InlineData("TheBIoke", "model-GGUF")]
    [InlineData("stranger", "Mistral-7B-Instruct-v0.2")]
    public void A_publisher_that_is_imitated_and_a_name_of_its_own_still_count(string owner, string name) =>
        Assert.NotEmpty(NameLikeness.Judge(new NameQuery(owner, name), Index).Signals);
}
