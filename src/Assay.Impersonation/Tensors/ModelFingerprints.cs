using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Assay.Impersonation;

/// <summary>
/// Digests of what makes a model besides its weights: architecture, vocabulary, chat template. Equal weights with another of these are an
/// altered copy. Every digest is SHA-256 in hexadecimal; null when the text is not what it should be.
/// </summary>
public static class ModelFingerprints
{
    /// <summary>Longer settings are not read, in bytes.</summary>
    public const int MaxConfig = 4 << 20;

    /// <summary>Longer tokenizers are not read, in bytes.</summary>
    public const int MaxTokenizer = 128 << 20;

    /// <summary>Entries of a vocabulary, or of merges.</summary>
    private const int MaxEntries = 4_000_000;

    private const int MaxDepth = 32;

    /// <summary>Fields of <c>config.json</c> that describe the architecture, in the spellings of the model families.</summary>
    private static readonly HashSet<string> ArchitectureFields = new(StringComparer.Ordinal)
    {
        "model_type", "vocab_size", "type_vocab_size", "hidden_size", "n_embd", "d_model", "dim", "embedding_size", "num_hidden_layers", "n_layer", "n_layers", "num_layers",
        "encoder_layers", "decoder_layers", "num_encoder_layers", "num_decoder_layers", "num_attention_heads", "n_head", "n_heads", "num_heads",
        "encoder_attention_heads", "decoder_attention_heads", "num_key_value_heads", "n_head_kv", "multi_query", "head_dim", "d_head", "d_kv", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim",
        "q_lora_rank", "kv_lora_rank", "intermediate_size", "n_inner", "ffn_dim", "d_ff", "hidden_dim", "encoder_ffn_dim", "decoder_ffn_dim", "moe_intermediate_size",
        "shared_expert_intermediate_size", "num_experts", "num_local_experts", "n_routed_experts", "n_shared_experts", "num_experts_per_tok", "first_k_dense_replace",
        "max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "rope_theta", "rope_scaling", "rope_parameters", "rotary_dim", "rotary_pct", "partial_rotary_factor", "rotary_emb_base", "alibi",
        "sliding_window", "layer_types", "hidden_act", "activation_function", "hidden_activation", "rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon", "tie_word_embeddings",
        "attention_bias", "mlp_bias", "parallel_attn", "use_parallel_residual", "final_logit_softcapping", "attn_logit_softcapping", "query_pre_attn_scalar",
        "image_size", "patch_size", "num_channels", "projection_dim", "state_size", "conv_kernel", "expand", "time_step_rank",
    };

    /// <summary>Parts of <c>config.json</c> that describe a model inside of the model.</summary>
    private static readonly HashSet<string> InnerConfigs = new(StringComparer.Ordinal)
    {
        "text_config", "vision_config", "audio_config", "encoder", "decoder", "llm_config", "language_config", "speech_config",
    };

