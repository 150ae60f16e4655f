using System.Buffers.Binary;
using System.Text;

namespace Assay.Formats;

/// <summary>What a marshalled code object says of itself: names, text constants and nested code. Nothing runs.</summary>
public sealed class BytecodeFacts : ArtifactFacts
{
    /// <summary>Names of the code and of all nested code (<c>co_names</c>), in order of appearance, each once.</summary>
    public List<string> Names { get; } = [];

    /// <summary>Text constants, each once; docstrings are among them.</summary>
    public List<string> Strings { get; } = [];

    /// <summary>Bytes constants.</summary>
    public List<byte[]> Blobs { get; } = [];

    /// <summary>Names of code objects (<c>co_name</c>).</summary>
    public List<string> CodeNames { get; } = [];

    /// <summary>File names that the code was compiled from (<c>co_filename</c>).</summary>
    public List<string> FileNames { get; } = [];

    /// <summary>Offset of the marshal data (behind a <c>.pyc</c> header).</summary>
    public long Start { get; internal set; }

    /// <summary>False when the layout was not followed to its end and strings were harvested instead.</summary>
    public bool Complete { get; internal set; }

    /// <inheritdoc/>
    public override IEnumerable<ChildArtifact> Children
    {
        get
        {
            for (var i = 0; i < Blobs.Count && i < 64; i++)
            {
                var blob = Blobs[i];
                if (EmbeddedContent.Sniff(blob))
                    yield return new ChildArtifact($"(constant {i})", ChildRole.Embedded, Start, _ => new MemoryByteSource(blob)) { Speculative = true, Length = blob.Length };
            }
        }
    }
}

/// <summary>
/// Reads marshalled code objects of Python 2.7 to 3.14 by their values, without knowing the version: every field of a code object is a
/// marshal value or a 32-bit number, and the layout is found by trying those that exist (CPython <c>Python/marshal.c</c>).
/// </summary>
public sealed class MarshalReader : FormatReader<BytecodeFacts>
{
    private const int MaxDepth = 64;
    private const int MaxItems = 200_000;

    /// <inheritdoc/>
    public override FormatId Id => FormatId.PythonBytecode;

    /// <inheritdoc/>
    public override FormatMatch Recognise(in FileEdges edges) =>
        LooksLikeCode(edges.Head) || HasPycHeader(edges.Head) ? FormatMatch.Strong : FormatMatch.None;

    /// <summary>Whether the bytes start like a code object: the type byte and a plausible argument count.</summary>
    internal static bool LooksLikeCode(ReadOnlySpan<byte> head)
    {
        if (head.Length < 21 || (head[0] & 0x7f) != 'c')
            return false;

        // argcount [posonlyargcount] kwonlyargcount [nlocals] stacksize flags: small numbers, then code as a byte string.
        for (var numbers = 4; numbers <= 6; numbers++)
        {
            var at = 1 + (4 * numbers);
            if (at >= head.Length)
                break;
            var plausible = (head[at] & 0x7f) is 's' or 'r';
            for (var i = 0; i < numbers && plausible; i++)
            {
                var value = BinaryPrimitives.ReadUInt32LittleEndian(head[(1 + (4 * i))..]);
                plausible = i == numbers - 1 ? value < 0x4000000 : value < 0x10000;
            }

            if (plausible)
                return true;
        }

        return false;
    }

    /// <summary>Whether the bytes start with a <c>.pyc</c> header (magic number, CR LF) before a code object.</summary>
    internal static bool HasPycHeader(ReadOnlySpan<byte> head) =>
        head.Length > 38 && head[2] == '\r' && head[3] == '\n' && HeaderLength(head) > 0;

    /// <inheritdoc/>
    protected override void ReadInto(BytecodeFacts facts, ByteSource source, ReadScope scope)
    {
        var length = (int)Math.Min(source.Length, 8 << 20);
        var bytes = new byte[length];
        length = source.ReadAt(0, bytes);
        scope.Budget.ChargeRead(length, 0);
        var span = bytes.AsSpan(0, length);
        var start = (span.Length > 0 && (span[0] & 0x7f) == 'c') ? 0 : HeaderLength(span);
        facts.Start = start;
        foreach (var layout in Layouts)
        {
            var attempt = new Walk(span[start..], layout, scope.Budget, start);
            if (!attempt.Run())
                continue;
            attempt.Fill(facts);
            facts.Complete = true;
            return;
        }

        Harvest(span[start..], facts, scope.Budget);
        facts.Note(new Malformation(MalformationKind.Unsupported, start, "the bytecode does not follow a known layout; its strings were read"));
    }

