using System.Collections.Frozen;

namespace Assay.Impersonation.Names;

/// <summary>How the handle of one publisher is like that of another.</summary>
internal enum PublisherRelation
{
    /// <summary>Not alike.</summary>
    None,

    /// <summary>The same handle.</summary>
    Same,

    /// <summary>The other's words among its own.</summary>
    Contains,

    /// <summary>A slip away.</summary>
    Near,

    /// <summary>The same but for words such as <c>ai</c>, <c>hf</c> or <c>official</c>.</summary>
    Affix,

    /// <summary>The same but for separators.</summary>
    Separators,

    /// <summary>The same to the eye.</summary>
    LookAlike,
}

/// <summary>The handle of a publisher, taken apart.</summary>
internal sealed class PublisherName
{
    /// <summary>Words that claim to be the right place.</summary>
    private static readonly FrozenSet<string> AuthorityWords = FrozenSet.ToFrozenSet(
        [
            "official", "officially", "verified", "trusted", "original", "originals", "genuine", "authentic", "release", "releases", "released", "oss", "staff", "certified",
            "authorized", "authorised", "headquarters", "hq",
        ]);

    /// <summary>Words that claim it as well, and that honest communities use.</summary>
    private static readonly FrozenSet<string> OpenWords = FrozenSet.ToFrozenSet(
        ["foundation", "community", "team", "open", "source", "opensource", "public", "main", "real", "support"]);

    /// <summary>Words that any collection of models could have.</summary>
    private static readonly FrozenSet<string> CommonWords = FrozenSet.ToFrozenSet(
        [
            "ai", "ml", "llm", "llms", "nlp", "gpt", "hf", "hub", "lab", "labs", "org", "inc", "co", "corp", "ltd", "company", "tech", "dev", "research", "group", "the", "my", "get", "try",
            "model", "models", "weight", "weights", "checkpoint", "checkpoints", "zoo", "library", "collection", "archive", "mirror", "mirrors", "repo", "repos", "repository",
            "com", "net", "io", "app", "cloud", "global", "intl", "us", "eu", "cn", "studio", "studios", "project", "projects", "data", "download", "downloads", "free", "face", "hugging", "huggingface",
        ]);

    /// <summary>Stems that are no name.</summary>
    private static readonly FrozenSet<string> NoStems = FrozenSet.ToFrozenSet(["open", "deep", "stable", "neo", "meta", "hugging", "huggingface", "face", "llama", "nlp", "local"]);

    private static readonly string[] JoinedAffixes = ["official", "community", "research", "models", "team", "labs", "lab", "org", "inc", "hub", "oss", "hf", "ai", "ml", "hq"];

    public PublisherName(string handle)
    {
        Handle = handle;
        Moniker = Names.Moniker.Of(handle);
        Plain = Names.Moniker.Plain(handle);
        Words = NameTokens.Words(handle, packaging: true);
        Stem = StemOf(handle);
        ClaimsAuthority = Words.Exists(AuthorityWords.Contains);
        IsAnonymous = Words.Count > 0 && Words.TrueForAll(IsAffix);
        SeemsOpen = Words.Exists(OpenWords.Contains);
        Letters = Names.Moniker.Letters(handle);
    }

    public string Handle { get; }

    public string Moniker { get; }

    public string Plain { get; }

    /// <summary>The moniker in which slips are counted.</summary>
    public string Letters { get; }

    public List<string> Words { get; }

    /// <summary>The moniker without words that anybody can add.</summary>
    public string Stem { get; }

    /// <summary>Whether it says nothing of who it is: <c>open-models-hub</c>.</summary>
    public bool IsAnonymous { get; }

    /// <summary>Whether a word of it claims to be the right place: <c>official</c>, <c>release</c>.</summary>
    public bool ClaimsAuthority { get; }

    /// <summary>Whether a word of it claims so more softly: <c>community</c>, <c>open</c>.</summary>
    public bool SeemsOpen { get; }

