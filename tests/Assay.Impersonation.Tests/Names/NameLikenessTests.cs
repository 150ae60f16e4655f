using Assay.Impersonation.Names;

namespace Assay.Impersonation.Tests.Names;

public sealed class NameLikenessTests
{
    private static readonly LikenessIndex Index = LikenessIndex.Seed();

    [Theory]
    [InlineData("EleuterAI/gpt-j-6B", NameSignalKind.ImitatedPublisher, "EleutherAI/gpt-j-6b")]
    [InlineData("mistrallai/Mistral-7B-Instruct-v0.3", NameSignalKind.ImitatedPublisher, "mistralai/Mistral-7B-Instruct-v0.3")]
    [InlineData("Qwrn/Qwen3-0.6B", NameSignalKind.ImitatedPublisher, "Qwen/Qwen3-0.6B")]
    [InlineData("openai-models/gpt-oss-20b", NameSignalKind.ImitatedPublisher, "openai/gpt-oss-20b")]
    [InlineData("the-unsloth/Qwen3-8B-GGUF", NameSignalKind.ImitatedPublisher, "unsloth/Qwen3-8B-GGUF")]
    [InlineData("Official-Models/Qwen3-0.6B", NameSignalKind.ClaimedAuthority, "Qwen/Qwen3-0.6B")]
    [InlineData("quietriver/Qwen3-0.6B-official", NameSignalKind.ClaimedAuthority, "Qwen/Qwen3-0.6B")]
    [InlineData("deepseekai/deepseek-vl2", NameSignalKind.ImitatedPublisher, "deepseek-ai/deepseek-vl2")]
    [InlineData("Qwen-Qwen3/0.6B", NameSignalKind.SameReading, "Qwen/Qwen3-0.6B")]
    [InlineData("quietriver/openai-whisper-large-v3", NameSignalKind.PublisherInName, "openai/whisper-large-v3")]
    [InlineData("quietriver/whisper-large-v3-by-openai", NameSignalKind.PublisherInName, "openai/whisper-large-v3")]
    [InlineData("bart0wski/anything-at-all", NameSignalKind.NearPublisher, "bartowski")]
    [InlineData("QuantFactorys/anything-at-all", NameSignalKind.NearPublisher, "QuantFactory")]
    [InlineData("quietriver/Mistral-7B-Insturct-v0.3", NameSignalKind.NearName, "mistralai/Mistral-7B-Instruct-v0.3")]
    [InlineData("quietriver/whisper-l4rge-v3", NameSignalKind.NearName, "openai/whisper-large-v3")]
    [InlineData("quietriver/whisper-Iarge-v3", NameSignalKind.NearName, "openai/whisper-large-v3")]
    [InlineData("quietriver/large-whisper-v3", NameSignalKind.NearName, "openai/whisper-large-v3")]
    [InlineData("deepseek-ai-org/DeepSeek-V9-Vision", NameSignalKind.InventedSibling, "deepseek-ai/")]
    public void An_imitation_is_seen(string id, NameSignalKind kind, string target)
    {
        var assessment = NameLikeness.Judge(Query(id), Index);
        Assert.Equal(kind, assessment.Strongest?.Kind);
        Assert.StartsWith(target, assessment.Target, StringComparison.OrdinalIgnoreCase);
        Assert.True(assessment.Score >= 0.5, $"{assessment.Score}");
        Assert.Contains(target.TrimEnd('/'), assessment.Reason, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(assessment.Signals.Count, assessment.Signals.DistinctBy(static s => s.Kind).Count());
    }

    [Theory]
    [InlineData("quietriver/Qwen3-0.6B-GGUF")]
    [InlineData("quietriver/Qwen3-0.6B")]
    [InlineData("quietriver/Mistral-7B-Instruct-v0.3-medical")]
    [InlineData("quietriver/openai_whisper-large-v3-GGUF")]
    [InlineData("quietriver/Qwen3-0.7B")]
    [InlineData("quietriver/whisper-large-v4")]
    [InlineData("quietriver/whisper-large-v3-german")]
    [InlineData("openchat/anything")]
    [InlineData("OpenMed/privacy-model")]
    [InlineData("deepset/anything")]
    [InlineData("neural-lab-berlin/anything")]
    [InlineData("openlm-research/open_llama_7b")]
    [InlineData("OpenAssistant/oasst-sft-4-pythia-12b-epoch-3.5")]
    [InlineData("bartowski/Qwen_Qwen3-0.6B-GGUF")]
    [InlineData("openai/whisper-large-v3")]
    [InlineData("OpenAI/Whisper-Large-v3")]
    [InlineData("unsloth/Meta-Llama-3.1-8B-Instruct")]
    public void An_honest_name_is_left_alone(string id)
    {
        var assessment = NameLikeness.Judge(Query(id), Index);
        Assert.True(assessment.Score < 0.5, $"{assessment.Score}: {assessment.Reason}");
    }

    [Theory]
    [InlineData("OpenΑI", "OpenAI", NameSignalKind.DisguisedDisplayName)]
    [InlineData("OpenAl", "OpenAI", NameSignalKind.DisguisedDisplayName)]
    [InlineData("Open\u200bAI", "OpenAI", NameSignalKind.DisguisedDisplayName)]
    [InlineData("Mіcrosoft Research", "Microsoft", NameSignalKind.DisguisedDisplayName)]
    [InlineData("𝗡𝗩𝗜𝗗𝗜𝗔", "NVIDIA", NameSignalKind.DisguisedDisplayName)]
    [InlineData("Mistral AI (official)", "Mistral AI", NameSignalKind.NearPublisher)]
    [InlineData("Micorsoft", "Microsoft", NameSignalKind.NearPublisher)]
    public void A_display_name_that_imitates_a_brand_is_seen(string display, string brand, NameSignalKind kind)
    {
        var assessment = NameLikeness.Judge(new NameQuery("", "") { DisplayName = display }, Index);
        Assert.Equal((brand, kind), (assessment.Target, assessment.Strongest?.Kind));
        Assert.True(assessment.Score >= 0.5);
        Assert.DoesNotContain(assessment.Reason, static c => c is < ' ' or > '~');
    }

    [Theory]
    [InlineData("openai", "OpenAI")]
    [InlineData("mistralai", "Mistral AI")]
    [InlineData("quietriver", "Quiet River")]
    [InlineData("quietriver", "Тихая река")]
    [InlineData("quietriver", "通义 研究")]
    [InlineData("quietriver", "Open Science Collective")]
    [InlineData("quietriver", "Deep Learning Lab 🚀")]
    public void An_honest_display_name_is_left_alone(string organisation, string display) =>
        Assert.Equal(0, NameLikeness.Judge(new NameQuery(organisation, "anything") { DisplayName = display }, Index).Score);

    [Fact]
    public void Credit_and_a_record_lower_the_score_and_never_by_much_where_a_publisher_is_imitated()
    {
        var slip = Query("quietriver/whisper-l4rge-v3");
        var plain = NameLikeness.Judge(slip, Index).Score;
        Assert.True(NameLikeness.Judge(slip with { DeclaredBase = "openai/whisper-large-v3" }, Index).Score < plain);
        Assert.True(NameLikeness.Judge(slip with { OtherRepositories = 300 }, Index).Score < plain);
        var imitation = Query("openai-models/gpt-oss-20b") with { DeclaredBase = "openai/gpt-oss-20b", OtherRepositories = 8 };
        Assert.True(NameLikeness.Judge(imitation, Index).Score > 0.8);
        Assert.Equal(NameAssessment.Nothing, NameLikeness.Judge(imitation with { IsEndorsed = true }, Index));
    }

    [Fact]
    public void A_repository_is_not_compared_with_itself()
    {
        var index = LikenessIndex.Empty.With([new("quietriver/aurora-diffusion", 50, true)]);
        Assert.Empty(NameLikeness.Judge(Query("quietriver/aurora-diffusion"), index).Signals);
        Assert.Equal("quietriver/aurora-diffusion", NameLikeness.Judge(Query("quietrlver/aurora-diffusion"), index).Target);
    }

    [Fact]
    public void A_name_of_any_kind_is_judged_in_bounded_time()
    {
        var random = new Random(37);
        for (var i = 0; i < 300; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 600)).Select(_ => "a-_.1/l\u200b\ud800о5Qwen"[random.Next(14)]));
            var clock = System.Diagnostics.Stopwatch.StartNew();
            var score = NameLikeness.Judge(new NameQuery(text, text) { DisplayName = text, DeclaredBase = text }, Index).Score;
            Assert.InRange(score, 0, 1);
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"seed 37, case {i}");
        }
    }

    private static NameQuery Query(string id) => new(id[..id.IndexOf('/', StringComparison.Ordinal)], id[(id.IndexOf('/', StringComparison.Ordinal) + 1)..]);
}
