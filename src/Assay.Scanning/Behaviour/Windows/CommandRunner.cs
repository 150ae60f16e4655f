using System.Buffers;
using System.Text;

namespace Assay.Scanning;

/// <summary>
/// What a command of Windows does: the one place that knows the programs which fetch, start, decode and change things, for command
/// scripts, PowerShell and the script hosts alike.
/// </summary>
/// <param name="unit">The code that has the command.</param>
/// <param name="acts">Where acts go.</param>
internal sealed class CommandRunner(CodeUnit unit, ActSink acts)
{
    private static readonly HashSet<string> Miners = new(StringComparer.Ordinal)
    {
        "xmrig", "xmr-stak", "minerd", "cpuminer", "nbminer", "lolminer", "t-rex", "phoenixminer", "nanominer", "ethminer", "gminer", "teamredminer", "xmrig-cuda", "srbminer-multi",
    };

    private static readonly HashSet<string> ProgramEndings = new(StringComparer.OrdinalIgnoreCase)
    {
        ".exe", ".bat", ".cmd", ".com", ".scr", ".pif", ".msi", ".ps1", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".hta", ".lnk", ".dll", ".cpl", ".jar", ".py", ".pyw", ".msc", ".reg", ".url", ".sh", ".wsh",
    };

    private static readonly SearchValues<char> NoName = SearchValues.Create("*?<>|%$‹\n\"");

    /// <summary>When what is added runs.</summary>
    public Reach Reach { get; set; } = unit.Reach;

    /// <summary>Runs a command whose words are known.</summary>
    /// <param name="words">Program and arguments.</param>
    /// <param name="index">Its place in the text of the unit.</param>
    /// <param name="line">The command as a person would read it.</param>
    /// <param name="input">What is fed to it.</param>
    /// <returns>What it writes.</returns>
    public CommandOutput Run(IReadOnlyList<CommandWord> words, int index, string line, CommandOutput? input = null)
    {
        if (words.Count == 0)
            return CommandOutput.Nothing;
        acts.Budget.ChargeElements(1 + words.Count, index);
        var first = words[0];
        if ((first.From & (Origin.Network | Origin.Decoded)) != 0)
        {
            Add(Deed.RunProgram, index, "command", line, first.From, first.Source, line, decoders: first.Decoders);
            return CommandOutput.Nothing;
        }

        var program = CommandLine.Program(first.Text);
        var arguments = new List<string>(words.Count);
        for (var i = 1; i < words.Count; i++)
            arguments.Add(words[i].Text);
        if (WindowsTable.OfCommand(program, arguments) is { } meaning)
            Add(meaning.Deed, index, program, CommandLine.Short(line), Origin.None, null, line, meaning.Confidence);
        if (Miners.Contains(program) || arguments.Exists(static a => a.Contains("stratum+", StringComparison.OrdinalIgnoreCase) || a.Contains("stratum:", StringComparison.OrdinalIgnoreCase) || a.StartsWith("--donate-level", StringComparison.OrdinalIgnoreCase)))
            Add(Deed.Mine, index, program, CommandLine.Short(line), Origin.None, null, line);
        switch (program)
        {
            case "cmd" or "%comspec%":
                return Cmd(words, index, line, input);
            case "powershell" or "pwsh" or "powershell_ise":
                return PowerShell(words, index, line, input);
            case "iex" or "invoke-expression":
                return Fed(CodeLanguage.PowerShell, program, input, index, line);
            case "start":
                return Start(words, index, line);
            case "call" or "conhost" or "cmdow" or "nircmd" or "nohup":
                return Run(Rest(words, 1), index, line, input);
            case "forfiles" or "pcalua" or "scriptrunner" or "explorer":
                return Indirect(words, index, line);
            case "mshta":
                return Mshta(words, index, line);
            case "rundll32":
                return Rundll(words, index, line);
            case "regsvr32" or "installutil" or "regasm" or "regsvcs" or "msbuild" or "odbcconf" or "control" or "hh" or "ieexec" or "presentationhost" or "msiexec" or "appinstaller":
                return Loader(program, words, index, line);
            case "wscript" or "cscript":
                return ScriptHost(words, index, line);
            case "certutil":
                return Certutil(words, index, line);
            case "bitsadmin":
                return Bitsadmin(words, index, line);
            case "curl" or "wget" or "aria2c":
                return Fetch(program, words, index, line);
            case "python" or "python3" or "py" or "pythonw" or "pyw" or "python2":
                return Interpreter(CodeLanguage.Python, "-c", words, index, line, input);
            case "node" or "nodejs" or "bun":
                return Interpreter(CodeLanguage.JavaScript, "-e", words, index, line, input);
            case "perl" or "wperl":
                return Interpreter(CodeLanguage.Perl, "-e", words, index, line, input);
            case "bash" or "sh" or "wsl" or "wsl.exe":
                return Interpreter(CodeLanguage.Shell, "-c", words, index, line, input);
            case "wmic":
                return Wmic(words, index, line);
            case "schtasks":
                return Schtasks(words, index, line);
            case "reg":
                return Reg(words, index, line);
            case "sc":
                return CommandOutput.Nothing;
            case "runas":
                Add(Deed.Elevate, index, program, CommandLine.Short(line), Origin.None, null, line, Confidence.Medium);
                return words.Count > 1 ? RunLine(words[^1], index, CodeLanguage.Batch) : CommandOutput.Nothing;
            case "del" or "erase" or "rd" or "rmdir" or "deltree" or "remove-item":
                Delete(program, arguments, index, line);
                return CommandOutput.Nothing;
            case "format" or "sdelete" or "sdelete64":
                return CommandOutput.Nothing;
            case "copy" or "xcopy" or "move" or "robocopy" or "ren" or "rename" or "replace" or "copy-item" or "move-item" or "rename-item":
                Copy(program, arguments, index, line);
                return CommandOutput.Nothing;
            case "type" or "more" or "cat" or "get-content":
                return Content(arguments);
            case "expand" or "extrac32" or "makecab":
                {
                    var operands = arguments.FindAll(static a => !a.StartsWith('/') && !a.StartsWith('-'));
                    if (operands.Count >= 2 && acts.Files.Find(operands[0]) is { } packed)
                        acts.Files.Write(operands[^1], packed with { Text = null });
                    return CommandOutput.Nothing;
                }

            case "tar" or "7z" or "7za" or "7zr" or "unzip" or "unrar":
                {
                    var operands = arguments.FindAll(static a => a.Length > 0 && a[0] is not '-' and not '/' && a is not ("x" or "e"));
                    var place = arguments.FindIndex(static a => a is "-C" or "-d" or "--directory");
                    var folder = place >= 0 && place + 1 < arguments.Count ? arguments[place + 1] : arguments.Find(static a => a.StartsWith("-o", StringComparison.Ordinal) && a.Length > 2)?[2..];
                    if (operands.Count > 0 && folder is not null)
                        acts.Files.Unpack(operands[0], folder);
                    return CommandOutput.Nothing;
                }

            case "nc" or "ncat" or "netcat" or "nc64":
                if (arguments.Exists(static a => a is "-e" or "--exec" or "-c" or "--sh-exec"))
                    Add(Deed.ReverseShell, index, program, arguments.Find(static a => !a.StartsWith('-')), Origin.None, null, line);
                return CommandOutput.Nothing;
            case "ftp":
                if (arguments.Find(static a => a.StartsWith("-s:", StringComparison.OrdinalIgnoreCase)) is { } script)
                    FtpScript(script[3..], index, line);
                return CommandOutput.Nothing;
            case "whoami" or "hostname" or "systeminfo" or "ipconfig" or "tasklist" or "ver" or "getmac" or "arp" or "netstat":
                return new CommandOutput(null, Origin.Machine);
            case "net" when arguments is ["use", ..]:
                return CommandOutput.Nothing;
            case "findstr" or "find" or "sort" or "tee":
                return input ?? Content(arguments.FindAll(static a => !a.StartsWith('/')));
            case "pip" or "pip3" or "uv" or "conda" or "winget" or "choco" or "npm" or "git" or "echo" or "cd" or "mkdir" or "md" or "where" or "timeout" or "set" or "taskkill" or "title" or "robocopy " or "ping":
                return CommandOutput.Nothing;
        }

        return File(first.Text, words, index, line);
    }

