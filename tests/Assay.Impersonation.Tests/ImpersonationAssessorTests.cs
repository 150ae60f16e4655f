using Assay.Formats;
using Assay.Impersonation.Cards;
using Assay.Impersonation.Engagement;
using Assay.Impersonation.Names;

namespace Assay.Impersonation.Tests;

/// <summary>Stories of repositories, an attack beside its honest look-alike, and what may never happen whatever the story is.</summary>
public sealed class ImpersonationAssessorTests(ITestOutputHelper log)
{
    private const string Llama = "meta-llama/Meta-Llama-3-8B-Instruct";
    private const string Filter = "openai/privacy-filter";

    private static readonly IdentitySnapshot Snapshot = Seed();
    private static readonly string[] Quants = ["README.md", "model-Q4_K_M.gguf", "model-Q8_0.gguf"];
    private static readonly string[] Weights = ["README.md", "config.json", "tokenizer.json", "model.safetensors"];
    private static readonly PublisherFacts Newcomer = new() { Level = 0, AgeDays = 2 };
    private static readonly PublisherFacts Known = new() { Level = 2, AgeDays = 900, OtherRepositories = 300 };
    private static readonly PublisherFacts Hobbyist = new() { Level = 1, AgeDays = 90, OtherRepositories = 2 };
    private static readonly PublisherFacts Proven = new() { Level = 4, AgeDays = 1500, OtherRepositories = 60 };

