namespace Assay.Scanning;

/// <summary>A piece of script in a page.</summary>
/// <param name="Language">What it is written in.</param>
/// <param name="Start">Its first character.</param>
/// <param name="Text">The script; entities of attributes resolved.</param>
/// <param name="Address">Where it is loaded from, for a script that is not in the page.</param>
internal sealed record ScriptBlock(CodeLanguage Language, int Start, string Text, string? Address = null);

/// <summary>Finds the scripts of HTML, HTA, WSF and SVG: <c>script</c> elements, handlers, and addresses that are scripts.</summary>
internal static class ScriptBlocks
{
    private const int MaxBlocks = 500;

    /// <summary>The scripts, in order.</summary>
    public static List<ScriptBlock> Of(string text)
    {
        var blocks = new List<ScriptBlock>();
        var host = CodeLanguage.JavaScript;
        for (var at = text.IndexOf('<', StringComparison.Ordinal); at >= 0 && at < text.Length && blocks.Count < MaxBlocks; at = at < text.Length ? text.IndexOf('<', at) : -1)
        {
            if (string.CompareOrdinal(text, at, "<!--", 0, 4) == 0 && string.CompareOrdinal(text, at, "<!--[if", 0, 7) != 0)
            {
                var close = text.IndexOf("-->", at, StringComparison.Ordinal);
                at = close < 0 ? text.Length : close + 3;
                continue;
            }

            var name = at + 1;
            var end = name;
            while (end < text.Length && end - name < 40 && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is ':' or '-'))
                end++;
            if (end == name)
            {
                at++;
                continue;
            }

            var element = text[name..end].ToLowerInvariant();
            var attributes = Attributes(text, end, out var after);
            foreach (var (key, value, place) in attributes)
            {
                if (key.StartsWith("on", StringComparison.Ordinal) && key.Length > 3 && value.Length > 0)
                    blocks.Add(new ScriptBlock(host, place, value));
                else if (key is "href" or "src" or "action" or "formaction" or "xlink:href" or "data" && Scheme(value) is { } language)
                    blocks.Add(new ScriptBlock(language, place, value[(value.IndexOf(':', StringComparison.Ordinal) + 1)..]));
            }

            at = after;
            if (element is not ("script" or "svg:script"))
                continue;
            var spoken = LanguageOf(Value(attributes, "language") ?? Value(attributes, "type"));
            if (Value(attributes, "src") is { Length: > 0 } source)
                blocks.Add(new ScriptBlock(spoken ?? CodeLanguage.JavaScript, name, "", source));
            var stop = text.IndexOf("</script", after, StringComparison.OrdinalIgnoreCase);
            if (stop < 0)
                stop = text.Length;
            if (spoken is { } known && stop > after)
            {
                if (known == CodeLanguage.VbScript)
                    host = known; // handlers speak the language of the first script
                var (from, to) = Unwrapped(text, after, stop);
                blocks.Add(new ScriptBlock(known, from, text[from..to]));
            }

            at = stop;
        }

