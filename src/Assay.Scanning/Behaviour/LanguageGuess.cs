namespace Assay.Scanning;

/// <summary>Tells what a text is written in: by its first line, its name, and where the name says nothing, its content.</summary>
internal static class LanguageGuess
{
    private static readonly Dictionary<string, CodeLanguage> ByEnding = new(StringComparer.OrdinalIgnoreCase)
    {
        [".py"] = CodeLanguage.Python, [".pyw"] = CodeLanguage.Python, [".pyi"] = CodeLanguage.Python, [".pyx"] = CodeLanguage.Python, [".pth"] = CodeLanguage.Python, [".py3"] = CodeLanguage.Python,
        [".ipynb"] = CodeLanguage.Notebook,
        [".sh"] = CodeLanguage.Shell, [".bash"] = CodeLanguage.Shell, [".zsh"] = CodeLanguage.Shell, [".ksh"] = CodeLanguage.Shell, [".fish"] = CodeLanguage.Shell, [".command"] = CodeLanguage.Shell,
        [".bashrc"] = CodeLanguage.Shell, [".profile"] = CodeLanguage.Shell, [".zshrc"] = CodeLanguage.Shell, [".run"] = CodeLanguage.Shell, [".slurm"] = CodeLanguage.Shell, [".sbatch"] = CodeLanguage.Shell, [".envrc"] = CodeLanguage.Shell,
        [".bat"] = CodeLanguage.Batch, [".cmd"] = CodeLanguage.Batch,
        [".ps1"] = CodeLanguage.PowerShell, [".psm1"] = CodeLanguage.PowerShell, [".psd1"] = CodeLanguage.PowerShell,
        [".js"] = CodeLanguage.JavaScript, [".mjs"] = CodeLanguage.JavaScript, [".cjs"] = CodeLanguage.JavaScript, [".jse"] = CodeLanguage.JavaScript, [".ts"] = CodeLanguage.JavaScript, [".tsx"] = CodeLanguage.JavaScript, [".jsx"] = CodeLanguage.JavaScript,
        [".vbs"] = CodeLanguage.VbScript, [".vbe"] = CodeLanguage.VbScript, [".bas"] = CodeLanguage.VbScript,
        [".pl"] = CodeLanguage.Perl, [".pm"] = CodeLanguage.Perl, [".perl"] = CodeLanguage.Perl, [".rb"] = CodeLanguage.Perl, [".rake"] = CodeLanguage.Perl, [".php"] = CodeLanguage.Perl, [".lua"] = CodeLanguage.Perl,
        [".r"] = CodeLanguage.Perl, [".jl"] = CodeLanguage.Perl, [".applescript"] = CodeLanguage.Perl,
        [".hta"] = CodeLanguage.Html, [".sct"] = CodeLanguage.Html, [".wsf"] = CodeLanguage.Html, [".html"] = CodeLanguage.Html, [".htm"] = CodeLanguage.Html, [".xhtml"] = CodeLanguage.Html, [".svg"] = CodeLanguage.Html,
        [".md"] = CodeLanguage.Prose, [".markdown"] = CodeLanguage.Prose, [".mdx"] = CodeLanguage.Prose, [".mdc"] = CodeLanguage.Prose, [".rst"] = CodeLanguage.Prose, [".txt"] = CodeLanguage.Prose, [".adoc"] = CodeLanguage.Prose, [".org"] = CodeLanguage.Prose,
        [".json"] = CodeLanguage.Json, [".yml"] = CodeLanguage.Yaml, [".yaml"] = CodeLanguage.Yaml, [".toml"] = CodeLanguage.Settings, [".cfg"] = CodeLanguage.Settings, [".ini"] = CodeLanguage.Settings, [".conf"] = CodeLanguage.Settings,
        [".desktop"] = CodeLanguage.Settings, [".url"] = CodeLanguage.Settings, [".reg"] = CodeLanguage.Settings, [".service"] = CodeLanguage.Settings, [".env"] = CodeLanguage.Settings, [".webloc"] = CodeLanguage.Settings,
        [".mk"] = CodeLanguage.Makefile, [".mak"] = CodeLanguage.Makefile, [".dockerfile"] = CodeLanguage.Dockerfile,
        [".csv"] = CodeLanguage.None, [".tsv"] = CodeLanguage.None, [".jsonl"] = CodeLanguage.None, [".vocab"] = CodeLanguage.None, [".log"] = CodeLanguage.None, [".css"] = CodeLanguage.None, [".bpe"] = CodeLanguage.None,
    };

