using System.Text;

namespace Assay.Formats;

/// <summary>What the header of an <c>.npy</c> file says.</summary>
public sealed class NumpyFacts : ArtifactFacts
{
    private readonly List<ChildArtifact> _children = [];

    /// <summary>Header text, a Python dictionary literal.</summary>
    public string Header { get; internal set; } = "";

    /// <summary>Type description (<c>descr</c>): a type string, or a list for structured types.</summary>
    public string Description { get; internal set; } = "";

    /// <summary>Dimensions.</summary>
    public IReadOnlyList<long> Shape { get; internal set; } = [];

    /// <summary>Whether the type holds Python objects, so that a pickle follows.</summary>
    public bool HoldsObjects { get; internal set; }

    /// <summary>Offset of the data.</summary>
    public long DataOffset { get; internal set; }

    /// <summary>What is odd about the header; null when it is a plain description.</summary>
    public string? Abnormality { get; internal set; }

    /// <inheritdoc/>
    public override IEnumerable<ChildArtifact> Children => _children;

    internal void Add(ChildArtifact child) => _children.Add(child);

    internal void EndsAt(long offset) => EndOffset = offset;
}

/// <summary>Reads the header of NumPy array files (NEP 1, versions 1 to 3; <c>numpy/lib/format.py</c>) with a small literal parser.</summary>
public sealed class NumpyReader : FormatReader<NumpyFacts>
{
    private const int MaxHeader = 64 << 10;

    /// <inheritdoc/>
    public override FormatId Id => FormatId.Numpy;

    /// <inheritdoc/>
    public override FormatMatch Recognise(in FileEdges edges) =>
        edges.Head.Length >= 10 && edges.Head[0] == 0x93 && edges.Head[1..].StartsWith("NUMPY"u8) ? FormatMatch.Strong : FormatMatch.None;

    /// <inheritdoc/>
    protected override void ReadInto(NumpyFacts facts, ByteSource source, ReadScope scope)
    {
        using var cursor = scope.Open(source);
        cursor.Skip(6);
        var major = cursor.ReadByte();
        cursor.ReadByte();
        if (major is 0 or > 3)
            Malformed.Unsupported(6, $"version {major} of the NumPy format");
        long length = major == 1 ? cursor.ReadUInt16() : cursor.ReadUInt32();
        facts.DataOffset = cursor.Offset + length;
        if (length > cursor.Remaining)
            Malformed.Truncated(cursor.Offset, $"a header of {length} bytes is declared and {cursor.Remaining} are left");
        if (length > MaxHeader)
        {
            facts.Abnormality = $"the header is {length:N0} bytes long";
            length = MaxHeader;
        }

        var bytes = new byte[length];
        source.ReadAt(cursor.Offset, bytes);
        facts.Header = Encoding.UTF8.GetString(bytes);
        ParseHeader(facts);
        if (facts.HoldsObjects)
        {
            var start = facts.DataOffset;
            facts.Add(new ChildArtifact("(objects)", ChildRole.Content, start, _ => new SliceByteSource(source, start, source.Length - start)) { Length = source.Length - start });
            return;
        }

        var isObject = false;
        if (facts.Description.Length == 0 || facts.Description[0] == '[' || !NumpyTypes.TryGetItemSize(facts.Description, out var size, ref isObject))
            return;
        var total = (System.Numerics.BigInteger)size;
        foreach (var dimension in facts.Shape)
            total *= dimension;
        var end = facts.DataOffset + total;
        if (end > source.Length)
        {
            facts.Note(new Malformation(MalformationKind.Truncated, source.Length, $"an array of {total} bytes is declared and {source.Length - facts.DataOffset} are left"));
            return;
        }

        var tail = (long)end;
        facts.EndsAt(tail);
        if (tail < source.Length)
        {
            facts.Add(new ChildArtifact($"(appended@{tail})", ChildRole.Slack, tail, _ => new SliceByteSource(source, tail, source.Length - tail))
            {
                Length = source.Length - tail,
                Speculative = true,
            });
        }
    }

    /// <summary>A dictionary literal of strings, booleans, tuples and lists; anything else is no honest header.</summary>
    private static void ParseHeader(NumpyFacts facts)
    {
        var text = facts.Header.TrimEnd(' ', '\n', '\0');
        if (text.Length < 2 || text[0] != '{' || text[^1] != '}')
        {
            facts.Abnormality ??= "the header is no dictionary";
            facts.HoldsObjects = text.Contains('O', StringComparison.Ordinal);
            return;
        }

        foreach (var c in text)
        {
            if (c is < ' ' or '\x7f')
                facts.Abnormality ??= "the header holds control characters";
        }

        facts.Description = ValueOf(text, "descr");
        var shape = ValueOf(text, "shape");
        if (facts.Description.Length == 0 || shape.Length < 2 || shape[0] != '(')
        {
            facts.Abnormality ??= "the header lacks type or shape";
            facts.HoldsObjects = true;
            return;
        }

        if (HasCall(text))
            facts.Abnormality ??= "the header holds an expression instead of a description";
        var dimensions = new List<long>();
        foreach (var part in shape.Trim('(', ')').Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!long.TryParse(part.TrimEnd('L'), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var n))
            {
                facts.Abnormality ??= "the shape is not made of numbers";
                continue;
            }

            dimensions.Add(n);
        }

        facts.Shape = dimensions;
        facts.HoldsObjects = DescribesObjects(facts.Description);
    }

    private static bool HasCall(string text)
    {
        var quoted = '\0';
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted != '\0')
            {
                if (c == '\\')
                    i++;
                else if (c == quoted)
                    quoted = '\0';
                continue;
            }

            if (c is '\'' or '"')
                quoted = c;
            else if (c == '(' && i > 0 && (char.IsAsciiLetterOrDigit(text[i - 1]) || text[i - 1] is '_' or ')' or ']'))
                return true;
        }

        return false;
    }

    /// <summary>The literal behind a key, as text; quotes of a plain string are taken off.</summary>
    private static string ValueOf(string text, string key)
    {
        var at = text.IndexOf($"'{key}'", StringComparison.Ordinal);
        if (at < 0)
            at = text.IndexOf($"\"{key}\"", StringComparison.Ordinal);
        if (at < 0)
            return "";
        at = text.IndexOf(':', at);
        if (at < 0)
            return "";
        at++;
        while (at < text.Length && text[at] == ' ')
            at++;
        var depth = 0;
        var quoted = '\0';
        for (var i = at; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted != '\0')
            {
                if (c == '\\')
                    i++;
                else if (c == quoted)
                    quoted = '\0';
                continue;
            }

            if (c is '\'' or '"')
                quoted = c;
            else if (c is '(' or '[' or '{')
                depth++;
            else if (c is ')' or ']' or '}' && depth > 0)
                depth--;
            else if (c is ',' or '}' && depth == 0)
                return text[at..i].Trim().Trim('\'', '"');
        }

        return text[at..].Trim().Trim('\'', '"');
    }

    /// <summary>Whether a type string, or one inside a structured description, is an object.</summary>
    private static bool DescribesObjects(string description)
    {
        if (description.Length > 0 && description[0] is not ('[' or '('))
            return description.TrimStart('<', '>', '|', '=').StartsWith('O');

        // In [('name', '<f8'), ('other', '|O')] the types are the second strings; a name may hold any letter, so look at what begins like a type.
        foreach (var part in description.Split('\'', '"'))
        {
            if (part is "O" or "|O" or "<O" or ">O" or "=O" or "object" || (part.Length is 2 or 3 && part.TrimStart('|', '<', '>', '=') is "O8" or "O4"))
                return true;
        }

        return false;
    }
}
