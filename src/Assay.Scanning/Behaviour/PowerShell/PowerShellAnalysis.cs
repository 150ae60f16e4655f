using System.Text;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Understands PowerShell.</summary>
internal sealed class PowerShellAnalysis : LanguageAnalysis
{
    public override IReadOnlyList<CodeLanguage> Languages { get; } = [CodeLanguage.PowerShell];

    public override void Analyse(CodeUnit unit, ActSink acts) => new PowerShellMachine(unit, acts).Run();
}

/// <summary>One run over a PowerShell script: commands, .NET calls and operators on what is known.</summary>
internal sealed class PowerShellMachine(CodeUnit unit, ActSink acts) : ScriptMachine(unit, acts, StringComparer.OrdinalIgnoreCase)
{
    private static readonly Dictionary<string, string> Aliases = new(StringComparer.OrdinalIgnoreCase)
    {
        ["iex"] = "invoke-expression",
        ["iwr"] = "invoke-webrequest",
        ["irm"] = "invoke-restmethod",
        ["wget"] = "invoke-webrequest",
        ["curl"] = "invoke-webrequest",
        ["saps"] = "start-process",
        ["start"] = "start-process",
        ["gc"] = "get-content",
        ["cat"] = "get-content",
        ["type"] = "get-content",
        ["sc"] = "set-content",
        ["ac"] = "add-content",
        ["gal"] = "get-alias",
        ["sal"] = "set-alias",
        ["nal"] = "set-alias",
        ["new-alias"] = "set-alias",
        ["gcm"] = "get-command",
        ["gv"] = "get-variable",
        ["sv"] = "set-variable",
        ["set"] = "set-variable",
        ["nv"] = "set-variable",
        ["new-variable"] = "set-variable",
        ["ii"] = "invoke-item",
        ["icm"] = "invoke-command",
        ["iwmi"] = "invoke-wmimethod",
        ["gwmi"] = "get-wmiobject",
        ["gcim"] = "get-ciminstance",
        ["icim"] = "invoke-cimmethod",
        ["sajb"] = "start-job",
        ["ipmo"] = "import-module",
        ["%"] = "foreach-object",
        ["foreach"] = "foreach-object",
        ["?"] = "where-object",
        ["where"] = "where-object",
        ["echo"] = "write-output",
        ["write"] = "write-output",
        ["ri"] = "remove-item",
        ["rm"] = "remove-item",
        ["del"] = "remove-item",
        ["erase"] = "remove-item",
        ["rd"] = "remove-item",
        ["rmdir"] = "remove-item",
        ["cp"] = "copy-item",
        ["copy"] = "copy-item",
        ["cpi"] = "copy-item",
        ["mv"] = "move-item",
        ["move"] = "move-item",
        ["mi"] = "move-item",
        ["sp"] = "set-itemproperty",
        ["gi"] = "get-item",
        ["gci"] = "get-childitem",
        ["dir"] = "get-childitem",
        ["ls"] = "get-childitem",
        ["sleep"] = "start-sleep",
        ["ni"] = "new-item",
        ["md"] = "mkdir",
        ["oss"] = "out-string",
        ["gp"] = "get-itemproperty",
        ["gpv"] = "get-itempropertyvalue",
        ["rni"] = "rename-item",
        ["ren"] = "rename-item",
        ["tee"] = "tee-object",
        ["select"] = "select-object",
        ["sls"] = "select-string",
        ["spps"] = "stop-process",
        ["kill"] = "stop-process",
        ["spsv"] = "stop-service",
        ["cd"] = "set-location",
        ["sl"] = "set-location",
        ["pushd"] = "set-location",
        ["chdir"] = "set-location",
        ["gip"] = "get-netipconfiguration",
    };

    private static readonly string[] Switches =
    [
        "usebasicparsing", "noprofile", "wait", "passthru", "nonewwindow", "force", "recurse", "raw", "append", "confirm", "whatif", "verbose", "asjob", "disablekeepalive", "skipcertificatecheck", "asbytestream", "nonewline", "asplaintext", "noninteractive",
        "usedefaultcredentials", "asynchronous", "dynamic", "quiet", "simplematch", "allusers", "first", "ascustomobject", "expandproperty", "usenewenvironment", "loaduserprofile", "noclobber", "hidden", "file", "directory", "name",
    ];

    private const string StartupFolder = @"%APPDATA%\Microsoft\Windows\Start Menu\Programs\Startup";

    protected override ScriptNode Parse(string text) => PowerShellParser.Parse(text, Acts.Budget);

    protected override Datum Name(ScriptNode node)
    {
        var name = node.Text;
        if (Variables.Find(name) is { } value)
            return value;
        if (name.StartsWith("env:", StringComparison.OrdinalIgnoreCase))
            return Environment(name[4..]);
        return name.ToLowerInvariant() switch
        {
            "null" => Datum.Of(""),
            "true" => Datum.Of(true),
            "false" => Datum.Of(false),
            "psscriptroot" => Datum.Of("%~dp0"),
            "pscommandpath" => Datum.Of(FileLedger.Self),
            "myinvocation" => Datum.OfKind("invocation"),
            "pshome" => Datum.Of(@"C:\Windows\System32\WindowsPowerShell\v1.0"),
            "shellid" => Datum.Of("Microsoft.PowerShell"),
            "home" => Datum.Of("%USERPROFILE%"),
            "profile" => Datum.Of("$PROFILE"),
            "verbosepreference" or "debugpreference" => Datum.Of("SilentlyContinue"),
            "maximumdrivecount" => Datum.Of("4096"),
            "ofs" => Datum.Of(" "),
            "executioncontext" => Datum.OfKind("executioncontext"),
            "host" => Datum.OfKind("host"),
            "args" or "input" => Datum.Tainted(Origin.Argument, null),
            "pwd" => Datum.Of("%CD%"),
            _ => Datum.Unknown,
        };
    }

    private static Datum Environment(string name)
    {
        name = name.ToUpperInvariant();
        return name switch
        {
            "COMSPEC" => Datum.Of(@"C:\WINDOWS\system32\cmd.exe"),
            "PUBLIC" => Datum.Of(@"C:\Users\Public"),
            "COMPUTERNAME" or "USERNAME" or "USERDOMAIN" => new Datum { Text = $"%{name}%", Partial = true, From = Origin.Machine },
            _ when CommandRunner.IsSecretName(name) => new Datum { Text = $"%{name}%", Partial = true, From = Origin.Secret, Source = name },
            _ => Datum.Of($"%{name}%"),
        };
    }

    protected override Datum Special(ScriptNode node) => node.Kind switch
    {
        ScriptNodeKind.Command => Command(node, null),
        ScriptNodeKind.Pipeline => Pipeline(node),
        ScriptNodeKind.Type => Datum.OfKind("[" + TypeName(node.Text) + "]"),
        ScriptNodeKind.Cast => Cast(node),
        ScriptNodeKind.Parameter => Datum.Of("-" + node.Text),
        _ => base.Special(node),
    };

    private static string TypeName(string text)
    {
        var name = text.ToLowerInvariant().Trim();
        return name.StartsWith("system.", StringComparison.Ordinal) ? name[7..] : name;
    }

    protected override Datum Block(ScriptNode node)
    {
        if (node.Items.Count < 2)
            return base.Block(node);
        foreach (var item in node.Items)
        {
            if (item.Kind == ScriptNodeKind.Function && item.Text.Length > 0)
                Evaluate(item);
        }

        // What statements yield is the output of the block, all of it.
        var outputs = new List<Datum>();
        var all = Datum.Unknown;
        foreach (var item in node.Items)
        {
            if (item.Kind == ScriptNodeKind.Function && item.Text.Length > 0)
                continue;
            var value = Evaluate(item);
            if (item.Kind is ScriptNodeKind.Assign or ScriptNodeKind.Loop or ScriptNodeKind.Return or ScriptNodeKind.None)
                continue;
            all = all.With(value);
            if (value.Text is not null || value.Items is not null || value.Bytes is not null || value.Number is not null || value.Code is not null || value.Kind is not null)
                outputs.Add(value);
        }

        return outputs.Count == 1 ? outputs[0].With(all) : outputs.Count == 0 ? all : Datum.Of(outputs).With(all);
    }

    protected override Datum FunctionResult(Datum? returned, Datum value, ScriptNode function) => returned is null ? value : returned.With(value);

    protected override void Bind(ScriptNode function, List<Datum> arguments)
    {
        base.Bind(function, arguments);
        Variables.Declare("args", Datum.Of(arguments));
    }

