using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Assay.Scanning;

/// <summary>Runs the instructions of a container file. Source: the reference of Dockerfile, syntax 1.</summary>
internal static class Dockerfile
{
    private static readonly SearchValues<char> EndsDelimiter = SearchValues.Create(" \t\n>|&;)");

    /// <summary>Runs them in their order.</summary>
    public static void Run(string text, ShellEvaluator evaluator)
    {
        var escape = '\\';
        var language = CodeLanguage.Shell;
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            var (instruction, end) = Logical(text, at, escape);
            at = end;
            evaluator.Budget.ChargeElements(1, start);
            var body = instruction.TrimStart();
            var offset = start + (instruction.Length - body.Length);
            if (body.StartsWith("# escape=`", StringComparison.OrdinalIgnoreCase) || body.StartsWith("#escape=`", StringComparison.OrdinalIgnoreCase))
                escape = '`';
            if (body.Length == 0 || body[0] == '#')
                continue;
            var space = body.AsSpan().IndexOfAny(" \t\n\\");
            if (space < 0)
                continue;
            var name = body[..space].ToUpperInvariant();
            if (name == "ONBUILD")
            {
                var rest = body[space..].TrimStart();
                offset += body.Length - rest.Length;
                body = rest;
                space = body.IndexOf(' ');
                if (space < 0)
                    continue;
                name = body[..space].ToUpperInvariant();
            }

            var arguments = body[space..];
            offset += space;
            switch (name)
            {
                case "RUN" or "CMD" or "ENTRYPOINT" or "HEALTHCHECK":
                    at = Math.Max(at, RunCommand(text, arguments, offset, at, name, language, evaluator));
                    break;
                case "ENV" or "ARG" or "LABEL":
                    if (name != "LABEL")
                        SetVariables(arguments, offset, evaluator);
                    break;
                case "ADD":
                    Add(arguments, offset, evaluator);
                    break;
                case "WORKDIR":
                    evaluator.Run("cd " + arguments.Trim(), _ => offset);
                    break;
                case "SHELL":
                    language = arguments.Contains("powershell", StringComparison.OrdinalIgnoreCase) || arguments.Contains("pwsh", StringComparison.OrdinalIgnoreCase) ? CodeLanguage.PowerShell
                        : arguments.Contains("cmd", StringComparison.OrdinalIgnoreCase) ? CodeLanguage.Batch : CodeLanguage.Shell;
                    break;
            }
        }
    }

    /// <summary>An instruction with its continued lines; comments between them are blanked, so that places stay.</summary>
    private static (string Text, int End) Logical(string text, int start, char escape)
    {
        var logical = new StringBuilder();
        for (var at = start; ;)
        {
            var newline = text.IndexOf('\n', at);
            var end = newline < 0 ? text.Length : newline + 1;
            var line = text.AsSpan(at, end - at);
            var trimmed = line.TrimEnd();
            var isComment = at > start && line.TrimStart().StartsWith("#");
            var continues = isComment || trimmed.EndsWith([escape]) || (at > start && trimmed.IsEmpty && end < text.Length);
            if (isComment || (at > start && trimmed.IsEmpty))
                logical.Append(' ', line.Length);
            else if (continues)
                logical.Append(trimmed[..^1]).Append(' ', line.Length - trimmed.Length + 1);
            else
                logical.Append(line);
            at = end;
            if (!continues || at >= text.Length)
                return (logical.ToString(), at);
        }
    }

    private static int RunCommand(string text, string arguments, int offset, int end, string name, CodeLanguage language, ShellEvaluator evaluator)
    {
        var command = arguments.TrimStart();
        while (command.StartsWith("--", StringComparison.Ordinal))
        {
            var space = command.IndexOf(' ');
            if (space < 0)
                return end;
            command = command[space..].TrimStart();
        }

        if (name == "HEALTHCHECK")
        {
            if (!command.StartsWith("CMD", StringComparison.OrdinalIgnoreCase))
                return end;
            command = command[3..].TrimStart();
        }

        var skip = offset + arguments.Length - command.Length;
        if (command.StartsWith('[') && Exec(command) is { } words)
        {
            evaluator.Run(string.Join(' ', words.Select(static w => "'" + w.Replace("'", "'\\''", StringComparison.Ordinal) + "'")), _ => skip);
            return end;
        }

        if (command.StartsWith("<<", StringComparison.Ordinal) && name == "RUN")
            return RunDocument(text, command, skip, end, evaluator);
        if (language == CodeLanguage.Shell)
        {
            // A here-document behind a command lies in the lines that follow.
            if (command.Contains("<<", StringComparison.Ordinal) && Document(text, command, end) is var (body, behind) && body is not null)
            {
                evaluator.Run(command + (command.EndsWith('\n') ? "" : "\n") + body, i => Math.Min(skip + i, text.Length));
                return behind;
            }

            evaluator.Run(command, i => Math.Min(skip + i, text.Length));
        }
        else
        {
            evaluator.RunForeign(language, command, skip);
        }

        return end;
    }

    private static int RunDocument(string text, string command, int offset, int end, ShellEvaluator evaluator)
    {
        var (body, behind) = Document(text, command, end);
        if (body is null)
            return end;
        var lines = body.TrimEnd('\n');
        var last = lines.LastIndexOf('\n');
        var script = last < 0 ? "" : lines[..last];
        // What stands behind the delimiter is the interpreter; a first line with #! names one too.
        var line = command.AsSpan().TrimEnd();
        var interpreter = line.IndexOf(' ') is > 0 and var space ? line[space..].Trim().ToString() : "";
        var language = script.StartsWith("#!", StringComparison.Ordinal) ? LanguageGuess.Of("", script) : interpreter.Contains("python", StringComparison.Ordinal) ? CodeLanguage.Python : CodeLanguage.Shell;
        if (language == CodeLanguage.Shell)
            evaluator.Run(script, i => Math.Min(end + i, text.Length));
        else
            evaluator.RunForeign(language, script, offset);
        return behind;
    }

    private static (string? Body, int End) Document(string text, string command, int end)
    {
        var at = command.IndexOf("<<", StringComparison.Ordinal) + 2;
        var rest = command.AsSpan(at).TrimStart('-').TrimStart();
        var length = rest.IndexOfAny(EndsDelimiter);
        var delimiter = (length < 0 ? rest : rest[..length]).Trim("'\"");
        if (delimiter.IsEmpty || delimiter[0] == '<' || !char.IsAsciiLetter(delimiter[0]))
            return (null, end);
        for (var line = end; line < text.Length;)
        {
            var newline = text.IndexOf('\n', line);
            var next = newline < 0 ? text.Length : newline + 1;
            if (text.AsSpan(line, next - line).Trim().SequenceEqual(delimiter))
                return (text[end..next], next);
            line = next;
        }

        return (null, end);
    }

    private static string[]? Exec(string command)
    {
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(command.Trim()), new JsonReaderOptions { AllowTrailingCommas = true, MaxDepth = 4 });
            var words = new List<string>();
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
                return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.String)
                words.Add(reader.GetString()!);
            return reader.TokenType == JsonTokenType.EndArray && words.Count > 0 ? [.. words] : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static void SetVariables(string arguments, int offset, ShellEvaluator evaluator)
    {
        var body = arguments.Trim();
        var first = body.AsSpan().IndexOfAny(" \t=");
        if (first < 0)
            return;
        // ENV NAME value, the old form.
        evaluator.Run(body[first] == '=' ? "export " + body : "export " + body[..first] + "='" + body[(first + 1)..].Trim().Replace("'", "'\\''", StringComparison.Ordinal) + "'", _ => offset);
    }

    private static void Add(string arguments, int offset, ShellEvaluator evaluator)
    {
        var words = arguments.Split([' ', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Where(static w => !w.StartsWith("--", StringComparison.Ordinal)).ToList();
        if (words.Count < 2)
            return;
        foreach (var source in words[..^1])
        {
            if (!source.Contains("://", StringComparison.Ordinal))
                continue;
            var name = source[(source.TrimEnd('/').LastIndexOf('/') + 1)..];
            var to = words[^1].EndsWith('/') || words[^1] == "." ? words[^1].TrimEnd('/') + "/" + name : words[^1];
            evaluator.Run($"curl -o \"{to.Replace("\"", "", StringComparison.Ordinal)}\" \"{source.Replace("\"", "", StringComparison.Ordinal)}\"", _ => offset);
        }
    }
}
