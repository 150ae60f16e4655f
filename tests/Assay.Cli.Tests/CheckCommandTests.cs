using System.Text;
using System.Text.Json.Nodes;
using Assay.Testing;

namespace Assay.Cli.Tests;

public sealed class CheckCommandTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 7, 12, 0, 0, TimeSpan.Zero);

    private const string Prose = """
        A small model that finds names, addresses and account numbers in running text and replaces them before the text leaves your machine.
        It was trained on public records with synthetic identities; the report describes the data, its limits and the evaluation in detail.
        Precision was preferred over speed wherever the two were in conflict, and every language was reviewed by native speakers of it.
        Longer documents are cut into overlapping windows of four thousand tokens, whose results are joined by majority in the overlap.

        """;

    private const string GenuineCard = "---\nlicense: apache-2.0\n---\n# Privacy Filter\n\nReleased by OpenAI.\n\n" + Prose + """
        ```python
        from transformers import pipeline
        redact = pipeline("token-classification", model="openai/privacy-filter")
        ```

        """;

    private static readonly byte[] Weights = [.. Enumerable.Range(0, 4096).Select(static i => (byte)(i * 7))];

    private static FakeHub Hub() => new FakeHub()
        .Account("openai", isOrganization: true, "OpenAI", Now.AddYears(-4))
        .Account("Open-OSS", isOrganization: true, "Open OSS", Now.AddDays(-2))
        .Account("bartowski", isOrganization: false, "Bartowski", Now.AddYears(-2))
        .Account("meta-llama", isOrganization: true, "Meta Llama", Now.AddYears(-3))
        .Add(new FakeRepository("openai/privacy-filter", Now.AddDays(-9), [("README.md", Text(GenuineCard)), ("config.json", Text("""{"model_type":"token-filter"}""")), ("model.safetensors", Weights)]) { Downloads = 18_000, Likes = 900, Commits = 4 })
        .Add(new FakeRepository("Open-OSS/privacy-filter", Now.AddHours(-9),
        [
            ("README.md", Text(GenuineCard + "\n## Usage\n\n1. Clone this repository.\n2. On Windows run `start.bat`; on Linux or macOS run `python loader.py`.\n")),
            ("config.json", Text("""{"model_type":"token-filter"}""")), ("loader.py", Text("print('inert')\n")), ("model.safetensors", Weights), ("start.bat", Text("python loader.py\r\n")),
        ])
        { Downloads = 244_000, Likes = 667, Commits = 3, LastModified = Now.AddHours(-8) })
        .Add(new FakeRepository("bartowski/Meta-Llama-3-8B-Instruct-GGUF", Now.AddYears(-1),
        [
            ("README.md", Text("---\nbase_model: meta-llama/Meta-Llama-3-8B-Instruct\n---\n# Llamacpp imatrix quantizations of Meta-Llama-3-8B-Instruct\n\nOriginal model: https://huggingface.co/meta-llama/Meta-Llama-3-8B-Instruct\n")),
            ("Meta-Llama-3-8B-Instruct-Q4_K_M.gguf", Weights[..1024]),
        ])
        { Downloads = 40_000, Likes = 150, BaseModel = "meta-llama/Meta-Llama-3-8B-Instruct" })
        .Add(new FakeRepository("meta-llama/Meta-Llama-3-8B-Instruct", Now.AddYears(-2), [("README.md", Text("# Llama 3\n")), ("model.safetensors", Weights)]) { IsGated = true, Downloads = 1_000_000, Likes = 4_000 })
        .Add(new FakeRepository("stranger/gated-thing", Now.AddDays(-100), [("README.md", Text("# Thing\n")), ("model.safetensors", Weights)]) { IsGated = true })
        .Add(new FakeRepository("acme/words", Now.AddDays(-400), [("README.md", Text("# Words\n")), ("words.csv", Text("a,b\n"))]) { Kind = "datasets" });

    [Theory]
    [InlineData("genuine", "openai/privacy-filter", 0)]
    [InlineData("copy", "Open-OSS/privacy-filter", 1)]
    [InlineData("quantised", "bartowski/Meta-Llama-3-8B-Instruct-GGUF", 0)]
    [InlineData("gated", "meta-llama/Meta-Llama-3-8B-Instruct", 0)]
    [InlineData("gated-stranger", "stranger/gated-thing", 2)]
    [InlineData("missing", "meta-lama/Meta-Llama-3-8B-Instruct", 2)]
    [InlineData("dataset", "datasets/acme/words", 0)]
    [InlineData("disguised", "met\u0430-llama/Meta-Llama-3-8B-Instruct", 2)]
    public async Task What_a_person_reads(string file, string repository, int exitCode)
    {
        await using var hub = Hub();
        var run = Run(hub, repository);
        Assert.Null(Golden.Difference($"tests/Assay.Cli.Tests/Check/{file}.txt", run.Output.Replace(hub.Address.Authority, "hub.example", StringComparison.Ordinal)));
        Assert.Equal((exitCode, ""), (run.ExitCode, run.Error));
    }

    [Theory]
    [InlineData("openai/privacy-filter")]
    [InlineData("Open-OSS/privacy-filter")]
    [InlineData("bartowski/Meta-Llama-3-8B-Instruct-GGUF")]
    [InlineData("stranger/gated-thing")]
    [InlineData("nobody/nothing")]
    [InlineData("datasets/acme/words")]
    [InlineData("EleuterAI/gpt-j-6B", "--offline")]
    public async Task Every_result_in_JSON_is_of_the_schema(string repository, params string[] more)
    {
        Assert.SkipWhen(JsonSchema.MayBeSkipped, JsonSchema.WhyNot ?? "");
        Assert.Null(JsonSchema.WhyNot);
        await using var hub = Hub();
        Assert.Equal("", JsonSchema.Errors("docs/schemas/assay.check.v1.schema.json", Text(Run(hub, repository, ["--format", "json", .. more]).Output)));
    }

    [Fact]
    public async Task The_copy_is_held_in_JSON_with_its_original_and_independent_reasons()
    {
        await using var hub = Hub();
        var json = JsonNode.Parse(Run(hub, "Open-OSS/privacy-filter", "--format", "json").Output)!;
        Assert.Equal(("hold", "malicious", "openai/privacy-filter"), ((string?)json["action"], (string?)json["verdict"], (string?)json["target"]));
        var codes = json["reasons"]!.AsArray().Select(static r => (string?)r!["code"]).ToArray();
        Assert.Superset(new HashSet<string?> { "card-copied", "false-claim", "programs", "lure", "new-account" }, codes.ToHashSet());
        Assert.Equal(["start.bat"], json["files"]!["programs"]!.AsArray().Select(static p => (string?)p));
        Assert.Equal("seed/0.1.0", (string?)json["snapshot"]);
    }

    [Theory]
    [InlineData("Open-OSS/privacy-filter", "malicious", 1)]
    [InlineData("Open-OSS/privacy-filter", "never", 0)]
    [InlineData("openai/privacy-filter", "incomplete", 0)]
    [InlineData("stranger/gated-thing", "suspicious", 2)]
    [InlineData("stranger/gated-thing", "incomplete", 1)]
    [InlineData("nobody/nothing", "malicious", 2)]
    public async Task Exit_codes_follow_the_verdict(string repository, string failOn, int expected)
    {
        await using var hub = Hub();
        Assert.Equal(expected, Run(hub, repository, "--fail-on", failOn).ExitCode);
    }

    [Theory]
    [InlineData("EleuterAI/gpt-j-6B", 1, "EleutherAI/gpt-j-6b")]
    [InlineData("EleutherAI/gpt-j-6b", 0, "Fine: EleutherAI/gpt-j-6b is the well-known repository of this name.")]
    [InlineData("somebody/an-unheard-of-thing", 0, "Fine: somebody/an-unheard-of-thing is not taken for an imitation.")]
    [InlineData("bartowski/Meta-Llama-3-8B-Instruct-GGUF", 0, "made by somebody else")]
    public void Names_alone_are_judged_without_asking_anybody(string repository, int exitCode, string expected)
    {
        var run = Run(["check", repository, "--offline"]);
        Assert.Contains(expected, run.Output, StringComparison.OrdinalIgnoreCase);
        Assert.Equal((exitCode, ""), (run.ExitCode, run.Error));
    }

    [Fact]
    public void Names_of_the_operator_are_protected_as_well()
    {
        using var folder = new TemporaryFolder();
        folder.Write("names.txt", "# ours\nnorthwind-labs/fraud-scorer-large\n");
        Assert.Equal(0, Run(["check", "northwnd-labs/fraud-scorer-large", "--offline"]).ExitCode);
        var run = Run(["check", "northwnd-labs/fraud-scorer-large", "--offline", "--index", folder["names.txt"], "--format", "json"]);
        Assert.Equal((1, "northwind-labs/fraud-scorer-large"), (run.ExitCode, (string?)JsonNode.Parse(run.Output)!["suggestions"]![0]));
        Assert.StartsWith("sha256:", (string?)JsonNode.Parse(run.Output)!["snapshot"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("There is no format \"xml\"", "a/b", "--format", "xml")]
    [InlineData("A repository is named owner/name", "a/b/c/d")]
    [InlineData("Name its hub by --endpoint", "https://elsewhere.example/a/b")]
    [InlineData("--endpoint is an address", "a/b", "--endpoint", "ftp://hub.example")]
    [InlineData("--fail-on is malicious", "a/b", "--fail-on", "bad")]
    [InlineData("Behind @ there is no revision", "a/b@")]
    [InlineData("cannot be read", "a/b", "--offline", "--index", "no-such-file")]
    [InlineData("--output names a file", "a/b", "--output", "no/such/folder/file")]
    public void Wrong_use_is_told_in_a_sentence(string expected, params string[] args)
    {
        var run = Run(["check", .. args]);
        Assert.Equal((3, ""), (run.ExitCode, run.Output));
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_token_goes_to_the_hub_that_it_is_for_and_to_no_other()
    {
        await using var hub = Hub();
        await using var other = Hub();
        var variables = new[] { ("HF_ENDPOINT", hub.Address.AbsoluteUri), ("HF_TOKEN", "hf_secret") };
        Run(["check", "openai/privacy-filter"], variables);
        Run(["check", "openai/privacy-filter", "--endpoint", other.Address.AbsoluteUri], variables);
        Assert.All(hub.Requests, static r => Assert.Equal("Bearer hf_secret", r.Headers["Authorization"]));
        Assert.All(other.Requests, static r => Assert.DoesNotContain("Authorization", r.Headers.Keys));
        Assert.NotEmpty(other.Requests);
    }

    [Theory]
    [InlineData("""{"schema":"assay.identity/v1","revision":{"commit":null,"state":"admitted","verdict":"clean","reason":null,"reference":"A-2F7K","reportUrl":"http://hub/v/A-2F7K"},"publisher":{"since":"2024-01-01T00:00:00Z","level":3,"proof":"controls acme.example since 2025-02-01"}}""", 0, "admitted: no findings [A-2F7K] http://hub/v/A-2F7K")]
    [InlineData("""{"schema":"assay.identity/v1","revision":{"state":"rejected","verdict":"malicious","reason":"weights.pkl runs os.system","reference":"A-2F7K"}}""", 1, "STOP. acme/model is not served by this hub.")]
    [InlineData("""{"schema":"assay.identity/v1","revision":{"state":"quarantined","verdict":"incomplete","reason":"Held back"}}""", 1, "held back until a reviewer has looked at it: not fully inspected")]
    [InlineData("""{"schema":"assay.identity/v1","revision":{"state":"vetting"}}""", 2, "being checked")]
    [InlineData("""{"schema":"assay.identity/v1","assessment":{"action":"hold","target":"openai/privacy-filter","rules":"identity/2026-11","reasons":[{"code":"hollow-traffic","text":"Its download numbers do not come from people who download it.","evidence":"1 of 900","weight":2.0,"confidence":"high"}]}}""", 1, "STOP. acme/model looks like an imitation of openai/privacy-filter.")]
    [InlineData("""{"schema":"something/else","revision":{"state":"rejected"}}""", 0, "this hub does not say")]
    public async Task A_hub_that_vets_is_heard(string identity, int exitCode, string expected)
    {
        await using var hub = Hub().Add(new FakeRepository("acme/model", Now.AddDays(-300), [("README.md", Text("# Model\n")), ("model.safetensors", Weights)]));
        hub.Identity("models/acme/model", identity);
        var run = Run(hub, "acme/model");
        Assert.Contains(expected, run.Output, StringComparison.Ordinal);
        Assert.Equal(exitCode, run.ExitCode);
    }

    [Fact]
    public async Task A_page_address_names_repository_and_revision()
    {
        await using var hub = Hub();
        var json = JsonNode.Parse(Run(hub, hub.Address + "datasets/acme/words/tree/main", "--format", "json").Output)!;
        Assert.Equal(("dataset", "acme/words", "main", "clean"), ((string?)json["repository"]!["kind"], (string?)json["repository"]!["id"], (string?)json["repository"]!["revision"], (string?)json["verdict"]));
        Assert.Equal("revision-not-found", (string?)JsonNode.Parse(Run(hub, "datasets/acme/words@v9", "--format", "json").Output)!["incomplete"]![0]!["reason"]);
    }

    [Fact]
    public async Task A_hub_that_is_not_there_makes_no_verdict()
    {
        Uri address;
        await using (var hub = Hub())
            address = hub.Address;
        var run = Run(["check", "acme/model", "--endpoint", address.AbsoluteUri]);
        Assert.Equal((2, ""), (run.ExitCode, run.Error));
        Assert.Contains("could not be checked", run.Output, StringComparison.Ordinal);
        Assert.Contains("It cannot be reached.", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_publisher_writes_cannot_steer_the_terminal()
    {
        await using var hub = Hub().Account("mallory", isOrganization: false, "\e[2JOpenA\u0399 \u202e", Now.AddDays(-1))
            .Add(new FakeRepository("mallory/tool", Now.AddDays(-1), [("README.md", Text("# Tool\n\nRun `\u202estart.bat` first.\n")), ("\e]0;x\astart.bat", Text("x"))]));
        foreach (var output in (string[])[Run(hub, "mallory/tool").Output, Run(hub, "mallory/tool", "--format", "json").Output])
        {
            Assert.DoesNotContain('\e', output);
            Assert.DoesNotContain('\a', output);
            Assert.DoesNotContain('\u202e', output);
        }

        Assert.Contains("<U+0399>", Run(hub, "mallory/tool").Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_takes_the_result_and_the_log_its_first_line()
    {
        using var folder = new TemporaryFolder();
        await using var hub = Hub();
        var run = Run(hub, "Open-OSS/privacy-filter", "--format", "json", "--output", folder["check.json"]);
        Assert.Equal((1, "", "STOP. Open-OSS/privacy-filter looks like an imitation of openai/privacy-filter."), (run.ExitCode, run.Output, run.Error.TrimEnd()));
        Assert.Equal("hold", (string?)JsonNode.Parse(File.ReadAllText(folder["check.json"]))!["action"]);
    }

    [Fact]
    public void The_guide_shows_what_is_put_out() =>
        Assert.Contains(File.ReadAllText(Checkout.PathOf("tests/Assay.Cli.Tests/Check/copy.txt")), File.ReadAllText(Checkout.PathOf("docs/guides/check.md")), StringComparison.Ordinal);

    [Fact]
    public async Task A_space_has_the_files_of_a_program_without_blame()
    {
        await using var hub = Hub().Account("acme", isOrganization: true, "Acme", Now.AddDays(-1))
            .Add(new FakeRepository("acme/demo", Now.AddDays(-1), [("README.md", Text("# Demo\n")), ("Dockerfile", Text("FROM scratch\n")), ("app.py", Text("print(1)\n")), ("start.sh", Text("python app.py\n"))]) { Kind = "spaces" });
        var run = Run(hub, "spaces/acme/demo");
        Assert.StartsWith("Fine: acme/demo is not taken for an imitation.", run.Output, StringComparison.Ordinal);
        Assert.Equal(0, run.ExitCode);
    }

    [Theory]
    [InlineData("assay ch", "check")]
    [InlineData("assay check --fa", "--fail-on")]
    public void Completion_knows_the_command(string line, string expected) =>
        Assert.Contains(expected, Run([$"[suggest:{line.Length}]", line]).Output.Split('\n', StringSplitOptions.TrimEntries));

    private static CommandRun Run(FakeHub? hub, string repository, params string[] more) =>
        Run(["check", repository, .. hub is null ? [] : new[] { "--endpoint", hub.Address.AbsoluteUri }, .. more]);

    private static CommandRun Run(string[] args, params (string Name, string Value)[] variables)
    {
        using var output = new MemoryStream();
        using var error = new StringWriter();
        var context = new CommandContext(static () => Stream.Null, output, () => error)
        {
            Variable = name => Array.Find(variables, v => v.Name == name).Value,
            WorkingFolder = Path.GetTempPath(),
            Clock = new FixedClock(),
        };
        var exitCode = CommandLine.Run(args, context);
        return new CommandRun(exitCode, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
