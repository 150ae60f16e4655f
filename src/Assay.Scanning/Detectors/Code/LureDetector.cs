using System.Buffers;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Reads texts as their reader would, and judges what they tell him to do.</summary>
internal sealed class LureDetector : Detector<TextFacts>
{
    private const int MaxCodeBlocks = 2000;
    private const int MaxLinks = 5000;
    private const int MaxCommands = 500;

    private static readonly string[] AgentFiles = ["AGENTS.md", "AGENT.md", "CLAUDE.md", "GEMINI.md", ".cursorrules", ".windsurfrules", ".clinerules", "copilot-instructions.md", "SKILL.md", "CONVENTIONS.md", ".goosehints", "llms.txt", "llms-full.txt"];

    private static readonly string[] DataFolders = ["data", "dataset", "datasets", "prompts", "test", "tests", "eval", "evaluation", "corpus", "benchmark", "benchmarks", "samples", "fixtures"];

    /// <summary>Words by which a text warns of what it names, in the languages of the phrase table.</summary>
    private static readonly SearchValues<string> Warnings = SearchValues.Create(
        [
            "never ", "do not ", "don't ", "don’t ", "avoid ", "beware", "warning sign", "malicious", "attacker", "red flag", "refuse ", "instead of ", "must not", "should not", "不要", "切勿", "请勿", "請勿", "警惕", "никогда", "не запускайте", "не выполняйте", "не отключайте",
            "jamais", "ne pas", "nunca", "no ejecut", "no desactiv", "não execut", "não desativ", "niemals", "nicht ", "しないで", "してはいけ", "마세요", "하지 마", "لا ت", "asla", "đừng", "jangan", "nigdy", "mai eseguire",
        ],
        StringComparison.OrdinalIgnoreCase);

    public override IReadOnlyList<Rule> Rules { get; } = [LureRules.RunScript, LureRules.DisableProtection, LureRules.OffHubDownload, LureRules.HiddenText, LureRules.MisleadingLink];

    protected override void Inspect(TextFacts facts, Artifact artifact, DetectionScope scope)
    {
        if (artifact.Language is not (CodeLanguage.Prose or CodeLanguage.Html) || IsData(scope.Path, artifact.Name))
            return;
        var pieces = ReaderView.Read(facts.Source, artifact.Language == CodeLanguage.Html, scope.Budget);
        new TextReading(artifact, scope).Read(pieces, facts.Source.Text);
    }

    /// <summary>Lists of sentences in a folder of data speak to nobody.</summary>
    private static bool IsData(string path, string name)
    {
        if (!name.EndsWith(".txt", StringComparison.OrdinalIgnoreCase))
            return false;
        foreach (var folder in path.Split('/')[..^1])
        {
            if (Array.IndexOf(DataFolders, folder.ToLowerInvariant()) >= 0)
                return true;
        }

        return false;
    }

    /// <summary>Judges the pieces of a text that is read to people: also a cell of a notebook.</summary>
    internal static void Judge(IReadOnlyList<Piece> pieces, Artifact artifact, DetectionScope scope) => new TextReading(artifact, scope).Read(pieces, "");

    /// <summary>One text being read.</summary>
    private sealed class TextReading(Artifact artifact, DetectionScope scope)
    {
        private readonly ProseReading _prose = new(artifact, scope);
        private readonly ActSink _acts = new(scope.Budget);
        private readonly bool _isForAgents = Array.Exists(AgentFiles, f => f.Equals(artifact.Name, StringComparison.OrdinalIgnoreCase)) || artifact.Name.EndsWith(".mdc", StringComparison.OrdinalIgnoreCase)
            || scope.Path.Contains(".cursor/", StringComparison.Ordinal) || scope.Path.Contains(".claude/", StringComparison.Ordinal) || scope.Path.Contains("copilot-instructions", StringComparison.Ordinal) || scope.Path.Contains(".github/instructions/", StringComparison.Ordinal);

        private int _blocks;
        private int _links;
        private int _commands;

