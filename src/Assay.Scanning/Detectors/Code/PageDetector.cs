using System.Buffers;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>
/// Judges what a page, or HTML in a card, does in a browser besides its scripts: forms that collect passwords or tokens for strangers, frames
/// that nobody sees, addresses that start programs, downloads that begin by themselves, cookies that leave.
/// </summary>
internal sealed class PageDetector : Detector<TextFacts>
{
    private const int MaxText = 8 << 20;
    private const int MaxSpan = 20_000;

    /// <summary>Elements of one kind that are looked at; a text of nothing else is no page.</summary>
    private const int MaxOccurrences = 300;

    /// <summary>Address schemes that start programs of Windows (CVE-2022-30190 and its relatives).</summary>
    private static readonly SearchValues<string> StartingSchemes = SearchValues.Create(
        ["ms-msdt:", "search-ms:", "ms-officecmd:", "ms-appinstaller:", "ms-cxh-full:", "vscode://ms-vscode-remote", "ms-settings:wheel"], StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<string> Wanted = SearchValues.Create(["type=\"password\"", "type='password'", "type=password", "seed phrase", "mnemonic", "hf_...", "name=\"token\"", "name='token'", "private key"], StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<string> Miners = SearchValues.Create(["coinhive", "cryptonight", "coinimp", "webminepool", "stratum+tcp", "cryptoloot"], StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<string> Away = SearchValues.Create(["fetch(", "sendBeacon(", "new Image", "XMLHttpRequest", ".src=", ".src =", "$.post(", "WebSocket("], StringComparison.Ordinal);

    private static readonly SearchValues<string> Programs = SearchValues.Create([".exe", ".scr", ".msi", ".bat", ".cmd", ".iso", ".hta", ".vbs", ".dmg", ".apk"], StringComparison.OrdinalIgnoreCase);

    public override IReadOnlyList<Rule> Rules { get; } = [DocumentRules.ActiveDocument, CodeRules.MinesCurrency, CodeRules.SendsCredentials, LureRules.OffHubDownload, LureRules.HiddenText];

    protected override void Inspect(TextFacts facts, Artifact artifact, DetectionScope scope)
    {
        if (artifact.Language is not (CodeLanguage.Html or CodeLanguage.Prose or CodeLanguage.Notebook))
            return;
        var text = facts.Source.Text.AsSpan(0, Math.Min(facts.Source.Text.Length, MaxText));
        if (artifact.Language == CodeLanguage.Notebook)
        {
            Kernel(text, artifact, scope);
            return;
        }

        if (artifact.Language == CodeLanguage.Prose)
            Drops(text, artifact, scope);
        if (!text.Contains('<') && !text.Contains("javascript:", StringComparison.OrdinalIgnoreCase))
            return;
        var isPage = artifact.Language == CodeLanguage.Html;
        Forms(text, artifact, scope);
        Frames(text, artifact, scope);
        if (isPage)
            Refresh(text, artifact, scope);
        Scripts(text, isPage, artifact, scope);
    }

    /// <summary>Script of a notebook, in a cell or a saved output, that makes the kernel run code.</summary>
    private static void Kernel(ReadOnlySpan<char> text, Artifact artifact, DetectionScope scope)
    {
        var acts = new ActSink(scope.Budget);
        for (int at = Find(text, "kernel.execute(", 0), seen = 0; at >= 0 && seen < MaxOccurrences; seen++, at = Find(text, "kernel.execute(", at + 15))
        {
            // Inside of JSON the quotes are escaped.
            var code = text.Slice(at + 15, Math.Min(4000, text.Length - at - 15)).TrimStart("\\");
            if (code.IsEmpty || code[0] is not ('"' or '\''))
                continue;
            var end = code[1..].IndexOf(code[0]);
            var index = at;
            if (end > 0)
                LanguageCatalog.Analyse(new CodeUnit(CodeLanguage.Python, code.Slice(1, end).TrimEnd('\\').ToString(), Reach.Import) { IsCell = true, Place = _ => index }, acts);
        }

        if (acts.Acts.Count > 0)
            BehaviourJudge.Judge(acts.Acts, artifact, scope, JudgeContext.Code);
    }

    /// <summary>Archives and programs from where anybody drops files, and installers behind shortened addresses.</summary>
    private static void Drops(ReadOnlySpan<char> text, Artifact artifact, DetectionScope scope)
    {
        var found = 0;
        for (int at = Find(text, "://", 0), seen = 0; at >= 0 && found < 20 && seen < 5000; seen++, at = Find(text, "://", at + 3))
        {
            var start = at;
            while (start > 0 && char.IsAsciiLetter(text[start - 1]))
                start--;
            var rest = text[start..];
            var end = rest.IndexOfAny(" \t\r\n)>\"'`]");
            var address = end < 0 ? rest : rest[..end];
            var kind = HostReputation.Of(address.ToString());
            var isPackage = address.ContainsAny(Programs) || address.EndsWith(".rar", StringComparison.OrdinalIgnoreCase) || address.EndsWith(".7z", StringComparison.OrdinalIgnoreCase) || address.EndsWith(".zip", StringComparison.OrdinalIgnoreCase);
            if (kind is HostKind.FileDrop or HostKind.Exfiltration && isPackage)
            {
                found++;
                scope.Findings.AddAt(LureRules.OffHubDownload, artifact, start, $"The text sends the reader to a place where anybody drops files: {address}", address.ToString(), Severity.High);
            }
            else if (kind == HostKind.Shortener)
            {
                var after = end < 0 ? default : rest.Slice(end, Math.Min(80, rest.Length - end));
                if (after.Contains("install", StringComparison.OrdinalIgnoreCase) || after.Contains("run ", StringComparison.OrdinalIgnoreCase))
                {
                    found++;
                    scope.Findings.AddAt(LureRules.OffHubDownload, artifact, start, $"The text asks the reader to install what a shortened address hides: {address}", address.ToString(), Severity.High);
                }
            }
        }

        // Orders to an assistant in the form of a call of its tools.
        for (int at = Find(text, "<!--", 0), seen = 0; at >= 0 && seen < MaxOccurrences; seen++, at = Find(text, "<!--", at + 4))
        {
            var comment = Upto(text[at..], "-->");
            var command = Find(comment, "\"command\"", 0);
            if (command < 0)
                continue;
            var value = comment[(command + 9)..].TrimStart(": ");
            var close = value.IsEmpty || value[0] != '"' ? -1 : value[1..].IndexOf('"');
            if (close <= 0)
                continue;
            var index = at;
            var acts = new ActSink(scope.Budget);
            LanguageCatalog.Analyse(new CodeUnit(CodeLanguage.Shell, value.Slice(1, close).ToString()) { Place = _ => index }, acts);
            scope.Findings.AddAt(LureRules.HiddenText, artifact, at, "A comment that readers do not see gives an assistant a command to run", Short(comment), Severity.High);
            BehaviourJudge.Judge(acts.Acts, artifact, scope, JudgeContext.Instruction);
        }
    }

    private static void Forms(ReadOnlySpan<char> text, Artifact artifact, DetectionScope scope)
    {
        for (int at = Find(text, "<form", 0), seen = 0; at >= 0 && seen < MaxOccurrences; seen++, at = Find(text, "<form", at + 5))
        {
            var form = Upto(text[at..], "</form");
            var tag = form[..Math.Max(0, form.IndexOf('>'))];
            var target = Value(tag, "action");
            if (Stranger(target) && form.ContainsAny(Wanted))
            {
                scope.Findings.AddAt(
                    CodeRules.SendsCredentials, artifact, at, $"The page asks for a password or token and sends it to {target}", target.ToString(), Severity.Critical);
            }
        }
    }

    private static void Frames(ReadOnlySpan<char> text, Artifact artifact, DetectionScope scope)
    {
        for (int at = Find(text, "<iframe", 0), seen = 0; at >= 0 && seen < MaxOccurrences; seen++, at = Find(text, "<iframe", at + 7))
        {
            var tag = Upto(text[at..], ">");
            var source = Value(tag, "src");
            var unseen = Value(tag, "width") is "0" or "1" || Value(tag, "height") is "0" or "1" || tag.Contains("display:none", StringComparison.OrdinalIgnoreCase) || tag.Contains("display: none", StringComparison.OrdinalIgnoreCase);
            if (Stranger(source) && unseen)
                scope.Findings.AddAt(DocumentRules.ActiveDocument, artifact, at, $"The page loads {source} in a frame that nobody sees", source.ToString(), Severity.High);
        }
    }

    private static void Refresh(ReadOnlySpan<char> text, Artifact artifact, DetectionScope scope)
    {
        for (int at = Find(text, "http-equiv", 0), seen = 0; at >= 0 && seen < MaxOccurrences; seen++, at = Find(text, "http-equiv", at + 10))
        {
            var tag = Upto(text[at..], ">");
            var url = tag.IndexOf("url=", StringComparison.OrdinalIgnoreCase);
            if (!tag.Contains("refresh", StringComparison.OrdinalIgnoreCase) || url < 0)
                continue;
            var target = tag[(url + 4)..].Trim("\"' >/");
            if (Stranger(target) && target.ContainsAny(Programs))
                scope.Findings.AddAt(LureRules.OffHubDownload, artifact, at, $"The page starts the download of a program by itself: {target}", target.ToString(), Severity.High);
        }
    }

    private static void Scripts(ReadOnlySpan<char> text, bool isPage, Artifact artifact, DetectionScope scope)
    {
        var starts = text.IndexOfAny(StartingSchemes);
        if (starts >= 0 && isPage)
            scope.Findings.AddAt(DocumentRules.ActiveDocument, artifact, starts, "The page opens an address that starts a program of the system", text.Slice(starts, Math.Min(160, text.Length - starts)).ToString(), Severity.Critical);
        for (int at = Find(text, "<script", 0), seen = 0; at >= 0 && seen < MaxOccurrences; seen++, at = Find(text, "<script", at + 7))
        {
            var script = Upto(text[at..], "</script");
            Script(script, at, isPage, artifact, scope);
        }

        for (int at = Find(text, "javascript:", 0), seen = 0; at >= 0 && seen < MaxOccurrences; seen++, at = Find(text, "javascript:", at + 11))
            Script(Upto(text[at..], "\n"), at, isPage: true, artifact, scope);
    }

    private static void Script(ReadOnlySpan<char> script, int at, bool isPage, Artifact artifact, DetectionScope scope)
    {
        if (script.ContainsAny(Miners))
            scope.Findings.AddAt(CodeRules.MinesCurrency, artifact, at, "The page mines cryptocurrency while it is open", Short(script), Severity.Critical);
        if ((script.Contains("document.cookie", StringComparison.Ordinal) || script.Contains("localStorage.getItem(\"hf", StringComparison.Ordinal)) && script.ContainsAny(Away) && Address(script) is { Length: > 0 } address && Stranger(address))
            scope.Findings.AddAt(CodeRules.SendsCredentials, artifact, at, $"The page sends cookies of the reader to {address}", Short(script), Severity.Critical);
        if (script.Contains("new Blob(", StringComparison.Ordinal) && script.Contains("atob(", StringComparison.Ordinal) && script.Contains(".download", StringComparison.Ordinal) && script.Contains(".click()", StringComparison.Ordinal))
        {
            scope.Findings.AddAt(
                DocumentRules.ActiveDocument, artifact, at, "The page assembles a file from hidden text and hands it to the reader as a download", Short(script), script.ContainsAny(Programs) ? Severity.Critical : Severity.High);
        }

        var tag = script[..Math.Max(0, script.IndexOf('>'))];
        if (!isPage && Value(tag, "src") is { Length: > 0 } source && HostReputation.Of(source.ToString()) is HostKind.Unknown or HostKind.RawAddress or HostKind.Tunnel or HostKind.FileDrop)
            scope.Findings.AddAt(DocumentRules.ActiveDocument, artifact, at, $"The card loads a script from {source}", source.ToString(), Severity.High);
    }

    private static bool Stranger(ReadOnlySpan<char> address) =>
        address.Contains("://", StringComparison.Ordinal) && HostReputation.Of(address.ToString()) is HostKind.Unknown or HostKind.RawAddress or HostKind.Tunnel or HostKind.FileDrop or HostKind.Exfiltration or HostKind.DeadDrop or HostKind.Shortener or HostKind.KnownBad;

    private static string Address(ReadOnlySpan<char> script)
    {
        var at = script.IndexOf("http", StringComparison.OrdinalIgnoreCase);
        if (at < 0)
            return "";
        var end = script[at..].IndexOfAny("\"'` )<");
        return (end < 0 ? script[at..] : script.Slice(at, end)).ToString();
    }

    private static ReadOnlySpan<char> Value(ReadOnlySpan<char> tag, string name)
    {
        for (var at = Find(tag, name, 0); at >= 0; at = Find(tag, name, at + name.Length))
        {
            var rest = tag[(at + name.Length)..].TrimStart();
            if (rest.IsEmpty || rest[0] != '=')
                continue;
            rest = rest[1..].TrimStart();
            if (rest.IsEmpty)
                return default;
            var quote = rest[0] is '"' or '\'' ? rest[0] : '\0';
            var end = quote == '\0' ? rest.IndexOfAny(" \t\r\n>") : rest[1..].IndexOf(quote) + 1;
            return quote == '\0' ? (end < 0 ? rest : rest[..end]) : end <= 0 ? default : rest[1..end];
        }

        return default;
    }

    private static int Find(ReadOnlySpan<char> text, string what, int from)
    {
        if (from >= text.Length)
            return -1;
        var at = text[from..].IndexOf(what, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? -1 : at + from;
    }

    private static ReadOnlySpan<char> Upto(ReadOnlySpan<char> text, string end)
    {
        text = text[..Math.Min(text.Length, MaxSpan)];
        var at = text.IndexOf(end, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? text : text[..at];
    }

    private static string Short(ReadOnlySpan<char> text) => (text.Length > 300 ? text[..300] : text).ToString();
}
