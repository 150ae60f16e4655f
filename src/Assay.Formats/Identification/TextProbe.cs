using System.Buffers;


namespace Assay.Formats;

/// <summary>Tells text from binary data.</summary>
public static class TextProbe
{
    /// <summary>Control characters that text has: tab, line ends, form feed, escape, backspace, vertical tab, bell.</summary>
    private static readonly SearchValues<byte> Controls = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 28, 29, 30, 31, 127]);

    /// <summary>
    /// What kind of text a head is: <see cref="FormatId.Text"/>, <see cref="FormatId.Json"/> or <see cref="FormatId.Xml"/>; null when
    /// it is none. UTF-8, UTF-16 with its mark, or one byte a character where most are ASCII.
    /// </summary>
    public static FormatId? Judge(ReadOnlySpan<byte> head, bool complete)
    {
        if (head.IsEmpty || !IsText(head, complete, first: true))
            return null;
        var start = head.Length > 2 && head[0] == 0xEF && head[1] == 0xBB ? 3 : 0;
        var rest = head[Math.Min(start, head.Length)..].TrimStart(" \t\r\n"u8);
        if (rest.Length == 0)
            return FormatId.Text;
        return rest[0] switch
        {
            (byte)'{' or (byte)'[' when LooksLikeJson(rest) => FormatId.Json,
            (byte)'<' when rest.Length > 1 && (rest[1] is (byte)'?' or (byte)'!' || char.IsAsciiLetter((char)rest[1])) => FormatId.Xml,
            _ => FormatId.Text,
        };
    }

    /// <summary>Whether all bytes of a source are text; charges the budget.</summary>
    public static bool IsText(ByteSource source, WorkBudget budget)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
        try
        {
            long at = 0;
            while (at < source.Length)
            {
                var n = source.ReadAt(at, buffer);
                if (n <= 0)
                    return false;
                budget.ChargeRead(n, at);
                var last = at + n >= source.Length;
                var part = buffer.AsSpan(0, n);
                // A character that is cut by the buffer is read again with the next.
                var keep = last || IsWide(buffer) ? 0 : CutTail(part);
                if (!IsText(part[..(n - keep)], last, first: at == 0))
                    return false;
                if (at == 0 && IsWide(part))
                    return true;
                at += n - keep;
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool IsWide(ReadOnlySpan<byte> bytes) => bytes.Length >= 2 && bytes[0] is 0xFF or 0xFE && bytes[0] + bytes[1] == 0x1FD;

    private static bool IsText(ReadOnlySpan<byte> part, bool complete, bool first)
    {
        if (first && IsWide(part))
            return IsUtf16(part, bigEndian: part[0] == 0xFE);
        // A stray control character (a form separator, a terminal log) does not make a long text binary; a zero byte does.
        if (part.Contains((byte)0))
            return false;
        var controls = 0;
        for (var at = part.IndexOfAny(Controls); at >= 0;)
        {
            controls++;
            var next = part[(at + 1)..].IndexOfAny(Controls);
            if (next < 0)
                break;
            at += 1 + next;
        }

        if (controls * 50 > part.Length)
            return false;
        var whole = complete ? part : part[..(part.Length - CutTail(part))];
        if (System.Text.Unicode.Utf8.IsValid(whole))
            return true;
        if (controls > 0)
            return false;
        var wide = 0;
        foreach (var b in part)
        {
            if (b >= 0x80)
                wide++;
            if (b is >= 0x80 and < 0xA0)
                wide += 2;
        }

        return wide * 3 < part.Length;
    }

    private static bool IsUtf16(ReadOnlySpan<byte> part, bool bigEndian)
    {
        var odd = 0;
        var chars = 0;
        for (var i = 2; i + 1 < part.Length; i += 2)
        {
            var c = bigEndian ? (part[i] << 8) | part[i + 1] : part[i] | (part[i + 1] << 8);
            chars++;
            if (c is 0 or 0xFFFF or 0xFFFE || (c < 32 && c is not (9 or 10 or 13 or 12)))
                odd++;
        }

        return odd * 100 <= chars && part.Length > 2;
    }

    /// <summary>Bytes at the end that start a UTF-8 character and do not finish it.</summary>
    private static int CutTail(ReadOnlySpan<byte> part)
    {
        for (var back = 1; back <= 3 && back <= part.Length; back++)
        {
            var b = part[^back];
            if ((b & 0xC0) == 0x80)
                continue;
            var need = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : b >= 0xC0 ? 2 : 1;
            return need > back ? back : 0;
        }

        return 0;
    }

    private static bool LooksLikeJson(ReadOnlySpan<byte> rest)
    {
        var next = rest[1..].TrimStart(" \t\r\n"u8);
        if (next.IsEmpty)
            return rest.Length > 1;
        return rest[0] == '{' ? next[0] is (byte)'"' or (byte)'}' : next[0] is (byte)'"' or (byte)'{' or (byte)'[' or (byte)']' or (byte)'-' or (byte)'t' or (byte)'f' or (byte)'n' || char.IsAsciiDigit((char)next[0]);
    }
}
