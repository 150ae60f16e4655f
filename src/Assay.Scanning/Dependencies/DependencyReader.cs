using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Assay.Scanning;

/// <summary>Tells from the name of a file which list of dependencies it is, and reads it; of other texts, the install commands.</summary>
internal static class DependencyReader
{
    private const int MaxLine = 4096;

    private static readonly SearchValues<string> Installs = SearchValues.Create(["pip install ", "pip3 install ", "pip add ", "uv add ", "npm install ", "npm i ", "yarn add ", "pnpm add ", "pip download "], StringComparison.Ordinal);

    private static readonly HashSet<string> PublicChannels = new(StringComparer.OrdinalIgnoreCase) { "defaults", "nodefaults", "main", "free", "r", "msys2" };

    /// <summary>Reads a text; empty where it asks for nothing.</summary>
    /// <param name="path">Path of the artifact, with <c>/</c>.</param>
    /// <param name="name">File name without folders.</param>
    /// <param name="text">The text.</param>
    /// <param name="language">What it is written in.</param>
    public static DependencyList Read(string path, string name, string text, CodeLanguage language)
    {
        var list = new DependencyList();
        var lower = name.ToLowerInvariant();
        switch (lower)
        {
            case "pyproject.toml" or "uv.toml" or "pixi.toml":
                // The settings of uv stand at the top of a file of their own.
                new TomlReader(text).Read((key, value, index) => ReadProject(lower == "uv.toml" ? "tool.uv." + key : key, value, index, list));
                break;
            case "pipfile":
                new TomlReader(text).Read((key, value, index) => ReadPipfile(key, value, index, list));
                break;
            case "poetry.lock" or "uv.lock" or "pdm.lock" or "pylock.toml":
                new TomlReader(text).Read((key, value, index) => ReadLock(key, value, index, list));
                break;
            case "setup.cfg":
                ReadIni(text, list, isSetup: true);
                break;
            case "pip.conf" or "pip.ini" or ".pypirc" or ".npmrc" or ".pydistutils.cfg":
                ReadIni(text, list, isSetup: false);
                break;
            case "setup.py":
                ReadSetup(text, list);
                break;
            case "package.json" or "pipfile.lock" or "package-lock.json" or "npm-shrinkwrap.json" or "composer.json":
                ReadJson(text, lower, list);
                break;
            case "yarn.lock":
                ReadYarn(text, list);
                break;
            case ".condarc" or "meta.yaml":
                ReadConda(text, list);
                break;
            default:
                if (IsRequirements(path, lower))
                    RequirementReader.ReadFile(text, list);
                else if (lower.EndsWith(".yml", StringComparison.Ordinal) || lower.EndsWith(".yaml", StringComparison.Ordinal))
                    ReadConda(text, list);
                break;
        }

        if (language is CodeLanguage.Prose or CodeLanguage.Notebook or CodeLanguage.Shell or CodeLanguage.Batch or CodeLanguage.PowerShell or CodeLanguage.Dockerfile or CodeLanguage.Makefile or CodeLanguage.Python or CodeLanguage.Yaml
            && !IsRequirements(path, lower))
        {
            ReadCommands(text, language, list);
        }

        return list;
    }

