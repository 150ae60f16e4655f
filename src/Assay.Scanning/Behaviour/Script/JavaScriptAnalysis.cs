using System.Text;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Understands JavaScript: of Node, of browsers, of the Windows script hosts.</summary>
internal sealed class JavaScriptAnalysis : LanguageAnalysis
{
    /// <summary>Longer scripts are bundles: only what surrounds words of interest is read.</summary>
    private const int WholeText = 1 << 20;
    private const int Window = 24 << 10;
    private const int MaxWindows = 40;

    private static readonly System.Buffers.SearchValues<string> Interesting = System.Buffers.SearchValues.Create(
        ["child_process", "ActiveXObject", "eval(", "WScript", "execSync", "new Function", "Function(", "fromCharCode", "process.env", "mainModule", "clipboard.writeText", "atob(", "spawn("], StringComparison.Ordinal);

    public override IReadOnlyList<CodeLanguage> Languages { get; } = [CodeLanguage.JavaScript];

    public override void Analyse(CodeUnit unit, ActSink acts)
    {
        if (unit.Text.Length <= WholeText)
        {
            new JavaScriptMachine(unit, acts).Run();
            return;
        }

        var from = 0;
        for (var windows = 0; windows < MaxWindows && from < unit.Text.Length; windows++)
        {
            var found = unit.Text.AsSpan(from).IndexOfAny(Interesting);
            if (found < 0)
                return;
            var start = Math.Max(from, from + found - Window);
            var cut = unit.Text.AsSpan(start, from + found - start).IndexOfAny(";\n");
            start += cut < 0 ? 0 : cut + 1;
            var end = Math.Min(unit.Text.Length, from + found + Window);
            var place = start;
            new JavaScriptMachine(unit with { Text = unit.Text[start..end], Place = i => unit.At(place + i) }, acts).Run();
            from = end;
        }
    }
}

/// <summary>One run over a script of JavaScript.</summary>
internal sealed class JavaScriptMachine(CodeUnit unit, ActSink acts) : HostMachine(unit, acts, StringComparer.Ordinal)
{
    private static readonly HashSet<string> Modules = new(StringComparer.Ordinal)
    {
        "child_process", "fs", "fs/promises", "http", "https", "net", "tls", "dgram", "dns", "os", "path", "vm", "zlib", "crypto", "util", "url", "worker_threads", "module", "process", "stream", "events", "buffer", "querystring", "readline",
        "axios", "node-fetch", "got", "request", "superagent", "needle", "undici", "ws", "shelljs", "execa", "cross-spawn", "fs-extra", "graceful-fs", "request-promise", "request-promise-native", "download", "cross-fetch", "ky", "phin", "bent", "follow-redirects", "iohook", "uiohook-napi", "node-global-key-listener",
        "screenshot-desktop", "clipboardy", "vm2", "sudo-prompt", "systeminformation", "nodemailer", "form-data", "tar", "adm-zip", "unzipper", "open", "node-powershell", "sqlite3", "better-sqlite3",
    };

    private static readonly HashSet<string> Globals2 = new(StringComparer.Ordinal)
    {
        "require", "process", "module", "eval", "Function", "atob", "btoa", "unescape", "escape", "decodeURIComponent", "encodeURIComponent", "String", "Buffer", "JSON", "Math", "Promise", "fetch", "XMLHttpRequest", "WebSocket", "document", "navigator", "localStorage", "sessionStorage",
        "WScript", "ActiveXObject", "GetObject", "setTimeout", "setInterval", "setImmediate", "Deno", "Bun", "parseInt", "Array", "Uint8Array", "TextDecoder", "Object", "Reflect", "Symbol", "execScript", "location", "URL", "axios", "importScripts", "$", "jQuery", "Proxy", "console", "WSH", "Number", "queueMicrotask",
    };

    protected override ScriptNode Parse(string text) => JavaScriptParser.Parse(text, Acts.Budget);

    protected override Datum Name(ScriptNode node)
    {
        if (Variables.Find(node.Text) is { } value)
            return value;
        return node.Text switch
        {
            "undefined" or "null" or "NaN" or "Infinity" => Datum.Unknown,
            "globalThis" or "global" or "window" or "self" or "top" or "root" or "parent" or "frames" => Datum.OfKind("global"),
            "this" => Datum.OfKind("global"),
            "__dirname" => Datum.Of("%~dp0"),
            "__filename" => Datum.Of(FileLedger.Self),
            "exports" => Datum.Unknown,
            "import" => Datum.OfKind("require"),
            _ => Globals2.Contains(node.Text) ? Datum.OfKind(node.Text) : Datum.Unknown,
        };
    }

    protected override Datum Special(ScriptNode node)
    {
        if (node.Kind != ScriptNodeKind.Import)
            return base.Special(node);
        var module = Module(node.Text, node);
        for (var i = 0; i + 1 < node.Items.Count; i += 2)
        {
            var inner = node.Items[i].Text;
            Variables.Declare(node.Items[i + 1].Text, inner is "*" or "default" ? module : Member(module, inner, node));
        }

        return module;
    }

    private Datum Module(string name, ScriptNode node)
    {
        if (name.StartsWith("node:", StringComparison.Ordinal))
            name = name[5..];
        if (Modules.Contains(name))
            return Datum.OfKind(name switch { "fs/promises" or "fs-extra" or "graceful-fs" => "fs", "process" => "process", "follow-redirects" => "http", "module" => "Module", _ => name });
        if (name.StartsWith('.') || name.StartsWith("%~dp0", StringComparison.Ordinal) || name.StartsWith('/'))
        {
            if (CommandRunner.Sibling(name) is { } file)
            {
                if (!Path.HasExtension(file))
                    file += ".js";
                if (!file.EndsWith(".css", StringComparison.Ordinal) && !file.EndsWith(".json", StringComparison.Ordinal) && !file.EndsWith(".svg", StringComparison.Ordinal))
                    Add(Deed.RunSibling, node, "require", name, Datum.Tainted(Origin.File, null), files: [file]);
            }

            if (Acts.Files.Find(name) is { } written && (written.From & (Origin.Network | Origin.Decoded)) != 0)
                Add(Deed.RunCode, node, "require", name, Datum.Tainted(written.From, written.Source));
            return Datum.Unknown;
        }

        if (name.StartsWith("http://", StringComparison.Ordinal) || name.StartsWith("https://", StringComparison.Ordinal))
            return new Datum { Kind = "remote", Source = name };
        return Datum.Unknown;
    }

