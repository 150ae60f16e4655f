using Assay.Formats;

namespace Assay.Scanning;

/// <summary>
/// Judges parts of Office packages (ECMA-376: relationships, fields, macro sheets) and pictures in SVG that carry scripts.
/// </summary>
internal sealed class MarkupDetector : Detector<TextFacts>
{
    private const int MaxFindings = 20;

    private static readonly System.Buffers.SearchValues<string> Reaching = System.Buffers.SearchValues.Create(["fetch(", "location", "eval(", "atob(", "document.cookie", "window.open", "XMLHttpRequest", "Function("], StringComparison.Ordinal);

    /// <summary>Relationships that are fetched when the document is opened; links, which wait for a click, are not among them.</summary>
    private static readonly string[] Fetched = ["/attachedTemplate", "/oleObject", "/frame", "/subDocument", "/externalLinkPath", "/package", "/control"];

    public override IReadOnlyList<Rule> Rules { get; } = [DocumentRules.ActiveDocument];

    protected override void Inspect(TextFacts facts, Artifact artifact, DetectionScope scope)
    {
        var text = facts.Source.Text;
        var name = artifact.Name;
        if (name.EndsWith(".rels", StringComparison.OrdinalIgnoreCase))
            JudgeRelations(text, artifact, scope);
        else if (artifact.Parent is { } parent && parent.FactsOf<ZipFacts>() is not null && name.EndsWith(".xml", StringComparison.OrdinalIgnoreCase))
            JudgePart(text, artifact, scope);
        else if (name.EndsWith(".svg", StringComparison.OrdinalIgnoreCase) || (artifact.Language == CodeLanguage.Html && text.AsSpan(0, Math.Min(text.Length, 1000)).Contains("<svg", StringComparison.OrdinalIgnoreCase) && !text.AsSpan(0, Math.Min(text.Length, 1000)).Contains("<html", StringComparison.OrdinalIgnoreCase)))
            JudgePicture(text, artifact, scope);
    }

    private static void JudgeRelations(string text, Artifact artifact, DetectionScope scope)
    {
        var found = 0;
        for (var at = text.IndexOf("<Relationship ", StringComparison.Ordinal); at >= 0 && found < MaxFindings; at = text.IndexOf("<Relationship ", at + 1, StringComparison.Ordinal))
        {
            var end = text.IndexOf('>', at);
            var tag = text.AsSpan(at, (end < 0 ? text.Length : end) - at);
            if (!tag.Contains("External", StringComparison.OrdinalIgnoreCase))
                continue;
            var type = Attribute(tag, "Type");
            var target = Attribute(tag, "Target");
            if (!Array.Exists(Fetched, f => type.EndsWith(f, StringComparison.OrdinalIgnoreCase)) || target.Length == 0)
                continue;
            var isAway = target.Contains("://", StringComparison.Ordinal) || target.StartsWith(@"\\", StringComparison.Ordinal) || target.StartsWith("mhtml:", StringComparison.OrdinalIgnoreCase) || target.StartsWith("file:", StringComparison.OrdinalIgnoreCase);
            found++;
            var kind = type[(type.LastIndexOf('/') + 1)..];
            // A workbook that looks up values in another one is ordinary work.
            var severity = !isAway || kind is "externalLinkPath" or "package" ? Severity.Low : Severity.High;
            scope.Findings.AddAt(DocumentRules.ActiveDocument, artifact, at, $"The document fetches a part of itself ({kind}) from elsewhere when it is opened", target, severity);
        }
    }

