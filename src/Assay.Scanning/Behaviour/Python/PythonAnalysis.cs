using Assay.Formats.Python;

namespace Assay.Scanning;

/// <summary>Understands Python: what a file, a cell or a string of code does.</summary>
internal sealed class PythonAnalysis : LanguageAnalysis
{
    public override IReadOnlyList<CodeLanguage> Languages { get; } = [CodeLanguage.Python];

    public override void Analyse(CodeUnit unit, ActSink acts)
    {
        var text = unit.Text;
        if (unit.FileName.EndsWith(".pth", StringComparison.OrdinalIgnoreCase))
            text = OnlyImports(text);
        var module = PythonParser.Parse(text, acts.Budget, unit.IsCell);
        foreach (var error in module.Errors)
            acts.Errors.Add(error);
        new PythonInterpreter(unit, acts).Run(module);
        if (unit.Depth == 0 && Reencoded(text) is { } other)
            Analyse(unit.Inner(CodeLanguage.Python, other.Text, 0, Origin.Decoded) with { Decoders = [other.Encoding], FileName = unit.FileName }, acts);
    }

    /// <summary>The source as Python decodes it where it declares an encoding that an editor does not show (PEP 263).</summary>
    private static (string Encoding, string Text)? Reencoded(string text)
    {
        var rows = text.Split('\n', 3);
        for (var i = 0; i < rows.Length - 1 && i < 2; i++)
        {
            var mark = rows[i].IndexOf("coding", StringComparison.Ordinal);
            if (mark < 0 || !rows[i].TrimStart().StartsWith('#'))
                continue;
            var name = rows[i][(mark + 6)..].TrimStart(':', '=', ' ').Split(' ', ';', '\r')[0].ToLowerInvariant().Replace('-', '_');
            var decoded = name switch
            {
                "utf_7" or "utf7" => Utf7(text),
                "unicode_escape" or "raw_unicode_escape" or "rot13" or "rot_13" => PythonFolding.Codec(PythonValue.Str(text), name, encode: false)?.Text,
                _ => null,
            };
            if (decoded is not null && decoded != text)
                return (name, decoded);
        }

        return null;
    }

    /// <summary>UTF-7 (RFC 2152): <c>+</c>, base64 of UTF-16BE, <c>-</c>.</summary>
    private static string Utf7(string text)
    {
        var into = new System.Text.StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '+')
            {
                into.Append(text[i]);
                continue;
            }

            var end = i + 1;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '+' or '/'))
                end++;
            if (end == i + 1)
            {
                into.Append('+');
            }
            else
            {
                var digits = text[(i + 1)..end];
                digits = digits.Length % 4 == 1 ? digits[..^1] : digits;
                var bytes = Convert.FromBase64String(digits + new string('=', (4 - (digits.Length % 4)) % 4));
                into.Append(System.Text.Encoding.BigEndianUnicode.GetString(bytes, 0, bytes.Length & ~1));
            }

            i = end < text.Length && text[end] == '-' ? end : end - 1;
        }

        return into.ToString();
    }

    /// <summary>Of a path file, Python runs the lines that start with <c>import</c> (<c>site.addpackage</c>); the others are folders. Places stay.</summary>
    private static string OnlyImports(string text)
    {
        var kept = text.ToCharArray();
        for (var at = 0; at < kept.Length;)
        {
            var end = text.IndexOf('\n', at);
            end = end < 0 ? kept.Length : end;
            if (!text.AsSpan(at, end - at).StartsWith("import ") && !text.AsSpan(at, end - at).StartsWith("import\t"))
                kept.AsSpan(at, end - at).Fill(' ');
            at = end + 1;
        }

        return new string(kept);
    }
}