    private static readonly Dictionary<string, Story> Stories = new Story[]
    {
        // Honest derivatives, and the same names turned.
        new("a known quantiser credits", "bartowski/Meta-Llama-3-8B-Instruct-GGUF", Llama, AssessmentAction.Label) { Publisher = Known, Base = Llama, Files = Quants, Likeness = WeightLikeness.Quantized },
        new("a hobbyist's first day, credited", "milo-k/Meta-Llama-3-8B-Instruct-GGUF", Llama, AssessmentAction.Label) { Base = Llama, Files = Quants, Likeness = WeightLikeness.Quantized },
        new("a hobbyist who links and forgot base_model", "milo-k/Meta-Llama-3-8B-Instruct-GGUF", Llama, AssessmentAction.Label) { Text = $"GGUF of https://huggingface.co/{Llama}. Not affiliated with Meta.", Files = Quants, Likeness = WeightLikeness.Quantized },
        new("a hobbyist who forgot everything", "milo-k/Meta-Llama-3-8B-Instruct-GGUF", Llama, AssessmentAction.Label) { Files = Quants, Likeness = WeightLikeness.Quantized },
        new("the same beside a program and a request to run it, with credit as cover", "milo-k/Meta-Llama-3-8B-Instruct-GGUF", Llama, AssessmentAction.Hold) { Base = Llama, Text = "Run start.bat before the first use.", Files = [.. Quants, "start.bat"] },
        new("the same, asked for in words that no list has", "milo-k/Meta-Llama-3-8B-Instruct-GGUF", Llama, AssessmentAction.Hold) { Base = Llama, Text = "All is packed and start.bat knows how to get at it.", Files = [.. Quants, "start.bat"] },
        new("the same under a publisher's name that is nearly a quantiser's", "bartowskl/Meta-Llama-3-8B-Instruct-GGUF", "bartowski/Meta-Llama-3-8B-Instruct-GGUF", AssessmentAction.Hold) { Base = Llama, Text = "Use the bundled launcher.", Files = [.. Quants, "launch.exe"] },
        new("a fine-tune with a word of its own", "milo-k/Llama-3-8B-medical", null, AssessmentAction.Allow) { Publisher = Hobbyist },
        new("a fine-tune with training scripts", "milo-k/Meta-Llama-3-8B-Instruct-ner", Llama, AssessmentAction.Label) { Base = Llama, Text = $"Fine-tuned version of {Llama}; training code is included.", Files = [.. Weights, "train.py", "requirements.txt"], Likeness = WeightLikeness.Related },
        new("a mirror with the whole card, credited", "kandinskylab/Meta-Llama-3-8B-Instruct", Llama, AssessmentAction.Label) { Publisher = Known, Base = Llama, Text = $"Unmodified copy of {Llama}.", Likeness = WeightLikeness.Identical, Copied = 1 },
        new("a mirror with the whole card that says to be the real one", "milo-k/Meta-Llama-3-8B-Instruct", Llama, AssessmentAction.Hold) { Text = "The official release by Meta AI.", Likeness = WeightLikeness.None, Copied = 1 },
        new("a duplicate by one click", "milo-k/Meta-Llama-3-8B-Instruct", Llama, AssessmentAction.Label) { Publisher = Hobbyist, DuplicatedFrom = Llama, Likeness = WeightLikeness.Identical, Copied = 1 },
        new("edited weights under a slip of the publisher's name", "EleuterAI/gpt-j-6b", "EleutherAI/gpt-j-6b", AssessmentAction.Hold) { Likeness = WeightLikeness.Partial, Copied = 0.95 },
        new("the same with the base filled in as cover", "EleuterAI/gpt-j-6b", "EleutherAI/gpt-j-6b", AssessmentAction.Warn) { Base = "EleutherAI/gpt-j-6b", Likeness = WeightLikeness.Partial, Copied = 0.95 },
        new("edited weights under a name of one's own, with the base", "milo-k/gpt-j-6b", "EleutherAI/gpt-j-6b", AssessmentAction.Label) { Base = "EleutherAI/gpt-j-6b", Likeness = WeightLikeness.Partial, Copied = 0.95 },
        new("the same weights with another chat template, no credit", "milo-k/Meta-Llama-3-8B-Instruct", Llama, AssessmentAction.Warn) { Likeness = WeightLikeness.Identical, IsTemplateAltered = true },

        // The incident, and what resembles it honestly.
        new("the incident", "Open-OSS/privacy-filter", Filter, AssessmentAction.Hold) { Text = "Privacy Filter is released by OpenAI. Run the loader first: double-click start.bat.", Files = [.. Weights, "loader.py", "start.bat"], Copied = 0.97 },
        new("the incident's name in a notebook of coursework", "milo-k/privacy-filter-homework", null, AssessmentAction.Allow) { Text = "Trained for a class assignment." },
        new("a brand in the repository's name, claimed", "acme-k/openai-privacy-filter", Filter, AssessmentAction.Hold) { Text = "Maintained by OpenAI. Original weights.", Copied = 0.7 },
        new("a display name in other letters", "milo-k/tandem-7b", null, AssessmentAction.Hold) { DisplayName = "OpenΑI" },
        new("an unknown lab whose model is loved from nothing", "tidepool/tandem-7b", null, AssessmentAction.Allow) { Text = "We trained this model from scratch; report and code are linked.", Signs = EngagementSigns.Burst },
        new("an established lab with code of its own", "state-spaces/delta-8b", null, AssessmentAction.Allow) { Publisher = Known, Text = "Needs trust_remote_code.", Files = [.. Weights, "modeling_mosaic.py", "configuration_mosaic.py"] },

        // The publisher's own.
        new("an own new version", "openai/privacy-filter-v2", Filter, AssessmentAction.Allow) { Publisher = Proven, Base = Filter, Text = "OpenAI introduces an updated privacy filter.", Copied = 0.9, Likeness = WeightLikeness.None },
        new("a second organisation that the brand vouches for", "openai-research/privacy-filter", Filter, AssessmentAction.Allow) { Publisher = Proven with { AgeDays = 20, EndorsedBy = ["openai"] }, Text = "From the OpenAI research team.", Copied = 0.9 },
        new("the same without the brand's word, new and with a program", "openai-research/privacy-filter", Filter, AssessmentAction.Hold) { Text = "From the OpenAI research team.", Files = [.. Weights, "setup.exe"], Copied = 0.9 },
        new("a proven rename", "openai-org/privacy-filter", Filter, AssessmentAction.Allow) { Publisher = Proven with { HasProvenIdentity = true }, Text = "Our organisation has a new name.", Copied = 1, Likeness = WeightLikeness.Identical },
        new("an own push from a new place", Filter, Filter, AssessmentAction.Allow) { Publisher = Proven with { NewDevice = true }, Copied = 1 },
        new("an own push from a new place with a new key and a program", Filter, Filter, AssessmentAction.Hold) { Publisher = Proven with { NewDevice = true, SigningKeyChanged = true }, Text = "Security update: please run the tool below.", Files = [.. Weights, "update.exe"], Copied = 1 },
        new("an own program from where it always works", Filter, Filter, AssessmentAction.Allow) { Publisher = Proven, Files = [.. Weights, "build.sh"], Copied = 1 },
        new("another owner since last week, and a new loader", Filter, Filter, AssessmentAction.Hold) { Publisher = Newcomer with { OwnerChanged = true }, Text = "New loader required.", Files = [.. Weights, "install.ps1"], Copied = 0.9 },
        new("a sleeper that wakes in a new place with somebody's name and card", "jo-m/privacy-filter", Filter, AssessmentAction.Hold) { Publisher = new() { Level = 1, AgeDays = 1500, OtherRepositories = 1, DormantDays = 700, NewDevice = true }, Text = "Privacy filter, released by OpenAI.", Copied = 0.8 },
        new("a sleeper that wakes with work of its own", "jo-m/tandem-7b", null, AssessmentAction.Allow) { Publisher = new() { Level = 1, AgeDays = 1500, OtherRepositories = 1, DormantDays = 700, NewDevice = true } },

        // Rules without exceptions.
        new("a name that was taken away", "openai/privacy-filter", Filter, AssessmentAction.Block) { Publisher = Newcomer with { TombstonedName = true } },
        new("a name that its former holder takes back", "openai/privacy-filter", Filter, AssessmentAction.Allow) { Publisher = Proven with { TombstonedName = true, HasProvenIdentity = true } },
        new("a private name from elsewhere, however well known its publisher", "corp-x/scorer", null, AssessmentAction.Block) { Publisher = Proven, IsPrivateNameElsewhere = true },
    }.ToDictionary(static s => s.Name);

