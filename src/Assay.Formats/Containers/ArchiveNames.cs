using System.Buffers;
using System.Globalization;
using System.Text;

namespace Assay.Formats;

/// <summary>What a member's name does when it is unpacked, and how it can be shown.</summary>
internal static class ArchiveNames
{
    private const int MaxShown = 200;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly SearchValues<char> Separators = SearchValues.Create("/\\");

    /// <summary>Code page 437 above ASCII, which ZIP names are in when nothing else is said (APPNOTE 6.3.10, appendix D).</summary>
    private const string CodePage437 =
        "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00A0";

    /// <summary>Decodes a ZIP name: UTF-8 where flagged or valid, else code page 437.</summary>
    internal static string DecodeZip(ReadOnlySpan<byte> raw, bool flaggedUtf8)
    {
        if (Ascii.IsValid(raw))
            return Encoding.ASCII.GetString(raw);
        if (flaggedUtf8)
            return Encoding.UTF8.GetString(raw);
        return string.Create(raw.Length, raw, static (into, bytes) =>
        {
            for (var i = 0; i < bytes.Length; i++)
                into[i] = bytes[i] < 128 ? (char)bytes[i] : CodePage437[bytes[i] - 128];
        });
    }

    /// <summary>Decodes a name that has no declared encoding: UTF-8 where valid, else one character a byte.</summary>
    internal static string Decode(ReadOnlySpan<byte> raw)
    {
        try
        {
            return StrictUtf8.GetString(raw);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(raw);
        }
    }

    /// <summary>A spelling that cannot disturb a terminal or a report: control, format and lone surrogate characters are escaped, long names cut.</summary>
    internal static string Printable(string name)
    {
        var plain = name.Length <= MaxShown;
        for (var i = 0; plain && i < name.Length; i++)
            plain = name[i] is >= ' ' and < '\x7f' and not '!';
        if (plain)
            return name.Length == 0 ? "(unnamed)" : name;
        var text = new StringBuilder(Math.Min(name.Length, MaxShown) + 16);
        foreach (var rune in name.EnumerateRunes())
        {
            if (text.Length >= MaxShown)
            {
                text.Append('…');
                break;
            }

            // '!' joins the levels of a member path, so it is not left as it is.
            if (rune.Value == '!' || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate || rune.Value == 0xFFFD)
            {
                text.Append(rune.Value < 0x100 ? $"\\x{rune.Value:x2}" : $"\\u{{{rune.Value:x}}}");
            }
            else
            {
                text.Append(rune.ToString());
            }
        }

        return text.ToString();
    }

    /// <summary>Notes what the name does when it is unpacked.</summary>
    internal static void Check(ArchiveFacts facts, string name, string shown, long offset, bool dosNames)
    {
        if (name.Length == 0)
            return;
        var zero = name.IndexOf('\0', StringComparison.Ordinal);
        if (zero >= 0)
            facts.Report(ArchiveIssueKind.AmbiguousName, shown, offset, $"a zero byte at {zero} ends the name for some programs: {shown}");
        if (Escapes(name))
            facts.Report(ArchiveIssueKind.EscapingName, shown, offset, shown);
        else if (dosNames && name.Contains('\\', StringComparison.Ordinal))
            facts.Report(ArchiveIssueKind.BackslashName, shown, offset, shown);
        if (IsWindowsDevice(name))
            facts.Report(ArchiveIssueKind.ReservedName, shown, offset, shown);
    }

    /// <summary>Whether a name is absolute, has a drive, or climbs above the folder it is unpacked into; both separators count.</summary>
    internal static bool Escapes(string name)
    {
        if (name[0] is '/' or '\\' || (name.Length > 1 && name[1] == ':' && char.IsAsciiLetter(name[0])))
            return true;
        return Climbs(name);
    }

    /// <summary>Whether the target of a link at <paramref name="name"/> leaves the archive.</summary>
    internal static bool LinkEscapes(string name, string target)
    {
        if (target.Length == 0)
            return false;
        if (target[0] is '/' or '\\' || (target.Length > 1 && target[1] == ':' && char.IsAsciiLetter(target[0])))
            return true;
        var folder = name.AsSpan().LastIndexOfAny('/', '\\');
        return Climbs(folder < 0 ? target : string.Concat(name.AsSpan(0, folder + 1), target));
    }

    private static bool Climbs(string path)
    {
        if (!path.Contains("..", StringComparison.Ordinal))
            return false;
        var depth = 0;
        var rest = path.AsSpan();
        while (true)
        {
            var cut = rest.IndexOfAny(Separators);
            var part = (cut < 0 ? rest : rest[..cut]).TrimEnd(' ');
            if (part is "..")
                depth--;
            else if (part is not ("" or "."))
                depth++;
            if (depth < 0)
                return true;
            if (cut < 0)
                return false;
            rest = rest[(cut + 1)..];
        }
    }

    private static bool IsWindowsDevice(string name)
    {
        var last = name.AsSpan(name.AsSpan().LastIndexOfAny('/', '\\') + 1);
        var dot = last.IndexOf('.');
        var stem = dot < 0 ? last : last[..dot];
        if (stem.Length is not (3 or 4))
            return false;
        ReadOnlySpan<char> three = stem[..3];
        if (stem.Length == 3)
        {
            return three.Equals("con", StringComparison.OrdinalIgnoreCase) || three.Equals("prn", StringComparison.OrdinalIgnoreCase)
                || three.Equals("aux", StringComparison.OrdinalIgnoreCase) || three.Equals("nul", StringComparison.OrdinalIgnoreCase);
        }

        return stem[3] is >= '1' and <= '9'
            && (three.Equals("com", StringComparison.OrdinalIgnoreCase) || three.Equals("lpt", StringComparison.OrdinalIgnoreCase));
    }
}