    protected override Datum Member(Datum target, string? name, ScriptNode node)
    {
        if (name is null)
            return base.Member(target, name, node);
        if (target.Fields is { } fields && fields.TryGetValue(name, out var field))
            return field.With(target);
        if (target.Kind is { } kind)
        {
            if (ComMember(target, name) is { } com)
                return com;
            switch (kind, name)
            {
                case ("global", _):
                    return Name(new ScriptNode(ScriptNodeKind.Name, 0, name));
                case ("module", "require") or ("process.mainModule", "require") or ("require", "main"):
                    return Datum.OfKind(name == "main" ? "module" : "require");
                case ("process", "mainModule"):
                    return Datum.OfKind("module");
                case ("process", "env"):
                    return new Datum { Kind = "process.env", From = Origin.Secret, Source = "all variables of the environment" };
                case ("process", "argv"):
                    return Datum.Tainted(Origin.Argument, null);
                case ("process", "platform" or "arch" or "version" or "pid"):
                    return Datum.Unknown;
                case ("process.env", _):
                    return Environment(name);
                case ("document", "cookie"):
                    return Datum.Tainted(Origin.Secret, "cookies");
                case ("WScript", "ScriptFullName"):
                    return Datum.Of(FileLedger.Self);
                case ("fs", "promises") or ("util", "promises") or ("Deno", "promises"):
                    return target;
                case ("require", "resolve" or "cache"):
                    return Datum.Unknown;
                case ("response" or "xhr", _):
                    return Datum.Tainted(target.From | Origin.Network, target.Source);
                case ("childprocess", "stdin" or "stdout" or "stderr"):
                    return new Datum { Kind = "childprocess." + name, Text = target.Text };
                case ("axios" or "request" or "got", "default"):
                    return target;
                case ("WSH", _):
                    return Datum.OfKind("WScript." + name);
            }

            if (name == "constructor")
                return Datum.OfKind(kind is "ctor" or "Function" ? "Function" : "ctor");
            if (Modules.Contains(kind) || Globals2.Contains(kind) || kind.Contains('.', StringComparison.Ordinal) && !kind.StartsWith("com:", StringComparison.Ordinal))
                return new Datum { Kind = kind + "." + name }.With(target.Kind == "process.env" ? Datum.Unknown : target);
        }

        if (name == "constructor")
            return Datum.OfKind(target.Code is not null ? "Function" : "ctor");
        if (name == "length" && TextMethods.Call("length", target, [], script: true) is { } length && length.Number is { } count)
            return Datum.Of(count);
        return base.Member(target, name, node);
    }

    private static Datum Environment(string name) => CommandRunner.IsSecretName(name)
        ? new Datum { Text = "%" + name + "%", Partial = true, From = Origin.Secret, Source = name }
        : name.ToUpperInvariant() switch
        {
            "APPDATA" or "LOCALAPPDATA" or "TEMP" or "TMP" or "USERPROFILE" or "PUBLIC" or "PROGRAMDATA" or "COMSPEC" => Datum.Of("%" + name.ToUpperInvariant() + "%"),
            "HOME" => Datum.Of("%USERPROFILE%"),
            _ => new Datum { Text = "%" + name + "%", Partial = true, From = Origin.Environment },
        };

    protected override void SetMember(Datum owner, string? name, Datum value, ScriptNode target, ScriptNode node)
    {
        if (name is not null)
        {
            if (value.Code is not null && name.StartsWith("on", StringComparison.Ordinal) && name.Length > 3)
            {
                var data = owner.Kind is "socket" or "websocket" or "xhr" ? Datum.Tainted(Origin.Network, owner.Source) : Datum.Tainted(owner.From & ~Origin.Secret, owner.Source);
                Invoke(value, [data]);
            }

            if (owner.Kind is "global" or "document" or "location" && name is "location" or "href" && value.AsText() is { } address && LooksRunnable(address))
                Add(Deed.Download, node, "location", address, null, Confidence.Medium);
            // A text that is put where a page copies it from, unasked, is meant to be pasted where it runs.
            if (name is "value" or "textContent" or "innerText" && value.Text is { Length: > 8 } pasted && Source.Contains("execCommand", StringComparison.Ordinal) && Source.Contains("copy", StringComparison.OrdinalIgnoreCase) && Acts.Files.First("clip " + pasted))
                Runner.Inner(LanguageOfCommand(pasted), pasted, At(node));
            if (owner.Kind == "global")
            {
                Globals.Declare(name, value);
                return;
            }

            if (owner.Kind == "process.env")
            {
                if (name == "NODE_TLS_REJECT_UNAUTHORIZED" && value.AsText() == "0")
                    Add(Deed.SkipTls, node, "NODE_TLS_REJECT_UNAUTHORIZED", null);
                return;
            }

            if (name == "rejectUnauthorized" && value.Number == 0)
                Add(Deed.SkipTls, node, "rejectUnauthorized", null);
        }

        base.SetMember(owner, name, value, target, node);
    }

    private static bool LooksRunnable(string address)
    {
        var end = address.AsSpan().IndexOfAny('?', '#');
        var path = end < 0 ? address : address[..end];
        return path.EndsWith(".exe", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".msi", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".scr", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".hta", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".bat", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".ps1", StringComparison.OrdinalIgnoreCase);
    }