    private Datum Cast(ScriptNode node)
    {
        var type = TypeName(node.Text);
        var value = Evaluate(node[0]);
        switch (type)
        {
            case "char" when value.AsNumber() is { } code and >= 0 and < 65536:
                return new Datum { Text = ((char)code).ToString(), Kind = "character" }.With(value);
            case "char[]" when value.Items is { } items:
                {
                    var characters = new List<Datum>(items.Count);
                    foreach (var item in items)
                        characters.Add(item.AsNumber() is { } c and >= 0 and < 65536 ? new Datum { Text = ((char)c).ToString(), Kind = "character" } : item);
                    var list = Datum.Of(characters).With(value);
                    return characters.Count >= 6 && items[0].Number is not null ? list.Through("character codes") : list;
                }

            case "char[]" when value.Bytes is { Length: < 200_000 } bytes:
                return Datum.Of(bytes.Select(static b => new Datum { Text = ((char)b).ToString(), Kind = "character" }).ToList()).With(value);
            case "char[]" when value.IsExact:
                return TextMethods.Call("tochararray", value, [], script: false) ?? value;
            case "byte[]" when value.AsBytes() is { } made:
                return new Datum { Bytes = (byte[])made.Clone() }.With(value);
            case "string" when value.AsText() is { } text:
                return new Datum { Text = text, Partial = value.Partial }.With(value);
            case "int" or "byte" or "int32" or "long" or "convert" or "int64" or "uint32":
                if (value.Kind == "character" && value.Text is { Length: 1 })
                    return Datum.Of(value.Text[0]).With(value);
                return value.AsNumber() is { } number ? Datum.Of(Math.Round(number)).With(value) : value;
            case "scriptblock":
                return value.Code is null ? value with { Kind = "scriptblock" } : value;
            case "wmiclass":
                return new Datum { Kind = "wmi:" + value.Text?.ToLowerInvariant() };
            case "type":
                return value.IsExact ? Datum.OfKind("[" + TypeName(value.Text!) + "]") with { From = value.From & Origin.Computed } : value;
        }

        if (type.StartsWith("net.webclient", StringComparison.Ordinal) || type.Contains("reflection", StringComparison.Ordinal))
            return Datum.OfKind(type).With(value);
        return value;
    }

    private Datum Pipeline(ScriptNode node)
    {
        var value = Evaluate(node[0]);
        for (var i = 1; i < node.Items.Count; i++)
        {
            var item = node.Items[i];
            if (item.Kind == ScriptNodeKind.Command)
            {
                value = Command(item, value);
            }
            else
            {
                Variables.Declare("_", value);
                value = Evaluate(item);
            }
        }

        return value;
    }

    /// <summary>The arguments of a command: named ones by the start of their names, and the others in order.</summary>
    private sealed class CommandArguments
    {
        public List<(string Name, Datum Value, ScriptNode Node)> Named { get; } = [];

        public List<(Datum Value, ScriptNode Node)> Free { get; } = [];

        /// <summary>The arguments as a program is given them.</summary>
        public List<CommandWord> Words { get; } = [];

        public Datum? this[params ReadOnlySpan<string> names]
        {
            get
            {
                foreach (var (given, value, _) in Named)
                {
                    foreach (var name in names)
                    {
                        if (given.Length > 0 && name.StartsWith(given, StringComparison.OrdinalIgnoreCase))
                            return value;
                    }
                }

                return null;
            }
        }

        public Datum? At(int index) => index < Free.Count ? Free[index].Value : null;
    }

    private CommandArguments Read(ScriptNode node)
    {
        var read = new CommandArguments();
        for (var i = 1; i < node.Items.Count; i++)
        {
            var item = node.Items[i];
            if (item.Kind == ScriptNodeKind.Redirect)
                continue;
            if (item.Kind == ScriptNodeKind.Parameter)
            {
                var name = item.Text;
                if (item.Items.Count > 0)
                {
                    var value = Evaluate(item[0]);
                    read.Named.Add((name, value, item));
                    read.Words.Add(value.AsWord() with { Text = $"-{name}:{value.AsText()}" });
                }
                else if (i + 1 < node.Items.Count && node.Items[i + 1].Kind is not (ScriptNodeKind.Parameter or ScriptNodeKind.Redirect) && !Array.Exists(Switches, s => name.Length > 1 && s.StartsWith(name, StringComparison.OrdinalIgnoreCase) && s.Length - name.Length < 12))
                {
                    i++;
                    var value = Evaluate(node.Items[i]);
                    read.Named.Add((name, value, item));
                    read.Words.Add(new CommandWord("-" + name));
                    AddWord(read, value, node.Items[i]);
                }
                else
                {
                    read.Named.Add((name, Datum.Of(true), item));
                    read.Words.Add(new CommandWord("-" + name));
                }
            }
            else if (item.Kind == ScriptNodeKind.Spread && Evaluate(item[0]) is { Fields: { } fields })
            {
                foreach (var (key, value) in fields)
                    read.Named.Add((key, value, item));
            }
            else
            {
                var value = Evaluate(item);
                read.Free.Add((value, item));
                AddWord(read, value, item);
            }
        }

        return read;
    }

    private void AddWord(CommandArguments read, Datum value, ScriptNode item)
    {
        if (item.Kind == ScriptNodeKind.Function && item.Text.Length == 0)
            read.Words.Add(new CommandWord(Shown(item, 4000).Trim('{', '}')));
        else if (value.Items is { Count: < 100 } items)
            read.Words.AddRange(items.Select(static v => v.AsWord()));
        else
            read.Words.Add(value.AsText() is null ? value.AsWord() with { Text = Placeholder(item) } : value.AsWord());
    }

    /// <summary>Runs a command; <paramref name="piped"/> is fed to it.</summary>
    private Datum Command(ScriptNode node, Datum? piped)
    {
        var head = node[0];
        var called = Evaluate(head);
        var isHidden = head.Grouped && head.Kind != ScriptNodeKind.Function && (called.From.HasFlag(Origin.Computed) || head.Kind is ScriptNodeKind.Binary or ScriptNodeKind.Call or ScriptNodeKind.Index);
        if (called.Code is not null)
            return InvokeBlock(called, node, piped);
        if (called.Kind == "scriptblock")
            return RunText(called, node, "scriptblock");
        if (called.Kind?.StartsWith("command:", StringComparison.Ordinal) == true)
            called = called with { Text = called.Kind[8..] };
        var name = called.AsText(" ")?.Trim();
        if (name is null)
        {
            if ((called.From & (Origin.Network | Origin.Decoded)) != 0)
                Add(Deed.RunProgram, node, "&", null, called);
            var unread = Read(node);
            return Unresolved(unread, piped);
        }

        if (Variables.Find("function:" + name) is { } alias && alias.Text is { } other)
            name = other;
        if (Variables.Find(name) is { Code: not null } function && function.Code.Text.Equals(name, StringComparison.OrdinalIgnoreCase))
            return InvokeBlock(function, node, piped);
        var command = name.ToLowerInvariant();
        if (command.StartsWith("microsoft.powershell.", StringComparison.Ordinal))
            command = command[(command.LastIndexOf('\\') + 1)..];
        command = Aliases.GetValueOrDefault(command, command);
        var result = Cmdlet(command, name, node, piped, isHidden);
        Redirect(node, result);
        return result;
    }

    private void Redirect(ScriptNode node, Datum output)
    {
        // PowerShell has seven streams, and sends each to one place at most (about_Redirection).
        var left = 7;
        foreach (var item in node.Items)
        {
            if (item.Kind == ScriptNodeKind.Redirect && item.Items.Count > 0 && left-- > 0 && Evaluate(item[0]).AsText() is { Length: > 0 } path)
                Write(path, output, node);
        }
    }

    private Datum Unresolved(CommandArguments arguments, Datum? piped)
    {
        var values = new List<Datum>();
        if (piped is not null)
            values.Add(piped);
        foreach (var (value, _) in arguments.Free)
            values.Add(value);
        foreach (var (_, value, _) in arguments.Named)
            values.Add(value);
        return Unknown(Datum.Unknown, values);
    }

    private Datum InvokeBlock(Datum block, ScriptNode node, Datum? piped)
    {
        var read = Read(node);
        var values = read.Free.ConvertAll(static f => f.Value);
        if (piped is not null)
        {
            Variables.Declare("_", piped);
            Variables.Declare("input", piped);
        }

        // Named arguments go to the parameters of their names.
        if (read.Named.Count > 0 && block.Code is { } code)
        {
            for (var i = 0; i < code.Items.Count - 1 && i < 20; i++)
            {
                var parameter = code.Items[i].Kind == ScriptNodeKind.Assign ? code.Items[i][0] : code.Items[i];
                if (parameter.Kind == ScriptNodeKind.Name && read[parameter.Text] is { } given)
                    values.Insert(Math.Min(i, values.Count), given);
            }
        }

        return Invoke(block, values);
    }

