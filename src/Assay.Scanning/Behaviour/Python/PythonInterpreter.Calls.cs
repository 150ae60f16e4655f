using System.Text;
using Assay.Formats;
using Assay.Formats.Python;

namespace Assay.Scanning;

/// <content>What calls of libraries do.</content>
internal sealed partial class PythonInterpreter
{
    private const int MaxEvidence = 400;

    private readonly Dictionary<string, PythonValue> _files = new(StringComparer.Ordinal);
    private readonly List<(string Folder, PythonValue Content)> _folders = [];
    private readonly HashSet<string> _memoryCalls = new(StringComparer.Ordinal);
    private readonly HashSet<string> _analysisWords = new(StringComparer.Ordinal);
    private string? _peer;
    private int _temporary;
    private int _nested;
    private readonly List<string> _searched = [""];
    private PythonValue _descriptor = PythonValue.Unknown;
    private PythonExpression? _memoryPlace;
    private PythonExpression? _analysisPlace;
    private PythonExpression? _pasted;
    private bool _copies;
    private bool _replaces;
    private bool _tight;

    private PythonValue Library(string name, PythonValue? receiver, List<CallArgument> args, PythonExpression? place, PythonScope scope)
    {
        if (receiver is not null)
            return Method(receiver, name, args, place, scope);
        if (PythonLibrary.EffectOf(name) is { } effect)
            return Effect(name, effect, args, place, scope);
        var last = name[(name.LastIndexOf('.') + 1)..];
        if (name is "os.environ.items" or "os.environ.values" or "os.environ.copy" or "os.environ.keys")
            return PythonValue.Tainted(name.EndsWith("keys", StringComparison.Ordinal) ? Origin.Environment : Origin.Secret, "all environment variables");
        if (name.StartsWith("ctypes.", StringComparison.Ordinal) && place is not null)
            NoteMemoryCall(last, args, place);
        return Callbacks(args, scope, place, PythonValue.Global(name));
    }

    // A function of a library that is not in the table: what it is given may be called, and what goes in may come out.
    private PythonValue Callbacks(List<CallArgument> args, PythonScope scope, PythonExpression? place, PythonValue callee)
    {
        for (var i = 0; i < args.Count; i++)
        {
            var value = args[i].Value;
            // What is dumped into an open file is written there.
            if (value is { Kind: PythonKind.Instance, Text: "file", Map: { } opened } && opened.ContainsKey("w"))
                WriteTo(value.Owner!, Sum(args.FindAll(a => a.Value != value)), place);
            if (value.Kind is PythonKind.Function or PythonKind.Bound && value.Node is not null)
                Call(value, [], place, scope);
            else if (value.Kind is PythonKind.Global && args[i].Name is "target" or "func" or "function" or "callback" or "initializer" or "fn")
                Call(value, [.. Rest(args, i)], place, scope);
        }

        return Unresolved(callee, args.FindAll(static a => a.Value.Kind is not PythonKind.Function));
    }

    private static IEnumerable<PythonValue> Flat(IEnumerable<PythonValue> values) => values.SelectMany(static v => v.Kind == PythonKind.List ? v.Items! : [v]);

    private static IEnumerable<CallArgument> Rest(List<CallArgument> args, int function)
    {
        foreach (var argument in args)
        {
            if (argument.Name is "args" or "initargs" && argument.Value.Kind == PythonKind.List)
            {
                foreach (var item in argument.Value.Items!)
                    yield return new CallArgument(null, item);
                yield break;
            }
        }

        for (var i = function + 1; i < args.Count; i++)
        {
            if (args[i].Name is null)
                yield return args[i];
        }
    }

    private PythonValue Effect(string name, PythonEffect effect, List<CallArgument> args, PythonExpression? place, PythonScope scope)
    {
        var first = Arg(args, 0);
        switch (effect.Kind)
        {
            case "shell":
                return StartProgram(name, first ?? Arg(args, "cmd", "command", "args"), args, place, shell: true);
            case "program":
                var given = args.Where(static a => a.Name is null).Select(static a => a.Value).ToList();
                var program = effect.Detail switch
                {
                    // The path, then the name that the program sees, then its arguments.
                    "spawn" => PythonValue.List([.. given.Skip(1).Take(1), .. Flat(given.Skip(2)).Skip(1)]),
                    "exec" => PythonValue.List([.. given.Take(1), .. Flat(given.Skip(1)).Skip(1)]),
                    "rest" => PythonValue.List(given),
                    _ => first ?? Arg(args, "args", "cmd", "command"),
                };
                return StartProgram(name, program, args, place, shell: Arg(args, "shell") is { Kind: PythonKind.Int, Number: 1 });
            case "code":
                return RunCode(name, first ?? PythonValue.Unknown, place, scope);
            case "file-code":
                return RunFile(name, first ?? Arg(args, "path_name", "filename") ?? PythonValue.Unknown, place, scope);
            case "compile":
                return first ?? PythonValue.Unknown;
            case "import":
                return ImportByName(first, place, top: name == "builtins.__import__" && args.Count < 4);
            case "getattr":
                return GetAttribute(args, place);
            case "setattr":
                if (args.Count >= 3 && args[1].Value.IsConstant)
                {
                    if (first is { Map: { } map, Kind: PythonKind.Instance or PythonKind.Class })
                        map[args[1].Value.Text] = args[2].Value;
                    SetAttribute(first!, args[1].Value.Text, args[2].Value, place);
                }

                return PythonValue.None;
            case "scope":
                return args.Count == 0 ? PythonValue.Global(effect.Detail) : first is { Kind: PythonKind.Global } module ? PythonValue.Global(module.Text + ".__dict__") : PythonValue.Unknown;
            case "partial":
                return first is null ? PythonValue.Unknown : new PythonValue(PythonKind.Partial) { Owner = first, Items = [.. args.Skip(1).Select(a => a.Value)] };
            case "attrgetter":
                return first is { IsConstant: true } ? new PythonValue(PythonKind.Partial) { Owner = PythonValue.Global("builtins.getattr.reversed"), Items = [first] } : PythonValue.Unknown;
            case "methodcaller":
                return first is { IsConstant: true } ? new PythonValue(PythonKind.Partial) { Owner = PythonValue.Global("operator.methodcaller.reversed"), Items = [PythonValue.List([.. args.Select(a => a.Value)])] } : PythonValue.Unknown;
            case "methodcall":
                return first is { Kind: PythonKind.List, Items: [var method, ..] } && args.Count > 1
                    ? Call(GetAttribute([new(null, args[1].Value), new(null, method)], place), [.. first.Items!.Skip(1).Select(i => new CallArgument(null, i))], place, scope) : PythonValue.Unknown;
            case "syspath":
                if (args.Count > 0)
                    _searched.Add(args[^1].Value.Shown());
                return PythonValue.None;
            case "write-descriptor":
                _descriptor = _descriptor.With(Sum(args));
                return PythonValue.Unknown;
            case "fork":
                if (_tight)
                    Add(Deed.Destroy, name, "processes without end", place, Origin.None, confidence: Confidence.Medium);
                return PythonValue.Unknown;
            case "list-constant":
                return PythonValue.List([PythonValue.Str(effect.Detail)]);
            case "stream":
                _peer = first is { IsText: true } ? Clean(first.Shown()) : "tcp://";
                Add(Deed.Connect, name, _peer, place, first?.From & (Origin.Decoded | Origin.Computed) ?? Origin.None);
                return PythonValue.Tainted(Origin.Network, _peer);
            case "pack":
                var packed = ReadAt(PythonValue.Str((Arg(args, 2) ?? Arg(args, "root_dir", "base_dir") ?? PythonValue.Str(".")).Shown() + "/"), place);
                var made = $"{(first ?? Arg(args, "base_name"))?.Shown()}.{(Arg(args, 1) ?? Arg(args, "format"))?.Shown()}";
                _files[made] = packed;
                return PythonValue.Str(made).With(packed);
            case "cpp":
                foreach (var argument in args)
                    ReadNativeSource(argument.Value, place);
                return PythonValue.Unknown;
            case "memory-file":
                var buffer = PythonValue.Str($"{PythonValue.Hole}mem{++_temporary}");
                if (first is not null)
                    _files[buffer.Text] = first.Taint();
                return new PythonValue(PythonKind.Instance) { Text = "file", Owner = buffer, Map = new(StringComparer.Ordinal), From = first?.Taint().From ?? Origin.None, Source = first?.Source, Decoders = first?.Decoders ?? [] };
            case "attrget":
                return args.Count > 1 ? GetAttribute([new(null, args[1].Value), new(null, args[0].Value)], place) : PythonValue.Unknown;
            case "invoke":
                return InvokeLater(args, effect.Detail, place, scope);
            case "fold":
                return Fold(effect.Detail, args, scope, place);
            case "decode":
                return DecodeCall(effect.Detail, first ?? PythonValue.Unknown);
            case "codec":
                return first is not null && Arg(args, 1) is { IsConstant: true } codec && first.IsConstant && PythonFolding.Codec(first, codec.Text, encode: false) is { } decoded
                    ? decoded : (first ?? PythonValue.Unknown).Taint().With(Origin.Decoded, null, ["codec"]);
            case "get":
                return Http(name, effect.Detail.Length > 0 ? effect.Detail : "GET", args, place);
            case "request":
                return new PythonValue(PythonKind.Instance) { Text = "request", Owner = first ?? Arg(args, "url") ?? PythonValue.Unknown, Items = [Arg(args, 1) ?? Arg(args, "data") ?? PythonValue.None] };
            case "save":
                return Save(name, args, effect.Detail, place);
            case "hub":
                return new PythonValue(PythonKind.Str) { Text = PythonValue.Hole + "hub", From = Origin.Network, Source = "https://huggingface.co/" + (first is { IsConstant: true } ? first.Text : "") };
            case "client":
                return new PythonValue(PythonKind.Instance) { Text = effect.Detail, Owner = first ?? Arg(args, "host") ?? PythonValue.Unknown, Map = new(StringComparer.Ordinal), From = Origin.None };
            case "connect":
                return Connected(first, place, name);
            case "resolve":
                if (first is { IsText: true } && first.Text.Contains('.', StringComparison.Ordinal) && (first.From & (Origin.Secret | Origin.Machine)) != 0)
                    Add(Deed.Send, name, "dns:" + Clean(first.Shown()), place, first.From, first.Source);
                return PythonValue.Unknown;
            case "native":
                LoadNative(name, first, place);
                return PythonValue.Global("ctypes.library");
            case "loads":
                var loaded = Arg(args, 0) ?? PythonValue.Unknown;
                var taint = FileTaint(loaded).With(loaded.Taint());
                if (loaded.IsConstant && (loaded.Text.Contains("!!python/", StringComparison.Ordinal) || OpensDangerous(loaded)))
                    Add(Deed.RunCode, name, Clean(loaded.Text.Length > 200 ? loaded.Text[..200] : loaded.Text), place, taint.From | Origin.Decoded, taint.Source, decoders: [.. taint.Decoders, name]);
                if (Arg(args, "weights_only") is not { Kind: PythonKind.Int, Number: 1 })
                    Add(Deed.Deserialize, name, Clean(loaded.Shown()), place, taint.From, taint.Source);
                return taint;
            case "open":
                return Open(first ?? Arg(args, "file") ?? PythonValue.Unknown, args, place);
            case "path":
                return PythonLibrary.PathOf(args.Count == 0 ? "." : args.Skip(1).Aggregate(first!.Shown(), (path, a) => PythonLibrary.JoinPath(path, a.Value.Shown())), first?.Taint() ?? PythonValue.Unknown);
            case "join":
                return PythonFolding.Same(PythonValue.Str(""), args.Skip(1).Aggregate(first?.Shown() ?? "", (path, a) => PythonLibrary.JoinPath(path, a.Value.Shown()))).With(Sum(args));
            case "same":
                return first is null ? PythonValue.Unknown : first.IsText ? first : PythonFolding.Same(PythonValue.Str(""), first.Shown()).With(first.Taint());
            case "constant":
                return PythonValue.Str(effect.Detail);
            case "path-constant":
                return PythonLibrary.PathOf(effect.Detail, PythonValue.Unknown);
            case "temporary":
                var temporary = PythonValue.Str($"{PythonValue.Hole}tmp{++_temporary}{Arg(args, "suffix")?.Text}");
                return effect.Detail == "file" ? new PythonValue(PythonKind.Instance) { Text = "file", Owner = temporary } : temporary;
            case "walk":
                return Walk(name, first, place);
            case "environment":
                return Environment(first ?? PythonValue.Unknown);
            case "machine":
                return PythonValue.Tainted(Origin.Machine, name);
            case "input":
                return PythonValue.Tainted(Origin.Argument);
            case "secret":
                Add(Deed.ReadSecret, name, effect.Detail.Length > 0 ? effect.Detail : name, place, Origin.None, confidence: effect.Detail == "token" ? Confidence.Low : Confidence.High);
                return PythonValue.Tainted(Origin.Secret, name);
            case "copy":
                return CopyFile(args, effect.Detail, place);
            case "delete":
                if (first is not null)
                    Destroy(name, first, place);
                return PythonValue.None;
            case "archive":
                return new PythonValue(PythonKind.Instance) { Text = "archive", Owner = first ?? Arg(args, "fileobj") ?? PythonValue.Unknown, Map = new(StringComparer.Ordinal) };
            case "unpack":
                if (Arg(args, 1) is { } into && first is not null)
                    _folders.Add((into.Shown(), FileTaint(first).With(first.Taint())));
                return PythonValue.None;
            case "tls-off":
                Add(Deed.SkipTls, name, null, place, Origin.None);
                return PythonValue.Unknown;
            case "spy":
                foreach (var argument in args)
                {
                    if (argument.Value.Kind == PythonKind.Function)
                        Call(argument.Value, [], place, scope);
                }

                Add(Deed.Spy, name, null, place, Origin.None, confidence: effect.Detail == "high" ? Confidence.High : Confidence.Medium);
                return PythonValue.Tainted(Origin.Secret, name);
            case "paste":
                _pasted ??= place;
                return PythonValue.Unknown;
            case "clip":
                _copies = true;
                _replaces |= first is { IsConstant: true, Text.Length: >= 24 } && !first.Text.Contains(' ', StringComparison.Ordinal);
                return PythonValue.None;
            case "encrypt":
                return PythonValue.Tainted(Sum(args).From, Sum(args).Source, [], encrypted: true);
            case "decrypt":
                var plain = Sum(args);
                return PythonValue.Tainted(plain.From | Origin.Decoded, plain.Source, [.. plain.Decoders, "decrypt"]);
            case "registry":
                return new PythonValue(PythonKind.Instance) { Text = "registry", Owner = Arg(args, 1) ?? PythonValue.Unknown };
            case "registry-set":
                SetRegistry(first, args, place);
                return PythonValue.None;
            case "install":
                return StartProgram(name, PythonValue.List([PythonValue.Str("pip"), .. Flat(args.Where(static a => a.Name is null).Select(static a => a.Value))]), args, place, shell: false);
            case "pty":
                if (_peer is not null)
                    Add(Deed.ReverseShell, name, _peer, place, Origin.None);
                else
                    StartProgram(name, first, args, place, shell: false);
                return PythonValue.Unknown;
            case "dup":
                if (first is { Kind: PythonKind.Instance, Text: "socket" })
                    Add(Deed.ReverseShell, name, _peer, place, Origin.None);
                return PythonValue.Unknown;
            case "mmap":
                if (args.Exists(static a => a.Value is { Kind: PythonKind.Global } && a.Value.Text.Contains("PROT_EXEC", StringComparison.Ordinal)) || args.Exists(static a => a.Name == "prot" && a.Value.Kind == PythonKind.Int && (a.Value.Number & 4) != 0))
                    NoteMemoryCall("mmap-exec", args, place);
                return PythonValue.Unknown;
            case "memory":
                NoteMemoryCall(effect.Detail, args, place);
                return PythonValue.Global("ctypes.pointer");
            case "debugger":
                Add(Deed.DetectAnalysis, name, null, place, Origin.None, confidence: Confidence.Low);
                return PythonValue.Unknown;
            case "plain":
                return PythonValue.Unknown;
            default:
                return Callbacks(args, scope, place, PythonValue.Global(name));
        }
    }

