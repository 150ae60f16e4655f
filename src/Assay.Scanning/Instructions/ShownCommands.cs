namespace Assay.Scanning;

/// <summary>Code that a text shows to its reader: which language it is in, without the prompts of a console.</summary>
internal static class ShownCommands
{
    private const int MaxInline = 2000;

    private static readonly System.Buffers.SearchValues<char> CommandMarks = System.Buffers.SearchValues.Create(" |&;(${");

    private static readonly Dictionary<string, CodeLanguage> ByInfo = new(StringComparer.Ordinal)
    {
        ["bash"] = CodeLanguage.Shell,
        ["sh"] = CodeLanguage.Shell,
        ["shell"] = CodeLanguage.Shell,
        ["zsh"] = CodeLanguage.Shell,
        ["fish"] = CodeLanguage.Shell,
        ["console"] = CodeLanguage.Shell,
        ["shell-session"] = CodeLanguage.Shell,
        ["shellsession"] = CodeLanguage.Shell,
        ["terminal"] = CodeLanguage.Shell,
        ["commandline"] = CodeLanguage.Shell,
        ["cli"] = CodeLanguage.Shell,
        ["linux"] = CodeLanguage.Shell,
        ["powershell"] = CodeLanguage.PowerShell,
        ["ps1"] = CodeLanguage.PowerShell,
        ["pwsh"] = CodeLanguage.PowerShell,
        ["ps"] = CodeLanguage.PowerShell,
        ["posh"] = CodeLanguage.PowerShell,
        ["bat"] = CodeLanguage.Batch,
        ["batch"] = CodeLanguage.Batch,
        ["cmd"] = CodeLanguage.Batch,
        ["dos"] = CodeLanguage.Batch,
        ["winbatch"] = CodeLanguage.Batch,
        ["batchfile"] = CodeLanguage.Batch,
        ["python"] = CodeLanguage.Python,
        ["py"] = CodeLanguage.Python,
        ["python3"] = CodeLanguage.Python,
        ["ipython"] = CodeLanguage.Python,
        ["pycon"] = CodeLanguage.Python,
        ["python-repl"] = CodeLanguage.Python,
        ["ipython3"] = CodeLanguage.Python,
        ["javascript"] = CodeLanguage.JavaScript,
        ["js"] = CodeLanguage.JavaScript,
        ["node"] = CodeLanguage.JavaScript,
        ["typescript"] = CodeLanguage.JavaScript,
        ["ts"] = CodeLanguage.JavaScript,
        ["mjs"] = CodeLanguage.JavaScript,
        ["vbs"] = CodeLanguage.VbScript,
        ["vbscript"] = CodeLanguage.VbScript,
        ["perl"] = CodeLanguage.Perl,
        ["dockerfile"] = CodeLanguage.Dockerfile,
        ["docker"] = CodeLanguage.Dockerfile,
    };

    private static readonly HashSet<string> DataInfos = new(StringComparer.Ordinal)
    {
        "json", "jsonl", "json5", "yaml", "yml", "toml", "ini", "xml", "html", "css", "csv", "diff", "patch", "latex", "tex", "bibtex", "bib", "mermaid", "sql", "output", "log", "markdown", "md", "jinja", "jinja2", "c", "cpp", "c++", "java",
        "go", "rust", "r", "julia", "csharp", "cs", "swift", "kotlin", "cuda", "matlab", "lua", "haskell", "scala", "graphql", "http", "protobuf", "citation", "math", "svg",
    };

    private static readonly HashSet<string> Interpreters = new(StringComparer.OrdinalIgnoreCase)
    {
        "python", "python3", "py", "python.exe", "pythonw", "bash", "sh", "zsh", "source", ".", "node", "perl", "ruby", "cmd", "cmd.exe", "powershell", "powershell.exe", "pwsh", "start", "call", "wscript", "cscript", "mshta", "sudo", "chmod", "torchrun",
        "accelerate", "deepspeed", "uv", "poetry", "conda", "exec", "nohup", "streamlit", "gradio", "wine", "open", "xdg-open", "msiexec", "uvx", "pipx", "npx", "java", "CUDA_VISIBLE_DEVICES=0", "time", "env", "&", "bun", "deno", "rundll32", "regsvr32",
    };

    /// <summary>Words that begin a command wherever they stand; what follows tells whether it is one.</summary>
    private static readonly string[] Openers =
    [
        "powershell", "pwsh", "curl", "wget", "mshta", "cmd /", "cmd.exe", "bash -c", "sh -c", "bash <(", "irm", "iwr", "iex", "certutil", "python -c", "python3 -c", "rundll32", "regsvr32", "msiexec", "bitsadmin", "invoke-", "set-mppreference",
        "add-mppreference", "eval ", "sudo ", "nc ", "start-process", "echo ", "schtasks", "reg add", "netsh", "osascript", "base64 ", "pip install", "npx ", "node -e", "perl -e", "wscript", "cscript", "conhost", "forfiles", "ssh ", "finger ",
    ];