    protected override Datum New(ScriptNode node)
    {
        var type = Evaluate(node[0]);
        var arguments = Arguments(node, 1);
        var first = arguments.Count > 0 ? arguments[0] : Datum.Unknown;
        switch (type.Kind)
        {
            case "ActiveXObject" or "WScript.CreateObject":
                return ComObject(first);
            case "Function":
                return CallValue(type, arguments, node);
            case "vm.Script":
                return RunText(first, node, "vm.Script");
            case "XMLHttpRequest":
                return new Datum { Kind = "com:xmlhttp", Fields = [] };
            case "WebSocket" or "ws" or "ws.WebSocket":
                Add(Deed.Connect, node, "WebSocket", first.AsText(), null, Confidence.Low);
                return new Datum { Kind = "websocket", Source = first.AsText(), From = Origin.Network };
            case "net.Socket" or "tls.TLSSocket":
                return new Datum { Kind = "socket", From = Origin.Network };
            case "Uint8Array" or "Array":
                return first.Items is not null || first.Bytes is not null ? first : first.AsNumber() is { } size and >= 0 and < 1 << 20 ? type.Kind == "Array" ? Datum.Of(new List<Datum>()) : new Datum { Bytes = new byte[(int)size] } : Datum.Of(arguments);
            case "TextDecoder":
                return Datum.OfKind("TextDecoder");
            case "URL":
                return first;
            case "Promise":
                {
                    // What is resolved is the value.
                    var resolved = Datum.Unknown;
                    if (first.Code is not null)
                    {
                        var holder = new List<Datum>();
                        var resolve = new Datum { Kind = "resolve", Items = holder };
                        Invoke(first, [resolve, resolve]);
                        foreach (var item in holder)
                            resolved = item.With(resolved);
                    }

                    return resolved;
                }

            case "worker_threads.Worker":
                if (first.Text is { } file && CommandRunner.Sibling(file) is { } sibling)
                    Add(Deed.RunSibling, node, "Worker", file, null, files: [sibling]);
                else if (first.IsExact && arguments.Count > 1 && arguments[1].Fields?.ContainsKey("eval") == true)
                    return RunText(first, node, "Worker");
                return Datum.Unknown;
        }

        if (type.Fields is { } members && members.TryGetValue("constructor", out var constructor) && constructor.Code is not null)
            Invoke(constructor, arguments);
        return type.Fields is not null ? type : type.Code is not null ? Invoke(type, arguments) : Unknown(Datum.Unknown, arguments);
    }

    protected override Datum CallMember(Datum target, string? name, List<Datum> arguments, ScriptNode node)
    {
        if (name is null)
            return Unknown(target, arguments);
        var first = arguments.Count > 0 ? arguments[0] : Datum.Unknown;
        if (target.Fields is { } fields && fields.TryGetValue(name, out var method) && (method.Code is not null || method.Kind is not null))
            return method.Code is not null ? Invoke(method, arguments) : CallValue(method, arguments, node);
        if (ComCall(target, name, arguments, node) is { } com)
            return com;
        switch (name)
        {
            case "call" when target.Code is not null || target.Kind is not null:
                return CallValue(target, arguments.Skip(1).ToList(), node);
            case "apply" when target.Code is not null || target.Kind is not null:
                return CallValue(target, arguments.Count > 1 ? arguments[1].Items ?? [arguments[1]] : [], node);
            case "bind" when target.Code is not null || target.Kind is not null:
                return target;
            case "then" or "catch" or "finally" when first.Code is not null || arguments.Count > 1:
                {
                    var value = target;
                    var result = first.Code is not null && name == "then" ? Invoke(first, [value]) : value;
                    if (first.Code is not null && name != "then")
                        Invoke(first, []);
                    return result.Kind is null && result.Text is null && result.From == Origin.None ? Datum.Tainted(value.From, value.Source) : result;
                }

            case "then" when first.Kind is not null:
                return CallValue(first, [target], node);
            case "on" or "once" or "addListener" or "addEventListener" when arguments.Count > 1 && arguments[1].Code is not null:
                Invoke(arguments[1], [Datum.Tainted(target.From & ~Origin.Secret, target.Source)]);
                return target;
            case "on" or "once" when arguments.Count > 1 && arguments[1].Kind is { } sink && sink is "eval" or "Function":
                return CallValue(arguments[1], [Datum.Tainted(target.From, target.Source)], node);
            case "pipe":
                return Pipe(target, first, node);
            case "toString" when target.Bytes is not null:
                return Decode(target, first.AsText() ?? "utf8");
            case "json" or "text" or "arrayBuffer" or "blob" or "buffer" when target.Kind == "response":
                return Datum.Tainted(target.From, target.Source);
            case "write" or "end" or "send" when target.Kind is "request":
                if (arguments.Count > 0 && first.Code is null)
                    Send(node, target.Text, first);
                return target;
            case "write" or "end" when target.Kind == "writestream" && target.Text is { } path:
                Write(path, first, node);
                return Datum.Unknown;
            case "sort" or "filter" or "flat" when target.Items is not null:
                return target;
            case "map" or "forEach" or "flatMap" when first.Code is not null || first.Kind is not null:
                return Map(target, first, name, node);
            case "reduce" when first.Code is not null && target.Items is { Count: < 20_000 } reduced:
                {
                    var sum = arguments.Count > 1 ? arguments[1] : reduced.Count > 0 ? reduced[0] : Datum.Unknown;
                    for (var i = arguments.Count > 1 ? 0 : 1; i < reduced.Count && IsCheap; i++)
                        sum = Invoke(first, [sum, reduced[i], Datum.Of(i)]);
                    return sum;
                }

            case "replace" or "replaceAll" when arguments.Count > 1 && target.IsExact && arguments[1].Code is not null:
                return Invoke(arguments[1], [Datum.Tainted(target.From, target.Source)]).With(target);
            case "replace" when first.Kind == "pattern" && node.Items.Count > 1 && !node[1].Grouped && target.IsExact && arguments.Count > 1:
                return TextMethods.Call("replace", target, arguments, script: true) ?? Unknown(target, arguments);
        }

        if (target.Kind is { } kind)
        {
            if (kind == "global")
                return CallValue(Member(target, name, node), arguments, node);
            return CallKind(kind + "." + name, target, arguments, node);
        }

        if (target.Code is null && TextMethods.Call(name.ToLowerInvariant(), target, arguments, script: true) is { } folded)
            return folded;
        return Unknown(target, arguments);
    }

