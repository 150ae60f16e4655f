using System.Text;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>
/// Judges files that make builds, editors and tools run commands: the commands as what they are, and what only such a file can do (code of
/// strangers beside secrets, tasks that start when a folder opens, containers with the rights of their host).
/// </summary>
internal sealed class PipelineDetector : Detector<TextFacts>
{
    private const int MaxCommands = 500;

    private static readonly string[] Untrusted =
    [
        "github.event.issue.title", "github.event.issue.body", "github.event.pull_request.title", "github.event.pull_request.body", "github.event.comment.body", "github.event.review.body", "github.event.review_comment.body",
        "github.event.discussion.title", "github.event.discussion.body", "github.event.head_commit.message", "github.event.commits", "github.event.pages", "github.head_ref", "github.event.pull_request.head.ref", "github.event.pull_request.head.label",
        "github.event.head_commit.author", "github.event.workflow_run.head_branch", "github.event.pull_request.head.repo.default_branch",
    ];

    private static readonly HashSet<string> CommandKeys = new(StringComparer.Ordinal)
    {
        "run", "script", "before_script", "after_script", "command", "commands", "bash", "sh", "powershell", "pwsh", "install", "before_install", "after_success", "after_failure", "entry", "entrypoint", "build_script", "test_script", "test", "post_create", "init", "before",
    };

    /// <inheritdoc/>
    public override IReadOnlyList<Rule> Rules { get; } = [PipelineRules.ContainerInstruction, PipelineRules.UnsafePipeline, PipelineRules.AutoRunFile];

    /// <inheritdoc/>
    protected override void Inspect(TextFacts facts, Artifact artifact, DetectionScope scope)
    {
        var path = (artifact.Member ?? scope.Path).Replace('!', '/').Replace('\\', '/');
        var name = artifact.Name.ToLowerInvariant();
        var folder = path.Length > artifact.Name.Length ? "/" + path[..^artifact.Name.Length] : "/";
        var text = facts.Source.Text;
        var file = new PipelineFile(artifact, scope);
        var isYaml = name.EndsWith(".yml", StringComparison.Ordinal) || name.EndsWith(".yaml", StringComparison.Ordinal);
        if (isYaml)
            InspectYaml(name, folder, text, file);
        else if (name is "devcontainer.json" or ".devcontainer.json")
            Devcontainer(SettingsOutline.Json(text, scope.Budget), file);
        else if (folder.EndsWith("/.vscode/", StringComparison.Ordinal) && name == "tasks.json")
            EditorTasks(SettingsOutline.Json(text, scope.Budget), file);
        else if (name is ".mcp.json" or "mcp.json" or "claude_desktop_config.json" || (folder.EndsWith("/.vscode/", StringComparison.Ordinal) && name == "launch.json"))
            StartedPrograms(SettingsOutline.Json(text, scope.Budget), file, name == "launch.json" ? "when the program is started in an editor" : "when an assistant opens the folder");
        else if (folder.EndsWith("/.vscode/", StringComparison.Ordinal) && name == "settings.json")
            EditorSettings(SettingsOutline.Json(text, scope.Budget), file);
        else if (folder.EndsWith("/.claude/", StringComparison.Ordinal) && name is "settings.json" or "settings.local.json")
            Assistant(SettingsOutline.Json(text, scope.Budget), file);
        else if (name is ".gitconfig" or ".gitmodules" || (name == "config" && (folder.EndsWith("/.git/", StringComparison.Ordinal) || text.Contains("[core]", StringComparison.Ordinal))))
            Git(SettingsOutline.Ini(text, scope.Budget), file);
        else if (name.EndsWith(".service", StringComparison.Ordinal) || name.EndsWith(".desktop", StringComparison.Ordinal) || name.EndsWith(".timer", StringComparison.Ordinal))
            Unit(SettingsOutline.Ini(text, scope.Budget), file);
        else if (name is "procfile")
            Procfile(text, file);
        else if (name is "postbuild" && artifact.Language is CodeLanguage.None)
            file.Run(CodeLanguage.Shell, text, static i => i, Reach.Main);
        else if (name is "jenkinsfile" || name.EndsWith(".jenkinsfile", StringComparison.Ordinal))
            Jenkins(text, file);
        else if (artifact.Language == CodeLanguage.Dockerfile)
            Container(text, file);
        file.Judge();
    }

