using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Judges what documents do when they are opened. The code inside of them is judged as code, file by file.</summary>
internal sealed class DocumentDetector : Detector<DocumentFacts>
{
    public override IReadOnlyList<Rule> Rules { get; } = [DocumentRules.ActiveDocument];

    protected override void Inspect(DocumentFacts facts, Artifact artifact, DetectionScope scope)
    {
        foreach (var feature in facts.Features)
        {
            var (severity, message) = Judge(feature, artifact.Format);
            if (severity is { } weight)
                scope.Findings.Add(DocumentRules.ActiveDocument, artifact, feature.Offset, message, feature.Text, weight, weight >= Severity.High ? Confidence.High : Confidence.Medium, Effect.Use);
        }
    }

    private static (Severity? Severity, string Message) Judge(DocumentFeature feature, FormatId format) => feature.Kind switch
    {
        DocumentFeatureKind.AutoMacro => (Severity.High, "The document has a macro that runs when it is opened or closed"),
        DocumentFeatureKind.CompiledMacro => (Severity.High, "The document has macros of which only the compiled form is there, so that nobody can read what they do"),
        DocumentFeatureKind.Macro => (Severity.Medium, "The document has a macro"),
        DocumentFeatureKind.MacroSheet => (Severity.High, "The workbook has Excel 4.0 macros"),
        DocumentFeatureKind.Launch => (Severity.High, "The document starts a program when it is opened or clicked"),
        DocumentFeatureKind.OpenScript => (IsHostile(feature.Text) ? Severity.High : Severity.Low, IsHostile(feature.Text) ? "The document runs a script as soon as it is opened, which leaves the document" : "The document runs a script as soon as it is opened"),
        DocumentFeatureKind.Script => (IsHostile(feature.Text) ? Severity.High : Severity.Info, IsHostile(feature.Text) ? "The document has a script that leaves the document" : "The document has a script, as forms do"),
        DocumentFeatureKind.Attachment => (Severity.Low, "A file is attached to the document"),
        DocumentFeatureKind.RemoteContent => (Severity.High, format == FormatId.WindowsShortcut ? "The shortcut takes its picture from another computer, which shows who looks at it" : "The document fetches a part of itself from elsewhere when it is opened"),
        DocumentFeatureKind.DynamicData => (Severity.High, "The document starts a program in order to fill in a value"),
        DocumentFeatureKind.ExploitObject => (Severity.High, "The document has an object of a kind that is in use for break-ins"),
        DocumentFeatureKind.EmbeddedObject => (Severity.Low, "The document has an embedded object"),
        DocumentFeatureKind.Command => (IsInterpreter(feature.Text) ? Severity.High : Severity.Medium, $"The shortcut starts: {feature.Text}"),
        DocumentFeatureKind.Installer => (Severity.Medium, "The file is a Windows Installer package"),
        _ => (null, ""),
    };

    /// <summary>What scripts of forms and animations never do.</summary>
    private static bool IsHostile(string script)
    {
        foreach (var word in (ReadOnlySpan<string>)["exportDataObject", "launchURL", "app.openDoc", "Collab.collectEmailInfo", "Collab.getIcon", "util.printf(\"%45000", "media.newPlayer", "unescape(", "%u9090", "importDataObject", "Net.HTTP", "SOAP.request", "getURL(", "this.submitForm", "app.execMenuItem"])
        {
            if (script.Contains(word, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return script.Contains("eval(", StringComparison.Ordinal) && (script.Contains("fromCharCode", StringComparison.Ordinal) || script.Contains("replace(", StringComparison.Ordinal));
    }

    /// <summary>Whether a shortcut starts something that takes commands, rather than a program or document.</summary>
    private static bool IsInterpreter(string command)
    {
        foreach (var word in (ReadOnlySpan<string>)["powershell", "pwsh", "cmd.exe", "mshta", "wscript", "cscript", "rundll32", "regsvr32", "certutil", "bitsadmin", "curl", "msiexec", "forfiles", "conhost", "python", "explorer.exe /root", "ssh.exe", "%comspec%", "cmd /"])
        {
            if (command.Contains(word, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return command.StartsWith(@"\\", StringComparison.Ordinal);
    }
}