    private Datum Map(Datum target, Datum function, string name, ScriptNode node)
    {
        var items = target.Items ?? (target.Bytes is { Length: < 50_000 } bytes ? bytes.Select(static b => Datum.Of(b)).ToList() : null);
        if (items is null)
            return Unknown(target, [function]);
        var results = new List<Datum>(items.Count);
        for (var i = 0; i < items.Count && (i < 3 || IsCheap); i++)
            results.Add(function.Code is not null ? Invoke(function, [items[i], Datum.Of(i), target]) : CallValue(function, [items[i]], node));
        if (name == "forEach")
            return Datum.Unknown;
        var list = Datum.Of(results).With(target);
        return results.Count >= 6 && results.TrueForAll(static r => r.Kind == "character" || r.Decoders is ["character codes"]) ? list.Through("character codes") : list;
    }

    private Datum Pipe(Datum from, Datum to, ScriptNode node)
    {
        if (to.Kind == "writestream" && to.Text is { } path)
            Runner.Write(path, new WrittenFile(from.From & (Origin.Network | Origin.Decoded | Origin.Secret), from.Source, null, from.Decoders), At(node), Shown(node));
        else if ((to.Kind == "childprocess.stdin" && from.Kind is "socket" or "websocket") || (from.Kind is "childprocess.stdout" && to.Kind is "socket" or "websocket"))
            Add(Deed.ReverseShell, node, "socket.pipe", from.Source ?? to.Source, Datum.Tainted(Origin.Network, from.Source));
        else if (to.Kind == "childprocess.stdin" && from.From.HasFlag(Origin.Network))
            Add(Deed.RunCode, node, "pipe", to.Text, from);
        return to.Kind is null ? Datum.Tainted(from.From, from.Source) : to with { From = to.From | from.From, Source = to.Source ?? from.Source };
    }

    private static Datum Decode(Datum value, string encoding)
    {
        var bytes = value.Bytes!;
        var text = encoding.ToLowerInvariant() switch
        {
            "base64" => Convert.ToBase64String(bytes),
            "hex" => Convert.ToHexStringLower(bytes),
            "utf16le" or "ucs2" or "utf-16le" => Encoding.Unicode.GetString(bytes),
            "latin1" or "binary" or "ascii" => Encoding.Latin1.GetString(bytes),
            _ => Encoding.UTF8.GetString(bytes),
        };
        return new Datum { Text = text }.With(value);
    }

    protected override Datum CallValue(Datum callee, List<Datum> arguments, ScriptNode node)
    {
        if (callee.Code is not null)
            return Invoke(callee, arguments);
        return callee.Kind is { } kind ? CallKind(kind, callee, arguments, node) : Unknown(callee, arguments);
    }