    /// <summary>
    /// The architecture in <c>config.json</c>: type, layers, sizes, heads, positions, vocabulary. Order, spelling of numbers, absent values
    /// written as null, and fields such as <c>_name_or_path</c> or <c>transformers_version</c> change nothing.
    /// </summary>
    public static string? OfConfig(ReadOnlySpan<byte> json)
    {
        if (json.Length > MaxConfig || Parse(json) is not { } document)
            return null;
        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            var text = new StringBuilder();
            WriteArchitecture(document.RootElement, text);
            return text.Length <= 2 ? null : Hash(text.ToString());
        }
    }

    /// <summary>The vocabulary of <c>tokenizer.json</c> with its added tokens, sorted, and the merges in their order.</summary>
    public static string? OfTokenizer(ReadOnlySpan<byte> json)
    {
        if (json.Length > MaxTokenizer || Parse(json) is not { } document)
            return null;
        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("model", out var model) || model.ValueKind != JsonValueKind.Object
                || !model.TryGetProperty("vocab", out var vocabulary))
            {
                return null;
            }

            var tokens = new List<string>();
            var merges = new List<string>();
            if (!AddVocabulary(vocabulary, tokens)
                || (document.RootElement.TryGetProperty("added_tokens", out var added) && !AddTokens(added, tokens))
                || (model.TryGetProperty("merges", out var pairs) && !AddMerges(pairs, merges)))
            {
                return null;
            }

            tokens.Sort(StringComparer.Ordinal);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Append(hash, tokens);
            Append(hash, merges);
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>The text of a chat template; line ends and blanks at its end, which depend on the file it is kept in, change nothing.</summary>
    public static string OfChatTemplate(string template) => Hash(template.ReplaceLineEndings("\n").TrimEnd());

    /// <summary>The chat templates in <c>tokenizer_config.json</c> (one text, or a list of named ones); null when there is none.</summary>
    public static string? OfTokenizerConfig(ReadOnlySpan<byte> json)
    {
        if (json.Length > MaxConfig * 4 || Parse(json) is not { } document)
            return null;
        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("chat_template", out var template))
                return null;
            if (template.ValueKind == JsonValueKind.String)
                return TextOf(template) is { } text ? OfChatTemplate(text) : null;
            if (template.ValueKind != JsonValueKind.Array)
                return null;
            var named = new List<string>();
            foreach (var entry in template.EnumerateArray())
            {
                if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty("name", out var name) || !entry.TryGetProperty("template", out var text)
                    || TextOf(name) is not { } key || TextOf(text) is not { } value)
                {
                    return null;
                }

                named.Add(key + "\0" + OfChatTemplate(value));
            }

            // A list of only the default template is that template.
            if (named is [var only] && only.StartsWith("default\0", StringComparison.Ordinal))
                return only[8..];
            named.Sort(StringComparer.Ordinal);
            return named.Count == 0 ? null : Hash(string.Join('\n', named));
        }
    }

    private static JsonDocument? Parse(ReadOnlySpan<byte> json)
    {
        if (json.StartsWith("\uFEFF"u8))
            json = json[3..];
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            return JsonDocument.TryParseValue(ref reader, out var document) ? document : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void WriteArchitecture(JsonElement config, StringBuilder into)
    {
        var fields = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var field in config.EnumerateObject())
        {
            // Of fields that occur twice loaders take the last.
            if (NameOf(field) is { } name && (ArchitectureFields.Contains(name) || (InnerConfigs.Contains(name) && field.Value.ValueKind == JsonValueKind.Object)))
                fields[name] = field.Value;
        }

        into.Append('{');
        foreach (var (name, value) in fields)
        {
            if (value.ValueKind == JsonValueKind.Null)
                continue;
            into.Append('"').Append(name).Append("\":");
            if (InnerConfigs.Contains(name))
                WriteArchitecture(value, into);
            else
                WriteCanonical(value, into);
            into.Append(',');
        }

        into.Append('}');
    }

    private static void WriteCanonical(JsonElement value, StringBuilder into)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var fields = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
                foreach (var field in value.EnumerateObject())
                {
                    if (NameOf(field) is { } name)
                        fields[name] = field.Value;
                }

                into.Append('{');
                foreach (var (name, inner) in fields)
                {
                    if (inner.ValueKind == JsonValueKind.Null)
                        continue;
                    into.Append(name.Length).Append(':').Append(name).Append('=');
                    WriteCanonical(inner, into);
                }

                into.Append('}');
                break;
            case JsonValueKind.Array:
                into.Append('[');
                foreach (var inner in value.EnumerateArray())
                {
                    WriteCanonical(inner, into);
                    into.Append(',');
                }

                into.Append(']');
                break;
            case JsonValueKind.Number:
                into.Append(value.TryGetDouble(out var number) ? number.ToString("R", CultureInfo.InvariantCulture) : value.GetRawText());
                break;
            case JsonValueKind.String:
                var text = TextOf(value) ?? "";
                into.Append('"').Append(text.Length).Append(':').Append(text);
                break;
            default:
                into.Append(value.ValueKind);
                break;
        }
    }

    /// <summary>BPE and WordPiece: token to number; Unigram: pairs of token and score.</summary>
    private static bool AddVocabulary(JsonElement vocabulary, List<string> into)
    {
        if (vocabulary.ValueKind == JsonValueKind.Object)
        {
            foreach (var token in vocabulary.EnumerateObject())
            {
                if (NameOf(token) is not { } name || token.Value.ValueKind != JsonValueKind.Number || into.Count >= MaxEntries)
                    return false;
                into.Add(name + "\0" + token.Value.GetRawText());
            }

            return true;
        }

        if (vocabulary.ValueKind != JsonValueKind.Array)
            return false;
        var number = 0;
        foreach (var piece in vocabulary.EnumerateArray())
        {
            if (piece.ValueKind != JsonValueKind.Array || piece.GetArrayLength() != 2 || TextOf(piece[0]) is not { } name || piece[1].ValueKind != JsonValueKind.Number || into.Count >= MaxEntries)
                return false;
            var score = piece[1].TryGetDouble(out var value) ? value.ToString("R", CultureInfo.InvariantCulture) : piece[1].GetRawText();
            into.Add(string.Create(CultureInfo.InvariantCulture, $"{name}\0{number++}\0{score}"));
        }

        return true;
    }

    private static bool AddTokens(JsonElement added, List<string> into)
    {
        if (added.ValueKind != JsonValueKind.Array)
            return added.ValueKind == JsonValueKind.Null;
        foreach (var token in added.EnumerateArray())
        {
            if (token.ValueKind != JsonValueKind.Object || !token.TryGetProperty("content", out var content) || TextOf(content) is not { } text
                || !token.TryGetProperty("id", out var id) || id.ValueKind != JsonValueKind.Number || into.Count >= MaxEntries)
            {
                return false;
            }

            var isSpecial = token.TryGetProperty("special", out var special) && special.ValueKind == JsonValueKind.True;
            into.Add($"{text}\0{id.GetRawText()}\0{(isSpecial ? "special" : "added")}");
        }

        return true;
    }

    /// <summary>Merges are texts of two words, or (since 2024) pairs.</summary>
    private static bool AddMerges(JsonElement merges, List<string> into)
    {
        if (merges.ValueKind != JsonValueKind.Array)
            return merges.ValueKind == JsonValueKind.Null;
        foreach (var merge in merges.EnumerateArray())
        {
            var text = merge.ValueKind == JsonValueKind.Array
                ? merge.GetArrayLength() == 2 && TextOf(merge[0]) is { } left && TextOf(merge[1]) is { } right ? left + " " + right : null
                : TextOf(merge);
            if (text is null || into.Count >= MaxEntries)
                return false;
            into.Add(text);
        }

        return true;
    }

    /// <summary>Null when the value is no text, or holds half of a surrogate pair.</summary>
    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string? NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static void Append(IncrementalHash hash, List<string> texts)
    {
        Span<byte> length = stackalloc byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(length, texts.Count);
        hash.AppendData(length);
        foreach (var text in texts)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