    private static bool IsRequirements(string path, string lower)
    {
        if (!lower.EndsWith(".txt", StringComparison.Ordinal) && !lower.EndsWith(".in", StringComparison.Ordinal) && !lower.EndsWith(".pip", StringComparison.Ordinal))
            return false;
        return lower.Contains("requirement", StringComparison.Ordinal) || lower.StartsWith("constraints", StringComparison.Ordinal)
            || path.Contains("requirements/", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>PEP 621, PEP 735, PEP 518, and the tables of poetry, uv, pdm and hatch.</summary>
    private static void ReadProject(string key, string value, int index, DependencyList list)
    {
        if (key is "project.dependencies" or "build-system.requires" || key.StartsWith("project.optional-dependencies.", StringComparison.Ordinal) || key.StartsWith("dependency-groups.", StringComparison.Ordinal)
            || key.StartsWith("tool.pdm.dev-dependencies.", StringComparison.Ordinal) || key is "tool.uv.dev-dependencies" or "tool.uv.constraint-dependencies" or "tool.uv.override-dependencies"
            || (key.StartsWith("tool.hatch.envs.", StringComparison.Ordinal) && key.EndsWith("dependencies", StringComparison.Ordinal)))
        {
            if (!key.EndsWith(".include-group", StringComparison.Ordinal))
                RequirementReader.ReadRequirement(value, index, value, list);
            return;
        }

        if (key == "build-system.backend-path")
        {
            list.Files.Add((value, index, "runs code of this folder when the package is built"));
            return;
        }

        string[] parts;
        if (key.StartsWith("tool.poetry.", StringComparison.Ordinal) && key.Contains("dependencies.", StringComparison.Ordinal))
        {
            var at = key.IndexOf("dependencies.", StringComparison.Ordinal) + "dependencies.".Length;
            AddTable(key[at..], value, index, list);
        }
        else if (key.StartsWith("tool.uv.sources.", StringComparison.Ordinal))
        {
            parts = key["tool.uv.sources.".Length..].Split('.');
            if (parts.Length > 1 && parts[^1] is "url" or "git")
                list.Add(PackageRegistry.PyPi, parts[0], null, parts[^1] == "git" ? "git+" + value : value, index, $"{parts[0]} = {value}");
        }
        else if (key is "tool.poetry.source.url" or "tool.uv.index.url" or "tool.pdm.source.url")
        {
            list.AddIndex(IndexUse.ExtraIndex, value, index, value);
        }
        else if (key is "tool.uv.index-url" or "tool.uv.default-index" or "tool.uv.pip.index-url")
        {
            list.AddIndex(IndexUse.Index, value, index, value);
        }
        else if (key is "tool.uv.extra-index-url" or "tool.uv.pip.extra-index-url")
        {
            list.AddIndex(IndexUse.ExtraIndex, value, index, value);
        }
        else if (key is "tool.uv.find-links" or "tool.uv.pip.find-links")
        {
            list.AddIndex(IndexUse.Links, value, index, value);
        }
        else if (key is "tool.uv.allow-insecure-host")
        {
            list.AddIndex(IndexUse.TrustedHost, value, index, value);
        }
    }

    private static void ReadPipfile(string key, string value, int index, DependencyList list)
    {
        if (key == "source.url")
            list.AddIndex(IndexUse.Index, value, index, value);
        else if (key.StartsWith("packages.", StringComparison.Ordinal) || key.StartsWith("dev-packages.", StringComparison.Ordinal))
            AddTable(key[(key.IndexOf('.', StringComparison.Ordinal) + 1)..], value, index, list);
    }

    /// <summary><c>name = "1.0"</c>, <c>name = {git = "…"}</c>.</summary>
    private static void AddTable(string rest, string value, int index, DependencyList list)
    {
        var dot = rest.LastIndexOf('.');
        var option = dot < 0 ? "" : rest[(dot + 1)..];
        var name = dot < 0 ? rest : rest[..dot];
        switch (option)
        {
            case "git" or "url" or "file":
                list.Add(PackageRegistry.PyPi, name, null, option == "git" && !value.StartsWith("git+", StringComparison.Ordinal) ? "git+" + value : value, index, $"{name} = {value}");
                break;
            case "path":
                break;
            case "version":
                list.Add(PackageRegistry.PyPi, name, RequirementReader.ExactVersion(value), null, index, $"{name} = {value}");
                break;
            case "extras" or "optional" or "markers" or "python" or "rev" or "branch" or "tag" or "develop" or "source" or "index" or "allow-prereleases" or "subdirectory" or "ref" or "editable" or "platform" or "sys_platform":
                break;
            default:
                if (rest != "python")
                    list.Add(PackageRegistry.PyPi, rest, RequirementReader.ExactVersion(value), null, index, $"{rest} = {value}");
                break;
        }
    }

    private static void ReadLock(string key, string value, int index, DependencyList list)
    {
        if (value.Contains("://", StringComparison.Ordinal) && (key.EndsWith(".url", StringComparison.Ordinal) || key.EndsWith(".registry", StringComparison.Ordinal) || key.EndsWith(".git", StringComparison.Ordinal)))
            list.AddIndex(IndexUse.Locked, value, index, value);
    }

    /// <summary>Settings by lines: <c>key = value</c>, with indented continuation.</summary>
    private static void ReadIni(string text, DependencyList list, bool isSetup)
    {
        string section = "", key = "";
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            var rest = text.AsSpan(at);
            var end = rest.IndexOfAny('\r', '\n');
            var line = (end < 0 ? rest : rest[..end]).ToString();
            at += end < 0 ? rest.Length : end + 1;
            var value = line.Trim();
            if (value.Length == 0 || value[0] is '#' or ';')
                continue;
            if (value[0] == '[')
            {
                section = value.Trim('[', ']').ToLowerInvariant();
                key = "";
                continue;
            }

            var equals = value.IndexOf('=', StringComparison.Ordinal);
            var isMore = char.IsWhiteSpace(line[0]) && key.Length > 0;
            if (!isMore)
            {
                if (equals < 0)
                    equals = value.IndexOf(':', StringComparison.Ordinal);
                if (equals < 0)
                    continue;
                key = value[..equals].Trim().ToLowerInvariant().Replace('_', '-');
                value = value[(equals + 1)..].Trim();
            }

            if (value.Length == 0)
                continue;
            if (isSetup && (key is "install-requires" or "setup-requires" or "tests-require" || section == "options.extras-require" || section == "options.extras_require"))
            {
                RequirementReader.ReadLine(value, start, list);
                continue;
            }

            IndexUse? use = key switch
            {
                "index-url" or "index" or "registry" or "repository" => IndexUse.Index,
                "extra-index-url" => IndexUse.ExtraIndex,
                "find-links" or "dependency-links" => IndexUse.Links,
                "trusted-host" => IndexUse.TrustedHost,
                _ => key.EndsWith(":registry", StringComparison.Ordinal) ? IndexUse.ExtraIndex : null,
            };
            if (use is { } how && (!isSetup || section is "easy-install" or "easy_install" or "options"))
            {
                foreach (var address in value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    list.AddIndex(how, address, start, line);
            }
        }
    }

    /// <summary>The literals of <c>install_requires=[…]</c> and its like; what is computed is for the analysis of the code.</summary>
    private static void ReadSetup(string text, DependencyList list)
    {
        foreach (var word in (ReadOnlySpan<string>)["install_requires", "setup_requires", "tests_require", "extras_require", "dependency_links"])
        {
            var at = text.IndexOf(word, StringComparison.Ordinal);
            while (at >= 0)
            {
                var open = at + word.Length;
                while (open < text.Length && (char.IsWhiteSpace(text[open]) || text[open] == '='))
                    open++;
                if (open < text.Length && text[open] is '[' or '(' or '{')
                    ReadLiterals(text, open, word == "dependency_links", list);
                at = text.IndexOf(word, open, StringComparison.Ordinal);
            }
        }
    }

    private static void ReadLiterals(string text, int open, bool links, DependencyList list)
    {
        var depth = 0;
        for (var i = open; i < text.Length; i++)
        {
            var c = text[i];
            if (c is '[' or '(' or '{')
            {
                depth++;
            }
            else if (c is ']' or ')' or '}')
            {
                if (--depth <= 0)
                    return;
            }
            else if (c == '#')
            {
                var end = text.AsSpan(i).IndexOf('\n');
                if (end < 0)
                    return;
                i += end;
            }
            else if (c is '"' or '\'')
            {
                var rest = text.AsSpan(i + 1);
                var end = rest.IndexOf(c);
                if (end < 0 || end > MaxLine)
                    return;
                var value = rest[..end].ToString();
                var next = i + end + 2;
                while (next < text.Length && text[next] is ' ' or '\t')
                    next++;
                // Keys of a dictionary name extras.
                if (next >= text.Length || text[next] != ':')
                {
                    if (links)
                        list.AddIndex(IndexUse.Links, value, i, value);
                    else
                        RequirementReader.ReadRequirement(value, i, value, list);
                }

                i += end + 1;
            }
        }
    }

    private static void ReadJson(string text, string name, DependencyList list)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 64 });
        var path = new List<string>();
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    var depth = reader.CurrentDepth;
                    if (path.Count >= depth)
                        path.RemoveRange(depth - 1, path.Count - depth + 1);
                    while (path.Count < depth - 1)
                        path.Add("");
                    path.Add(reader.GetString() ?? "");
                }
                else if (reader.TokenType == JsonTokenType.String && path.Count > 0)
                {
                    ReadJsonValue(path, reader.GetString() ?? "", name, bytes, (int)reader.TokenStartIndex, list);
                }
            }
        }
        catch (JsonException)
        {
            // Package managers refuse it too; what came before the fault was seen.
        }
        catch (InvalidOperationException)
        {
            // A string that is no valid text: as above.
        }
    }

    private static void ReadJsonValue(List<string> path, string value, string name, byte[] bytes, int at, DependencyList list)
    {
        if (name == "package.json")
        {
            if (path.Count != 2 || !(path[0].EndsWith("ependencies", StringComparison.Ordinal) || path[0] is "overrides" or "resolutions"))
                return;
            var index = Encoding.UTF8.GetCharCount(bytes.AsSpan(0, at));
            var package = path[1];
            string? source = null;
            string? version = null;
            if (value.StartsWith("npm:", StringComparison.Ordinal))
            {
                var end = value.LastIndexOf('@');
                package = end > 4 ? value[4..end] : value[4..];
            }
            else if (value.Contains("://", StringComparison.Ordinal))
            {
                source = value;
            }
            else if (value.StartsWith("github:", StringComparison.Ordinal) || value.StartsWith("gitlab:", StringComparison.Ordinal) || value.StartsWith("bitbucket:", StringComparison.Ordinal) || value.StartsWith("gist:", StringComparison.Ordinal))
            {
                source = "git+https://" + value[..value.IndexOf(':', StringComparison.Ordinal)] + ".com/" + value[(value.IndexOf(':', StringComparison.Ordinal) + 1)..];
            }
            else if (value.Length > 0 && char.IsAsciiDigit(value[0]) && !value.Contains(' ', StringComparison.Ordinal))
            {
                version = value;
            }

            list.Add(PackageRegistry.Npm, package, version, source, index, $"{path[1]}: {value}");
        }
        else if (path[^1] == "resolved" || (name == "pipfile.lock" && path[^1] is "url" or "git") || (name == "pipfile.lock" && path[^1] == "file"))
        {
            if (value.Contains("://", StringComparison.Ordinal))
                list.AddIndex(IndexUse.Locked, value, Encoding.UTF8.GetCharCount(bytes.AsSpan(0, at)), value);
        }
    }

    private static void ReadYarn(string text, DependencyList list)
    {
        const string Word = "resolved \"";
        for (var at = text.IndexOf(Word, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Word, at + 1, StringComparison.Ordinal))
        {
            var rest = text.AsSpan(at + Word.Length);
            var end = rest.IndexOf('"');
            if (end is > 0 and < MaxLine)
                list.AddIndex(IndexUse.Locked, rest[..end].ToString(), at, rest[..end]);
        }
    }

    /// <summary>conda's environment: channels, packages, and the requirements under <c>pip:</c>.</summary>
    private static void ReadConda(string text, DependencyList list)
    {
        if (!text.Contains("dependencies:", StringComparison.Ordinal) && !text.Contains("channels:", StringComparison.Ordinal))
            return;
        var section = "";
        var pip = -1;
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            var rest = text.AsSpan(at);
            var end = rest.IndexOfAny('\r', '\n');
            var line = end < 0 ? rest : rest[..end];
            at += end < 0 ? rest.Length : end + 1;
            var indent = line.Length - line.TrimStart().Length;
            var item = line.Trim();
            if (item.IsEmpty || item[0] == '#')
                continue;
            if (item[0] != '-')
            {
                var colon = item.IndexOf(':');
                section = colon > 0 && item[(colon + 1)..].Trim().IsEmpty ? item[..colon].ToString() : "";
                pip = -1;
                continue;
            }

            if (section is not ("dependencies" or "channels"))
                continue;
            var value = item[1..].Trim().Trim("\"'");
            if (indent <= pip)
                pip = -1;
            if (value.StartsWith("pip:"))
                pip = indent;
            else if (section == "channels")
                AddChannel(value.ToString(), start, list);
            else if (pip >= 0)
                RequirementReader.ReadLine(value.ToString(), start, list);
            else
                AddConda(value, start, list);
        }
    }

    private static void AddChannel(string channel, int index, DependencyList list)
    {
        if (channel.Contains("://", StringComparison.Ordinal))
            list.AddIndex(IndexUse.ExtraIndex, channel, index, channel);
        else if (!PublicChannels.Contains(channel))
            list.AddIndex(IndexUse.ExtraIndex, "https://conda.anaconda.org/" + channel, index, channel);
    }

    private static void AddConda(ReadOnlySpan<char> value, int index, DependencyList list)
    {
        var channel = value.IndexOf("::");
        var name = RequirementReader.NameOf(channel < 0 ? value : value[(channel + 2)..]);
        if (name.Length > 0)
            list.Add(PackageRegistry.Conda, name, null, null, index, value);
    }

    /// <summary>Install commands, where the line is one: at its start, behind a prompt, in a command of a build.</summary>
    private static void ReadCommands(string text, CodeLanguage language, DependencyList list)
    {
        var from = 0;
        while (from < text.Length)
        {
            var next = text.AsSpan(from).IndexOfAny(Installs);
            if (next < 0)
                return;
            var at = from + next;
            var verb = text.AsSpan(at, 3);
            var isNode = verb is "npm" or "yar" or "pnp";
            from = at + text.AsSpan(at).IndexOf(' ') + 1;
            from += text.AsSpan(from).IndexOf(' ') + 1;
            if (!IsCommand(text, at, language))
                continue;
            var rest = text.AsSpan(from, Math.Min(MaxLine, text.Length - from));
            var joined = CommandLine(rest, language);
            from += Math.Max(1, joined.Taken);
            var words = joined.Line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (!isNode)
            {
                RequirementReader.ReadArguments(words, at, Written(text, at), list);
                continue;
            }

            foreach (var word in words)
            {
                if (word[0] == '-' || word[0] == '.')
                    continue;
                var version = word.IndexOf('@', 1);
                if (word.Contains("://", StringComparison.Ordinal))
                    list.Add(PackageRegistry.Npm, "", null, word, at, Written(text, at));
                else
                    list.Add(PackageRegistry.Npm, version > 0 ? word[..version] : word, version > 0 ? word[(version + 1)..] : null, null, at, Written(text, at));
            }
        }
    }

    private static string Written(string text, int at)
    {
        var line = text.AsSpan(at, Math.Min(200, text.Length - at));
        var end = line.IndexOfAny('\r', '\n');
        return (end < 0 ? line : line[..end]).ToString();
    }

    private static (string Line, int Taken) CommandLine(ReadOnlySpan<char> rest, CodeLanguage language)
    {
        var line = new StringBuilder();
        var i = 0;
        for (; i < rest.Length; i++)
        {
            var c = rest[i];
            if (c == '\\' && i + 1 < rest.Length && rest[i + 1] is '\r' or '\n')
            {
                i++;
                line.Append(' ');
                continue;
            }

            if (c is '\r' or '\n' or ';' or '|' or '`' or ')' or '#' && (c != '#' || line.Length == 0 || line[^1] == ' ') || c == '&'
                || (c == '\\' && i + 1 < rest.Length && rest[i + 1] is 'n' or '"') || (c is '"' or '\'' && language is CodeLanguage.Python or CodeLanguage.Notebook) || c is '<' or '$' or '{' or '%')
            {
                break;
            }

            if (c is not ('"' or '\''))
                line.Append(c);
        }

        return (line.ToString(), i);
    }

    private static bool IsCommand(string text, int at, CodeLanguage language)
    {
        var before = text.AsSpan(Math.Max(0, at - 80), Math.Min(80, at));
        var start = before[(before.LastIndexOfAny('\r', '\n') + 1)..].TrimStart(" \t");
        if (language == CodeLanguage.Python)
            return start.IsEmpty || start is "!" or "%" || start.EndsWith("\"") || start.EndsWith("'") || start.EndsWith("-m ");
        start = start.TrimEnd();
        return start.IsEmpty || start[^1] is '$' or '!' or '%' or '>' or '`' or '"' or '&' or '-' or '@' or ';' || start.EndsWith("RUN", StringComparison.Ordinal) || start.EndsWith("sudo", StringComparison.Ordinal)
            || start.EndsWith("-m", StringComparison.Ordinal) || start.EndsWith("uv", StringComparison.Ordinal) || start.EndsWith("run:", StringComparison.Ordinal) || start.EndsWith("-H", StringComparison.Ordinal)
            || language is CodeLanguage.Shell or CodeLanguage.Batch or CodeLanguage.Dockerfile or CodeLanguage.Makefile && !start.StartsWith("#") && !start.StartsWith("echo", StringComparison.OrdinalIgnoreCase);
    }
}