    private Datum CallKind(string kind, Datum target, List<Datum> arguments, ScriptNode node)
    {
        var first = arguments.Count > 0 ? arguments[0] : Datum.Unknown;
        var second = arguments.Count > 1 ? arguments[1] : Datum.Unknown;
        switch (kind)
        {
            case "resolve":
                target.Items?.Add(first);
                return first;
            case "require" or "module.require" or "importScripts" or "module.constructor._load" or "Module._load" or "Module.require" or "process.mainModule.require" or "module._load" or "process.getBuiltinModule" or "process.binding":
                return first.Text is { } module ? kind == "importScripts" && CommandLine.IsAddress(module) ? RunText(Datum.Tainted(Origin.Network, module), node, kind) : Module(module, node) : first.From.HasFlag(Origin.Network) ? RunText(first, node, kind) : Datum.Unknown;
            case "Module.createRequire":
                return Datum.OfKind("require");
            case "eval" or "execScript" or "vm.runInThisContext" or "vm.runInNewContext" or "vm.runInContext" or "vm.compileFunction" or "window.eval":
                return first.AsText() is null && first.From == Origin.None ? Datum.Unknown : RunText(first with { Text = first.AsText() }, node, kind);
            case "setTimeout" or "setInterval" or "setImmediate" or "queueMicrotask" or "process.nextTick":
                if (first.Code is not null)
                    return Invoke(first, arguments.Skip(2).ToList());
                return first.IsExact || (first.From & (Origin.Network | Origin.Decoded)) != 0 ? RunText(first, node, kind) : Datum.Unknown;
            case "Function" or "ctor.constructor" or "Function.constructor":
                {
                    var body = arguments.Count > 0 ? arguments[^1] : Datum.Unknown;
                    if (body.Text == "return this" || body.Text == "return process" || body.Text == "return globalThis")
                        return new Datum { Kind = body.Text == "return process" ? "makesprocess" : "makesglobal" };
                    return body.Text is null && body.From == Origin.None ? Datum.Unknown : new Datum { Kind = "madefunction" }.With(RunText(body, node, "Function"));
                }

            case "makesglobal":
                return Datum.OfKind("global");
            case "makesprocess":
                return Datum.OfKind("process");
            case "madefunction":
                return Unknown(target, arguments);
            case "atob" or "global.atob":
                return first.Text is { } encoded && Unpacking.Base64(encoded) is { } raw ? new Datum { Text = Unpacking.ReadableText(raw) ?? Encoding.Latin1.GetString(raw) }.With(first).Through("base64") : Datum.Tainted(first.From, first.Source).Through("base64");
            case "Buffer.from" or "Buffer":
                return BufferFrom(first, second);
            case "unescape" or "decodeURIComponent" or "decodeURI":
                {
                    if (!first.IsExact)
                        return first;
                    var plain = Percent(first.Text!);
                    var many = first.Text!.Count(static c => c == '%') > 5;
                    return many ? new Datum { Text = plain }.With(first).Through("percent encoding") : new Datum { Text = plain }.With(first);
                }

            case "String.fromCharCode" or "String.fromCodePoint":
                return FromCodes(arguments);
            case "String" or "String.raw":
                return first.AsText() is { } text ? new Datum { Text = text, Partial = first.Partial }.With(first) : first;
            case "parseInt" or "Number" or "Number.parseInt":
                {
                    var radix = second.AsNumber() is { } r ? (int)r : 10;
                    if (radix == 16 && first.Text is { } digits && long.TryParse(digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? digits[2..] : digits, System.Globalization.NumberStyles.HexNumber, null, out var hex))
                        return Datum.Of((double)hex).With(first);
                    return first.AsNumber() is { } number ? Datum.Of(Math.Truncate(number)).With(first) : Datum.Tainted(first.From, first.Source);
                }

            case "Array.from" or "Object.values" or "Object.entries" or "Object.assign" or "JSON.parse" or "JSON.stringify" or "Promise.resolve" or "Promise.all" or "util.promisify" or "util.inspect" or "Object.freeze" or "encodeURIComponent" or "btoa" or "escape" or "querystring.stringify" or "Uint8Array.from":
                if (kind is "JSON.stringify" or "btoa" or "encodeURIComponent" or "querystring.stringify")
                    return Datum.Tainted(first.From, first.Source);
                if (kind == "Array.from" && first.Text is not null)
                    return TextMethods.Call("split", first, [Datum.Of("")], script: true) ?? first;
                return second.Code is not null && kind == "Array.from" ? Map(first, second, "map", node) : first;
            case "TextDecoder.decode":
                return first.Bytes is not null ? Decode(first, "utf8") : first;
            case "Math.random" or "crypto.randomUUID" or "crypto.randomBytes":
                return new Datum { Text = $"‹random{At(node)}›", Partial = true };
            case "zlib.inflateSync" or "zlib.gunzipSync" or "zlib.inflateRawSync" or "zlib.brotliDecompressSync" or "zlib.unzipSync" or "zlib.inflate" or "zlib.gunzip":
                {
                    var method = kind.Contains("gunzip", StringComparison.Ordinal) || kind.Contains("unzip", StringComparison.Ordinal) ? "gzip" : kind.Contains("Raw", StringComparison.Ordinal) ? "deflate" : kind.Contains("brotli", StringComparison.Ordinal) ? "brotli" : "zlib";
                    return (first.AsBytes() is { } packed && Unpacking.Inflate(packed, method) is { } plain ? new Datum { Bytes = plain } : Datum.Unknown).With(first).Through(method);
                }

            case "crypto.createDecipheriv" or "crypto.createDecipher":
                return new Datum { Kind = "decipher" };
            case "decipher.update" or "decipher.final":
                return Datum.Tainted(first.From, first.Source).Through("cipher");
            case "child_process.exec" or "child_process.execSync" or "shelljs.exec" or "Bun.$" or "execa.command" or "execa.commandSync" or "execa.execaCommand" or "sudo-prompt.exec" or "Deno.run":
                {
                    if (kind == "sudo-prompt.exec")
                        Add(Deed.Elevate, node, kind, first.AsText(), null, Confidence.Medium);
                    var output = RunCommand(first, node, kind);
                    foreach (var argument in arguments)
                    {
                        if (argument.Code is not null)
                            Invoke(argument, [Datum.Unknown, output, Datum.Unknown]);
                    }

                    return output.From == Origin.None ? new Datum { Kind = "childprocess", Text = first.AsText() } : output;
                }

            case "child_process.spawn" or "child_process.spawnSync" or "child_process.execFile" or "child_process.execFileSync" or "cross-spawn" or "cross-spawn.sync" or "cross-spawn.spawn" or "execa" or "execa.execa" or "execa.sync" or "Bun.spawn" or "Bun.spawnSync" or "Deno.Command":
                return Spawn(kind, first, second, arguments, node);
            case "child_process.fork":
                if (first.AsText() is { } forked)
                    Runner.File(forked, [], At(node), Shown(node), CodeLanguage.JavaScript);
                return Datum.Unknown;
            case "os.hostname" or "os.userInfo" or "os.networkInterfaces" or "os.cpus" or "os.platform" or "os.release" or "os.type" or "os.arch" or "systeminformation.system":
                return kind is "os.platform" or "os.arch" or "os.type" or "os.cpus" ? Datum.Unknown : Datum.Tainted(Origin.Machine, null);
            case "os.homedir":
                return Datum.Of("%USERPROFILE%");
            case "os.tmpdir":
                return Datum.Of("%TEMP%");
            case "process.cwd":
                return Datum.Of(".");
            case "path.join" or "path.resolve" or "path.normalize":
                {
                    var parts = new List<Datum>();
                    foreach (var argument in arguments)
                    {
                        if (parts.Count > 0)
                            parts.Add(Datum.Of("/"));
                        parts.Add(argument.AsText() is null ? argument with { Text = "‹›", Partial = true } : argument);
                    }

                    return Concat([], parts);
                }

            case "Symbol" or "Reflect.get":
                return Member(first, second.Text, node);
            case "Reflect.apply":
                return CallValue(first, arguments.Count > 2 ? arguments[2].Items ?? [] : [], node);
            case "Reflect.construct":
                return CallValue(first, second.Items ?? [], node);
            case "WScript.CreateObject":
                return ComObject(first);
            case "ActiveXObject":
                return ComObject(first);
            case "GetObject" or "WScript.GetObject":
                {
                    var made = Moniker(first);
                    return made.Kind == "scriptlet" ? RunText(Datum.Tainted(Origin.Network, made.Source), node, "GetObject") : made;
                }

            case "navigator.clipboard.writeText":
                // What is put in the clipboard unasked is meant to be pasted where it runs.
                if (first.Text is { Length: > 8 } pasted && Acts.Files.First("clip " + pasted))
                    Runner.Inner(LanguageOfCommand(pasted), pasted, At(node));
                return Datum.Unknown;
            case "document.write" or "document.writeln":
                if (first.Text is { } html && html.Contains("<script", StringComparison.OrdinalIgnoreCase))
                    Runner.Inner(CodeLanguage.Html, html, At(node));
                return Datum.Unknown;
            case "iohook.start" or "uiohook-napi.uIOhook.start" or "node-global-key-listener.GlobalKeyboardListener" or "screenshot-desktop":
                Add(Deed.Spy, node, kind, null, null, kind == "screenshot-desktop" ? Confidence.Medium : Confidence.High);
                return Datum.Tainted(Origin.Machine, null);
            case "net.connect" or "net.createConnection" or "tls.connect":
                return Connect(target, kind, arguments, node);
            case "socket.connect":
                {
                    var connected = Connect(target, kind, arguments, node);
                    Remember(node, connected);
                    return connected;
                }

            case "net.createServer":
                foreach (var argument in arguments)
                {
                    if (argument.Code is not null)
                        Invoke(argument, [new Datum { Kind = "socket", From = Origin.Network }]);
                }

                return Datum.Unknown;
        }

        if (kind.StartsWith("fs.", StringComparison.Ordinal) || kind.StartsWith("Deno.", StringComparison.Ordinal) || kind.StartsWith("Bun.", StringComparison.Ordinal))
            return FileCall(kind[(kind.LastIndexOf('.') + 1)..], first, second, arguments, node);
        if (Network(kind, first, second, arguments, node) is { } response)
            return response;
        return Unknown(target.Kind == "process.env" ? Datum.Unknown : target, arguments);
    }