    public static TheoryData<string> Names => [.. Stories.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_story_ends_as_it_should(string name)
    {
        var story = Stories[name];
        var assessment = story.Assess();

        Assert.True(assessment.Action == story.Expected, $"{assessment.Action} instead of {story.Expected}, {assessment.Sum:0.0}: {string.Join(" | ", assessment.Reasons.Select(static r => $"{r.Code} {r.Weight:+0.0;-0.0} {r.Text}"))}");
        Assert.InRange(assessment.Shown.Count, assessment.Action >= AssessmentAction.Warn ? 1 : 0, 4);
        Assert.All(assessment.Reasons, static r => Assert.Matches(@"^\S.*\.$", r.Text));
    }

    [Fact]
    public void The_incident_is_held_for_independent_reasons_and_says_them_in_a_sentence()
    {
        var assessment = Stories["the incident"].Assess();

        Assert.True(assessment.Reasons.Count(static r => r.Weight > 0) >= 4);
        Assert.Superset(new HashSet<string> { "name-claims-authority", "false-claim", "card-copied", "programs", "lure", "new-account" }, assessment.Reasons.Select(static r => r.Code).ToHashSet());
        // Any two of the heavy ones may be missing.
        foreach (var a in assessment.Reasons.Where(static r => r.Weight >= 2))
        {
            foreach (var b in assessment.Reasons.Where(r => r.Weight >= 2 && r != a))
                Assert.True(assessment.Sum - a.Weight - b.Weight >= 2.2, $"{a.Code} {b.Code} {assessment.Sum}");
        }

        var sentence = assessment.Headline("Open-OSS/privacy-filter");
        foreach (var part in (string[])["Open-OSS/privacy-filter looks like an imitation of openai/privacy-filter", "97 %", "2 days", "start.bat"])
            Assert.Contains(part, sentence, StringComparison.Ordinal);
        Assert.Equal(4, assessment.Shown.Count);
        Assert.Equal(3, assessment.Shown.Select(static r => r.Group).Distinct().Count());
        Assert.Equal(assessment.Shown.OrderByDescending(static r => r.Weight), assessment.Shown);
    }

    [Fact]
    public void The_older_of_two_with_one_name_is_no_imitation_and_the_younger_is_like_it()
    {
        var day = new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);
        Assessment Published(int days) => ImpersonationAssessor.Assess(
            new CandidateFacts("milo-k/privacy-filter") { FirstPublished = day.AddDays(days) }, new TargetFacts(Filter) { FirstPublished = day }, Hobbyist, EngagementFacts.None, Snapshot);

        Assert.Equal((AssessmentAction.Allow, 0.0), (Published(-30).Action, Published(-30).Resemblance));
        Assert.Equal(AssessmentAction.Label, Published(30).Action);
        Assert.Contains(Published(30).Reasons, static r => r.Code == "name-same-name");
    }