    /// <summary>Source of C or C++ that is compiled and loaded: the commands that it starts.</summary>
    private void ReadNativeSource(PythonValue source, PythonExpression? place)
    {
        foreach (var text in source.Kind == PythonKind.List ? source.Items! : [source])
        {
            if (!text.IsText || place is null)
                continue;
            foreach (var call in (ReadOnlySpan<string>)["system(", "popen(", "WinExec("])
            {
                for (var at = text.Text.IndexOf(call, StringComparison.Ordinal); at >= 0; at = text.Text.IndexOf(call, at + call.Length, StringComparison.Ordinal))
                {
                    var start = at + call.Length;
                    while (start < text.Text.Length && char.IsWhiteSpace(text.Text[start]))
                        start++;
                    if (start >= text.Text.Length || text.Text[start] != '"')
                        continue;
                    var end = start + 1;
                    while (end < text.Text.Length && text.Text[end] != '"')
                        end += text.Text[end] == '\\' ? 2 : 1;
                    if (end < text.Text.Length)
                        StartProgram("C++ " + call.TrimEnd('('), PythonValue.Str(text.Text[(start + 1)..end]), [], place, shell: true);
                }
            }
        }
    }

    // --- methods of values ---

    private PythonValue Method(PythonValue receiver, string name, List<CallArgument> args, PythonExpression? place, PythonScope scope)
    {
        if (receiver.Kind == PythonKind.Choice)
        {
            var any = PythonValue.Unknown;
            foreach (var one in receiver.Alternatives())
                any = PythonValue.Either(any, Method(one, name, args, place, scope));
            return any;
        }

        if (receiver.IsText)
        {
            var values = new List<PythonValue>(args.Count);
            var named = new Dictionary<string, PythonValue>(StringComparer.Ordinal);
            foreach (var argument in args)
            {
                if (argument.Name is null)
                    values.Add(argument.Value);
                else
                    named[argument.Name] = argument.Value;
            }

            if (named.Count > 0 && name == "format")
                values.Add(new PythonValue(PythonKind.Dict) { Map = named });
            return PythonFolding.Method(receiver, name, values) ?? receiver.Taint().With(Sum(args));
        }

        if (receiver.Kind == PythonKind.List)
            return ListMethod(receiver, name, args, place, scope);
        if (receiver.Kind == PythonKind.Dict)
            return DictMethod(receiver, name, args);
        if (receiver.Kind == PythonKind.Int && name == "to_bytes" && receiver.Number >= 0)
        {
            var size = (int)Math.Clamp(Arg(args, 0)?.Number ?? 8, 1, 64);
            var bytes = new byte[size];
            for (var i = 0; i < size && i < 8; i++)
                bytes[size - 1 - i] = (byte)(receiver.Number >> (8 * i));
            return PythonFolding.Bytes(receiver, bytes).With(Origin.Computed);
        }

        if (receiver.Kind == PythonKind.Instance)
        {
            switch (receiver.Text)
            {
                case "path":
                    return PathMethod(receiver, name, args, place);
                case "file":
                    return FileMethod(receiver, name, args, place);
                case "session":
                    if (name is "get" or "post" or "put" or "patch" or "delete" or "head" or "request" or "urlopen" or "open" or "stream" or "ws_connect")
                        return Http("session." + name, name is "request" or "urlopen" ? "REQUEST" : name.ToUpperInvariant(), args, place);
                    return receiver;
                case "http":
                    if (name is "request" or "putrequest")
                    {
                        var url = $"https://{Clean(receiver.Owner!.Shown())}{Clean(Arg(args, 1)?.Shown() ?? "/")}";
                        receiver.Map!["url"] = PythonValue.Str(url).With(receiver.Owner!.Taint()).With(Arg(args, 1)?.Taint() ?? PythonValue.Unknown);
                        return Http("http.client." + name, Arg(args, 0)?.Text ?? "GET", [new(null, receiver.Map["url"]), new("data", Arg(args, 2) ?? Arg(args, "body") ?? PythonValue.None)], place);
                    }

                    return name == "getresponse" ? PythonValue.Tainted(Origin.Network, receiver.Map!.TryGetValue("url", out var asked) ? asked.Text : null) : PythonValue.Unknown;
                case "socket":
                    return SocketMethod(receiver, name, args, place);
                case "mail" or "ftp":
                    if (name is "sendmail" or "send_message" or "storbinary" or "storlines" or "put" or "upload")
                        Add(Deed.Send, $"{receiver.Text}.{name}", $"{(receiver.Text == "ftp" ? "ftp" : "smtp")}://{Clean(receiver.Owner!.Shown())}", place, Sum(args).From & Carried, Sum(args).Source);
                    if (name is "retrbinary" or "retrlines" && Arg(args, 1) is { Kind: PythonKind.Bound, Text: "write", Owner: { Text: "file" } into })
                        WriteTo(into.Owner!, PythonValue.Tainted(Origin.Network, "ftp://" + Clean(receiver.Owner!.Shown())), place);
                    return name is "retrbinary" ? PythonValue.Tainted(Origin.Network, "ftp://" + Clean(receiver.Owner!.Shown())) : PythonValue.Unknown;
                case "archive":
                    if (name is "extractall" or "extract")
                        _folders.Add(((Arg(args, 0) ?? Arg(args, "path"))?.Shown() ?? ".", FileTaint(receiver.Owner!).With(receiver.Owner!.Taint())));
                    else if (name is "write" or "add" or "writestr" && Arg(args, 0) is { } member)
                        WriteTo(receiver.Owner!, member.Taint().With(ReadAt(member, place)), place);
                    return name is "read" or "open" or "extractfile" ? receiver.Owner!.Taint().With(FileTaint(receiver.Owner!)) : PythonValue.Unknown;
                case "process":
                    if (name is "communicate" or "stdin.write" && Arg(args, 0) is { } input && IsInterpreter(receiver.Owner!.Shown()))
                        RunCode(name, input, place, scope);
                    return receiver.Taint();
            }
        }

        if (name is "VirtualAlloc" or "CreateThread" or "RtlMoveMemory")
            NoteMemoryCall(name, args, place);
        return UnknownMethod(receiver, name, args, place, scope);
    }