    private Datum Connect(Datum target, string kind, List<Datum> arguments, ScriptNode node)
    {
        string? host = null, port = null;
        foreach (var argument in arguments)
        {
            if (argument.Fields is { } options)
                (host, port) = (options.GetValueOrDefault("host")?.AsText(), options.GetValueOrDefault("port")?.AsText());
            else if (argument.Number is not null)
                port = argument.AsText();
            else if (argument.Text is not null)
                host = argument.Text;
        }

        var peer = host is null ? null : $"{host}:{port}";
        Add(Deed.Connect, node, kind, peer, null, Confidence.Low);
        var socket = new Datum { Kind = "socket", From = Origin.Network, Source = peer };
        foreach (var argument in arguments)
        {
            if (argument.Code is not null)
                Invoke(argument, [socket]);
        }

        // The callback may have used the variable that the result is given to.
        CheckShell(node, peer);
        return socket;
    }

    /// <summary>A shell whose streams are joined with a connection, wherever in the script that happens.</summary>
    private void CheckShell(ScriptNode node, string? peer)
    {
        var text = Source;
        var shell = text.Contains("/bin/sh", StringComparison.Ordinal) || text.Contains("/bin/bash", StringComparison.Ordinal) || text.Contains("cmd.exe", StringComparison.Ordinal) || text.Contains("powershell", StringComparison.Ordinal);
        if (shell && text.Contains(".stdin", StringComparison.Ordinal) && text.Contains(".stdout", StringComparison.Ordinal) && text.Contains(".pipe(", StringComparison.Ordinal) && text.Contains("spawn", StringComparison.Ordinal))
            Add(Deed.ReverseShell, node, "net.connect", peer, Datum.Tainted(Origin.Network, peer));
    }

    private static Datum BufferFrom(Datum value, Datum encoding)
    {
        if (value.Items is not null && value.AsBytes() is { } list)
            return new Datum { Bytes = list }.With(value).Through("byte values");
        if (!value.IsExact)
            return encoding.Text?.ToLowerInvariant() is "base64" or "hex" or "base64url" ? Datum.Tainted(value.From, value.Source).Through(encoding.Text) : value;
        switch (encoding.Text?.ToLowerInvariant())
        {
            case "base64" or "base64url":
                return (Unpacking.Base64(value.Text!) is { } plain ? new Datum { Bytes = plain } : Datum.Unknown).With(value).Through("base64");
            case "hex":
                return (value.Text!.Length % 2 == 0 && value.Text.All(char.IsAsciiHexDigit) ? new Datum { Bytes = Convert.FromHexString(value.Text) } : Datum.Unknown).With(value).Through("hexadecimal");
            default:
                return new Datum { Bytes = Encoding.UTF8.GetBytes(value.Text!) }.With(value);
        }
    }

    private static Datum FromCodes(List<Datum> arguments)
    {
        var text = new StringBuilder();
        var value = Datum.Unknown;
        var codes = arguments is [{ Items: { } list }] ? list : arguments;
        foreach (var argument in codes)
        {
            value = value.With(argument);
            if (argument.AsNumber() is not { } code || code is < 0 or > 65535)
                return Datum.Tainted(value.From, value.Source);
            text.Append((char)code);
        }

        value = value with { Text = text.ToString() };
        return codes.Count >= 6 ? value.Through("character codes") : codes.Count == 1 ? value with { Kind = "character" } : value;
    }

