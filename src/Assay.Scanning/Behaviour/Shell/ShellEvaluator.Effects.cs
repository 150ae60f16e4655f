using System.Buffers;
using Assay.Formats.Shell;

namespace Assay.Scanning;

/// <summary>What commands do to files, to the system, and with other computers.</summary>
internal sealed partial class ShellEvaluator
{
    private const int MaxFiles = 2000;

    private static readonly SearchValues<string> Pools = SearchValues.Create(["stratum+tcp://", "stratum+ssl://", "stratum+tls://", "stratum1+", "stratum2+", "\"donate-level\"", "randomx", "minexmr", "supportxmr", "moneroocean", "nanopool", "2miners", "hashvault", "c3pool"], StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<string> Guards = SearchValues.Create(
        ["auditd", "falcon", "crowdstrike", "clamav", "clamd", "freshclam", "osquery", "wazuh", "ossec", "sentinelone", "mdatp", "cbdaemon", "cbagentd", "sophos", "esets", "aegis", "aliyun", "cloudmonitor", "yunjing", "qcloud", "bcm-si", "rkhunter", "chkrootkit", "littlesnitch", "little snitch", "lulu", "blockblock", "knockknock", "santa", "xprotect", "defender", "kaspersky", "mcafee", "symantec", "sysmon", "syslog", "bitdefender", "avast", "malwarebytes"],
        StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<char> Base58 = SearchValues.Create("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz");

    private static readonly SearchValues<string> Walls = SearchValues.Create(["apparmor", "firewalld", "iptables", "ufw", "fail2ban", "selinux", "nftables"], StringComparison.OrdinalIgnoreCase);

    /// <summary>A path against the folder in which the script is.</summary>
    private string Place(string path)
    {
        path = ShellPaths.Normal(path);
        while (path.StartsWith("../", StringComparison.Ordinal) && _folder.Length > 0)
        {
            var cut = _folder.LastIndexOf('/');
            if (cut < 0)
                return path[3..];
            return _folder[..cut] + "/" + path[3..];
        }

        if (path is ".." or "-")
            return _folder.LastIndexOf('/') is > 0 and var up ? _folder[..up] : "";
        if (path is "." or "")
            return _folder;
        return path[0] is '/' or '~' or '$' || _folder.Length == 0 ? path.TrimEnd('/') : _folder + "/" + path.TrimEnd('/');
    }

    private ShellValue? FileOf(string path)
    {
        if (_files.TryGetValue(Place(path), out var value))
            return value;
        if (path.AsSpan().ContainsAny("*?["))
        {
            var pattern = Place(path);
            foreach (var (name, content) in _files)
            {
                if (content.From != Origin.None && ShellText.Fits(name, pattern))
                    return content;
            }
        }

        return null;
    }

    private ShellValue ReadFile(ShellValue file, int index)
    {
        if (file.Content is { } made)
            return made;
        var path = file.Text;
        if (PeerOf(path) is { } peer)
            return FromPeer(peer, index);
        if (path is "/dev/stdin" or "-")
            return _stdin ?? ShellValue.Unknown;
        if (path == "$0" || (unit.FileName.Length > 0 && Place(path) == unit.FileName))
            return new ShellValue(unit.Depth == 0 ? unit.Text : "") { Known = unit.Depth == 0 };
        if (path is "/etc/passwd" or "/proc/cpuinfo" or "/etc/hostname" or "/etc/machine-id" or "/etc/hosts")
            return new ShellValue("") { Known = false, From = path is "/etc/passwd" or "/etc/machine-id" ? Origin.Machine : Origin.File, Source = path };
        if (FileOf(path) is { } known)
            return known;
        if (file.From.HasFlag(Origin.Secret) && !file.Known && file.Source is not null && file.Source[0] != '$')
            return new ShellValue("") { Known = false, From = Origin.Secret, Source = file.Source };
        var grade = ShellPaths.Secret(path);
        if (grade != SecretGrade.None)
        {
            ReadSecretAct(path, index, grade switch { SecretGrade.Hoard => Confidence.High, SecretGrade.Credential => Confidence.Medium, _ => Confidence.Low });
            return new ShellValue("") { Known = false, From = Origin.Secret, Source = path };
        }

        var folder = Place(path);
        foreach (var (name, content) in _files)
        {
            if (content.From.HasFlag(Origin.Secret) && name.StartsWith(folder + "/", StringComparison.Ordinal))
                return content.Opaque();
        }

        return new ShellValue("") { Known = false, From = Origin.File | (file.From & Origin.Network), Source = file.From.HasFlag(Origin.Network) ? file.Source : path };
    }

    private void ReadSecretAct(string path, int index, Confidence confidence) =>
        Report(new Act { Deed = Deed.ReadSecret, Index = index, Call = "read", Subject = path, From = Origin.File, Source = path, Evidence = Evidence(path), Language = unit.Language, Confidence = confidence });

    private void Write(ShellValue file, ShellValue value, bool append, int index)
    {
        var path = file.Text;
        if (path.Length == 0 || path is "/dev/null" or "/dev/stdout" or "/dev/stderr" or "/dev/tty" or "-" || file.Content is not null)
            return;
        if (ShellPaths.IsDevice(path))
        {
            ReportDestroy("> " + path, path, index, ShellPaths.IsSystemDisk(path) ? Confidence.High : Confidence.Low);
            return;
        }

        var key = Place(path);
        if (path.EndsWith("_history", StringComparison.Ordinal) && !append)
            NoteHistory([new ShellValue("> " + path)], index);
        if (key is "/selinux/enforce" or "/sys/fs/selinux/enforce")
            ReportGuard(">", path, index, Confidence.Medium);
        // Init scripts of distributions write nothing into the kernel's hooks, which switches them off.
        if (ShellPaths.Start(key) is var place && place != StartPlace.None && !(place == StartPlace.Escape && value.Known && string.IsNullOrWhiteSpace(value.Text)))
            JudgeStart(place, path, value, index);
        if (value.Known && value.Text.AsSpan().IndexOfAny(Pools) >= 0 && (value.Text.Contains("stratum", StringComparison.OrdinalIgnoreCase) || value.Text.Contains("donate-level", StringComparison.Ordinal)))
            Report(new Act { Deed = Deed.Mine, Index = index, Call = "> " + path, Evidence = Evidence(Shorten(value.Text)), Language = unit.Language });
        if (_files.Count < MaxFiles)
            _files[key] = append && _files.TryGetValue(key, out var before) ? Grown(before, value) : value with { IsPattern = false, IsHidden = false };
    }

    private static string Shorten(string text) => text.Length <= 600 ? text : text[..600] + "…";

    /// <summary>A file is started, by itself or by an interpreter.</summary>
    private void RunFile(ShellValue file, CodeLanguage? language, List<ShellValue> words, int index, ShellValue? stdin = null)
    {
        var path = file.Text;
        var shown = Render(words);
        var content = path is "/dev/stdin" or "-" ? stdin : file.Content ?? FileOf(path);
        if (content is not null && content.Source != "fifo")
        {
            ReportRun(language is null ? Deed.RunProgram : Deed.RunCode, content, words[0].Text, shown, index);
            if (content.Known && content.Text.Length > 0 && _depth < MaxDepth)
            {
                var outer = _positional;
                _positional = words.Count > 1 ? words[(language is null ? 1 : Math.Min(2, words.Count))..] : [];
                var written = language ?? LanguageGuess.Of(path, content.Text) switch { CodeLanguage.None or CodeLanguage.Prose => CodeLanguage.Shell, var guess => guess };
                if (written == CodeLanguage.Shell)
                    RunShell(content, index);
                else
                    RunOther(written, content, index);
                _positional = outer;
            }

            return;
        }

        var place = Place(path);
        foreach (var (folder, stem, value, isClone) in _unpacked)
        {
            if (!IsInside(place, folder, stem, isClone, language))
                continue;
            var name = place[(place.LastIndexOf('/') + 1)..];
            if (isClone || name is "configure" or "Configure" or "config" or "autogen.sh" or "bootstrap.sh" or "bootstrap" or "setup.py" or "b2" or "gradlew" or "mvnw" or "buildconf")
            {
                // To build what was fetched is how programs are installed from source.
                ReportRun(Deed.RunProgram, value, words[0].Text, shown, index, HostReputation.Of(value.Source ?? "") is HostKind.RawAddress or HostKind.KnownBad or HostKind.FileDrop or HostKind.Tunnel or HostKind.DeadDrop ? Confidence.High : Confidence.Low);
                return;
            }

            ReportRun(Deed.RunProgram, value, words[0].Text, shown, index, _madeRunnable.Contains(place) || language is null ? Confidence.High : Confidence.Medium);
            return;
        }

        if (path.Length > 0 && path.Length < 512 && !path.StartsWith("/usr/", StringComparison.Ordinal) && !path.StartsWith("/etc/", StringComparison.Ordinal) && !path.StartsWith("/opt/", StringComparison.Ordinal) && !path.StartsWith("/bin/", StringComparison.Ordinal))
        {
            var sibling = place.StartsWith("$0/", StringComparison.Ordinal) ? place[3..] : place;
            Report(new Act { Deed = Deed.RunSibling, Index = index, Call = words[0].Text, Subject = sibling, Files = [sibling], Evidence = Evidence(shown), Language = unit.Language });
        }
    }

    /// <summary>Whether a started file came out of an archive or clone: data sets are unpacked beside programs all the time, so its place or name must say so.</summary>
    private static bool IsInside(string place, string folder, string stem, bool isClone, CodeLanguage? language)
    {
        if (folder.Length > 0 && !place.StartsWith(folder + "/", StringComparison.Ordinal))
            return false;
        var inside = folder.Length == 0 ? place : place[(folder.Length + 1)..];
        if (isClone)
            return folder.Length > 0;
        var slash = inside.IndexOf('/');
        var top = slash < 0 ? inside : inside[..slash];
        var isNamed = stem.Length >= 3 && (top.StartsWith(stem, StringComparison.OrdinalIgnoreCase) || stem.StartsWith(top.TrimEnd('*', '-'), StringComparison.OrdinalIgnoreCase) && top.Length >= 3);
        if (isNamed)
            return true;
        // A program without an ending, beside what was unpacked, is no script of the repository.
        return folder.Length > 0 ? language is null || slash > 0 : language is null && slash < 0 && !top.Contains('.');
    }

    private ShellValue Fetch(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, ShellValue? stdin, int index)
    {
        var shown = Render(words);
        var isWget = row.Detail == "wget";
        var urls = arguments.All("--url").Concat(arguments.Operands).Where(static o => o.Text.Length > 3 || !o.Known).ToList();
        if (row.Detail == "http")
            urls = [.. urls.Where(static u => u.Text is not ("GET" or "POST" or "PUT" or "HEAD" or "DELETE") && !u.Text.Contains("==", StringComparison.Ordinal)).Take(1)];
        if (row.Detail == "ftp")
            urls = [.. urls.Take(1)];
        if (arguments.First("-i", "--input-file") is { } list && isWget)
            urls.Add(ReadFile(list, index));
        if (urls.Count == 0 && stdin is not null && arguments.Has("-K", "-i"))
            urls.Add(stdin);
        if (urls.Count == 0)
            return ShellValue.Unknown;
        if (arguments.Has("-k", "--insecure", "--no-check-certificate"))
            Report(new Act { Deed = Deed.SkipTls, Index = index, Call = row.Name, Subject = urls[0].Text, Evidence = Evidence(shown), Language = unit.Language });
        var body = Body(row, arguments, stdin, index);
        foreach (var header in arguments.All("-H", "--header", "-A", "--user-agent", "-e", "--referer", "-b", "--cookie"))
        {
            // A token in a header is what it was made for; the content of a file or of the whole environment is not.
            if (header.From.HasFlag(Origin.Secret) && header.Source is { Length: > 0 } source && source[0] != '$' && !source.Contains("huggingface/token", StringComparison.Ordinal) && !header.Text.StartsWith("Authorization", StringComparison.OrdinalIgnoreCase))
                body = body is null ? header : ShellValue.Concat(body, header);
        }

        var output = ShellValue.Empty;
        foreach (var url in urls)
            output = ShellValue.Concat(output, FetchOne(row, arguments, url, body, shown, index));
        if (Target(row, arguments, urls[0]) is { } target)
        {
            if (target != "-")
            {
                foreach (var url in urls.Count > 1 && arguments.First("-o", "-O", "--output", "--output-document") is null ? urls : urls[..1])
                    Write(new ShellValue(urls.Count > 1 ? Target(row, arguments, url) ?? target : target), output with { Text = "", Known = false }, append: false, index);
                return ShellValue.Empty;
            }
        }

        return output;
    }

    private ShellValue FetchOne(ShellCommandRow row, ShellArguments arguments, ShellValue url, ShellValue? body, string shown, int index)
    {
        var address = url.Text.Length > 0 ? url.Text : url.Source ?? "";
        if (address.StartsWith("file://", StringComparison.Ordinal))
            return ReadFile(new ShellValue(address[7..]), index);
        var source = address.Length == 0 ? null : address;
        var hidden = url.From & Hidden;
        if (body is not null)
        {
            Report(new Act { Deed = Deed.Send, Index = index, Call = row.Name, Subject = source, From = (body.From & ~Origin.Network) | hidden, Source = body.Source, Evidence = Evidence(shown), Language = unit.Language, Decoders = url.Decoders, Confidence = SendConfidence(body, address) });
        }
        else
        {
            if (url.From.HasFlag(Origin.Secret) && !IsOwnToken(url.Source, address))
                Report(new Act { Deed = Deed.Send, Index = index, Call = row.Name, Subject = source, From = Origin.Secret | hidden, Source = url.Source, Evidence = Evidence(shown), Language = unit.Language, Confidence = SendConfidence(url, address) });
            else if (url.From.HasFlag(Origin.Machine))
                Report(new Act { Deed = Deed.Send, Index = index, Call = row.Name, Subject = source, From = Origin.Machine | hidden, Source = url.Source, Evidence = Evidence(shown), Language = unit.Language, Confidence = Confidence.Medium });
            Report(new Act { Deed = Deed.Download, Index = index, Call = row.Name, Subject = source, From = hidden, Evidence = Evidence(shown), Language = unit.Language, Decoders = url.Decoders, Confidence = url.Known ? Confidence.High : Confidence.Medium });
        }

        var isMetadata = (address.Contains("169.254.169.254", StringComparison.Ordinal) || address.Contains("metadata.google.internal", StringComparison.Ordinal) || address.Contains("100.100.100.200", StringComparison.Ordinal) || address.Contains("169.254.170.2", StringComparison.Ordinal))
            && (address.Contains("security-credentials", StringComparison.Ordinal) || address.Contains("/token", StringComparison.Ordinal) && address.Contains("service-accounts", StringComparison.Ordinal) || address.Contains("identity/oauth2", StringComparison.Ordinal) || address.Contains("169.254.170.2", StringComparison.Ordinal));
        if (isMetadata)
            ReadSecretAct(address, index, Confidence.Medium);
        return new ShellValue("") { Known = false, From = Origin.Network | hidden | (isMetadata ? Origin.Secret : Origin.None), Source = source, Decoders = url.Decoders };
    }

    private static Confidence SendConfidence(ShellValue what, string address) =>
        what.Source is { Length: > 0 } source && source[0] == '$' && !IsNotable(source) ? Confidence.Low : IsOwnToken(what.Source, address) ? Confidence.Low : Confidence.High;

    /// <summary>Whether a token says by its name to whom it belongs, so that nobody else should get it.</summary>
    private static bool IsNotable(string variable) =>
        variable.Contains("AWS_", StringComparison.Ordinal) || variable.Contains("HF_", StringComparison.Ordinal) || variable.Contains("HUGGING", StringComparison.Ordinal) || variable.Contains("GITHUB_", StringComparison.Ordinal) || variable.Contains("OPENAI", StringComparison.Ordinal)
        || variable.Contains("ANTHROPIC", StringComparison.Ordinal) || variable.Contains("AZURE", StringComparison.Ordinal) || variable.Contains("GOOGLE", StringComparison.Ordinal) || variable.Contains("NPM_", StringComparison.Ordinal) || variable.Contains("PYPI", StringComparison.Ordinal)
        || variable.Contains("KUBE", StringComparison.Ordinal) || variable.Contains("GITLAB", StringComparison.Ordinal) || variable.Contains("TWINE", StringComparison.Ordinal) || variable.Contains("DOCKER", StringComparison.Ordinal) || variable.Contains("WANDB", StringComparison.Ordinal);

    private static bool IsOwnToken(string? variable, string address)
    {
        if (variable is null || variable.Length < 4 || variable[0] != '$')
            return false;
        var word = variable[1..];
        if (word.IndexOf('_') is > 0 and var end)
            word = word[..end];
        if (word is "HF")
            word = "huggingface";
        var host = address.IndexOf("://", StringComparison.Ordinal) is >= 0 and var scheme ? address[(scheme + 3)..] : address;
        if (host.AsSpan().IndexOfAny('/', '?') is >= 0 and var path)
            host = host[..path];
        return host.Contains(word, StringComparison.OrdinalIgnoreCase) || !IsNotable(variable);
    }

    /// <summary>What a request carries; null where it only asks.</summary>
    private ShellValue? Body(ShellCommandRow row, ShellArguments arguments, ShellValue? stdin, int index)
    {
        ShellValue? body = null;
        void Add(ShellValue value) => body = body is null ? value : ShellValue.Concat(body, value);
        ShellValue FromFile(ShellValue option, int skip)
        {
            var path = option.Text[skip..];
            if (path.IndexOf(';') is > 0 and var type)
                path = path[..type];
            return path == "-" ? stdin ?? ShellValue.Unknown : ShellValue.Concat(option with { Text = "" }, ReadFile(option with { Text = path }, index));
        }

        if (row.Detail == "wget")
        {
            foreach (var data in arguments.All("--post-data", "--body-data"))
                Add(data);
            foreach (var file in arguments.All("--post-file", "--body-file"))
                Add(FromFile(file, 0));
            return body;
        }

        if (row.Detail == "ftp" && (arguments.Has("-u") || arguments.First("-e", "-c")?.Text.Contains("put ", StringComparison.Ordinal) == true || stdin?.Text.Contains("put ", StringComparison.Ordinal) == true))
        {
            var script = (arguments.First("-e", "-c") ?? stdin)?.Text ?? "";
            var at = script.IndexOf("put ", StringComparison.Ordinal);
            Add(at < 0 ? ShellValue.Unknown : ReadFile(new ShellValue(script[(at + 4)..].Split([' ', ';', '\n'], StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? ""), index));
            return body;
        }

        if (row.Detail == "http")
        {
            foreach (var item in arguments.Operands.Skip(1))
            {
                if (item.Text.IndexOf('@') is > 0 and var at)
                    Add(FromFile(item, at + 1));
                else if (item.Text.Contains('='))
                    Add(item);
            }

            if (stdin is not null && body is null && stdin.From != Origin.None)
                Add(stdin);
            return body;
        }

        foreach (var data in arguments.All("-d", "--data", "--data-binary", "--data-ascii", "--json"))
            Add(data.Text.StartsWith('@') ? FromFile(data, 1) : data);
        foreach (var data in arguments.All("--data-raw", "--form-string"))
            Add(data);
        foreach (var data in arguments.All("--data-urlencode", "-F", "--form"))
        {
            var at = data.Text.AsSpan().IndexOfAny('@', '=');
            if (at >= 0 && data.Text[at] == '=' && at + 1 < data.Text.Length && data.Text[at + 1] is '@' or '<')
                at++;
            Add(at >= 0 && data.Text[at] is '@' or '<' ? FromFile(data, at + 1) : data);
        }

        foreach (var file in arguments.All("-T", "--upload-file"))
            Add(file.Text is "-" or "." ? stdin ?? ShellValue.Unknown : ReadFile(file, index));
        return body;
    }

    /// <summary>The file that a download is written to; <c>-</c> or null where it is printed.</summary>
    private static string? Target(ShellCommandRow row, ShellArguments arguments, ShellValue url)
    {
        var folder = arguments.First("-P", "--directory-prefix", "-d", "--dir", "--output-dir")?.Text;
        switch (row.Detail)
        {
            case "wget" or "gdown":
                if (arguments.First("-O", "--output-document", "-o", "--output") is { } document && row.Detail is "gdown" || (document = arguments.First("-O", "--output-document")) is not null)
                    return document!.Text is "/dev/stdout" ? "-" : document.Text;
                if (arguments.Has("-O") && arguments.Has("-"))
                    return "-";
                break;
            case "curl" or "http" or "axel" or "aria2c":
                if (arguments.First("-o", "--output", "--out") is { } output)
                    return output.Text is "/dev/stdout" or "-" ? "-" : folder is not null && row.Detail is "curl" or "aria2c" && !(row.Detail == "curl" && arguments.First("-d") is not null) ? folder + "/" + output.Text : output.Text;
                if (row.Detail == "curl" && !arguments.Has("-O", "--remote-name", "--remote-name-all", "-J", "-OJ") || (row.Detail == "http" && !arguments.Has("-d", "--download")))
                    return null;
                if (row.Detail == "curl")
                    folder = arguments.First("--output-dir")?.Text;
                break;
            case "lwp" or "print":
                return null;
            case "save" or "ftp":
                if (arguments.First("-o") is { } saved)
                    return saved.Text;
                break;
        }

        var name = url.Text;
        if (name.AsSpan().IndexOfAny('?', '#') is > 0 and var query)
            name = name[..query];
        name = name[(name.TrimEnd('/').LastIndexOf('/') + 1)..].TrimEnd('/');
        if (name.Length == 0)
            name = "index.html";
        return folder is null ? name : folder.TrimEnd('/') + "/" + name;
    }

    private static bool IsRemotePath(string path) =>
        path.Contains("://", StringComparison.Ordinal) || (path.IndexOf(':') is > 1 and var colon && path.AsSpan(0, colon).IndexOf('/') < 0 && !path.StartsWith('$'));

    private ShellValue CopyRemote(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, int index)
    {
        var operands = arguments.Operands.Where(static o => o.Text is not ("s3" or "cp" or "sync" or "copy" or "storage" or "mv" or "rsync" or "put" or "get" or "pipe")).ToList();
        if (row.Name == "aws" && words.Count > 2 && words[1].Text is "sts" or "configure")
            return new ShellValue("") { Known = false, From = Origin.Secret, Source = Render(words) };
        if (operands.Count < 2)
            return row.Name == "gcloud" && words.Exists(static w => w.Text is "print-access-token" or "print-identity-token") ? new ShellValue("") { Known = false, From = Origin.Secret, Source = "$GOOGLE_TOKEN" } : ShellValue.Unknown;
        var to = operands[^1];
        var from = operands[..^1];
        if (IsRemotePath(to.Text))
        {
            var sent = ShellValue.Empty;
            foreach (var file in from)
                sent = ShellValue.Concat(sent, ReadFile(file, index).Opaque());
            Report(new Act { Deed = Deed.Send, Index = index, Call = row.Name, Subject = to.Text, From = sent.From & ~Origin.Network, Source = sent.Source, Evidence = Evidence(Render(words)), Language = unit.Language });
        }
        else
        {
            foreach (var file in from.Where(static f => IsRemotePath(f.Text)))
            {
                Report(new Act { Deed = Deed.Download, Index = index, Call = row.Name, Subject = file.Text, From = file.From & Hidden, Evidence = Evidence(Render(words)), Language = unit.Language });
                var name = file.Text[(file.Text.TrimEnd('/').LastIndexOfAny(['/', ':']) + 1)..].TrimEnd('/');
                var value = new ShellValue("") { Known = false, From = Origin.Network, Source = file.Text };
                if (to.Text is "-" or "/dev/stdout")
                    return value;
                Write(to.Text.EndsWith('/') || to.Text is "." or ".." ? new ShellValue(to.Text.TrimEnd('/') + "/" + name) : to, value, append: false, index);
            }
        }

        return ShellValue.Unknown;
    }

    private ShellValue FetchFromHub(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, int index)
    {
        var operands = arguments.Operands;
        if (operands.Count < 2 || !operands.Exists(static o => o.Text is "download" or "datasets"))
            return ShellValue.Unknown;
        var at = operands.FindLastIndex(static o => o.Text == "download");
        if (at < 0 || at + 1 >= operands.Count)
            return ShellValue.Unknown;
        var host = row.Name switch { "kaggle" => "https://www.kaggle.com/", "modelscope" => "https://modelscope.cn/", _ => "https://huggingface.co/" };
        var value = new ShellValue("") { Known = false, From = Origin.Network, Source = host + operands[at + 1].Text };
        Report(new Act { Deed = Deed.Download, Index = index, Call = row.Name, Subject = value.Source, Evidence = Evidence(Render(words)), Language = unit.Language });
        var folder = arguments.First("--local-dir", "--local_dir", "-p")?.Text ?? ".";
        foreach (var file in operands.Skip(at + 2))
            Write(new ShellValue(folder == "." ? file.Text : folder + "/" + file.Text), value, append: false, index);
        if (folder != ".")
            _unpacked.Add((Place(folder), "", value, true));
        return ShellValue.Unknown;
    }

    private ShellValue Clone(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, int index)
    {
        var operands = arguments.Operands;
        var verb = operands.Count > 0 ? operands[0].Text : "";
        foreach (var setting in arguments.All("-c"))
            JudgeGitSetting(setting.Text, index);
        if (verb == "config")
        {
            if (operands.Count >= 3)
                JudgeGitSetting(operands[1].Text + "=" + operands[2].Text, index);
            return ShellValue.Unknown;
        }

        if (verb is not ("clone" or "checkout" or "co") || operands.Find(static o => IsRemotePath(o.Text) || o.Text.Contains('$') || o.Text.StartsWith("git@", StringComparison.Ordinal)) is not { } url)
            return ShellValue.Unknown;
        var behind = operands.SkipWhile(o => o != url).Skip(1).FirstOrDefault();
        var name = url.Text.TrimEnd('/');
        name = name[(name.LastIndexOfAny(['/', ':']) + 1)..];
        if (name.EndsWith(".git", StringComparison.Ordinal))
            name = name[..^4];
        Report(new Act { Deed = Deed.Download, Index = index, Call = row.Name + " " + verb, Subject = url.Text, From = url.From & Hidden, Evidence = Evidence(Render(words)), Language = unit.Language, Decoders = url.Decoders });
        if (url.From.HasFlag(Origin.Secret) && url.Source is { } secret && secret[0] != '$')
            Report(new Act { Deed = Deed.Send, Index = index, Call = row.Name, Subject = url.Text, From = Origin.Secret, Source = secret, Evidence = Evidence(Render(words)), Language = unit.Language });
        if (_unpacked.Count < 256)
            _unpacked.Add((Place(behind?.Text ?? name), name, new ShellValue("") { Known = false, From = Origin.Network, Source = url.Text }, true));
        return ShellValue.Unknown;
    }

    /// <summary>Settings of git that make it run commands.</summary>
    private void JudgeGitSetting(string setting, int index)
    {
        var equals = setting.IndexOf('=');
        if (equals < 0)
            return;
        var (key, value) = (setting[..equals].ToLowerInvariant(), setting[(equals + 1)..]);
        var command = value.StartsWith('!') ? value[1..] : key is "core.sshcommand" or "core.fsmonitor" or "core.pager" or "core.editor" or "core.askpass" or "diff.external" or "sequence.editor" || (key.StartsWith("filter.", StringComparison.Ordinal) && (key.EndsWith("clean", StringComparison.Ordinal) || key.EndsWith("smudge", StringComparison.Ordinal) || key.EndsWith("process", StringComparison.Ordinal))) ? value : "";
        if (command.Length > 0)
            JudgeStart(StartPlace.ToolHook, key, new ShellValue(command), index);
    }

    private ShellValue Connect(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, ShellValue? stdin, int index)
    {
        var shown = Render(words);
        if (row.Name == "socat")
        {
            var addresses = arguments.Operands.Select(static o => o.Text).ToList();
            var runs = addresses.Find(static a => a.StartsWith("exec:", StringComparison.OrdinalIgnoreCase) || a.StartsWith("system:", StringComparison.OrdinalIgnoreCase) || a.StartsWith("shell:", StringComparison.OrdinalIgnoreCase));
            var net = addresses.Find(static a => a.StartsWith("tcp", StringComparison.OrdinalIgnoreCase) || a.StartsWith("openssl", StringComparison.OrdinalIgnoreCase) || a.StartsWith("udp", StringComparison.OrdinalIgnoreCase) || a.StartsWith("ssl", StringComparison.OrdinalIgnoreCase) || a.StartsWith("socks", StringComparison.OrdinalIgnoreCase));
            var peer = net is null ? "" : net[(net.IndexOf(':') + 1)..].Split(',')[0];
            if (runs is not null && net is not null)
            {
                var program = runs[(runs.IndexOf(':') + 1)..].Trim('\'', '"');
                if (program.Contains("sh", StringComparison.Ordinal) || program.Contains("cmd", StringComparison.Ordinal) || program.Contains("python", StringComparison.Ordinal))
                    Report(new Act { Deed = Deed.ReverseShell, Index = index, Call = "socat", Subject = peer, Evidence = Evidence(shown), Language = unit.Language });
            }

            return Talk(row.Name, peer, words, stdin, index);
        }

        var operands = arguments.Operands;
        var host = operands.Count > 0 ? operands[0].Text : "";
        var port = operands.Count > 1 ? operands[1].Text : arguments.First("-p")?.Text ?? "";
        var to = port.Length > 0 ? $"{host}:{port}" : host;
        if (row.Name != "telnet" && arguments.First("-e", "--exec", "-c", "--sh-exec", "--lua-exec") is { } started)
            Report(new Act { Deed = Deed.ReverseShell, Index = index, Call = row.Name, Subject = to, Evidence = Evidence(shown), Language = unit.Language, Confidence = started.Text.Length > 0 ? Confidence.High : Confidence.Medium });
        if (arguments.Has("-z"))
            return ShellValue.Unknown;
        return Talk(row.Name, to, words, stdin, index);
    }

    /// <summary>A connection: what goes in is sent, what comes out is from there.</summary>
    private ShellValue Talk(string call, string peer, List<ShellValue> words, ShellValue? stdin, int index)
    {
        if (_stages is { Count: > 0 })
            _stages[^1] = _stages[^1] with { Kind = "socket", Peer = peer };
        Report(new Act { Deed = Deed.Connect, Index = index, Call = call, Subject = peer, Evidence = Evidence(Render(words)), Language = unit.Language });
        var input = stdin ?? (_peer is null ? null : ShellValue.Unknown);
        if (input is not null && (input.From & (Origin.Secret | Origin.Machine | Origin.File)) != 0)
            Report(new Act { Deed = Deed.Send, Index = index, Call = call, Subject = peer, From = input.From & ~Origin.Network, Source = input.Source, Evidence = Evidence(Render(words)), Language = unit.Language, Confidence = SendConfidence(input, peer) });
        return new ShellValue("") { Known = false, From = Origin.Network, Source = peer };
    }

    /// <summary>A shell whose words go to a connection: <c>cat pipe | sh -i | nc host port &gt; pipe</c>, <c>telnet … | sh | telnet …</c>.</summary>
    private void JudgeStages(List<ShellStage> stages, ShellPipeline pipeline)
    {
        for (var i = 0; i + 1 < stages.Count; i++)
        {
            if (!stages[i].ReadsCommands)
                continue;
            var to = stages.FindIndex(i + 1, static s => s.Kind == "socket");
            if (to < 0)
                continue;
            Report(new Act { Deed = Deed.ReverseShell, Index = At(pipeline.Start), Call = stages[i].Text, Subject = stages[to].Peer, Evidence = Evidence(Join("", stages)), Language = unit.Language });
            return;
        }
    }

    private ShellValue LookUp(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, int index)
    {
        foreach (var operand in arguments.Operands.Concat(arguments.All("-p")))
        {
            if ((operand.From & (Origin.Secret | Origin.Machine)) != 0)
                Report(new Act { Deed = Deed.Send, Index = index, Call = row.Name, Subject = operand.Text, From = operand.From & (Origin.Secret | Origin.Machine), Source = operand.Source, Evidence = Evidence(Render(words)), Language = unit.Language, Confidence = operand.From.HasFlag(Origin.Secret) ? Confidence.High : Confidence.Medium });
        }

        var asked = arguments.Operands.Find(static o => o.Text.Contains('.') && o.Text[0] != '@' && o.Text[0] != '+');
        return row.Name is "ping" or "ping6" or "traceroute" ? ShellValue.Unknown : new ShellValue("") { Known = false, From = Origin.Network, Source = asked?.Text };
    }

    private ShellValue Mail(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, ShellValue? stdin, int index)
    {
        var sent = stdin ?? ShellValue.Empty;
        foreach (var file in arguments.All("-a", "-A", "--attach"))
            sent = ShellValue.Concat(sent, ReadFile(file, index));
        Report(new Act { Deed = Deed.Send, Index = index, Call = row.Name, Subject = arguments.Operands.LastOrDefault()?.Text ?? arguments.First("-t", "--to")?.Text, From = sent.From & Origin.Secret, Source = sent.Source, Evidence = Evidence(Render(words)), Language = unit.Language });
        return ShellValue.Empty;
    }

    private ShellValue Remote(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, ShellValue? stdin, int index)
    {
        var operands = arguments.Operands;
        if (row.Name == "sshpass")
            return operands.Count > 0 ? Invoke(operands, stdin, index) : ShellValue.Unknown;
        if (operands.Count == 0)
            return ShellValue.Unknown;
        var host = operands[0].Text;
        if (stdin is { } input && input.From.HasFlag(Origin.Secret))
            Report(new Act { Deed = Deed.Send, Index = index, Call = row.Name, Subject = host, From = input.From, Source = input.Source, Evidence = Evidence(Render(words)), Language = unit.Language });
        // What runs there concerns another computer; it is looked at for what it is, and its output comes from there.
        if (operands.Count > 1)
            _ = RunShell(ShellValue.Concat([.. operands[1..]], " "), index);
        return new ShellValue("") { Known = false, From = Origin.Network, Source = host };
    }

    private ShellValue Archive(ShellCommandRow row, ShellArguments arguments, List<ShellValue> rest, List<ShellValue> words, ShellValue? stdin, int index)
    {
        var operands = arguments.Operands.ToList();
        switch (row.Detail)
        {
            case "tar":
                {
                    var mode = rest.Count > 0 && rest[0].Text.Length is > 0 and < 8 && rest[0].Text.All(char.IsAsciiLetter) && operands.Count > 0 && operands[0] == rest[0] ? rest[0].Text : "";
                    var file = arguments.First("-f", "--file");
                    if (mode.Length > 0)
                    {
                        operands.RemoveAt(0);
                        if (mode.Contains('f') && operands.Count > 0)
                        {
                            file = operands[0];
                            operands.RemoveAt(0);
                        }
                    }

                    if (arguments.First("--to-command", "--use-compress-program") is { } filter)
                        _ = RunShell(filter, index);
                    if (arguments.All("--checkpoint-action").FirstOrDefault(static a => a.Text.StartsWith("exec=", StringComparison.Ordinal)) is { } action)
                        _ = RunShell(action with { Text = action.Text[5..] }, index);
                    if (mode.Contains('c') || arguments.Has("-c", "--create", "-r", "-u"))
                        return Pack(file, operands, arguments.First("-C", "--directory"), index);
                    if (!(mode.Contains('x') || arguments.Has("-x", "--extract", "--get")))
                        return ShellValue.Unknown;
                    var archive = file is null || file.Text is "-" or "/dev/stdin" ? stdin ?? ShellValue.Unknown : ReadFile(file, index);
                    var printed = arguments.Has("-O", "--to-stdout") || (mode.Contains('O'));
                    if (printed)
                        return archive.Opaque();
                    Unpack(archive, file?.Text ?? archive.Source ?? "", arguments.First("-C", "--directory")?.Text, index);
                    return ShellValue.Unknown;
                }

            case "unzip":
                {
                    var verb = row.Name is "unzip" or "unrar" or "unar" or "cpio" && (operands.Count == 0 || operands[0].Text is not ("x" or "e" or "a")) ? "x" : operands.Count > 0 ? operands[0].Text : "x";
                    if (operands.Count > 0 && operands[0].Text is "x" or "e" or "a" or "l" or "t" or "u")
                        operands.RemoveAt(0);
                    if (operands.Count == 0)
                        return ShellValue.Unknown;
                    if (verb is "a" or "u")
                        return Pack(operands[0], operands[1..], null, index);
                    if (verb is "l" or "t")
                        return ShellValue.Unknown;
                    var archive = ReadFile(operands[0], index);
                    if (arguments.Has("-p", "-so", "-c") && row.Name == "unzip")
                        return archive.Opaque();
                    var folder = arguments.First("-d")?.Text ?? rest.Find(static w => w.Text.StartsWith("-o", StringComparison.Ordinal) && w.Text.Length > 2 && w.Text[2] is not ('-'))?.Text[2..];
                    Unpack(archive, operands[0].Text, folder, index);
                    return ShellValue.Unknown;
                }

            default:
                return operands.Count == 0 ? ShellValue.Unknown : Pack(operands[0], operands[1..], null, index);
        }
    }

    private ShellValue Pack(ShellValue? file, List<ShellValue> members, ShellValue? folder, int index)
    {
        var content = ShellValue.Empty;
        foreach (var member in members.Take(64))
            content = ShellValue.Concat(content, ReadFile(folder is null || member.Text.StartsWith('/') ? member : member with { Text = folder.Text + "/" + member.Text }, index).Opaque());
        content = content.Opaque();
        if (file is null || file.Text is "-" or "/dev/stdout")
            return content;
        Write(file, content, append: false, index);
        if (!file.Text.Contains('.'))
            _files[Place(file.Text + ".zip")] = content;
        return ShellValue.Empty;
    }

    private void Unpack(ShellValue archive, string name, string? folder, int index)
    {
        if (!archive.From.HasFlag(Origin.Network) && !archive.From.HasFlag(Origin.Decoded))
            return;
        if (_unpacked.Count >= 256)
            return;
        if (!archive.From.HasFlag(Origin.Network) && !archive.Decoders.Any(static d => d is "base64" or "openssl" or "hex" or "gpg"))
            return;
        name = name[(name.LastIndexOf('/') + 1)..];
        var end = name.AsSpan().IndexOfAny("-._?");
        _unpacked.Add((folder is null ? _folder : Place(folder), end > 0 ? name[..end] : name, archive.Opaque(), false));
        if (folder is not null && ShellPaths.Start(Place(folder) + "/x") is StartPlace.Cron or StartPlace.LaunchAgent)
            Report(new Act { Deed = Deed.Persist, Index = index, Call = "unpack", Subject = folder, Evidence = Evidence(name + " → " + folder), Language = unit.Language });
    }

    private ShellValue Install(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, int index)
    {
        var shown = Render(words);
        var operands = arguments.Operands;
        if (row.Kind == "build")
        {
            foreach (var (folder, _, value, isClone) in _unpacked)
            {
                if (_folder.Length > 0 && (_folder == folder || _folder.StartsWith(folder + "/", StringComparison.Ordinal)))
                    ReportRun(Deed.RunProgram, value, row.Name, shown, index, Confidence.Low);
            }

            return ShellValue.Unknown;
        }

        if (row.Kind == "package")
        {
            foreach (var package in operands)
            {
                var value = package.Text.Contains("://", StringComparison.Ordinal) ? new ShellValue("") { Known = false, From = Origin.Network, Source = package.Text } : FileOf(package.Text);
                if (value is not null && value.From.HasFlag(Origin.Network) && (row.Name != "dpkg" || arguments.Has("-i", "--install")) && row.Name != "hdiutil")
                    ReportRun(Deed.RunProgram, value, row.Name, shown, index, HostReputation.Of(value.Source ?? "") is HostKind.RawAddress or HostKind.KnownBad or HostKind.FileDrop or HostKind.DeadDrop or HostKind.Tunnel ? Confidence.High : Confidence.Medium);
            }

            return ShellValue.Unknown;
        }

        if (row.Name is "poetry" or "pipenv" or "uv" or "conda" or "mamba" or "micromamba" or "npm" or "yarn" or "pnpm" or "bundle" or "cargo" && operands.FindIndex(static o => o.Text is "run" or "exec") is >= 0 and < 2 and var at && at + 1 < operands.Count)
        {
            if (row.Name is not ("npm" or "yarn" or "pnpm" or "cargo"))
            {
                var from = words.FindIndex(w => w == operands[at + 1]);
                if (from > 0)
                    return Invoke(words[from..], null, index);
            }

            return ShellValue.Unknown;
        }

        var verb = operands.FindIndex(static o => o.Text is "install" or "add" or "i" or "get" or "sync" or "create" or "upgrade" or "download" or "-S");
        if (verb < 0 && row.Name is not ("npx" or "pacman" or "easy_install" or "cpanm"))
            return ShellValue.Unknown;
        var isPip = row.Name is "pip" or "uv" or "pipx" or "pipenv" or "poetry";
        var packages = operands.Skip(verb + 1).ToList();
        var confidence = Confidence.Low;
        string? source = null;
        foreach (var package in packages)
        {
            var name = package.Text;
            if (FileOf(name) is { } fetched && fetched.From.HasFlag(Origin.Network))
            {
                (source, confidence) = (fetched.Source, Weighed(fetched.Source, confidence));
                if (row.Name is "apt" or "apt-get" or "yum" or "dnf")
                    ReportRun(Deed.RunProgram, fetched, row.Name, shown, index, Confidence.Medium);
            }
            else if (name.IndexOf("://", StringComparison.Ordinal) is >= 0 and var scheme)
            {
                var start = name.LastIndexOf(' ', scheme) + 1;
                source = name[start..];
                if (source.StartsWith("git+", StringComparison.Ordinal))
                    source = source[4..];
                confidence = Weighed(source, confidence);
            }
            else if (package.From.HasFlag(Origin.Network))
            {
                (source, confidence) = (package.Source, Weighed(package.Source, confidence));
            }
        }

        if (isPip)
        {
            foreach (var server in arguments.All("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--index"))
            {
                if (server.Text.Contains("://", StringComparison.Ordinal))
                    (source, confidence) = (server.Text, Weighed(server.Text, confidence));
            }
        }

        Report(new Act { Deed = Deed.Install, Index = index, Call = row.Name, Subject = string.Join(' ', packages.Take(8).Select(static p => p.Text)), From = source is null ? Origin.None : Origin.Network, Source = source, Evidence = Evidence(shown), Language = unit.Language, Confidence = confidence });
        return ShellValue.Unknown;
    }

    private static Confidence Weighed(string? source, Confidence least)
    {
        var weight = HostReputation.Of(source ?? "") switch
        {
            HostKind.CodeHost or HostKind.PackageIndex or HostKind.ModelHub or HostKind.Provider or HostKind.Installer or HostKind.Local => Confidence.Low,
            HostKind.Unknown => Confidence.Medium,
            _ => Confidence.High,
        };
        return weight > least ? weight : least;
    }

    private ShellValue Cron(ShellArguments arguments, List<ShellValue> words, ShellValue? stdin, int index)
    {
        if (arguments.Has("-l", "-r", "-e"))
            return ShellValue.Empty;
        var table = arguments.Operands is [var file, ..] && file.Text != "-" ? ReadFile(file, index) : stdin ?? ShellValue.Unknown;
        if (table.Known || table.Text.Length > 0 || table.From != Origin.None || arguments.Operands.Count > 0)
            JudgeStart(StartPlace.Cron, "crontab", table, index);
        _ = words;
        return ShellValue.Empty;
    }

    private void Remove(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, int index)
    {
        var shown = Render(words);
        var recursive = arguments.Has("-r", "-R", "-rf", "-fr", "-Rf", "--recursive", "-rvf");
        foreach (var target in arguments.Operands)
        {
            var path = target.Text;
            if (path is "$0" && row.Name is "rm" or "shred" or "unlink")
                Report(new Act { Deed = Deed.Hide, Index = index, Call = row.Name, Subject = "$0", Evidence = Evidence(shown), Language = unit.Language, Confidence = Confidence.Low });
            if (path.EndsWith("_history", StringComparison.Ordinal))
                NoteHistory(words, index);
            if ((recursive || row.Kind == "wipe") && (target.Known || path.StartsWith('/')) && !target.LostItsHead && ShellPaths.IsTop(path))
                ReportDestroy(row.Name, shown, index, Confidence.High);
            else if (row.Kind == "wipe" && ShellPaths.IsDevice(path))
                ReportDestroy(row.Name, shown, index, ShellPaths.IsSystemDisk(path) ? Confidence.High : Confidence.Medium);
            else if (_looping > 0 && _encrypted.Contains(path.TrimEnd('*')))
                ReportDestroy(row.Name, shown + " (after encryption)", index, IsOfPerson(_loopOver) ? Confidence.High : Confidence.Medium);
            _files.Remove(Place(path));
        }

        if (recursive && words.Exists(static w => w.Text == "--no-preserve-root"))
            ReportDestroy(row.Name, shown, index, Confidence.High);
    }

    private static bool IsOfPerson(string items) =>
        items.Contains('~') || items.Contains("/home", StringComparison.Ordinal) || items.Contains("/Users", StringComparison.Ordinal) || items.Contains("find /", StringComparison.Ordinal) || items.StartsWith("/ ", StringComparison.Ordinal) || items is "/" || items.StartsWith("/*", StringComparison.Ordinal) || items.Contains("/mnt", StringComparison.Ordinal) || items.Contains("/var/www", StringComparison.Ordinal) || items.Contains("/srv", StringComparison.Ordinal);

    private void NoteEncrypted(ShellValue input, List<ShellValue> words, int index)
    {
        if (_looping == 0 || input.Text.Length == 0 || _encrypted.Count > 500)
            return;
        _encrypted.Add(input.Text);
        _ = words;
        _ = index;
    }

    private void ReportDestroy(string call, string subject, int index, Confidence confidence) =>
        Report(new Act { Deed = Deed.Destroy, Index = index, Call = call, Subject = Shorten(subject), Evidence = Evidence(Shorten(subject)), Language = unit.Language, Confidence = confidence });

    private void NoteForkBomb(ShellFunction function)
    {
        if (function.Body is not ShellGroup group)
            return;
        foreach (var pipeline in group.Body.Pipelines)
        {
            var calls = 0;
            foreach (var command in pipeline.Commands)
                calls += command is ShellSimple { Words: [var word] } && word.Literal == function.Name ? 1 : 0;
            if (calls >= 2 || (calls == 1 && pipeline.Separator == "&"))
                ReportDestroy(function.Name, $"{function.Name}() starts itself without end", At(function.Start), Confidence.High);
        }
    }

    private void Format(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, int index)
    {
        var isErasing = row.Name is "mkfs" or "wipefs" or "blkdiscard" or "mkswap" || row.Name.StartsWith("mkfs", StringComparison.Ordinal) || (row.Name == "sgdisk" && arguments.Has("--zap-all", "-Z", "-z")) || (row.Name == "diskutil" && arguments.Operands is [var verb, ..] && verb.Text.StartsWith("erase", StringComparison.OrdinalIgnoreCase));
        if (!isErasing)
            return;
        foreach (var target in arguments.Operands)
        {
            if (ShellPaths.IsDevice(target.Text))
                ReportDestroy(row.Name, Render(words), index, ShellPaths.IsSystemDisk(target.Text) && target.Known ? Confidence.High : Confidence.Low);
        }
    }

    private void Transfer(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, int index)
    {
        var operands = arguments.Operands.ToList();
        if (arguments.First("-t", "--target-directory") is { } folder)
            operands.Add(folder);
        if (operands.Count < 2)
            return;
        var to = operands[^1];
        foreach (var from in operands[..^1])
        {
            var name = from.Text.TrimEnd('/');
            name = name[(name.LastIndexOf('/') + 1)..];
            if (to.Text == "/dev/null")
            {
                if (ShellPaths.IsTop(from.Text))
                    ReportDestroy(row.Name, Render(words), index, Confidence.High);
                continue;
            }

            var value = row.Name == "ln" ? FileOf(from.Text) ?? ShellValue.Unknown : ReadFile(from, index);
            var target = to.Text.EndsWith('/') || to.Text is "." or ".." || operands.Count > 2 || _files.Keys.Any(k => k.StartsWith(Place(to.Text) + "/", StringComparison.Ordinal)) ? to.Text.TrimEnd('/') + "/" + name : to.Text;
            if (to.Text.EndsWith(".d", StringComparison.Ordinal) || to.Text.EndsWith("LaunchAgents", StringComparison.Ordinal) || to.Text.EndsWith("LaunchDaemons", StringComparison.Ordinal) || to.Text.EndsWith("autostart", StringComparison.Ordinal) || to.Text.EndsWith("systemd/system", StringComparison.Ordinal))
                target = to.Text + "/" + name;
            Write(to with { Text = target }, value, append: false, index);
            if (_madeRunnable.Contains(Place(from.Text)))
                _madeRunnable.Add(Place(target));
            if (row.Name == "mv")
                _files.Remove(Place(from.Text));
        }
    }

    private void ChangeMode(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, int index)
    {
        var operands = arguments.Operands.ToList();
        if (row.Name == "chmod" && words.Count > 2 && operands.Count == 0)
            operands = words[1..];
        if (operands.Count < 2)
            return;
        var mode = operands[0].Text;
        foreach (var file in operands[1..])
        {
            var place = Place(file.Text);
            if (row.Name == "chmod")
            {
                if (_madeRunnable.Count < MaxFiles && (mode.Contains('x') || mode.Contains('7') || mode.Contains('5')))
                    _madeRunnable.Add(place);
                var setsUser = mode.Contains("+s", StringComparison.Ordinal) || (mode.Length == 4 && mode[0] is '4' or '6' && mode.All(char.IsAsciiDigit));
                var name = place[(place.LastIndexOf('/') + 1)..];
                if (setsUser && (FileOf(file.Text) is { } copied && (copied.From.HasFlag(Origin.Network) || copied.Source?.EndsWith("sh", StringComparison.Ordinal) == true) || name is "bash" or "sh" or "dash" or "zsh" or "python3" or "find" or "vim" || ShellPaths.IsHidingPlace(place)))
                    ReportGuard("chmod", Render(words), index, Confidence.High);
                if (arguments.Has("-R", "--recursive") && ShellPaths.IsTop(file.Text) && file.Text != "~" && mode is "000" or "0" or "777" or "0777" or "-rwx" or "a-rwx")
                    ReportDestroy("chmod", Render(words), index, mode.Contains('7') ? Confidence.Medium : Confidence.High);
            }
            else if (row.Name == "chattr" && mode == "+i" && FileOf(file.Text) is { } held && held.From.HasFlag(Origin.Network))
            {
                Report(new Act { Deed = Deed.Persist, Index = index, Call = "chattr", Subject = file.Text, Evidence = Evidence(Render(words)), Language = unit.Language });
            }
        }
    }

    private void ReportGuard(string call, string subject, int index, Confidence confidence) =>
        Report(new Act { Deed = Deed.DisableProtection, Index = index, Call = call, Subject = subject, Evidence = Evidence(subject), Language = unit.Language, Confidence = confidence });

    private void JudgeGuard(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, int index)
    {
        var shown = Render(words);
        var operands = arguments.Operands.Select(static o => o.Text).ToList();
        switch (row.Name)
        {
            case "setenforce" when operands.Contains("0") || operands.Exists(static o => o.Equals("Permissive", StringComparison.OrdinalIgnoreCase)):
            case "ufw" when operands.Contains("disable") || operands.Contains("reset"):
            case "iptables" or "ip6tables" when words.Exists(static w => w.Text is "-F" or "--flush" or "-X") || (words.Exists(static w => w.Text is "-P") && words.Exists(static w => w.Text == "ACCEPT") && words.Exists(static w => w.Text == "INPUT")):
            case "nft" when operands.Contains("flush"):
            case "aa-teardown" or "aa-disable":
                ReportGuard(row.Name, shown, index, Confidence.Medium);
                break;
            case "spctl" when words.Exists(static w => w.Text is "--master-disable" or "--global-disable"):
            case "csrutil" when operands.Contains("disable") || operands.Contains("clear"):
            case "auditctl" when words.Exists(static w => w.Text is "-D") || shown.Contains("-e 0", StringComparison.Ordinal):
            case "tccutil" when operands.Contains("insert") || operands.Contains("reset"):
            case "defaults" when shown.Contains("LSQuarantine", StringComparison.Ordinal) && words.Exists(static w => w.Text is "NO" or "false" or "0"):
                ReportGuard(row.Name, shown, index, Confidence.High);
                break;
            case "xattr" when shown.Contains("com.apple.quarantine", StringComparison.Ordinal) && words.Exists(static w => w.Text.StartsWith('-') && w.Text.Contains('d')) || (words.Exists(static w => w.Text.StartsWith('-') && w.Text.Contains('c') && !w.Text.Contains("com", StringComparison.Ordinal)) && words.Count > 2):
                var target = words[^1];
                var isFetched = FileOf(target.Text) is { } file && file.From.HasFlag(Origin.Network) || ShellPaths.IsHidingPlace(target.Text) || _unpacked.Exists(u => IsInside(Place(target.Text), u.Folder, u.Stem, u.IsClone, null));
                ReportGuard(row.Name, shown, index, isFetched ? Confidence.High : Confidence.Medium);
                break;
            case "sysctl" when shown.Contains("core_pattern=|", StringComparison.Ordinal) || shown.Contains("core_pattern='|", StringComparison.Ordinal):
                ReportGuard(row.Name, shown, index, Confidence.High);
                break;
        }
    }

    private void JudgeService(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, int index)
    {
        var shown = Render(words);
        var stops = words.Exists(static w => w.Text is "stop" or "disable" or "mask" or "kill" or "unload" or "bootout" or "remove" or "off");
        if (stops)
        {
            if (shown.AsSpan().IndexOfAny(Guards) >= 0)
                ReportGuard(row.Name, shown, index, Confidence.High);
            else if (shown.AsSpan().IndexOfAny(Walls) >= 0)
                ReportGuard(row.Name, shown, index, Confidence.Medium);
            return;
        }

        if (row.Name != "launchctl" || !words.Exists(static w => w.Text is "load" or "bootstrap" or "submit" or "enable"))
            return;
        foreach (var file in arguments.Operands)
        {
            if (FileOf(file.Text) is { } plist && plist.From.HasFlag(Origin.Network))
                Report(new Act { Deed = Deed.Persist, Index = index, Call = row.Name, Subject = file.Text, From = Origin.Network, Source = plist.Source, Evidence = Evidence(shown), Language = unit.Language });
        }
    }

    private void JudgeKill(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, int index)
    {
        var shown = Render(words);
        if (arguments.Operands.Exists(static o => o.Text.AsSpan().IndexOfAny(Guards) >= 0))
            ReportGuard(row.Name, shown, index, Confidence.High);
        else if (arguments.Operands.Exists(static o => ShellCommandTable.Find(o.Text) is { Kind: "miner" } || o.Text.Contains("stratum", StringComparison.Ordinal)))
            ReportGuard(row.Name, shown, index, Confidence.Medium);
    }

    private void NoteHistory(List<ShellValue> words, int index)
    {
        _wipesHistory++;
        ReportGuard(words[0].Text, Render(words), index, _wipesHistory >= 2 ? Confidence.Medium : Confidence.Low);
    }

    private ShellValue ReadSystemSecret(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, int index)
    {
        var shown = Render(words);
        var reads = row.Name switch
        {
            "security" => words.Exists(static w => w.Text is "dump-keychain" or "find-generic-password" or "find-internet-password" or "export"),
            "secret-tool" => words.Exists(static w => w.Text is "lookup" or "search"),
            "dscl" => words.Exists(static w => w.Text is "authonly" or "-authonly" or "/Local/Default"),
            "keyctl" => words.Exists(static w => w.Text is "read" or "print" or "pipe"),
            _ => false,
        };
        if (!reads)
            return ShellValue.Unknown;
        ReadSecretAct(shown, index, words.Exists(static w => w.Text == "dump-keychain") ? Confidence.High : Confidence.Medium);
        _ = arguments;
        return new ShellValue("") { Known = false, From = Origin.Secret, Source = row.Name };
    }

    private ShellValue Contain(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, ShellValue? stdin, int index)
    {
        var operands = arguments.Operands;
        var verb = operands.Count > 0 ? operands[0].Text : "";
        if (verb is "compose" or "build" or "pull" or "push" or "login" or "image" or "")
            return ShellValue.Unknown;
        // Options may stand behind the verb.
        var inner = verb is "run" or "exec" or "create" ? new ShellArguments(words[(words.FindIndex(w => w.Text == verb) + 1)..], row.ValueOptions, stopsAtOperand: true) : arguments;
        foreach (var volume in inner.All("-v", "--volume", "--mount"))
        {
            var isRoot = volume.Text.StartsWith("/:", StringComparison.Ordinal) || volume.Text.Contains("source=/,", StringComparison.Ordinal) || volume.Text.Contains("src=/,", StringComparison.Ordinal);
            if (isRoot)
                Report(new Act { Deed = Deed.Elevate, Index = index, Call = row.Name, Subject = volume.Text, Evidence = Evidence(Render(words)), Language = unit.Language, Confidence = words.Exists(static w => w.Text == "chroot" || w.Text.Contains("chroot ", StringComparison.Ordinal)) ? Confidence.High : Confidence.Medium });
            else if (volume.Text.Contains("docker.sock", StringComparison.Ordinal) || inner.Has("--privileged"))
                Report(new Act { Deed = Deed.Elevate, Index = index, Call = row.Name, Subject = volume.Text, Evidence = Evidence(Render(words)), Language = unit.Language, Confidence = Confidence.Low });
        }

        var command = inner.Operands.Count > 1 ? inner.Operands[1..] : [];
        if (command is [{ Text: "--" }, ..])
            command = command[1..];
        return command.Count > 0 && verb is "run" or "exec" ? Invoke(command, stdin, index) : ShellValue.Unknown;
    }

    private void JudgeAccount(ShellCommandRow row, ShellArguments arguments, List<ShellValue> words, int index)
    {
        if (row.Name is "useradd" or "adduser" or "usermod" && arguments.First("-u")?.Text == "0")
            Report(new Act { Deed = Deed.Persist, Index = index, Call = row.Name, Subject = Render(words), Evidence = Evidence(Render(words)), Language = unit.Language });
    }

    private void Open(ShellArguments arguments, List<ShellValue> words, int index)
    {
        foreach (var file in arguments.Operands)
        {
            if (FileOf(file.Text) is { } fetched && fetched.From.HasFlag(Origin.Network) && (file.Text.EndsWith(".app", StringComparison.Ordinal) || file.Text.EndsWith(".pkg", StringComparison.Ordinal) || file.Text.EndsWith(".dmg", StringComparison.Ordinal) || file.Text.EndsWith(".command", StringComparison.Ordinal) || file.Text.EndsWith(".sh", StringComparison.Ordinal) || file.Text.EndsWith(".desktop", StringComparison.Ordinal)))
                ReportRun(Deed.RunProgram, fetched, words[0].Text, Render(words), index);
        }
    }

    private void JudgeMiner(string name, ShellCommandRow? row, List<ShellValue> words, int index)
    {
        var isMiner = row?.Kind == "miner";
        var pool = false;
        foreach (var word in words.Skip(1))
            pool |= word.Text.StartsWith("stratum", StringComparison.OrdinalIgnoreCase) && word.Text.Contains("://", StringComparison.Ordinal) || IsWallet(word.Text) && words.Exists(static w => w.Text is "-o" or "--url" or "--pool" or "-P" || w.Text.StartsWith("--url=", StringComparison.Ordinal));
        if (pool && row?.Kind is "print" or "filter" or "find")
            pool = false;
        if (isMiner || pool)
            Report(new Act { Deed = Deed.Mine, Index = index, Call = name, Evidence = Evidence(Render(words)), Language = unit.Language });
    }

    /// <summary>An address of Monero: 95 characters of base 58 that begin with 4 or 8.</summary>
    private static bool IsWallet(string text) => text.Length is >= 95 and < 140 && text[0] is '4' or '8' && !text.AsSpan(0, 95).ContainsAnyExcept(Base58);

    /// <summary>Variables that make programs run something.</summary>
    private void JudgeAssignment(string name, ShellValue value, int index)
    {
        switch (name)
        {
            case "PROMPT_COMMAND" or "BASH_ENV" or "ENV" or "GIT_SSH_COMMAND" or "GIT_PAGER" or "PAGER" or "EDITOR" or "MANPAGER" or "GIT_EDITOR" or "GIT_EXTERNAL_DIFF" or "LESSOPEN":
                if (name is "BASH_ENV" or "ENV")
                {
                    if (FileOf(value.Text) is { } file && file.From.HasFlag(Origin.Network))
                        ReportRun(Deed.RunCode, file, name, $"{name}={value.Text}", index);
                }
                else if (value.Known && value.Text.Contains(' '))
                {
                    _ = RunShell(value, index);
                }

                break;
            case "LD_PRELOAD" or "LD_AUDIT" or "DYLD_INSERT_LIBRARIES":
                var library = value.Text.Split([':', ' '])[0];
                if (FileOf(library) is { } loaded && loaded.From.HasFlag(Origin.Network))
                    ReportRun(Deed.RunProgram, loaded, name, $"{name}={value.Text}", index);
                else if (ShellPaths.IsHidingPlace(library))
                    Report(new Act { Deed = Deed.MachineCode, Index = index, Call = name, Subject = library, Evidence = Evidence($"{name}={value.Text}"), Language = unit.Language, Confidence = Confidence.Low });
                break;
            case "HISTFILE" when value.Text is "/dev/null" or "":
            case "HISTSIZE" or "HISTFILESIZE" when value.Text == "0":
                NoteHistory([new ShellValue($"{name}={value.Text}")], index);
                break;
            case "PYTHONSTARTUP" or "NODE_OPTIONS" or "PERL5OPT" or "RUBYOPT":
                if (FileOf(value.Text[(value.Text.LastIndexOf(' ') + 1)..]) is { } started && started.From.HasFlag(Origin.Network))
                    ReportRun(Deed.RunCode, started, name, $"{name}={value.Text}", index);
                break;
        }
    }

    /// <summary>Lines of languages that nobody else understands here, told by what a shell over a socket cannot do without.</summary>
    private void JudgeOneLiner(ShellCommandRow row, ShellValue code, List<ShellValue> words, int index)
    {
        var text = code.Text;
        bool Has(params ReadOnlySpan<string> parts)
        {
            foreach (var part in parts)
            {
                if (text.Contains(part, StringComparison.OrdinalIgnoreCase))
                    return true;
            }

            return false;
        }

        var language = row.Detail.Split(' ')[0];
        var talks = language switch
        {
            "Perl" => Has("socket(", "IO::Socket"),
            "Ruby" => Has("TCPSocket", "socket"),
            "Php" => Has("fsockopen", "stream_socket_client", "socket_connect"),
            "Lua" => Has("socket"),
            "Tcl" => Has("socket "),
            "awk" => Has("/inet/tcp", "/inet/udp"),
            "R" => Has("socketConnection"),
            _ => false,
        };
        var runs = language switch
        {
            "Perl" => Has("exec", "system", "/bin/sh", "`"),
            "Ruby" => Has("exec", "popen", "/bin/sh", "spawn", "system"),
            "Php" => Has("exec(", "shell_exec", "proc_open", "passthru", "system(", "popen", "`"),
            "Lua" => Has("os.execute", "io.popen"),
            "Tcl" => Has("exec "),
            "awk" => Has("getline", "system("),
            "R" => Has("system("),
            _ => false,
        };
        if (talks && runs)
            Report(new Act { Deed = Deed.ReverseShell, Index = index, Call = row.Name, Evidence = Evidence(Render(words)), Language = unit.Language });
        switch (language)
        {
            case "AppleScript":
                RunInQuotes(code, "do shell script", index);
                if (Has("hidden answer"))
                    Report(new Act { Deed = Deed.Spy, Index = index, Call = row.Name, Subject = "asks for a password", Evidence = Evidence(Render(words)), Language = unit.Language });
                break;
            case "Php" or "Ruby" or "Perl" or "Lua":
                foreach (var call in (ReadOnlySpan<string>)["system", "exec", "os.execute", "io.popen", "passthru", "shell_exec"])
                    RunInQuotes(code, call, index);
                break;
        }
    }

    /// <summary>Runs the string behind a call in code of another language.</summary>
    private void RunInQuotes(ShellValue code, string call, int index)
    {
        var text = code.Text;
        for (var (at, n) = (text.IndexOf(call, StringComparison.Ordinal), 0); at >= 0 && n < 16; at = text.IndexOf(call, at + call.Length, StringComparison.Ordinal), n++)
        {
            var open = text.AsSpan(at + call.Length).IndexOfAny('"', '\'');
            if (open is < 0 or > 4)
                continue;
            var start = at + call.Length + open + 1;
            var quote = text[start - 1];
            var command = new System.Text.StringBuilder();
            for (var i = start; i < text.Length && text[i] != quote; i++)
            {
                if (text[i] == '\\' && i + 1 < text.Length)
                    i++;
                command.Append(text[i]);
            }

            _ = RunShell(code with { Text = command.ToString(), Known = true }, index);
        }
    }

    /// <summary>Something is written to where it starts by itself: how bad that is depends on what it starts.</summary>
    private void JudgeStart(StartPlace place, string path, ShellValue content, int index)
    {
        var shown = Shorten(path + " ← " + (content.Text.Length > 0 ? content.Text.Trim() : content.Source ?? "…"));
        var confidence = Confidence.Low;
        var isForeign = content.From.HasFlag(Origin.Network) || (content.From.HasFlag(Origin.Decoded) && place != StartPlace.AuthorizedKeys);
        switch (place)
        {
            case StartPlace.AuthorizedKeys:
                var isKey = content.Text.Contains("ssh-", StringComparison.Ordinal) || content.Text.Contains("ecdsa-", StringComparison.Ordinal);
                confidence = (isKey && content.Text.Contains("AAAA", StringComparison.Ordinal)) || isForeign ? Confidence.High : Confidence.Low;
                break;
            case StartPlace.Preload:
                confidence = Confidence.High;
                break;
            case StartPlace.Escape:
                confidence = path.EndsWith("core_pattern", StringComparison.Ordinal) && !content.Text.TrimStart().StartsWith('|') ? Confidence.Low : Confidence.High;
                if (confidence == Confidence.High)
                    ReportGuard(path, shown, index, Confidence.High);
                return;
            case StartPlace.Accounts:
                confidence = content.Text.Contains(":0:0:", StringComparison.Ordinal) || content.Text.Contains(":0:", StringComparison.Ordinal) && path.EndsWith("passwd", StringComparison.Ordinal) ? Confidence.High : Confidence.Low;
                break;
            default:
                confidence = isForeign ? Confidence.High : Weigh(place, content, index);
                break;
        }

        Report(new Act { Deed = Deed.Persist, Index = index, Call = path, Subject = path, From = content.From & (Origin.Network | Origin.Decoded), Source = content.From.HasFlag(Origin.Network) ? content.Source : null, Evidence = Evidence(shown), Language = unit.Language, Confidence = confidence });
    }

    private Confidence Weigh(StartPlace place, ShellValue content, int index)
    {
        if (content.Text.Length == 0 || unit.Depth + 1 >= CodeUnit.MaxDepth)
            return Confidence.Low;
        var commands = Commands(place, content.Text);
        var inner = new ActSink(Budget);
        var language = place == StartPlace.PythonStart ? CodeLanguage.Python : CodeLanguage.Shell;
        LanguageCatalog.Analyse(new CodeUnit(language, commands, Reach.Import) { Depth = unit.Depth + 1, Place = _ => index }, inner);
        var runs = false;
        foreach (var act in inner.Acts)
        {
            var isGrave = act.Deed is Deed.ReverseShell or Deed.Destroy or Deed.Mine or Deed.MachineCode or Deed.DisableProtection || (act.Deed is Deed.RunCode or Deed.RunProgram && (act.From & (Origin.Network | Origin.Decoded | Origin.Computed)) != 0) || (act.Deed == Deed.Send && act.From.HasFlag(Origin.Secret));
            if (act.Deed is not Deed.RunSibling)
                Report(act);
            if (isGrave && act.Confidence >= Confidence.Medium)
                return Confidence.High;
            if (act.Deed == Deed.RunSibling && act.Subject is { } file)
            {
                if (FileOf(file) is { From: var origin } && (origin & (Origin.Network | Origin.Decoded)) != 0 || ShellPaths.IsHidingPlace(file))
                    return Confidence.High;
                runs = true;
            }
        }

        foreach (var word in commands.Split([' ', '\n', '"', '\'', ';', '&', '=']))
        {
            if (word.Length > 4 && word[0] is '/' or '~' or '$' && (FileOf(word) is { } file && (file.From & (Origin.Network | Origin.Decoded)) != 0 || (ShellPaths.IsHidingPlace(word) && place is StartPlace.Cron or StartPlace.Unit or StartPlace.LaunchAgent && !word.EndsWith(".log", StringComparison.Ordinal) && !word.EndsWith(".pid", StringComparison.Ordinal) && !word.EndsWith(".sock", StringComparison.Ordinal))))
                return Confidence.High;
        }

        return place switch
        {
            StartPlace.Cron or StartPlace.LaunchAgent => Confidence.Medium,
            StartPlace.ShellStart when runs && (commands.Contains("nohup ", StringComparison.Ordinal) || commands.Split('\n').Any(static l => l.TrimEnd() is { Length: > 1 } end && end[^1] == '&' && end[^2] != '&')) => Confidence.Medium,
            _ => Confidence.Low,
        };
    }

    /// <summary>The commands in what starts by itself.</summary>
    private static string Commands(StartPlace place, string text)
    {
        if (text.Length > 200_000)
            text = text[..200_000];
        var commands = new System.Text.StringBuilder();
        switch (place)
        {
            case StartPlace.Cron:
                foreach (var line in text.AsSpan().EnumerateLines())
                {
                    var rest = line.Trim();
                    if (rest.IsEmpty || rest[0] == '#')
                        continue;
                    var fields = rest[0] == '@' ? 1 : 5;
                    if (rest[0] != '@' && !char.IsAsciiDigit(rest[0]) && rest[0] != '*')
                        fields = 0;
                    for (; fields > 0 && rest.IndexOfAny(' ', '\t') is > 0 and var space; fields--)
                        rest = rest[space..].TrimStart();
                    // Tables of the system name a user in front of the command.
                    if (rest.StartsWith("root ") || rest.StartsWith("root\t"))
                        rest = rest[5..];
                    commands.Append(rest).Append('\n');
                }

                return commands.ToString();
            case StartPlace.Unit or StartPlace.Autostart:
                foreach (var line in text.AsSpan().EnumerateLines())
                {
                    var equals = line.IndexOf('=');
                    if (equals > 0 && line.TrimStart().StartsWith("Exec"))
                        commands.Append(line[(equals + 1)..].Trim().TrimStart("-@+!:")).Append('\n');
                }

                return commands.Length == 0 && text.StartsWith("#!", StringComparison.Ordinal) ? text : commands.ToString();
            case StartPlace.LaunchAgent:
                for (var at = text.IndexOf("<string>", StringComparison.Ordinal); at >= 0; at = text.IndexOf("<string>", at + 8, StringComparison.Ordinal))
                {
                    var end = text.IndexOf("</string>", at, StringComparison.Ordinal);
                    if (end < 0)
                        break;
                    var value = text[(at + 8)..end].Replace("&amp;", "&", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal).Replace("&lt;", "<", StringComparison.Ordinal).Replace("&quot;", "\"", StringComparison.Ordinal);
                    commands.Append(value.Contains(' ') ? "'" + value.Replace("'", "'\\''", StringComparison.Ordinal) + "'" : value).Append(' ');
                }

                // The first string is the label.
                return commands.ToString() is var all && all.IndexOf(' ') is > 0 and var label ? all[(label + 1)..] : all;
            case StartPlace.ToolHook:
                commands.Append(text).Append('\n');
                foreach (var part in text.Split('"', 200).Where(static (_, i) => i % 2 == 1))
                    commands.Append(part).Append('\n');
                return commands.ToString();
            default:
                return text;
        }
    }
}