    private Datum Cmdlet(string command, string typed, ScriptNode node, Datum? piped, bool isHidden)
    {
        switch (command)
        {
            case "foreach-object" or "where-object":
                return ForEachObject(node, piped ?? Datum.Unknown, command == "where-object");
        }

        var a = Read(node);
        var first = a.At(0);
        Guarded(command, node, a);
        switch (command)
        {
            case "invoke-expression":
                {
                    var code = a["command"] ?? first ?? piped ?? Datum.Unknown;
                    if (code.Items is not null && code.AsText("\n") is { } joined)
                        code = code with { Text = joined, Items = null };
                    if (isHidden)
                        code = code with { From = code.From | Origin.Computed };
                    else if (code.AsText() is null && code.From == Origin.None)
                        return Datum.Unknown;
                    return RunText(code with { Text = code.AsText() }, node, "Invoke-Expression");
                }

            case "invoke-webrequest" or "invoke-restmethod":
                return Request(command, node, a, first, piped);
            case "start-bitstransfer":
                {
                    var url = (a["source"] ?? first)?.AsText();
                    Runner.Download(At(node), "Start-BitsTransfer", url, (a["destination"] ?? a.At(1))?.AsText(), Shown(node));
                    return Datum.Unknown;
                }

            case "start-process" or "invoke-item":
                return StartProcess(node, a, first ?? piped);
            case "start-job" or "invoke-command" or "start-threadjob" or "measure-command":
                {
                    if (a["filepath"] is { } file)
                        return StartFile(file, node);
                    var block = a["scriptblock"] ?? first ?? Datum.Unknown;
                    if (block.Kind == "scriptblock")
                        return RunText(block, node, command);
                    return block.Code is not null ? Invoke(block, a["argumentlist"]?.Items ?? (a["argumentlist"] is { } one ? [one] : [])) : Datum.Unknown;
                }

            case "new-object":
                {
                    var type = (a["comobject"] ?? a["typename"] ?? first)?.AsText();
                    if (type is null)
                        return Datum.Unknown;
                    var kind = a["comobject"] is not null ? type.ToLowerInvariant() : TypeName(type);
                    var list = a["argumentlist"] ?? a.At(1);
                    return Construct(kind, list is null ? [] : list.Items ?? [list], node);
                }

            case "set-alias":
                {
                    if ((a["name"] ?? first)?.AsText() is { } name && (a["value"] ?? a.At(1) ?? (a["name"] is not null ? first : null))?.AsText() is { } target)
                        Globals.Declare("function:" + name, Datum.Of(target));
                    return Datum.Unknown;
                }

            case "get-alias" or "get-command":
                return (a["name"] ?? first)?.AsText() is { } wanted ? Datum.OfKind("command:" + Wildcard(wanted)) : Datum.Unknown;
            case "set-variable":
                {
                    if ((a["name"] ?? first)?.AsText() is { } name)
                        Variables.Assign(name.TrimStart('$'), a["value"] ?? (a["name"] is not null ? first : a.At(1)) ?? piped ?? Datum.Unknown);
                    return Datum.Unknown;
                }

            case "get-variable":
                return (a["name"] ?? first)?.AsText() is { } variable ? a["valueonly"] is not null ? Variables.Find(variable) ?? Named(variable) : new Datum { Fields = new Dictionary<string, Datum>(StringComparer.OrdinalIgnoreCase) { ["value"] = Variables.Find(variable) ?? Named(variable), ["name"] = Datum.Of(variable) } } : Datum.Unknown;
            case "get-content" or "import-csv" or "get-clipboard":
                return Content(a["path", "literalpath"] ?? first ?? piped, node);
            case "get-childitem" or "get-item" or "resolve-path" or "test-path" or "get-itemproperty" or "get-itempropertyvalue":
                return Items(command, a["path", "literalpath"] ?? first, node);
            case "set-content" or "add-content" or "out-file" or "tee-object":
                {
                    var path = (a["filepath", "path", "literalpath"] ?? first)?.AsText();
                    var value = a["value", "inputobject"] ?? (command is "set-content" or "add-content" ? a["path", "literalpath"] is not null ? first : a.At(1) : null) ?? piped ?? Datum.Unknown;
                    if (path is not null)
                        Write(path, value, node);
                    return Datum.Unknown;
                }

            case "new-item":
                {
                    var path = Joined(a["path"] ?? first, a["name"]);
                    if (path is null)
                        return Datum.Unknown;
                    if (IsRegistry(path))
                        Runner.Registry(path, "", a["value"]?.AsText() ?? "", At(node), Shown(node));
                    else if (a["value"] is { } content)
                        Write(path, content, node);
                    return Datum.Of(path);
                }

            case "set-itemproperty" or "new-itemproperty":
                {
                    var key = (a["path", "literalpath"] ?? first)?.AsText();
                    var name = (a["name"] ?? a.At(a["path", "literalpath"] is null ? 1 : 0))?.AsText();
                    var value = a["value", "propertyvalue"] ?? a.At(2);
                    if (key is not null && name is not null && IsRegistry(key))
                        Runner.Registry(key, name, value?.AsText() ?? "", At(node), Shown(node));
                    return Datum.Unknown;
                }

            case "add-type":
                return AddType(node, a, first ?? piped);
            case "import-module":
                {
                    var module = a["name"] ?? first;
                    if (module?.Kind == "assembly" && (module.From & (Origin.Network | Origin.Decoded)) != 0)
                        Add(Deed.MachineCode, node, "Import-Module", null, module);
                    else if (module?.AsText() is { } file && (file.StartsWith('.') || file.StartsWith("%~dp0", StringComparison.Ordinal)))
                        Runner.File(file, [], At(node), Shown(node), CodeLanguage.PowerShell);
                    return Datum.Unknown;
                }

            case "remove-item":
                {
                    foreach (var target in Paths(a["path", "literalpath"] ?? first))
                    {
                        if (CommandRunner.IsPrecious(target) && a["recurse"] is not null)
                            Add(Deed.Destroy, node, "Remove-Item", target);
                    }

                    return Datum.Unknown;
                }

            case "copy-item" or "move-item" or "rename-item":
                {
                    var from = (a["path", "literalpath"] ?? first)?.AsText();
                    var to = (a["destination", "newname"] ?? (a["path", "literalpath"] is not null ? first : a.At(1)))?.AsText();
                    if (from is not null && to is not null)
                        Runner.Run([new CommandWord(command), new CommandWord(from), new CommandWord(to)], At(node), Shown(node));
                    return Datum.Unknown;
                }

            case "invoke-wmimethod" or "invoke-cimmethod":
                {
                    var all = string.Join(' ', a.Named.Select(static n => n.Value.AsText()).Concat(a.Free.Select(static f => f.Value.AsText())));
                    var list = a["argumentlist"] ?? a["arguments"];
                    var line = list?.Fields?.GetValueOrDefault("commandline") ?? list ?? a.At(2);
                    if (all.Contains("create", StringComparison.OrdinalIgnoreCase) && line is not null)
                        RunCommand(line, node, command, CodeLanguage.Batch);
                    return Datum.Unknown;
                }

            case "register-scheduledtask" or "new-scheduledtaskaction":
                {
                    if (command == "new-scheduledtaskaction" && (a["execute"] ?? first)?.AsText() is { } program)
                    {
                        var before = Acts.Acts.Count;
                        var line = program + " " + a["argument"]?.AsText();
                        Runner.Inner(CodeLanguage.Batch, line, At(node));
                        return new Datum { Kind = Runner.CommandIsGrave(line, before) ? "task:grave" : "task", Text = line };
                    }

                    var action = a["action"];
                    Add(Deed.Persist, node, "Register-ScheduledTask", action?.Text ?? (a["taskname"] ?? first)?.AsText(), null, action?.Kind == "task:grave" ? Confidence.High : Confidence.Medium);
                    return Datum.Unknown;
                }

            case "set-wmiinstance" or "new-ciminstance" or "set-ciminstance":
                return Datum.OfKind("wmi");
            case "send-mailmessage":
                {
                    var carried = Unresolved(a, piped);
                    foreach (var (_, value, _) in a.Named)
                    {
                        if (value.AsText() is { } file && WindowsTable.OfPlace(file) is { Deed: Deed.ReadSecret })
                            carried = carried with { From = carried.From | Origin.Secret, Source = file };
                    }

                    Add(Deed.Send, node, "Send-MailMessage", a["to"]?.AsText() ?? "e-mail", carried);
                    return Datum.Unknown;
                }

            case "convertto-securestring" or "convertfrom-securestring" or "get-credential":
                return Unresolved(a, piped);
            case "write-output" or "out-string" or "select-object" or "convertfrom-json" or "convertto-json" or "sort-object" or "get-unique" or "convertto-html" or "convertfrom-csv" or "convertto-csv" or "select-string":
                return command == "write-output" && a.Free.Count > 0 ? a.Free.Count == 1 ? first! : Datum.Of(a.Free.ConvertAll(static f => f.Value)) : piped ?? first ?? Datum.Unknown;
            case "join-path":
                return Joined(a["path"] ?? first, a["childpath"] ?? a.At(a["path"] is null ? 1 : 0)) is { } joinedPath ? new Datum { Text = joinedPath } : Datum.Unknown;
            case "split-path":
                return (a["path"] ?? first ?? piped) is { } whole && whole.AsText() is { } split ? split == FileLedger.Self || split.Length == 0 ? Datum.Of("%~dp0") : Datum.Of(a["leaf"] is not null ? split[(split.LastIndexOfAny(['\\', '/']) + 1)..] : split[..Math.Max(0, split.LastIndexOfAny(['\\', '/']))]) : Datum.Unknown;
            case "new-guid" or "get-random" or "get-date" or "new-temporaryfile":
                return a["inputobject"] is null && piped is null ? new Datum { Text = $"‹{command}{At(node)}›", Partial = true } : Datum.Unknown;
            case "get-wmiobject" or "get-ciminstance" or "get-computerinfo" or "get-process" or "get-netipaddress" or "get-localuser" or "get-netipconfiguration" or "get-netadapter":
                {
                    var asked = (a["class", "classname"] ?? first)?.AsText() ?? "";
                    if (asked.Contains("antivirusproduct", StringComparison.OrdinalIgnoreCase) || (asked.Contains("win32_computersystem", StringComparison.OrdinalIgnoreCase) && Source.Contains("virtualbox", StringComparison.OrdinalIgnoreCase)))
                        Add(Deed.DetectAnalysis, node, command, asked, null, Confidence.Medium);
                    return Datum.Tainted(Origin.Machine, null);
                }

            case "start-sleep" or "write-host" or "set-location" or "write-error" or "write-warning" or "write-verbose" or "out-null" or "clear-host" or "read-host" or "mkdir" or "set-strictmode" or "stop-process" or "get-location" or "expand-archive" or "compress-archive" or "test-connection"
                or "new-scheduledtasktrigger" or "new-scheduledtasksettingsset" or "new-scheduledtaskprincipal" or "set-psreadlineoption" or "get-service" or "start-service":
                {
                    if (command is "expand-archive" && (a["path", "literalpath"] ?? first ?? piped)?.AsText() is { } archive && (a["destinationpath"] ?? a.At(1))?.AsText() is { } folder)
                        Acts.Files.Unpack(archive, folder);
                    if (command is "compress-archive" && Paths(a["path", "literalpath"] ?? first).Any(static p => WindowsTable.OfPlace(p) is { Deed: Deed.ReadSecret }) && (a["destinationpath"] ?? a.At(1))?.AsText() is { } zip)
                        Acts.Files.Write(zip, new WrittenFile(Origin.Secret, Paths(a["path", "literalpath"] ?? first).First(), null, []));
                    foreach (var (value, _) in a.Free)
                    {
                        if (value.Code is not null)
                            Invoke(value, []);
                    }

                    return command == "read-host" ? Datum.Tainted(Origin.Argument, null) : Datum.Unknown;
                }
        }

        return External(command, typed, node, a, piped, isHidden);
    }

