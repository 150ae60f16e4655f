using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Assay.Hub.Blobs;
using Assay.Hub.Repositories;
using Assay.Protocol;

namespace Assay.Hub.Cards;

/// <summary>What a revision says of itself, as far as lists and clients ask for it.</summary>
/// <param name="Data">The front matter; null where there is none.</param>
/// <param name="Facts">Parts of <c>config.json</c>, tokenizer settings and weights.</param>
/// <param name="Tags">What it is found by.</param>
/// <param name="PipelineTag">Its task.</param>
/// <param name="LibraryName">Its library.</param>
/// <param name="License">Its licence.</param>
public sealed record RepositoryCard(JsonObject? Data, JsonObject Facts, IReadOnlyList<string> Tags, string? PipelineTag, string? LibraryName, string? License)
{
    /// <summary>Of a repository that says nothing.</summary>
    public static RepositoryCard Empty { get; } = new(null, [], [], null, null, null);

    /// <summary>The licences that the card names.</summary>
    public IReadOnlyList<string> Licenses => CardReader.Texts(Data?["license"]);
}

/// <summary>Reads cards, configurations and headers of weights. Bounded; what cannot be read is left out.</summary>
public sealed class CardReader(IBlobStore store)
{
    private const int MaxText = 1 << 20;
    private const int MaxTags = 200;
    private const int MaxWeights = 200;
    private const int MaxHeader = 16 << 20;

    private static readonly string[] TransformersConfig = ["architectures", "model_type", "auto_map", "quantization_config", "additional_chat_templates_jinja"];

    private static readonly string[] TokenizerConfig = ["bos_token", "eos_token", "pad_token", "unk_token", "cls_token", "sep_token", "mask_token", "chat_template", "use_default_system_prompt"];

    /// <summary>Reads what a revision says of itself.</summary>
    /// <param name="kind">Kind of the repository.</param>
    /// <param name="tree">Its tree.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<RepositoryCard> ReadAsync(RepoKind kind, RevisionTree tree, CancellationToken cancellation)
    {
        var data = await ReadTextAsync(tree.Find("README.md"), cancellation).ConfigureAwait(false) is { } text && FrontMatter.Read(text) is FrontMatter.Card card ? card.Data : null;
        var facts = new JsonObject();
        if (kind == RepoKind.Model)
            await AddFactsAsync(tree, facts, cancellation).ConfigureAwait(false);
        var library = Text(data?["library_name"]) ?? GuessLibrary(tree, facts);
        var pipeline = Text(data?["pipeline_tag"]);
        var license = Texts(data?["license"]) is [var first, ..] ? first : null;
        return new RepositoryCard(data, facts, TagsOf(kind, data, facts, tree, library, pipeline), Cut(pipeline), Cut(library), Cut(license));
    }

    /// <summary>A text, or the texts of a list; anything else is left out.</summary>
    internal static IReadOnlyList<string> Texts(JsonNode? node)
    {
        if (Text(node) is { } single)
            return [single];
        return node is JsonArray list ? [.. list.Select(Text).OfType<string>().Take(MaxTags)] : [];
    }

    private static string? Cut(string? text) => text is { Length: > 100 } ? text[..100] : text;

    private static string? Text(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) && text.Length is > 0 and <= 200 ? text : null;

    private async Task<string?> ReadTextAsync(RevisionFile? file, CancellationToken cancellation)
    {
        if (file is null || file.Size > MaxText)
            return null;
        var stream = await store.OpenAsync(file.Sha256, cancellation).ConfigureAwait(false);
        if (stream is null)
            return null;
        await using (stream.ConfigureAwait(false))
        {
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return await reader.ReadToEndAsync(cancellation).ConfigureAwait(false);
        }
    }

