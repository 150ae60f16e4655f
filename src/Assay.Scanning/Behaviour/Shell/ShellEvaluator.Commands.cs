using Assay.Formats.Shell;

namespace Assay.Scanning;

/// <summary>One stage of a pipeline.</summary>
/// <param name="Kind">Kind of the command in the table; empty for others.</param>
/// <param name="Text">The command.</param>
/// <param name="ReadsCommands">Whether it is a shell that takes commands from what it reads.</param>
/// <param name="Peer">Where a connection goes, for a stage that is one.</param>
internal sealed record ShellStage(string Kind, string Text, bool ReadsCommands, string? Peer);

/// <summary>What commands mean: one method a kind of <c>shell_commands.tsv</c>.</summary>
internal sealed partial class ShellEvaluator
{
    private readonly Dictionary<string, ShellValue> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<int, ShellValue> _descriptors = [];
    private readonly List<(string Folder, string Stem, ShellValue Value, bool IsClone)> _unpacked = [];
    private readonly HashSet<string> _encrypted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _madeRunnable = new(StringComparer.Ordinal);
    private List<ShellStage>? _stages;
    private string _folder = "";
    private string _loopOver = "";
    private string? _peer;
    private int _looping;
    private int _wipesHistory;
    private int _temporary;
    private bool _silent;

    private ShellValue ExecuteSimple(ShellSimple simple, ShellValue? input)
    {
        var index = At(simple.Start);
        var words = new List<ShellValue>(simple.Words.Count);
        foreach (var word in simple.Words)
        {
            words.AddRange(Expand(word));
            if (words.Count > MaxFields)
                break;
        }

        List<(string Name, ShellValue? Value)>? restored = null;
        var passing = words.Count > 0 && words[0].Text is not ("export" or "declare" or "local" or "readonly" or "typeset");
        foreach (var assignment in simple.Assignments)
        {
            if (passing)
                (restored ??= []).Add((assignment.Name, _variables.GetValueOrDefault(assignment.Name)));
            Assign(assignment);
        }

        var (stdin, target, peer) = Redirect(simple.Redirections, input, index);
        var outer = (_peer, _silent, _stdin);
        _peer = peer;
        _silent = target?.Text == "/dev/null";
        _stdin = stdin ?? _stdin;
        var output = ShellValue.Empty;
        if (words.Count > 0)
        {
            if (words[0].Text == "exec" && words.Count == 1)
                KeepDescriptors(simple.Redirections);
            var captured = target is not null || peer is not null;
            if (captured)
                _capturing++;
            output = Invoke(words, stdin, index);
            if (captured)
                _capturing--;
            if (peer is not null && output.From.HasFlag(Origin.Secret))
                Report(new Act { Deed = Deed.Send, Index = index, Call = "/dev/tcp", Subject = peer, From = output.From, Source = output.Source, Evidence = Evidence(Render(words) + " > /dev/tcp/" + peer), Language = unit.Language });
        }

        (_peer, _silent, _stdin) = outer;
        foreach (var (name, value) in restored ?? [])
        {
            if (value is null)
                _variables.Remove(name);
            else
                _variables[name] = value;
        }

        if (target is not null)
        {
            WriteRedirected(simple.Redirections, target, output, index);
            return ShellValue.Empty;
        }

        return output;
    }

    private (ShellValue? Input, ShellValue? Target, string? Peer) Redirect(IReadOnlyList<ShellRedirection> redirections, ShellValue? input, int index)
    {
        ShellValue? target = null;
        string? peer = null;
        foreach (var redirection in redirections)
        {
            var to = redirection.Operator == "<<" ? ShellValue.Empty : ExpandWhole(redirection.Target);
            switch (redirection.Operator)
            {
                case "<<":
                    input = redirection.Document is { } document ? ExpandWhole(document) : ShellValue.Empty;
                    break;
                case "<<<":
                    input = ShellValue.Concat(to, new ShellValue("\n"));
                    break;
                case "<" or "<>":
                    input = PeerOf(to.Text) is { } from ? FromPeer(from, index) : ReadFile(to, index);
                    if (redirection.Operator == "<>")
                        peer = PeerOf(to.Text) ?? peer;
                    break;
                case "<&":
                    input = int.TryParse(to.Text.TrimEnd('-'), out var descriptor) && _descriptors.TryGetValue(descriptor, out var known) ? known : input;
                    break;
                default:
                    if (PeerOf(to.Text) is { } connected)
                    {
                        _ = FromPeer(connected, index);
                        peer = connected;
                    }
                    else if (redirection.Operator == ">&" && (to.Text is "-" or "" || int.TryParse(to.Text.TrimEnd('-'), out _)))
                    {
                        if (int.TryParse(to.Text.TrimEnd('-'), out var duplicate) && _descriptors.TryGetValue(duplicate, out var channel) && redirection.Descriptor is -1 or 1)
                            peer = channel.Source ?? peer;
                    }
                    else if (redirection.Descriptor is -1 or 1)
                    {
                        target = to;
                    }

                    break;
            }
        }

        return (input, target, peer);
    }

    private void KeepDescriptors(IReadOnlyList<ShellRedirection> redirections)
    {
        foreach (var redirection in redirections)
        {
            var to = redirection.Operator == "<<" ? ShellValue.Empty : ExpandWhole(redirection.Target);
            if (PeerOf(to.Text) is { } peer)
                _descriptors[Math.Max(redirection.Descriptor, 0)] = new ShellValue("") { Known = false, From = Origin.Network, Source = peer };
            else if (int.TryParse(to.Text.TrimEnd('-'), out var other) && _descriptors.TryGetValue(other, out var known))
                _descriptors[Math.Max(redirection.Descriptor, 0)] = known;
        }
    }

    private void WriteRedirected(IReadOnlyList<ShellRedirection> redirections, ShellValue target, ShellValue value, int index)
    {
        if (target.Content is null)
            Write(target, value, redirections.Any(static r => r.Operator is ">>" or "&>>"), index);
    }

    private static string? PeerOf(string path)
    {
        if (!path.StartsWith("/dev/tcp/", StringComparison.Ordinal) && !path.StartsWith("/dev/udp/", StringComparison.Ordinal))
            return null;
        return path[9..].Replace('/', ':');
    }

    private ShellValue FromPeer(string peer, int index)
    {
        Report(new Act { Deed = Deed.Connect, Index = index, Call = "/dev/tcp", Subject = peer, Evidence = Evidence("/dev/tcp/" + peer), Language = unit.Language });
        return new ShellValue("") { Known = false, From = Origin.Network, Source = peer };
    }

    private ShellValue Invoke(List<ShellValue> words, ShellValue? stdin, int index)
    {
        while (words.Count > 1 && words[0].Text is "$" or "%" or "❯" or "➜")
            words = words[1..];
        var first = words[0];
        if (words.Count == 0 || !Step(index) || _depth >= MaxDepth)
            return ShellValue.Unknown;
        _depth++;
        var output = InvokeNamed(first, words, stdin, index);
        _depth--;
        return output;
    }

