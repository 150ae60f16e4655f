using System.Buffers;
using System.Globalization;
using System.Text;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Understands command scripts of Windows by running them on names: variables are expanded, files remembered, nothing is started.</summary>
internal sealed class BatchAnalysis : LanguageAnalysis
{
    public override IReadOnlyList<CodeLanguage> Languages { get; } = [CodeLanguage.Batch];

    public override void Analyse(CodeUnit unit, ActSink acts) => new BatchMachine(unit, acts).Run();
}

/// <summary>
/// One run over a command script. Values that are not known are single characters of a private range, so that they pass through
/// substrings and concatenation with what is known of them.
/// </summary>
internal sealed class BatchMachine
{
    private static readonly SearchValues<char> LabelEnds = SearchValues.Create(" \t:+,;=&|<>\r");
    private static readonly SearchValues<char> WordEnds = SearchValues.Create(" \t,;=/(");

    private const char FirstSymbol = '\ue100';
    private const int MaxSymbols = 6000;
    private const int MaxCommands = 20_000;
    private const int MaxValue = 64 << 10;
    private const int MaxLoop = 64;

    /// <summary>What the variables of a usual machine hold: obfuscated scripts cut letters out of them.</summary>
    private static readonly Dictionary<string, string> Usual = new(StringComparer.OrdinalIgnoreCase)
    {
        ["comspec"] = @"C:\Windows\system32\cmd.exe",
        ["systemroot"] = @"C:\Windows",
        ["windir"] = @"C:\Windows",
        ["programfiles"] = @"C:\Program Files",
        ["public"] = @"C:\Users\Public",
        ["systemdrive"] = "C:",
        ["os"] = "Windows_NT",
        ["programdata"] = @"C:\ProgramData",
        ["allusersprofile"] = @"C:\ProgramData",
        ["commonprogramfiles"] = @"C:\Program Files\Common Files",
        ["programfiles(x86)"] = @"C:\Program Files (x86)",
        ["pathext"] = ".COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC",
        ["psmodulepath"] = @"C:\Program Files\WindowsPowerShell\Modules;C:\Windows\system32\WindowsPowerShell\v1.0\Modules",
        ["path"] = @"C:\Windows\system32;C:\Windows;C:\Windows\System32\Wbem;C:\Windows\System32\WindowsPowerShell\v1.0\",
        ["processor_architecture"] = "AMD64",
        ["homedrive"] = "C:",
        ["temp"] = @"C:\Users\user\AppData\Local\Temp",
        ["tmp"] = @"C:\Users\user\AppData\Local\Temp",
        ["appdata"] = @"C:\Users\user\AppData\Roaming",
        ["localappdata"] = @"C:\Users\user\AppData\Local",
        ["userprofile"] = @"C:\Users\user",
        ["homepath"] = @"\Users\user",
        ["username"] = "user",
        ["computername"] = "DESKTOP",
        ["cd"] = @"C:\Users\user",
        ["date"] = "01/01/2025",
        ["time"] = "12:00:00.00",
        ["random"] = "12345",
        ["errorlevel"] = "0",
        ["userdomain"] = "DESKTOP",
        ["sessionname"] = "Console",
        ["number_of_processors"] = "8",
        ["cmdcmdline"] = "cmd",
        ["logonserver"] = @"\\DESKTOP",
    };

    private readonly CodeUnit _unit;
    private readonly ActSink _acts;
    private readonly CommandRunner _runner;
    private readonly BatchParser _parser;
    private readonly Dictionary<string, string> _variables = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<char, string> _loopVariables = [];
    private readonly List<(string Display, CommandOutput Value)> _symbols = [];
    private readonly Dictionary<string, char> _symbolOf = new(StringComparer.OrdinalIgnoreCase);
    private readonly string _text;
    private readonly bool _isFile;
    private readonly Dictionary<string, int> _labels = new(StringComparer.OrdinalIgnoreCase);
    private int _commands;
    private List<string> _arguments = [];
    private List<string> _given = [];
    private string? _jump;
    private bool _leaves;
    private bool _calls;
    private int _obfuscated;