    private static int HeaderLength(ReadOnlySpan<byte> head)
    {
        foreach (var length in (ReadOnlySpan<int>)[16, 12, 8])
        {
            if (head.Length > length + 21 && LooksLikeCode(head[length..]))
                return length;
        }

        return 0;
    }

    /// <summary>Fields behind the numbers, in order; c code, k constants, n names, v names of variables, f file name, m name, q qualified name, i number, b bytes.</summary>
    private static readonly (int Numbers, string Fields)[] Layouts =
    [
        (5, "cknvbfmqibb"), // 3.11 to 3.14: argcount posonly kwonly stacksize flags; code consts names localsplusnames kinds filename name qualname firstlineno linetable exceptiontable
        (6, "cknvvvfmib"), // 3.8 to 3.10
        (5, "cknvvvfmib"), // 3.0 to 3.7
        (4, "cknvvvfmib"), // 2.7
    ];

    private static void Harvest(ReadOnlySpan<byte> data, BytecodeFacts facts, WorkBudget budget)
    {
        // Short strings are length-prefixed with the type byte in front; take every run that fits.
        for (var i = 0; i + 2 < data.Length && facts.Strings.Count < 4096; i++)
        {
            var type = data[i] & 0x7f;
            int length, at;
            if (type is 'z' or 'Z')
            {
                (length, at) = (data[i + 1], i + 2);
            }
            else if (type is 'u' or 't' or 'a' or 'A' or 's' && i + 5 < data.Length)
            {
                (length, at) = ((int)Math.Min(int.MaxValue, BinaryPrimitives.ReadUInt32LittleEndian(data[(i + 1)..])), i + 5);
            }
            else
            {
                continue;
            }

            if (length < 2 || length > data.Length - at)
                continue;
            var text = data.Slice(at, length);
            if (text.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
                continue;
            var s = Encoding.ASCII.GetString(text);
            (IsIdentifier(s) ? facts.Names : facts.Strings).Add(s);
            i = at + length - 1;
        }

        budget.ChargeElements(data.Length / 16, 0);
    }

    private static bool IsIdentifier(string s)
    {
        foreach (var c in s)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
                return false;
        }

        return !char.IsAsciiDigit(s[0]);
    }