    /// <summary>Runs a command line of a language; words may be symbolic.</summary>
    public CommandOutput RunLine(CommandWord line, int index, CodeLanguage language)
    {
        if ((line.From & (Origin.Network | Origin.Decoded)) != 0)
            Add(Deed.RunProgram, index, "command", line.Text, line.From, line.Source, line.Text, decoders: line.Decoders);
        return Inner(language, line.Text, index);
    }

    /// <summary>Understands code inside of this code.</summary>
    /// <returns>Where its output may come from.</returns>
    public CommandOutput Inner(CodeLanguage language, string text, int index, Origin from = Origin.None)
    {
        var before = acts.Acts.Count;
        LanguageCatalog.Analyse(unit.Inner(language, text, index, from, Reach), acts);
        var (origin, source) = (Origin.None, (string?)null);
        for (var i = before; i < acts.Acts.Count; i++)
        {
            if (acts.Acts[i].Deed == Deed.Download)
            {
                origin |= Origin.Network;
                source ??= acts.Acts[i].Subject;
            }
        }

        return new CommandOutput(null, origin, source);
    }

    /// <summary>Runs text as code of a language, and says so where the text is not plainly written here.</summary>
    public void RunCode(CodeLanguage language, string call, CommandWord code, int index, string line)
    {
        var before = acts.Acts.Count;
        Inner(language, code.Text, index, code.From);
        if ((code.From & (Origin.Network | Origin.Decoded | Origin.Computed)) != 0)
            Add(Deed.RunCode, index, call, code.Text, code.From, code.Source, $"{CommandLine.Short(line)} → {CommandLine.Short(code.Text)}", ConfidenceOf(code.From, before), decoders: code.Decoders);
    }

    /// <summary>Hidden text that turns out to do nothing is odd, and no proof.</summary>
    public Confidence ConfidenceOf(Origin from, int actsBefore)
    {
        if (from.HasFlag(Origin.Network))
            return Confidence.High;
        for (var i = actsBefore; i < acts.Acts.Count; i++)
        {
            if (acts.Acts[i] is { Deed: Deed.RunProgram or Deed.RunCode } or { Deed: not (Deed.WriteFile or Deed.RunSibling or Deed.Install), Confidence: >= Confidence.Medium })
                return Confidence.High;
        }

        return Confidence.Medium;
    }

    /// <summary>Adds an act.</summary>
    public void Add(Deed deed, int index, string call, string? subject, Origin from, string? source, string evidence, Confidence confidence = Confidence.High, IReadOnlyList<string>? files = null, IReadOnlyList<string>? decoders = null) =>
        acts.Add(new Act
        {
            Deed = deed,
            Index = unit.At(index),
            Call = call,
            Subject = subject is null ? null : CommandLine.Short(subject, 1000),
            From = from,
            Source = source,
            Reach = Reach,
            Evidence = CommandLine.Short(evidence, 600),
            Language = unit.Language,
            Confidence = confidence,
            Files = files ?? [],
            Decoders = decoders ?? [],
        });

    /// <summary>A file of the network is stored.</summary>
    public void Download(int index, string call, string? url, string? path, string line)
    {
        Add(Deed.Download, index, call, url, Origin.None, null, line);
        if (path is not null)
            Write(path, new WrittenFile(Origin.Network, url, null, []), index, line);
    }

    /// <summary>A file is written; some places mean more than the file.</summary>
    public void Write(string path, WrittenFile file, int index, string line)
    {
        acts.Files.Write(path, file);
        Place(path, file, index, line);
    }