    /// <summary>The language that a name promises; null where it promises none.</summary>
    /// <param name="name">File name without folders.</param>
    public static CodeLanguage? ByName(string name)
    {
        if (name.StartsWith("Dockerfile", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Containerfile", StringComparison.OrdinalIgnoreCase))
            return CodeLanguage.Dockerfile;
        if (name.Equals("Makefile", StringComparison.OrdinalIgnoreCase) || name.Equals("GNUmakefile", StringComparison.OrdinalIgnoreCase) || name.Equals("justfile", StringComparison.OrdinalIgnoreCase))
            return CodeLanguage.Makefile;
        if (name is "Rakefile" or "Gemfile")
            return CodeLanguage.Perl;
        if (name.StartsWith("requirements", StringComparison.OrdinalIgnoreCase) && name.EndsWith(".txt", StringComparison.OrdinalIgnoreCase))
            return CodeLanguage.Settings;
        if (name.StartsWith(".env", StringComparison.OrdinalIgnoreCase) && !name.Equals(".envrc", StringComparison.OrdinalIgnoreCase))
            return CodeLanguage.Settings;
        if (name.StartsWith("README", StringComparison.OrdinalIgnoreCase) || name is "LICENSE" or "NOTICE" or "INSTALL" or ".cursorrules" or ".windsurfrules" or ".clinerules")
            return ByEnding.TryGetValue(Path.GetExtension(name), out var readme) ? readme : CodeLanguage.Prose;
        return ByEnding.TryGetValue(Path.GetExtension(name), out var language) ? language : null;
    }

    /// <summary>The language of a text with this name.</summary>
    /// <param name="name">File name without folders.</param>
    /// <param name="text">The text.</param>
    public static CodeLanguage Of(string name, string text)
    {
        var head = text.AsSpan(0, Math.Min(text.Length, 4096)).TrimStart();
        if (head.StartsWith("#!") && ByInterpreter(FirstLine(head)) is { } shebang)
            return shebang;
        if (ByName(name) is { } named)
            return named;
        return ByContent(head);
    }

    private static CodeLanguage? ByInterpreter(ReadOnlySpan<char> line)
    {
        if (line.Contains("python", StringComparison.Ordinal))
            return CodeLanguage.Python;
        if (line.Contains("node", StringComparison.Ordinal) || line.Contains("deno", StringComparison.Ordinal) || line.Contains("bun", StringComparison.Ordinal))
            return CodeLanguage.JavaScript;
        if (line.Contains("perl", StringComparison.Ordinal) || line.Contains("ruby", StringComparison.Ordinal) || line.Contains("php", StringComparison.Ordinal) || line.Contains("lua", StringComparison.Ordinal))
            return CodeLanguage.Perl;
        if (line.Contains("pwsh", StringComparison.Ordinal) || line.Contains("powershell", StringComparison.OrdinalIgnoreCase))
            return CodeLanguage.PowerShell;
        if (line.Contains("make", StringComparison.Ordinal))
            return CodeLanguage.Makefile;
        return line.Contains("sh", StringComparison.Ordinal) ? CodeLanguage.Shell : null;
    }

    /// <summary>For a name that says nothing: only what a language cannot do without counts.</summary>
    private static CodeLanguage ByContent(ReadOnlySpan<char> head)
    {
        if (head.StartsWith("@echo off", StringComparison.OrdinalIgnoreCase) || head.StartsWith("@setlocal", StringComparison.OrdinalIgnoreCase))
            return CodeLanguage.Batch;
        if (head.StartsWith("<!DOCTYPE html", StringComparison.OrdinalIgnoreCase) || head.StartsWith("<html", StringComparison.OrdinalIgnoreCase) || head.StartsWith("<svg", StringComparison.OrdinalIgnoreCase)
            || head.StartsWith("<script", StringComparison.OrdinalIgnoreCase) || head.StartsWith("<hta:", StringComparison.OrdinalIgnoreCase))
        {
            return CodeLanguage.Html;
        }

        if (head.StartsWith("{") || head.StartsWith("["))
            return head.Contains("\"nbformat\"", StringComparison.Ordinal) || head.Contains("\"cell_type\"", StringComparison.Ordinal) ? CodeLanguage.Notebook : CodeLanguage.Json;
        var python = 0;
        foreach (var line in head.EnumerateLines())
        {
            var words = line.Trim();
            if (words.StartsWith("import ", StringComparison.Ordinal) && !words.EndsWith(";") && !words.Contains('"') && !words.Contains('\'')
                || (words.StartsWith("from ", StringComparison.Ordinal) && words.Contains(" import ", StringComparison.Ordinal))
                || ((words.StartsWith("def ", StringComparison.Ordinal) || words.StartsWith("class ", StringComparison.Ordinal)) && words.EndsWith(":")))
            {
                python++;
            }
        }

        return python >= 2 || (python == 1 && head.StartsWith("import ", StringComparison.Ordinal)) ? CodeLanguage.Python : CodeLanguage.None;
    }

    private static ReadOnlySpan<char> FirstLine(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAny('\r', '\n');
        return end < 0 ? text : text[..end];
    }
}