    /// <summary>Whether a word starts what follows it.</summary>
    public static bool IsInterpreter(string word) => Interpreters.Contains(word);

    /// <summary>Splits a block of code off its prompts, and says in which language it is; null for data and for what is no code.</summary>
    public static (CodeLanguage Language, Piece Code)? Of(Piece block)
    {
        if (DataInfos.Contains(block.Info))
            return null;
        var named = ByInfo.GetValueOrDefault(block.Info);
        var (code, prompt) = WithoutPrompts(block);
        var language = prompt ?? named;
        if (named == CodeLanguage.Python && prompt is null)
            language = CodeLanguage.Python;
        if (language is CodeLanguage.None or CodeLanguage.Shell)
            language = ByContent(code.Text, language);
        return language == CodeLanguage.None ? null : (language, code);
    }

    /// <summary>A command in running text, when it is one: <c>curl … | sh</c>.</summary>
    /// <param name="text">A span of code, or the rest of a line.</param>
    public static CodeLanguage Inline(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        if (text.Length is < 6 or > MaxInline || !text.ContainsAny(CommandMarks))
            return CodeLanguage.None;
        if (text.StartsWith("$ "))
            text = text[2..];
        foreach (var opener in Openers)
        {
            if (text.StartsWith(opener, StringComparison.OrdinalIgnoreCase))
                return ByContent(text.ToString(), CodeLanguage.Shell);
        }

        return text.Contains("| sh", StringComparison.Ordinal) || text.Contains("| bash", StringComparison.Ordinal) || text.Contains("| iex", StringComparison.OrdinalIgnoreCase) || text.Contains("|iex", StringComparison.OrdinalIgnoreCase)
            || text.Contains("|bash", StringComparison.Ordinal) || text.Contains("|sh", StringComparison.Ordinal)
            ? ByContent(text.ToString(), CodeLanguage.Shell)
            : CodeLanguage.None;
    }

    /// <summary>Commands that stand in running text without any mark: their first characters, in order, bounded.</summary>
    public static List<(int Start, int End)> Unmarked(string text)
    {
        var found = new List<(int, int)>();
        var from = 0;
        for (var tries = 0; tries < 60 && found.Count < 20 && from < text.Length; tries++)
        {
            int best = -1, length = 0;
            foreach (var opener in Openers)
            {
                // What runs or fetches; the rest is read in spans of code only.
                if (opener is "echo " or "sudo " or "eval " or "pip install" or "npx " or "nc " or "ssh " or "base64 " or "finger " or "iex" or "cmd.exe")
                    continue;
                var at = text.IndexOf(opener, from, StringComparison.OrdinalIgnoreCase);
                if (at >= 0 && (best < 0 || at < best) && (at == 0 || !(char.IsLetterOrDigit(text[at - 1]) && text[at - 1] < 0x2E80) && text[at - 1] is not ('-' or '/' or '_' or '.')))
                    (best, length) = (at, opener.Length);
            }

            if (best < 0)
                break;
            var end = text.IndexOf('\n', best);
            end = Math.Min(end < 0 ? text.Length : end, best + MaxInline);
            if (HasArguments(text.AsSpan(best + length, end - best - length), text[best + length - 1] is '-'))
            {
                found.Add((best, end));
                from = end;
            }
            else
            {
                from = best + length;
            }
        }

        return found;
    }