    private static void JudgePart(string text, Artifact artifact, DetectionScope scope)
    {
        if (artifact.Name.Contains("/macrosheets/", StringComparison.OrdinalIgnoreCase) || text.AsSpan(0, Math.Min(2000, text.Length)).Contains("<xm:macrosheet", StringComparison.Ordinal))
            scope.Findings.AddAt(DocumentRules.ActiveDocument, artifact, 0, "The workbook has Excel 4.0 macros", artifact.Name, Severity.High);
        if (text.Contains("<ddeLink", StringComparison.Ordinal))
            scope.Findings.AddAt(DocumentRules.ActiveDocument, artifact, text.IndexOf("<ddeLink", StringComparison.Ordinal), "The workbook starts a program in order to fill in a value", null, Severity.High);
        if (!artifact.Name.StartsWith("word/", StringComparison.OrdinalIgnoreCase) && !text.Contains("instrText", StringComparison.Ordinal))
            return;

        // The words of a field may be spread over runs.
        var field = new System.Text.StringBuilder();
        var first = -1;
        for (var at = text.IndexOf("<w:instrText", StringComparison.Ordinal); at >= 0 && field.Length < 4000; at = text.IndexOf("<w:instrText", at + 1, StringComparison.Ordinal))
        {
            var open = text.IndexOf('>', at);
            var close = open < 0 ? -1 : text.IndexOf('<', open);
            if (close < 0)
                break;
            first = first < 0 ? at : first;
            field.Append(text, open + 1, close - open - 1);
        }

        var simple = text.IndexOf("w:instr=\"", StringComparison.Ordinal);
        if (simple >= 0)
            field.Append(text, simple + 9, Math.Min(300, text.Length - simple - 9));
        var words = field.ToString();
        var dde = words.IndexOf("DDEAUTO", StringComparison.OrdinalIgnoreCase);
        if (dde < 0)
            dde = words.TrimStart().StartsWith("DDE ", StringComparison.OrdinalIgnoreCase) ? words.IndexOf("DDE ", StringComparison.OrdinalIgnoreCase) : -1;
        if (dde >= 0)
            scope.Findings.AddAt(DocumentRules.ActiveDocument, artifact, Math.Max(0, first), "The document starts a program in order to fill in a value", words.Substring(dde, Math.Min(300, words.Length - dde)), Severity.High);
    }

    /// <summary>A browser runs what a picture in SVG carries when the picture is opened by itself.</summary>
    private static void JudgePicture(string text, Artifact artifact, DetectionScope scope)
    {
        foreach (var word in (ReadOnlySpan<string>)["<script", "onload=", "onerror=", "onclick=", "onmouseover=", "onbegin=", "javascript:", "<!ENTITY"])
        {
            var at = text.IndexOf(word, StringComparison.OrdinalIgnoreCase);
            if (at < 0)
                continue;
            var end = text.AsSpan(at).IndexOf('>');
            // A tooltip or a fold is drawn by scripts as well; what reaches out of the picture is not.
            var reach = text.AsSpan(at, Math.Min(2000, text.Length - at));
            var acts = reach.ContainsAny(Reaching);
            scope.Findings.AddAt(
                DocumentRules.ActiveDocument, artifact, at, "The picture has a script, which a browser runs", text.Substring(at, Math.Min(200, end < 0 ? text.Length - at : end + 1)), acts ? Severity.High : Severity.Medium, acts ? Confidence.High : Confidence.Medium);
            return;
        }

        if (text.Contains("<foreignObject", StringComparison.OrdinalIgnoreCase) && (text.Contains("<iframe", StringComparison.OrdinalIgnoreCase) || text.Contains("<form", StringComparison.OrdinalIgnoreCase) || text.Contains("<embed", StringComparison.OrdinalIgnoreCase)))
            scope.Findings.AddAt(DocumentRules.ActiveDocument, artifact, text.IndexOf("<foreignObject", StringComparison.OrdinalIgnoreCase), "The picture has a page inside", null, Severity.High, Confidence.Medium);
    }

    private static string Attribute(ReadOnlySpan<char> tag, string name)
    {
        var at = tag.IndexOf(" " + name + "=");
        if (at < 0)
            return "";
        var rest = tag[(at + name.Length + 2)..];
        if (rest.IsEmpty || rest[0] is not ('"' or '\''))
            return "";
        var end = rest[1..].IndexOf(rest[0]);
        return System.Net.WebUtility.HtmlDecode((end < 0 ? rest[1..] : rest.Slice(1, end)).ToString());
    }
}