    /// <summary>What it means that something is written to a path or a key of the registry.</summary>
    public void Place(string path, WrittenFile? file, int index, string line)
    {
        if (path.StartsWith("$PROFILE", StringComparison.OrdinalIgnoreCase) && file is { From: not Origin.None })
            Add(Deed.Persist, index, "write", path, file.From, file.Source, line);
        else if (WindowsTable.OfPlace(path) is { } meaning && meaning.Deed is not Deed.ReadSecret)
            Add(meaning.Deed, index, "write", path, Origin.None, null, line, meaning.Confidence);
        else if (file is { From: not Origin.None } or { Text: null })
            Add(Deed.WriteFile, index, "write", path, file.From, file.Source, line);
    }

    /// <summary>Starts a file: a program, or what a program is registered for.</summary>
    public CommandOutput File(string path, IReadOnlyList<CommandWord> words, int index, string line, CodeLanguage? language = null)
    {
        path = path.Trim().Trim('"', '\'');
        var name = path[(path.LastIndexOfAny(['\\', '/']) + 1)..];
        var ending = Path.GetExtension(name);
        var speaks = language ?? (ending.Length > 0 ? LanguageGuess.ByName(name) : null);
        if (IsSelf(path))
        {
            RunSelf(speaks ?? unit.Language, index);
            return CommandOutput.Nothing;
        }

        if (acts.Files.Find(path) is { } written)
        {
            if ((written.From & (Origin.Network | Origin.Decoded)) != 0)
                Add(Deed.RunProgram, index, name, path, written.From, written.Source, line, SureOf(written), decoders: written.Decoders);
            if (written.Text is { } text && speaks is { } inner && inner is not CodeLanguage.None && acts.Files.First("ran " + FileLedger.Key(path)))
                Inner(inner, text, index, written.From);
            return new CommandOutput(null, written.From & Origin.Network, written.Source);
        }

        if (CommandLine.IsAddress(path))
        {
            if (language is not null || (ProgramEndings.Contains(ending) && !ending.Equals(".com", StringComparison.OrdinalIgnoreCase)))
                Add(Deed.RunProgram, index, name, path, Origin.Network, path, line, language is null ? Confidence.Medium : Confidence.High);
        }
        else if (CommandLine.IsShare(path))
        {
            Add(Deed.RunProgram, index, name, path, Origin.Network, path, line);
        }
        else if (language is not null || ProgramEndings.Contains(ending) || (path.StartsWith(".\\", StringComparison.Ordinal) || path.StartsWith("./", StringComparison.Ordinal)) || path.StartsWith("%~dp0", StringComparison.OrdinalIgnoreCase))
        {
            if (Sibling(path) is { } sibling)
                Add(Deed.RunSibling, index, name, path, Origin.File, null, line, files: [sibling]);
        }

        return CommandOutput.Nothing;
    }

    /// <summary>Programs come in archives from honest places too: where it comes from decides.</summary>
    private static Confidence SureOf(WrittenFile file) =>
        file.Unpacked && HostReputation.Of(file.Source ?? "") is not (HostKind.RawAddress or HostKind.KnownBad or HostKind.Tunnel or HostKind.FileDrop or HostKind.DeadDrop or HostKind.Exfiltration or HostKind.Shortener) ? Confidence.Medium : Confidence.High;

    /// <summary>The script is given to an interpreter: what it is to that one is read.</summary>
    private void RunSelf(CodeLanguage language, int index)
    {
        if (acts.Files.First("self " + language) && acts.Files.Find(FileLedger.Self)?.Text is { } text && language != unit.Language)
            Inner(language, text, index);
    }

    /// <summary>Whether a path is that of the script itself.</summary>
    public static bool IsSelf(string path) => path.Trim('"', '\'', ' ') is "%~f0" or "%0" or "%~0" or "%~dpnx0" or "%~nx0" or "%~s0" or "%~dp0%~nx0" or "%~fs0" or "%~dpf0";

    /// <summary>The path below the folder of the script, where it lies beside it; null where it lies elsewhere.</summary>
    public static string? Sibling(string path)
    {
        path = path.Trim().Trim('"', '\'').Replace('\\', '/');
        foreach (var here in (ReadOnlySpan<string>)["%~dp0", "%cd%", "$PSScriptRoot", "$(pwd)", "$pwd"])
        {
            if (path.StartsWith(here, StringComparison.OrdinalIgnoreCase))
                path = path[here.Length..].TrimStart('/');
        }

        while (path.StartsWith("./", StringComparison.Ordinal))
            path = path[2..];
        if (path.Length is 0 or > 300 || path[0] is '/' or '-' or '%' or '$' or '~' || path.StartsWith("../../", StringComparison.Ordinal) || (path.Length > 1 && path[1] == ':') || path.AsSpan().ContainsAny(NoName))
            return null;
        return path;
    }

    private static List<CommandWord> Rest(IReadOnlyList<CommandWord> words, int from)
    {
        var rest = new List<CommandWord>(Math.Max(0, words.Count - from));
        for (var i = from; i < words.Count; i++)
            rest.Add(words[i]);
        return rest;
    }

    /// <summary>Words as one line again, quoted where needed.</summary>
    private static CommandWord Joined(IReadOnlyList<CommandWord> words, int from, bool quote = true)
    {
        var text = new StringBuilder();
        var origin = Origin.None;
        string? source = null;
        IReadOnlyList<string>? decoders = null;
        for (var i = from; i < words.Count; i++)
        {
            if (text.Length > 0)
                text.Append(' ');
            var word = words[i];
            var plain = !quote || from == words.Count - 1 || word.Text.Length > 0 && !word.Text.Contains(' ', StringComparison.Ordinal) || word.Text.Contains('"', StringComparison.Ordinal);
            text.Append(plain ? word.Text : $"\"{word.Text}\"");
            origin |= word.From;
            source ??= word.Source;
            decoders ??= word.Decoders;
        }

        return new CommandWord(text.ToString(), origin, source, decoders);
    }