    public BatchMachine(CodeUnit unit, ActSink acts)
    {
        (_unit, _acts) = (unit, acts);
        _isFile = unit.Depth == 0 || unit.Text.Contains('\n', StringComparison.Ordinal);
        _text = Cleared(unit.Text);
        if (unit.Depth == 0)
            acts.Files.Write(FileLedger.Self, new WrittenFile(Origin.None, null, unit.Text, []));
        _runner = new CommandRunner(unit, acts);
        _parser = new BatchParser(_text, acts.Budget);
    }

    public void Run()
    {
        Polyglot();
        for (var line = 0; line < _parser.LineCount; line++)
        {
            var text = _parser.Line(line).TrimStart(" \t,;=");
            if (text.Length > 1 && text[0] == ':' && text[1] != ':')
                _labels.TryAdd(LabelName(text[1..]), line);
        }

        var visits = new byte[_parser.LineCount];
        Follow(0, visits, 0);
        // What no jump reached is read all the same: a condition may lead there.
        for (var line = 0; line < _parser.LineCount; line++)
        {
            if (visits[line] == 0)
                Follow(line, visits, 0, untilVisited: true);
        }
    }

    private static string LabelName(ReadOnlySpan<char> text)
    {
        text = text.TrimStart(" \t:");
        var end = text.IndexOfAny(LabelEnds);
        return (end < 0 ? text : text[..end]).ToString();
    }