    /// <summary>A method of something whose type is not known: told by its name where that is telling.</summary>
    private PythonValue UnknownMethod(PythonValue receiver, string name, List<CallArgument> args, PythonExpression? place, PythonScope scope)
    {
        switch (name)
        {
            case "system" or "getoutput" when receiver.Kind is PythonKind.Bound or PythonKind.Unknown && Arg(args, 0) is { IsText: true } command && receiver.From == Origin.None:
                return StartProgram(name, command, args, place, shell: true);
            case "exec_module" or "load_module" when receiver.From.HasFlag(Origin.Network) || receiver.From.HasFlag(Origin.Decoded):
                Add(Deed.RunCode, name, null, place, receiver.From, receiver.Source, confidence: IsHub(receiver.Source) ? Confidence.Medium : Confidence.High, decoders: receiver.Decoders);
                return PythonValue.Unknown;
            case "run_cell_magic" when Arg(args, 0) is { Text: "bash" or "sh" or "script" or "cmd" } && Arg(args, 2) is { } cell:
                return StartProgram(name, cell, args, place, shell: true);
            case "run_line_magic" when Arg(args, 0) is { Text: "system" or "sx" or "sc" } && Arg(args, 1) is { } line:
                return StartProgram(name, line, args, place, shell: true);
            case "wrap_socket" when Arg(args, 0) is { Kind: PythonKind.Instance, Text: "socket" } plain:
                return plain;
            case "runsource" or "run_cell" when Arg(args, 0) is { } source && (source.IsText || source.From != Origin.None):
                return RunCode(name, source, place, scope);
            case "submit" or "apply_async" or "apply" or "run_in_executor" or "call_soon" or "call_later" or "add_done_callback" or "map" or "start_soon" or "after" or "schedule" or "enter":
                return InvokeLater(args, "any", place, scope);
            case "encrypt" or "encrypt_and_digest" or "encryptor":
                return PythonValue.Tainted(Sum(args).From | receiver.From, receiver.Source, [], encrypted: true);
            case "decrypt" or "decrypt_and_verify":
                return PythonValue.Tainted(receiver.From | Sum(args).From | Origin.Decoded, Sum(args).Source, [.. Sum(args).Decoders, "decrypt"]);
            case "read" or "readline" or "readlines" or "text" or "json" or "decode" or "getvalue" or "iter_content" or "iter_lines" or "strip" or "get" or "split" or "encode" or "group" or "find" or "getcode":
                return receiver.Taint().With(Sum(args.FindAll(static a => a.Value.Kind != PythonKind.Function)) is { From: var f } && f.HasFlag(Origin.Decoded) ? PythonValue.Tainted(Origin.Decoded) : PythonValue.Unknown);
            case "write" when receiver.Kind == PythonKind.Bound && receiver.Text == "stdin" && receiver.Owner is { Text: "process" } process && Arg(args, 0) is { } sent && IsInterpreter(process.Owner!.Shown()):
                return RunCode("stdin.write", sent, place, scope);
            case "upload_file" or "put_object" or "upload_fileobj" or "upload_from_filename" or "put" when Arg(args, 0) is { } local:
                var content = Sum(args).With(ReadAt(local, null));
                if (content.From.HasFlag(Origin.Secret))
                    Add(Deed.Send, name, null, place, content.From & Carried, content.Source, confidence: Confidence.Medium);
                return PythonValue.Unknown;
            case "start" or "run" or "join" or "close" or "get_event_loop":
                return receiver.Taint(1);
        }

        return Callbacks(args, scope, place, receiver);
    }

    private PythonValue ListMethod(PythonValue list, string name, List<CallArgument> args, PythonExpression? place, PythonScope scope)
    {
        var items = list.Items!;
        switch (name)
        {
            case "append" or "add" when args.Count > 0:
                if (items.Count < MaxItems)
                    items.Add(args[0].Value);
                return PythonValue.None;
            case "extend" or "update" when args.Count > 0 && args[0].Value.Kind == PythonKind.List:
                if (items.Count + args[0].Value.Items!.Count < MaxItems)
                    items.AddRange(args[0].Value.Items!);
                return PythonValue.None;
            case "insert" when args.Count > 1:
                if (items.Count < MaxItems)
                    items.Insert((int)Math.Clamp(args[0].Value.Number, 0, items.Count), args[1].Value);
                return PythonValue.None;
            case "reverse":
                items.Reverse();
                return PythonValue.None;
            case "pop" when items.Count > 0:
                var at = args.Count > 0 && args[0].Value.Kind == PythonKind.Int ? (int)Math.Clamp(args[0].Value.Number < 0 ? items.Count + args[0].Value.Number : args[0].Value.Number, 0, items.Count - 1) : items.Count - 1;
                return items[at];
            case "copy":
                return PythonValue.List([.. items]);
            default:
                return Callbacks(args, scope, place, list);
        }
    }

    private static PythonValue DictMethod(PythonValue dict, string name, List<CallArgument> args)
    {
        var map = dict.Map!;
        switch (name)
        {
            case "get" or "pop" or "setdefault" when args.Count > 0:
                return map.TryGetValue(Key(args[0].Value), out var value) ? value : args.Count > 1 ? args[1].Value.With(dict.Taint(1)) : dict.Taint(1);
            case "values":
                return PythonValue.List([.. map.Values]);
            case "keys":
                return PythonValue.List([.. map.Keys.Select(PythonValue.Str)]);
            case "items":
                return PythonValue.List([.. map.Select(e => PythonValue.List([PythonValue.Str(e.Key), e.Value]))]);
            case "update" when args.Count > 0:
                foreach (var argument in args)
                {
                    if (argument.Name is not null)
                        map[argument.Name] = argument.Value;
                    else if (argument.Value.Kind == PythonKind.Dict)
                    {
                        foreach (var (key, entry) in argument.Value.Map!)
                            map[key] = entry;
                    }
                    else
                    {
                        map["=" + map.Count] = argument.Value;
                    }
                }

                return PythonValue.None;
            case "copy":
                return new PythonValue(PythonKind.Dict) { Map = new(map, StringComparer.Ordinal) };
            default:
                return dict.Taint();
        }
    }

    private PythonValue PathMethod(PythonValue path, string name, List<CallArgument> args, PythonExpression? place)
    {
        var own = path.Owner!;
        switch (name)
        {
            case "read_text" or "read_bytes":
                return ReadAt(own, place).With(path.Taint());
            case "open":
                return Open(own, [new(null, own), .. args], place);
            case "write_text" or "write_bytes" when args.Count > 0:
                WriteTo(own, args[0].Value, place);
                return PythonValue.Unknown;
            case "joinpath":
                return PythonLibrary.PathOf(args.Aggregate(own.Shown(), (p, a) => PythonLibrary.JoinPath(p, a.Value.Shown())), path);
            case "glob" or "rglob" or "iterdir":
                return Walk("path." + name, PythonValue.Str(own.Shown()), place);
            case "unlink" or "rmdir":
                Destroy("path." + name, own, place);
                return PythonValue.None;
            case "rename" or "replace" when args.Count > 0:
                CopyFile([new(null, own), .. args], "move", place);
                return PythonLibrary.PathOf(args[0].Value.Shown(), path);
            case "expanduser" or "resolve" or "absolute" or "as_posix" or "with_suffix" or "with_name":
                return name == "with_suffix" && args.Count > 0 ? PythonLibrary.PathOf(own.Shown() + args[0].Value.Shown(), path) : path;
            case "exists" or "is_file" or "is_dir" or "mkdir" or "stat" or "touch" or "chmod":
                return PythonValue.Unknown;
            default:
                return path;
        }
    }

    private PythonValue FileMethod(PythonValue file, string name, List<CallArgument> args, PythonExpression? place)
    {
        switch (name)
        {
            case "write" or "writelines" when args.Count > 0:
                WriteTo(file.Owner!, args[0].Value, place);
                return PythonValue.Unknown;
            case "read" or "readline" or "readlines" or "getvalue" or "getbuffer":
                return IsOwnFile(file.Owner!) ? PythonValue.Str(_unit.Text).With(Origin.File) : file.Taint().With(FileTaint(file.Owner!));
            case "close" or "flush" or "seek" or "tell" or "truncate":
                return PythonValue.Unknown;
            default:
                return file.Taint();
        }
    }

    private PythonValue SocketMethod(PythonValue socket, string name, List<CallArgument> args, PythonExpression? place)
    {
        switch (name)
        {
            case "connect" or "connect_ex":
                Connected(Arg(args, 0), place, "socket.connect", socket);
                return PythonValue.Unknown;
            case "recv" or "recvfrom" or "read" or "readline" or "recv_into":
                return PythonValue.Tainted(Origin.Network, _peer ?? "tcp://");
            case "makefile":
                return PythonValue.Tainted(Origin.Network, _peer ?? "tcp://");
            case "send" or "sendall" or "sendto" or "write":
                var sent = Arg(args, 0) ?? PythonValue.Unknown;
                if ((sent.Taint().From & Carried) != 0)
                    Add(Deed.Send, "socket." + name, (name == "sendto" ? PeerOf(Arg(args, 1)) : null) ?? _peer, place, sent.Taint().From & Carried, sent.Taint().Source);
                return PythonValue.Unknown;
            case "accept":
                _peer ??= "tcp://(whoever connects)";
                return PythonValue.List([socket, PythonValue.Unknown]);
            case "fileno" or "detach" or "dup":
                return socket;
            default:
                return socket;
        }
    }

