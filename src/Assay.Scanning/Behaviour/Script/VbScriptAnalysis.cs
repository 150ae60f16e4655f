using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Understands VBScript, and VBA as far as it is alike.</summary>
internal sealed class VbScriptAnalysis : LanguageAnalysis
{
    public override IReadOnlyList<CodeLanguage> Languages { get; } = [CodeLanguage.VbScript];

    public override void Analyse(CodeUnit unit, ActSink acts) => new VbScriptMachine(unit, acts).Run();
}

/// <summary>One run over a script of VBScript.</summary>
internal sealed class VbScriptMachine(CodeUnit unit, ActSink acts) : HostMachine(unit, acts, StringComparer.OrdinalIgnoreCase)
{
    protected override ScriptNode Parse(string text) => VbScriptParser.Parse(text, Acts.Budget);

    protected override Datum Name(ScriptNode node)
    {
        if (Variables.Find(node.Text) is { } value)
            return value;
        return node.Text switch
        {
            "vbcrlf" or "vbnewline" => Datum.Of("\r\n"),
            "vbcr" => Datum.Of("\r"),
            "vblf" => Datum.Of("\n"),
            "vbtab" => Datum.Of("\t"),
            "vbnullstring" or "empty" => Datum.Of(""),
            "true" => Datum.Of(true),
            "false" or "vbhide" => Datum.Of(false),
            "wscript" => Datum.OfKind("wscript"),
            "nothing" or "null" => Datum.Unknown,
            _ => new Datum { Kind = "name:" + node.Text },
        };
    }

    // The result is what was given to the name of the function.
    protected override Datum FunctionResult(Datum? returned, Datum value, ScriptNode function) => Variables.Find(function.Text) is { Code: null } result ? result : value;

    protected override void Bind(ScriptNode function, List<Datum> arguments)
    {
        base.Bind(function, arguments);
        Variables.Declare(function.Text, Datum.Of(""));
    }

    protected override void Assign(ScriptNode target, Datum value, ScriptNode node)
    {
        base.Assign(target, value.Kind?.StartsWith("name:", StringComparison.Ordinal) == true ? Datum.Unknown : value, node);
    }

    protected override Datum CallNode(ScriptNode node)
    {
        // The name of a function inside of it holds its result, and calls it all the same.
        if (node[0].Kind == ScriptNodeKind.Name && Globals.Find(node[0].Text) is { Code: not null } function)
            return Invoke(function, Arguments(node, 1));
        return base.CallNode(node);
    }

    protected override Datum Member(Datum target, string? name, ScriptNode node)
    {
        if (name is null)
            return base.Member(target, name, node);
        if (target.Kind == "wscript")
            return name is "scriptfullname" or "scriptname" ? Datum.Of(FileLedger.Self) : Datum.OfKind("wscript." + name);
        return ComMember(target, name) ?? base.Member(target, name, node);
    }

    protected override Datum CallMember(Datum target, string? name, List<Datum> arguments, ScriptNode node)
    {
        if (name is null)
            return Unknown(target, arguments);
        if (target.Kind == "wscript")
            return name switch { "createobject" => ComObject(arguments.Count > 0 ? arguments[0] : Datum.Unknown), "getobject" => Moniker(arguments.Count > 0 ? arguments[0] : Datum.Unknown), _ => Unknown(Datum.Unknown, arguments) };
        if (target.Kind == "com:xmlhttp" && name is "responsetext" or "responsebody")
            return Datum.Tainted(target.From | Origin.Network, target.Source);
        return ComCall(target, name, arguments, node) ?? Unknown(target, arguments);
    }

