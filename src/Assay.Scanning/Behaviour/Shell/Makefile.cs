using System.Text;

namespace Assay.Scanning;

/// <summary>Runs the recipes of a makefile with its variables. Source: the manual of GNU make 4.4.</summary>
internal static class Makefile
{
    private const int MaxExpansion = 64 << 10;
    private const int MaxDepth = 8;

    /// <summary>Runs what is computed when the file is read, and every recipe.</summary>
    public static void Run(string text, ShellEvaluator evaluator)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        var recipe = new StringBuilder();
        var recipeStart = 0;
        string? define = null;
        var defined = new StringBuilder();
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            var isRecipe = text[at] == '\t';
            var line = Logical(text, ref at);
            evaluator.Budget.ChargeElements(1, start);
            if (define is not null)
            {
                if (line.TrimStart().StartsWith("endef", StringComparison.Ordinal))
                {
                    variables[define] = defined.ToString();
                    define = null;
                }
                else if (defined.Length < MaxExpansion)
                {
                    defined.Append(line).Append('\n');
                }

                continue;
            }

            if (isRecipe)
            {
                if (recipe.Length == 0)
                    recipeStart = start;
                recipe.Append(Expand(line.TrimStart('\t', ' ').TrimStart('@', '-', '+'), variables, evaluator, start, 0)).Append('\n');
                continue;
            }

            Finish(recipe, recipeStart, evaluator);
            var body = line.Trim();
            if (body.Length == 0 || body[0] == '#')
                continue;
            foreach (var prefix in (ReadOnlySpan<string>)["export ", "override ", "private "])
            {
                if (body.StartsWith(prefix, StringComparison.Ordinal))
                    body = body[prefix.Length..].TrimStart();
            }

            if (body.StartsWith("define ", StringComparison.Ordinal))
            {
                define = body[7..].Split([' ', '='], StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "";
                defined.Clear();
                continue;
            }

            var equals = body.IndexOf('=');
            var colon = body.IndexOf(':');
            if (equals > 0 && (colon < 0 || colon > equals || body.AsSpan(colon, equals - colon).Trim(':').IsEmpty))
            {
                var name = body[..equals].TrimEnd(':', '?', '+', '!', ' ', '\t');
                var kind = body[..equals].TrimEnd() is { Length: > 0 } left ? left[^1] : ' ';
                var value = body[(equals + 1)..].Trim();
                if (kind == '!')
                    evaluator.Run(Expand(value, variables, evaluator, start, 0), _ => start);
                else if (kind == '+')
                    variables[name] = variables.TryGetValue(name, out var before) && before.Length < MaxExpansion ? before + " " + value : value;
                else if (kind != '?' || !variables.ContainsKey(name))
                    variables[name] = kind == ':' ? Expand(value, variables, evaluator, start, 0) : value;
                if (value.Contains("$(shell", StringComparison.Ordinal) && kind != ':')
                    _ = Expand(value, variables, evaluator, start, 0);
                continue;
            }

            if (colon > 0)
            {
                if (body.IndexOf(';', colon) is > 0 and var inline)
                {
                    recipeStart = start;
                    recipe.Append(Expand(body[(inline + 1)..], variables, evaluator, start, 0)).Append('\n');
                }

                continue;
            }

            if (body.Contains("$(shell", StringComparison.Ordinal) || body.StartsWith("$(", StringComparison.Ordinal))
                _ = Expand(body, variables, evaluator, start, 0);
        }

        Finish(recipe, recipeStart, evaluator);
    }

    private static void Finish(StringBuilder recipe, int start, ShellEvaluator evaluator)
    {
        if (recipe.Length == 0)
            return;
        evaluator.Run(recipe.ToString(), _ => start);
        recipe.Clear();
    }

    private static string Logical(string text, ref int at)
    {
        var line = new StringBuilder();
        while (at < text.Length)
        {
            var newline = text.IndexOf('\n', at);
            var end = newline < 0 ? text.Length : newline;
            var part = text.AsSpan(at, end - at).TrimEnd('\r');
            at = newline < 0 ? text.Length : newline + 1;
            if (part.EndsWith("\\") && at < text.Length)
            {
                line.Append(part[..^1]).Append(' ');
                continue;
            }

            line.Append(part);
            break;
        }

        return line.ToString();
    }

    /// <summary>Resolves <c>$(NAME)</c>, <c>${NAME}</c>, <c>$$</c>; runs <c>$(shell …)</c>.</summary>
    private static string Expand(string text, Dictionary<string, string> variables, ShellEvaluator evaluator, int place, int depth)
    {
        if (!text.Contains('$') || depth > MaxDepth)
            return text;
        var output = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length && output.Length < MaxExpansion; i++)
        {
            if (text[i] != '$' || i + 1 >= text.Length)
            {
                output.Append(text[i]);
                continue;
            }

            var next = text[++i];
            if (next == '$')
            {
                output.Append('$');
                continue;
            }

            if (next is not ('(' or '{'))
            {
                // $@, $<, $^: files of the rule.
                output.Append(variables.GetValueOrDefault(next.ToString()) ?? "target");
                continue;
            }

            var close = Close(text, i);
            if (close < 0)
            {
                output.Append('$').Append(next);
                continue;
            }

            evaluator.Budget.ChargeElements(1, place);
            var inner = text[(i + 1)..close];
            i = close;
            if (inner.StartsWith("shell ", StringComparison.Ordinal))
            {
                evaluator.Run(Expand(inner[6..], variables, evaluator, place, depth + 1), _ => place);
                output.Append("$(:)");
            }
            else if (variables.TryGetValue(inner.Trim(), out var value))
            {
                output.Append(Expand(value, variables, evaluator, place, depth + 1));
            }
            else if (inner.StartsWith("call ", StringComparison.Ordinal) && variables.TryGetValue(inner[5..].Split(',')[0].Trim(), out var function))
            {
                output.Append(Expand(function, variables, evaluator, place, depth + 1));
            }
            else if (inner.AsSpan().ContainsAny(" ,:"))
            {
                output.Append("target");
            }
            else
            {
                output.Append("${").Append(inner.Trim()).Append('}');
            }
        }

        return output.ToString();
    }

    private static int Close(string text, int open)
    {
        var (from, to) = text[open] == '(' ? ('(', ')') : ('{', '}');
        var depth = 0;
        for (var i = open; i < Math.Min(text.Length, open + 8192); i++)
        {
            if (text[i] == from)
                depth++;
            else if (text[i] == to && --depth == 0)
                return i;
        }

        return -1;
    }
}