    private static string Percent(string text)
    {
        var bytes = new List<byte>(text.Length);
        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), System.Globalization.NumberStyles.HexNumber, null, out var b))
            {
                bytes.Add(b);
                i += 2;
                continue;
            }

            Flush();
            if (text[i] == '%' && i + 5 < text.Length && text[i + 1] == 'u' && ushort.TryParse(text.AsSpan(i + 2, 4), System.Globalization.NumberStyles.HexNumber, null, out var u))
            {
                result.Append((char)u);
                i += 5;
            }
            else
            {
                result.Append(text[i]);
            }
        }

        Flush();
        return result.ToString();

        void Flush()
        {
            if (bytes.Count == 0)
                return;
            result.Append(Encoding.UTF8.GetString([.. bytes]));
            bytes.Clear();
        }
    }

    private Datum Spawn(string kind, Datum file, Datum list, List<Datum> arguments, ScriptNode node)
    {
        var words = new List<CommandWord>();
        if (file.Items is { } whole)
        {
            words.AddRange(whole.Select(static v => v.AsWord()));
        }
        else
        {
            words.Add(file.AsWord());
            if (list.Items is { } items)
                words.AddRange(items.Take(200).Select(static v => v.AsWord()));
        }

        if (words.Count == 0 || words[0].Text.Length == 0)
        {
            if ((file.From & (Origin.Network | Origin.Decoded)) != 0)
                Add(Deed.RunProgram, node, kind, null, file);
            return Datum.Unknown;
        }

        var line = string.Join(' ', words.Select(static w => w.Text));
        foreach (var argument in arguments)
        {
            if (argument.Fields?.GetValueOrDefault("shell") is { Number: 1 } && words.Count == 1)
            {
                RunCommand(file, node, kind);
                return new Datum { Kind = "childprocess", Text = line };
            }
        }

        Add(Deed.RunProgram, node, kind, line, file with { From = file.From & (Origin.Network | Origin.Decoded) }, (file.From & (Origin.Network | Origin.Decoded)) != 0 ? Confidence.High : Confidence.Low);
        if (words[0].From == Origin.None || (words[0].From & (Origin.Network | Origin.Decoded)) == 0)
            Runner.Run(words, At(node), CommandLine.Short(line));
        foreach (var argument in arguments)
        {
            if (argument.Code is not null)
                Invoke(argument, [Datum.Unknown, Datum.Unknown, Datum.Unknown]);
        }

        return new Datum { Kind = "childprocess", Text = line };
    }

    private void Write(string path, Datum value, ScriptNode node) =>
        Runner.Write(path, new WrittenFile(value.From & (Origin.Network | Origin.Decoded | Origin.Secret | Origin.Machine), value.Source, value.Partial ? null : value.Bytes is { } bytes ? Unpacking.ReadableText(bytes) : value.AsText(","), value.Decoders), At(node), Shown(node));

    private Datum FileCall(string name, Datum first, Datum second, List<Datum> arguments, ScriptNode node)
    {
        var path = first.AsText();
        switch (name)
        {
            case "readFileSync" or "readFile" or "readTextFile" or "readTextFileSync" or "createReadStream" or "readJson" or "readJsonSync" or "file":
                {
                    var content = Datum.Tainted(Origin.File, null);
                    if (path is not null)
                    {
                        if (CommandRunner.IsSelf(path) || path == FileLedger.Self)
                            content = new Datum { Text = Acts.Files.Find(FileLedger.Self)?.Text, From = Origin.File };
                        else if (Acts.Files.Find(path) is { } written)
                            content = new Datum { Text = written.Text, From = written.From | Origin.File, Source = written.Source, Decoders = written.Decoders };
                        else if (WindowsTable.OfPlace(path) is { Deed: Deed.ReadSecret } secret)
                        {
                            Add(Deed.ReadSecret, node, name, path, null, secret.Confidence);
                            content = Datum.Tainted(Origin.Secret | Origin.File, path);
                        }
                    }

                    foreach (var argument in arguments)
                    {
                        if (argument.Code is not null)
                            Invoke(argument, [Datum.Unknown, content]);
                    }

                    return content;
                }

            case "writeFileSync" or "writeFile" or "appendFileSync" or "appendFile" or "outputFile" or "outputFileSync" or "writeTextFile" or "writeTextFileSync" or "write":
                if (path is not null)
                    Write(path, second, node);
                foreach (var argument in arguments)
                {
                    if (argument.Code is not null)
                        Invoke(argument, []);
                }

                return Datum.Unknown;
            case "createWriteStream":
                return new Datum { Kind = "writestream", Text = path };
            case "copyFile" or "copyFileSync" or "rename" or "renameSync" or "copy" or "copySync":
                if (path is not null && second.AsText() is { } to)
                    Runner.Run([new CommandWord("copy"), new CommandWord(path), new CommandWord(to)], At(node), Shown(node));
                return Datum.Unknown;
            case "rmSync" or "rm" or "rmdirSync" or "rmdir" or "remove" or "removeSync" or "emptyDir" or "emptyDirSync":
                if (path is not null && CommandRunner.IsPrecious(path) && (arguments.Exists(static a => a.Fields?.ContainsKey("recursive") == true) || name.StartsWith("remove", StringComparison.Ordinal) || name.StartsWith("empty", StringComparison.Ordinal)))
                    Add(Deed.Destroy, node, "fs." + name, path);
                return Datum.Unknown;
            case "existsSync" or "exists" or "access" or "accessSync" or "statSync" or "stat":
                return Datum.Unknown;
            case "readdirSync" or "readdir":
                {
                    if (path is not null && WindowsTable.OfPlace(path) is { Deed: Deed.ReadSecret })
                        return Datum.Tainted(Origin.Secret, path);
                    break;
                }
        }

        foreach (var argument in arguments)
        {
            if (argument.Code is not null)
                Invoke(argument, [Datum.Unknown, Datum.Tainted(Origin.None, null)]);
        }

        return Datum.Unknown;
    }

    private void Send(ScriptNode node, string? address, Datum data)
    {
        var isAddress = address is { Length: > 0 } && (CommandLine.IsAddress(address) || char.IsLetterOrDigit(address[0]) && address.Contains('.', StringComparison.Ordinal));
        Add(Deed.Send, node, "send", address, data, isAddress ? Confidence.High : Confidence.Low);
    }

    private Datum? Network(string kind, Datum first, Datum second, List<Datum> arguments, ScriptNode node)
    {
        var dot = kind.IndexOf('.', StringComparison.Ordinal);
        var module = dot < 0 ? kind : kind[..dot];
        var method = dot < 0 ? "" : kind[(dot + 1)..];
        if (module is not ("http" or "https" or "fetch" or "axios" or "node-fetch" or "got" or "request" or "superagent" or "needle" or "undici" or "request-promise" or "request-promise-native" or "download" or "cross-fetch" or "ky" or "phin" or "bent" or "$" or "jQuery"))
            return null;
        if (module is "http" or "https" && method is "createServer" or "Agent" or "Server" || method is "create" or "extend" or "defaults" || (module is "$" or "jQuery" && method is not ("get" or "post" or "ajax" or "getJSON" or "getScript")))
            return method is "create" or "extend" ? Datum.OfKind(module) : null;
        var options = first.Fields ?? second.Fields ?? (arguments.Count > 2 ? arguments[2].Fields : null);
        var url = first.Fields is null ? first.AsText() : Address(first.Fields, module);
        var verb = options?.GetValueOrDefault("method")?.AsText() ?? options?.GetValueOrDefault("type")?.AsText() ?? method;
        var posts = verb.Equals("post", StringComparison.OrdinalIgnoreCase) || verb.Equals("put", StringComparison.OrdinalIgnoreCase) || verb.Equals("patch", StringComparison.OrdinalIgnoreCase);
        var body = options?.GetValueOrDefault("body") ?? options?.GetValueOrDefault("data") ?? options?.GetValueOrDefault("json") ?? options?.GetValueOrDefault("form") ?? options?.GetValueOrDefault("formData");
        if (posts && body is null && module is "axios" or "needle" or "superagent" or "$" or "jQuery")
            body = second;
        var origin = first.From & (Origin.Decoded | Origin.Computed);
        if (options?.GetValueOrDefault("rejectUnauthorized") is { Number: 0 })
            Add(Deed.SkipTls, node, kind, url);
        if (posts || body is not null || (first.From.HasFlag(Origin.Secret) && first.Fields is null))
        {
            if (body is not null || first.From.HasFlag(Origin.Secret))
                Send(node, url, body ?? first);
        }
        else
        {
            Add(Deed.Download, node, kind, url, Datum.Unknown with { From = origin, Decoders = first.Decoders });
        }

        if (method == "getScript")
            return RunText(Datum.Tainted(Origin.Network, url), node, kind);
        var response = new Datum { Kind = posts && module is "http" or "https" ? "request" : "response", From = Origin.Network | (origin & Origin.Decoded), Source = url, Decoders = first.Decoders };
        if (response.Kind == "request")
            response = response with { Text = url, Partial = true };
        if (module is "download" && second.AsText() is { } folder)
            Acts.Files.Write(folder + "/*", new WrittenFile(Origin.Network, url, null, []));
        foreach (var argument in arguments)
        {
            if (argument.Code is not null)
            {
                // Either the response, or error, response and body.
                var answer = response with { Kind = "response", Text = null, Partial = false };
                Invoke(argument, [argument.Code.Items.Count > 2 && module is not ("http" or "https") ? Datum.Unknown : answer, answer, Datum.Tainted(response.From, url)]);
            }
        }

        return response;
    }

    private static string? Address(Dictionary<string, Datum> options, string module)
    {
        if ((options.GetValueOrDefault("url") ?? options.GetValueOrDefault("uri"))?.AsText() is { } url)
            return url;
        var host = (options.GetValueOrDefault("hostname") ?? options.GetValueOrDefault("host"))?.AsText();
        return host is null ? null : $"{(module == "http" ? "http" : "https")}://{host}{(options.GetValueOrDefault("port")?.AsText() is { } port ? ":" + port : "")}{options.GetValueOrDefault("path")?.AsText()}";
    }

    protected override Datum Unary(ScriptNode node)
    {
        if (node.Text is "await")
            return Evaluate(node[0]);
        if (node.Text is "typeof" or "void" or "delete")
        {
            Evaluate(node[0]);
            return Datum.Unknown;
        }

        return base.Unary(node);
    }

    protected override Datum Operate(string op, IReadOnlyList<ScriptNode> nodes, IReadOnlyList<Datum> values, ScriptNode node)
    {
        var left = values[0];
        var right = values.Count > 1 ? values[1] : Datum.Unknown;
        switch (op)
        {
            case "+":
                if (values.All(static v => v.Number is not null))
                    return Datum.Of(values.Sum(static v => v.Number!.Value));
                if (values.All(static v => v.Text is null && v.Items is null && v.Number is null))
                {
                    var sum = Datum.Unknown;
                    foreach (var value in values)
                        sum = sum.With(value);
                    return sum;
                }

                return Concat(nodes, values.Select(static v => v.Items is not null && v.AsText(",") is { } listed ? new Datum { Text = listed }.With(v) : v).ToList());
            case "||" or "??" or "&&":
                {
                    var choice = op == "&&" ? values[^1] : values.FirstOrDefault(static v => v.Text is not null || v.Kind is not null || v.Items is not null || v.Code is not null || v.Bytes is not null || v.Fields is not null) ?? left;
                    foreach (var value in values)
                        choice = op == "&&" ? choice : choice.With(value.From.HasFlag(Origin.Environment) ? value with { From = value.From & ~Origin.Environment } : value);
                    return choice;
                }

            case "==" or "===" or "!=" or "!==":
                return Arithmetic(op, left, right) ?? (left.IsExact && right.IsExact ? Datum.Of((left.Text == right.Text) == op.StartsWith('=')) : Datum.Unknown);
            case "in" or "instanceof":
                return Datum.Unknown;
            case "^":
                return Arithmetic(op, left, right)?.Through("xor") ?? Unknown(left, [right]);
            case "<" or ">" or "<=" or ">=":
                return Arithmetic(op, left, right) ?? Datum.Unknown;
        }

        return Arithmetic(op, left, right) ?? Unknown(left, [right]);
    }
}