        public void Read(IReadOnlyList<Piece> pieces, string text)
        {
            for (var number = 0; number < pieces.Count; number++)
            {
                var piece = pieces[number];
                if ((number & 0xFF) == 0)
                    scope.Budget.CheckClock(0);
                switch (piece.Kind)
                {
                    case PieceKind.Code:
                        ReadCode(piece, number);
                        break;
                    case PieceKind.Comment or PieceKind.Hidden or PieceKind.Attribute or PieceKind.FrontMatter:
                        JudgeOrders(piece, AgentOrders.Audience.Nobody);
                        break;
                    default:
                        if (IsWarning(pieces, number))
                            break;
                        _prose.Read(piece, number);
                        ReadInlineCommands(piece, number);
                        if (!_isForAgents && piece.Text.Length > 20)
                            JudgeOrders(piece, AgentOrders.Audience.Reader);
                        break;
                }

                foreach (var link in piece.Links)
                {
                    if (++_links <= MaxLinks)
                        JudgeLink(link, number);
                }
            }

            if (_isForAgents)
                JudgeAgentFile(pieces);
            foreach (var run in InvisibleText.Find(text))
                JudgeInvisible(run);
            _prose.Judge();
            if (_acts.Acts.Count == 0)
                return;
            scope.TraitsOf(artifact).Acts.AddRange(_acts.Acts);
            BehaviourJudge.Judge(_acts.Acts, artifact, scope, JudgeContext.Instruction);
        }

        private void ReadCode(Piece block, int number)
        {
            if (++_blocks > MaxCodeBlocks || ShownCommands.Of(block) is not var (language, code))
                return;
            LanguageCatalog.Analyse(new CodeUnit(language, code.Text) { Place = code.At }, _acts);
            if (language is not (CodeLanguage.Shell or CodeLanguage.Batch or CodeLanguage.PowerShell))
                return;
            var at = 0;
            foreach (var line in code.Text.AsSpan().EnumerateLines())
            {
                if (line.Length is > 0 and < 1000)
                    ReadLine(line, number, code.At(at));
                at += line.Length + 1;
            }
        }

        private void ReadLine(ReadOnlySpan<char> line, int number, int index)
        {
            var (files, installs) = ShownCommands.Starts(line);
            foreach (var file in files)
                _prose.ReadShownStart(file.Name, line.Trim().Length <= file.Name.Length + 12 ? file.Kind : StartKind.Interpreted, number, index, line.Trim().ToString());
            if (installs is not null)
                _prose.Install(index, line.Trim().ToString(), installs);
        }

        /// <summary>An item of a list that a line above introduces as what not to do.</summary>
        private static bool IsWarning(IReadOnlyList<Piece> pieces, int number)
        {
            if (pieces[number].Kind != PieceKind.Item)
                return false;
            for (var above = number - 1; above >= 0 && above > number - 24; above--)
            {
                if (pieces[above].Kind == PieceKind.Item)
                    continue;
                var lead = pieces[above].Text.AsSpan().TrimEnd();
                return (lead.EndsWith(":") || lead.EndsWith("：")) && lead[Math.Max(0, lead.Length - 300)..].ContainsAny(Warnings);
            }

            return false;
        }

        /// <summary>Whether the words of the sentence before a command warn of it.</summary>
        private static bool IsWarnedOf(Piece piece, int start)
        {
            var before = piece.Text.AsSpan(0, Math.Min(start, piece.Text.Length));
            var stop = before.LastIndexOfAny(['.', '!', '。', '！', ';']);
            while (stop > 0 && stop + 1 < before.Length && before[stop + 1] is not (' ' or '\n'))
                stop = before[..stop].LastIndexOfAny(['.', '!', '。', '！', ';']);
            return before[(stop + 1)..].ContainsAny(Warnings);
        }