    // --- the deeds ---

    private const Origin Carried = Origin.Secret | Origin.Machine | Origin.File | Origin.Environment;

    /// <summary>Whether a pickle that stands in the code calls what is dangerous.</summary>
    private bool OpensDangerous(PythonValue pickle)
    {
        if (pickle.Kind != PythonKind.Bytes || pickle.Text.Length is < 4 or > 1 << 20)
            return false;
        var bytes = Encoding.Latin1.GetBytes(pickle.Text);
        if (new PickleReader().Read(new MemoryByteSource(bytes), new ReadScope(_acts.Budget, new ReadDepth(Full: true))) is not PickleFacts facts)
            return false;
        foreach (var global in facts.Globals)
        {
            if (CallableTable.Grade(global.Module, global.Name, []) is { Class: NameClass.Dangerous, ByModule: false })
                return true;
        }

        return false;
    }

    private PythonValue Http(string name, string method, List<CallArgument> args, PythonExpression? place)
    {
        if (method == "REQUEST")
        {
            method = Arg(args, 0) is { IsConstant: true } verb ? verb.Text.ToUpperInvariant() : "GET";
            args = [.. args.Where(static a => a.Name is null).Skip(1), .. args.Where(static a => a.Name is not null)];
        }

        var target = Arg(args, 0) ?? Arg(args, "url") ?? PythonValue.Unknown;
        var payload = PythonValue.Unknown;
        if (target is { Kind: PythonKind.Instance, Text: "request" })
        {
            payload = target.Items![0].Taint();
            if (target.Items[0].Kind != PythonKind.None)
                method = "POST";
            target = target.Owner!;
        }

        foreach (var argument in args)
        {
            if (argument.Name is "data" or "json" or "files" or "params" or "content" or "body" or "fields")
                payload = payload.With(argument.Value.Taint(4));
        }

        if (Arg(args, 1) is { } positional && method != "GET")
            payload = payload.With(positional.Taint(4));
        if (Arg(args, "verify") is { Kind: PythonKind.Int, Number: 0 } || Arg(args, "ssl") is { Kind: PythonKind.Int, Number: 0 } || Arg(args, "context") is { Source: "unverified" })
            Add(Deed.SkipTls, name, null, place, Origin.None);
        var url = target.Shown();
        var known = url.Length > 0 && url != PythonValue.Hole.ToString() ? Clean(url) : null;
        var inAddress = target.Taint().From & (Origin.Secret | Origin.Machine);
        var carried = (payload.From & Carried) | inAddress;
        if (method is "POST" or "PUT" or "PATCH" || (carried & (Origin.Secret | Origin.Machine)) != 0)
        {
            var secret = payload.From.HasFlag(Origin.Secret) ? payload.Source : target.Source;
            var generic = carried.HasFlag(Origin.Secret) && secret is not null && IsGenericKey(secret);
            Add(Deed.Send, name, known, place, carried, secret?.TrimStart('?'), confidence: generic ? Confidence.Low : secret is ['?', ..] ? Confidence.Medium : Confidence.High, decoders: target.Decoders, hidden: target.From);
        }
        else
        {
            Add(Deed.Download, name, known, place, target.From & (Origin.Decoded | Origin.Computed), null, decoders: target.Decoders);
        }

        if (known is not null && known.Contains("169.254.169.254", StringComparison.Ordinal) || known is not null && known.Contains("metadata.google.internal", StringComparison.Ordinal))
        {
            var credentials = known.Contains("security-credentials", StringComparison.OrdinalIgnoreCase) || known.Contains("service-accounts", StringComparison.OrdinalIgnoreCase) || known.Contains("oauth2", StringComparison.OrdinalIgnoreCase);
            Add(Deed.ReadSecret, name, known, place, Origin.None, confidence: credentials ? Confidence.High : Confidence.Low);
            if (credentials)
                return PythonValue.Tainted(Origin.Network | Origin.Secret, known);
        }

        return PythonValue.Tainted(Origin.Network | (target.From & Origin.Decoded), known ?? target.Source, target.Decoders);
    }

    private PythonValue Save(string name, List<CallArgument> args, string order, PythonExpression? place)
    {
        var url = Arg(args, 0) ?? Arg(args, "url") ?? PythonValue.Unknown;
        var path = Arg(args, order == "third" ? 2 : 1) ?? Arg(args, "filename", "out", "output", "dst") ?? PythonValue.Unknown;
        var known = url.IsText ? Clean(url.Shown()) : null;
        Add(Deed.Download, name, known, place, url.From & (Origin.Decoded | Origin.Computed), null, decoders: url.Decoders);
        var content = PythonValue.Tainted(Origin.Network | (url.From & Origin.Decoded), known, url.Decoders);
        if (path.Kind is PythonKind.Unknown or PythonKind.None)
        {
            var made = PythonValue.Str($"{PythonValue.Hole}tmp{++_temporary}");
            _files[made.Text] = content;
            return PythonValue.List([made, PythonValue.Unknown]);
        }

        WriteTo(path, content, place);
        return PythonValue.List([path, PythonValue.Unknown]);
    }

    private PythonValue Connected(PythonValue? address, PythonExpression? place, string name, PythonValue? socket = null)
    {
        var peer = PeerOf(address);
        _peer = peer ?? "tcp://";
        Add(Deed.Connect, name, peer, place, address?.Taint().From & (Origin.Decoded | Origin.Computed) ?? Origin.None, null);
        return socket ?? new PythonValue(PythonKind.Instance) { Text = "socket", Source = "socket", Map = new(StringComparer.Ordinal) };
    }

    private static string? PeerOf(PythonValue? address) =>
        address is { Kind: PythonKind.List, Items: [var host, var port, ..] } ? $"tcp://{Clean(host.Shown())}:{Clean(port.Shown())}" : null;

    private PythonValue Open(PythonValue path, List<CallArgument> args, PythonExpression? place)
    {
        var mode = (Arg(args, 1) ?? Arg(args, "mode"))?.Text ?? "r";
        var writes = mode.AsSpan().ContainsAny('w', 'a', 'x');
        var content = writes ? PythonValue.Unknown : ReadAt(path, place);
        return new PythonValue(PythonKind.Instance) { Text = "file", Map = writes ? new(StringComparer.Ordinal) { ["w"] = PythonValue.True } : null, Owner = path.IsText ? path : PythonValue.Str(path.Shown()), From = content.From, Source = content.Source, Decoders = content.Decoders };
    }

    /// <summary>What reading a path yields: what was written there, or what such a file holds.</summary>
    private PythonValue ReadAt(PythonValue path, PythonExpression? place)
    {
        var text = path.Shown();
        var content = FileTaint(path);
        if (PythonLibrary.SecretAt(text) is { } sure)
        {
            if (place is not null)
                Add(Deed.ReadSecret, "open", Clean(text), place, Origin.None, confidence: sure);
            return content.With(Origin.Secret | Origin.File, (sure == Confidence.High ? "" : "?") + Clean(text));
        }

        // Whatever a walk finds in a home folder is private.
        if (text.Contains(PythonValue.Hole) && IsHomeOrRoot(text, anywhere: true) && !text.StartsWith(PythonValue.Hole))
            return content.With(Origin.Secret | Origin.File, Clean(text));

        return content.With(Origin.File, path.IsConstant ? Clean(text) : null);
    }

    private PythonValue FileTaint(PythonValue path)
    {
        var text = path.Kind == PythonKind.Instance && path.Owner is not null ? path.Owner.Shown() : path.Shown();
        if (_files.TryGetValue(text, out var content))
            return content;
        foreach (var (folder, inside) in _folders)
        {
            if (folder.Length > 1 && text.StartsWith(folder, StringComparison.Ordinal))
                return inside;
        }

        // The value itself may come from a network: a path that a download function returned.
        return path.From.HasFlag(Origin.Network) && path.Text.StartsWith(PythonValue.Hole) ? path.Taint() : PythonValue.Unknown;
    }

    private void WriteTo(PythonValue path, PythonValue content, PythonExpression? place)
    {
        var text = path.Shown();
        var taint = content.Taint();
        if (text.Length > 1 && (taint.From & (Origin.Network | Origin.Decoded | Origin.Secret)) != 0)
            _files[text] = _files.TryGetValue(text, out var before) ? before.With(taint) : taint;
        if (content.Encrypted && IsHomeOrRoot(text, anywhere: true))
            Add(Deed.Destroy, "write", Clean(text), place, Origin.None);
        var folded = text.Replace('\\', '/').ToLowerInvariant();
        if (folded.EndsWith("drivers/etc/hosts", StringComparison.Ordinal) || folded == "/etc/hosts")
            Add(Deed.DisableProtection, "write", Clean(text), place, Origin.None);
        else if (folded.StartsWith("/site-packages/", StringComparison.Ordinal) && folded.EndsWith(".py", StringComparison.Ordinal) && content.IsText && content.Text.AsSpan().IndexOfAny(LibraryPatches) >= 0)
            Add(Deed.Persist, "write", Clean(text), place, taint.From & Carried);
        else if (folded.EndsWith(".pth", StringComparison.Ordinal) && folded.Contains("packages", StringComparison.Ordinal) && content.IsText && content.Text.StartsWith("import ", StringComparison.Ordinal))
            Add(Deed.Persist, "write", Clean(text), place, taint.From & Carried);
        else if (PythonLibrary.StartsByItself(text) && !IsSetting(content))
            Add(Deed.Persist, "write", Clean(text), place, taint.From & Carried, confidence: text[0] == PythonValue.Hole ? Confidence.Low : content.IsText || taint.From != Origin.None ? Confidence.High : Confidence.Medium);
        else
            Add(Deed.WriteFile, "write", Clean(text), place, taint.From);
    }

    /// <summary>What a patch of a library has no honest reason to contain.</summary>
    private static readonly System.Buffers.SearchValues<string> LibraryPatches = System.Buffers.SearchValues.Create(["os.system(", "subprocess.", "exec(", "urlopen(", "requests.get(", "socket.socket("], StringComparison.Ordinal);

    /// <summary>Lines of a shell profile that only set something.</summary>
    private static bool IsSetting(PythonValue content)
    {
        if (!content.IsText)
            return false;
        foreach (var line in content.Text.AsSpan().EnumerateLines())
        {
            var words = line.Trim();
            if (words.Length > 0 && words[0] != '#' && !words.StartsWith("export ", StringComparison.Ordinal) && !words.StartsWith("alias ", StringComparison.Ordinal) && !words.StartsWith("set ", StringComparison.Ordinal))
                return false;
        }

        return true;
    }