    private CommandOutput Cmd(IReadOnlyList<CommandWord> words, int index, string line, CommandOutput? input)
    {
        for (var i = 1; i < words.Count; i++)
        {
            var word = words[i].Text;
            if (word.StartsWith('/') && word.Length >= 2 && char.ToLowerInvariant(word[1]) is 'c' or 'k' or 'r')
            {
                var rest = Joined(words, i + 1);
                if (word.Length > 2)
                    rest = rest with { Text = word[2..] + " " + rest.Text };
                return RunLine(rest, index, CodeLanguage.Batch);
            }

            if (!word.StartsWith('/'))
                break;
        }

        return Fed(CodeLanguage.Batch, "cmd", input, index, line);
    }

    /// <summary>An interpreter that runs what is fed to it.</summary>
    private CommandOutput Fed(CodeLanguage language, string call, CommandOutput? input, int index, string line)
    {
        if (input is null)
            return CommandOutput.Nothing;
        if (input.Text is { } text)
            RunCode(language, call, new CommandWord(text, input.From, input.Source, input.Decoders), index, line);
        else if ((input.From & (Origin.Network | Origin.Decoded)) != 0)
            Add(Deed.RunCode, index, call, null, input.From, input.Source, line, decoders: input.Decoders);
        return new CommandOutput(null, input.From & Origin.Network, input.Source);
    }

    private static bool IsPrefix(string word, string full, int least) => word.Length >= least && full.StartsWith(word, StringComparison.OrdinalIgnoreCase);

    private CommandOutput PowerShell(IReadOnlyList<CommandWord> words, int index, string line, CommandOutput? input)
    {
        for (var i = 1; i < words.Count; i++)
        {
            var word = words[i].Text;
            if (word == "-")
                return Fed(CodeLanguage.PowerShell, "powershell", input, index, line);
            if (word.Length < 2 || word[0] is not ('-' or '/' or '–' or '—'))
            {
                // PowerShell 5 takes it for a command, PowerShell 7 for a file.
                if (LanguageGuess.ByName(word) == CodeLanguage.PowerShell && !word.Contains(' ', StringComparison.Ordinal))
                    return File(word, Rest(words, i), index, line, CodeLanguage.PowerShell);
                return Script(Joined(words, i, quote: false));
            }

            var name = word.TrimStart('-', '/', '–', '—');
            if (IsPrefix(name, "encodedcommand", 1) || name.Equals("ec", StringComparison.OrdinalIgnoreCase) || name.Equals("enc", StringComparison.OrdinalIgnoreCase))
            {
                if (i + 1 >= words.Count)
                    break;
                var code = Unpacking.Base64(words[i + 1].Text) is { } bytes ? Unpacking.WideText(bytes) : null;
                if (code is null)
                {
                    // What is not written here comes from elsewhere, and is hidden all the same.
                    Add(Deed.RunCode, index, "powershell -EncodedCommand", null, words[i + 1].From | Origin.Decoded, words[i + 1].Source, line, Confidence.Medium, decoders: ["EncodedCommand"]);
                    return CommandOutput.Nothing;
                }

                var before = acts.Acts.Count;
                var output = Inner(CodeLanguage.PowerShell, code, index, Origin.Decoded);
                Add(Deed.RunCode, index, "powershell -EncodedCommand", code, Origin.Decoded, null, $"powershell -EncodedCommand → {CommandLine.Short(code)}", ConfidenceOf(Origin.Decoded, before), decoders: ["EncodedCommand"]);
                return output;
            }

            if (IsPrefix(name, "command", 1) || name.Equals("commandwithargs", StringComparison.OrdinalIgnoreCase) || name.Equals("cwa", StringComparison.OrdinalIgnoreCase))
            {
                var code = Joined(words, i + 1, quote: false);
                return code.Text == "-" ? Fed(CodeLanguage.PowerShell, "powershell", input, index, line) : Script(code);
            }

            if (IsPrefix(name, "file", 1))
                return i + 1 < words.Count ? words[i + 1].Text == "-" ? Fed(CodeLanguage.PowerShell, "powershell", input, index, line) : File(words[i + 1].Text, Rest(words, i + 1), index, line, CodeLanguage.PowerShell) : CommandOutput.Nothing;
            if (IsPrefix(name, "windowstyle", 1))
            {
                if (i + 1 < words.Count && (IsPrefix(words[i + 1].Text, "hidden", 1) || words[i + 1].Text == "1"))
                    Add(Deed.Hide, index, "powershell -WindowStyle Hidden", CommandLine.Short(line), Origin.None, null, line, Confidence.Medium);
                i++;
            }
            else if (IsPrefix(name, "executionpolicy", 2) || name.Equals("ep", StringComparison.OrdinalIgnoreCase) || IsPrefix(name, "version", 1) || IsPrefix(name, "inputformat", 2) || IsPrefix(name, "outputformat", 1) || IsPrefix(name, "configurationname", 3)
                || IsPrefix(name, "psconsolefile", 2) || IsPrefix(name, "workingdirectory", 2))
            {
                i++;
            }
        }

        return Fed(CodeLanguage.PowerShell, "powershell", input, index, line);

        CommandOutput Script(CommandWord code)
        {
            if ((code.From & (Origin.Network | Origin.Decoded)) != 0)
                Add(Deed.RunCode, index, "powershell", code.Text, code.From, code.Source, line, decoders: code.Decoders);
            return Inner(CodeLanguage.PowerShell, code.Text, index, code.From);
        }
    }

    private CommandOutput Start(IReadOnlyList<CommandWord> words, int index, string line)
    {
        var i = 1;
        // The first word in quotes is a title; quotes are gone here, so a word that is empty or can be no program counts.
        if (words.Count > 2 && (words[1].Text.Length == 0 || (!words[1].Text.StartsWith('/') && !words[1].Text.AsSpan().ContainsAny(".\\/:%") && line.AsSpan().Contains($"\"{words[1].Text}\"", StringComparison.Ordinal))))
            i++;
        for (; i < words.Count; i++)
        {
            var word = words[i].Text;
            if (word.Equals("/d", StringComparison.OrdinalIgnoreCase) || word.Equals("/node", StringComparison.OrdinalIgnoreCase) || word.Equals("/affinity", StringComparison.OrdinalIgnoreCase))
                i++;
            else if (!word.StartsWith('/') || word.Length > 12)
                break;
        }

        return Run(Rest(words, i), index, line);
    }