        private void ReadInlineCommands(Piece piece, int number)
        {
            if (_commands > MaxCommands || !_prose.IsMeant(number))
                return;
            foreach (var (start, length) in piece.CodeSpans)
            {
                if (IsWarnedOf(piece, start))
                    continue;
                var language = ShownCommands.Inline(piece.Text.AsSpan(start, length));
                if (language != CodeLanguage.None && ++_commands <= MaxCommands)
                    LanguageCatalog.Analyse(new CodeUnit(language, piece.Text.Substring(start, length)) { Place = i => piece.At(start + i) }, _acts);
            }

            foreach (var (start, end) in ShownCommands.Unmarked(piece.Text))
            {
                if (piece.CodeSpans.Exists(s => s.Start <= start && start < s.Start + s.Length) || IsWarnedOf(piece, start))
                    continue;
                var text = piece.Text[start..end];
                var language = ShownCommands.Inline(text);
                if (language != CodeLanguage.None && ++_commands <= MaxCommands)
                    LanguageCatalog.Analyse(new CodeUnit(language, text) { Place = i => piece.At(start + i) }, _acts);
            }
        }

        private void JudgeOrders(Piece piece, AgentOrders.Audience audience)
        {
            if (AgentOrders.Judge(piece.Text, audience) is not var (severity, message))
                return;
            scope.Findings.AddAt(LureRules.HiddenText, artifact, piece.At(0), message, Short(piece.Text), severity);
            scope.TraitsOf(artifact).Instructions.Add(new Instruction(InstructionKind.Hidden, artifact.FactsOf<TextFacts>()!.Source.PositionOf(piece.At(0)).Line, Short(piece.Text), []));
        }

        /// <summary>Orders in such a file may be spread over its entries: they are weighed together, section by section.</summary>
        private void JudgeAgentFile(IReadOnlyList<Piece> pieces)
        {
            var section = new PieceText();
            foreach (var piece in pieces)
            {
                if (piece.Kind == PieceKind.Heading && section.Length > 0)
                    JudgeSection(section);
                if (piece.Kind is PieceKind.Comment or PieceKind.Hidden)
                    continue;
                section.Add(piece.Text, piece.At(0));
                section.Add('\n', piece.At(piece.Text.Length));
            }

            JudgeSection(section);
        }

        private void JudgeSection(PieceText section)
        {
            if (section.Take(PieceKind.Paragraph) is { } whole)
                JudgeOrders(whole, AgentOrders.Audience.Assistant);
        }

        private void JudgeInvisible(InvisibleRun run)
        {
            if (run.How.StartsWith("an override", StringComparison.Ordinal))
            {
                // A name that reads backwards hides its ending.
                var reversed = new string([.. run.Decoded.Reverse()]);
                var hides = FileMention.Find(reversed).Count > 0 || FileMention.Find(run.Decoded).Count > 0;
                scope.Findings.AddAt(LureRules.HiddenText, artifact, run.Index, $"Text is shown in another order than it is written, with {run.How}", Short(run.Decoded), hides ? Severity.High : Severity.Medium);
                return;
            }

            var orders = run.Decoded.Length > 0 ? AgentOrders.Judge(run.Decoded, AgentOrders.Audience.Nobody) : null;
            var severity = orders?.Severity == Severity.Critical || LooksLikeOrder(run.Decoded) ? Severity.Critical : Severity.High;
            scope.Findings.AddAt(LureRules.HiddenText, artifact, run.Index, $"Text is hidden in {run.How}{(run.Decoded.Length > 0 ? ": " + Short(run.Decoded) : "")}", run.Decoded.Length > 0 ? Short(run.Decoded) : $"{run.Length} characters", severity);
            scope.TraitsOf(artifact).Instructions.Add(new Instruction(InstructionKind.Hidden, artifact.FactsOf<TextFacts>()!.Source.PositionOf(run.Index).Line, Short(run.Decoded), []));
        }

        private static bool LooksLikeOrder(string text) =>
            ShownCommands.Inline(text) != CodeLanguage.None || (text.Contains("://", StringComparison.Ordinal) && text.Contains(' ')) || AgentOrders.Judge(text, AgentOrders.Audience.Assistant) is not null;

