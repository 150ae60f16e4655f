using System.Text;

namespace Assay.Formats;

/// <summary>Decodes text as interpreters do: by its mark, as UTF-8 where valid, else one character a byte.</summary>
public static class TextDecoder
{
    /// <summary>Decodes bytes; never fails.</summary>
    public static SourceText Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith<byte>([0xEF, 0xBB, 0xBF]))
            return new SourceText(Encoding.UTF8.GetString(bytes[3..]), Encoding.UTF8, 3);
        if (bytes.Length >= 2 && bytes[0] + bytes[1] == 0x1FD && bytes[0] is 0xFF or 0xFE)
        {
            // A mark in front of plain bytes makes editors show nonsense while a command interpreter reads the bytes as they are.
            var rest = bytes[2..];
            if (!rest.Contains((byte)0) && Ascii.IsValid(rest))
                return new SourceText(Encoding.Latin1.GetString(rest), Encoding.Latin1, 2);
            var encoding = bytes[0] == 0xFF ? Encoding.Unicode : Encoding.BigEndianUnicode;
            return new SourceText(encoding.GetString(rest), encoding, 2);
        }

        if (System.Text.Unicode.Utf8.IsValid(bytes))
            return new SourceText(Encoding.UTF8.GetString(bytes), Encoding.UTF8);
        if (LooksWide(bytes, out var wide))
            return new SourceText(wide.GetString(bytes), wide);
        return new SourceText(Encoding.Latin1.GetString(bytes), Encoding.Latin1);
    }

    /// <summary>UTF-16 without a mark: every other byte of the beginning is zero.</summary>
    private static bool LooksWide(ReadOnlySpan<byte> bytes, out Encoding encoding)
    {
        encoding = Encoding.Unicode;
        var head = bytes[..Math.Min(bytes.Length & ~1, 256)];
        if (head.Length < 8)
            return false;
        int even = 0, odd = 0;
        for (var i = 0; i < head.Length; i += 2)
        {
            even += head[i] == 0 ? 1 : 0;
            odd += head[i + 1] == 0 ? 1 : 0;
        }

        if (even > odd)
            encoding = Encoding.BigEndianUnicode;
        return Math.Max(even, odd) * 10 > head.Length / 2 * 9 && Math.Min(even, odd) * 10 < head.Length / 2;
    }
}