    private CommandOutput Indirect(IReadOnlyList<CommandWord> words, int index, string line)
    {
        for (var i = 1; i < words.Count; i++)
        {
            var word = words[i].Text;
            if ((word.Equals("/c", StringComparison.OrdinalIgnoreCase) || word.Equals("-a", StringComparison.OrdinalIgnoreCase) || word.Equals("-appvscript", StringComparison.OrdinalIgnoreCase)) && i + 1 < words.Count)
                return RunLine(Joined(words, i + 1), index, CodeLanguage.Batch);
        }

        return words.Count == 2 && ProgramEndings.Contains(Path.GetExtension(words[1].Text)) ? File(words[1].Text, words, index, line) : CommandOutput.Nothing;
    }

    private CommandOutput Mshta(IReadOnlyList<CommandWord> words, int index, string line)
    {
        // Quotes belong to the script.
        var what = Joined(words, 1, quote: false);
        foreach (var start in (ReadOnlySpan<string>)["javascript:", "vbscript:", "about:"])
        {
            var at = line.IndexOf(start, StringComparison.OrdinalIgnoreCase);
            if (at >= 0 && what.Text.StartsWith(start, StringComparison.OrdinalIgnoreCase))
                what = what with { Text = line[at..] };
        }

        var colon = what.Text.IndexOf(':', StringComparison.Ordinal);
        var scheme = colon > 0 ? what.Text[..colon].Trim().Trim('"').ToLowerInvariant() : "";
        if (scheme is "javascript" or "vbscript" or "about")
            RunCode(scheme == "vbscript" ? CodeLanguage.VbScript : scheme == "about" ? CodeLanguage.Html : CodeLanguage.JavaScript, "mshta", what with { Text = what.Text[(colon + 1)..] }, index, line);
        else if (words.Count > 1 && (CommandLine.IsAddress(words[1].Text) || words[1].From.HasFlag(Origin.Network)))
            Add(Deed.RunCode, index, "mshta", words[1].Text, Origin.Network, words[1].Source ?? words[1].Text, line);
        else if (words.Count > 1)
            File(words[1].Text, words, index, line, CodeLanguage.Html);
        return CommandOutput.Nothing;
    }

    private CommandOutput Rundll(IReadOnlyList<CommandWord> words, int index, string line)
    {
        var what = Joined(words, 1, quote: false).Text;
        if (what.StartsWith("javascript:", StringComparison.OrdinalIgnoreCase) || what.StartsWith("vbscript:", StringComparison.OrdinalIgnoreCase))
        {
            Add(Deed.RunCode, index, "rundll32", what, Origin.Computed, null, line);
            var script = line.IndexOf(what[..9], StringComparison.OrdinalIgnoreCase) is >= 0 and var at ? line[at..] : what;
            Inner(what[0] is 'j' or 'J' ? CodeLanguage.JavaScript : CodeLanguage.VbScript, script[(script.IndexOf(':', StringComparison.Ordinal) + 1)..], index);
            return CommandOutput.Nothing;
        }

        if (words.Count < 2)
            return CommandOutput.Nothing;
        if (what.Contains("comsvcs", StringComparison.OrdinalIgnoreCase) && what.Contains("MiniDump", StringComparison.OrdinalIgnoreCase))
            Add(Deed.ReadSecret, index, "rundll32 comsvcs.dll MiniDump", what, Origin.None, null, line);
        var file = words[1].Text.Split(',')[0];
        foreach (var opener in (ReadOnlySpan<string>)["url.dll", "shell32.dll", "zipfldr.dll", "pcwutl.dll", "advpack.dll", "ieframe.dll", "shdocvw.dll"])
        {
            if (file.EndsWith(opener, StringComparison.OrdinalIgnoreCase))
                return words.Count > 2 ? Run(Rest(words, 2), index, line) : CommandOutput.Nothing;
        }

        return File(file.Contains('.', StringComparison.Ordinal) ? file : file + ".dll", words, index, line);
    }

    private CommandOutput Loader(string program, IReadOnlyList<CommandWord> words, int index, string line)
    {
        for (var i = 1; i < words.Count; i++)
        {
            var word = words[i].Text;
            var address = CommandLine.FindAddress(word);
            if (address is not null)
            {
                Add(Deed.RunProgram, index, program, address, Origin.Network, address, line);
                return CommandOutput.Nothing;
            }

            if (word.Length > 0 && word[0] is not ('/' or '-'))
                File(word, words, index, line);
        }

        return CommandOutput.Nothing;
    }

    private CommandOutput ScriptHost(IReadOnlyList<CommandWord> words, int index, string line)
    {
        CodeLanguage? engine = null;
        for (var i = 1; i < words.Count; i++)
        {
            var word = words[i].Text;
            if (word.StartsWith("//e:", StringComparison.OrdinalIgnoreCase) || word.StartsWith("/e:", StringComparison.OrdinalIgnoreCase))
                engine = word.Contains("vb", StringComparison.OrdinalIgnoreCase) ? CodeLanguage.VbScript : CodeLanguage.JavaScript;
            else if (!word.StartsWith('/'))
                return File(word, Rest(words, i), index, line, engine ?? LanguageGuess.ByName(word) ?? CodeLanguage.VbScript);
            else if (i + 1 < words.Count && words[i].Text.Length == 1)
                i++;
        }

        return CommandOutput.Nothing;
    }