        private void JudgeLink(PieceLink link, int number)
        {
            var target = link.Target.Trim();
            if (target.Length == 0)
                return;
            if (JudgeScheme(link, target))
                return;
            if (LinkTarget.HostOf(target) is not { } host)
                return;
            var reputation = HostReputation.Of(target);
            var imitated = LinkTarget.Imitates(host);
            var program = LinkTarget.KindOf(target) is { } kind && kind >= StartKind.Clickable;
            var archive = LinkTarget.IsArchive(target);
            if (imitated is not null)
                scope.Findings.AddAt(LureRules.MisleadingLink, artifact, link.Index, $"The link leads to {host}, which is made to look like {imitated}", target, Severity.High);
            if (LinkTarget.HasDecoyUser(target))
                scope.Findings.AddAt(LureRules.MisleadingLink, artifact, link.Index, $"The link seems to lead elsewhere, and leads to {host}", target, Severity.High);
            if (link.IsLoaded)
                return;
            if (ShownHost(link.Text) is { } shown && LinkTarget.Registered(shown) != LinkTarget.Registered(host) && !AreRelated(shown, host))
            {
                var severity = program || archive || IsStranger(reputation) || (LinkTarget.IsTrusted(shown) && reputation == HostKind.Unknown) ? Severity.High : Severity.Medium;
                scope.Findings.AddAt(LureRules.MisleadingLink, artifact, link.Index, $"The link shows {shown} and leads to {host}", $"{link.Text} -> {target}", severity);
            }
            else if (program && PromisesWeights(link.Text))
            {
                scope.Findings.AddAt(LureRules.MisleadingLink, artifact, link.Index, "The link promises weights and leads to a program", $"{link.Text} -> {target}", Severity.High);
            }

            if (program || archive)
                _prose.NoteDownload(number, link.Index, target, reputation, program, link.Text.Length > 0 ? $"{link.Text} ({target})" : target);
            else if (IsStranger(reputation) && PromisesProgram(link.Text))
                _prose.NoteDownload(number, link.Index, target, reputation, isProgram: true, $"{link.Text} ({target})");
        }