    private PythonValue CopyFile(List<CallArgument> args, string how, PythonExpression? place)
    {
        if (args.Count < 2)
            return PythonValue.Unknown;
        var (source, target) = (args[0].Value, args[1].Value);
        if (how == "stream")
        {
            if (target is { Kind: PythonKind.Instance, Text: "file" })
                WriteTo(target.Owner!, source, place);
            return PythonValue.None;
        }

        var content = ReadAt(source, place);
        if ((content.From & ~Origin.File) != 0 || PythonLibrary.StartsByItself(target.Shown()))
            WriteTo(target, content, place);
        return target;
    }

    private PythonValue Walk(string name, PythonValue? root, PythonExpression? place)
    {
        var text = root?.Shown() ?? ".";
        if (PythonLibrary.SecretAt(text + "/") is { } sure && place is not null)
            Add(Deed.ReadSecret, name, Clean(text), place, Origin.None, confidence: sure);
        var inside = text.Contains('*', StringComparison.Ordinal) ? text.Replace('*', PythonValue.Hole) : PythonLibrary.JoinPath(text, PythonValue.Hole.ToString());
        PythonValue element = name.Contains("walk", StringComparison.Ordinal)
            ? PythonValue.List([PythonValue.Str(inside), PythonValue.List([PythonValue.Str(PythonValue.Hole.ToString())]), PythonValue.List([PythonValue.Str(PythonValue.Hole.ToString())])])
            : name.StartsWith("path.", StringComparison.Ordinal) ? PythonLibrary.PathOf(inside, PythonValue.Unknown) : PythonValue.Str(name.EndsWith("listdir", StringComparison.Ordinal) ? PythonValue.Hole.ToString() : inside);
        return new PythonValue(PythonKind.Instance) { Text = "iterator", Items = [element] };
    }

    private void Destroy(string name, PythonValue path, PythonExpression? place)
    {
        var text = path.Shown();
        if (IsHomeOrRoot(text, anywhere: false))
            Add(Deed.Destroy, name, Clean(text), place, Origin.None);
    }

    /// <summary>The root, the home of a user, or whatever lies directly below it; with <paramref name="anywhere"/> also what a walk finds deeper.</summary>
    private static bool IsHomeOrRoot(string path, bool anywhere)
    {
        var text = path.Replace('\\', '/').TrimEnd('/');
        if ((text.Length == 0 && path.Length > 0) || text is "~" or "C:" or "c:" or "/home" or "/root" or "/etc" or "/usr" or "/boot" or "/var" or "/Users" or "C:/Users" or "C:/Windows" or "C:/Windows/System32")
            return true;
        foreach (var root in (ReadOnlySpan<string>)["~/", "/home/", "/Users/", "C:/Users/", "/"])
        {
            if (text.StartsWith(root, StringComparison.Ordinal) && text.Length > root.Length && text[root.Length] == PythonValue.Hole)
                return true;
        }

        if (!text.StartsWith("~/", StringComparison.Ordinal) && !text.StartsWith("/home", StringComparison.Ordinal))
            return false;
        var rest = text.StartsWith("~/", StringComparison.Ordinal) ? text[2..] : text;
        foreach (var folder in (ReadOnlySpan<string>)["Documents", "Desktop", "Pictures", "Downloads", "Videos", "Music"])
        {
            if (rest == folder || (anywhere && rest.StartsWith(folder + "/", StringComparison.Ordinal)) || rest.StartsWith(folder + "/" + PythonValue.Hole, StringComparison.Ordinal))
                return true;
        }

        return anywhere && text.Contains(PythonValue.Hole);
    }

    private static PythonValue Environment(PythonValue index)
    {
        if (!index.IsConstant)
            return PythonValue.Tainted(Origin.Environment);
        var name = index.Text.ToUpperInvariant();
        switch (name)
        {
            case "HOME" or "USERPROFILE":
                return PythonValue.Str("~");
            case "APPDATA":
                return PythonValue.Str("~/AppData/Roaming");
            case "LOCALAPPDATA":
                return PythonValue.Str("~/AppData/Local");
            case "TEMP" or "TMP" or "TMPDIR":
                return PythonValue.Str("/tmp");
            case "USERNAME" or "USER" or "COMPUTERNAME" or "HOSTNAME" or "LOGNAME":
                return PythonValue.Tainted(Origin.Machine, name);
        }

        return IsKeyName(name) ? PythonValue.Tainted(Origin.Secret, name) : PythonValue.Tainted(Origin.Environment, name);
    }

    private static bool IsKeyName(string name) =>
        name.Contains("TOKEN", StringComparison.Ordinal) || name.Contains("SECRET", StringComparison.Ordinal) || name.Contains("PASSWORD", StringComparison.Ordinal) || name.EndsWith("_KEY", StringComparison.Ordinal)
        || name.EndsWith("_KEY_ID", StringComparison.Ordinal) || name.Contains("CREDENTIAL", StringComparison.Ordinal);

    /// <summary>A key that only its own program knows: sending it is how that program logs in.</summary>
    private static bool IsGenericKey(string name) =>
        IsKeyName(name) && !name.StartsWith("HF_", StringComparison.Ordinal) && !name.StartsWith("HUGGING", StringComparison.Ordinal) && !name.StartsWith("AWS_", StringComparison.Ordinal) && !name.StartsWith("GITHUB", StringComparison.Ordinal)
        && !name.StartsWith("GH_", StringComparison.Ordinal) && !name.StartsWith("OPENAI", StringComparison.Ordinal) && !name.StartsWith("ANTHROPIC", StringComparison.Ordinal) && !name.StartsWith("AZURE", StringComparison.Ordinal)
        && !name.StartsWith("GOOGLE", StringComparison.Ordinal) && !name.StartsWith("WANDB", StringComparison.Ordinal) && !name.StartsWith("NPM", StringComparison.Ordinal) && !name.StartsWith("GITLAB", StringComparison.Ordinal);

    private void SetEnvironment(string name, PythonValue value, PythonExpression place)
    {
        if (name is "PYTHONHTTPSVERIFY" or "NODE_TLS_REJECT_UNAUTHORIZED" && value.Text == "0")
            Add(Deed.SkipTls, name, null, place, Origin.None);
        else if (name is "LD_PRELOAD" or "DYLD_INSERT_LIBRARIES" && value.IsText)
            Add(Deed.MachineCode, name, Clean(value.Text), place, FileTaint(value).From, FileTaint(value).Source, confidence: Confidence.Medium);
    }

    private void SetAttribute(PythonValue owner, string name, PythonValue value, PythonExpression? place)
    {
        switch (name)
        {
            case "_create_default_https_context" or "verify_mode" when value is { Kind: PythonKind.Global } && (value.Text.Contains("unverified", StringComparison.Ordinal) || value.Text.EndsWith("CERT_NONE", StringComparison.Ordinal)):
                Add(Deed.SkipTls, name, null, place, Origin.None);
                break;
            case "verify" or "check_hostname" when value is { Kind: PythonKind.Int, Number: 0 } && owner.Kind != PythonKind.Class:
                Add(Deed.SkipTls, name, null, place, Origin.None);
                break;
            case "restype" or "argtypes" or "errcheck":
                break;
            default:
                _ = owner;
                break;
        }
    }

    private void SetRegistry(PythonValue? key, List<CallArgument> args, PythonExpression? place)
    {
        var path = key is { Kind: PythonKind.Instance, Text: "registry" } ? key.Owner!.Shown() : "";
        if (path.Contains(@"CurrentVersion\Run", StringComparison.OrdinalIgnoreCase) || path.Contains(@"Winlogon", StringComparison.OrdinalIgnoreCase))
            Add(Deed.Persist, "winreg.SetValueEx", Clean(path), place, Sum(args).From & Carried);
        else if (path.Contains("Windows Defender", StringComparison.OrdinalIgnoreCase) || path.Contains(@"Policies\System", StringComparison.OrdinalIgnoreCase))
            Add(Deed.DisableProtection, "winreg.SetValueEx", Clean(path), place, Origin.None);
    }

    private void LoadNative(string name, PythonValue? library, PythonExpression? place)
    {
        if (library is null)
            return;
        var taint = FileTaint(library).With(library.Taint());
        if ((taint.From & (Origin.Network | Origin.Decoded)) != 0)
            Add(Deed.MachineCode, name, Clean(library.Shown()), place, taint.From, taint.Source, decoders: taint.Decoders);
        else if (library.IsConstant && library.Text.Contains("amsi", StringComparison.OrdinalIgnoreCase))
            Add(Deed.DisableProtection, name, library.Text, place, Origin.None);
        else
            Add(Deed.MachineCode, name, library.IsText ? Clean(library.Shown()) : null, place, Origin.None, confidence: Confidence.Low);
    }

    private void NoteMemoryCall(string name, List<CallArgument> args, PythonExpression? place)
    {
        _ = args;
        if (name is "VirtualAlloc" or "VirtualAllocEx" or "VirtualProtect" or "CreateThread" or "CreateRemoteThread" or "RtlMoveMemory" or "WriteProcessMemory" or "NtAllocateVirtualMemory" or "mmap-exec" or "CFUNCTYPE" or "WINFUNCTYPE"
            or "memmove" or "QueueUserAPC" or "NtCreateThreadEx" or "mprotect" or "memfd_create" or "EnumWindows" or "HeapCreate")
        {
            _memoryCalls.Add(name);
            _memoryPlace ??= place;
        }
        else if (name is "AmsiScanBuffer" or "EtwEventWrite")
        {
            Add(Deed.DisableProtection, name, null, place, Origin.None);
        }
        else if (name is "IsDebuggerPresent" or "CheckRemoteDebuggerPresent")
        {
            Add(Deed.DetectAnalysis, name, null, place, Origin.None, confidence: Confidence.Medium);
        }
        else if (name is "GetAsyncKeyState" or "SetWindowsHookExA" or "SetWindowsHookExW")
        {
            Add(Deed.Spy, name, null, place, Origin.None);
        }
        else if (name is "ShellExecuteW" or "ShellExecuteA" && args.Exists(static a => a.Value.Text == "runas"))
        {
            Add(Deed.Elevate, name, "runas", place, Origin.None);
        }
    }

