using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Judges files of settings that desktops act upon when they are clicked, or merely shown: links, launchers, registry and setup scripts.</summary>
internal sealed class ShortcutDetector : Detector<TextFacts>
{
    private const int MaxText = 4 << 20;

    public override IReadOnlyList<Rule> Rules { get; } = [DocumentRules.ActiveDocument, CodeRules.Persistence, ScriptRules.SecurityTampering];

    protected override void Inspect(TextFacts facts, Artifact artifact, DetectionScope scope)
    {
        var text = facts.Source.Text;
        if (text.Length > MaxText)
            return;
        switch (Path.GetExtension(artifact.Name).ToLowerInvariant())
        {
            case ".url":
                JudgeLink(text, artifact, scope);
                break;
            case ".webloc":
                Judge(text, artifact, scope, ["file://", "smb://"], "The link opens a file or share rather than a page", Severity.High);
                break;
            case ".scf":
                Judge(text, artifact, scope, [@"=\\"], "The file makes a computer that merely shows it log in to another one", Severity.High);
                break;
            case ".library-ms" or ".search-ms" or ".searchconnector-ms":
                Judge(text, artifact, scope, [@"\\", "http://", "https://"], "The file shows a folder of another computer as if it were here", Severity.High);
                break;
            case ".desktop":
                JudgeLauncher(facts, artifact, scope);
                break;
            case ".reg" when text.AsSpan().TrimStart().StartsWith("Windows Registry Editor") || text.AsSpan().TrimStart().StartsWith("REGEDIT4"):
                JudgeRegistry(text, artifact, scope);
                break;
            case ".inf":
                Judge(text, artifact, scope, ["RunPreSetupCommands", "RunPostSetupCommands", "UnRegisterOCXs", "[autorun]", "shellexecute="], "The setup script starts programs", Severity.High);
                break;
        }
    }

    private static void JudgeLink(string text, Artifact artifact, DetectionScope scope)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            if (line.StartsWith("URL=", StringComparison.OrdinalIgnoreCase))
            {
                var target = line[4..];
                if (target.StartsWith("file:", StringComparison.OrdinalIgnoreCase) || target.StartsWith(@"\\", StringComparison.Ordinal) || target.StartsWith("ms-", StringComparison.OrdinalIgnoreCase) || target.StartsWith("search-ms:", StringComparison.OrdinalIgnoreCase))
                    scope.Findings.AddAt(DocumentRules.ActiveDocument, artifact, text.IndexOf(line, StringComparison.Ordinal), "The link opens a file or program rather than a page", target, Severity.High);
            }
            else if ((line.StartsWith("IconFile=", StringComparison.OrdinalIgnoreCase) || line.StartsWith("WorkingDirectory=", StringComparison.OrdinalIgnoreCase)) && line.Contains(@"\\", StringComparison.Ordinal))
            {
                scope.Findings.AddAt(DocumentRules.ActiveDocument, artifact, text.IndexOf(line, StringComparison.Ordinal), "The link makes a computer that merely shows it log in to another one", line, Severity.High);
            }
        }
    }

    /// <summary><c>Exec=</c> is a command line (Desktop Entry Specification 1.5).</summary>
    private static void JudgeLauncher(TextFacts facts, Artifact artifact, DetectionScope scope)
    {
        for (var number = 1; number <= Math.Min(facts.Source.LineCount, 2000); number++)
        {
            var line = facts.Source.Line(number);
            if (!line.StartsWith("Exec=", StringComparison.Ordinal) && !line.StartsWith("TryExec=", StringComparison.Ordinal))
                continue;
            var start = facts.Source.StartOf(number) + line.IndexOf('=') + 1;
            var command = line[(line.IndexOf('=') + 1)..].ToString();
            scope.Findings.AddAt(DocumentRules.ActiveDocument, artifact, start, "The launcher starts a program", command, Severity.Low, Confidence.Medium);
            var acts = new ActSink(scope.Budget);
            LanguageCatalog.Analyse(new CodeUnit(CodeLanguage.Shell, command) { Place = index => start + index }, acts);
            if (acts.Acts.Count > 0)
                scope.TraitsOf(artifact).Acts.AddRange(acts.Acts);
            BehaviourJudge.Judge(acts.Acts, artifact, scope, JudgeContext.Code);
        }
    }

    private static void JudgeRegistry(string text, Artifact artifact, DetectionScope scope)
    {
        foreach (var word in (ReadOnlySpan<string>)[@"\CurrentVersion\Run", @"\Winlogon", @"\Image File Execution Options\", @"\InprocServer32", @"\shell\open\command", @"\Policies\Explorer\Run"])
        {
            var at = text.IndexOf(word, StringComparison.OrdinalIgnoreCase);
            if (at >= 0)
                scope.Findings.AddAt(CodeRules.Persistence, artifact, at, "The registry file makes a program start by itself from now on", LineAt(text, at), Severity.High);
        }

        foreach (var word in (ReadOnlySpan<string>)["DisableAntiSpyware", "DisableRealtimeMonitoring", @"\Windows Defender\Exclusions", "DisableBehaviorMonitoring", "EnableLUA", "SmartScreenEnabled", "DisableTaskMgr", "\"EnableFirewall\""])
        {
            var at = text.IndexOf(word, StringComparison.OrdinalIgnoreCase);
            if (at >= 0)
                scope.Findings.AddAt(ScriptRules.SecurityTampering, artifact, at, "The registry file weakens the protection of this computer", LineAt(text, at), Severity.Critical);
        }
    }

    private static void Judge(string text, Artifact artifact, DetectionScope scope, ReadOnlySpan<string> words, string message, Severity severity)
    {
        foreach (var word in words)
        {
            var at = text.IndexOf(word, StringComparison.OrdinalIgnoreCase);
            if (at < 0)
                continue;
            scope.Findings.AddAt(DocumentRules.ActiveDocument, artifact, at, message, LineAt(text, at), severity);
            return;
        }
    }

    private static string LineAt(string text, int at)
    {
        var start = text.AsSpan(0, at).LastIndexOf('\n') + 1;
        var line = text.AsSpan(start, Math.Min(300, text.Length - start));
        var end = line.IndexOfAny('\r', '\n');
        return (end < 0 ? line : line[..end]).ToString();
    }
}