    private Datum Named(string variable) => Name(new ScriptNode(ScriptNodeKind.Name, 0, variable.ToLowerInvariant()));

    /// <summary>What a name with wildcards finds among the commands that matter: <c>*ke-e*pr*</c>.</summary>
    private static string Wildcard(string name)
    {
        if (!name.AsSpan().ContainsAny('*', '?', '['))
            return name;
        foreach (var known in (ReadOnlySpan<string>)["iex", "Invoke-Expression", "Invoke-WebRequest", "Invoke-RestMethod", "Start-Process", "New-Object", "Invoke-Command", "curl", "wget", "iwr", "irm"])
        {
            if (WindowsTable.Glob(name.ToLowerInvariant().AsSpan(), known))
                return known;
        }

        return name;
    }

    private static bool IsRegistry(string path) => path.StartsWith("HK", StringComparison.OrdinalIgnoreCase) || path.Contains("HKEY_", StringComparison.OrdinalIgnoreCase) || path.StartsWith("Registry::", StringComparison.OrdinalIgnoreCase);

    private static string? Joined(Datum? folder, Datum? name)
    {
        if (folder?.AsText() is not { } path)
            return null;
        return name?.AsText() is { Length: > 0 } child ? path.TrimEnd('\\', '/') + "\\" + child.TrimStart('\\', '/') : path;
    }

    private static IEnumerable<string> Paths(Datum? value)
    {
        if (value is null)
            yield break;
        if (value.Items is { } items)
        {
            foreach (var item in items)
            {
                if (item.AsText() is { } one)
                    yield return one;
            }
        }
        else if (value.AsText() is { } single)
        {
            yield return single;
        }
    }

    /// <summary>Cmdlets of the table, their parameters spelt out.</summary>
    private void Guarded(string command, ScriptNode node, CommandArguments a)
    {
        if (!WindowsTable.Knows(command))
            return;
        // One word for the parameter and one for its value, for every pair in turn: any of them decides.
        var flat = new List<string>();
        foreach (var (name, value, _) in a.Named)
        {
            var words = new List<string> { "-" + Spelt(name), value.Kind == "bool" ? value.Number != 0 ? "true" : "false" : value.AsText() ?? "" };
            flat.AddRange(words);
            if (WindowsTable.OfCommand(command, words) is { } one)
            {
                Add(one.Deed, node, command, Shown(node), null, one.Confidence);
                return;
            }
        }

        foreach (var (value, _) in a.Free)
            flat.Add(value.AsText() ?? "");
        if (command is not "register-scheduledtask" && WindowsTable.OfCommand(command, flat) is { } meaning)
            Add(meaning.Deed, node, command, Shown(node), null, meaning.Confidence);

        static string Spelt(string name) => name.Length > 2 && "exclusion".StartsWith(name, StringComparison.OrdinalIgnoreCase) ? "exclusionpath" : name;
    }

    private Datum ForEachObject(ScriptNode node, Datum over, bool filters)
    {
        Datum block = Datum.Unknown;
        string? member = null;
        for (var i = 1; i < node.Items.Count; i++)
        {
            var item = node.Items[i];
            if (item.Kind == ScriptNodeKind.Function)
                block = Evaluate(item);
            else if (item.Kind == ScriptNodeKind.Text)
                member = item.Text;
            else if (item.Kind is not (ScriptNodeKind.Parameter or ScriptNodeKind.Redirect))
                block = Evaluate(item) is { Code: not null } found ? found : block;
        }

        if (block.Code is null)
            return member is null || filters ? over : CallMember(over, member, [], node);
        var items = over.Items ?? (over.Bytes is { Length: < 100_000 } bytes ? bytes.Select(static b => Datum.Of(b)).ToList() : null);
        if (items is null || items.Count == 0)
        {
            Variables.Declare("_", over);
            Variables.Declare("psitem", over);
            var value = Invoke(block, [over]);
            return filters ? over : value;
        }

        var results = new List<Datum>(items.Count);
        var all = Datum.Unknown;
        for (var i = 0; i < items.Count && (i < 3 || IsCheap); i++)
        {
            Variables.Declare("_", items[i]);
            Variables.Declare("psitem", items[i]);
            var value = Invoke(block, [items[i]]);
            results.Add(value);
            all = all.With(value);
        }

        if (filters)
            return over;
        var list = Datum.Of(results).With(all);
        var decodes = results.Count >= 6 && results.TrueForAll(static r => r.Kind == "character");
        return decodes ? list.Through("character codes") : list;
    }

    private Datum Request(string command, ScriptNode node, CommandArguments a, Datum? first, Datum? piped)
    {
        var uri = a["uri"] ?? first ?? piped ?? Datum.Unknown;
        var url = uri.AsText();
        // curl.exe and wget.exe come by the same names, with their own switches.
        if (a.Named.Exists(static n => n.Name is "o" or "L" or "fsSL" or "sSL" or "sL" or "Lo" or "LO" or "O" or "d" or "F" or "T" or "s" or "k" or "sSLo" or "X" or "H" && n.Name.Length < 5) && !a.Named.Exists(static n => n.Name.Equals("outfile", StringComparison.OrdinalIgnoreCase) || n.Name.Equals("uri", StringComparison.OrdinalIgnoreCase)))
            return Program("curl", node, a, piped);
        var path = a["outfile"];
        var body = a["body"] ?? a["infile"] ?? a["form"];
        var secret = uri.From.HasFlag(Origin.Secret);
        if (a["skipcertificatecheck"] is not null)
            Add(Deed.SkipTls, node, command, url);
        if (body is not null || secret || a["method"]?.AsText() is { } method && method.Equals("post", StringComparison.OrdinalIgnoreCase))
        {
            var data = secret ? uri : body ?? Datum.Unknown;
            if (a["infile"]?.AsText() is { } file)
                data = WindowsTable.OfPlace(file) is { Deed: Deed.ReadSecret } ? Datum.Tainted(Origin.Secret | Origin.File, file) : Acts.Files.Find(file) is { } written ? Datum.Tainted(written.From | Origin.File, written.Source) : Datum.Tainted(Origin.File, null);
            Add(Deed.Send, node, command, url, data);
        }
        else
        {
            Add(Deed.Download, node, command, url, Datum.Unknown with { From = uri.From & (Origin.Decoded | Origin.Computed), Decoders = uri.Decoders });
        }

        if (path?.AsText() is { } stored)
            Runner.Write(stored, new WrittenFile(Origin.Network | (uri.From & Origin.Decoded), url, null, uri.Decoders), At(node), Shown(node));
        return Datum.Tainted(Origin.Network | (uri.From & Origin.Decoded), url) with { Decoders = uri.Decoders, Kind = "response" };
    }

    private Datum StartProcess(ScriptNode node, CommandArguments a, Datum? first)
    {
        var file = a["filepath", "literalpath", "path"] ?? first ?? Datum.Unknown;
        var list = a["argumentlist", "args"] ?? a.At(a["filepath", "literalpath", "path"] is null ? 1 : 0);
        if (a["verb"]?.AsText()?.Equals("runas", StringComparison.OrdinalIgnoreCase) == true)
            Add(Deed.Elevate, node, "Start-Process -Verb RunAs", file.AsText(), null, Confidence.Medium);
        if (a["windowstyle"]?.AsText() is { } style && style.Equals("hidden", StringComparison.OrdinalIgnoreCase))
            Add(Deed.Hide, node, "Start-Process -WindowStyle Hidden", file.AsText(), null, Confidence.Medium);
        if (file.AsText() is not { } path)
        {
            if ((file.From & (Origin.Network | Origin.Decoded)) != 0)
                Add(Deed.RunProgram, node, "Start-Process", null, file);
            return Datum.Unknown;
        }

        var words = new List<CommandWord> { file.AsWord() with { From = file.From & Origin.Decoded } };
        if (list is not null)
        {
            if (list.Items is { } items)
            {
                foreach (var item in items)
                    words.AddRange(CommandLine.Words(item.AsText() ?? "").Count > 1 && item.AsText()!.StartsWith('-') ? CommandLine.Words(item.AsText()!).Select(w => item.AsWord() with { Text = w }) : [item.AsWord()]);
            }
            else if (list.AsText() is { } text)
            {
                words.AddRange(CommandLine.Words(text).Select(w => list.AsWord() with { Text = w }));
            }
        }

        if (path == FileLedger.Self)
            return Datum.Unknown;
        Runner.Run(words, At(node), Shown(node));
        return Datum.Unknown;
    }

    private Datum StartFile(Datum file, ScriptNode node)
    {
        if (file.AsText() is { } path)
            Runner.File(path, [], At(node), Shown(node), CodeLanguage.PowerShell);
        return Datum.Unknown;
    }