    /// <summary>Characters of the private range stand for values here, so that none may come from the file. Zeros are skipped as cmd skips them.</summary>
    private static string Cleared(string text)
    {
        if (text.StartsWith('\ufeff') || text.StartsWith("ï»¿", StringComparison.Ordinal) || text.StartsWith("ÿþ", StringComparison.Ordinal) || text.StartsWith("þÿ", StringComparison.Ordinal))
            text = new string(' ', text.StartsWith('\ufeff') ? 1 : text[0] == 'ï' ? 3 : 2) + text[(text.StartsWith('\ufeff') ? 1 : text[0] == 'ï' ? 3 : 2)..];
        if (!text.AsSpan().ContainsAnyInRange('\ue000', '\uf8ff') && !text.Contains('\0', StringComparison.Ordinal))
            return text;
        return string.Create(text.Length, text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = source[i] is >= '\ue000' and <= '\uf8ff' ? '?' : source[i] == '\0' ? ' ' : source[i];
        });
    }

    /// <summary>Follows the lines with their jumps.</summary>
    private void Follow(int line, byte[] visits, int depth, bool untilVisited = false)
    {
        while (line < _parser.LineCount && _commands < MaxCommands)
        {
            if (visits[line] >= 2 || (untilVisited && visits[line] > 0))
                return;
            var first = line;
            var node = _parser.Read(ref line, Expand);
            for (var i = first; i < line && i < visits.Length; i++)
                visits[i]++;
            if (node is null)
                continue;
            (_jump, _leaves, _calls) = (null, false, false);
            Execute(node, null);
            if (_leaves && !untilVisited)
                return;
            if (_jump is { } label && _labels.TryGetValue(label, out var target))
            {
                if (_calls)
                {
                    if (depth < 16 && visits[target] < 2)
                    {
                        var before = _arguments;
                        _arguments = _given;
                        Follow(target, visits, depth + 1);
                        _arguments = before;
                        _leaves = false;
                    }
                }
                else if (visits[target] < 1)
                {
                    line = target;
                }
            }
        }
    }

    private char Symbol(string display, CommandOutput value)
    {
        if (value == CommandOutput.Nothing && _symbolOf.TryGetValue(display, out var known))
            return known;
        var symbol = (char)(FirstSymbol + Math.Min(_symbols.Count, MaxSymbols));
        if (_symbols.Count <= MaxSymbols)
            _symbols.Add((display, value));
        if (value == CommandOutput.Nothing)
            _symbolOf[display] = symbol;
        return symbol;
    }

    private bool TrySymbol(char c, out (string Display, CommandOutput Value) symbol)
    {
        symbol = default;
        if (c < FirstSymbol || c - FirstSymbol >= _symbols.Count)
            return false;
        symbol = _symbols[c - FirstSymbol];
        return true;
    }

    /// <summary>The text as a person would read it, with the origin of what is symbolic in it.</summary>
    private CommandWord Word(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange(FirstSymbol, '\uf8ff'))
            return new CommandWord(text);
        var shown = new StringBuilder(text.Length + 16);
        var word = new CommandWord("");
        foreach (var c in text)
        {
            if (TrySymbol(c, out var symbol))
            {
                shown.Append(symbol.Display);
                word = word with { From = word.From | symbol.Value.From, Source = word.Source ?? symbol.Value.Source, Decoders = word.Decoders ?? symbol.Value.Decoders };
            }
            else
            {
                shown.Append(c);
            }
        }

        return word with { Text = shown.ToString() };
    }

    private string Show(string text) => Word(text).Text;

    /// <summary>The first phase: <c>%name%</c> and its variants.</summary>
    private string Expand(string line)
    {
        if (!line.Contains('%', StringComparison.Ordinal))
            return line;
        var result = new StringBuilder(line.Length + 32);
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (c != '%')
            {
                result.Append(c);
                continue;
            }

            if (i + 1 < line.Length && line[i + 1] == '%' && _isFile)
            {
                result.Append('%');
                i++;
                continue;
            }

            if (_isFile && Parameter(line, i, out var end, out var parameter))
            {
                result.Append(parameter);
                i = end - 1;
                continue;
            }

            var close = line.IndexOf('%', i + 1);
            if (close < 0)
            {
                if (!_isFile)
                    result.Append(c);
                continue;
            }

            var inner = line[(i + 1)..close];
            if (!_isFile && (inner.Length == 0 || inner.Contains(' ', StringComparison.Ordinal) && !inner.Contains(':', StringComparison.Ordinal)))
            {
                result.Append(c);
                continue;
            }

            var value = Value(inner);
            if (value is null)
            {
                if (!_isFile)
                {
                    result.Append(c);
                    continue;
                }

                value = "";
            }

            if (inner.Contains(":~", StringComparison.Ordinal) || inner.Contains('=', StringComparison.Ordinal))
                _obfuscated++;
            result.Append(value);
            i = close;
            if (result.Length > MaxValue)
                break;
        }

        return result.ToString();
    }

    /// <summary><c>%1</c>, <c>%*</c>, <c>%~dp0</c>.</summary>
    private bool Parameter(string line, int at, out int end, out string value)
    {
        end = at + 1;
        value = "";
        if (end >= line.Length)
            return false;
        var from = end;
        if (line[end] == '~')
        {
            end++;
            while (end < line.Length && end < at + 12 && line[end] is 'f' or 'd' or 'p' or 'n' or 'x' or 's' or 'a' or 't' or 'z' or 'F' or 'D' or 'P' or 'N' or 'X' or 'S')
                end++;
        }

        if (end >= line.Length || !(char.IsAsciiDigit(line[end]) || (line[end] == '*' && end == from)))
            return false;
        end++;
        var text = line[at..end].ToLowerInvariant();
        var isOwn = text[^1] == '0';
        if (char.IsAsciiDigit(text[^1]) && text[^1] - '1' is >= 0 and var number && number < _arguments.Count)
        {
            value = text[1] == '~' ? _arguments[number].Trim('"') : _arguments[number];
            return true;
        }

        value = Symbol(text, isOwn ? CommandOutput.Nothing : new CommandOutput(null, Origin.Argument)).ToString();
        return true;
    }

    /// <summary>The value of <c>name</c>, <c>name:~1,2</c> or <c>name:a=b</c>; null where the variable is not set.</summary>
    private string? Value(string inner)
    {
        var colon = inner.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? inner : inner[..colon];
        string? value;
        if (_variables.TryGetValue(name, out var known))
            value = known;
        else if (Usual.TryGetValue(name, out var usual))
            value = colon >= 0 ? usual : Symbol("%" + name.ToUpperInvariant() + "%", name.ToUpperInvariant() is "COMPUTERNAME" or "USERNAME" or "USERDOMAIN" ? new CommandOutput(null, Origin.Machine) : CommandOutput.Nothing).ToString();
        else if (CommandRunner.IsSecretName(name))
            value = Symbol("%" + name + "%", new CommandOutput(null, Origin.Secret, name)).ToString();
        else
            return null;
        if (colon < 0)
            return value;
        var rest = inner[(colon + 1)..];
        if (rest.StartsWith('~'))
            return Substring(value, rest[1..]);
        var equals = rest.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            return value;
        var (find, replacement) = (rest[..equals], rest[(equals + 1)..]);
        if (find[0] == '*')
        {
            var at = value.IndexOf(find[1..], StringComparison.OrdinalIgnoreCase);
            return find.Length < 2 || at < 0 ? value : replacement + value[(at + find.Length - 1)..];
        }

        if (replacement.Length > find.Length && (long)value.Length * replacement.Length > MaxValue * 4)
            return value;
        return value.Replace(find, replacement, StringComparison.OrdinalIgnoreCase);
    }

    private static string Substring(string value, string range)
    {
        var comma = range.IndexOf(',', StringComparison.Ordinal);
        if (!Number(comma < 0 ? range : range[..comma], out var start))
            return value;
        var length = value.Length;
        if (start < 0)
            start = Math.Max(0, value.Length + start);
        if (start >= value.Length)
            return "";
        if (comma >= 0)
        {
            if (!Number(range[(comma + 1)..], out var count))
                return value;
            length = count < 0 ? value.Length + count - start : count;
        }
        else
        {
            length -= start;
        }

        return length <= 0 ? "" : value.Substring(start, Math.Min(length, value.Length - start));
    }

    private static bool Number(string text, out int number)
    {
        text = text.Trim();
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return int.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out number);
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>The last phases: loop variables and <c>!name!</c>.</summary>
    private string Late(string text)
    {
        if (_loopVariables.Count > 0 && text.Contains('%', StringComparison.Ordinal))
        {
            var result = new StringBuilder(text.Length + 16);
            for (var i = 0; i < text.Length; i++)
            {
                if (text[i] != '%' || i + 1 >= text.Length)
                {
                    result.Append(text[i]);
                    continue;
                }

                var end = i + 1;
                if (text[end] == '%')
                    end++; // in code that is no file the doubled form occurs all the same
                var from = end;
                if (end < text.Length && text[end] == '~')
                {
                    end++;
                    while (end + 1 < text.Length && text[end] is 'f' or 'd' or 'p' or 'n' or 'x' or 's' && _loopVariables.ContainsKey(text[end + 1]) | text[end + 1] is 'f' or 'd' or 'p' or 'n' or 'x' or 's')
                        end++;
                }

                if (end < text.Length && _loopVariables.TryGetValue(text[end], out var value))
                {
                    result.Append(end > from ? value.Trim('"') : value);
                    i = end;
                }
                else
                {
                    result.Append(text[i]);
                }

                if (result.Length > MaxValue)
                    break;
            }

            text = result.ToString();
        }

        if (!text.Contains('!', StringComparison.Ordinal))
            return text;
        var late = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            var close = text[i] == '!' ? text.IndexOf('!', i + 1) : -1;
            if (close < 0 || close == i + 1)
            {
                late.Append(text[i]);
                continue;
            }

            var inner = text[(i + 1)..close];
            var value = inner.Length < 200 ? Value(inner) : null;
            if (value is null)
            {
                late.Append(text[i]);
                continue;
            }

            late.Append(value);
            i = close;
            if (late.Length > MaxValue)
                break;
        }

        return late.ToString();
    }

    private CommandOutput Execute(BatchNode node, CommandOutput? input)
    {
        if (++_commands > MaxCommands)
            return CommandOutput.Nothing;
        CommandOutput output;
        switch (node.Kind)
        {
            case BatchNodeKind.Block:
                {
                    var text = new StringBuilder();
                    var (origin, source, exact) = (Origin.None, (string?)null, true);
                    IReadOnlyList<string>? decoders = null;
                    foreach (var item in node.Items)
                    {
                        var one = Execute(item, input);
                        origin |= one.From;
                        source ??= one.Source;
                        decoders ??= one.Decoders;
                        if (one.Text is null)
                            exact &= one.From == Origin.None;
                        else if (text.Length < MaxValue)
                            text.Append(one.Text);
                    }

                    output = new CommandOutput(exact && text.Length > 0 ? text.ToString() : null, origin, source, decoders);
                    break;
                }

            case BatchNodeKind.Pipe:
                output = input ?? CommandOutput.Nothing;
                for (var i = 0; i < node.Items.Count; i++)
                    output = Execute(node.Items[i], i == 0 ? input : output);
                break;
            case BatchNodeKind.If:
                {
                    output = CommandOutput.Nothing;
                    var before = (_jump, _leaves);
                    foreach (var item in node.Items)
                        output = Execute(item, input);
                    // A jump that depends on something may not happen: what follows is read, and the label later.
                    if (!_calls)
                        (_jump, _leaves) = before;
                    break;
                }

            case BatchNodeKind.For:
                output = Loop(node, input);
                break;
            default:
                output = Command(node, input);
                break;
        }

        foreach (var redirect in node.Redirects)
        {
            if (redirect.Input)
                continue;
            var target = Show(Late(redirect.Target));
            if (target.Length == 0 || target.Equals("nul", StringComparison.OrdinalIgnoreCase))
                continue;
            var written = new WrittenFile(output.From & (Origin.Network | Origin.Decoded | Origin.Secret | Origin.Machine), output.Source, output.Text, output.Decoders ?? []);
            if (redirect.Append)
                _acts.Files.Append(target, written);
            else
                _acts.Files.Write(target, written);
            _runner.Place(target, written with { Text = written.Text ?? "" }, Place(node), $"> {target}");
            output = CommandOutput.Nothing;
        }

        return output;
    }

    private static int Place(BatchNode node) => node.Index;

    private CommandOutput Command(BatchNode node, CommandOutput? input)
    {
        var text = Late(node.Text).Trim();
        if (text.Length == 0)
            return CommandOutput.Nothing;
        foreach (var redirect in node.Redirects)
        {
            if (redirect.Input && _acts.Files.Find(Show(redirect.Target)) is { } file)
                input = new CommandOutput(file.Text, file.From, file.Source, file.Decoders);
        }

        var end = text.AsSpan().IndexOfAny(WordEnds);
        var name = text[0] == '"' ? "" : (end < 0 ? text : text[..end]).ToLowerInvariant();
        if (name.Length > 5 && name.StartsWith("echo", StringComparison.Ordinal) && name[4] is '.' or ':' or '[' or '+')
            name = "echo";
        var rest = name.Length == 0 ? "" : text[name.Length..];
        switch (name)
        {
            case "rem" or "title" or "color" or "pause" or "cls" or "setlocal" or "endlocal" or "chcp" or "mode" or "popd" or "prompt" or "ver" or "assoc" or "verify" or "break":
                return CommandOutput.Nothing;
            case "echo" or "echo." or "echo:":
                {
                    var said = rest.Length > 0 ? rest[1..] : "";
                    var word = Word(said);
                    return said.Trim().ToLowerInvariant() is "off" or "on" ? CommandOutput.Nothing : new CommandOutput(word.Text + "\r\n", word.From, word.Source, word.Decoders);
                }

            case "set":
                return Set(rest.Trim(), node, input);
            case "goto":
                Jump(rest, isCall: false);
                return CommandOutput.Nothing;
            case "exit":
                _leaves = true;
                return CommandOutput.Nothing;
            case "call":
                {
                    var what = rest.Trim();
                    if (what.StartsWith(':'))
                    {
                        Jump(what, isCall: true);
                        _given = CommandLine.Words(what);
                        _given.RemoveAt(0);
                        return CommandOutput.Nothing;
                    }

                    // Another round of expansion.
                    text = Late(Expand(what));
                    if (text.Length == 0 || ++_commands > MaxCommands)
                        return CommandOutput.Nothing;
                    var again = new BatchNode(BatchNodeKind.Command, node.Index) { Text = text };
                    return text.StartsWith("call ", StringComparison.OrdinalIgnoreCase) ? CommandOutput.Nothing : Command(again, input);
                }

            case "if" or "for":
                return CommandOutput.Nothing;
        }

        var shown = Show(text);
        var words = new List<CommandWord>();
        foreach (var word in CommandLine.Words(SplitSwitches(text)))
            words.Add(Word(word));
        if (words.Count == 0)
            return CommandOutput.Nothing;
        if (shown.Contains("ActiveXObject", StringComparison.Ordinal) && words[0].Text is "var" or "new")
            return CommandOutput.Nothing;
        return _runner.Run(words, Place(node), CommandLine.Short(shown, 1000), input);
    }

    /// <summary><c>del/f/q x</c>, <c>cmd/c x</c>: switches may follow a command directly.</summary>
    private static string SplitSwitches(string text)
    {
        var slash = text.AsSpan().IndexOfAny(" \t\"/");
        if (slash <= 0 || text[slash] != '/' || slash > 12)
            return text;
        foreach (var c in text.AsSpan(0, slash))
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '.')
                return text;
        }

        return text[..slash] + " " + text[slash..];
    }

    private void Jump(string rest, bool isCall)
    {
        var label = LabelName(Show(rest).Trim());
        if (label.Equals("eof", StringComparison.OrdinalIgnoreCase))
        {
            _leaves = !isCall;
            return;
        }

        (_jump, _calls) = (label, isCall);
    }

    private CommandOutput Set(string rest, BatchNode node, CommandOutput? input)
    {
        if (rest.StartsWith("/a", StringComparison.OrdinalIgnoreCase))
        {
            var equation = rest[2..].Trim().Trim('"');
            var equals = equation.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                _variables[equation[..equals].Trim()] = Arithmetic(equation[(equals + 1)..])?.ToString(CultureInfo.InvariantCulture) ?? Symbol("%" + equation[..equals].Trim() + "%", CommandOutput.Nothing).ToString();
            return CommandOutput.Nothing;
        }

        var asks = rest.StartsWith("/p", StringComparison.OrdinalIgnoreCase);
        if (asks)
            rest = rest[2..].Trim();
        if (rest.StartsWith('"'))
        {
            var close = rest.LastIndexOf('"');
            rest = close > 0 ? rest[1..close] : rest[1..];
        }

        var at = rest.IndexOf('=', StringComparison.Ordinal);
        if (at <= 0)
            return rest.Length == 0 ? new CommandOutput(null, Origin.Machine | Origin.Secret, "all variables of the environment") : CommandOutput.Nothing;
        var name = rest[..at].Trim();
        if (asks)
        {
            // set /p x=<file reads a file; set /p =text writes one without a line end.
            _variables[name] = input is not null ? input.Text is { } known ? known.Split('\n')[0].TrimEnd('\r') : Symbol("%" + name + "%", input).ToString() : Symbol("%" + name + "%", new CommandOutput(null, Origin.Argument)).ToString();
            return CommandOutput.Nothing;
        }

        var value = rest[(at + 1)..];
        if (value.Length > MaxValue)
            value = value[..MaxValue];
        if (value.Length == 0)
            _variables.Remove(name);
        else
            _variables[name] = value;
        return CommandOutput.Nothing;
    }

    /// <summary>Sums and the like over plain numbers and variables; null where it is more.</summary>
    private long? Arithmetic(string text)
    {
        long? total = null;
        var op = '+';
        var at = 0;
        for (var terms = 0; at < text.Length && terms < 64; terms++)
        {
            while (at < text.Length && text[at] is ' ' or '(' or ')' or '"')
                at++;
            var end = at;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_' || (end == at && text[end] == '-')))
                end++;
            if (end == at)
                return null;
            var operand = text[at..end];
            if (!Number(operand, out var number) && !(_variables.TryGetValue(operand, out var held) && Number(held, out number)))
                return null;
            long left = total ?? 0;
            total = op switch
            {
                '+' => left + number,
                '-' => left - number,
                '*' => unchecked(left * number),
                '/' when number != 0 => left / number,
                '%' when number != 0 => left % number,
                '^' => left ^ (long)number,
                '&' => left & (long)number,
                '|' => left | (long)(uint)number,
                _ => null,
            };
            if (total is null)
                return null;
            at = end;
            while (at < text.Length && text[at] is ' ' or ')' or '"')
                at++;
            if (at < text.Length)
                op = text[at++];
        }

        return total;
    }

    private CommandOutput Loop(BatchNode node, CommandOutput? input)
    {
        if (node.Items.Count == 0)
            return CommandOutput.Nothing;
        var head = node.Text;
        var open = head.IndexOf('(', StringComparison.Ordinal);
        var close = head.LastIndexOf(')');
        if (open < 0 || close <= open)
            return Execute(node.Items[0], input);
        var options = head[..open];
        var set = Late(head[(open + 1)..close]).Trim();
        var mark = options.LastIndexOf('%');
        var variable = mark >= 0 && mark + 1 < options.Length ? options[mark + 1] : ' ';
        options = mark >= 0 ? options[..mark] : options;
        var switchKind = options.Trim().Length > 1 && options.Trim()[0] == '/' ? char.ToLowerInvariant(options.Trim()[1]) : ' ';
        var values = new List<string>();
        switch (switchKind)
        {
            case 'f':
                LoopText(options, set, node, values);
                break;
            case 'l':
                {
                    var bounds = Show(set).Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
                    if (bounds.Length == 3 && Number(bounds[0], out var start) && Number(bounds[1], out var step) && Number(bounds[2], out var last) && step != 0)
                    {
                        for (long i = start; (step > 0 ? i <= last : i >= last) && values.Count < 512; i += step)
                            values.Add(i.ToString(CultureInfo.InvariantCulture));
                    }

                    break;
                }

            case 'r' or 'd':
                values.Add(Symbol($"%{variable}", new CommandOutput(null, Origin.File)).ToString());
                break;
            default:
                foreach (var word in CommandLine.Words(set.Replace(',', ' ').Replace(';', ' ')))
                    values.Add(word);
                break;
        }

        if (values.Count == 0)
            values.Add(Symbol($"%{variable}", CommandOutput.Nothing).ToString());
        var output = CommandOutput.Nothing;
        var had = _loopVariables.TryGetValue(variable, out var outer);
        var text = new StringBuilder();
        for (var i = 0; i < values.Count && i < (values.Count > MaxLoop ? 512 : MaxLoop) && _commands < MaxCommands; i++)
        {
            SetLoopVariable(variable, values[i], options);
            output = Execute(node.Items[0], input);
            if (output.Text is { } part && text.Length < MaxValue)
                text.Append(part);
        }

        if (had)
            _loopVariables[variable] = outer!;
        else
            _loopVariables.Remove(variable);
        return text.Length > 0 ? output with { Text = text.ToString() } : output;
    }

    /// <summary>The variable, and for more tokens the letters behind it.</summary>
    private void SetLoopVariable(char variable, string value, string options)
    {
        var single = value.Length == 1 && value[0] >= FirstSymbol;
        if (!options.Contains("tokens", StringComparison.OrdinalIgnoreCase) || single)
        {
            _loopVariables[variable] = options.Trim().StartsWith("/f", StringComparison.OrdinalIgnoreCase) && !options.Contains("delims=\"", StringComparison.OrdinalIgnoreCase) && !options.Contains("delims= ", StringComparison.OrdinalIgnoreCase) && !options.Contains("tokens", StringComparison.OrdinalIgnoreCase) && !single && !options.Contains("delims", StringComparison.OrdinalIgnoreCase)
                ? value.Split(' ')[0]
                : value;
            for (var i = 1; single && i < 6; i++)
                _loopVariables[(char)(variable + i)] = value;
            return;
        }

        var at = options.IndexOf("tokens=", StringComparison.OrdinalIgnoreCase);
        var spec = at < 0 ? "1" : options[(at + 7)..].Split([' ', '"'], 2)[0];
        var delimiterAt = options.IndexOf("delims=", StringComparison.OrdinalIgnoreCase);
        var delimiters = delimiterAt < 0 ? " \t" : options[(delimiterAt + 7)..].Split('"')[0];
        if (delimiterAt >= 0 && at > delimiterAt)
            delimiters = delimiters.Split(" tokens", 2)[0];
        var parts = value.Split(delimiters.Length == 0 ? ['\n'] : delimiters.ToCharArray(), StringSplitOptions.RemoveEmptyEntries);
        var letter = variable;
        foreach (var token in spec.Split(','))
        {
            var range = token.TrimEnd('*').Split('-');
            if (token == "*" || !int.TryParse(range[0], out var first))
            {
                _loopVariables[letter++] = value;
                continue;
            }

            var last = range.Length > 1 && int.TryParse(range[1], out var l) ? Math.Min(l, first + 26) : first;
            for (var i = first; i <= last; i++)
                _loopVariables[letter++] = i >= 1 && i <= parts.Length ? parts[i - 1] : "";
            if (token.EndsWith('*'))
                _loopVariables[letter++] = parts.Length > last ? string.Join(' ', parts[last..]) : "";
        }
    }

    /// <summary><c>for /f</c>: over a text, a command or a file.</summary>
    private void LoopText(string options, string set, BatchNode node, List<string> values)
    {
        var backquotes = options.Contains("usebackq", StringComparison.OrdinalIgnoreCase);
        var command = backquotes ? '`' : '\'';
        var text = backquotes ? '\'' : '"';
        CommandOutput output;
        if (set.Length > 1 && set[0] == command && set[^1] == command)
        {
            var line = set[1..^1];
            var parser = new BatchParser(line.Replace("^", "", StringComparison.Ordinal), _acts.Budget);
            var at = 0;
            output = _commands < MaxCommands && parser.Read(ref at, static s => s) is { } inner ? Execute(inner, null) : CommandOutput.Nothing;
        }
        else if (set.Length > 1 && set[0] == text && set[^1] == text)
        {
            values.Add(set[1..^1]);
            return;
        }
        else
        {
            var path = Show(set).Trim('"');
            var file = _acts.Files.Find(CommandRunner.IsSelf(path) ? FileLedger.Self : path);
            output = file is null ? new CommandOutput(null, Origin.File) : new CommandOutput(file.Text, file.From | Origin.File, file.Source, file.Decoders);
        }

        if (output is { Text: { } known } && (output.From & (Origin.Network | Origin.Decoded)) == 0 && known.Length < 4096)
        {
            foreach (var line in known.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                if (values.Count < MaxLoop && line.Trim().Length > 0)
                    values.Add(line.TrimEnd('\r'));
            }

            return;
        }

        var mark = head(node);
        values.Add(Symbol($"%{mark}", output).ToString());

        static char head(BatchNode node)
        {
            var open = node.Text.IndexOf('(', StringComparison.Ordinal);
            var at = open < 0 ? -1 : node.Text.LastIndexOf('%', open);
            return at >= 0 && at + 1 < node.Text.Length ? node.Text[at + 1] : 'i';
        }
    }

    /// <summary>Scripts that are two at once: lines that mean nothing to cmd hide the other one.</summary>
    private void Polyglot()
    {
        if (_unit.Depth > 0)
            return;
        var head = _text.AsSpan(0, Math.Min(_text.Length, 300));
        if (head.Contains("@if (@", StringComparison.OrdinalIgnoreCase) || head.Contains("@set @", StringComparison.OrdinalIgnoreCase) || head.Contains("0</*!", StringComparison.Ordinal))
        {
            if (_acts.Files.First("self " + CodeLanguage.JavaScript))
                _runner.Inner(CodeLanguage.JavaScript, _unit.Text, 0);
        }
    }
}