    private CommandOutput Certutil(IReadOnlyList<CommandWord> words, int index, string line)
    {
        var options = words.Where(static w => w.Text.Length > 1 && w.Text[0] is '-' or '/').Select(static w => w.Text[1..].ToLowerInvariant()).ToList();
        var operands = words.Skip(1).Where(static w => w.Text.Length > 0 && w.Text[0] is not ('-' or '/')).ToList();
        if (options.Contains("urlcache") || options.Contains("verifyctl") || options.Contains("url"))
        {
            var url = operands.Find(static o => CommandLine.IsAddress(o.Text))?.Text;
            if (url is not null)
                Download(index, "certutil", url, operands.Count > 1 ? operands[^1].Text : url[(url.LastIndexOf('/') + 1)..], line);
        }
        else if (options.Exists(static o => o is "decode" or "decodehex") && operands.Count >= 2)
        {
            var input = CommandRunner.IsSelf(operands[0].Text) ? acts.Files.Find(FileLedger.Self) : acts.Files.Find(operands[0].Text);
            var decoder = options.Contains("decodehex") ? "hexadecimal" : "base64";
            var text = input?.Text is { } encoded && decoder == "base64" && Unpacking.Base64(Unpacking.PemBody(encoded)) is { } bytes ? Unpacking.ReadableText(bytes) : null;
            Write(operands[1].Text, new WrittenFile((input?.From ?? Origin.None) | Origin.Decoded, input?.Source, text, [decoder]), index, line);
        }

        return CommandOutput.Nothing;
    }

    private CommandOutput Bitsadmin(IReadOnlyList<CommandWord> words, int index, string line)
    {
        for (var i = 1; i < words.Count; i++)
        {
            if (CommandLine.IsAddress(words[i].Text))
                Download(index, "bitsadmin", words[i].Text, i + 1 < words.Count ? words[i + 1].Text : null, line);
            else if (words[i].Text.Equals("/setnotifycmdline", StringComparison.OrdinalIgnoreCase) && i + 2 < words.Count)
                return RunLine(Joined(words, i + 2), index, CodeLanguage.Batch);
        }

        return CommandOutput.Nothing;
    }

    private CommandOutput Fetch(string program, IReadOnlyList<CommandWord> words, int index, string line)
    {
        string? url = null, path = null;
        CommandWord? body = null;
        var remoteName = program is "wget" or "aria2c";
        var toOutput = program == "curl";
        var carried = Origin.None;
        string? secret = null;
        for (var i = 1; i < words.Count; i++)
        {
            var word = words[i].Text;
            var next = i + 1 < words.Count ? words[i + 1] : null;
            if (word is "-o" or "--output" || (program != "curl" && word is "-O" or "--output-document" or "--out") || (program == "wget" && word is "-qO"))
            {
                path = next?.Text;
                i++;
                if (path == "-")
                    (path, toOutput, remoteName) = (null, true, false);
            }
            else if (word is "-qO-" or "-O-" or "-qO=-")
            {
                (toOutput, remoteName) = (true, false);
            }
            else if (word.StartsWith("--output=", StringComparison.Ordinal))
            {
                path = word[9..];
            }
            else if (program == "curl" && word.Length > 1 && word[0] == '-' && word[1] != '-' && word.Contains('O', StringComparison.Ordinal))
            {
                remoteName = true;
            }
            else if (program == "curl" && word.Length > 2 && word[0] == '-' && word[1] != '-' && word.EndsWith('o'))
            {
                path = next?.Text;
                i++;
            }
            else if (word is "-d" or "--data" or "--data-binary" or "--data-raw" or "--data-urlencode" or "-F" or "--form" or "-T" or "--upload-file" or "--post-file" or "--post-data" or "--json")
            {
                body = next;
                i++;
                if (next is not null)
                {
                    carried |= next.From;
                    secret ??= next.Source;
                    if (next.Text.Contains('@', StringComparison.Ordinal) || word is "-T" or "--upload-file" or "--post-file")
                    {
                        var file = next.Text[(next.Text.IndexOf('@', StringComparison.Ordinal) + 1)..];
                        carried |= Origin.File;
                        if (WindowsTable.OfPlace(file) is { Deed: Deed.ReadSecret })
                            (carried, secret) = (carried | Origin.Secret, file);
                        else if (acts.Files.Find(file) is { } written)
                            (carried, secret) = (carried | (written.From & (Origin.Secret | Origin.Machine)), written.Source);
                    }

                    carried |= SecretVariable(next.Text, ref secret);
                }
            }
            else if (word is "-H" or "--header" or "-u" or "--user" or "-A" or "--user-agent" or "-e" or "-X" or "--request" or "--connect-timeout" or "--retry" or "-m" or "--max-time" or "--header" or "-b" or "--cookie" or "-x" or "--proxy")
            {
                i++;
            }
            else if (CommandLine.IsAddress(word) || (word.Contains('.', StringComparison.Ordinal) && word.Contains('/', StringComparison.Ordinal) && word[0] != '-' && url is null))
            {
                url = word;
                carried |= words[i].From & Origin.Secret;
                carried |= SecretVariable(word, ref secret);
            }
        }

        if (url is null)
            return new CommandOutput(null, Origin.Network);
        if (body is not null || carried.HasFlag(Origin.Secret))
        {
            Add(Deed.Send, index, program, url, carried, secret, line);
            if (body is not null)
                return new CommandOutput(null, Origin.Network, url);
        }

        Download(index, program, url, path ?? (remoteName ? url[(url.LastIndexOf('/') + 1)..] : null), line);
        return path is null && !remoteName && toOutput ? new CommandOutput(null, Origin.Network, url) : CommandOutput.Nothing;
    }

    /// <summary>A variable that holds a credential is named in a text.</summary>
    public static Origin SecretVariable(string text, ref string? name)
    {
        for (var at = text.IndexOf('%', StringComparison.Ordinal); at >= 0 && at + 2 < text.Length; at = text.IndexOf('%', at + 1))
        {
            var end = text.IndexOf('%', at + 1);
            if (end < 0)
                break;
            if (IsSecretName(text[(at + 1)..end]))
            {
                name ??= text[(at + 1)..end];
                return Origin.Secret;
            }
        }

        return Origin.None;
    }