    private Datum Content(Datum? path, ScriptNode node)
    {
        if (path?.AsText() is not { } file)
            return Datum.Tainted(Origin.File, null);
        if (CommandRunner.IsSelf(file) || file == FileLedger.Self)
            return Acts.Files.Find(FileLedger.Self)?.Text is { } own ? new Datum { Text = own } : Datum.Tainted(Origin.File, null);
        if (Acts.Files.Find(file) is { } written)
            return new Datum { Text = written.Text, From = written.From | Origin.File, Source = written.Source, Decoders = written.Decoders };
        if (WindowsTable.OfPlace(file) is { Deed: Deed.ReadSecret } secret)
        {
            Add(Deed.ReadSecret, node, "Get-Content", file, null, secret.Confidence);
            return Datum.Tainted(Origin.Secret | Origin.File, file);
        }

        return Datum.Tainted(Origin.File, null);
    }

    private Datum Items(string command, Datum? path, ScriptNode node)
    {
        if (path?.AsText() is { } place)
        {
            if (place.StartsWith("env:", StringComparison.OrdinalIgnoreCase))
                return place.Length <= 5 ? Datum.Tainted(Origin.Secret | Origin.Machine, "all variables of the environment") : new Datum { Fields = new Dictionary<string, Datum>(StringComparer.OrdinalIgnoreCase) { ["value"] = Environment(place[4..].TrimStart('\\', '/')) } };
            if (place.StartsWith("variable:", StringComparison.OrdinalIgnoreCase))
                return new Datum { Fields = new Dictionary<string, Datum>(StringComparer.OrdinalIgnoreCase) { ["value"] = Named(place[9..].TrimStart('\\', '/')) } };
            if (place.StartsWith("alias:", StringComparison.OrdinalIgnoreCase))
                return Datum.OfKind("command:" + Wildcard(place[6..].TrimStart('\\', '/')));
            if (WindowsTable.OfPlace(place) is { Deed: Deed.ReadSecret } secret)
            {
                if (command != "test-path")
                    Add(Deed.ReadSecret, node, command, place, null, secret.Confidence);
                return Datum.Tainted(Origin.Secret, place);
            }

            return new Datum { Text = place.Contains('*', StringComparison.Ordinal) ? null : place, Kind = "files" };
        }

        return Datum.Tainted(Origin.None, null);
    }

    private Datum AddType(ScriptNode node, CommandArguments a, Datum? first)
    {
        var code = a["typedefinition", "memberdefinition"] ?? first;
        if (a["path"]?.AsText() is { } file)
        {
            if (Acts.Files.Find(file) is { } written && (written.From & (Origin.Network | Origin.Decoded)) != 0)
                Add(Deed.MachineCode, node, "Add-Type", file, Datum.Tainted(written.From, written.Source));
            else if (CommandRunner.Sibling(file) is { } sibling)
                Add(Deed.RunSibling, node, "Add-Type", file, null, files: [sibling]);
        }

        if (code is null)
            return Datum.Unknown;
        var text = code.AsText() ?? "";
        // Functions that write to the memory of a process and start there have no other use together.
        var reaches = 0;
        foreach (var name in (ReadOnlySpan<string>)["VirtualAlloc", "CreateThread", "CreateRemoteThread", "WriteProcessMemory", "NtMapViewOfSection", "QueueUserAPC", "VirtualProtect", "RtlMoveMemory", "EnumSystemLocales", "NtAllocateVirtualMemory", "CallWindowProc"])
            reaches += text.Contains(name, StringComparison.OrdinalIgnoreCase) ? 1 : 0;
        if (text.Contains("AmsiScanBuffer", StringComparison.OrdinalIgnoreCase) || (text.Contains("VirtualProtect", StringComparison.Ordinal) && Source.Contains("amsi", StringComparison.OrdinalIgnoreCase)))
            Add(Deed.DisableProtection, node, "Add-Type", "AmsiScanBuffer");
        else if (reaches >= 2)
            Add(Deed.MachineCode, node, "Add-Type", "VirtualAlloc", code);
        if (text.Contains("GetAsyncKeyState", StringComparison.OrdinalIgnoreCase) || text.Contains("SetWindowsHookEx", StringComparison.OrdinalIgnoreCase))
            Add(Deed.Spy, node, "Add-Type", "GetAsyncKeyState", null, Source.Contains("GetKeyboardState", StringComparison.OrdinalIgnoreCase) || Source.Contains("ToUnicode", StringComparison.OrdinalIgnoreCase) || Source.Contains("Out-File", StringComparison.OrdinalIgnoreCase) || Source.Contains("Add-Content", StringComparison.OrdinalIgnoreCase) || Source.Contains("AppendAllText", StringComparison.OrdinalIgnoreCase) ? Confidence.High : Confidence.Medium);
        if (text.Contains("ShowWindow", StringComparison.Ordinal) && !text.Contains("SetForegroundWindow", StringComparison.Ordinal))
            Add(Deed.Hide, node, "Add-Type", "ShowWindow", null, Confidence.Low);
        if ((code.From & (Origin.Network | Origin.Decoded)) != 0)
            Add(Deed.RunCode, node, "Add-Type", text, code);
        return Datum.Unknown;
    }

    /// <summary>A program, or a function that is not known.</summary>
    private Datum External(string command, string name, ScriptNode node, CommandArguments a, Datum? piped, bool isHidden)
    {
        if (command.StartsWith("%~dp0", StringComparison.OrdinalIgnoreCase) || command.StartsWith('.') || command.Contains('\\', StringComparison.Ordinal) || command.Contains('/', StringComparison.Ordinal) || command.Contains('.', StringComparison.Ordinal) || !command.Contains('-', StringComparison.Ordinal))
            return Program(name, node, a, piped);
        if (isHidden && !WindowsTable.Knows(command))
            return Program(name, node, a, piped);
        return Unresolved(a, piped);
    }

    private Datum Program(string command, ScriptNode node, CommandArguments a, Datum? piped)
    {
        var words = new List<CommandWord>(a.Words.Count + 1) { new(command) };
        words.AddRange(a.Words);
        var input = piped is null ? null : new CommandOutput(piped.IsExact ? piped.Text : null, piped.From, piped.Source, piped.Decoders);
        var output = Runner.Run(words, At(node), Shown(node), input);
        return new Datum { Text = output.Text, From = output.From, Source = output.Source, Decoders = output.Decoders ?? [] };
    }

    private void Write(string path, Datum value, ScriptNode node)
    {
        var file = new WrittenFile(value.From & (Origin.Network | Origin.Decoded | Origin.Secret | Origin.Machine), value.Source, value.Partial ? null : value.AsText("\n"), value.Decoders);
        Runner.Write(path, file, At(node), Shown(node));
    }

    protected override Datum Member(Datum target, string? name, ScriptNode node)
    {
        var member = name?.ToLowerInvariant();
        if (target.Kind is { } kind && member is not null)
        {
            if (kind.StartsWith('['))
                return StaticMember(kind[1..^1], member);
            switch (kind, member)
            {
                case ("invocation", "mycommand"):
                    return target;
                case ("invocation", "path" or "definition" or "scriptname" or "pscommandpath"):
                    return Datum.Of(FileLedger.Self);
                case ("invocation", "invocationname" or "line"):
                    return Datum.Unknown;
                case ("executioncontext", "invokecommand" or "sessionstate"):
                    return Datum.OfKind("invokecommand");
                case ("process.start", "standardinput"):
                    return target;
            }

            if (kind.StartsWith("command:", StringComparison.Ordinal) && member is "name" or "definition" or "value" or "displayname")
                return Datum.Of(kind[8..]);
            if (kind.StartsWith("startinfo", StringComparison.Ordinal))
                return base.Member(target, name, node);
            if (kind is "tcpclient" or "net.sockets.tcpclient")
                return target;
        }

        if (member is "length" or "count" && TextMethods.Call("length", target, [], script: false) is { } length && length.Number is not null)
            return Datum.Of(length.Number.Value);
        if (member is "value" or "content" or "fullname" && target.Fields is null)
            return target with { Kind = target.Kind == "response" ? null : target.Kind };
        return base.Member(target, name, node);
    }

    private static Datum StaticMember(string type, string member) => (type, member) switch
    {
        ("string" or "object", "empty") => Datum.Of(""),
        ("environment", "newline") => Datum.Of("\r\n"),
        ("environment", "username" or "machinename" or "userdomainname") => Datum.Tainted(Origin.Machine, null),
        ("io.path", "directoryseparatorchar") => Datum.Of("\\"),
        (_, "empty") when type == "string" => Datum.Of(""),
        ("text.encoding", _) => Datum.OfKind("encoding:" + member),
        ("convert" or "math" or "char", _) => Datum.Unknown,
        _ => Datum.OfKind(type + "::" + member),
    };

    protected override void SetMember(Datum owner, string? name, Datum value, ScriptNode target, ScriptNode node)
    {
        var member = name?.ToLowerInvariant();
        if (member is "servercertificatevalidationcallback" or "certificatepolicy")
            Add(Deed.SkipTls, node, "ServerCertificateValidationCallback", null);
        if (owner.Kind == "lnk" && member is "targetpath" or "arguments" && value.AsText() is { } part && owner.Fields is { } parts)
            parts[member] = Datum.Of(part);
        else
            base.SetMember(owner, name, value, target, node);
    }

    protected override Datum CallValue(Datum callee, List<Datum> arguments, ScriptNode node) =>
        callee.Code is not null ? Invoke(callee, arguments) : base.CallValue(callee, arguments, node);