    private async Task<JsonObject?> ReadJsonAsync(RevisionFile? file, CancellationToken cancellation)
    {
        try
        {
            return await ReadTextAsync(file, cancellation).ConfigureAwait(false) is { } text
                ? JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { MaxDepth = 64, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip }) as JsonObject
                : null;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return null; // no JSON, or a name twice
        }
    }

    private async Task AddFactsAsync(RevisionTree tree, JsonObject facts, CancellationToken cancellation)
    {
        if (await ReadJsonAsync(tree.Find("config.json"), cancellation).ConfigureAwait(false) is { } config)
        {
            var kept = Pick(config, TransformersConfig);
            if (await ReadJsonAsync(tree.Find("tokenizer_config.json"), cancellation).ConfigureAwait(false) is { } tokenizer)
            {
                var settings = Pick(tokenizer, TokenizerConfig);
                kept["tokenizer_config"] = settings;
                if (Text(settings["mask_token"]) is { } mask)
                    facts["mask_token"] = mask;
            }

            facts["config"] = kept;
            if (Text((kept["architectures"] as JsonArray)?.FirstOrDefault()) is { } architecture)
                facts["transformersInfo"] = TransformersInfo(architecture);
        }

        var parameters = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var file in tree.Files.Where(static f => f.Path.EndsWith(".safetensors", StringComparison.Ordinal)).Take(MaxWeights))
            await CountAsync(file, parameters, cancellation).ConfigureAwait(false);
        if (parameters.Count > 0)
        {
            var counts = new JsonObject();
            foreach (var (type, count) in parameters)
                counts[type] = count;
            facts["safetensors"] = new JsonObject { ["parameters"] = counts, ["total"] = parameters.Values.Sum() };
        }
    }

    private static JsonObject Pick(JsonObject from, string[] names)
    {
        var kept = new JsonObject();
        foreach (var name in names)
        {
            if (from.TryGetPropertyValue(name, out var value) && value is not null && value.ToJsonString().Length <= 64_000)
                kept[name] = value.DeepClone();
        }

        return kept;
    }

    private static JsonObject TransformersInfo(string architecture)
    {
        // transformers: the last words of the class name say what it does (models/auto/modeling_auto.py).
        var (auto, pipeline) = architecture switch
        {
            _ when architecture.EndsWith("ForMaskedLM", StringComparison.Ordinal) => ("AutoModelForMaskedLM", "fill-mask"),
            _ when architecture.EndsWith("ForCausalLM", StringComparison.Ordinal) || architecture.EndsWith("LMHeadModel", StringComparison.Ordinal) => ("AutoModelForCausalLM", "text-generation"),
            _ when architecture.EndsWith("ForSequenceClassification", StringComparison.Ordinal) => ("AutoModelForSequenceClassification", "text-classification"),
            _ when architecture.EndsWith("ForTokenClassification", StringComparison.Ordinal) => ("AutoModelForTokenClassification", "token-classification"),
            _ when architecture.EndsWith("ForQuestionAnswering", StringComparison.Ordinal) => ("AutoModelForQuestionAnswering", "question-answering"),
            _ when architecture.EndsWith("ForImageClassification", StringComparison.Ordinal) => ("AutoModelForImageClassification", "image-classification"),
            _ when architecture.EndsWith("ForConditionalGeneration", StringComparison.Ordinal) => ("AutoModelForSeq2SeqLM", "text2text-generation"),
            _ => ("AutoModel", "feature-extraction"),
        };
        return new JsonObject { ["auto_model"] = auto, ["pipeline_tag"] = pipeline };
    }

    // The header alone: its length, then JSON (safetensors README, "Format").
    private async Task CountAsync(RevisionFile file, SortedDictionary<string, long> parameters, CancellationToken cancellation)
    {
        using var source = await store.OpenSourceAsync(file.Sha256, cancellation).ConfigureAwait(false);
        if (source is null || source.Length < 10)
            return;
        var head = new byte[8];
        if (source.ReadAt(0, head) < 8)
            return;
        var length = BitConverter.ToUInt64(head);
        if (length > MaxHeader || (long)length > source.Length - 8)
            return;
        var header = new byte[(int)length];
        if (source.ReadAt(8, header) < header.Length)
            return;
        try
        {
            var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
            using var json = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = 16 });
            foreach (var tensor in json.RootElement.EnumerateObject())
            {
                if (tensor.Name == "__metadata__" || tensor.Value.ValueKind != JsonValueKind.Object)
                    continue;
                if (!tensor.Value.TryGetProperty("dtype", out var type) || !tensor.Value.TryGetProperty("shape", out var shape) || shape.ValueKind != JsonValueKind.Array)
                    return;
                long count = 1;
                foreach (var dimension in shape.EnumerateArray())
                    count = checked(count * dimension.GetInt64());
                var name = type.GetString() ?? "";
                if (name.Length > 16)
                    return;
                counts[name] = checked(counts.GetValueOrDefault(name) + count);
            }

            foreach (var (type, count) in counts)
                parameters[type] = checked(parameters.GetValueOrDefault(type) + count);
        }
        catch (Exception e) when (e is JsonException or OverflowException or InvalidOperationException or FormatException)
        {
            // A broken header is the scanner's business.
        }
    }

    private static string? GuessLibrary(RevisionTree tree, JsonObject facts)
    {
        if (facts["config"]?["model_type"] is not null || facts["config"]?["architectures"] is not null)
            return "transformers";
        if (tree.Find("model_index.json") is not null)
            return "diffusers";
        if (tree.Find("adapter_config.json") is not null)
            return "peft";
        if (tree.Find("modules.json") is not null)
            return "sentence-transformers";
        return tree.Files.Any(static f => f.Path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)) ? "gguf" : null;
    }

    private static List<string> TagsOf(RepoKind kind, JsonObject? data, JsonObject facts, RevisionTree tree, string? library, string? pipeline)
    {
        var tags = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        void Add(string? tag)
        {
            if (tag is { Length: > 0 and <= 200 } && tags.Count < MaxTags && seen.Add(tag))
                tags.Add(tag);
        }

        Add(library);
        foreach (var (extension, tag) in new[] { (".safetensors", "safetensors"), (".gguf", "gguf"), (".onnx", "onnx"), (".bin", "pytorch"), (".tflite", "tflite"), (".msgpack", "jax") })
        {
            if (kind == RepoKind.Model && tree.Files.Any(f => f.Path.EndsWith(extension, StringComparison.Ordinal) && (extension != ".bin" || f.Path.StartsWith("pytorch_model", StringComparison.Ordinal))))
                Add(tag);
        }

        Add(Text(facts["config"]?["model_type"]));
        foreach (var tag in Texts(data?["tags"]))
            Add(tag);
        foreach (var task in Texts(data?["task_categories"]))
            Add("task_categories:" + task);
        foreach (var size in Texts(data?["size_categories"]))
            Add("size_categories:" + size);
        foreach (var language in Texts(data?["language"]))
            Add(kind == RepoKind.Dataset ? "language:" + language : language);
        foreach (var dataset in Texts(data?["datasets"]))
            Add("dataset:" + dataset);
        var relation = Text(data?["base_model_relation"]);
        foreach (var model in Texts(data?["base_model"]))
        {
            Add("base_model:" + model);
            if (relation is not null)
                Add($"base_model:{relation}:{model}");
        }

        foreach (var license in Texts(data?["license"]))
            Add("license:" + license.ToLower(CultureInfo.InvariantCulture));
        Add(pipeline);
        Add("region:us");
        return tags;
    }
}