    /// <summary>Whether a variable of the environment holds a credential, by its name.</summary>
    public static bool IsSecretName(string name)
    {
        if (name.Length is < 5 or > 60 || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            return false;
        return name.EndsWith("TOKEN", StringComparison.OrdinalIgnoreCase) || name.Contains("SECRET", StringComparison.OrdinalIgnoreCase) || name.EndsWith("API_KEY", StringComparison.OrdinalIgnoreCase) || name.EndsWith("ACCESS_KEY", StringComparison.OrdinalIgnoreCase)
            || name.Contains("PASSWORD", StringComparison.OrdinalIgnoreCase) || name.EndsWith("ACCESS_KEY_ID", StringComparison.OrdinalIgnoreCase) || name.EndsWith("APIKEY", StringComparison.OrdinalIgnoreCase) || name.EndsWith("PRIVATE_KEY", StringComparison.OrdinalIgnoreCase);
    }

    private CommandOutput Interpreter(CodeLanguage language, string option, IReadOnlyList<CommandWord> words, int index, string line, CommandOutput? input)
    {
        for (var i = 1; i < words.Count; i++)
        {
            var word = words[i].Text;
            if (word == option || (language == CodeLanguage.JavaScript && word is "--eval" or "-p" or "--print") || (language == CodeLanguage.Shell && word is "-lc" or "-ic") || (language == CodeLanguage.Perl && word is "-E" or "-ne" or "-pe"))
            {
                if (i + 1 < words.Count)
                    RunCode(language, words[0].Text, words[i + 1], index, line);
                return CommandOutput.Nothing;
            }

            if (language == CodeLanguage.Python && word == "-m")
                return CommandOutput.Nothing;
            if (word == "-")
                break;
            if (word.StartsWith('-'))
            {
                if (word is "-W" or "-X" or "-r" or "--require")
                    i++;
                continue;
            }

            if (language == CodeLanguage.Shell && CommandLine.Program(words[0].Text) == "wsl")
            {
                Inner(CodeLanguage.Shell, Joined(words, i).Text, index);
                return CommandOutput.Nothing;
            }

            if ((words[i].From & (Origin.Network | Origin.Decoded)) != 0)
                Add(Deed.RunProgram, index, words[0].Text, word, words[i].From, words[i].Source, line, decoders: words[i].Decoders);
            return File(word, Rest(words, i), index, line, language);
        }

        return Fed(language, words[0].Text, input, index, line);
    }

    private CommandOutput Wmic(IReadOnlyList<CommandWord> words, int index, string line)
    {
        for (var i = 1; i < words.Count; i++)
        {
            var word = words[i].Text;
            if (word.StartsWith("/format:", StringComparison.OrdinalIgnoreCase) && (CommandLine.IsAddress(word[8..].Trim('"')) || CommandLine.IsShare(word[8..].Trim('"'))))
                Add(Deed.RunCode, index, "wmic /format", word[8..], Origin.Network, word[8..].Trim('"'), line);
            else if (word.Equals("create", StringComparison.OrdinalIgnoreCase) && i + 1 < words.Count && i > 1 && words[i - 1].Text.Equals("call", StringComparison.OrdinalIgnoreCase))
                return RunLine(Joined(words, i + 1, quote: false) with { Text = words[i + 1].Text }, index, CodeLanguage.Batch);
        }

        return new CommandOutput(null, Origin.Machine);
    }

    private CommandOutput Schtasks(IReadOnlyList<CommandWord> words, int index, string line)
    {
        var creates = false;
        for (var i = 1; i < words.Count; i++)
        {
            creates |= words[i].Text.Equals("/create", StringComparison.OrdinalIgnoreCase);
            if (creates && words[i].Text.Equals("/tr", StringComparison.OrdinalIgnoreCase) && i + 1 < words.Count)
            {
                var before = acts.Acts.Count;
                var command = words[i + 1];
                RunLine(command, index, CodeLanguage.Batch);
                var grave = CommandIsGrave(command.Text, before);
                var certain = grave || words.Any(static w => w.Text.Equals("system", StringComparison.OrdinalIgnoreCase) || w.Text.Equals("onlogon", StringComparison.OrdinalIgnoreCase) || w.Text.Equals("onstart", StringComparison.OrdinalIgnoreCase));
                Add(Deed.Persist, index, "schtasks /create", command.Text, Origin.None, null, line, certain ? Confidence.High : Confidence.Medium);
            }
        }

        return CommandOutput.Nothing;
    }

    /// <summary>Whether a command that is to start by itself does what honest ones do not.</summary>
    public bool CommandIsGrave(string command, int actsBefore)
    {
        for (var i = actsBefore; i < acts.Acts.Count; i++)
        {
            if (acts.Acts[i] is { Deed: not (Deed.RunSibling or Deed.WriteFile or Deed.Install), Confidence: >= Confidence.Medium })
                return true;
        }

        return command.Contains("%temp%", StringComparison.OrdinalIgnoreCase) || command.Contains("%appdata%", StringComparison.OrdinalIgnoreCase) || command.Contains("%localappdata%", StringComparison.OrdinalIgnoreCase)
            || command.Contains("\\appdata\\", StringComparison.OrdinalIgnoreCase) || command.Contains("%public%", StringComparison.OrdinalIgnoreCase) || command.Contains("\\users\\public\\", StringComparison.OrdinalIgnoreCase) || command.Contains("%programdata%", StringComparison.OrdinalIgnoreCase);
    }

    private CommandOutput Reg(IReadOnlyList<CommandWord> words, int index, string line)
    {
        if (words.Count < 3)
            return CommandOutput.Nothing;
        if (words[1].Text.Equals("import", StringComparison.OrdinalIgnoreCase))
            return File(words[2].Text, words, index, line);
        if (words[1].Text.Equals("query", StringComparison.OrdinalIgnoreCase))
            return new CommandOutput(null, Origin.Machine);
        if (!words[1].Text.Equals("add", StringComparison.OrdinalIgnoreCase))
            return CommandOutput.Nothing;
        string name = "", data = "";
        for (var i = 3; i + 1 < words.Count; i++)
        {
            if (words[i].Text.Equals("/v", StringComparison.OrdinalIgnoreCase))
                name = words[i + 1].Text;
            else if (words[i].Text.Equals("/d", StringComparison.OrdinalIgnoreCase))
                data = words[i + 1].Text;
        }

        Registry(words[2].Text, name, data, index, line);
        return CommandOutput.Nothing;
    }

    /// <summary>A value of the registry is set.</summary>
    public void Registry(string key, string name, string data, int index, string line)
    {
        var place = name.Length > 0 ? key + "\\" + name : key;
        if (WindowsTable.OfPlace(place) is not { } meaning || meaning.Deed == Deed.ReadSecret)
            return;
        // Guards are switched off by 1 where the name says so, by 0 otherwise.
        var switchesOff = name.StartsWith("Disable", StringComparison.OrdinalIgnoreCase);
        if (meaning.Deed == Deed.DisableProtection && data.Length > 0 && (switchesOff ? data is "0" or "0x0" : data is "1" or "0x1" or "5" or "2" && !place.Contains("exclusions", StringComparison.OrdinalIgnoreCase) && !place.Contains("spynet", StringComparison.OrdinalIgnoreCase)))
            return;
        Add(meaning.Deed, index, "registry", place, Origin.None, null, line, meaning.Confidence);
        if (meaning.Deed is Deed.Persist or Deed.Elevate && data.Length > 3)
            Inner(CodeLanguage.Batch, data, index);
    }

    private void Delete(string program, List<string> arguments, int index, string line)
    {
        var recursive = program is "deltree" || arguments.Exists(static a => a.Equals("/s", StringComparison.OrdinalIgnoreCase) || a.Contains("/s/", StringComparison.OrdinalIgnoreCase) || a.EndsWith("/s", StringComparison.OrdinalIgnoreCase) || (a.Length > 2 && "-recurse".StartsWith(a, StringComparison.OrdinalIgnoreCase)));
        foreach (var argument in arguments)
        {
            if (argument.Length < 2 || (argument[0] is '/' or '-' && argument.Length < 5))
                continue;
            if (recursive && IsPrecious(argument))
                Add(Deed.Destroy, index, program, argument, Origin.None, null, line);
            else if (IsSelf(argument))
                Add(Deed.Hide, index, program, argument, Origin.None, null, line, Confidence.Low);
        }
    }

    /// <summary>Whether everything of a person or of the system lies below a path.</summary>
    public static bool IsPrecious(string path)
    {
        var key = FileLedger.Key(path).TrimEnd('*', '.').TrimEnd('/').TrimEnd('*').TrimEnd('/');
        if (key is "%userprofile%" or "%systemdrive%" or "%systemroot%" or "%windir%" or "%homepath%" or "%homedrive%%homepath%" or "%appdata%" or "%localappdata%" or "%programfiles%" or "~" or "$home" or "%public%" or "$env:userprofile")
            return true;
        if (key.Length == 2 && char.IsAsciiLetter(key[0]) && key[1] == ':')
            return true;
        foreach (var tail in (ReadOnlySpan<string>)["documents", "desktop", "pictures", "downloads", "onedrive", "videos"])
        {
            if (key == "%userprofile%/" + tail || key == "~/" + tail || key == "$home/" + tail)
                return true;
        }

        return key is "c:/windows" or "c:/windows/system32" or "c:/users" or "%systemroot%/system32" or "%windir%/system32" or "%systemdrive%/users" or "c:/program files";
    }

    private void Copy(string program, List<string> arguments, int index, string line)
    {
        var operands = arguments.FindAll(static a => a.Length > 0 && !(a[0] is '/' or '-' && a.Length < 14));
        if (operands.Count < 2)
            return;
        var (from, to) = (operands[0], operands[^1]);
        if (IsSelf(from) || from is "%~f0")
            from = FileLedger.Self;
        var known = acts.Files.Find(from);
        if (WindowsTable.OfPlace(from) is { Deed: Deed.ReadSecret } secret)
        {
            Add(Deed.ReadSecret, index, program, from, Origin.None, null, line, secret.Confidence);
            known = new WrittenFile(Origin.Secret, from, null, []);
        }

        if (CommandLine.IsShare(from))
            known = new WrittenFile(Origin.Network, from, null, []);
        var target = to.EndsWith('\\') || to.EndsWith('/') ? to + from[(from.LastIndexOfAny(['\\', '/']) + 1)..] : to;
        if (known is not null)
            acts.Files.Write(target, known);
        Place(target.EndsWith("startup", StringComparison.OrdinalIgnoreCase) ? target + "\\x" : target, known, index, line);
    }

    private CommandOutput Content(List<string> arguments)
    {
        foreach (var path in arguments)
        {
            if (path.Length == 0 || path[0] == '/')
                continue;
            var written = acts.Files.Find(IsSelf(path) ? FileLedger.Self : path);
            if (written is not null)
                return new CommandOutput(written.Text, written.From | Origin.File, written.Source, written.Decoders);
            if (WindowsTable.OfPlace(path) is { Deed: Deed.ReadSecret })
                return new CommandOutput(null, Origin.Secret | Origin.File, path);
        }

        return new CommandOutput(null, Origin.File);
    }

    private void FtpScript(string path, int index, string line)
    {
        var text = acts.Files.Find(path)?.Text;
        if (text is null)
            return;
        string? host = null;
        foreach (var row in text.Split('\n'))
        {
            var words = row.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 1 && words[0].Equals("open", StringComparison.OrdinalIgnoreCase))
                host = words[1];
            else if (words.Length > 1 && words[0].Equals("get", StringComparison.OrdinalIgnoreCase))
                Download(index, "ftp", "ftp://" + host + "/" + words[1], words[^1], line);
        }
    }
}