    private ShellValue InvokeNamed(ShellValue first, List<ShellValue> words, ShellValue? stdin, int index)
    {
        var name = first.Text;
        if (!first.Known && (first.From.HasFlag(Origin.Network) || (first.From.HasFlag(Origin.Decoded) && first.Decoders.Count > 0)))
        {
            ReportRun(Deed.RunCode, first, "$(…)", Render(words), index);
            return ShellValue.Unknown;
        }

        if (_functions.TryGetValue(name, out var function) && !first.IsHidden)
            return CallFunction(function, words, stdin);
        if (_aliases.TryGetValue(name, out var alias) && !name.Contains(' ') && _aliases.Remove(name))
        {
            var output = RunShell(new ShellValue(alias + " " + string.Join(' ', words.Skip(1).Select(static w => "'" + w.Text.Replace("'", "'\\''", StringComparison.Ordinal) + "'"))), index);
            _aliases[name] = alias;
            return output;
        }

        var slash = name.LastIndexOf('/');
        var bare = slash < 0 ? name : name[(slash + 1)..];
        var resolved = first.IsHidden;
        if (first.IsPattern && bare.AsSpan().ContainsAny("*?[") && bare.Length > 1)
        {
            if (ShellCommandTable.Fitting(bare) is { } fitting && (slash < 0 || name[..slash] is var folder && (folder.EndsWith("bin", StringComparison.Ordinal) || folder.AsSpan().ContainsAny("*?["))))
                (bare, resolved) = (fitting, true);
        }

        var row = ShellCommandTable.Find(bare);
        if (row is null && !first.Known && bare.Contains('$') && WithoutUnset(bare) is { } joined && ShellCommandTable.Find(joined) is { Kind: "fetch" or "interpreter" or "socket" or "decoder" } found)
            (row, resolved) = (found, true);
        if (resolved && (row is not null || first.From != Origin.None))
        {
            var shown = row is null ? Render(words) : bare + (words.Count > 1 ? " " + Render(words[1..]) : "");
            Report(new Act { Deed = Deed.RunProgram, Index = index, Call = bare, Subject = shown, From = Origin.Computed, Evidence = Evidence(shown), Language = unit.Language, Confidence = row is null ? Confidence.Medium : Confidence.High });
        }
        else if (first.Decoders.Count > 0 && first.Known && name.Length > 0)
        {
            ReportRun(Deed.RunCode, first, bare, Render(words), index);
        }

        if (_stages is not null)
            _stages.Add(new ShellStage(row?.Kind ?? "", Render(words), row?.Kind == "interpreter" && ReadsCommands(row, words), null));
        JudgeMiner(bare, row, words, index);
        if (slash >= 0 && (row is null || name[0] is '.' or '~' or '$' || FileOf(name) is not null))
        {
            if (row is null || FileOf(name) is { From: not Origin.None } || name[0] == '.')
            {
                RunFile(first, null, words, index);
                return Opaque(words, stdin);
            }
        }

        return row is null ? InvokeBuiltin(bare, words, stdin, index) : Dispatch(row, words, stdin, index);
    }

