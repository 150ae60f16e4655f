using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Assay.Formats;

/// <summary>
/// Evaluates a closed list of pure functions on constants, so that computed names and payloads are seen: decoders, string assembly,
/// arithmetic of operators. Bounded in size, depth and steps; never calls anything else.
/// </summary>
internal sealed class PickleFolder(PickleFacts facts)
{
    private const int MaxOutput = 1 << 20;
    private const int MaxDepth = 32;
    private const int MaxSteps = 200_000;
    private const int MaxTotal = 32 << 20;

    private readonly Dictionary<int, object?> _folded = [];
    private int _steps;
    private long _total;

    /// <summary>Constants that look like a format of their own.</summary>
    public EmbeddedContent Embedded { get; } = new();

    /// <summary>Resolves callees.</summary>
    public PickleResolver? Resolver { get; set; }

    private PickleResolver Callees => Resolver ??= new PickleResolver(facts, this);

    /// <summary>The constant: string, byte[], long, BigInteger, double, bool, a list of such; null when it is none.</summary>
    public object? Fold(PickleValue value) => Fold(value, 0);

    private object? Fold(PickleValue value, int depth)
    {
        if (depth > MaxDepth || ++_steps > MaxSteps || _total > MaxTotal)
            return null;
        if (facts.IsText(value))
            return Count(facts.TextOf(value, MaxOutput));
        if (facts.IsBytes(value))
            return Count(facts.BytesOf(value, MaxOutput));
        switch (value.Kind)
        {
            case PickleKind.Int:
                return value.IntValue;
            case PickleKind.True:
                return true;
            case PickleKind.False:
                return false;
            case PickleKind.BigInt:
                return facts.BigIntOf(value) is { } big ? big : null;
            case PickleKind.Float:
                return facts.FloatOf(value) is { } d ? d : null;
            case PickleKind.Node:
                break;
            default:
                return null;
        }

        switch (facts.NodeKindOf(value))
        {
            case PickleNodeKind.Tuple or PickleNodeKind.List:
                {
                    var children = facts.ChildrenOf(value).ToArray();
                    if (children.Length != facts.CountOf(value))
                        return null;
                    var items = new List<object?>(children.Length);
                    foreach (var child in children)
                    {
                        if (child.Kind == PickleKind.None)
                        {
                            items.Add(null);
                            continue;
                        }

                        if (Fold(child, depth + 1) is not { } item)
                            return null;
                        items.Add(item);
                    }

                    return items;
                }

            case PickleNodeKind.Constant:
                return facts.ConstantOf(value);
            case PickleNodeKind.Call:
                break;
            default:
                return null;
        }

        if (_folded.TryGetValue(value.Index, out var known))
            return known;
        _folded[value.Index] = null;
        facts.TryGetCall(value, out var call);
        object? result = null;
        try
        {
            result = FoldCall(Callees.Resolve(call.Callee), Callees.ItemsOf(call.Args, depth + 1), depth + 1);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidDataException or OverflowException or IndexOutOfRangeException or InvalidOperationException or NotSupportedException)
        {
            // Python would have raised as well: there is no constant.
        }

        _folded[value.Index] = Count(result);
        return _folded[value.Index];
    }

    private object? Count(object? result)
    {
        _total += result switch { string s => s.Length, byte[] b => b.Length, _ => 8 };
        return result is string { Length: > MaxOutput } or byte[] { Length: > MaxOutput } ? null : result;
    }

    private object? FoldCall(PickleTarget target, IReadOnlyList<PickleValue> args, int depth)
    {
        while (target is BoundTarget bound)
        {
            args = [.. bound.Bound, .. args];
            target = bound.Function;
        }

        if (target is MethodCallerTarget caller && args.Count == 1)
        {
            var receiver = Fold(args[0], depth);
            var type = receiver switch { string => "str", byte[] => "bytes", _ => null };
            if (type is null)
                return null;
            args = [args[0], .. caller.Bound];
            target = new NamedTarget("builtins", $"{type}.{caller.Name}");
        }

        if (target is not NamedTarget named)
            return null;

        // reduce(operator.add, [...]) and its kin work on many items at once.
        if (named.FullName is "functools.reduce" or "__builtin__.reduce" or "_functools.reduce" && args.Count >= 2
            && Callees.Resolve(args[0]) is NamedTarget { QualifiedName: "add" or "concat" or "iadd" or "iconcat" or "__add__" or "str.__add__" or "bytes.__add__" })
        {
            object? sum = args.Count >= 3 ? Fold(args[2], depth) : null;
            foreach (var item in Callees.ItemsOf(args[1], depth))
            {
                var next = Fold(item, depth);
                sum = sum is null ? next : Add(sum, next);
                if (sum is null)
                    return null;
            }

            return sum;
        }