    /// <summary>The first word that claims to be the right place.</summary>
    public string AuthorityWord => Words.Find(AuthorityWords.Contains) ?? Words.Find(OpenWords.Contains) ?? Words[0];

    /// <summary>The moniker of a handle without words that anybody can add in front or behind; of at least three letters, or the whole moniker.</summary>
    public static string StemOf(ReadOnlySpan<char> handle)
    {
        var words = NameTokens.Words(handle, packaging: true);
        while (words.Count > 1 && IsAffix(words[^1]) && IsLongEnough(words, words.Count - 1))
            words.RemoveAt(words.Count - 1);
        while (words.Count > 1 && IsAffix(words[0]) && IsLongEnough(words, words.Count - 1, first: 1))
            words.RemoveAt(0);
        var stem = string.Concat(words);
        while (Array.Find(JoinedAffixes, a => stem.Length - a.Length >= 4 && stem.EndsWith(a, StringComparison.Ordinal) && !NoStems.Contains(stem[..^a.Length])) is { } affix)
            stem = stem[..^affix.Length];
        if (stem.Length >= 8 && stem.StartsWith("the", StringComparison.Ordinal))
            stem = stem[3..];
        var moniker = Names.Moniker.Of(stem);
        return moniker.Length < 3 || NoStems.Contains(stem) || IsAffix(stem) ? Names.Moniker.Of(handle) : moniker;
    }

    /// <summary>How this handle is like another.</summary>
    /// <param name="other">The other handle.</param>
    /// <param name="sharesName">Whether the two have a repository of one name, so that a smaller likeness counts.</param>
    public PublisherRelation RelationTo(string other, bool sharesName)
    {
        if (Handle.Equals(other, StringComparison.OrdinalIgnoreCase))
            return PublisherRelation.Same;
        var moniker = Names.Moniker.Of(other);
        if (Moniker == moniker)
            return Plain == Names.Moniker.Plain(other) ? PublisherRelation.Separators : PublisherRelation.LookAlike;
        var stem = StemOf(other);
        if (Stem == stem)
            return PublisherRelation.Affix;
        var letters = Names.Moniker.Letters(other);
        var shorter = Math.Min(Letters.Length, letters.Length);

        // Of "zai-org" and "xai-org" it is three letters that tell them apart, not six.
        if (NameDistance.IsNear(Letters, letters) && Math.Min(Stem.Length, stem.Length) > 3)
            return PublisherRelation.Near;
        if (!sharesName)
            return PublisherRelation.None;
        var limit = shorter switch { < 3 => -1f, < 5 => 1f, < 8 => 2f, _ => 2.4f };
        if (NameDistance.Between(Letters, letters, Math.Max(limit, 0)) <= limit)
            return PublisherRelation.Near;
        if (shorter >= 5 && (Moniker.StartsWith(moniker, StringComparison.Ordinal) || Moniker.EndsWith(moniker, StringComparison.Ordinal)))
            return PublisherRelation.Contains;
        return shorter >= 4 && ContainsWords(NameTokens.Words(other, packaging: true)) ? PublisherRelation.Contains : PublisherRelation.None;
    }

    /// <summary>Whether words follow one another among those of the handle.</summary>
    public bool ContainsWords(List<string> words)
    {
        for (var at = 0; at + words.Count <= Words.Count; at++)
        {
            var same = 0;
            while (same < words.Count && Words[at + same] == words[same])
                same++;
            if (same == words.Count)
                return true;
        }

        return false;
    }

    /// <summary>Whether a token of a repository's name claims that it is the true one.</summary>
    public static bool IsBoast(string token) =>
        token.ToLowerInvariant() is "official" or "officially" or "verified" or "genuine" or "authentic" or "certified" or "trusted" or "original" or "release";

    private static bool IsLongEnough(List<string> words, int count, int first = 0) => words.GetRange(first, count).Sum(static w => w.Length) >= 3;

    private static bool IsAffix(string word) => AuthorityWords.Contains(word) || OpenWords.Contains(word) || CommonWords.Contains(word);
}
