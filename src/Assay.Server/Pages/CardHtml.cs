using Assay.Protocol;
using Markdig;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Assay.Server.Pages;

/// <summary>
/// Turns a model card into HTML that cannot do anything: raw HTML is shown as text, links lead to the web or into the repository and lend no
/// rank, and pictures come from the repository itself or not at all.
/// </summary>
public static class CardHtml
{
    /// <summary>Longest card that is rendered, in characters; what is longer is shown as text.</summary>
    public const int MaxLength = 256 << 10;

    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().DisableHtml().UsePipeTables().UseEmphasisExtras().UseTaskLists().UseAutoLinks().Build();

    /// <summary>Renders a card.</summary>
    /// <param name="text">The card; its front matter is left out.</param>
    /// <param name="webPath">Path of the repository's page.</param>
    /// <param name="commit">The commit that relative links are about.</param>
    /// <returns>Null when it cannot be rendered: too long, or too deeply nested.</returns>
    public static string? Render(string text, string webPath, string commit)
    {
        text = WithoutFrontMatter(text);
        if (text.Length > MaxLength)
            return null;
        try
        {
            var document = Markdown.Parse(text, Pipeline);
            foreach (var node in document.Descendants().ToList())
                Tame(node, webPath, commit);
            using var writer = new StringWriter();
            var renderer = new HtmlRenderer(writer);
            Pipeline.Setup(renderer);
            renderer.Render(document);
            return writer.ToString();
        }
        catch (ArgumentException)
        {
            return null; // nested more deeply than Markdig goes
        }
    }

    /// <summary>A card without the YAML at its head.</summary>
    public static string WithoutFrontMatter(string text)
    {
        text = text.TrimStart('\ufeff');
        if (!text.StartsWith("---\n", StringComparison.Ordinal) && !text.StartsWith("---\r\n", StringComparison.Ordinal))
            return text;
        var end = text.IndexOf("\n---", 3, StringComparison.Ordinal);
        if (end < 0)
            return text;
        var line = text.IndexOf('\n', end + 1);
        return line < 0 ? "" : text[(line + 1)..];
    }

    private static void Tame(MarkdownObject node, string webPath, string commit)
    {
        switch (node)
        {
            case HeadingBlock heading:
                heading.Level = Math.Min(6, heading.Level + 2); // the page has headings of its own above it
                break;
            case LinkInline { IsImage: true } image:
                if (InRepository(image.Url) is { } picture)
                {
                    image.GetDynamicUrl = null;
                    image.Url = $"/{webPath}/resolve/{commit}/{RawTarget.EncodePath(picture)}";
                    image.GetAttributes().AddProperty("loading", "lazy");
                }
                else
                {
                    // Said in words: a picture from elsewhere would tell its host who reads this page.
                    image.IsImage = false;
                    image.GetDynamicUrl = null;
                    image.Url = Outside(image.Url) ?? "#";
                    if (image.FirstChild is null)
                        image.AppendChild(new LiteralInline("picture"));
                    image.GetAttributes().AddProperty("rel", "nofollow ugc noopener noreferrer");
                }

                break;
            case LinkInline link:
                link.GetDynamicUrl = null;
                link.Url = link.Url is { Length: > 0 } url && url[0] == '#' ? url : Outside(link.Url) ?? (InRepository(link.Url) is { } path ? $"/{webPath}/blob/{commit}/{RawTarget.EncodePath(path)}" : "#");
                link.GetAttributes().AddProperty("rel", "nofollow ugc noopener noreferrer");
                break;
            case AutolinkInline auto:
                if (!auto.IsEmail && Outside(auto.Url) is null)
                    auto.Url = "#";
                auto.GetAttributes().AddProperty("rel", "nofollow ugc noopener noreferrer");
                break;
        }
    }

    private static string? Outside(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" or "mailto" ? address.AbsoluteUri : null;

    // A path below the root of the repository, without climbing out of it.
    private static string? InRepository(string? url)
    {
        if (string.IsNullOrEmpty(url) || url.Length > 1000 || url[0] is '/' or '\\' or '#' || url.Contains(':', StringComparison.Ordinal))
            return null;
        var end = url.AsSpan().IndexOfAny('?', '#');
        var path = RawTarget.Decode(end < 0 ? url : url[..end]) ?? "";
        var parts = path.Split('/').Where(static p => p is not ("" or ".")).ToArray();
        return parts.Length == 0 || parts.Contains("..") || path.Contains('\\', StringComparison.Ordinal) ? null : string.Join('/', parts);
    }
}