    private PythonValue ImportByName(PythonValue? name, PythonExpression? place, bool top)
    {
        if (name is { IsConstant: true } && Staged(name.Text) is { } staged)
            Add(Deed.RunCode, "import " + name.Text, name.Text, place, staged.From, staged.Source, decoders: staged.Decoders);
        if (name is null || !name.IsConstant)
            return name?.Taint() ?? PythonValue.Unknown;
        if (name.Text.Length is > 0 and < 200 && place is not null && char.IsAsciiLetter(name.Text[0]))
            NoteSibling(name.Text, 0, place.Start);
        return PythonValue.Global(Canonical(top ? name.Text.Split('.')[0] : name.Text)).With(name.From & (Origin.Decoded | Origin.Computed), null, name.Decoders);
    }

    /// <summary>What was written where imports look for this module.</summary>
    private PythonValue? Staged(string module)
    {
        foreach (var folder in _searched)
        {
            var content = FileTaint(PythonValue.Str(PythonLibrary.JoinPath(folder, module.Replace('.', '/') + ".py")));
            if ((content.From & (Origin.Network | Origin.Decoded)) != 0)
                return content;
        }

        return null;
    }

    private static PythonValue GetAttribute(List<CallArgument> args, PythonExpression? place)
    {
        _ = place;
        if (args.Count < 2)
            return PythonValue.Unknown;
        var (owner, name) = (args[0].Value, args[1].Value);
        if (!name.IsConstant)
            return owner.Taint(1).With(name.Taint(1));
        var found = Attribute(owner, name.Text);
        return found.With(name.From & (Origin.Decoded | Origin.Computed), null, name.Decoders);
    }

    private PythonValue InvokeLater(List<CallArgument> args, string which, PythonExpression? place, PythonScope scope)
    {
        for (var i = 0; i < args.Count; i++)
        {
            var value = args[i].Value;
            var callable = value.Kind is PythonKind.Function or PythonKind.Partial or PythonKind.Class || (value.Kind == PythonKind.Bound && (value.Node is not null || args[i].Name is not null)) || (value.Kind == PythonKind.Global && PythonLibrary.Knows(value.Text));
            if (!callable)
                continue;
            var given = Rest(args, i).ToList();
            if (which == "map" && given.Count > 0)
            {
                var results = new List<PythonValue>();
                foreach (var item in (Iterate(given[0].Value) ?? [Element(given[0].Value)]).Take(MaxItems))
                {
                    if (IsSpent)
                        break;
                    results.Add(Call(value, [new(null, item)], place, scope));
                }

                return PythonValue.List(results);
            }

            if (which == "any" && given is [{ Value.Kind: PythonKind.List } only] && only.Value.Items is [var element, ..])
                given = [new(null, element)];
            return Call(value, given, place, scope);
        }

        return args.Count > 0 && which == "map" ? Sum(args) : Unresolved(PythonValue.Unknown, args);
    }

    private static PythonValue DecodeCall(string decoder, PythonValue value)
    {
        if (PythonFolding.Decode(decoder, value) is { } decoded)
            return decoded;
        // Strings in a list (joblib of a payload) or data that is not known here: what comes out is decoded all the same.
        var taint = value.Taint();
        return PythonValue.Tainted(taint.From | Origin.Decoded | (value.IsText || taint.From != Origin.None ? Origin.None : Origin.Argument), taint.Source, [.. taint.Decoders, decoder]);
    }

    private PythonValue Fold(string function, List<CallArgument> args, PythonScope scope, PythonExpression? place)
    {
        var first = Arg(args, 0) ?? PythonValue.Unknown;
        switch (function)
        {
            case "chr" when first.Kind == PythonKind.Int && first.Number is >= 0 and <= 0x10FFFF and not (>= 0xD800 and < 0xE000):
                return PythonValue.Str(char.ConvertFromUtf32((int)first.Number)).With(first).With(Origin.Computed, null, ["chr"]);
            case "ord" when first.IsConstant && first.Text.Length > 0:
                return PythonValue.Int(first.Text[0]).With(first);
            case "bytes":
                if (first.Kind == PythonKind.List && first.Items!.Count > 0 && first.Items.TrueForAll(static i => i.Kind == PythonKind.Int))
                {
                    var made = PythonFolding.Bytes(first.Taint(1), [.. first.Items.Select(i => (byte)i.Number)]);
                    return first.Items.Count >= 8 ? made.With(Origin.Decoded, null, [first.Taint(1).Decoders.Contains("xor") ? "xor" : "numbers"]) : made;
                }

                return first.IsText ? new PythonValue(PythonKind.Bytes) { Text = first.Text, From = first.From, Source = first.Source, Decoders = first.Decoders } : first.Taint();
            case "str":
                return first.IsText ? (first.Kind == PythonKind.Bytes && args.Count < 2 ? first.Taint() : new PythonValue(PythonKind.Str) { Text = first.Text, From = first.From, Source = first.Source, Decoders = first.Decoders })
                    : first.Kind is PythonKind.Int or PythonKind.Instance ? PythonFolding.Same(PythonValue.Str(""), first.Shown()).With(first.Taint()) : first.Taint();
            case "int":
                var number = first.IsConstant && first.Text.Length < 32 ? Arg(args, 1) is { Kind: PythonKind.Int } radix ? ParseInt(first.Text, (int)radix.Number) : ParseInt(first.Text, 10) : first.Kind == PythonKind.Int ? first.Number : (long?)null;
                return number is { } parsed ? PythonValue.Int(parsed).With(first) : PythonValue.Unknown;
            case "list":
                return Iterate(first) is { } items ? new PythonValue(PythonKind.List) { Items = [.. items], From = first.From, Source = first.Source } : first.Kind == PythonKind.Instance ? first : first.Taint();
            case "reversed":
                if (Iterate(first) is { } forward)
                {
                    List<PythonValue> turned = [.. forward];
                    turned.Reverse();
                    return new PythonValue(PythonKind.List) { Items = turned, From = first.From | Origin.Computed, Decoders = ["reversed"] };
                }

                return first.Taint();
            case "sorted":
                return first.Kind == PythonKind.List ? PythonValue.List([.. first.Items!]) : first.Taint();
            case "range":
                return Range(args);
            case "enumerate":
                return Iterate(first) is { } counted ? PythonValue.List([.. counted.Select((v, i) => PythonValue.List([PythonValue.Int(i), v]))]) : new PythonValue(PythonKind.Instance) { Text = "iterator", Items = [PythonValue.List([PythonValue.Unknown, Element(first)])] };
            case "zip":
                var columns = args.ConvertAll(a => Iterate(a.Value));
                if (columns.Count == 0 || columns.Exists(static c => c is null))
                    return new PythonValue(PythonKind.Instance) { Text = "iterator", Items = [PythonValue.List([.. args.Select(a => Element(a.Value))])] };
                var rows = columns.Min(static c => c!.Count);
                return PythonValue.List([.. Enumerable.Range(0, rows).Select(i => PythonValue.List([.. columns.Select(c => c![i])]))]);
            case "next":
                return Iterate(first) is [var head, ..] ? head : Element(first);
            case "dict":
                return first.Kind == PythonKind.Dict ? first : first is { Kind: PythonKind.Global, Text: "os.environ" } ? first.Taint()
                    : new PythonValue(PythonKind.Dict) { Map = args.Where(a => a.Name is not null).GroupBy(a => a.Name!).ToDictionary(g => g.Key, g => g.First().Value, StringComparer.Ordinal) };
            case "dumps":
                return first.Taint(4);
            case "maketrans":
                var table = new Dictionary<string, PythonValue>(StringComparer.Ordinal);
                if (first.Kind == PythonKind.Dict)
                    return first;
                if (Arg(args, 1) is { IsConstant: true } to && first.IsConstant)
                {
                    for (var i = 0; i < Math.Min(first.Text.Length, to.Text.Length); i++)
                        table[((int)first.Text[i]).ToString()] = PythonValue.Str(to.Text[i].ToString());
                }

                return new PythonValue(PythonKind.Dict) { Map = table };
            case "reduce":
                return Reduce(args, scope, place);
            case "sum" or "max" or "min":
                return first.Kind == PythonKind.List && first.Items!.Count > 0 && first.Items.TrueForAll(static i => i.Kind == PythonKind.Int)
                    ? PythonValue.Int(function == "sum" ? first.Items.Sum(i => i.Number) : function == "max" ? first.Items.Max(i => i.Number) : first.Items.Min(i => i.Number)) : PythonValue.Unknown;
            case "len":
                return first.Kind == PythonKind.List ? PythonValue.Int(first.Items!.Count) : first.IsConstant ? PythonValue.Int(first.Text.Length) : PythonValue.Unknown;
            case "type":
                if (args.Count == 3 && args[2].Value is { Kind: PythonKind.Dict, Map: { } members })
                    return new PythonValue(PythonKind.Class) { Map = members, Items = [], Text = first.Text };
                return PythonValue.Unknown;
            case "unquote":
                return first.IsConstant ? PythonFolding.Same(first, Uri.UnescapeDataString(first.Text)) : first.Taint();
            case "marshal":
                return DecodeCall("marshal", first);
            case "hexlify" or "encode":
                return first.Taint();
            case "json":
                return first.IsConstant && first.Text.Length < 1 << 16 ? FromJson(first) : first.Taint();
            case "from_bytes":
                return PythonValue.Unknown;
            default:
                return Sum(args);
        }
    }

    private static PythonValue FromJson(PythonValue text)
    {
        try
        {
            using var document = System.Text.Json.JsonDocument.Parse(text.Text, new System.Text.Json.JsonDocumentOptions { MaxDepth = 32 });
            return Convert(document.RootElement).With(text);
        }
        catch (System.Text.Json.JsonException)
        {
            return text.Taint();
        }

        static PythonValue Convert(System.Text.Json.JsonElement element) => element.ValueKind switch
        {
            System.Text.Json.JsonValueKind.String => PythonValue.Str(element.GetString() ?? ""),
            System.Text.Json.JsonValueKind.Number when element.TryGetInt64(out var number) => PythonValue.Int(number),
            System.Text.Json.JsonValueKind.Array => PythonValue.List([.. element.EnumerateArray().Select(Convert)]),
            System.Text.Json.JsonValueKind.Object => new PythonValue(PythonKind.Dict) { Map = element.EnumerateObject().GroupBy(p => p.Name).ToDictionary(g => g.Key, g => Convert(g.Last().Value), StringComparer.Ordinal) },
            System.Text.Json.JsonValueKind.True => PythonValue.True,
            System.Text.Json.JsonValueKind.False => PythonValue.False,
            _ => PythonValue.None,
        };
    }