    /// <summary>One attempt at one layout, with an explicit depth and item count.</summary>
    private ref struct Walk(ReadOnlySpan<byte> data, (int Numbers, string Fields) layout, WorkBudget budget, long start)
    {
        private readonly ReadOnlySpan<byte> _data = data;
        private readonly List<object?> _refs = [];
        private readonly List<string> _interned = [];
        private readonly List<string> _names = [];
        private readonly List<string> _strings = [];
        private readonly List<byte[]> _blobs = [];
        private readonly List<string> _codeNames = [];
        private readonly List<string> _fileNames = [];
        private int _at;
        private int _items;

        public bool Run() => Read(0, Sink.None, out _) && _codeNames.Count > 0;

        public readonly void Fill(BytecodeFacts facts)
        {
            facts.Names.AddRange(_names.Distinct(StringComparer.Ordinal));
            facts.Strings.AddRange(_strings.Distinct(StringComparer.Ordinal));
            facts.Blobs.AddRange(_blobs);
            facts.CodeNames.AddRange(_codeNames);
            facts.FileNames.AddRange(_fileNames.Distinct(StringComparer.Ordinal));
        }

        private enum Sink
        {
            None,
            Constants,
            Names,
        }

        private bool Read(int depth, Sink sink, out object? value)
        {
            value = null;
            if (depth > MaxDepth || ++_items > MaxItems || _at >= _data.Length)
                return false;
            if ((_items & 0xfff) == 0)
                budget.ChargeElements(0x1000, start + _at);
            var type = _data[_at++];
            var remembered = (type & 0x80) != 0;
            var slot = -1;
            if (remembered)
            {
                slot = _refs.Count;
                _refs.Add(null);
            }

            switch (type & 0x7f)
            {
                case '0' or 'N' or 'F' or 'T' or '.' or 'S':
                    break;
                case 'i':
                    if (!Skip(4))
                        return false;
                    break;
                case 'I' or 'g':
                    if (!Skip(8))
                        return false;
                    break;
                case 'y':
                    if (!Skip(16))
                        return false;
                    break;
                case 'f' or 'x':
                    for (var i = 0; i < ((type & 0x7f) == 'x' ? 2 : 1); i++)
                    {
                        if (_at >= _data.Length || !Skip(1 + _data[_at]))
                            return false;
                    }

                    break;
                case 'l':
                    {
                        if (!TryInt(out var digits) || !Skip(2L * Math.Abs((long)digits)))
                            return false;
                        break;
                    }

                case 's':
                    {
                        if (!TryText(false, out var bytes))
                            return false;
                        value = Text(bytes);
                        if (sink == Sink.Constants)
                        {
                            _blobs.Add(bytes.Length <= 1 << 20 ? bytes.ToArray() : bytes[..(1 << 20)].ToArray());
                            if (value is string s && bytes.Length > 0 && !bytes.ContainsAnyExceptInRange((byte)'\t', (byte)'~'))
                                _strings.Add(s);
                        }

                        break;
                    }

                case 'u' or 'a' or 'A' or 't' or 'z' or 'Z':
                    {
                        if (!TryText((type & 0x7f) is 'z' or 'Z', out var bytes))
                            return false;
                        var s = Text(bytes);
                        value = s;
                        if ((type & 0x7f) == 't')
                            _interned.Add(s);
                        if (sink == Sink.Constants)
                            _strings.Add(s);
                        break;
                    }

                case 'R':
                    {
                        if (!TryInt(out var index))
                            return false;
                        value = index >= 0 && index < _interned.Count ? _interned[index] : null;
                        break;
                    }

                case 'r':
                    {
                        if (!TryInt(out var index))
                            return false;
                        value = index >= 0 && index < _refs.Count ? _refs[index] : null;
                        if (sink == Sink.Constants && value is string s)
                            _strings.Add(s);
                        break;
                    }

                case '(' or ')' or '[' or '<' or '>':
                    {
                        int count;
                        if ((type & 0x7f) == ')')
                        {
                            if (_at >= _data.Length)
                                return false;
                            count = _data[_at++];
                        }
                        else if (!TryInt(out count))
                        {
                            return false;
                        }

                        if (count < 0 || count > _data.Length - _at)
                            return false;
                        var names = sink == Sink.Names ? new List<string>() : null;
                        for (var i = 0; i < count; i++)
                        {
                            if (!Read(depth + 1, sink, out var item))
                                return false;
                            if (item is string s)
                                names?.Add(s);
                        }

                        value = names;
                        if (names is not null)
                            _names.AddRange(names);
                        break;
                    }

                case '{':
                    while (_at < _data.Length && (_data[_at] & 0x7f) != '0')
                    {
                        if (!Read(depth + 1, sink, out _) || !Read(depth + 1, sink, out _))
                            return false;
                    }

                    if (!Skip(1))
                        return false;
                    break;
                case ':':
                    for (var i = 0; i < 3; i++)
                    {
                        if (!Read(depth + 1, sink, out _))
                            return false;
                    }

                    break;
                case 'c':
                    if (!ReadCode(depth))
                        return false;
                    break;
                default:
                    return false;
            }

            if (slot >= 0)
                _refs[slot] = value;
            return true;
        }

        private bool ReadCode(int depth)
        {
            if (!Skip(4L * layout.Numbers))
                return false;
            foreach (var field in layout.Fields)
            {
                if (field == 'i')
                {
                    if (!Skip(4))
                        return false;
                    continue;
                }

                var before = _at;
                var sink = field switch { 'k' => Sink.Constants, 'n' => Sink.Names, _ => Sink.None };
                if (!Read(depth + 1, sink, out var value))
                    return false;
                switch (field)
                {
                    case 'c' when (_data[before] & 0x7f) is not ('s' or 'r'):
                    case 'k' or 'n' when (_data[before] & 0x7f) is not ('(' or ')' or 'r'):
                        return false;
                    case 'n' when value is List<string> names && (_data[before] & 0x7f) == 'r':
                        _names.AddRange(names);
                        break;
                    case 'm':
                        if (value is not string name)
                            return false;
                        _codeNames.Add(name);
                        break;
                    case 'f' when value is string file:
                        _fileNames.Add(file);
                        break;
                }
            }

            return true;
        }

        private bool TryText(bool shortLength, out ReadOnlySpan<byte> bytes)
        {
            bytes = default;
            int length;
            if (shortLength)
            {
                if (_at >= _data.Length)
                    return false;
                length = _data[_at++];
            }
            else if (!TryInt(out length))
            {
                return false;
            }

            if (length < 0 || length > _data.Length - _at)
                return false;
            bytes = _data.Slice(_at, length);
            _at += length;
            return true;
        }

        private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes.Length > 65536 ? bytes[..65536] : bytes);

        private bool TryInt(out int value)
        {
            value = 0;
            if (_data.Length - _at < 4)
                return false;
            value = BinaryPrimitives.ReadInt32LittleEndian(_data[_at..]);
            _at += 4;
            return true;
        }

        private bool Skip(long count)
        {
            if (count < 0 || count > _data.Length - _at)
                return false;
            _at += (int)count;
            return true;
        }
    }
}