        return blocks;
    }

    /// <summary>Without the marks that hide a script from other readers.</summary>
    private static (int From, int To) Unwrapped(string text, int from, int to)
    {
        var cdata = text.IndexOf("<![CDATA[", from, Math.Min(to - from, 40), StringComparison.Ordinal);
        if (cdata < 0)
            return (from, to);
        var end = text.LastIndexOf("]]>", to - 1, to - cdata, StringComparison.Ordinal);
        return (Math.Min(cdata + 9, to), end > cdata + 9 ? end : to);
    }

    private static CodeLanguage? Scheme(string value)
    {
        var text = value.AsSpan().TrimStart();
        return text.StartsWith("javascript:", StringComparison.OrdinalIgnoreCase) ? CodeLanguage.JavaScript : text.StartsWith("vbscript:", StringComparison.OrdinalIgnoreCase) ? CodeLanguage.VbScript : null;
    }

    /// <summary>The language of a script element; null for data (templates, JSON, shaders).</summary>
    private static CodeLanguage? LanguageOf(string? type)
    {
        if (string.IsNullOrWhiteSpace(type))
            return CodeLanguage.JavaScript;
        type = type.ToLowerInvariant();
        if (type.Contains("vbs", StringComparison.Ordinal) || type.Contains("vbscript", StringComparison.Ordinal))
            return CodeLanguage.VbScript;
        if (type.Contains("javascript", StringComparison.Ordinal) || type.Contains("jscript", StringComparison.Ordinal) || type.Contains("ecmascript", StringComparison.Ordinal) || type is "module" or "text/babel" or "js")
            return CodeLanguage.JavaScript;
        return type.Contains("perl", StringComparison.Ordinal) ? CodeLanguage.Perl : type.Contains("python", StringComparison.Ordinal) || type is "py" ? CodeLanguage.Python : null;
    }

    private static string? Value(List<(string Key, string Value, int Place)> attributes, string name)
    {
        foreach (var (key, value, _) in attributes)
        {
            if (key == name)
                return value;
        }

        return null;
    }

    private static List<(string Key, string Value, int Place)> Attributes(string text, int at, out int after)
    {
        var attributes = new List<(string Key, string Value, int Place)>();
        while (at < text.Length && text[at] != '>')
        {
            if (text[at] is ' ' or '\t' or '\r' or '\n' or '/' or '"' or '\'')
            {
                at++;
                continue;
            }

            var from = at;
            while (at < text.Length && text[at] is not ('=' or '>' or ' ' or '\t' or '\r' or '\n' or '/'))
                at++;
            if (at == from)
            {
                at++;
                continue;
            }

            var key = at - from < 60 ? text[from..at].ToLowerInvariant() : "";
            while (at < text.Length && text[at] is ' ' or '\t' or '\r' or '\n')
                at++;
            if (at >= text.Length || text[at] != '=')
                continue;
            at++;
            while (at < text.Length && text[at] is ' ' or '\t' or '\r' or '\n')
                at++;
            if (at >= text.Length)
                break;
            int start, end;
            if (text[at] is '"' or '\'')
            {
                start = at + 1;
                end = text.IndexOf(text[at], start);
                if (end < 0)
                    end = text.Length;
                at = Math.Min(end + 1, text.Length);
            }
            else
            {
                start = at;
                while (at < text.Length && text[at] is not ('>' or ' ' or '\t' or '\r' or '\n'))
                    at++;
                end = at;
            }

            if (attributes.Count < 200 && key.Length > 0)
                attributes.Add((key, System.Net.WebUtility.HtmlDecode(text[start..end]), start));
        }

        after = Math.Min(at + 1, text.Length);
        return attributes;
    }
}

/// <summary>Understands the scripts of pages.</summary>
internal sealed class HtmlAnalysis : LanguageAnalysis
{
    public override IReadOnlyList<CodeLanguage> Languages { get; } = [CodeLanguage.Html];

    public override void Analyse(CodeUnit unit, ActSink acts)
    {
        if (unit.Depth == 0)
            acts.Files.Write(FileLedger.Self, new WrittenFile(Origin.None, null, unit.Text, []));
        var runsAsProgram = unit.FileName.EndsWith(".hta", StringComparison.OrdinalIgnoreCase) || unit.FileName.EndsWith(".wsf", StringComparison.OrdinalIgnoreCase) || unit.Depth > 0;
        foreach (var block in ScriptBlocks.Of(unit.Text))
        {
            if (block.Address is { } address)
            {
                // A page may load scripts from anywhere; what runs as a program may not.
                if (runsAsProgram && CommandLine.IsAddress(address))
                    new CommandRunner(unit, acts).Add(Deed.RunCode, block.Start, "script src", address, Origin.Network, address, $"<script src=\"{address}\">");
                else if (runsAsProgram && CommandRunner.Sibling(address) is { } file)
                    new CommandRunner(unit, acts).Add(Deed.RunSibling, block.Start, "script src", address, Origin.File, null, $"<script src=\"{address}\">", files: [file]);
                continue;
            }

            // Depth stays: the script is the page.
            LanguageCatalog.Analyse(unit with { Language = block.Language, Text = block.Text, Depth = unit.Depth + 1, Place = i => unit.At(Math.Min(block.Start + i, unit.Text.Length)) }, acts);
        }
    }
}
