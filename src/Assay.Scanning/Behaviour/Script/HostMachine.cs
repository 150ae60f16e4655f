using Assay.Formats;

namespace Assay.Scanning;

/// <summary>What scripts of the Windows script hosts do with the objects that the system gives them, in whatever language.</summary>
internal abstract class HostMachine(CodeUnit unit, ActSink acts, StringComparer names) : ScriptMachine(unit, acts, names)
{
    /// <summary>An object of the system, by its name (<c>WScript.Shell</c>).</summary>
    protected static Datum ComObject(Datum name)
    {
        var kind = name.AsText()?.ToLowerInvariant() ?? "unknown";
        if (kind.Contains("xmlhttp", StringComparison.Ordinal) || kind.Contains("winhttprequest", StringComparison.Ordinal))
            kind = "xmlhttp";
        else if (kind is "{72c24dd5-d70a-438b-8a42-98424b88afb8}" or "new:{72c24dd5-d70a-438b-8a42-98424b88afb8}" or "wscript.shell.1")
            kind = "wscript.shell";
        else if (kind.Contains("domdocument", StringComparison.Ordinal) || kind == "microsoft.xmldom")
            kind = "dom";
        return new Datum { Kind = "com:" + kind, Fields = new Dictionary<string, Datum>(StringComparer.OrdinalIgnoreCase) };
    }

    /// <summary>Gives a value to the variable that a call was made on.</summary>
    protected void Remember(ScriptNode call, Datum value)
    {
        if (call[0].Kind == ScriptNodeKind.Member && call[0][0].Kind == ScriptNodeKind.Name)
            Variables.Assign(call[0][0].Text, value);
    }

    /// <summary>A member of such an object.</summary>
    protected static Datum? ComMember(Datum target, string member) => (target.Kind, member.ToLowerInvariant()) switch
    {
        ("com:xmlhttp", "responsetext" or "responsebody" or "responsestream" or "response" or "responsexml") => Datum.Tainted(target.From | Origin.Network, target.Source),
        ("com:adodb.stream", "size" or "position" or "type" or "mode" or "charset") => Datum.Unknown,
        ("com:wscript.shell", "stdout") => target,
        ("com:domelement", "nodetypedvalue") => Typed(target),
        _ => null,
    };

    /// <summary>An element that is told to hold base64 or hexadecimal decodes what is put in.</summary>
    private static Datum Typed(Datum element)
    {
        var text = element.Fields?.GetValueOrDefault("text") ?? Datum.Unknown;
        var hexadecimal = element.Fields?.GetValueOrDefault("datatype")?.Text?.Contains("hex", StringComparison.OrdinalIgnoreCase) == true;
        var plain = !hexadecimal && text.IsExact && Unpacking.Base64(text.Text!) is { } bytes ? new Datum { Bytes = bytes, Text = Unpacking.ReadableText(bytes) } : Datum.Unknown;
        return plain.With(text).Through(hexadecimal ? "hexadecimal" : "base64");
    }