    /// <summary>Whether what follows a command are its arguments, and not the rest of a sentence about it.</summary>
    private static bool HasArguments(ReadOnlySpan<char> rest, bool goesOn)
    {
        if (rest.StartsWith(".exe", StringComparison.OrdinalIgnoreCase))
            rest = rest[4..];
        // "Invoke-" goes on as "Invoke-WebRequest".
        if (rest is [>= 'A' and <= 'z', ..])
            return goesOn;
        rest = rest.TrimStart();
        if (rest.IsEmpty)
            return false;
        return rest[0] is '-' or '/' or '"' or '\'' or '(' or '$' or '<' or '[' or '{' or '&' || rest.StartsWith("http", StringComparison.OrdinalIgnoreCase)
            || rest.StartsWith("HK", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("advfirewall", StringComparison.OrdinalIgnoreCase)
            || rest.StartsWith("iex", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("irm", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("iwr", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The files of the repository that a line of a console starts, and what it installs.</summary>
    /// <param name="line">One command line.</param>
    public static (List<FileMention> Files, string? Installs) Starts(ReadOnlySpan<char> line)
    {
        var files = FileMention.Find(line);
        string? installs = null;
        var pip = line.IndexOf("pip install", StringComparison.Ordinal);
        if (pip < 0)
            pip = line.IndexOf("pip3 install", StringComparison.Ordinal);
        if (pip >= 0)
        {
            foreach (var range in line[pip..].Split(' '))
            {
                var word = line[pip..][range];
                if (word is "." || word.StartsWith("./") || word.StartsWith(".["))
                    installs = "setup.py";
                else if (word.StartsWith("git+") || word.EndsWith(".whl") || word.StartsWith("http"))
                    installs = word.ToString();
                else if (word.EndsWith(".txt"))
                    installs ??= word.ToString();
            }
        }

        if (line.Contains("setup.py install", StringComparison.Ordinal) || line.Contains("setup.py develop", StringComparison.Ordinal))
            installs = "setup.py";
        if (line.StartsWith("npm install") || line.StartsWith("npm i ") || line is "npm i" or "npm ci")
            installs ??= "package.json";
        // What is written, copied or shown is not started.
        var first = line.TrimStart();
        var end = first.IndexOf(' ');
        if (end > 0 && first[..end] is "cat" or "cp" or "mv" or "rm" or "nano" or "vim" or "vi" or "git" or "ls" or "touch" or "echo" or "type" or "copy" or "del" or "curl" or "wget" or "scp" or "code" or "less" or "head" or "diff" && !first.ContainsAny("|;&"))
            files.Clear();
        return (files, installs);
    }

    /// <summary>Takes prompts off. Where there are any, what has none is output.</summary>
    private static (Piece Code, CodeLanguage? Prompt) WithoutPrompts(Piece block)
    {
        var text = block.Text;
        CodeLanguage? kind = null;
        for (var at = 0; at < text.Length; at = NextLine(text, at))
        {
            var (length, language) = Prompt(text.AsSpan(at, LineEnd(text, at) - at));
            if (length == 0)
                continue;
            // Lines of Python that begin with dots or brackets are told by the first one.
            kind = language;
            break;
        }

        if (kind is null)
            return (block, null);
        var code = new PieceText();
        var continues = false;
        for (var at = 0; at < text.Length; at = NextLine(text, at))
        {
            var end = LineEnd(text, at);
            var line = text.AsSpan(at, end - at);
            var (length, _) = Prompt(line);
            if (length == 0 && kind == CodeLanguage.Python && line.StartsWith("..."))
                length = Math.Min(line.Length, 4);
            if (length > 0 || continues)
            {
                code.Add(line[length..], block.At(at + length));
                code.Add('\n', block.At(end));
                continues = line.EndsWith("\\") || (kind == CodeLanguage.PowerShell && line.EndsWith("`")) || (kind == CodeLanguage.Batch && line.EndsWith("^"));
            }
        }

        return (code.Take(PieceKind.Code, block.Info) ?? block, kind);
    }

    private static (int Length, CodeLanguage Language) Prompt(ReadOnlySpan<char> line)
    {
        var trimmed = line.TrimStart();
        var skipped = line.Length - trimmed.Length;
        if (trimmed.StartsWith(">>> "))
            return (skipped + 4, CodeLanguage.Python);
        if (trimmed.StartsWith("$ ") || trimmed.StartsWith("% ") || trimmed.StartsWith("❯ ") || trimmed.StartsWith("➜ "))
            return (skipped + 2, CodeLanguage.Shell);
        if (trimmed.StartsWith("PS ") && trimmed.IndexOf("> ") is > 0 and < 100 and var end)
            return (skipped + end + 2, CodeLanguage.PowerShell);
        if (trimmed.Length > 3 && char.IsAsciiLetter(trimmed[0]) && trimmed[1] == ':' && trimmed[2] == '\\' && trimmed.IndexOf('>') is > 0 and < 100 and var close)
            return (skipped + close + 1, CodeLanguage.Batch);
        // user@host:~$ command, (env) user@host:~$ command, [user@host dir]# command
        if (trimmed.IndexOf('@') is > 0 and < 40 && trimmed.IndexOfAny("$#") is > 0 and < 80 and var mark && mark + 1 < trimmed.Length && trimmed[mark + 1] == ' ' && !trimmed[..mark].Contains("://", StringComparison.Ordinal) && (trimmed[..mark].Contains(':') || trimmed[0] == '['))
            return (skipped + mark + 2, CodeLanguage.Shell);
        if (trimmed.StartsWith("> ") && trimmed.Length > 3 && char.IsAsciiLetter(trimmed[2]))
            return (skipped + 2, CodeLanguage.Shell);
        return default;
    }

    private static int LineEnd(string text, int at)
    {
        var end = text.IndexOf('\n', at);
        return end < 0 ? text.Length : end;
    }

    private static int NextLine(string text, int at) => LineEnd(text, at) + 1;

    /// <summary>By what a language cannot do without; <paramref name="otherwise"/> where nothing tells.</summary>
    private static CodeLanguage ByContent(string text, CodeLanguage otherwise)
    {
        int shell = 0, windows = 0, power = 0, python = 0, script = 0;
        var lines = 0;
        foreach (var raw in text.AsSpan().EnumerateLines())
        {
            var line = raw.Trim();
            if (line.IsEmpty || line[0] == '#' || ++lines > 60)
                continue;
            var end = line.IndexOfAny(" \t(");
            var word = end < 0 ? line : line[..end];
            if (word.StartsWith("$env:", StringComparison.OrdinalIgnoreCase) || (word is ['$', ..] && line.Contains(" = ", StringComparison.Ordinal)) || IsCmdlet(word) || word.Equals("iex", StringComparison.OrdinalIgnoreCase) || word is "irm" or "iwr"
                || line.Contains("| iex", StringComparison.OrdinalIgnoreCase) || line.Contains("|iex", StringComparison.OrdinalIgnoreCase) || word is ['[', ..] && line.Contains("]::", StringComparison.Ordinal))
            {
                power += 2;
            }
            else if (word.StartsWith("powershell", StringComparison.OrdinalIgnoreCase) || word.Equals("cmd", StringComparison.OrdinalIgnoreCase) || word.Equals("cmd.exe", StringComparison.OrdinalIgnoreCase) || word.Equals("certutil", StringComparison.OrdinalIgnoreCase)
                || word.Equals("mshta", StringComparison.OrdinalIgnoreCase) || word is "reg" or "schtasks" or "bitsadmin" or "rundll32" or "regsvr32" or "set" or "netsh" or "call" or "msiexec" or "forfiles" or "conhost" || word.StartsWith("@echo", StringComparison.OrdinalIgnoreCase)
                || word.EndsWith(".bat", StringComparison.OrdinalIgnoreCase) || word.EndsWith(".exe", StringComparison.OrdinalIgnoreCase) || word.EndsWith(".cmd", StringComparison.OrdinalIgnoreCase))
            {
                windows += 2;
            }
            else if (word is "import" or "from" or "def" or "class" or "with" or "print" or "for" or "elif" or "exec" && (line.EndsWith(":") || word is "import" or "print" or "exec" || line.Contains(" import ", StringComparison.Ordinal)))
            {
                python += 2;
            }
            else if (word is "const" or "let" or "var" or "require" or "async" || line.Contains("=> {", StringComparison.Ordinal))
            {
                script += 2;
            }
            else if (IsShellWord(word))
            {
                shell += 2;
            }
        }

        var most = Math.Max(Math.Max(shell, windows), Math.Max(power, Math.Max(python, script)));
        if (most == 0)
            return otherwise;
        return power == most ? CodeLanguage.PowerShell : windows == most ? CodeLanguage.Batch : shell == most || otherwise == CodeLanguage.Shell ? CodeLanguage.Shell : python == most ? CodeLanguage.Python : CodeLanguage.JavaScript;
    }

    private static bool IsCmdlet(ReadOnlySpan<char> word)
    {
        var dash = word.IndexOf('-');
        return dash is >= 2 and <= 10 && dash + 2 < word.Length && !word.ContainsAny("./_:") && word[..dash] is var verb
            && (verb.Equals("Invoke", StringComparison.OrdinalIgnoreCase) || verb.Equals("Set", StringComparison.OrdinalIgnoreCase) || verb.Equals("Add", StringComparison.OrdinalIgnoreCase) || verb.Equals("New", StringComparison.OrdinalIgnoreCase)
                || verb.Equals("Start", StringComparison.OrdinalIgnoreCase) || verb.Equals("Get", StringComparison.OrdinalIgnoreCase) || verb.Equals("Remove", StringComparison.OrdinalIgnoreCase) || verb.Equals("Import", StringComparison.OrdinalIgnoreCase)
                || verb.Equals("Write", StringComparison.OrdinalIgnoreCase) || verb.Equals("Expand", StringComparison.OrdinalIgnoreCase) || verb.Equals("Unblock", StringComparison.OrdinalIgnoreCase) || verb.Equals("Register", StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsShellWord(ReadOnlySpan<char> word) =>
        word is "pip" or "pip3" or "python" or "python3" or "curl" or "wget" or "git" or "cd" or "sudo" or "bash" or "sh" or "zsh" or "source" or "export" or "conda" or "apt" or "apt-get" or "brew" or "docker" or "npm" or "npx" or "chmod" or "mkdir" or "echo"
            or "eval" or "uv" or "make" or "cmake" or "huggingface-cli" or "hf" or "nc" or "rm" or "cat" or "tar" or "unzip" or "nohup" or "crontab" or "xattr" or "osascript" or "base64" or "ssh" or "printf" or "perl" or "node" or "ollama" or "vllm" or "yum" or "dnf" or "snap"
        || word.StartsWith("./") || word.EndsWith(".sh");
}