    private Datum Construct(string kind, List<Datum> arguments, ScriptNode node)
    {
        var first = arguments.Count > 0 ? arguments[0] : Datum.Unknown;
        switch (kind)
        {
            case "string" when first.Items is not null || first.IsExact:
                return (first.AsText("") is { } text ? new Datum { Text = text } : Datum.Unknown).With(first);
            case "io.memorystream" or "io.streamreader" or "io.binaryreader" or "io.stringreader" or "io.bufferedstream":
                {
                    if (kind == "io.streamreader" && first.Bytes is { } bytes && Unpacking.ReadableText(bytes) is { } read)
                        return first with { Text = read, Bytes = null };
                    if (kind == "io.streamreader" && first.IsExact)
                        return Content(first, node);
                    return first.Bytes is null && first.AsBytes() is { } made ? first with { Bytes = made, Items = null } : first;
                }

            case "io.compression.gzipstream" or "io.compression.deflatestream" or "io.compression.brotlistream" or "io.compression.zlibstream":
                {
                    var method = kind.Contains("gzip", StringComparison.Ordinal) ? "gzip" : kind.Contains("brotli", StringComparison.Ordinal) ? "brotli" : kind.Contains("zlib", StringComparison.Ordinal) ? "zlib" : "deflate";
                    var packed = first.AsBytes();
                    return (packed is not null && Unpacking.Inflate(packed, method) is { } plain ? new Datum { Bytes = plain } : Datum.Unknown).With(first).Through(method);
                }

            case "net.sockets.tcpclient" or "net.sockets.socket" or "net.sockets.tcplistener":
                {
                    var peer = first.AsText() is { } host ? host + (arguments.Count > 1 ? ":" + arguments[1].AsText() : "") : null;
                    Add(Deed.Connect, node, kind, peer, null, Confidence.Medium);
                    CheckReverseShell(node, peer);
                    return new Datum { Kind = "tcpclient", From = Origin.Network, Source = peer };
                }

            case "wscript.shell" or "shell.application" or "msxml2.xmlhttp" or "msxml2.serverxmlhttp" or "winhttp.winhttprequest.5.1" or "msxml2.serverxmlhttp.6.0" or "adodb.stream" or "scripting.filesystemobject" or "internetexplorer.application" or "mmc20.application" or "excel.application" or "schedule.service":
                return Datum.OfKind(kind);
            case "security.principal.windowsprincipal":
                return Datum.OfKind(kind);
            case "diagnostics.processstartinfo":
                return new Datum { Kind = "startinfo", Fields = new Dictionary<string, Datum>(StringComparer.OrdinalIgnoreCase) { ["filename"] = first, ["arguments"] = arguments.Count > 1 ? arguments[1] : Datum.Of("") } };
            case "diagnostics.process":
                return new Datum { Kind = "process", Fields = new Dictionary<string, Datum>(StringComparer.OrdinalIgnoreCase) { ["startinfo"] = new Datum { Kind = "startinfo", Fields = new Dictionary<string, Datum>(StringComparer.OrdinalIgnoreCase) } } };
            case "uri" or "text.stringbuilder" or "io.fileinfo":
                return first;
            case "byte[]" or "object[]" or "char[]" when first.AsNumber() is { } size and >= 0 and < 1 << 20:
                return new Datum { Bytes = new byte[(int)size] };
            case "random":
                return Datum.Unknown;
        }

        var made2 = Datum.OfKind(kind);
        foreach (var argument in arguments)
            made2 = made2.With(argument);
        return made2;
    }

    /// <summary>A connection whose input is run and whose output goes back.</summary>
    private void CheckReverseShell(ScriptNode node, string? peer)
    {
        var text = Source;
        var reads = text.Contains("GetStream", StringComparison.OrdinalIgnoreCase) || text.Contains(".Receive(", StringComparison.OrdinalIgnoreCase);
        var runs = text.Contains("iex", StringComparison.OrdinalIgnoreCase) || text.Contains("Invoke-Expression", StringComparison.OrdinalIgnoreCase) || text.Contains("cmd.exe", StringComparison.OrdinalIgnoreCase) || text.Contains("powershell", StringComparison.OrdinalIgnoreCase) || text.Contains("ScriptBlock]::Create", StringComparison.OrdinalIgnoreCase) || text.Contains("cmd /c", StringComparison.OrdinalIgnoreCase) || text.Contains("ProcessStartInfo", StringComparison.OrdinalIgnoreCase);
        var answers = text.Contains(".Write(", StringComparison.OrdinalIgnoreCase) || text.Contains(".Send(", StringComparison.OrdinalIgnoreCase) || text.Contains("WriteLine(", StringComparison.OrdinalIgnoreCase);
        if (reads && runs && answers)
            Add(Deed.ReverseShell, node, "TCPClient", peer, Datum.Tainted(Origin.Network, peer));
    }

    protected override Datum CallMember(Datum target, string? name, List<Datum> arguments, ScriptNode node)
    {
        if (name is null)
            return Unknown(target, arguments);
        var member = name.ToLowerInvariant();
        var first = arguments.Count > 0 ? arguments[0] : Datum.Unknown;
        if (target.Kind is { } kind)
        {
            if (kind.StartsWith('['))
                return StaticCall(kind[1..^1], member, arguments, node);
            if (kind.Contains("::", StringComparison.Ordinal) && member is "invoke")
                return StaticCall(kind[..kind.IndexOf("::", StringComparison.Ordinal)], kind[(kind.IndexOf("::", StringComparison.Ordinal) + 2)..], arguments, node);
            if (ObjectCall(target, kind, member, arguments, node) is { } known)
                return known;
        }

        if (target.Code is not null && member is "invoke" or "invokereturnasis" or "invokewithcontext")
            return Invoke(target, arguments);
        switch (member)
        {
            case "invoke" when target.Text is not null:
                return RunText(target, node, "Invoke");
            case "read" or "readtoend" or "toarray" or "tostring" when target.Bytes is not null:
                return member is "readtoend" && Unpacking.ReadableText(target.Bytes) is { } all ? target with { Text = all, Bytes = null } : target;
            case "readtoend" or "getresponse" or "getresponsestream" or "getawaiter" or "getresult":
                return target;
            case "copyto" when arguments.Count > 0 && node.Items.Count > 1 && node[1].Kind == ScriptNodeKind.Name:
                Variables.Assign(node[1].Text, target);
                return Datum.Unknown;
            case "append" or "appendline" when node[0].Kind == ScriptNodeKind.Member && node[0][0].Kind == ScriptNodeKind.Name:
                {
                    var sum = Concat([node[0][0], node[1]], [target.Text is null ? Datum.Of("") : target, first]);
                    Variables.Assign(node[0][0].Text, sum);
                    return sum;
                }

            case "getfield" or "getmethod" when first.AsText() is { } sought:
                if (sought.Contains("amsi", StringComparison.OrdinalIgnoreCase) || (target.Kind?.Contains("amsi", StringComparison.OrdinalIgnoreCase) ?? false))
                    Add(Deed.DisableProtection, node, "Reflection", "AmsiUtils." + sought);
                else if (sought.Contains("m_enabled", StringComparison.OrdinalIgnoreCase) || sought.Contains("etwProvider", StringComparison.OrdinalIgnoreCase))
                    Add(Deed.DisableProtection, node, "Reflection", "event tracing: " + sought);
                return target;
            case "gettype" when first.AsText() is { } typeName:
                return Datum.OfKind(typeName.ToLowerInvariant());
        }

        return TextMethods.Call(member, target, arguments, script: false) ?? Unknown(target, arguments);
    }