    /// <summary>A call of a member of such an object; null where it is not known.</summary>
    protected Datum? ComCall(Datum target, string member, List<Datum> arguments, ScriptNode node)
    {
        if (target.Kind?.StartsWith("com:", StringComparison.Ordinal) != true)
            return null;
        var first = arguments.Count > 0 ? arguments[0] : Datum.Unknown;
        var second = arguments.Count > 1 ? arguments[1] : Datum.Unknown;
        switch (target.Kind[4..], member.ToLowerInvariant())
        {
            case ("wscript.shell", "run" or "exec"):
                if (second.AsNumber() == 0)
                    Add(Deed.Hide, node, "WScript.Shell." + member, first.AsText(), null, Confidence.Low);
                return RunCommand(first, node, "WScript.Shell." + member, CodeLanguage.Batch);
            case ("wscript.shell", "regwrite"):
                Runner.Registry(first.AsText() ?? "", "", second.AsText() ?? "", At(node), Shown(node));
                return Datum.Unknown;
            case ("wscript.shell", "expandenvironmentstrings" or "environment"):
                return first;
            case ("wscript.shell", "specialfolders"):
                return first.AsText() is { } folder ? Datum.Of(folder.Equals("startup", StringComparison.OrdinalIgnoreCase) ? @"%APPDATA%\Microsoft\Windows\Start Menu\Programs\Startup" : "%" + folder.ToUpperInvariant() + "%") : Datum.Unknown;
            case ("wscript.shell", "createshortcut"):
                if (first.AsText() is { } link)
                    Runner.Place(link, null, At(node), Shown(node));
                return Datum.OfKind("com:shortcut");
            case ("wscript.shell", "sendkeys" or "popup"):
                return Datum.Unknown;
            case ("shell.application", "shellexecute" or "open"):
                if (arguments.Count > 3 && arguments[3].AsText()?.Equals("runas", StringComparison.OrdinalIgnoreCase) == true)
                    Add(Deed.Elevate, node, "ShellExecute runas", first.AsText(), null, Confidence.Medium);
                return RunCommand(Concat([], [first, Datum.Of(" "), second.AsText() is null ? Datum.Of("") : second]), node, "ShellExecute", CodeLanguage.Batch);
            case ("xmlhttp", "open"):
                {
                    var posts = first.AsText()?.Equals("post", StringComparison.OrdinalIgnoreCase) == true;
                    if (!posts)
                        Add(Deed.Download, node, "XMLHTTP", second.AsText(), Datum.Unknown with { From = second.From & (Origin.Decoded | Origin.Computed), Decoders = second.Decoders });
                    Remember(node, target with { From = Origin.Network | (second.From & Origin.Decoded), Source = second.AsText(), Decoders = second.Decoders });
                    return Datum.Unknown;
                }

            case ("xmlhttp", "send"):
                if (arguments.Count > 0 && (first.AsText() is { Length: > 0 } || first.From != Origin.None))
                    Add(Deed.Send, node, "XMLHTTP", target.Source, first);
                return Datum.Unknown;
            case ("adodb.stream", "write" or "writetext"):
                Remember(node, target.With(first) with { Text = first.IsExact ? first.Text : null });
                return Datum.Unknown;
            case ("adodb.stream", "savetofile"):
                if (first.AsText() is { } path)
                    Runner.Write(path, new WrittenFile(target.From, target.Source, target.Text, target.Decoders), At(node), Shown(node));
                return Datum.Unknown;
            case ("adodb.stream", "loadfromfile"):
                Remember(node, target with { From = target.From | Origin.File });
                return Datum.Unknown;
            case ("adodb.stream", "readtext" or "read"):
                return Datum.Tainted(target.From, target.Source) with { Text = target.Text, Decoders = target.Decoders };
            case ("dom", "createelement" or "createnode"):
                return new Datum { Kind = "com:domelement", Fields = new Dictionary<string, Datum>(StringComparer.OrdinalIgnoreCase) };
            case ("scripting.filesystemobject", "createtextfile" or "opentextfile"):
                return new Datum { Kind = "com:textfile", Text = first.AsText() };
            case ("textfile", "write" or "writeline"):
                if (target.Text is { } file)
                    AppendTo(file, first, member, node);
                return Datum.Unknown;
            case ("textfile", "readall" or "readline"):
                {
                    if (target.Text is not { } read)
                        return Datum.Tainted(Origin.File, null);
                    var written = Acts.Files.Find(CommandRunner.IsSelf(read) ? FileLedger.Self : read);
                    return written is null ? Datum.Tainted(Origin.File, null) : new Datum { Text = written.Text, From = written.From | Origin.File, Source = written.Source, Decoders = written.Decoders };
                }

            case ("scripting.filesystemobject", "copyfile" or "movefile"):
                if (first.AsText() is { } from && second.AsText() is { } to)
                    Runner.Run([new CommandWord("copy"), new CommandWord(from), new CommandWord(to)], At(node), Shown(node));
                return Datum.Unknown;
            case ("scripting.filesystemobject", "deletefolder" or "deletefile"):
                if (first.AsText() is { } gone && CommandRunner.IsPrecious(gone))
                    Add(Deed.Destroy, node, member, gone);
                return Datum.Unknown;
            case ("scripting.filesystemobject", "getspecialfolder"):
                return Datum.Of(first.AsNumber() == 2 ? "%TEMP%" : @"C:\Windows");
            case ("scripting.filesystemobject", "buildpath"):
                return Concat([], [first, Datum.Of("\\"), second]);
            case ("scripting.filesystemobject", "gettempname"):
                return new Datum { Text = $"‹temporary{At(node)}›", Partial = true };
            case ("winmgmts", "create"):
                return RunCommand(first, node, "Win32_Process.Create", CodeLanguage.Batch);
            case ("winmgmts", "get" or "instancesof" or "execquery"):
                return target;
            case ("schedule.service", "registertaskdefinition" or "registertask"):
                Add(Deed.Persist, node, "Schedule.Service", first.AsText());
                return Datum.Unknown;
            case ("msscriptcontrol.scriptcontrol", "executestatement" or "eval" or "addcode"):
                return RunText(first, node, "ScriptControl." + member);
            case ("htmlfile", "parsefromstring" or "write"):
                return Datum.Unknown;
        }

        return null;
    }

    /// <summary>The object of WMI that a moniker names.</summary>
    protected static Datum Moniker(Datum name)
    {
        var text = name.AsText() ?? "";
        if (text.StartsWith("winmgmts", StringComparison.OrdinalIgnoreCase))
            return Datum.OfKind("com:winmgmts");
        if (text.StartsWith("script:http", StringComparison.OrdinalIgnoreCase))
            return new Datum { Kind = "scriptlet", From = Origin.Network, Source = text[7..] };
        return text.StartsWith("new:", StringComparison.OrdinalIgnoreCase) ? ComObject(Datum.Of(text[4..])) : Datum.Unknown;
    }

    /// <summary>Text is added to a file that a script opened.</summary>
    private void AppendTo(string path, Datum text, string member, ScriptNode node)
    {
        var file = new WrittenFile(text.From & (Origin.Network | Origin.Decoded | Origin.Secret | Origin.Machine), text.Source, text.Partial ? null : text.AsText() is { } known ? member.EndsWith("line", StringComparison.OrdinalIgnoreCase) ? known + "\r\n" : known : null, text.Decoders);
        Acts.Files.Append(path, file);
        Runner.Place(path, file with { Text = file.Text ?? "" }, At(node), Shown(node));
    }
}