    private static void InspectYaml(string name, string folder, string text, PipelineFile file)
    {
        var isWorkflow = folder.EndsWith("/.github/workflows/", StringComparison.Ordinal) || folder.EndsWith("/.gitea/workflows/", StringComparison.Ordinal) || folder.EndsWith("/.forgejo/workflows/", StringComparison.Ordinal) || name is "action.yml" or "action.yaml";
        var isBuild = name is ".gitlab-ci.yml" or "azure-pipelines.yml" or "bitbucket-pipelines.yml" or ".travis.yml" or "appveyor.yml" or ".drone.yml" or ".woodpecker.yml" or "cog.yaml" or "cloudbuild.yaml" or "buildspec.yml" or ".gitpod.yml" or "render.yaml" or "app.yaml"
            || (folder.EndsWith("/.circleci/", StringComparison.Ordinal) && name == "config.yml");
        var isCompose = name.StartsWith("docker-compose", StringComparison.Ordinal) || name.StartsWith("compose.", StringComparison.Ordinal);
        var isHooks = name is ".pre-commit-config.yaml" or ".pre-commit-hooks.yaml" or "lefthook.yml" or ".lefthook.yml";
        if (!isWorkflow && !isBuild && !isCompose && !isHooks)
            return;
        var entries = SettingsOutline.Yaml(text, file.Budget);
        if (isWorkflow)
            Workflow(entries, file);
        else if (isCompose)
            Compose(entries, file);
        else
            Commands(entries, file, isHooks || name == ".gitpod.yml" ? Reach.Import : Reach.Main);
    }

    /// <summary>A GitHub workflow: its commands with the secrets that they are given, and code of strangers beside secrets.</summary>
    private static void Workflow(List<SettingsEntry> entries, PipelineFile file)
    {
        var foreignTrigger = entries.Exists(static e => e.Path.StartsWith("on", StringComparison.Ordinal) && (e.Path.Contains("pull_request_target", StringComparison.Ordinal) || e.Value is "pull_request_target")) || (entries.Exists(static e => e.Path.StartsWith("on/", StringComparison.Ordinal) && e.Path.Contains("workflow_run", StringComparison.Ordinal)));
        var variables = new StringBuilder();
        var shells = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            if (entry.Parent.EndsWith("env", StringComparison.Ordinal) && entry.Value.Contains("secrets.", StringComparison.Ordinal) && variables.Length < 32_000 && IsName(entry.Key))
                variables.Append(entry.Key).Append('=').Append('"').Append(Plain(entry.Value)).Append("\"\n");
            if (entry.Key == "shell")
                shells[entry.Parent] = entry.Value;
        }