        /// <summary>Links that carry their content with them, or run it.</summary>
        private bool JudgeScheme(PieceLink link, string target)
        {
            if (target.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
            {
                var active = target.StartsWith("data:text/html", StringComparison.OrdinalIgnoreCase) || target.Contains("javascript", StringComparison.OrdinalIgnoreCase) || target.StartsWith("data:application", StringComparison.OrdinalIgnoreCase);
                if (active)
                    scope.Findings.AddAt(LureRules.MisleadingLink, artifact, link.Index, "The link carries a page or program in itself", Short(target), Severity.High);
                return true;
            }

            var scheme = target.Replace("\t", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).TrimStart('\u0001', ' ');
            if (scheme.StartsWith("javascript:", StringComparison.OrdinalIgnoreCase) || scheme.StartsWith("vbscript:", StringComparison.OrdinalIgnoreCase))
            {
                var body = scheme[(scheme.IndexOf(':') + 1)..].Trim().TrimEnd(';');
                if (Array.Exists(Reaching, r => body.Contains(r, StringComparison.OrdinalIgnoreCase)))
                    scope.Findings.AddAt(LureRules.MisleadingLink, artifact, link.Index, "The link runs a script that reaches other places", Short(target), Severity.High);
                return true;
            }

            if (scheme.StartsWith("ms-msdt:", StringComparison.OrdinalIgnoreCase) || scheme.StartsWith("search-ms:", StringComparison.OrdinalIgnoreCase) || scheme.StartsWith("ms-appinstaller:", StringComparison.OrdinalIgnoreCase)
                || scheme.StartsWith("file://", StringComparison.OrdinalIgnoreCase) && scheme.Length > 8 && scheme[7] != '/')
            {
                scope.Findings.AddAt(LureRules.MisleadingLink, artifact, link.Index, "The link starts a program of the system", Short(target), Severity.High);
                return true;
            }

            return false;
        }

        /// <summary>What the script of a link says when it does more than move about its page.</summary>
        private static readonly string[] Reaching = ["fetch(", "eval(", "atob(", "cookie", "xmlhttprequest", "fromcharcode", "://", "import(", "activexobject", "createelement"];

        private static bool IsStranger(HostKind host) => host is HostKind.Shortener or HostKind.FileDrop or HostKind.DeadDrop or HostKind.Exfiltration or HostKind.Tunnel or HostKind.RawAddress or HostKind.KnownBad;

        /// <summary>The host that the text of a link shows, where it is written as an address.</summary>
        private static string? ShownHost(string text)
        {
            text = text.Trim().ToLowerInvariant();
            if (text.Length is < 6 or > 300 || text.Contains(' '))
                return null;
            if (text.StartsWith("http", StringComparison.Ordinal) && LinkTarget.HostOf(text) is { } absolute)
                return absolute;
            if (!text.StartsWith("www.", StringComparison.Ordinal) && !text.Contains('/'))
                return null;
            var end = text.IndexOf('/');
            var host = end < 0 ? text : text[..end];
            var dot = host.LastIndexOf('.');
            return dot > 0 && host.Length - dot is >= 3 and <= 8 && FileMention.KindOf(host) is null && host.AsSpan().IndexOfAnyExcept(HostCharacters) < 0 && !char.IsAsciiDigit(host[^1]) ? host : null;
        }

        /// <summary>Sites of one owner, and addresses that resolve to wherever the publisher says.</summary>
        private static bool AreRelated(string shown, string host)
        {
            var one = LinkTarget.Registered(shown);
            var other = LinkTarget.Registered(host);
            return Name(one) == Name(other) || Array.IndexOf(Resolvers, one) >= 0 || Array.IndexOf(Resolvers, other) >= 0 || Array.Exists(Families, f => Array.IndexOf(f, one) >= 0 && Array.IndexOf(f, other) >= 0);
        }

        private static readonly SearchValues<char> HostCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.-");

        private static readonly string[] Resolvers = ["doi.org", "web.archive.org", "archive.org", "semanticscholar.org", "shields.io", "translate.google.com", "google.com"];

        private static readonly string[][] Families = [["huggingface.co", "hf.co", "hf.space", "hf-mirror.com"], ["github.com", "github.io", "githubusercontent.com", "gist.github.com"], ["twitter.com", "x.com", "t.co"], ["youtube.com", "youtu.be"], ["discord.com", "discord.gg", "discordapp.com"], ["arxiv.org", "ar5iv.org", "alphaxiv.org"], ["t.me", "telegram.org", "telegram.me"], ["google.com", "goo.gl", "g.co"]];

        private static string Name(string registered)
        {
            var dot = registered.IndexOf('.');
            return dot < 0 ? registered : registered[..dot];
        }

        private static bool PromisesWeights(string text) =>
            text.Contains("weights", StringComparison.OrdinalIgnoreCase) || text.Contains("checkpoint", StringComparison.OrdinalIgnoreCase) || text.Contains(".safetensors", StringComparison.OrdinalIgnoreCase) || text.Contains(".gguf", StringComparison.OrdinalIgnoreCase)
            || text.Contains("model.", StringComparison.OrdinalIgnoreCase) || text.Contains(".bin", StringComparison.OrdinalIgnoreCase);

        private static bool PromisesProgram(string text) =>
            text.Contains("download", StringComparison.OrdinalIgnoreCase) || text.Contains("install", StringComparison.OrdinalIgnoreCase) || text.Contains("loader", StringComparison.OrdinalIgnoreCase) || text.Contains("setup", StringComparison.OrdinalIgnoreCase)
            || text.Contains("launcher", StringComparison.OrdinalIgnoreCase) || text.Contains(".exe", StringComparison.OrdinalIgnoreCase) || text.Contains(".zip", StringComparison.OrdinalIgnoreCase) || text.Contains(".rar", StringComparison.OrdinalIgnoreCase) || text.Contains("下载", StringComparison.Ordinal)
            || text.Contains("ダウンロード", StringComparison.Ordinal) || text.Contains("скачать", StringComparison.OrdinalIgnoreCase);

        private static string Short(string text)
        {
            text = text.Trim();
            return text.Length <= 300 ? text : text[..300] + "…";
        }
    }
}