    protected override Datum CallValue(Datum callee, List<Datum> arguments, ScriptNode node)
    {
        if (callee.Code is not null)
            return Invoke(callee, arguments);
        var first = arguments.Count > 0 ? arguments[0] : Datum.Unknown;
        var second = arguments.Count > 1 ? arguments[1] : Datum.Unknown;
        var third = arguments.Count > 2 ? arguments[2] : Datum.Unknown;
        // An array is indexed as a function is called.
        if (callee.Items is not null && arguments.Count == 1)
            return Index(callee, first, node);
        if (callee.Kind?.StartsWith("name:", StringComparison.Ordinal) != true)
            return Unknown(callee, arguments);
        switch (callee.Kind[5..])
        {
            case "createobject":
                return ComObject(first);
            case "getobject":
                {
                    var made = Moniker(first);
                    return made.Kind == "scriptlet" ? RunText(Datum.Tainted(Origin.Network, made.Source), node, "GetObject") : made;
                }

            case "execute" or "executeglobal" or "eval":
                return first.AsText() is null && first.From == Origin.None ? Datum.Unknown : RunText(first with { Text = first.AsText() }, node, callee.Kind[5..]);
            case "shell":
                return RunCommand(first, node, "Shell", CodeLanguage.Batch);
            case "chr" or "chrw" or "chrb":
                return first.AsNumber() is { } code and >= 0 and < 65536 ? new Datum { Text = ((char)(int)code).ToString(), Kind = "character" }.With(first) : Datum.Tainted(first.From, first.Source);
            case "asc" or "ascw":
                return first.IsExact && first.Text!.Length > 0 ? Datum.Of(first.Text[0]).With(first) : Datum.Tainted(first.From, first.Source);
            case "strreverse":
                return first.IsExact ? TextMethods.Hidden(new Datum { Text = new string([.. first.Text!.Reverse()]) }.With(first)) : first;
            case "replace":
                return arguments.Count > 2 ? TextMethods.Call("replace", first, [second, third], script: false) ?? Unknown(first, arguments) : first;
            case "split":
                return TextMethods.Call("split", first, [arguments.Count > 1 ? second : Datum.Of(" ")], script: true) ?? Unknown(first, arguments);
            case "join":
                return TextMethods.Call("join", first, [arguments.Count > 1 ? second : Datum.Of(" ")], script: true) ?? Unknown(first, arguments);
            case "array":
                return Datum.Of(arguments);
            case "mid":
                return second.AsNumber() is { } at ? TextMethods.Call("substr", first, arguments.Count > 2 ? [Datum.Of(at - 1), third] : [Datum.Of(at - 1)], script: true) ?? Unknown(first, arguments) : Unknown(first, arguments);
            case "left":
                return TextMethods.Call("substr", first, [Datum.Of(0), second], script: true) ?? Unknown(first, arguments);
            case "right":
                return first.IsExact && second.AsNumber() is { } count ? TextMethods.Call("substr", first, [Datum.Of(Math.Max(0, first.Text!.Length - count))], script: true) ?? first : Unknown(first, arguments);
            case "len":
                return TextMethods.Call("length", first, [], script: true) is { Number: { } length } ? Datum.Of(length) : Datum.Unknown;
            case "ubound":
                return first.Items is { } items ? Datum.Of(items.Count - 1) : Datum.Unknown;
            case "lbound":
                return Datum.Of(0);
            case "trim" or "ltrim" or "rtrim" or "cstr" or "lcase" or "ucase":
                return callee.Kind[5..] is "lcase" or "ucase" ? TextMethods.Call(callee.Kind[5..], first, [], script: true) ?? first : first.AsText() is { } text ? new Datum { Text = callee.Kind == "name:cstr" ? text : text.Trim(), Partial = first.Partial }.With(first) : first;
            case "cint" or "clng" or "cbyte" or "int" or "fix" or "cdbl":
                return first.AsNumber() is { } number ? Datum.Of(Math.Truncate(number)).With(first) : first;
            case "string" or "space":
                return callee.Kind == "name:space" && first.AsNumber() is { } blanks and >= 0 and < 10_000 ? Datum.Of(new string(' ', (int)blanks)) : first.AsNumber() is { } times and >= 0 and < 10_000 && second.Text is [var c, ..] ? Datum.Of(new string(c, (int)times)) : Datum.Unknown;
            case "environ":
                return first.AsText() is { } variable ? Datum.Of("%" + variable.ToUpperInvariant() + "%") : Datum.Unknown;
            case "unescape":
                return first;
            case "urldownloadtofile":
                Runner.Download(At(node), "URLDownloadToFile", second.AsText(), third.AsText(), Shown(node));
                return Datum.Unknown;
        }

        return Unknown(Datum.Unknown, arguments);
    }

    protected override Datum Operate(string op, IReadOnlyList<ScriptNode> nodes, IReadOnlyList<Datum> values, ScriptNode node)
    {
        if (op == "&" || (op == "+" && values.Any(static v => v.Text is not null && v.Number is null)))
            return Concat(nodes, values);
        if (op == "+" && values.Count > 2 && values.All(static v => v.AsNumber() is not null))
            return Datum.Of(values.Sum(static v => v.AsNumber()!.Value));
        var right = values.Count > 1 ? values[1] : Datum.Unknown;
        if (op is "==" or "and" or "or" or "is" or "like" or "eqv" or "imp")
            return op == "==" ? Arithmetic("==", values[0], right) ?? Datum.Unknown : Datum.Unknown;
        if (op == "xor")
            return Arithmetic("xor", values[0], right)?.Through("xor") ?? Unknown(values[0], [right]);
        return Arithmetic(op, values[0], right) ?? (op is "<" or ">" or "<=" or ">=" or "<>" ? Datum.Unknown : Unknown(values[0], [right]));
    }
}