    private Datum? ObjectCall(Datum target, string kind, string member, List<Datum> arguments, ScriptNode node)
    {
        var first = arguments.Count > 0 ? arguments[0] : Datum.Unknown;
        var second = arguments.Count > 1 ? arguments[1] : Datum.Unknown;
        var third = arguments.Count > 2 ? arguments[2] : Datum.Unknown;
        switch (kind)
        {
            case "net.webclient" or "net.http.httpclient" or "webclient":
                switch (member)
                {
                    case "downloadfile" or "downloadfileasync" or "downloadfiletaskasync":
                        Runner.Download(At(node), "DownloadFile", first.AsText(), second.AsText(), Shown(node));
                        return Datum.Unknown;
                    case "downloadstring" or "downloaddata" or "openread" or "getstringasync" or "getbytearrayasync" or "getstreamasync" or "getasync" or "downloadstringtaskasync" or "downloaddatataskasync":
                        Add(Deed.Download, node, member, first.AsText(), Datum.Unknown with { From = first.From & (Origin.Decoded | Origin.Computed), Decoders = first.Decoders });
                        return Datum.Tainted(Origin.Network | (first.From & Origin.Decoded), first.AsText()) with { Decoders = first.Decoders };
                    case "uploadstring" or "uploaddata" or "uploadfile" or "uploadvalues" or "postasync":
                        {
                            var data = arguments.Count > 2 ? third : second;
                            if (member == "uploadfile" && (arguments.Count > 2 ? third : second).AsText() is { } file)
                                data = WindowsTable.OfPlace(file) is { Deed: Deed.ReadSecret } ? Datum.Tainted(Origin.Secret, file) : Acts.Files.Find(file) is { } written ? Datum.Tainted(written.From, written.Source) : Datum.Tainted(Origin.File, null);
                            Add(Deed.Send, node, member, first.AsText(), data);
                            return Datum.Tainted(Origin.Network, first.AsText());
                        }
                }

                return null;
            case "invokecommand" when member is "invokescript" or "newscriptblock":
                return member == "newscriptblock" ? first with { Kind = "scriptblock" } : RunText(first, node, "InvokeScript");
            case "invokecommand" when member is "getcommand" or "getcmdlet" or "getcmdlets":
                return Datum.OfKind("command:" + Wildcard(first.AsText() ?? ""));
            case "invokecommand":
                return first;
            case "scriptblock" when member is "invoke" or "invokereturnasis":
                return RunText(target, node, "scriptblock");
            case "wscript.shell":
                switch (member)
                {
                    case "run" or "exec":
                        if (second.AsNumber() == 0)
                            Add(Deed.Hide, node, "WScript.Shell.Run", first.AsText(), null, Confidence.Medium);
                        return RunCommand(first, node, "WScript.Shell." + member, CodeLanguage.Batch);
                    case "regwrite":
                        Runner.Registry(first.AsText() ?? "", "", second.AsText() ?? "", At(node), Shown(node));
                        return Datum.Unknown;
                    case "createshortcut":
                        if (first.AsText() is { } place)
                            Runner.Place(place, null, At(node), Shown(node));
                        return new Datum { Kind = "lnk", Fields = new Dictionary<string, Datum>(StringComparer.OrdinalIgnoreCase) };
                }

                return null;
            case "shell.application" when member is "shellexecute" or "open":
                if (arguments.Count > 3 && arguments[3].AsText()?.Equals("runas", StringComparison.OrdinalIgnoreCase) == true)
                    Add(Deed.Elevate, node, "ShellExecute runas", first.AsText(), null, Confidence.Medium);
                return RunCommand(Concat([], [first, Datum.Of(" "), second.AsText() is null ? Datum.Of("") : second]), node, "ShellExecute", CodeLanguage.Batch);
            case "mmc20.application" when member == "executeshellcommand":
                return RunCommand(Concat([], [first, Datum.Of(" "), third.AsText() is null ? Datum.Of("") : third]), node, "ExecuteShellCommand", CodeLanguage.Batch);
            case "msxml2.xmlhttp" or "msxml2.serverxmlhttp" or "msxml2.serverxmlhttp.6.0" or "winhttp.winhttprequest.5.1":
                if (member == "open")
                {
                    Add(Deed.Download, node, kind, second.AsText());
                    if (node[0][0].Kind == ScriptNodeKind.Name)
                        Variables.Assign(node[0][0].Text, target with { From = Origin.Network, Source = second.AsText() });
                }

                return Datum.Unknown;
            case "process" when member == "start":
                return StartOf(target.Fields?.GetValueOrDefault("startinfo"), node);
            case "tcpclient" when member is "getstream" or "connect" or "receive" or "read" or "begin":
                return target;
            case "assembly" when member is "gettype" or "gettypes" or "getmethod" or "getmethods" or "getexportedtypes" or "createinstance":
                return target;
            case "assembly" when member is "invoke" or "invokemember":
                if ((target.From & (Origin.Network | Origin.Decoded)) != 0)
                    Add(Deed.RunCode, node, "Assembly.Invoke", null, target);
                return Datum.Unknown;
        }

        if (kind.StartsWith("encoding:", StringComparison.Ordinal))
            return Encoding(kind[9..], member, first);
        if (kind.StartsWith("wmi:", StringComparison.Ordinal) && member == "create")
            return RunCommand(first, node, "Win32_Process.Create", CodeLanguage.Batch);
        if (kind.Contains("cryptography", StringComparison.Ordinal) || kind is "aes")
            return Unknown(target, arguments).Through("cipher");
        return null;
    }

    private static Datum Encoding(string encoding, string member, Datum value)
    {
        if (member == "getbytes" && value.IsExact)
            return new Datum { Bytes = Coder(encoding).GetBytes(value.Text!) }.With(value);
        if (member is "getstring" or "getchars" && value.AsBytes() is { } bytes)
        {
            var text = new Datum { Text = Coder(encoding).GetString(bytes) }.With(value);
            return value.Items is { Count: >= 6 } && value.Decoders.Count == 0 ? text.Through("byte values") : text;
        }

        return Datum.Tainted(value.From, value.Source) with { Decoders = value.Decoders };
    }

    private static Encoding Coder(string name) => name switch
    {
        "unicode" or "utf16" or "utf-16" or "utf-16le" => System.Text.Encoding.Unicode,
        "bigendianunicode" => System.Text.Encoding.BigEndianUnicode,
        "ascii" or "latin1" or "default" or "us-ascii" or "iso-8859-1" => System.Text.Encoding.Latin1,
        _ => System.Text.Encoding.UTF8,
    };

    private Datum StartOf(Datum? info, ScriptNode node)
    {
        if (info?.Fields is not { } fields || fields.GetValueOrDefault("filename")?.AsText() is not { } file)
            return Datum.Unknown;
        if (fields.GetValueOrDefault("verb")?.AsText()?.Equals("runas", StringComparison.OrdinalIgnoreCase) == true)
            Add(Deed.Elevate, node, "Process.Start runas", file, null, Confidence.Medium);
        var words = new List<CommandWord> { fields["filename"].AsWord() };
        if (fields.GetValueOrDefault("arguments") is { } arguments && arguments.AsText() is { } line)
            words.AddRange(CommandLine.Words(line).Select(w => arguments.AsWord() with { Text = w }));
        Runner.Run(words, At(node), Shown(node));
        return Datum.OfKind("process.start");
    }

    private Datum StaticCall(string type, string member, List<Datum> arguments, ScriptNode node)
    {
        var first = arguments.Count > 0 ? arguments[0] : Datum.Unknown;
        var second = arguments.Count > 1 ? arguments[1] : Datum.Unknown;
        switch (type, member)
        {
            case (_, "new"):
                return Construct(type, arguments, node);
            case ("convert", "frombase64string"):
                return (first.AsText("") is { } encoded && Unpacking.Base64(encoded) is { } bytes ? new Datum { Bytes = bytes } : Datum.Unknown).With(first).Through("base64");
            case ("convert", "fromhexstring"):
                {
                    byte[]? plain = null;
                    if (first.IsExact && first.Text!.Length % 2 == 0 && first.Text.All(char.IsAsciiHexDigit))
                        plain = Convert.FromHexString(first.Text);
                    return (plain is null ? Datum.Unknown : new Datum { Bytes = plain }).With(first).Through("hexadecimal");
                }

            case ("convert", "tobase64string"):
                return Datum.Tainted(first.From, first.Source);
            case ("convert", "tochar" or "toint32" or "tobyte" or "toint16" or "touint32" or "toint64"):
                {
                    var radix = second.AsNumber() is { } r ? (int)r : 10;
                    double? number = first.AsNumber();
                    if (radix is 16 or 2 or 8 && first.AsText() is { } digits)
                        number = ParseRadix(digits, radix);
                    if (number is not { } value)
                        return first;
                    return (member == "tochar" ? new Datum { Text = ((char)(int)value).ToString(), Kind = "character" } : Datum.Of(value)).With(first);
                }

            case ("char", "convertfromutf32" or "toupper" or "tolower"):
                return member == "convertfromutf32" && first.AsNumber() is { } point and > 0 and < 0xd800 ? new Datum { Text = ((char)point).ToString(), Kind = "character" } : first;
            case ("string", "join"):
                {
                    var list = arguments.Count == 2 && second.Items is not null ? second : Datum.Of(arguments.Skip(1).ToList());
                    return TextMethods.Call("join", list, [first], script: false) ?? Unknown(first, arguments);
                }

            case ("string", "concat"):
                return Concat([], first.Items ?? arguments);
            case ("string", "format"):
                return TextMethods.Format(first, arguments.Count == 2 && second.Items is { } many ? many : arguments.Skip(1).ToList()) ?? Unknown(first, arguments);
            case ("array", "reverse"):
                if (node.Items.Count > 1 && node[1].Kind == ScriptNodeKind.Name)
                {
                    if (first.Items is { } items)
                        items.Reverse();
                    else if (first.Bytes is { } reversed)
                        Array.Reverse(reversed);
                    Variables.Assign(node[1].Text, TextMethods.Hidden(first));
                }

                return Datum.Unknown;
            case ("regex", "replace") when arguments.Count >= 3:
                return TextMethods.Call("replace", first, [second with { Kind = "pattern" }, arguments[2]], script: false) ?? Unknown(first, arguments);
            case ("regex", "matches" or "match" or "split"):
                if (first.Text is { Length: < 1 << 20 } subject && second.IsExact && TextMethods.Pattern(second.Text!) is { } pattern && member != "split")
                    return Datum.Of(pattern.Matches(subject).Take(100_000).Select(static m => new Datum { Text = m.Value }).ToList()).With(first);
                return Unknown(first, arguments);
            case ("scriptblock", "create"):
                return first with { Kind = "scriptblock" };
            case ("text.encoding", "getencoding"):
                return Datum.OfKind("encoding:" + (first.AsText()?.ToLowerInvariant() ?? "utf8"));
            case ("reflection.assembly" or "appdomain", "load" or "loadfile" or "loadfrom" or "unsafeloadfrom"):
                {
                    if ((first.From & (Origin.Network | Origin.Decoded)) != 0)
                        Add(Deed.MachineCode, node, "Assembly.Load", null, first);
                    else if (first.AsText() is { } path && Acts.Files.Find(path) is { } written && (written.From & (Origin.Network | Origin.Decoded)) != 0)
                        Add(Deed.MachineCode, node, "Assembly.Load", path, Datum.Tainted(written.From, written.Source));
                    else if (first.AsText() is { } file && file.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) && CommandRunner.Sibling(file) is { } sibling)
                        Add(Deed.RunSibling, node, "Assembly.Load", file, null, files: [sibling]);
                    return new Datum { Kind = "assembly" }.With(first);
                }

            case ("runtime.interopservices.marshal", "getdelegateforfunctionpointer" or "copy" or "writebyte" or "writeint32"):
                if (Source.Contains("amsi", StringComparison.OrdinalIgnoreCase) && Source.Contains("VirtualProtect", StringComparison.OrdinalIgnoreCase))
                    Add(Deed.DisableProtection, node, "Marshal." + member, "AmsiScanBuffer");
                else if (Source.Contains("VirtualAlloc", StringComparison.OrdinalIgnoreCase))
                    Add(Deed.MachineCode, node, "Marshal." + member, "VirtualAlloc", first);
                return Unknown(Datum.Unknown, arguments);
            case ("diagnostics.process", "start"):
                {
                    if (first.Kind == "startinfo")
                        return StartOf(first, node);
                    var words = new List<CommandWord> { first.AsWord() };
                    if (second.AsText() is { } line)
                        words.AddRange(CommandLine.Words(line).Select(w => second.AsWord() with { Text = w }));
                    if (first.AsText() is not null)
                        Runner.Run(words, At(node), Shown(node));
                    else if ((first.From & (Origin.Network | Origin.Decoded)) != 0)
                        Add(Deed.RunProgram, node, "Process.Start", null, first);
                    return Datum.OfKind("process.start");
                }

            case ("io.file", "writeallbytes" or "writealltext" or "appendalltext" or "writealllines"):
                if (first.AsText() is { } target)
                    Write(target, second, node);
                return Datum.Unknown;
            case ("io.file", "readalltext" or "readallbytes" or "readalllines" or "openread"):
                return member == "readallbytes" && Content(first, node) is { IsExact: true } exact ? exact with { Bytes = System.Text.Encoding.UTF8.GetBytes(exact.Text!) } : Content(first, node);
            case ("io.path", "combine" or "join"):
                {
                    var path = new StringBuilder();
                    foreach (var argument in arguments)
                    {
                        if (argument.AsText() is not { } part)
                            return Unknown(first, arguments);
                        path.Append(path.Length > 0 && path[^1] is not ('\\' or '/') ? "\\" : "").Append(part);
                    }

                    return new Datum { Text = path.ToString(), Partial = arguments.Exists(static a => a.Partial) };
                }

            case ("io.path", "gettemppath"):
                return Datum.Of("%TEMP%\\");
            case ("io.path", "gettempfilename" or "getrandomfilename"):
                return new Datum { Text = $"%TEMP%\\‹{member}{At(node)}›", Partial = true };
            case ("guid", "newguid"):
                return new Datum { Text = $"‹guid{At(node)}›", Partial = true };
            case ("io.path", "changeextension"):
                return first.AsText() is { } original ? Datum.Of(original + second.AsText()) : first;
            case ("environment", "getfolderpath"):
                return Datum.Of(first.AsText()?.ToLowerInvariant() switch { "startup" or "7" or "commonstartup" => StartupFolder, "applicationdata" => "%APPDATA%", "localapplicationdata" => "%LOCALAPPDATA%", "desktop" => "%USERPROFILE%\\Desktop", "userprofile" => "%USERPROFILE%", _ => "%FOLDER%" });
            case ("environment", "getenvironmentvariable" or "expandenvironmentvariables"):
                return first.AsText() is { } variable ? member == "expandenvironmentvariables" ? first : Environment(variable) : Datum.Unknown;
            case ("environment", "getenvironmentvariables"):
                return Datum.Tainted(Origin.Secret | Origin.Machine, "all variables of the environment");
            case ("ref", "assembly") or ("ref", "gettype"):
                return Datum.OfKind(first.AsText()?.ToLowerInvariant() ?? "type");
            case ("windows.forms.clipboard" or "windows.clipboard", "settext"):
                return Datum.Unknown;
            case ("net.webrequest" or "net.httpwebrequest", "create" or "createhttp"):
                Add(Deed.Download, node, "WebRequest", first.AsText());
                return Datum.Tainted(Origin.Network, first.AsText());
            case ("microsoft.visualbasic.interaction", "shell" or "createobject"):
                return member == "shell" ? RunCommand(first, node, "Shell", CodeLanguage.Batch) : Datum.OfKind(first.AsText()?.ToLowerInvariant() ?? "");
            case ("activator", "createinstance"):
                return first.Kind is { } made ? Construct(made.Trim('[', ']'), arguments.Skip(1).ToList(), node) : Datum.Unknown;
            case ("type", "gettypefromprogid"):
                return Datum.OfKind(first.AsText()?.ToLowerInvariant() ?? "");
            case ("bitconverter", "getbytes" or "tostring"):
                return first;
            case ("text.stringbuilder", _):
                return first;
        }