        var foreignCode = entries.Find(static e => e.Path.EndsWith("/with/ref", StringComparison.Ordinal) && (e.Value.Contains("github.event.pull_request.head", StringComparison.Ordinal) || e.Value.Contains("github.head_ref", StringComparison.Ordinal) || e.Value.Contains("github.event.workflow_run.head", StringComparison.Ordinal) || e.Value.Contains("refs/pull/", StringComparison.Ordinal)));
        if (foreignTrigger && foreignCode is not null && entries.Exists(static e => e.Path.EndsWith("/run", StringComparison.Ordinal)))
            file.Add(PipelineRules.UnsafePipeline, foreignCode, "The pipeline checks out a stranger's proposal while it has access to secrets, and runs commands on it", Severity.Medium);
        foreach (var entry in entries)
        {
            if (!entry.Path.EndsWith("/run", StringComparison.Ordinal) && !entry.Path.EndsWith("/with/script", StringComparison.Ordinal))
                continue;
            if (Array.Find(Untrusted, u => Pastes(entry.Value, u)) is { } pasted)
                file.Add(PipelineRules.UnsafePipeline, entry, $"The pipeline pastes a text of strangers ({pasted}) into a command", Severity.Medium);
            if (!entry.Path.EndsWith("/run", StringComparison.Ordinal))
                continue;
            var shell = shells.GetValueOrDefault(entry.Parent) ?? shells.GetValueOrDefault("defaults/run") ?? "";
            var language = shell.Contains("pwsh", StringComparison.Ordinal) || shell.Contains("powershell", StringComparison.Ordinal) ? CodeLanguage.PowerShell : shell.Contains("python", StringComparison.Ordinal) ? CodeLanguage.Python : shell.Contains("cmd", StringComparison.Ordinal) ? CodeLanguage.Batch : CodeLanguage.Shell;
            var index = entry.Index;
            file.Run(language, language == CodeLanguage.Shell ? variables + Plain(entry.Value) : Plain(entry.Value), _ => index, Reach.Main);
        }
    }

    private static bool Pastes(string command, string name)
    {
        for (var at = command.IndexOf("${{", StringComparison.Ordinal); at >= 0; at = command.IndexOf("${{", at + 3, StringComparison.Ordinal))
        {
            var end = command.IndexOf("}}", at, StringComparison.Ordinal);
            if (end < 0)
                return false;
            if (command.AsSpan(at, end - at).Contains(name, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    /// <summary>Expressions as variables of a shell: secrets stay secrets, the rest stays unknown.</summary>
    private static string Plain(string command)
    {
        if (!command.Contains("${{", StringComparison.Ordinal))
            return command;
        var plain = new StringBuilder(command.Length);
        var (isSingle, isDouble) = (false, false);
        // Expressions are put in before a shell sees its quotes; a variable would not be seen in single ones.
        void Append(string expansion) => plain.Append(isSingle ? "'\"" : "").Append(expansion).Append(isSingle ? "\"'" : "");
        for (var at = 0; at < command.Length;)
        {
            var open = command.IndexOf("${{", at, StringComparison.Ordinal);
            var close = open < 0 ? -1 : command.IndexOf("}}", open, StringComparison.Ordinal);
            if (close < 0)
                return plain.Append(command.AsSpan(at)).ToString();
            foreach (var c in command.AsSpan(at, open - at))
            {
                isSingle ^= c == '\'' && !isDouble;
                isDouble ^= c == '"' && !isSingle;
            }

            plain.Append(command.AsSpan(at, open - at));
            var expression = command[(open + 3)..close].Trim();
            if (expression.Contains("toJSON(secrets", StringComparison.OrdinalIgnoreCase))
            {
                Append("$(printenv)");
            }
            else if (expression.IndexOf("secrets.", StringComparison.Ordinal) is >= 0 and var secret)
            {
                var rest = expression.AsSpan(secret + 8);
                var length = 0;
                while (length < rest.Length && (char.IsAsciiLetterOrDigit(rest[length]) || rest[length] == '_'))
                    length++;
                var name = rest[..length].ToString();
                Append("${" + name + (ShellPaths.IsSecretVariable(name) ? "" : "_SECRET") + "}");
            }
            else
            {
                Append("${EXPRESSION}");
            }

            at = close + 2;
        }

        return plain.ToString();
    }

    private static bool IsName(string text) => text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static void Commands(List<SettingsEntry> entries, PipelineFile file, Reach reach)
    {
        // The lines of one list are one script.
        string? group = null;
        var script = new StringBuilder();
        var index = 0;
        void Finish()
        {
            var at = index;
            if (script.Length > 0)
                file.Run(CodeLanguage.Shell, script.ToString(), _ => at, reach);
            script.Clear();
        }

        foreach (var entry in entries)
        {
            if (!CommandKeys.Contains(entry.Key))
                continue;
            var parent = char.IsAsciiDigit(entry.Path[^1]) ? entry.Parent : entry.Path;
            if (parent != group)
            {
                Finish();
                (group, index) = (parent, entry.Index);
            }

            script.Append(Plain(entry.Value)).Append('\n');
        }

        Finish();
    }

    private static void Compose(List<SettingsEntry> entries, PipelineFile file)
    {
        var lists = new Dictionary<string, (StringBuilder Words, int Index)>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            if (entry.Key == "privileged" && entry.Value == "true")
                file.Add(PipelineRules.ContainerInstruction, entry, "The container runs with all rights of its host", Severity.Medium);
            if (entry.Path.Contains("/volumes/", StringComparison.Ordinal))
                JudgeMount(entry, file);
            if (entry.Key is not ("command" or "entrypoint" or "test"))
                continue;
            if (!char.IsAsciiDigit(entry.Path[^1]))
            {
                var index = entry.Index;
                file.Run(CodeLanguage.Shell, entry.Value, _ => index, Reach.Main);
                continue;
            }

            if (!lists.TryGetValue(entry.Parent, out var list))
                lists[entry.Parent] = list = (new StringBuilder(), entry.Index);
            if (entry.Value is not ("CMD" or "CMD-SHELL"))
                list.Words.Append('\'').Append(entry.Value.Replace("'", "'\\''", StringComparison.Ordinal)).Append("' ");
            else if (entry.Value == "CMD-SHELL")
                list.Words.Append("sh -c ");
        }

        foreach (var (words, index) in lists.Values)
            file.Run(CodeLanguage.Shell, words.ToString(), _ => index, Reach.Main);
    }

    private static void JudgeMount(SettingsEntry entry, PipelineFile file)
    {
        if (entry.Value.StartsWith("/:", StringComparison.Ordinal) || (entry.Key == "source" && entry.Value == "/"))
            file.Add(PipelineRules.ContainerInstruction, entry, "The container gets the root folder of its host", Severity.Medium);
        else if (entry.Value.Contains("docker.sock", StringComparison.Ordinal))
            file.Add(PipelineRules.ContainerInstruction, entry, "The container gets the socket of the Docker service, and with it its host", Severity.Low);
    }

    private static void Devcontainer(List<SettingsEntry> entries, PipelineFile file)
    {
        var arrays = new Dictionary<string, (StringBuilder Words, int Index)>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var top = entry.Path.Split('/')[0];
            if (top == "runArgs" && entry.Value == "--privileged")
                file.Add(PipelineRules.ContainerInstruction, entry, "The container runs with all rights of its host", Severity.Low);
            if (!top.EndsWith("Command", StringComparison.Ordinal))
                continue;
            if (char.IsAsciiDigit(entry.Path[^1]))
            {
                if (!arrays.TryGetValue(entry.Parent, out var array))
                    arrays[entry.Parent] = array = (new StringBuilder(), entry.Index);
                array.Words.Append('\'').Append(entry.Value.Replace("'", "'\\''", StringComparison.Ordinal)).Append("' ");
                continue;
            }

            var index = entry.Index;
            file.Start(entry, CodeLanguage.Shell, entry.Value, _ => index, "when the development container is made");
        }

        foreach (var (words, index) in arrays.Values)
            file.Start(new SettingsEntry("", words.ToString(), index), CodeLanguage.Shell, words.ToString(), _ => index, "when the development container is made");
    }

    /// <summary>Programs with their arguments, and code, as assistants' servers and launch settings have them.</summary>
    private static void StartedPrograms(List<SettingsEntry> entries, PipelineFile file, string when)
    {
        foreach (var entry in entries)
        {
            var index = entry.Index;
            if (entry.Path.EndsWith("/code", StringComparison.Ordinal))
                file.Start(entry, CodeLanguage.Python, entry.Value, _ => index, when);
            if (!entry.Path.EndsWith("/command", StringComparison.Ordinal))
                continue;
            var owner = entry.Path[..^"command".Length];
            var words = new StringBuilder(entry.Value);
            foreach (var argument in entries)
            {
                if (argument.Path.StartsWith(owner + "args/", StringComparison.Ordinal) && words.Length < 32_000)
                    words.Append(' ').Append('\'').Append(argument.Value.Replace("'", "'\\''", StringComparison.Ordinal)).Append('\'');
            }

            file.Start(entry, CodeLanguage.Shell, words.ToString(), _ => index, when);
        }
    }

    private static void EditorTasks(List<SettingsEntry> entries, PipelineFile file)
    {
        foreach (var on in entries.Where(static e => e.Path.EndsWith("runOptions/runOn", StringComparison.Ordinal) && e.Value == "folderOpen"))
        {
            var task = on.Path[..^"runOptions/runOn".Length];
            var words = new StringBuilder();
            SettingsEntry? first = null;
            foreach (var entry in entries)
            {
                if (!entry.Path.StartsWith(task, StringComparison.Ordinal))
                    continue;
                var rest = entry.Path[task.Length..];
                var isCommand = rest is "command" or "command/value" or "osx/command" or "linux/command" or "windows/command";
                if (isCommand)
                {
                    first ??= entry;
                    var platform = rest.Contains('/') && rest != "command/value";
                    if (platform)
                    {
                        var at = entry.Index;
                        file.Start(entry, rest[0] == 'w' ? CodeLanguage.PowerShell : CodeLanguage.Shell, entry.Value, _ => at, "as soon as the folder is opened in an editor");
                        continue;
                    }

                    words.Append(entry.Value);
                }
                else if (rest.StartsWith("args/", StringComparison.Ordinal))
                {
                    words.Append(' ').Append('\'').Append(entry.Value.Replace("'", "'\\''", StringComparison.Ordinal)).Append('\'');
                }
            }

            if (words.Length == 0)
                continue;
            var index = first?.Index ?? on.Index;
            file.Start(first ?? on, CodeLanguage.Shell, words.ToString().Replace("${workspaceFolder}/", "", StringComparison.Ordinal), _ => index, "as soon as the folder is opened in an editor");
        }
    }

    /// <summary>Settings that make an editor start a program of the folder.</summary>
    private static void EditorSettings(List<SettingsEntry> entries, PipelineFile file)
    {
        foreach (var entry in entries)
        {
            var path = entry.Path;
            var startsProgram = path.StartsWith("terminal.integrated.", StringComparison.Ordinal) && (path.Contains("/path", StringComparison.Ordinal) || path.Contains("/args/", StringComparison.Ordinal) || path.Contains("shellArgs", StringComparison.Ordinal)) || path is "git.path" or "php.validate.executablePath" or "python.envFile";
            if (startsProgram && (entry.Value.Contains(' ') || entry.Value.StartsWith("./", StringComparison.Ordinal) || entry.Value.Contains("${workspaceFolder}", StringComparison.Ordinal)))
            {
                var index = entry.Index;
                file.Start(entry, CodeLanguage.Shell, entry.Value.Replace("${workspaceFolder}/", "", StringComparison.Ordinal), _ => index, "when the editor uses this setting");
            }

            if (path is "task.allowAutomaticTasks" && entry.Value is "on")
                file.Add(PipelineRules.AutoRunFile, entry, "The settings let tasks of the folder start by themselves", Severity.Medium);
        }
    }

    private static void Assistant(List<SettingsEntry> entries, PipelineFile file)
    {
        foreach (var entry in entries)
        {
            if (!entry.Path.StartsWith("hooks/", StringComparison.Ordinal) || entry.Key != "command")
                continue;
            var index = entry.Index;
            file.Start(entry, CodeLanguage.Shell, entry.Value, _ => index, "when a coding assistant works in the folder");
        }
    }

    private static void Git(List<SettingsEntry> entries, PipelineFile file)
    {
        foreach (var entry in entries)
        {
            var section = entry.Parent.ToLowerInvariant();
            var key = entry.Key.ToLowerInvariant();
            var isProgram = section == "core" && key is "fsmonitor" or "sshcommand" or "pager" or "editor" or "askpass" or "gitproxy" or "alternaterefscommand"
                || (section.StartsWith("filter", StringComparison.Ordinal) && key is "clean" or "smudge" or "process") || (section.StartsWith("diff", StringComparison.Ordinal) && key is "external" or "textconv" or "command") || (section.StartsWith("merge", StringComparison.Ordinal) && key == "driver")
                || (section == "credential" && key == "helper" && entry.Value.StartsWith('!')) || (section == "sequence" && key == "editor") || (section == "gpg" && key == "program") || entry.Value.StartsWith('!');
            var value = entry.Value.Trim('"');
            if (value.StartsWith('!'))
                value = value[1..];
            if (isProgram && value is not ("true" or "false") && !value.StartsWith("git-lfs", StringComparison.Ordinal))
            {
                var index = entry.Index;
                file.Start(entry, CodeLanguage.Shell, value.Replace("\\\"", "\"", StringComparison.Ordinal), _ => index, "when git is used in the folder");
            }

            if (key == "url" && (value.StartsWith('-') || value.StartsWith("ext::", StringComparison.Ordinal)))
            {
                var index = entry.Index;
                file.Add(PipelineRules.AutoRunFile, entry, "An address of a submodule makes git run a command", Severity.High);
                file.Run(CodeLanguage.Shell, value[(value.StartsWith('-') ? 0 : 5)..], _ => index, Reach.Import);
            }
            else if (key == "path" && section.StartsWith("submodule", StringComparison.Ordinal) && (value.Contains("..", StringComparison.Ordinal) || value.StartsWith(".git/", StringComparison.Ordinal) || value.Contains('\r')))
            {
                file.Add(PipelineRules.AutoRunFile, entry, "A submodule is placed where it overwrites what git runs", Severity.High);
            }
            else if (key == "hookspath" && section == "core")
            {
                file.Add(PipelineRules.AutoRunFile, entry, $"Git runs the hooks in {PicklePrinter.Quote(value)}", Severity.Medium);
            }
        }
    }

    private static void Unit(List<SettingsEntry> entries, PipelineFile file)
    {
        foreach (var entry in entries)
        {
            if (!entry.Key.StartsWith("Exec", StringComparison.Ordinal))
                continue;
            var index = entry.Index;
            file.Run(CodeLanguage.Shell, entry.Value.TrimStart('-', '@', '+', '!', ':').Replace("%%", "%", StringComparison.Ordinal), _ => index, Reach.Main);
        }
    }

    private static void Procfile(string text, PipelineFile file)
    {
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            var newline = text.IndexOf('\n', at);
            var end = newline < 0 ? text.Length : newline;
            at = end + 1;
            var colon = text.AsSpan(start, end - start).IndexOf(':');
            if (colon > 0)
                file.Run(CodeLanguage.Shell, text[(start + colon + 1)..end], i => start + colon + 1 + i, Reach.Main);
        }
    }

    /// <summary>The strings behind <c>sh</c>, <c>bat</c> and <c>powershell</c>.</summary>
    private static void Jenkins(string text, PipelineFile file)
    {
        foreach (var (call, language) in (ReadOnlySpan<(string, CodeLanguage)>)[("sh", CodeLanguage.Shell), ("bat", CodeLanguage.Batch), ("powershell", CodeLanguage.PowerShell), ("pwsh", CodeLanguage.PowerShell)])
        {
            for (var at = text.IndexOf(call, StringComparison.Ordinal); at >= 0; at = text.IndexOf(call, at + 1, StringComparison.Ordinal))
            {
                var open = at + call.Length;
                if ((at > 0 && (char.IsLetterOrDigit(text[at - 1]) || text[at - 1] is '.' or '_')) || open >= text.Length)
                    continue;
                while (open < text.Length && text[open] is ' ' or '(' or '\t')
                    open++;
                if (text.AsSpan(open).StartsWith("script:"))
                    open += "script:".Length + text.AsSpan(open + "script:".Length).IndexOfAnyExcept(' ');
                if (open >= text.Length || text[open] is not ('"' or '\'') || open == at + call.Length && text[open] is not ('"' or '\''))
                    continue;
                var quote = text.AsSpan(open).StartsWith("'''") ? "'''" : text.AsSpan(open).StartsWith("\"\"\"") ? "\"\"\"" : text[open].ToString();
                var start = open + quote.Length;
                var end = text.IndexOf(quote, start, StringComparison.Ordinal);
                if (end < 0)
                    break;
                file.Run(language, text[start..end], i => Math.Min(start + i, end), Reach.Main);
            }
        }
    }

    /// <summary>What a container file can do besides its commands, which are judged as code.</summary>
    private static void Container(string text, PipelineFile file)
    {
        var at = text.IndexOf("--security=insecure", StringComparison.Ordinal);
        if (at >= 0)
            file.Add(PipelineRules.ContainerInstruction, new SettingsEntry("RUN", "--security=insecure", at), "A step of the build runs with all rights of its host", Severity.Medium);
    }

    /// <summary>One file being judged.</summary>
    private sealed class PipelineFile(Artifact artifact, DetectionScope scope)
    {
        private readonly ActSink _acts = new(scope.Budget);
        private int _commands;

        public WorkBudget Budget => scope.Budget;

        public void Add(Rule rule, SettingsEntry entry, string message, Severity severity) =>
            scope.Findings.AddAt(rule, artifact, entry.Index, message, entry.Value.Length > 400 ? entry.Value[..400] + "…" : entry.Value, severity, Confidence.High, rule == PipelineRules.AutoRunFile ? Effect.Load : Effect.Build);

        public void Run(CodeLanguage language, string text, Func<int, int> place, Reach reach)
        {
            if (text.Length > 0 && _commands++ < MaxCommands)
                LanguageCatalog.Analyse(new CodeUnit(language, text, reach) { Place = place }, _acts);
        }

        /// <summary>Something starts by itself: that it does is a note, unless what it starts is worse than setting up.</summary>
        public void Start(SettingsEntry entry, CodeLanguage language, string text, Func<int, int> place, string when)
        {
            var before = _acts.Acts.Count;
            Run(language, text, place, Reach.Import);
            var isFamiliar = true;
            for (var i = before; i < _acts.Acts.Count; i++)
            {
                var act = _acts.Acts[i];
                isFamiliar &= act.Confidence < Confidence.Medium || act.Deed is Deed.Download or Deed.Install or Deed.RunSibling or Deed.WriteFile or Deed.ReadSecret;
            }

            var isEditor = when.Contains("editor", StringComparison.Ordinal) || when.Contains("assistant", StringComparison.Ordinal);
            Add(PipelineRules.AutoRunFile, entry, $"A command starts {when}", isFamiliar ? isEditor ? Severity.Medium : Severity.Info : Severity.High);
        }

        public void Judge()
        {
            if (_acts.Acts.Count == 0)
                return;
            scope.TraitsOf(artifact).Acts.AddRange(_acts.Acts);
            BehaviourJudge.Judge(_acts.Acts, artifact, scope, JudgeContext.Build);
        }
    }
}