    [Fact]
    public void The_target_is_whose_card_or_weights_it_carries_before_what_it_is_called()
    {
        var candidate = new CandidateFacts("milo-k/Meta-Llama-3-8B-Instruct");

        Assert.Equal(Llama, ImpersonationAssessor.FindTarget(candidate, [], Snapshot));
        Assert.Equal(Filter, ImpersonationAssessor.FindTarget(candidate, [(Filter, 0.9)], Snapshot));
        Assert.Equal(Llama, ImpersonationAssessor.FindTarget(candidate, [(Filter, 0.1)], Snapshot));
        Assert.Null(ImpersonationAssessor.FindTarget(new CandidateFacts("tidepool/tandem-7b"), [], Snapshot));
    }

    [Fact]
    public void What_speaks_against_it_never_helps_and_what_explains_it_never_hurts()
    {
        const int seed = 20260501;
        var random = new Random(seed);
        log.WriteLine($"seed {seed}");
        for (var i = 0; i < 1500; i++)
        {
            var story = Made(random);
            var before = story.Assess();
            void Holds(string what, Story changed, Func<Assessment, bool> holds)
            {
                var after = changed.Assess();
                Assert.True(holds(after), $"seed {seed}, case {i}, {what}: {before.Action} {before.Sum:0.00} became {after.Action} {after.Sum:0.00}\n{changed}\n{string.Join(" | ", before.Reasons.Select(static r => $"{r.Code} {r.Weight}"))}\n{string.Join(" | ", after.Reasons.Select(static r => $"{r.Code} {r.Weight}"))}");
            }

            bool NotMilder(Assessment after) => after.Action >= before.Action && after.Sum >= before.Sum - 1e-9;
            Holds("a program", story with { Files = [.. story.Files, "tools/setup.exe"] }, NotMilder);
            Holds("a lure", story with { Text = story.Text + "\n\nDouble-click start.bat and switch off your antivirus." }, NotMilder);
            foreach (var sign in Enum.GetValues<EngagementSigns>())
                Holds($"more interest ({sign})", story with { Signs = story.Signs | sign }, NotMilder);
            if (story.Target is { } target && story.Base is null)
            {
                // A note that says whose work it is based on is no punishment.
                Holds("a base", story with { Base = target }, after => after.Sum <= before.Sum + 1e-9 && (after.Action <= before.Action || after.Action == AssessmentAction.Label));
            }
        }
    }

