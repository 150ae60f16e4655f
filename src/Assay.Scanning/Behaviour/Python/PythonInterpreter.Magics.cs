using System.Text;
using Assay.Formats.Python;

namespace Assay.Scanning;

/// <summary>The lines and cells of IPython: what goes to the system, to another language or into a file.</summary>
internal sealed partial class PythonInterpreter
{
    private static readonly System.Buffers.SearchValues<char> NotInPlaceholders = System.Buffers.SearchValues.Create("\"'\\{\n;");

    private void Magic(PythonMagic magic, PythonScope scope)
    {
        switch (magic.Mark)
        {
            case "!" or "!!":
                SystemCommand(magic.Text, magic, scope);
                break;
            case "%":
                LineMagic(magic, scope);
                break;
            case "%%":
                CellMagic(magic);
                break;
        }
    }

    /// <summary>A command of the system; <c>{name}</c> and <c>$name</c> stand for values of Python.</summary>
    private void SystemCommand(string command, PythonMagic magic, PythonScope scope)
    {
        if (Template(command, scope) is { } template && PythonParser.Parse(template, _acts.Budget).Body is [PythonExpressionStatement { Value: var formatted }] && Eval(formatted, scope) is { IsText: true } value)
        {
            StartProgram("!", value, [], new PythonName { Id = "!", Start = magic.Start, End = magic.End }, shell: true);
            return;
        }

        LanguageCatalog.Analyse(_unit.Inner(CodeLanguage.Shell, command, magic.Start, reach: _reach), _acts);
    }

    /// <summary>The command as a formatted string of Python; null where no value of Python takes part in it.</summary>
    private static string? Template(string command, PythonScope scope)
    {
        var text = new StringBuilder("f\"");
        var takesPart = false;
        for (var i = 0; i < command.Length; i++)
        {
            var c = command[i];
            if (c is '{' && command.IndexOf('}', i) is > 0 and var close && close - i is > 1 and < 200 && command.AsSpan(i + 1, close - i - 1) is var inner && !inner.ContainsAny(NotInPlaceholders) && IsExpression(inner))
            {
                text.Append(command, i, close - i + 1);
                takesPart = true;
                i = close;
                continue;
            }

            if (c == '$' && i + 1 < command.Length && (char.IsAsciiLetter(command[i + 1]) || command[i + 1] == '_'))
            {
                var end = i + 1;
                while (end < command.Length && (char.IsAsciiLetterOrDigit(command[end]) || command[end] == '_'))
                    end++;
                var name = command[(i + 1)..end];
                if (scope.Find(name) is not null)
                {
                    text.Append('{').Append(name).Append('}');
                    takesPart = true;
                    i = end - 1;
                    continue;
                }
            }

            _ = c switch
            {
                '{' or '}' => text.Append(c, 2),
                '"' or '\\' => text.Append('\\').Append(c),
                '\r' or '\n' => text.Append(c == '\n' ? "\\n" : ""),
                _ => text.Append(c),
            };
        }

        return takesPart ? text.Append('"').ToString() : null;
    }

    private static bool IsExpression(ReadOnlySpan<char> text) => (char.IsLetter(text[0]) || text[0] == '_') && !text.Contains(',') && !text.Contains("..", StringComparison.Ordinal);

    private void LineMagic(PythonMagic magic, PythonScope scope)
    {
        var text = magic.Text.TrimStart();
        var end = text.IndexOfAny([' ', '\t']);
        var name = end < 0 ? text : text[..end];
        var rest = end < 0 ? "" : text[end..].Trim();
        switch (name)
        {
            case "pip" or "conda" or "mamba" or "uv" or "npm" or "cp" or "mv" or "rm" or "bash" or "sh":
                SystemCommand(text, magic, scope);
                break;
            case "system" or "sx" or "sc" or "script":
                SystemCommand(rest, magic, scope);
                break;
            case "alias" when rest.IndexOf(' ', StringComparison.Ordinal) is > 0 and var space:
                SystemCommand(rest[(space + 1)..], magic, scope);
                break;
            case "run":
                foreach (var word in rest.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    if (word[0] == '-')
                        continue;
                    var file = word.Trim('"', '\'');
                    _acts.Add(new Act { Deed = Deed.RunSibling, Index = _unit.At(magic.Start), Call = "%run", Subject = file, Evidence = "%run " + rest, Language = CodeLanguage.Python, Reach = _reach, Files = [file] });
                    break;
                }

                break;
            case "time" or "timeit" or "prun" or "memit" when rest.Length > 0:
                LanguageCatalog.Analyse(_unit.Inner(CodeLanguage.Python, rest, magic.Start, reach: _reach), _acts);
                break;
        }
    }

    private void CellMagic(PythonMagic magic)
    {
        var text = magic.Text;
        var first = text.AsSpan().IndexOfAny('\r', '\n');
        if (first < 0)
            return;
        var words = text[..first].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length == 0)
            return;
        var name = words[0] == "script" && words.Length > 1 ? words[1] : words[0];
        var body = text[first..];
        // Where the mark ends the text of the cell begins, so that places stay.
        var start = magic.Start + magic.Mark.Length + first;
        switch (name)
        {
            case "writefile" or "file":
                var path = Array.Find(words, w => w != words[0] && w[0] != '-');
                if (path is null)
                    return;
                _acts.Files.Write(path, new WrittenFile(Origin.None, null, body.TrimStart('\r', '\n'), []));
                if (LanguageGuess.ByName(path[(path.LastIndexOf('/') + 1)..]) is { } written)
                    AnalyseBody(written, body, start, Reach.Function);
                return;
            case "python" or "python3" or "pypy" or "python2":
                AnalyseBody(CodeLanguage.Python, body, start, _reach);
                return;
            default:
                if (LanguageOf(name) is not CodeLanguage.None and var language)
                    AnalyseBody(language, body, start, _reach);
                return;
        }
    }

    private static CodeLanguage LanguageOf(string name) => name switch
    {
        "bash" or "sh" or "shell" or "system" or "sx" or "!" or "zsh" => CodeLanguage.Shell,
        "cmd" or "batch" => CodeLanguage.Batch,
        "powershell" or "pwsh" => CodeLanguage.PowerShell,
        "javascript" or "js" or "node" => CodeLanguage.JavaScript,
        "html" or "HTML" or "svg" or "SVG" => CodeLanguage.Html,
        "perl" => CodeLanguage.Perl,
        _ => CodeLanguage.None,
    };

    private void AnalyseBody(CodeLanguage language, string body, int start, Reach reach)
    {
        if (language is not (CodeLanguage.Shell or CodeLanguage.Batch or CodeLanguage.PowerShell or CodeLanguage.JavaScript or CodeLanguage.Html or CodeLanguage.Perl or CodeLanguage.Python or CodeLanguage.VbScript))
            return;
        LanguageCatalog.Analyse(_unit.Inner(language, body, start, reach: reach) with { Place = i => _unit.At(start + i) }, _acts);
    }
}