        if (type.Contains("cryptography", StringComparison.Ordinal))
            return Datum.OfKind(type).With(Unknown(Datum.Unknown, arguments));
        return Unknown(Datum.OfKind(type), arguments);
    }

    private static double? ParseRadix(string digits, int radix)
    {
        double value = 0;
        var text = digits.Trim();
        if (radix == 16 && text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            text = text[2..];
        if (text.Length is 0 or > 16)
            return null;
        foreach (var c in text)
        {
            var digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : -1;
            if (digit < 0 || digit >= radix)
                return null;
            value = (value * radix) + digit;
        }

        return value;
    }

    protected override Datum Index(Datum target, Datum index, ScriptNode node)
    {
        // $x[4,2,7] and $x[-1..-9] take many.
        if (index.Items is { } wanted && wanted.Count < 100_000)
        {
            var taken = new List<Datum>(wanted.Count);
            foreach (var one in wanted)
                taken.Add(Index(target, one, node));
            return TextMethods.Hidden(Datum.Of(taken).With(target));
        }

        return base.Index(target, index, node);
    }

    protected override Datum Unary(ScriptNode node)
    {
        switch (node.Text)
        {
            case "-join":
                {
                    var value = Evaluate(node[0]);
                    return TextMethods.Call("join", value, [Datum.Of("")], script: false) ?? value;
                }

            case "-split":
                {
                    var value = Evaluate(node[0]);
                    return TextMethods.Call("split", value, [], script: false) ?? value;
                }

            case "@":
                {
                    var value = Evaluate(node[0]);
                    return value.Items is not null || value.Bytes is not null || value is { Text: null, Number: null, Kind: null, Code: null } && value.From != Origin.None ? value
                        : value.Text is null && value.Number is null && value.Kind is null && value.Fields is null && value.Code is null ? Datum.Of(new List<Datum>()) : Datum.Of([value]).With(value);
                }
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
                if (left.Number is not null && left.Kind != "character" && values.All(static v => v.AsNumber() is not null))
                    return Datum.Of(values.Sum(static v => v.AsNumber()!.Value)).With(left).With(right);
                if (left.Items is { } items)
                {
                    var all = new List<Datum>(items);
                    var sum = Datum.Unknown;
                    foreach (var value in values)
                    {
                        sum = sum.With(value);
                        if (!ReferenceEquals(value, left))
                            all.AddRange(value.Items ?? [value]);
                    }

                    return all.Count < 200_000 ? Datum.Of(all).With(sum) : sum;
                }

                return Concat(nodes, values);
            case "*":
                if (left.IsExact && left.Number is null && right.AsNumber() is { } times && times >= 0 && times * left.Text!.Length < MaxText)
                    return TextMethods.Call("repeat", left, [right], script: false) ?? left;
                break;
            case "-f":
                return TextMethods.Format(left, right.Items ?? [right]) ?? Unknown(left, [right]);
            case "-join":
                return TextMethods.Call("join", left.Items is null && left.Bytes is null ? Datum.Of([left]) : left.Bytes is { Length: < 200_000 } b ? Datum.Of(b.Select(static x => Datum.Of(x)).ToList()) : left, [right], script: false) ?? Unknown(left, []);
            case "-split":
                return TextMethods.Call("split", left, [right.Items is { Count: > 0 } separators ? separators[0] with { Kind = "pattern" } : right with { Kind = "pattern" }], script: false) ?? Unknown(left, []);
            case "-replace":
                {
                    var find = right.Items is { Count: > 0 } pair ? pair[0] : right;
                    var by = right.Items is { Count: > 1 } two ? two[1] : Datum.Of("");
                    if (left.Text is null || find.AsText() is not { } pattern || by.AsText() is not { } replacement)
                        return Unknown(left, [right]);
                    if (TextMethods.Pattern(pattern, ignoreCase: true) is not { } regex)
                        return left;
                    var result = regex.Replace(left.Text, replacement);
                    return (left with { Text = result, From = left.From | (result == left.Text ? Origin.None : Origin.Computed) }).With(find).With(by);
                }

            case "..":
                {
                    if (left.AsNumber() is not { } from || right.AsNumber() is not { } to || Math.Abs(from - to) > 100_000)
                        return Datum.Unknown;
                    var range = new List<Datum>();
                    for (var i = from; from <= to ? i <= to : i >= to; i += from <= to ? 1 : -1)
                        range.Add(Datum.Of(i));
                    return Datum.Of(range);
                }

            case "-as":
                return left;
            case "??":
                return left.With(right);
            case "-bxor":
                {
                    var number = Arithmetic(op, Char(left), Char(right));
                    return number is not null ? number.Through("xor") : Unknown(left, [right]).Through("xor");
                }

            case "-eq" or "-ne" or "-lt" or "-gt" or "-le" or "-ge":
                return Arithmetic(op, left, right) ?? Datum.Unknown;
            case "-and" or "-or" or "-xor" or "-is" or "-isnot" or "-like" or "-notlike" or "-match" or "-notmatch" or "-contains" or "-in" or "-notin" or "-notcontains":
                return Datum.Unknown;
        }

        return Arithmetic(op, Char(left), Char(right)) ?? Unknown(left, [right]);
    }

    private static Datum Char(Datum value) => value.Kind == "character" && value.Text is { Length: 1 } c ? Datum.Of(c[0]).With(value) : value;
}