    private static string? WithoutUnset(string name)
    {
        var text = new System.Text.StringBuilder(name.Length);
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] != '$')
            {
                text.Append(name[i]);
                continue;
            }

            // In the middle of letters an unset variable is nothing.
            if (i == 0 || name.IndexOf('}', i) is not (> 0 and var close) || close + 1 == name.Length)
                return null;
            i = close;
        }

        return text.ToString();
    }

    private static bool ReadsCommands(ShellCommandRow row, List<ShellValue> words)
    {
        var arguments = new ShellArguments(words[1..], row.ValueOptions, stopsAtOperand: true);
        return arguments.Has("-i", "-s") || (arguments.Operands.Count == 0 && !arguments.Has("-c", "-e", "-m", "-r", "--version", "-V"));
    }

    private ShellValue CallFunction(ShellFunction function, List<ShellValue> words, ShellValue? stdin)
    {
        _called.Add(function.Name);
        var outer = (_positional, _place, _stages);
        if (_stages is not null)
            _stages.Add(new ShellStage("", Render(words), false, null));
        _positional = words[1..];
        _place = _functionPlaces[function.Name];
        _stages = null;
        var output = Execute(function.Body, stdin);
        (_positional, _place, _stages) = outer;
        return output;
    }

    private ShellValue Dispatch(ShellCommandRow row, List<ShellValue> words, ShellValue? stdin, int index)
    {
        var rest = words[1..];
        var arguments = new ShellArguments(rest, row.ValueOptions, stopsAtOperand: row.Kind is "interpreter" or "wrapper" or "launcher" or "arguments" or "remote" or "container");
        switch (row.Kind)
        {
            case "interpreter": return Interpret(row, arguments, words, stdin, index);
            case "wrapper": return Wrap(row, arguments, words, stdin, index);
            case "launcher": return Launch(arguments, words, index);
            case "arguments": return PassArguments(row, arguments, words, stdin, index);
            case "find": return Find(rest, index);
            case "print": return Print(row.Name, rest);
            case "filter": return Filter(row, arguments, rest, stdin, index);
            case "decoder": return Decode(row, arguments, rest, words, stdin, index);
            case "fetch": return Fetch(row, arguments, words, stdin, index);
            case "copy-remote": return CopyRemote(row, arguments, words, index);
            case "hub": return FetchFromHub(row, arguments, words, index);
            case "clone": return Clone(row, arguments, words, index);
            case "socket": return Connect(row, arguments, words, stdin, index);
            case "lookup": return LookUp(row, arguments, words, index);
            case "mail": return Mail(row, arguments, words, stdin, index);
            case "remote": return Remote(row, arguments, words, stdin, index);
            case "archive": return Archive(row, arguments, rest, words, stdin, index);
            case "install" or "package" or "build": return Install(row, arguments, words, index);
            case "cron": return Cron(arguments, words, stdin, index);
            case "later":
                if (stdin is not null)
                    JudgeStart(StartPlace.Cron, row.Name, stdin, index);
                return ShellValue.Empty;
            case "service": JudgeService(row, arguments, words, index); return ShellValue.Unknown;
            case "kill": JudgeKill(row, arguments, words, index); return ShellValue.Empty;
            case "remove" or "wipe": Remove(row, arguments, words, index); return ShellValue.Empty;
            case "format": Format(row, arguments, words, index); return ShellValue.Empty;
            case "transfer": Transfer(row, arguments, words, index); return ShellValue.Empty;
            case "mode": ChangeMode(row, arguments, words, index); return ShellValue.Empty;
            case "guard": JudgeGuard(row, arguments, words, index); return ShellValue.Unknown;
            case "secret": return ReadSystemSecret(row, arguments, words, index);
            case "machine": return new ShellValue("") { Known = false, From = Origin.Machine, Source = row.Name };
            case "environment":
                if (arguments.Operands.Count > 0 && arguments.Operands[0].Text is var variable)
                    return Lookup(variable, null) ?? Unset(variable);
                return WholeEnvironment;
            case "spy":
                if (row.Name is not ("import" or "xclip" or "xsel" or "pbpaste" or "arecord" or "gnome-screenshot") || (row.Name == "import" && arguments.Has("-window")))
                    Report(new Act { Deed = Deed.Spy, Index = index, Call = row.Name, Evidence = Evidence(Render(words)), Language = unit.Language, Confidence = Confidence.Medium });
                return new ShellValue("") { Known = false, From = Origin.Machine, Source = row.Name };
            case "virtual":
                Report(new Act { Deed = Deed.DetectAnalysis, Index = index, Call = row.Name, Evidence = Evidence(Render(words)), Language = unit.Language, Confidence = Confidence.Low });
                return ShellValue.Unknown;
            case "container": return Contain(row, arguments, words, stdin, index);
            case "account": JudgeAccount(row, arguments, words, index); return ShellValue.Unknown;
            case "open": Open(arguments, words, index); return ShellValue.Empty;
            case "module":
                if (arguments.Operands is [var module, ..] && (FileOf(module.Text)?.From.HasFlag(Origin.Network) ?? false))
                    ReportRun(Deed.RunProgram, FileOf(module.Text)!, row.Name, Render(words), index);
                return ShellValue.Empty;
            default: return Opaque(words, stdin);
        }
    }

    private static ShellValue WholeEnvironment { get; } = new("") { Known = false, From = Origin.Secret | Origin.Environment, Source = "environment" };

    /// <summary>What a program that is not known gives: something made of what it got.</summary>
    private static ShellValue Opaque(List<ShellValue> words, ShellValue? stdin) =>
        stdin is { } input ? input.Opaque() : ShellValue.Unknown with { From = words.Count > 0 ? words[^1].From & (Origin.Secret | Origin.Network) : Origin.None, Source = words.Count > 0 ? words[^1].Source : null };

    private ShellValue InvokeBuiltin(string name, List<ShellValue> words, ShellValue? stdin, int index)
    {
        switch (name)
        {
            case "eval":
                var code = ShellValue.Empty;
                foreach (var word in words.Skip(1))
                    code = ShellValue.Concat(code.Text.Length > 0 ? ShellValue.Concat(code, new ShellValue(" ")) : code, word);
                return RunText(code, "eval", words, index, CodeLanguage.Shell);
            case "source" or ".":
                if (words.Count > 1)
                    RunFile(words[1], CodeLanguage.Shell, words, index, stdin);
                return ShellValue.Unknown;
            case "trap":
                if (words.Count > 2 && words[1].Text is not ("-" or "") && words[1].Text.Contains(' '))
                    RunShell(words[1], index);
                return ShellValue.Empty;
            case "alias":
                foreach (var word in words.Skip(1))
                {
                    var equals = word.Text.IndexOf('=');
                    if (equals > 0 && word.Known && _aliases.Count < 500)
                        _aliases[word.Text[..equals]] = word.Text[(equals + 1)..];
                }

                return ShellValue.Empty;
            case "unset":
                foreach (var word in words.Skip(1))
                {
                    _variables.Remove(word.Text);
                    if (word.Text is "HISTFILE" or "HISTSIZE" or "HISTFILESIZE")
                        NoteHistory(words, index);
                }

                return ShellValue.Empty;
            case "set" when words.Count == 1:
                return WholeEnvironment;
            case "set":
                if (words[1].Text == "--")
                    _positional = words[2..];
                else if (words[1].Text.Length > 0 && words[1].Text[0] is not ('-' or '+'))
                    _positional = words[1..];
                else if (words.Exists(static w => w.Text == "history") && words[1].Text == "+o")
                    NoteHistory(words, index);
                return ShellValue.Empty;
            case "shift":
                var count = words.Count > 1 && int.TryParse(words[1].Text, out var n) ? n : 1;
                _positional = count > 0 && count <= _positional.Count ? _positional[count..] : [];
                return ShellValue.Empty;
            case "history":
                if (words.Exists(static w => w.Text is "-c" or "-cw" or "-wc"))
                    NoteHistory(words, index);
                return new ShellValue("") { Known = false, From = Origin.Secret, Source = "history" };
            case "cd" or "pushd":
                var to = words.Skip(1).FirstOrDefault(static w => !w.Text.StartsWith('-'));
                if (to is not null)
                    _folder = Place(to.Text);
                return ShellValue.Empty;
            case "pwd":
                return new ShellValue(_folder.Length == 0 ? "." : _folder);
            case "read" or "mapfile" or "readarray":
                Read(name, words, stdin ?? _stdin);
                return ShellValue.Empty;
            case "let" or "((":
                foreach (var word in words.Skip(1))
                    _ = Arithmetic(word.Text);
                return ShellValue.Empty;
            case "su" or "runuser" or "script":
                var row = new HashSet<string> { "-c", "--command", "-s", "-l" };
                if (new ShellArguments(words[1..], row).First("-c", "--command") is { } command)
                    return RunText(command, name, words, index, CodeLanguage.Shell);
                return ShellValue.Empty;
            case "mkfifo" or "mknod":
                foreach (var word in words.Skip(1))
                    _files[Place(word.Text)] = new ShellValue("") { Known = false, Source = "fifo" };
                return ShellValue.Empty;
            case "which" or "type" or "basename" or "dirname" or "realpath" or "readlink" or "seq" or "date" or "hostname" or "test" or "[" or "true" or "false" or "wc" or "sleep" or "wait" or "exit" or "return" or "mkdir" or "touch" or ":" or "popd" or "ssh-keygen" or "ssh-add" or "ulimit" or "umask":
                return Simple(name, words);
            case "mktemp":
                return new ShellValue($"/tmp/tmp.{++_temporary}");
            case "mount":
                if (words.Exists(static w => ShellPaths.IsSystemDisk(w.Text)) && words.Count > 2)
                    Report(new Act { Deed = Deed.Elevate, Index = index, Call = name, Subject = Render(words), Evidence = Evidence(Render(words)), Language = unit.Language, Confidence = Confidence.Low });
                return ShellValue.Empty;
            case "truncate" or "fallocate":
                return ShellValue.Empty;
            case "dump-environment":
                return WholeEnvironment;
            default:
                return Opaque(words, stdin);
        }
    }

    private static ShellValue Simple(string name, List<ShellValue> words)
    {
        if (words.Count < 2 || !words[^1].Known)
            return ShellValue.Unknown;
        var last = words[^1].Text;
        switch (name)
        {
            case "which": return new ShellValue(last);
            case "basename": return new ShellValue(last[(last.TrimEnd('/').LastIndexOf('/') + 1)..]);
            case "dirname": return last.LastIndexOf('/') is > 0 and var at ? new ShellValue(last[..at]) : new ShellValue(".");
            case "realpath" or "readlink": return new ShellValue(last);
            case "seq":
                var numbers = words.Skip(1).Select(static w => long.TryParse(w.Text, out var n) ? n : 0).ToArray();
                var (from, to) = numbers.Length == 1 ? (1, numbers[0]) : (numbers[0], numbers[^1]);
                if (to - from is < 0 or > 512 || words.Skip(1).Any(static w => w.Text.StartsWith('-')))
                    return ShellValue.Unknown;
                return new ShellValue(string.Join('\n', Enumerable.Range((int)Math.Clamp(from, -100000, 100000), (int)(to - from) + 1)));
            default: return ShellValue.Unknown;
        }
    }

    private void Read(string name, List<ShellValue> words, ShellValue? stdin)
    {
        var arguments = new ShellArguments(words[1..], new HashSet<string> { "-p", "-d", "-n", "-N", "-t", "-u", "-i", "-a", "-C", "-O" });
        if (arguments.First("-u") is { } descriptor && int.TryParse(descriptor.Text, out var fd) && _descriptors.TryGetValue(fd, out var channel))
            stdin = channel;
        var value = stdin ?? new ShellValue("") { Known = false, From = Origin.Argument };
        var names = arguments.Operands;
        if (arguments.First("-a") is { } array || (name != "read" && (array = names.FirstOrDefault()!) is not null))
        {
            var separators = _variables.TryGetValue("IFS", out var ifs) && ifs.Known && name == "read" ? ifs.Text : name == "read" ? " \t\n" : "\n";
            _arrays[array.Text] = value.Known ? [.. value.Text.Split(separators.ToCharArray(), StringSplitOptions.RemoveEmptyEntries).Take(MaxFields).Select(t => value with { Text = t })] : [value];
            return;
        }

        var fields = new List<ShellValue>();
        if (names.Count > 1 && value.Known)
        {
            var pieces = new List<ShellValue>();
            var line = value.Text.IndexOf('\n') is >= 0 and var end ? value with { Text = value.Text[..end] } : value;
            Split(line, fields, pieces);
            Finish(fields, pieces);
        }

        for (var i = 0; i < Math.Max(1, names.Count); i++)
            _variables[names.Count == 0 ? "REPLY" : names[i].Text] = names.Count > 1 && value.Known ? i < fields.Count ? fields[i] : ShellValue.Empty : value.Known ? value with { Text = value.Text.TrimEnd('\n') } : value;
    }

    /// <summary>Runs code that an interpreter is given as text.</summary>
    private ShellValue RunText(ShellValue code, string call, List<ShellValue> words, int index, CodeLanguage language)
    {
        if (code.Text.Length == 0 && code.Known)
            return ShellValue.Empty;
        ReportRun(Deed.RunCode, code, call, Render(words), index);
        if (code.Text.Length == 0)
            return ShellValue.Unknown;
        if (language != CodeLanguage.Shell)
        {
            RunOther(language, code, index);
            return ShellValue.Unknown;
        }

        return RunShell(code, index);
    }

    private ShellValue RunShell(ShellValue code, int index)
    {
        if (_depth >= MaxDepth || code.Text.Length == 0)
            return ShellValue.Unknown;
        var script = ShellParser.Parse(code.Text, Budget, out _);
        var outer = (_place, _from, _decoders);
        var at = index;
        _place = _ => at;
        _from |= code.From & Hidden;
        if (code.Decoders.Count > 0)
            _decoders = code.Decoders;
        _depth++;
        var output = Execute(script, null);
        _depth--;
        (_place, _from, _decoders) = outer;
        return output;
    }

    private void RunOther(CodeLanguage language, ShellValue code, int index)
    {
        if (language == CodeLanguage.None || code.Text.Length == 0)
            return;
        var inner = new CodeUnit(language, code.Text, _reach) { Depth = unit.Depth + 1, Place = _ => index, From = _from | (code.From & Hidden), Decoders = code.Decoders.Count > 0 ? code.Decoders : _decoders };
        LanguageCatalog.Analyse(inner, acts);
    }

    /// <summary>Reports that something is run, where it comes from a network or was hidden.</summary>
    private void ReportRun(Deed deed, ShellValue what, string call, string evidence, int index, Confidence confidence = Confidence.High)
    {
        var from = what.From & (Origin.Network | Origin.Decoded | Origin.Computed);
        if (from == Origin.None)
            return;
        if (from == Origin.Decoded && !what.Known && what.Decoders.All(static d => d is "gzip" or "password"))
            confidence = Confidence.Medium;
        if (from == Origin.Computed && !what.Known)
            return;
        Report(new Act
        {
            Deed = deed,
            Index = index,
            Call = call,
            Subject = what.Known && what.Text.Length > 0 ? what.Text.Length > 2000 ? what.Text[..2000] : what.Text : what.Source,
            From = from,
            Source = from.HasFlag(Origin.Network) ? what.Source : null,
            Evidence = Evidence(what.Known && from != Origin.Network ? evidence + " → " + (what.Text.Length > 500 ? what.Text[..500] + "…" : what.Text) : evidence),
            Language = unit.Language,
            Confidence = confidence,
            Decoders = what.Decoders,
        });
        if (from.HasFlag(Origin.Network) && _background && _silent && confidence >= Confidence.Medium)
            Report(new Act { Deed = Deed.Hide, Index = index, Call = call, Evidence = Evidence(evidence + " >/dev/null &"), Language = unit.Language, Confidence = Confidence.Medium });
    }

    private ShellValue Interpret(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, ShellValue? stdin, int index)
    {
        var language = row.Detail.Split(' ') switch
        {
            ["Shell", ..] => CodeLanguage.Shell,
            ["Python", ..] => CodeLanguage.Python,
            ["JavaScript", ..] => CodeLanguage.JavaScript,
            ["Perl", ..] => CodeLanguage.Perl,
            ["PowerShell", ..] => CodeLanguage.PowerShell,
            _ => CodeLanguage.None,
        };
        if (_peer is not null)
            Report(new Act { Deed = Deed.ReverseShell, Index = index, Call = row.Name, Subject = _peer, Evidence = Evidence(Render(words) + " >& /dev/tcp/" + _peer), Language = unit.Language });
        if (language == CodeLanguage.PowerShell)
        {
            RunOther(CodeLanguage.PowerShell, ShellValue.Concat([.. words], " "), index);
            return ShellValue.Unknown;
        }

        string[] options = [.. row.Detail.Split(' ').Skip(1)];
        var code = arguments.All(options).LastOrDefault();
        if (row.Name == "perl" && code is null && words.Find(static w => w.Text.Length > 2 && w.Text[0] == '-' && w.Text[^1] is 'e' or 'E' && w.Text.Length < 8) is { } cluster && words.IndexOf(cluster) + 1 < words.Count)
            code = words[words.IndexOf(cluster) + 1];
        if (language == CodeLanguage.Shell && code is null && words.Find(static w => w.Text.Length is > 2 and < 8 && w.Text[0] == '-' && w.Text[1] != '-' && w.Text[^1] == 'c') is { } login && words.IndexOf(login) + 1 < words.Count)
            code = words[words.IndexOf(login) + 1];
        if (code is not null)
        {
            if (language == CodeLanguage.Shell)
            {
                var outer = _positional;
                if (arguments.Operands.Count > 1)
                    _positional = arguments.Operands[1..];
                var output = RunText(code, row.Name, words, index, language);
                _positional = outer;
                return output;
            }

            _ = RunText(code, row.Name, words, index, language);
            JudgeOneLiner(row, code, words, index);
            var isExecuted = (code.Text.Contains("exec", StringComparison.Ordinal) || code.Text.Contains("eval", StringComparison.Ordinal)) && code.Text.Contains("stdin", StringComparison.Ordinal);
            if (isExecuted && stdin is not null)
                ReportRun(Deed.RunCode, stdin, row.Name, Render(words), index);
            return stdin is { } data ? data.Opaque() : language == CodeLanguage.Python && FetchesInCode(code.Text) is { } address ? new ShellValue("") { Known = false, From = Origin.Network, Source = address } : ShellValue.Unknown;
        }

        if (row.Name == "python" || row.Name is "python" or "pypy" || language == CodeLanguage.Python)
        {
            if (arguments.First("-m") is { } module)
                return RunModule(module.Text, words, stdin, index);
        }

        if (row.Name is "deno" or "bun" && arguments.Operands is [{ Text: "run" or "x" or "install" }, ..])
            arguments.Operands.RemoveAt(0);
        if (arguments.Operands is [var file, ..] && file.Text is not ("-" or "/dev/stdin" or "/proc/self/fd/0") && !(language == CodeLanguage.Shell && arguments.Has("-s")))
        {
            if (file.Text.StartsWith("http://", StringComparison.Ordinal) || file.Text.StartsWith("https://", StringComparison.Ordinal))
                ReportRun(Deed.RunCode, new ShellValue("") { Known = false, From = Origin.Network, Source = file.Text }, row.Name, Render(words), index);
            else
                RunFile(file, language, words, index);
            return Opaque(words, stdin);
        }

        if ((stdin ?? (_stages is null ? null : _stdin)) is { } input)
        {
            var outer = _positional;
            if (arguments.Operands.Count > 0)
                _positional = arguments.Operands[(arguments.Operands[0].Text is "-" or "/dev/stdin" ? 1 : 0)..];
            var output = RunText(input, row.Name, words, index, language);
            _positional = outer;
            if (language == CodeLanguage.None)
                JudgeOneLiner(row, input, words, index);
            return output;
        }

        return ShellValue.Unknown;
    }

    /// <summary>The address in a line of Python that prints what it fetches.</summary>
    private static string? FetchesInCode(string code)
    {
        if (!code.Contains("print", StringComparison.Ordinal) && !code.Contains("write", StringComparison.Ordinal))
            return null;
        if (!code.Contains("urlopen", StringComparison.Ordinal) && !code.Contains("requests.get", StringComparison.Ordinal))
            return null;
        var at = code.IndexOf("http", StringComparison.Ordinal);
        if (at < 0)
            return null;
        var end = code.AsSpan(at).IndexOfAny("'\" )");
        return end < 0 ? code[at..] : code[at..(at + end)];
    }

    private ShellValue RunModule(string module, List<ShellValue> words, ShellValue? stdin, int index)
    {
        var at = words.FindIndex(static w => w.Text == "-m");
        var rest = words[Math.Min(at + 1, words.Count)..];
        switch (module)
        {
            case "pip" or "pipx" or "uv" or "conda" or "ensurepip" or "poetry":
                return rest.Count > 1 ? Invoke(rest, stdin, index) : ShellValue.Unknown;
            case "base64" or "base32" when rest.Count > 1:
                return Invoke([new ShellValue("base64"), .. rest[1..]], stdin, index);
            case "torch.distributed.run" or "torch.distributed.launch" or "accelerate.commands.launch" or "deepspeed.launcher.runner":
                return Launch(new ShellArguments(rest[1..], new HashSet<string>()), words, index);
            case "http.server" or "SimpleHTTPServer" or "venv" or "virtualenv" or "json.tool" or "pytest" or "ipykernel" or "build":
                return ShellValue.Unknown;
        }

        var file = module.Replace('.', '/') + ".py";
        if (FileOf(file) is { From: not Origin.None } fetched)
            ReportRun(Deed.RunProgram, fetched, "python -m", Render(words), index);
        else
            Report(new Act { Deed = Deed.RunSibling, Index = index, Call = "python -m", Subject = module, Files = [file, module.Replace('.', '/') + "/__main__.py"], Evidence = Evidence(Render(words)), Language = unit.Language });
        return ShellValue.Unknown;
    }

    private ShellValue Wrap(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, ShellValue? stdin, int index)
    {
        var operands = arguments.Operands;
        var skip = int.Parse(row.Detail, System.Globalization.CultureInfo.InvariantCulture);
        if (row.Name == "exec" && arguments.First("-a") is { } disguise && disguise.Text.StartsWith('['))
            Report(new Act { Deed = Deed.Hide, Index = index, Call = "exec -a", Subject = disguise.Text, Evidence = Evidence(Render(words)), Language = unit.Language });
        if (row.Name == "env" || row.Name == "sudo" || row.Name == "doas")
        {
            while (operands.Count > 0 && operands[0].Text.IndexOf('=') is > 0 and var equals && operands[0].Text[..equals].All(static c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            {
                JudgeAssignment(operands[0].Text[..equals], operands[0] with { Text = operands[0].Text[(equals + 1)..] }, index);
                operands.RemoveAt(0);
            }

            if (row.Name == "env" && arguments.First("-S", "--split-string") is { } split)
                return RunText(split, "env -S", words, index, CodeLanguage.Shell);
            if (row.Name == "env" && operands.Count == 0)
                return WholeEnvironment;
        }

        if (row.Name == "nsenter" && (arguments.First("-t", "--target")?.Text == "1" || words.Exists(static w => w.Text is "-t1" or "--target=1")))
            Report(new Act { Deed = Deed.Elevate, Index = index, Call = row.Name, Subject = Render(words), Evidence = Evidence(Render(words)), Language = unit.Language });
        if (row.Name is "command" or "builtin" && arguments.Has("-v", "-V"))
            return operands.Count > 0 ? operands[0] : ShellValue.Unknown;
        if (row.Name == "systemd-run" && arguments.First("--on-calendar", "--on-boot", "--on-active") is not null && operands.Count > 0)
            JudgeStart(StartPlace.Unit, row.Name, new ShellValue("ExecStart=" + Render(operands)), index);
        if (row.Name is "flock" && arguments.First("-c") is { } locked)
            return RunText(locked, row.Name, words, index, CodeLanguage.Shell);
        if (row.Name == "watch" && operands.Count > 0)
            return RunText(ShellValue.Concat([.. operands], " "), row.Name, words, index, CodeLanguage.Shell);
        if (row.Name is "sudo" && arguments.Has("-s", "-i") && operands.Count == 0)
            return stdin is null ? ShellValue.Unknown : RunText(stdin, row.Name, words, index, CodeLanguage.Shell);
        if (row.Name is "taskset" or "chrt" && arguments.Has("-c"))
            skip = 1;
        if (operands.Count <= skip)
            return row.Name == "chroot" && stdin is not null ? RunText(stdin, row.Name, words, index, CodeLanguage.Shell) : ShellValue.Unknown;
        return Invoke(operands[skip..], stdin, index);
    }

    private ShellValue Launch(ShellArguments arguments, List<ShellValue> words, int index)
    {
        foreach (var word in arguments.Operands.Concat(words))
        {
            if (word.Text.EndsWith(".py", StringComparison.Ordinal))
            {
                RunFile(word, CodeLanguage.Python, words, index);
                break;
            }
        }

        return ShellValue.Unknown;
    }

    private ShellValue PassArguments(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, ShellValue? stdin, int index)
    {
        var operands = arguments.Operands.ToList();
        var input = stdin ?? ShellValue.Unknown;
        if (operands.Count == 0)
            return input with { Text = input.Text.Trim().Replace('\n', ' ') };
        var replace = arguments.First("-I", "-i")?.Text ?? (row.Name == "parallel" || arguments.Has("-i") ? "{}" : null);
        var items = input.Known ? input.Text.Split(arguments.Has("-0", "-d") ? ['\0', '\n'] : [' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries).Take(64).Select(t => input with { Text = t }).ToList() : [input.Text.Length > 0 ? input : new ShellValue("{}") { Known = false, From = input.From, Source = input.Source, Decoders = input.Decoders }];
        if (arguments.Has("-0") && input.Known)
            items = [input with { Text = input.Text.TrimEnd('\n', '\0') }];
        _looping++;
        var outer = _loopOver;
        _loopOver = _stages is { Count: > 1 } ? _stages[^2].Text : _loopOver;
        var output = ShellValue.Empty;
        if (replace is not null && operands.Exists(o => o.Text.Contains(replace, StringComparison.Ordinal)))
        {
            foreach (var item in items)
            {
                var filled = operands.Select(o => o.Text.Contains(replace, StringComparison.Ordinal)
                    ? ShellValue.Concat(o with { Text = o.Text.Replace(replace, item.Text, StringComparison.Ordinal) }, item with { Text = "" }) : o).ToList();
                output = ShellValue.Concat(output, Invoke(filled, null, index));
            }
        }
        else
        {
            if (items.Count == 0)
                items.Add(input);
            output = Invoke([.. operands, .. items], null, index);
        }

        _loopOver = outer;
        _looping--;
        return output;
    }

    private ShellValue Find(List<ShellValue> rest, int index)
    {
        var roots = rest.TakeWhile(static w => w.Text.Length > 0 && w.Text[0] is not ('-' or '(' or '!')).ToList();
        var narrow = false;
        var secret = false;
        for (var i = roots.Count; i + 1 < rest.Count; i++)
        {
            if (rest[i].Text is "-name" or "-iname" or "-path" or "-ipath" or "-wholename" or "-regex" or "-iregex")
            {
                var pattern = rest[i + 1].Text;
                narrow |= pattern.Trim('*', '.').Length > 0;
                secret |= ShellPaths.LooksForSecrets(pattern);
            }
            else if (rest[i].Text is "-mtime" or "-mmin" or "-empty" or "-size" or "-user" or "-perm" or "-newer" or "-atime" or "-xtype" or "-maxdepth")
            {
                narrow = true;
            }
        }

        secret |= roots.Exists(static r => ShellPaths.Secret(r.Text) >= SecretGrade.Credential);
        var isTop = roots.Exists(static r => ShellPaths.IsTop(r.Text));
        var found = new ShellValue("{}") { Known = false, From = secret ? Origin.Secret : Origin.File, Source = "find " + Render(rest) };
        if (secret && isTop)
            ReadSecretAct("find " + Render(rest), index, Confidence.Low);
        for (var i = 0; i < rest.Count; i++)
        {
            if (rest[i].Text == "-delete" && isTop && !narrow)
                ReportDestroy("find", Render(rest), index, Confidence.High);
            if (rest[i].Text is not ("-exec" or "-execdir" or "-ok" or "-okdir") || i + 1 >= rest.Count)
                continue;
            var end = rest.FindIndex(i, static w => w.Text is ";" or "+");
            var command = rest[(i + 1)..(end < 0 ? rest.Count : end)];
            if (command.Count == 0)
                continue;
            if (isTop && !narrow && command[0].Text is "rm" or "shred" or "unlink" or "dd")
                ReportDestroy("find", Render(rest), index, Confidence.High);
            _looping++;
            var outer = _loopOver;
            _loopOver = roots.Count > 0 ? roots[0].Text : ".";
            _ = Invoke([.. command.Select(w => w.Text.Contains("{}", StringComparison.Ordinal) ? w with { Known = false, From = w.From | found.From, Source = w.Source ?? found.Source } : w)], null, index);
            _loopOver = outer;
            _looping--;
        }

        return found;
    }

    private static ShellValue Print(string name, List<ShellValue> arguments)
    {
        var all = arguments.Count == 0 ? ShellValue.Empty : ShellValue.Concat([.. arguments], " ");
        var escapes = 0;
        if (name == "printf")
        {
            if (arguments.Count > 0 && arguments[0].Text == "-v")
                return ShellValue.Empty;
            if (arguments.Count > 0 && arguments[0].Text == "--")
                arguments = arguments[1..];
            var text = ShellText.Printf([.. arguments.Select(static a => a.Text)], out escapes);
            var printed = all with { Text = text ?? "", Known = all.Known && text is not null, IsPattern = false, IsHidden = false };
            return escapes >= 1 && text is not null ? printed.Decoded("escapes", text) : printed;
        }

        var interprets = false;
        var newline = true;
        while (arguments.Count > 0 && arguments[0].Text.Length is > 1 and < 5 && arguments[0].Text[0] == '-' && arguments[0].Text.AsSpan(1).Trim("neE").IsEmpty)
        {
            interprets |= arguments[0].Text.Contains('e');
            newline &= !arguments[0].Text.Contains('n');
            arguments = arguments[1..];
        }

        all = arguments.Count == 0 ? ShellValue.Empty : ShellValue.Concat([.. arguments], " ");
        all = all with { IsPattern = false, IsHidden = false };
        if (interprets)
        {
            var text = ShellText.Unescape(all.Text, ref escapes);
            all = escapes >= 1 ? all.Decoded("escapes", text) : all with { Text = text };
        }

        return newline ? ShellValue.Concat(all, new ShellValue("\n")) : all;
    }

    private ShellValue Filter(ShellCommandRow row, ShellArguments arguments, List<ShellValue> rest, ShellValue? stdin, int index)
    {
        var operands = arguments.Operands.ToList();
        switch (row.Detail)
        {
            case "tr":
                var input = stdin ?? _stdin ?? ShellValue.Unknown;
                var sets = rest.Where(static w => w.Text.Length > 0 && (w.Text[0] != '-' || w.Text.Length > 4 || w.Text.Length == 1)).ToList();
                if (!input.Known || sets.Count == 0 || !sets.TrueForAll(static s => s.Known))
                    return input;
                var deletes = arguments.Has("-d");
                var translated = ShellText.Translate(input.Text, sets[0].Text, deletes ? null : sets.Count > 1 ? sets[1].Text : sets[0].Text, arguments.Has("-c", "-C"));
                return IsTrivialTranslation(sets) ? input with { Text = translated } : input.Decoded(deletes ? "tr -d" : "tr", translated);
            case "rev":
                var reversed = Concat(operands, stdin, index);
                return reversed.Known ? reversed.Decoded("rev", ShellText.Reverse(reversed.Text)) : reversed with { From = reversed.From | Origin.Decoded, Decoders = ["rev", .. reversed.Decoders] };
            case "sed":
                return Sed(arguments, operands, stdin, index);
            case "cut":
                var cut = Concat(operands, stdin, index);
                if (!cut.Known)
                    return cut;
                var delimiter = arguments.First("-d", "--delimiter")?.Text is { Length: > 0 } d ? d[0] : '\t';
                return ShellText.Cut(cut.Text, arguments.First("-c", "-b", "--characters")?.Text, arguments.First("-f", "--fields")?.Text, delimiter) is { } columns ? cut with { Text = columns } : cut.Opaque();
            case "awk":
                if (arguments.Operands.Count == 0)
                    return stdin ?? ShellValue.Unknown;
                var program = operands[0];
                operands.RemoveAt(0);
                JudgeOneLiner(row, program, rest, index);
                if (program.Text.Contains("system(", StringComparison.Ordinal))
                    RunInQuotes(program, "system(", index);
                var awk = Concat(operands, stdin, index);
                if (!awk.Known && !program.Text.TrimStart().StartsWith("BEGIN", StringComparison.Ordinal))
                    return awk.Opaque();
                return ShellText.Awk(awk.Text, program.Text, arguments.First("-F")?.Text is { Length: 1 } f ? f[0] : null) is { } made ? awk with { Text = made, Known = true } : awk.Opaque();
            case "grep":
                if (arguments.First("-e", "-f") is null && operands.Count > 0)
                    operands.RemoveAt(0);
                return Concat(operands, stdin, index).Opaque();
            case "tee":
                var teed = stdin ?? ShellValue.Unknown;
                foreach (var file in operands)
                    Write(file, teed, arguments.Has("-a", "--append"), index);
                return teed;
            case "dd":
                var read = rest.Find(static w => w.Text.StartsWith("if=", StringComparison.Ordinal)) is { } opened ? ReadFile(opened with { Text = opened.Text[3..] }, index) : stdin ?? ShellValue.Unknown;
                if (rest.Find(static w => w.Text.StartsWith("of=", StringComparison.Ordinal)) is not { } to)
                    return read;
                Write(to with { Text = to.Text[3..] }, read, append: false, index);
                return ShellValue.Empty;
        }

        var all = Concat(operands, stdin, index);
        if (!all.Known)
            return all;
        return row.Name switch
        {
            "cat" or "less" or "more" or "pv" => all,
            "tac" => all with { Text = string.Join('\n', all.Text.TrimEnd('\n').Split('\n').Reverse()) + "\n" },
            "head" or "tail" => Lines(row.Name, arguments, rest, all),
            "fold" or "paste" or "column" or "uniq" or "sort" or "nl" or "strings" => row.Name == "paste" && arguments.Has("-s") ? all with { Text = all.Text.Trim('\n').Replace("\n", arguments.First("-d")?.Text ?? "\t", StringComparison.Ordinal) } : row.Name == "sort" ? all with { Text = string.Join('\n', all.Text.TrimEnd('\n').Split('\n').Order(StringComparer.Ordinal)) } : all,
            _ => all.Opaque(),
        };
    }

    private static ShellValue Lines(string name, ShellArguments arguments, List<ShellValue> rest, ShellValue all)
    {
        var count = arguments.First("-n", "--lines", "-c", "--bytes")?.Text ?? rest.Find(static w => w.Text.Length > 1 && w.Text[0] is '-' or '+' && char.IsAsciiDigit(w.Text[1]))?.Text.TrimStart('-') ?? "10";
        var bytes = arguments.Has("-c", "--bytes");
        var fromStart = count.StartsWith('+');
        if (!int.TryParse(count.AsSpan(fromStart ? 1 : 0), out var n) || n < 0)
            return all;
        if (bytes)
        {
            var text = all.Text;
            return all with { Text = name == "head" ? text[..Math.Min(n, text.Length)] : fromStart ? text[Math.Clamp(n - 1, 0, text.Length)..] : text[^Math.Min(n, text.Length)..] };
        }

        var lines = all.Text.TrimEnd('\n').Split('\n');
        var kept = name == "head" ? lines.Take(n) : fromStart ? lines.Skip(Math.Max(0, n - 1)) : lines.TakeLast(n);
        return all with { Text = string.Join('\n', kept) + "\n" };
    }

    private ShellValue Sed(ShellArguments arguments, List<ShellValue> operands, ShellValue? stdin, int index)
    {
        var commands = arguments.All("-e", "--expression").ToList();
        if (commands.Count == 0 && operands.Count > 0)
        {
            commands.Add(operands[0]);
            operands.RemoveAt(0);
        }

        if (arguments.Has("-i", "--in-place") || arguments.Operands.Exists(static o => o.Text.StartsWith("-i", StringComparison.Ordinal)))
        {
            foreach (var file in operands)
            {
                if (file.Text.Contains("/selinux/config", StringComparison.Ordinal) && commands.Exists(static c => c.Text.Contains("disabled", StringComparison.Ordinal) || c.Text.Contains("permissive", StringComparison.Ordinal)))
                    ReportGuard("sed", "SELINUX=disabled", index, Confidence.Medium);
                var place = ShellPaths.Start(Place(file.Text));
                if (place is StartPlace.ShellStart or StartPlace.Cron or StartPlace.Unit)
                    JudgeStart(place, file.Text, commands.Aggregate(ShellValue.Empty, static (a, c) => ShellValue.Concat(a, new ShellValue(c.Text.Length > 1 && c.Text[0] is '$' or '1' ? c.Text.TrimStart('$', '1', 'a', 'i', '\\', ' ') : ""))), index);
            }

            return ShellValue.Empty;
        }

        var input = Concat(operands, stdin, index);
        if (!input.Known)
            return input;
        var text = input.Text;
        foreach (var command in commands.SelectMany(static c => c.Text.Split(";s", StringSplitOptions.None).Select(static (part, i) => i == 0 ? part : "s" + part)))
        {
            if (ShellText.Edit(text, command) is not { } edited)
                return input.Opaque() with { From = input.From };
            text = edited;
        }

        if (text == input.Text || OnlySplits(input.Text, text))
            return input with { Text = text };
        return input with { Text = text, From = input.From | Origin.Computed, Decoders = ["sed", .. input.Decoders] };
    }

    // A list such as $PATH that is cut at its separators hides nothing.
    private static bool OnlySplits(string before, string after)
    {
        if (before.Length != after.Length)
            return false;
        for (var i = 0; i < before.Length; i++)
        {
            if (before[i] != after[i] && !(char.IsWhiteSpace(after[i]) && before[i] is ':' or ',' or ';'))
                return false;
        }

        return true;
    }

    private static bool IsTrivialTranslation(List<ShellValue> sets) =>
        sets.TrueForAll(static s => s.Text.AsSpan().Trim("\\nrt \"',;:\0/_.-").IsEmpty || s.Text is "[:upper:]" or "[:lower:]" or "A-Z" or "a-z" or "[:space:]" or "[A-Z]" or "[a-z]" or "\\000");

    /// <summary>What a filter reads: its files one behind the other, or its input.</summary>
    private ShellValue Concat(List<ShellValue> files, ShellValue? stdin, int index)
    {
        if (files.Count == 0)
            return stdin ?? _stdin ?? ShellValue.Unknown;
        var all = ShellValue.Empty;
        foreach (var file in files.Take(64))
            all = ShellValue.Concat(all, file.Text == "-" ? stdin ?? ShellValue.Unknown : ReadFile(file, index));
        return all;
    }

    private ShellValue Decode(ShellCommandRow row, ShellArguments arguments, List<ShellValue> rest, List<ShellValue> words, ShellValue? stdin, int index)
    {
        var operands = arguments.Operands;
        switch (row.Detail)
        {
            case "base64" or "base32":
                {
                    var input = arguments.First("-i", "--input") is { } named && operands.Count == 0 && !arguments.Has("-d") ? ReadFile(named, index) : Concat(operands, stdin, index);
                    if (!arguments.Has("-d", "--decode", "-D", "-di", "-id") && !rest.Exists(static w => w.Text.StartsWith("--d", StringComparison.Ordinal)))
                        return input.Opaque();
                    var bytes = !input.Known ? null : row.Detail == "base32" ? ShellText.Base32(input.Text) : ShellText.Base64(input.Text);
                    return ToFile(arguments.First("-o", "--output"), input.Decoded(row.Detail, bytes is null ? null : ShellText.Text(bytes)), index);
                }

            case "hex":
                {
                    var input = Concat(operands, stdin, index);
                    if (!arguments.Has("-r", "-revert") && !rest.Exists(static w => w.Text.StartsWith('-') && w.Text.Length < 5 && w.Text.Contains('r')))
                        return input.Opaque();
                    var bytes = input.Known ? ShellText.Hex(input.Text, rest.Exists(static w => w.Text.StartsWith('-') && w.Text.Contains('p'))) : null;
                    return input.Decoded("hex", bytes is null ? null : ShellText.Text(bytes));
                }

            case "openssl":
                return OpenSsl(arguments, rest, words, stdin, index);
            case "gpg":
                {
                    var input = Concat([.. operands.TakeLast(1)], stdin, index);
                    if (arguments.Has("-d", "--decrypt"))
                        return ToFile(arguments.First("-o", "--output"), input.Decoded("gpg", null), index);
                    if (arguments.Has("-c", "--symmetric", "-e", "--encrypt") && operands.Count > 0)
                        NoteEncrypted(operands[^1], words, index);
                    return input.Opaque();
                }

            case "gzip" or "gunzip":
                {
                    var unpacks = row.Detail == "gunzip" || arguments.Has("-d", "--decompress", "-dc", "-cd", "--uncompress");
                    var input = Concat(operands, stdin, index);
                    if (!unpacks)
                    {
                        if (operands.Count > 0 && !arguments.Has("-c", "--stdout"))
                            _files[Place(operands[0].Text + (row.Name == "gzip" ? ".gz" : row.Name == "xz" ? ".xz" : ".bz2"))] = input.Opaque();
                        return input.Opaque();
                    }

                    var bytes = input.Known ? ShellText.Unpack(ShellText.Bytes(input.Text)) : null;
                    var unpacked = input.Known || input.From.HasFlag(Origin.Network) ? input.Decoded("gzip", bytes is null ? null : ShellText.Text(bytes)) : input.Decoded("gzip", null);
                    if (unpacked.From.HasFlag(Origin.Network))
                        unpacked = unpacked with { From = unpacked.From & ~Origin.Decoded, Decoders = input.Decoders };
                    if (operands.Count > 0 && !arguments.Has("-c", "--stdout", "-dc", "-cd") && row.Name is not ("zcat" or "gzcat" or "bzcat" or "xzcat" or "zstdcat" or "lz4cat"))
                        _files[Place(Path.ChangeExtension(operands[0].Text, null) ?? "")] = unpacked;
                    return unpacked;
                }

            case "uuencode":
                return Concat(operands, stdin, index).Decoded("uuencode", null);
            default:
                return Concat(operands, stdin, index).Opaque();
        }
    }

    private ShellValue ToFile(ShellValue? file, ShellValue value, int index)
    {
        if (file is null || file.Text is "-" or "/dev/stdout")
            return value;
        Write(file, value, append: false, index);
        return ShellValue.Empty;
    }

    private ShellValue OpenSsl(ShellArguments arguments, List<ShellValue> rest, List<ShellValue> words, ShellValue? stdin, int index)
    {
        var verb = arguments.Operands.Count > 0 ? arguments.Operands[0].Text : "";
        if (verb == "s_client")
        {
            var peer = arguments.First("-connect")?.Text ?? arguments.Operands.ElementAtOrDefault(1)?.Text ?? "";
            return Talk("openssl s_client", peer, words, stdin, index);
        }

        var input = arguments.First("-in") is { } file ? ReadFile(file, index) : stdin ?? ShellValue.Unknown;
        var decodes = rest.Exists(static w => w.Text is "-d" or "-decrypt");
        if (!decodes)
        {
            if (arguments.First("-in") is { } plain && verb is "enc" or "rsautl" or "pkeyutl" || verb.StartsWith("aes", StringComparison.Ordinal))
                NoteEncrypted(arguments.First("-in") ?? ShellValue.Unknown, words, index);
            return ToFile(arguments.First("-out"), input.Opaque(), index);
        }

        var onlyBase64 = verb == "base64" || (verb == "enc" && rest.Exists(static w => w.Text is "-base64" or "-a" or "-A") && !rest.Exists(static w => w.Text.StartsWith("-aes", StringComparison.Ordinal) || w.Text.StartsWith("-des", StringComparison.Ordinal) || w.Text.StartsWith("-cha", StringComparison.Ordinal) || w.Text.StartsWith("-bf", StringComparison.Ordinal) || w.Text.StartsWith("-rc", StringComparison.Ordinal)));
        var bytes = onlyBase64 && input.Known ? ShellText.Base64(input.Text) : null;
        return ToFile(arguments.First("-out"), input.Decoded(onlyBase64 ? "base64" : "openssl", bytes is null ? null : ShellText.Text(bytes)), index);
    }
}
