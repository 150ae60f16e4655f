using System.Collections.Frozen;

namespace Assay.Impersonation.Names;

/// <summary>What a token of a repository's name says.</summary>
public enum TokenClass
{
    /// <summary>Anything else: words, families, brands; the index knows which of them are known.</summary>
    Word,

    /// <summary>How the weights are packed: <c>GGUF</c>, <c>4bit</c>, <c>q4_k_m</c>. Such words never make two names different.</summary>
    Packaging,

    /// <summary>How large the model is: <c>7b</c>, <c>8x7b</c>, <c>E4B</c>.</summary>
    Size,

    /// <summary>What it was trained for: <c>instruct</c>, <c>chat</c>, <c>coder</c>.</summary>
    Variant,

    /// <summary>Which release: <c>v2</c>, <c>3.1</c>, <c>2507</c>.</summary>
    Version,
}

/// <summary>A token of a name.</summary>
/// <param name="Text">As written.</param>
/// <param name="Class">What it says.</param>
public readonly record struct NameToken(string Text, TokenClass Class);

/// <summary>The tokens of repository names, and the core name that is left without packaging.</summary>
public static class NameTokens
{
    private static readonly FrozenSet<string> PackagingWords = FrozenSet.ToFrozenSet(
        [
            "gguf", "ggml", "awq", "gptq", "exl2", "exl3", "mlx", "mlc", "onnx", "openvino", "ov", "coreml", "tflite", "ct2", "llamafile", "bnb",
            "int4", "int8", "fp4", "fp8", "fp16", "fp32", "bf16", "f16", "f32", "nvfp4", "mxfp4", "nf4", "i1", "imatrix", "dwq", "quantized", "quantised", "hf",
        ],
        StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> VariantWords = FrozenSet.ToFrozenSet(
        [
            "instruct", "chat", "it", "base", "sft", "dpo", "thinking", "reasoning", "distill", "distilled", "vl", "vision", "coder", "code", "math", "embed",
            "embedding", "embeddings", "rerank", "reranker", "nano", "tiny", "mini", "small", "medium", "large", "xl", "xxl", "turbo", "pro", "lite", "flash", "pt",
            "preview", "audio", "omni", "ultra", "max", "plus", "multilingual", "uncensored", "merged", "dev", "schnell",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Parts of a quantisation's name after <c>q4_</c>.</summary>
    private static readonly FrozenSet<string> QuantisationParts = FrozenSet.ToFrozenSet(
        ["k", "m", "s", "l", "xs", "xxs", "xl", "nl", "0", "1"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Words for packaging that are long enough to be misspelt, as monikers.</summary>
    private static readonly string[] PackagingSlips = [.. PackagingWords.Where(static w => w.Length >= 3).Append("4bit").Append("8bit").Select(static w => Moniker.Letters(w))];

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Packaging = PackagingWords.GetAlternateLookup<ReadOnlySpan<char>>();
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Variants = VariantWords.GetAlternateLookup<ReadOnlySpan<char>>();
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Parts = QuantisationParts.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Splits a name at what is neither letter nor digit; a dot between digits stays (<c>2.5</c>).</summary>
    public static IReadOnlyList<NameToken> Of(ReadOnlySpan<char> name)
    {
        var tokens = new List<NameToken>();
        var pieces = new Pieces(name);
        while (pieces.Next())
            tokens.Add(new NameToken(name[pieces.Start..pieces.End].ToString(), pieces.IsPackaging ? TokenClass.Packaging : Classify(name[pieces.Start..pieces.End])));
        return tokens;
    }

    /// <summary>
    /// The moniker of the name without packaging: <c>Llama-3-8B-Instruct</c>, <c>…-GGUF</c> and <c>…-AWQ-INT4</c> are one, sizes, versions and variants
    /// are not. A name of packaging alone is its own core.
    /// </summary>
    public static string Core(ReadOnlySpan<char> name) => Moniker.Of(WithoutPackaging(name));

    /// <summary>The name with packaging and separators left out; the whole name when it is packaging alone.</summary>
    internal static string WithoutPackaging(ReadOnlySpan<char> name)
    {
        name = name[..Math.Min(name.Length, Skeleton.MaxLength)];
        Span<char> kept = stackalloc char[name.Length];
        var length = 0;
        var pieces = new Pieces(name);
        while (pieces.Next())
        {
            if (pieces.IsPackaging)
                continue;
            name[pieces.Start..pieces.End].CopyTo(kept[length..]);
            length += pieces.End - pieces.Start;
        }

        return (length == 0 ? name : kept[..length]).ToString();
    }

    /// <summary>Words and numbers for matching, in lower case: tokens split again where letters meet digits and where a capital follows a small letter.</summary>
    /// <param name="name">A name or an organisation.</param>
    /// <param name="packaging">Whether packaging is kept.</param>
    public static List<string> Words(ReadOnlySpan<char> name, bool packaging = false)
    {
        var words = new List<string>();
        var pieces = new Pieces(name);
        while (pieces.Next())
        {
            if (pieces.IsPackaging && !packaging)
                continue;
            var piece = name[pieces.Start..pieces.End];
            var start = 0;
            for (var i = 1; i <= piece.Length; i++)
            {
                if (i < piece.Length && !IsBorder(piece, i))
                    continue;
                words.Add(piece[start..i].ToString().ToLowerInvariant());
                start = i;
            }
        }

        return words;
    }

    /// <summary>Words of a name that make a vocabulary: those of <see cref="Words"/>, and tokens as a whole, in lower case, each once.</summary>
    internal static IEnumerable<string> Vocabulary(string name) =>
        Words(name).Where(static w => char.IsAsciiLetter(w[0])).Concat(Of(name).Select(static t => t.Text.ToLowerInvariant())).Distinct();

    /// <summary>The class of a token that is not part of a quantisation's name.</summary>
    public static TokenClass Classify(ReadOnlySpan<char> token)
    {
        if (IsPackaging(token))
            return TokenClass.Packaging;
        if (IsSize(token))
            return TokenClass.Size;
        if (Variants.Contains(token) || (token.Length > 1 && token[^1] is 'k' or 'K' && IsNumber(token[..^1])))
            return TokenClass.Variant;
        return IsVersion(token) ? TokenClass.Version : TokenClass.Word;
    }

    /// <summary>Whether a token is a letter more, less, doubled or swapped from a word for packaging: <c>GGIF</c>, <c>AQW</c>, <c>4bits</c>.</summary>
    public static bool IsSlipOfPackaging(string token)
    {
        var moniker = Moniker.Letters(token);
        if (token[^1] is 's' or 'S' && IsPackaging(token.AsSpan(0, token.Length - 1)))
            return true;
        foreach (var word in PackagingSlips)
        {
            var limit = word.Length > 3 ? 1f : 0.6f;
            if (NameDistance.Between(moniker, word, limit) <= limit)
                return true;
        }

        return false;
    }

    /// <summary>
    /// The name with digits read as the letters that they look like: those between letters, and then also those beside letters at the
    /// end of a word (<c>m4th</c>, <c>cod3</c>); and with <c>S</c> after a digit or dot read as 5. Only those that change something.
    /// </summary>
    internal static IEnumerable<string> ReadAsLetters(string name)
    {
        var between = name.ToCharArray();
        var beside = name.ToCharArray();
        var digits = name.ToCharArray();
        for (var i = 0; i < name.Length; i++)
        {
            var (before, after) = (i > 0 && char.IsAsciiLetter(name[i - 1]), i + 1 < name.Length && char.IsAsciiLetter(name[i + 1]));
            if ("34578".IndexOf(name[i], StringComparison.Ordinal) is >= 0 and var digit)
            {
                var letter = "eastb"[digit];
                if (before && after)
                    between[i] = letter;
                var outside = i == 0 || i + 1 == name.Length || name[i - 1] is '-' or '_' || name[i + 1] is '-' or '_';
                if ((before && after) || (outside && (before || after)))
                    beside[i] = letter;
            }
            else if (name[i] is 's' or 'S' && !after && i > 0 && (char.IsAsciiDigit(name[i - 1]) || name[i - 1] == '.'))
            {
                digits[i] = '5';
            }
        }

        return new[] { between, beside, digits }.Select(static c => new string(c)).Where(c => c != name).Distinct();
    }

    private static bool IsBorder(ReadOnlySpan<char> text, int i)
    {
        var (before, after) = (text[i - 1], text[i]);
        if (before == '.' || after == '.')
            return !(char.IsAsciiDigit(before) || char.IsAsciiDigit(after));
        return char.IsAsciiDigit(before) != char.IsAsciiDigit(after) || (char.IsLower(before) && char.IsUpper(after));
    }

    private static bool IsPackaging(ReadOnlySpan<char> token)
    {
        if (Packaging.Contains(token))
            return true;

        // 4bit, 4bits
        if (token.Length is 4 or 5 && token[0] is >= '2' and <= '8' && token[1..4].Equals("bit", StringComparison.OrdinalIgnoreCase))
            return token.Length == 4;

        // w4a16
        if (token.Length >= 4 && token[0] is 'w' or 'W')
        {
            var a = token.IndexOfAny('a', 'A');
            if (a > 1 && IsDigits(token[1..a]) && IsDigits(token[(a + 1)..]))
                return true;
        }

        // q4f16
        if (token.Length is 5 && token[0] is 'q' or 'Q' && char.IsAsciiDigit(token[1]) && token[2] is 'f' or 'F' && token[3..] is "16" or "32")
            return true;
        return IsQuantisation(token);
    }

    /// <summary>q4, iq3</summary>
    private static bool IsQuantisation(ReadOnlySpan<char> token) =>
        token.Length is 2 or 3 && token[^1] is >= '1' and <= '8' && token[^2] is 'q' or 'Q' && (token.Length == 2 || token[0] is 'i' or 'I');

    private static bool IsSize(ReadOnlySpan<char> token)
    {
        if (token.Length < 2)
            return false;
        if (token[0] is 'a' or 'A' or 'e' or 'E' && token[^1] is 'b' or 'B')
            return IsNumber(token[1..^1]);
        if (token[^1] is not ('b' or 'B' or 'm' or 'M' or 't' or 'T'))
            return false;
        var body = token[..^1];
        var x = body.IndexOfAny('x', 'X');
        return x > 0 ? IsDigits(body[..x]) && IsNumber(body[(x + 1)..]) : IsNumber(body);
    }

    private static bool IsVersion(ReadOnlySpan<char> token)
    {
        if (token.Length > 1 && token[0] is 'v' or 'V' or 'r' or 'R')
            token = token[1..];
        foreach (var c in token)
        {
            if (!char.IsAsciiDigit(c) && c != '.')
                return false;
        }

        return token.Length > 0 && char.IsAsciiDigit(token[0]);
    }

    private static bool IsNumber(ReadOnlySpan<char> text)
    {
        var dot = text.IndexOf('.');
        return dot < 0 ? IsDigits(text) : IsDigits(text[..dot]) && IsDigits(text[(dot + 1)..]);
    }

    private static bool IsDigits(ReadOnlySpan<char> text) => text.Length > 0 && !text.ContainsAnyExceptInRange('0', '9');

    /// <summary>The stretches of a name between separators.</summary>
    private ref struct Pieces(ReadOnlySpan<char> name)
    {
        private readonly ReadOnlySpan<char> _name = name;
        private bool _inQuantisation;

        public int Start { get; private set; }

        public int End { get; private set; }

        public bool IsPackaging { get; private set; }

        public bool Next()
        {
            var start = End;
            while (start < _name.Length && IsSeparator(start))
                start++;
            if (start == _name.Length)
                return false;
            var joined = start > 0 && _name[start - 1] == '_';
            var end = start;
            while (end < _name.Length && !IsSeparator(end))
                end++;
            (Start, End) = (start, end);
            var piece = _name[start..end];
            if (_inQuantisation && joined && Parts.Contains(piece))
            {
                IsPackaging = true;
                return true;
            }

            IsPackaging = NameTokens.IsPackaging(piece);
            _inQuantisation = IsPackaging && (IsQuantisation(piece) || piece.Length == 5);
            return true;
        }

        private readonly bool IsSeparator(int i) => _name[i] switch
        {
            '.' => i == 0 || i + 1 == _name.Length || !char.IsAsciiDigit(_name[i - 1]) || !char.IsAsciiDigit(_name[i + 1]),
            var c => !char.IsLetterOrDigit(c) && !char.IsSurrogate(c),
        };
    }
}