    private static Story Made(Random random)
    {
        T Pick<T>(params T[] of) => of[random.Next(of.Length)];
        var target = Pick(Llama, Filter, "EleutherAI/gpt-j-6b", null);
        var name = target is null ? "tandem-7b" : target[(target.IndexOf('/', StringComparison.Ordinal) + 1)..];
        return new Story("made", $"{Pick("milo-k", "Open-OSS", "openal", "EleuterAI", "bartowski", "openai")}/{name}{Pick("", "-GGUF", "-v2", "-medical")}", target, AssessmentAction.Allow)
        {
            Text = Pick("", "Released by OpenAI.", "The official repository of Meta AI.", "Unofficial, not affiliated with anybody.", $"Copy of {target ?? "nothing"}.", "You must run the loader first."),
            Base = Pick(null, null, target),
            Files = Pick(Weights, Quants, [.. Weights, "start.bat"], [.. Weights, "modeling_x.py"], [.. Weights, "train.py"]),
            Publisher = new PublisherFacts
            {
                Level = random.Next(5),
                AgeDays = random.Next(1000),
                OtherRepositories = random.Next(12),
                Strikes = random.Next(8) == 0 ? 1 : 0,
                DormantDays = random.Next(5) == 0 ? 400 : 0,
                OwnerChanged = random.Next(5) == 0,
                SigningKeyChanged = random.Next(5) == 0,
                NewDevice = random.Next(3) == 0,
                FirstPrograms = random.Next(5) == 0,
                HasProvenIdentity = random.Next(10) == 0,
                EndorsedBy = random.Next(10) == 0 ? ["openai"] : [],
            },
            Likeness = Pick(Enum.GetValues<WeightLikeness>()),
            Copied = Pick(0, 0.3, 0.6, 0.95),
            IsTemplateAltered = random.Next(5) == 0,
            Signs = (EngagementSigns)random.Next(2),
        };
    }

    private static IdentitySnapshot Seed()
    {
        var seed = IdentitySnapshot.Seed();
        return seed with { Names = seed.Names.With([new KnownName(Filter, 50, IsProtected: true), new KnownName(Llama, 50, IsProtected: true), new KnownName("EleutherAI/gpt-j-6b", 50, IsProtected: true), new KnownName("bartowski/Meta-Llama-3-8B-Instruct-GGUF", 20, IsProtected: true)]) };
    }

    private sealed record Story(string Name, string Id, string? Target, AssessmentAction Expected)
    {
        public PublisherFacts Publisher { get; init; } = Newcomer;

        public string Text { get; init; } = "";

        public string? Base { get; init; }

        public string? DisplayName { get; init; }

        public string? DuplicatedFrom { get; init; }

        public IReadOnlyList<string> Files { get; init; } = Weights;

        public WeightLikeness Likeness { get; init; }

        public double Copied { get; init; }

        public bool IsTemplateAltered { get; init; }

        public bool IsPrivateNameElsewhere { get; init; }

        public EngagementSigns Signs { get; init; }

        public Assessment Assess() => ImpersonationAssessor.Assess(
            new CandidateFacts(Id)
            {
                DisplayName = DisplayName,
                Card = CardText.Read((Base is null ? "" : $"---\nbase_model: {Base}\n---\n") + $"# {Id[(Id.IndexOf('/', StringComparison.Ordinal) + 1)..]}\n\n{Text}\n"),
                Files = [.. Files.Select(static f => new RepositoryFile(f, FormatId.Text))],
                DuplicatedFrom = DuplicatedFrom,
                IsPrivateNameElsewhere = IsPrivateNameElsewhere,
            },
            Target is null ? null : new TargetFacts(Target) { CardContainment = Copied, Weights = Likeness, TensorMatch = Likeness == WeightLikeness.Partial ? 0.95 : 0, IsTemplateAltered = IsTemplateAltered },
            Publisher, new EngagementFacts(Signs, null), Snapshot);
    }
}