    private PythonValue Reduce(List<CallArgument> args, PythonScope scope, PythonExpression? place)
    {
        if (args.Count < 2 || Iterate(args[1].Value) is not { Count: > 0 } items)
            return Sum(args);
        var value = args.Count > 2 ? args[2].Value : items[0];
        foreach (var item in items.Skip(args.Count > 2 ? 0 : 1).Take(4096))
            value = Call(args[0].Value, [new(null, value), new(null, item)], place, scope);
        return value;
    }

    private static PythonValue Range(List<CallArgument> args)
    {
        if (args.Count == 0 || args.Exists(static a => a.Value.Kind != PythonKind.Int))
            return new PythonValue(PythonKind.Instance) { Text = "iterator", Items = [PythonValue.Unknown] };
        var (from, to, by) = args.Count switch
        {
            1 => (0L, args[0].Value.Number, 1L),
            2 => (args[0].Value.Number, args[1].Value.Number, 1L),
            _ => (args[0].Value.Number, args[1].Value.Number, args[2].Value.Number),
        };
        if (by == 0 || Math.Abs((double)to - from) / Math.Abs((double)by) > 8192)
            return new PythonValue(PythonKind.Instance) { Text = "iterator", Items = [PythonValue.Unknown] };
        var items = new List<PythonValue>();
        for (var i = from; by > 0 ? i < to : i > to; i += by)
            items.Add(PythonValue.Int(i));
        return PythonValue.List(items);
    }

    private static long? ParseInt(string text, int radix)
    {
        var clean = text.Trim().Replace("_", "", StringComparison.Ordinal);
        if (radix is 16 or 0 && clean.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            (clean, radix) = (clean[2..], 16);
        if (radix is < 2 or > 36 || clean.Length is 0 or > 18)
            return null;
        long value = 0;
        foreach (var c in clean.StartsWith('-') ? clean[1..] : clean)
        {
            var digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetter(c) ? (c | 0x20) - 'a' + 10 : 99;
            if (digit >= radix)
                return null;
            value = unchecked((value * radix) + digit);
        }

        return clean.StartsWith('-') ? -value : value;
    }

    // --- running ---

    private PythonValue RunCode(string name, PythonValue code, PythonNode? place, PythonScope scope)
    {
        if (code.Kind == PythonKind.Choice)
        {
            foreach (var one in code.Alternatives())
                RunCode(name, one, place, scope);
            return PythonValue.Unknown;
        }

        var taint = code.Taint();
        if (code is { Kind: PythonKind.Instance, Text: "file" } or { Kind: PythonKind.Instance, Text: "path" })
            return RunFile(name, code.Owner!, place, scope);
        var from = taint.From & (Origin.Network | Origin.Decoded | Origin.Computed | Origin.File | Origin.Argument);
        // Text that is assembled in steps only to be run was hidden; so was text whose plain letters were written as escapes.
        if (!code.IsConstant && !IsStrong(taint.Decoders))
            from &= ~(Origin.Computed | (from.HasFlag(Origin.Network) ? Origin.None : Origin.Decoded));
        if (from.HasFlag(Origin.Computed) && (code.IsConstant || IsStrong(taint.Decoders)) || (code.IsText && place is PythonCall written && HasEscapedLetters(written)))
            from |= Origin.Decoded;
        // What a person types, or a file of one's own, is no remote code.
        Add(
            Deed.RunCode, name, code.IsText ? Clean(code.Text) : null, place, from, taint.Source, decoders: taint.Decoders,
            confidence: (from & (Origin.Network | Origin.Decoded | Origin.Computed)) == 0 ? Confidence.Low : IsHub(taint.Source) || ((from & (Origin.File | Origin.Argument)) != 0 && taint.Source is null && !code.IsConstant) ? Confidence.Medium : Confidence.High);
        if ((from & (Origin.Network | Origin.Decoded)) == 0 && from.HasFlag(Origin.File) && taint.Source is { Length: > 0 } read && !code.IsText)
            Add(Deed.RunSibling, name, read, place, Origin.None, files: [read]);
        if (code.IsText && code.Text.Length > 1 && _nested < 6 && place is not null && !code.Text.Contains(PythonValue.Hole))
        {
            var outer = _unit;
            _unit = outer.Inner(CodeLanguage.Python, code.Text, place.Start, from & (Origin.Network | Origin.Decoded)) with { Decoders = taint.Decoders, FileName = outer.FileName };
            _nested++;
            try
            {
                var module = PythonParser.Parse(code.Text, _acts.Budget);
                if (name.EndsWith("eval", StringComparison.Ordinal) && module.Body is [PythonExpressionStatement only])
                    return Eval(only.Value, scope);
                Block(module.Body, scope);
            }
            finally
            {
                _nested--;
                _unit = outer;
            }
        }

        return PythonValue.Unknown;
    }

    /// <summary>Decoders that hide; reversing a list or making one character is ordinary.</summary>
    private static bool IsStrong(IReadOnlyList<string> decoders)
    {
        foreach (var decoder in decoders)
        {
            if (decoder is not ("reversed" or "numbers"))
                return true;
        }

        return false;
    }

    private bool HasEscapedLetters(PythonCall call)
    {
        var text = _unit.Text.AsSpan(Math.Clamp(call.Start, 0, _unit.Text.Length), Math.Clamp(call.End - call.Start, 0, _unit.Text.Length - Math.Clamp(call.Start, 0, _unit.Text.Length)));
        var count = 0;
        for (var at = text.IndexOf("\\x"); at >= 0 && count < 8; )
        {
            if (at + 3 < text.Length && text[at + 2] is >= '2' and <= '7')
                count++;
            var next = text[(at + 2)..].IndexOf("\\x");
            at = next < 0 ? -1 : at + 2 + next;
        }

        return count >= 8;
    }

    private PythonValue RunFile(string name, PythonValue path, PythonNode? place, PythonScope scope)
    {
        _ = scope;
        var content = FileTaint(path).With(path.Taint());
        if ((content.From & (Origin.Network | Origin.Decoded)) != 0)
            Add(Deed.RunCode, name, Clean(path.Shown()), place, content.From, content.Source, decoders: content.Decoders);
        else if (path.IsConstant)
            Add(Deed.RunSibling, name, path.Text, place, Origin.None, files: [path.Text]);
        return PythonValue.Unknown;
    }

    private PythonValue StartProgram(string name, PythonValue? command, List<CallArgument> args, PythonExpression? place, bool shell)
    {
        if (command is null)
            return PythonValue.Unknown;
        if (command.Kind == PythonKind.Choice)
        {
            foreach (var one in command.Alternatives())
                StartProgram(name, one, args, place, shell);
            return PythonValue.Unknown;
        }

        var words = command.Kind == PythonKind.List ? command.Items!.ConvertAll(static i => i.Shown()) : SplitWords(command.Shown());
        var taints = command.Kind == PythonKind.List ? command.Items! : null;
        var text = command.Kind == PythonKind.List ? string.Join(' ', words.ConvertAll(w => words.Count > 0 && IsWindows(words[0]) ? QuotedForWindows(w) : Quoted(w))) : command.Shown();
        if (IsSocket(args))
        {
            Add(Deed.ReverseShell, name, _peer, place, Origin.None);
            return PythonValue.Unknown;
        }

        var carried = CarriedInto(words, taints, command);
        if (Arg(args, "input") is { } input && words.Count > 0 && IsInterpreter(words[0]))
            carried = carried.With(input.Taint());
        var from = carried.From & (Origin.Network | Origin.Decoded | Origin.Computed);
        if (from.HasFlag(Origin.Network) && carried.Source is { } source && (source.StartsWith("tcp://", StringComparison.Ordinal) || source.StartsWith("ws", StringComparison.Ordinal)))
        {
            Add(Deed.ReverseShell, name, source.Length > 6 ? source : null, place, Origin.None);
            return PythonValue.Unknown;
        }

        if (from.HasFlag(Origin.Computed) && IsStrong(carried.Decoders))
            from |= Origin.Decoded;
        else
            from &= ~Origin.Computed;
        if (words.Count > 0 && (words[0].StartsWith("/proc/self/fd", StringComparison.Ordinal) || words[0].StartsWith("/dev/fd", StringComparison.Ordinal)))
        {
            Add(Deed.MachineCode, name, Clean(text), place, _descriptor.From & (Origin.Network | Origin.Decoded), _descriptor.Source);
            return PythonValue.Unknown;
        }

        NoteFetched(words);
        if (words.Count > 1 && ProgramName(words[0]) == "security" && words[1].StartsWith("find-", StringComparison.Ordinal))
        {
            Add(Deed.ReadSecret, name, Clean(text), place, Origin.None);
            return PythonValue.Tainted(Origin.Secret, Clean(text));
        }

        var harmless = from == Origin.None && words.Count > 0 && IsHarmless(words[0]);
        Add(Deed.RunProgram, name, Clean(text), place, from, carried.Source, decoders: carried.Decoders, confidence: from != Origin.None && IsHub(carried.Source) ? Confidence.Medium : harmless ? Confidence.Low : from == Origin.None ? Confidence.Medium : Confidence.High);
        NoteHidden(args, words, from, place);
        var secret = command.Taint();
        var start = (place ?? _owner)?.Start ?? 0;
        if (text.Length > 1)
        {
            var language = words.Count > 0 && IsWindows(words[0]) ? CodeLanguage.Batch : CodeLanguage.Shell;
            LanguageCatalog.Analyse(_unit.Inner(language, text.Replace(PythonValue.Hole, '…'), start, from & Origin.Decoded, _reach) with { Decoders = carried.Decoders }, _acts);
            if (secret.From.HasFlag(Origin.Secret) && words.Count > 0 && words[0] is "curl" or "wget" or "nc" or "scp")
                Add(Deed.Send, name, Clean(words.Find(static w => w.Contains("://", StringComparison.Ordinal)) ?? words[^1]), place, Origin.Secret, secret.Source);
        }

        return new PythonValue(PythonKind.Instance) { Text = "process", Owner = PythonValue.Str(words.Count > 0 ? words[0] : ""), From = Origin.None, Map = new(StringComparer.Ordinal) };
    }

    /// <summary>The origins of what decides which program runs: the program itself, or what an interpreter is given to run.</summary>
    private PythonValue CarriedInto(List<string> words, List<PythonValue>? values, PythonValue command)
    {
        if (words.Count == 0)
            return command.Taint();
        var at = 0;
        while (at < words.Count - 1 && (IsPrefix(words[at]) || (at > 0 && words[at].Length <= 5 && words[at][0] is '/' or '-') || (at > 0 && words[at].Length == 0)))
            at++;
        var program = words[at];
        var sum = FileTaint(PythonValue.Str(program));
        if (values is not null)
            sum = sum.With(values[Math.Min(at, values.Count - 1)].Taint());
        else if (program.Contains(PythonValue.Hole) || (command.From & (Origin.Decoded | Origin.Computed)) != 0)
            sum = sum.With(command.Taint());
        if (program.StartsWith(PythonValue.Hole) && program.Length == 1 && values is null)
            sum = sum.With(command.Taint());
        if (!IsInterpreter(program))
            return sum;
        for (var i = at + 1; i < words.Count; i++)
        {
            sum = sum.With(FileTaint(PythonValue.Str(words[i].Trim('"', '\''))));
            if (values is not null && i < values.Count)
                sum = sum.With(values[i].Taint());
            else if (values is null && words[i].Contains(PythonValue.Hole))
                sum = sum.With(command.Taint());
        }

        return sum;
    }

    private static bool IsPrefix(string word) => word is "sudo" or "nohup" or "env" or "exec" or "start" or "open" or "xdg-open" or "call" or "&" or "setsid" or "time";

    /// <summary>A download by a program: the file that it leaves.</summary>
    private void NoteFetched(List<string> words)
    {
        if (words.Count < 3 || ProgramName(words[0]) is not ("curl" or "wget" or "aria2c"))
            return;
        var url = words.Find(static w => w.Contains("://", StringComparison.Ordinal));
        for (var i = 1; i < words.Count - 1; i++)
        {
            if (words[i] is "-o" or "-O" or "--output" or "--output-document" or "-out" && url is not null)
                _files[words[i + 1]] = PythonValue.Tainted(Origin.Network, Clean(url));
        }
    }

    private void NoteHidden(List<CallArgument> args, List<string> words, Origin from, PythonExpression? place)
    {
        var flags = Arg(args, "creationflags");
        var hidden = (flags is { Kind: PythonKind.Int } && (flags.Number & 0x08000000) != 0) || (flags is { Kind: PythonKind.Global } && flags.Text.EndsWith("CREATE_NO_WINDOW", StringComparison.Ordinal))
            || (flags is { Kind: PythonKind.Choice } && flags.Items!.Exists(static f => f.Kind == PythonKind.Int && (f.Number & 0x08000000) != 0));
        if (!hidden)
            return;
        var interpreter = words.Count == 0 || words[0].Contains(PythonValue.Hole) || IsInterpreter(words[0]);
        Add(Deed.Hide, "creationflags", null, place, Origin.None, confidence: from != Origin.None ? Confidence.High : interpreter ? Confidence.Medium : Confidence.Low);
    }

    private static bool IsSocket(List<CallArgument> args)
    {
        foreach (var argument in args)
        {
            if (argument.Name is "stdin" or "stdout" && argument.Value is { Kind: PythonKind.Instance, Text: "socket" })
                return true;
        }

        return false;
    }

    private static bool IsInterpreter(string program) =>
        ProgramName(program) is "python" or "python3" or "python2" or "pythonw" or "py" or "sh" or "bash" or "zsh" or "dash" or "ksh" or "fish" or "cmd" or "powershell" or "pwsh" or "node" or "perl" or "ruby" or "php" or "wscript" or "cscript"
            or "mshta" or "rundll32" or "regsvr32" or "osascript" or "explorer" or "msiexec" or "java" or "start" or "busybox" or "wine" or "dpkg" or "installer";

    private static bool IsWindows(string program) =>
        ProgramName(program) is "powershell" or "pwsh" or "cmd" or "certutil" or "bitsadmin" or "mshta" or "rundll32" or "regsvr32" or "wscript" or "cscript" or "schtasks" or "reg" or "wmic" or "netsh" or "sc" or "net" or "start" or "vssadmin" or "bcdedit" or "attrib" or "taskkill" or "msiexec" or "icacls" or "wevtutil";

    private static bool IsHarmless(string program) =>
        ProgramName(program) is "git" or "ffmpeg" or "ffprobe" or "nvidia-smi" or "nvcc" or "pip" or "pip3" or "conda" or "ls" or "dir" or "cls" or "clear" or "echo" or "make" or "cmake" or "ninja" or "gcc" or "g++" or "clang" or "uname" or "which"
            or "where" or "hostname" or "lscpu" or "free" or "df" or "du" or "tar" or "unzip" or "zip" or "cat" or "wc" or "deepspeed" or "accelerate" or "torchrun" or "mpirun" or "srun" or "sbatch" or "docker" or "rocm-smi" or "rocminfo" or "sysctl" or "ldconfig";

    private static string ProgramName(string program)
    {
        var name = program.Trim('"', '\'').Replace('\\', '/');
        name = name[(name.LastIndexOf('/') + 1)..].ToLowerInvariant();
        return name.EndsWith(".exe", StringComparison.Ordinal) ? name[..^4] : name;
    }

    private static List<string> SplitWords(string command)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var quote = '\0';
        foreach (var c in command)
        {
            if (words.Count > 256)
                break;
            if (quote != '\0' ? c == quote : c is '"' or '\'')
                quote = quote == '\0' ? c : '\0';
            else if (quote == '\0' && char.IsWhiteSpace(c))
                Flush();
            else
                word.Append(c);
        }

        Flush();
        return words;

        void Flush()
        {
            if (word.Length > 0)
                words.Add(word.ToString());
            word.Clear();
        }
    }