        if (named.FullName is "builtins.map" or "__builtin__.map" && args.Count == 2)
        {
            var mapped = new List<object?>();
            var function = Callees.Resolve(args[0]);
            foreach (var item in Callees.ItemsOf(args[1], depth))
            {
                if (mapped.Count > 4096 || FoldCall(function, [item], depth + 1) is not { } one)
                    return null;
                mapped.Add(one);
            }

            return mapped;
        }

        // Classes are no constants: of _reconstructor(str, object, text) the text is what counts.
        if (named.FullName is "copyreg._reconstructor" or "copy_reg._reconstructor" && args.Count == 3)
            return Fold(args[2], depth);

        var values = new object?[args.Count];
        for (var i = 0; i < args.Count; i++)
        {
            if (args[i].Kind == PickleKind.None)
                continue;
            if (Fold(args[i], depth) is not { } folded)
                return null;
            values[i] = folded;
        }

        return Evaluate(named.FullName, values);
    }

    private static object? Evaluate(string function, object?[] a) => function switch
    {
        "_codecs.encode" or "codecs.encode" when a.Length >= 1 => Encode(a[0], a.Length > 1 ? a[1] as string : "utf-8"),
        "_codecs.decode" or "codecs.decode" when a.Length >= 1 => Decode(a[0], a.Length > 1 ? a[1] as string : "utf-8"),
        "builtins.str.encode" or "builtins.unicode.encode" when a.Length >= 1 => Encode(a[0], a.Length > 1 ? a[1] as string : "utf-8"),
        "builtins.bytes.decode" or "builtins.bytearray.decode" or "builtins.str.decode" when a.Length >= 1 => Decode(a[0], a.Length > 1 ? a[1] as string : "utf-8"),
        "_codecs.latin_1_encode" or "_codecs.utf_8_encode" or "_codecs.ascii_encode" when a.Length >= 1 => null,
        "base64.b64decode" or "base64.standard_b64decode" or "base64.urlsafe_b64decode" or "binascii.a2b_base64" or "base64.decodebytes" or "base64.decodestring" when a.Length >= 1 => FromBase64(a[0]),
        "base64.b32decode" when a.Length >= 1 => FromBase32(a[0]),
        "base64.b16decode" or "binascii.unhexlify" or "binascii.a2b_hex" or "builtins.bytes.fromhex" or "builtins.bytearray.fromhex" when a.Length >= 1 => Convert.FromHexString(Ascii(a[^1]).Replace(" ", "", StringComparison.Ordinal)),
        "base64.b85decode" when a.Length >= 1 => FromBase85(a[0], "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"),
        "base64.a85decode" when a.Length >= 1 => FromAscii85(a[0]),
        "base64.b64encode" or "base64.standard_b64encode" or "binascii.b2a_base64" when a.Length >= 1 && a[0] is byte[] b => Encoding.ASCII.GetBytes(Convert.ToBase64String(b)),
        "binascii.hexlify" or "binascii.b2a_hex" when a.Length >= 1 && a[0] is byte[] b => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(b)),
        "zlib.decompress" when a.Length >= 1 && a[0] is byte[] b => Inflate(b),
        "gzip.decompress" when a.Length >= 1 && a[0] is byte[] b => Gunzip(b),
        "builtins.bytes" or "builtins.bytearray" or "__builtin__.bytes" or "__builtin__.bytearray" => ToBytes(a),
        "builtins.str" or "__builtin__.str" or "__builtin__.unicode" => a.Length == 0 ? "" : a.Length == 1 ? ToText(a[0]) : Decode(a[0], a[1] as string),
        "builtins.chr" or "__builtin__.chr" or "__builtin__.unichr" when a is [long code] && code is >= 0 and < 0x110000 and not (>= 0xd800 and <= 0xdfff) => char.ConvertFromUtf32((int)code),
        "builtins.ord" when a is [string { Length: 1 } s] => (long)s[0],
        "builtins.int" or "__builtin__.int" => ToInt(a),
        "builtins.list" or "builtins.tuple" or "builtins.iter" or "builtins.sorted" when a is [{ } items] => ToList(items) is { } l ? (function == "builtins.sorted" ? null : l) : null,
        "builtins.reversed" when a is [{ } items] && ToList(items) is { } list => Enumerable.Reverse(list).ToList(),
        "builtins.str.join" or "builtins.bytes.join" or "string.join" when a.Length == 2 => Join(a),
        "builtins.str.replace" or "builtins.bytes.replace" when a.Length >= 3 => a[0] is string s && a[1] is string { Length: > 0 } x && a[2] is string y
            ? (s.Length * (long)Math.Max(1, y.Length) > MaxOutput ? null : s.Replace(x, y, StringComparison.Ordinal)) : null,
        "builtins.str.lower" or "builtins.str.casefold" when a is [string s] => s.ToLowerInvariant(),
        "builtins.str.upper" when a is [string s] => s.ToUpperInvariant(),
        "builtins.str.strip" when a is [string s] => s.Trim(),
        "builtins.str.strip" when a is [string s, string set] => s.Trim(set.ToCharArray()),
        "builtins.str.lstrip" when a is [string s] => s.TrimStart(),
        "builtins.str.rstrip" when a is [string s] => s.TrimEnd(),
        "builtins.str.swapcase" when a is [string s] => string.Concat(s.Select(c => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c))),
        "builtins.str.removeprefix" when a is [string s, string p] => s.StartsWith(p, StringComparison.Ordinal) ? s[p.Length..] : s,
        "builtins.str.removesuffix" when a is [string s, string p] => s.EndsWith(p, StringComparison.Ordinal) ? s[..^p.Length] : s,
        "builtins.str.format" when a.Length >= 1 && a[0] is string format => Format(format, a),
        "builtins.str.__mod__" or "operator.mod" or "_operator.mod" when a.Length == 2 && a[0] is string format => Percent(format, a[1]),
        "builtins.str.split" or "builtins.str.rsplit" when a is [string s, string separator] && separator.Length > 0 => s.Split(separator).Cast<object?>().ToList(),
        "builtins.str.split" when a is [string s] => s.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Cast<object?>().ToList(),
        "operator.add" or "operator.concat" or "operator.iadd" or "operator.iconcat" or "_operator.add" or "_operator.concat" or "_operator.iadd" or "_operator.iconcat"
            or "builtins.str.__add__" or "builtins.bytes.__add__" or "builtins.int.__add__" when a.Length == 2 => Add(a[0], a[1]),
        "operator.mul" or "_operator.mul" or "builtins.str.__mul__" when a is [string s, long n] && n is >= 0 and <= 65536 && n * s.Length <= MaxOutput => string.Concat(Enumerable.Repeat(s, (int)n)),
        "operator.xor" or "_operator.xor" when a is [long x, long y] => x ^ y,
        "operator.sub" or "_operator.sub" when a is [long x, long y] => x - y,
        "operator.getitem" or "_operator.getitem" or "builtins.str.__getitem__" or "builtins.list.__getitem__" or "builtins.tuple.__getitem__" when a.Length == 2 => Index(a[0], a[1]),
        "copy.copy" or "copy.deepcopy" or "operator.pos" or "sys.intern" or "builtins.ascii" when a.Length >= 1 => a[0],
        "urllib.parse.unquote" or "urllib.unquote" when a is [string s] => Uri.UnescapeDataString(s),
        "html.unescape" when a is [string s] => System.Net.WebUtility.HtmlDecode(s),
        "os.path.join" or "posixpath.join" or "ntpath.join" when a.All(x => x is string) => string.Join('/', a.Cast<string>()),
        "os.path.expanduser" or "posixpath.expanduser" when a is [string s] => s,
        "builtins.repr" when a is [string s] => $"'{s}'",
        "builtins.slice" => null,
        _ => null,
    };

    private static object? Encode(object? value, string? codec)
    {
        switch (Codec(codec))
        {
            case "rot13":
                return value is string r ? Rot13(r) : null;
            case "hex":
                return value is byte[] h ? Encoding.ASCII.GetBytes(Convert.ToHexStringLower(h)) : null;
            case "base64":
                return value is byte[] b ? Encoding.ASCII.GetBytes(Convert.ToBase64String(b)) : null;
        }

        return value is string text && TextEncoding(codec) is { } encoding ? encoding.GetBytes(text) : null;
    }

    private static object? Decode(object? value, string? codec)
    {
        switch (Codec(codec))
        {
            case "rot13":
                return value is string r ? Rot13(r) : value is byte[] rb ? Rot13(Encoding.Latin1.GetString(rb)) : null;
            case "hex":
                return Convert.FromHexString(Ascii(value));
            case "base64":
                return FromBase64(value);
            case "zlib" or "zip":
                return value is byte[] z ? Inflate(z) : null;
            case "unicodeescape":
                return value is byte[] u ? PickleNumbers.UnescapeUnicode(u) : null;
        }

        var bytes = value as byte[] ?? (value is string s ? Encoding.Latin1.GetBytes(s) : null);
        return bytes is not null && TextEncoding(codec) is { } encoding ? encoding.GetString(bytes) : null;
    }

    private static string Codec(string? name)
    {
        var codec = (name ?? "").ToLowerInvariant().Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
        return codec.EndsWith("codec", StringComparison.Ordinal) ? codec[..^5] : codec;
    }

    private static Encoding? TextEncoding(string? name) => Codec(name) switch
    {
        "utf8" or "u8" or "utf" => Encoding.UTF8,
        "ascii" or "usascii" => Encoding.Latin1,
        "latin1" or "latin" or "iso88591" or "l1" or "8859" or "rawunicodeescape" => Encoding.Latin1,
        "utf16" or "utf16le" => Encoding.Unicode,
        "utf16be" => Encoding.BigEndianUnicode,
        "utf32" or "utf32le" => Encoding.UTF32,
        _ => null,
    };

    private static string Rot13(string text) => string.Create(text.Length, text, static (span, source) =>
    {
        for (var i = 0; i < span.Length; i++)
        {
            span[i] = source[i] switch
            {
                >= 'a' and <= 'z' => (char)('a' + ((source[i] - 'a' + 13) % 26)),
                >= 'A' and <= 'Z' => (char)('A' + ((source[i] - 'A' + 13) % 26)),
                var c => c,
            };
        }
    });

    private static string Ascii(object? value) => value switch { string s => s, byte[] b => Encoding.Latin1.GetString(b), _ => "" };

    private static object? FromBase64(object? value)
    {
        var text = string.Concat(Ascii(value).Where(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/' or '-' or '_')).Replace('-', '+').Replace('_', '/');
        return text.Length == 0 ? null : Convert.FromBase64String(text.PadRight((text.Length + 3) & ~3, '='));
    }

    private static byte[]? FromBase32(object? value)
    {
        var output = new List<byte>();
        var bits = 0;
        var count = 0;
        foreach (var c in Ascii(value).TrimEnd('='))
        {
            var digit = c is >= 'A' and <= 'Z' ? c - 'A' : c is >= 'a' and <= 'z' ? c - 'a' : c is >= '2' and <= '7' ? c - '2' + 26 : -1;
            if (digit < 0)
                return null;
            bits = (bits << 5) | digit;
            count += 5;
            if (count >= 8)
            {
                output.Add((byte)(bits >> (count - 8)));
                count -= 8;
                bits &= (1 << count) - 1;
            }
        }

        return [.. output];
    }

    private static byte[]? FromBase85(object? value, string alphabet)
    {
        var text = Ascii(value);
        var padding = (5 - (text.Length % 5)) % 5;
        text += new string('~', padding);
        var output = new List<byte>(text.Length / 5 * 4);
        for (var i = 0; i < text.Length; i += 5)
        {
            long word = 0;
            for (var k = 0; k < 5; k++)
            {
                var digit = alphabet.IndexOf(text[i + k], StringComparison.Ordinal);
                if (digit < 0)
                    return null;
                word = (word * 85) + digit;
            }

            for (var shift = 24; shift >= 0; shift -= 8)
                output.Add((byte)(word >> shift));
        }

        return [.. output.Take(output.Count - padding)];
    }

    private static byte[]? FromAscii85(object? value)
    {
        var text = Ascii(value).Replace("<~", "", StringComparison.Ordinal).Replace("~>", "", StringComparison.Ordinal).Replace("z", "!!!!!", StringComparison.Ordinal);
        var alphabet = new string([.. Enumerable.Range('!', 85).Select(i => (char)i)]);
        var padding = (5 - (text.Length % 5)) % 5;
        return FromBase85(text + new string('u', padding), alphabet) is { } bytes ? bytes[..(bytes.Length - padding)] : null;
    }

    private static byte[]? Inflate(byte[] bytes)
    {
        using var stream = new ZLibStream(new MemoryStream(bytes), CompressionMode.Decompress);
        return ReadBounded(stream);
    }

    private static byte[]? Gunzip(byte[] bytes)
    {
        using var stream = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        return ReadBounded(stream);
    }

    private static byte[]? ReadBounded(Stream stream)
    {
        var output = new MemoryStream();
        var buffer = new byte[16 << 10];
        int n;
        while ((n = stream.Read(buffer)) > 0)
        {
            output.Write(buffer, 0, n);
            if (output.Length > MaxOutput)
                return null;
        }

        return output.ToArray();
    }

    private static object? ToBytes(object?[] a)
    {
        switch (a)
        {
            case []:
                return Array.Empty<byte>();
            case [byte[] b]:
                return b;
            case [string s, string codec, ..]:
                return Encode(s, codec);
            case [List<object?> items]:
                {
                    var bytes = new byte[items.Count];
                    for (var i = 0; i < bytes.Length; i++)
                    {
                        if (items[i] is not long and not bool || (items[i] is long n && n is < 0 or > 255))
                            return null;
                        bytes[i] = items[i] is long l ? (byte)l : (byte)0;
                    }

                    return bytes;
                }

            default:
                return null;
        }
    }

    private static string? ToText(object? value) => value switch
    {
        string s => s,
        long n => n.ToString(CultureInfo.InvariantCulture),
        bool b => b ? "True" : "False",
        _ => null,
    };

    private static object? ToInt(object?[] a) => a switch
    {
        [long n] => n,
        [string s] when long.TryParse(s, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) => n,
        [string s, long radix] when radix is 16 => long.TryParse(s.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? s[2..] : s, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var n) ? n : null,
        _ => null,
    };

    private static List<object?>? ToList(object value) => value switch
    {
        List<object?> l => l,
        string s when s.Length <= 65536 => [.. s.Select(c => (object?)c.ToString())],
        byte[] b when b.Length <= 65536 => [.. b.Select(x => (object?)(long)x)],
        _ => null,
    };

    private static object? Join(object?[] a)
    {
        // string.join(words, separator) of Python 2 has the arguments the other way round.
        var (separator, items) = a[1] is List<object?> l ? (a[0], l) : (a[1], a[0] as List<object?> ?? (a[1] is string chars ? [.. chars.Select(c => (object?)c.ToString())] : null));
        if (items is null)
            return null;
        if (separator is string s && items.All(i => i is string))
            return items.Sum(i => ((string)i!).Length + (long)s.Length) > MaxOutput ? null : string.Join(s, items.Cast<string>());
        if (separator is byte[] b && items.All(i => i is byte[]))
            return items.Sum(i => ((byte[])i!).Length + (long)b.Length) > MaxOutput ? null : items.SelectMany((i, n) => n == 0 ? (byte[])i! : [.. b, .. (byte[])i!]).ToArray();
        return null;
    }

    private static object? Add(object? x, object? y) => (x, y) switch
    {
        (string s, string t) when s.Length + t.Length <= MaxOutput => s + t,
        (byte[] s, byte[] t) when s.Length + t.Length <= MaxOutput => (byte[])[.. s, .. t],
        (long m, long n) => unchecked(m + n),
        (List<object?> s, List<object?> t) when s.Count + t.Count < 65536 => (List<object?>)[.. s, .. t],
        _ => null,
    };

    private static object? Index(object? value, object? index)
    {
        if (index is not long i)
            return null;
        var count = value switch { string s => s.Length, byte[] b => b.Length, List<object?> l => l.Count, _ => -1 };
        if (i < 0)
            i += count;
        if (i < 0 || i >= count)
            return null;
        return value switch { string s => s[(int)i].ToString(), byte[] b => (long)b[i], List<object?> l => l[(int)i], _ => null };
    }

    private static string? Format(string format, object?[] a)
    {
        var result = new StringBuilder();
        var next = 1;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '{')
            {
                result.Append(format[i]);
                continue;
            }

            var end = format.IndexOf('}', i);
            if (end < 0)
                return null;
            var field = format[(i + 1)..end];
            var index = field.Length == 0 ? next++ : int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n + 1 : -1;
            if (index < 1 || index >= a.Length || ToText(a[index]) is not { } text)
                return null;
            result.Append(text);
            i = end;
        }

        return result.Length > MaxOutput ? null : result.ToString();
    }

    private static string? Percent(string format, object? argument)
    {
        var items = argument as List<object?> ?? [argument];
        var result = new StringBuilder();
        var next = 0;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 >= format.Length)
            {
                result.Append(format[i]);
                continue;
            }

            i++;
            if (format[i] == '%')
                result.Append('%');
            else if (format[i] is 's' or 'd' && next < items.Count && ToText(items[next++]) is { } text)
                result.Append(text);
            else if (format[i] == 'c' && next < items.Count && items[next++] is long code and >= 0 and < 0xd800)
                result.Append((char)code);
            else
                return null;
        }

        return result.ToString();
    }
}