    private static string Quoted(string word) =>
        word.Length > 0 && word.AsSpan().IndexOfAny(" \t\n\"'|&;<>()$`") < 0 ? word : word.Contains('\'', StringComparison.Ordinal) ? "\"" + word.Replace("\"", "\\\"", StringComparison.Ordinal) + "\"" : "'" + word + "'";

    private static string QuotedForWindows(string word) =>
        word.Length > 0 && word.AsSpan().IndexOfAny(" \t\n&|<>;()") < 0 ? word : "\"" + word.Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private static bool IsHub(string? source) => source is not null && HostReputation.Of(source) == HostKind.ModelHub;

    private static bool IsRunner(string name) => PythonLibrary.EffectOf(name) is { Kind: "invoke" };

    private void NoteConstant(PythonString text)
    {
        if (text.Value.Length is < 4 or > 64)
            return;
        foreach (var word in AnalysisWords)
        {
            if (text.Value.Contains(word, StringComparison.OrdinalIgnoreCase))
            {
                _analysisWords.Add(word);
                _analysisPlace ??= text;
            }
        }
    }

    /// <summary>Names of virtual machines, sandboxes and tools of analysts.</summary>
    private static readonly string[] AnalysisWords =
        ["vboxservice", "vboxtray", "vmtoolsd", "vmwaretray", "vboxguest", "wireshark", "procmon", "processhacker", "x64dbg", "ollydbg", "ida64", "fiddler", "sandboxie", "sbiedll", "cuckoo", "joebox", "08:00:27", "00:05:69", "00:0c:29", "00:1c:14", "00:50:56", "virtualbox", "qemu-ga", "dumpcap"];

    /// <summary>What only the whole file shows.</summary>
    private void Finish()
    {
        var writes = _memoryCalls.Overlaps(["VirtualAlloc", "VirtualAllocEx", "NtAllocateVirtualMemory", "mmap-exec", "HeapCreate", "VirtualProtect", "mprotect"]);
        var runs = _memoryCalls.Overlaps(["CreateThread", "CreateRemoteThread", "CFUNCTYPE", "WINFUNCTYPE", "QueueUserAPC", "NtCreateThreadEx", "EnumWindows"]);
        if (writes && runs)
            Add(Deed.MachineCode, string.Join(" + ", _memoryCalls), "machine code written to memory", _memoryPlace, Origin.None);
        if (_analysisWords.Count >= 3)
            Add(Deed.DetectAnalysis, string.Join(", ", _analysisWords), null, _analysisPlace, Origin.None);
        if (_pasted is not null && _copies)
            Add(Deed.Spy, "clipboard read and replaced", null, _pasted, Origin.None, confidence: _replaces ? Confidence.Confirmed : Confidence.Medium);
    }

    private void Add(
        Deed deed, string call, string? subject, PythonNode? place, Origin from, string? source = null, Confidence confidence = Confidence.High, IReadOnlyList<string>? decoders = null, IReadOnlyList<string>? files = null, Origin hidden = Origin.None) =>
        Add(deed, call, subject, (place ?? _owner)?.Start ?? 0, place?.End ?? Math.Min((_owner?.Start ?? 0) + 200, _owner?.End ?? 0), from | (hidden & (Origin.Decoded | Origin.Computed)), source, confidence, decoders, files);

    private void Add(
        Deed deed, string call, string? subject, int start, int end, Origin from, string? source = null, Confidence confidence = Confidence.High, IReadOnlyList<string>? decoders = null, IReadOnlyList<string>? files = null)
    {
        var text = _unit.Text.AsSpan(Math.Clamp(start, 0, _unit.Text.Length), Math.Clamp(end - start, 0, _unit.Text.Length - Math.Clamp(start, 0, _unit.Text.Length)));
        var shown = text.Length > MaxEvidence ? text[..MaxEvidence].ToString() + "…" : text.ToString();
        if (subject is { Length: > 0 } && !shown.Contains(subject, StringComparison.Ordinal))
            shown += $"  # {(subject.Length > MaxEvidence ? subject[..MaxEvidence] + "…" : subject)}";
        _acts.Add(new Act
        {
            Deed = deed,
            Index = _unit.At(start),
            Call = call,
            Subject = subject,
            From = from | _unit.From & (Origin.Network | Origin.Decoded) & (deed is Deed.RunCode or Deed.RunProgram ? Origin.Network | Origin.Decoded : Origin.None),
            Reach = _reach,
            Evidence = shown.Length > 0 ? shown : call,
            Language = CodeLanguage.Python,
            Source = source is null ? null : Clean(source),
            Files = files ?? [],
            Confidence = confidence,
            Decoders = decoders is { Count: > 0 } ? decoders : _unit.Decoders,
        });
    }

    private static string Clean(string text) => text.Replace(PythonValue.Hole, '…');

    private static PythonValue? Arg(List<CallArgument> args, int index)
    {
        foreach (var argument in args)
        {
            if (argument.Name is null && index-- == 0)
                return argument.Value;
        }

        return null;
    }

    private static PythonValue? Arg(List<CallArgument> args, params ReadOnlySpan<string> names)
    {
        foreach (var argument in args)
        {
            if (argument.Name is not null && names.Contains(argument.Name))
                return argument.Value;
        }

        return null;
    }

    private static PythonValue Sum(List<CallArgument> args)
    {
        var sum = PythonValue.Unknown;
        foreach (var argument in args)
            sum = sum.With(argument.Value.Taint());
        return sum;
    }
}
