namespace Assay.Scanning;

/// <summary>Finds what a browser would run when it shows an output.</summary>
internal static class ActiveContent
{
    private static readonly string[] KnownFrames = ["youtube.com", "youtube-nocookie.com", "vimeo.com", "wandb.ai", "huggingface.co", "hf.space", "localhost", "127.0.0.1", "google.com", "gradio.live", "gradio.app", "codepen.io", "kaggle.com", "openstreetmap.org", "github.io", "neptune.ai", "comet.com", "comet.ml", "mlflow.org", "bilibili.com"];

    private static readonly string[] KnownScripts = ["cdn.plot.ly", "cdn.bokeh.org", "cdn.jsdelivr.net", "cdnjs.cloudflare.com", "unpkg.com", "gstatic.com", "googleapis.com", "mathjax.org", "d3js.org", "code.jquery.com", "pydata.org", "requirejs.org", "jspm.dev", "esm.sh", "esm.run", "plotly.com", "highcharts.com", "gradio.app", "datatables.net", "vega.github.io", "assets.pyecharts.org", "rawgit.com", "s3.amazonaws.com", "openlayers.org"];

    /// <summary>The first active part of an output; null where it is passive.</summary>
    /// <returns>Place, length, what it does in words, whether it comes from an address that is not known to serve libraries.</returns>
    public static (int At, int Length, string What, bool IsForeign)? In(NotebookOutput output)
    {
        var text = output.Content.Text;
        if (output.Kind.EndsWith("javascript", StringComparison.Ordinal))
            return (0, text.Length, "is a script", false);
        for (var at = text.IndexOf('<'); at >= 0; at = text.IndexOf('<', at + 1))
        {
            if (!MarkupTag.TryRead(text, at, text.Length, out var tag) || tag.Closes)
                continue;
            switch (tag.Name)
            {
                case "script":
                    var source = tag["src"];
                    var type = tag["type"] ?? "";
                    if (type.Contains("json", StringComparison.OrdinalIgnoreCase) || type.Contains("template", StringComparison.OrdinalIgnoreCase) || type.Contains("mathjax", StringComparison.OrdinalIgnoreCase))
                        continue;
                    return (at, text.Length - at, source is null ? "holds a script" : $"fetches a script from {source}", source is not null && !IsKnown(source, KnownScripts));
                case "iframe" or "frame" or "object" or "embed":
                    var frame = tag["src"] ?? tag["data"] ?? "";
                    if (frame.StartsWith("javascript:", StringComparison.OrdinalIgnoreCase) || frame.StartsWith("data:text/html", StringComparison.OrdinalIgnoreCase))
                        return (at, tag.End - at, "holds a frame with a script", true);
                    if (frame.Contains("//", StringComparison.Ordinal) && !IsKnown(frame, KnownFrames))
                        return (at, tag.End - at, $"shows a frame from {frame}", true);
                    continue;
                case "form" when tag["action"] is { } action && action.Contains("//", StringComparison.Ordinal):
                    return (at, tag.End - at, $"asks for input and sends it to {action}", true);
                case "meta" when (tag["http-equiv"] ?? "").Equals("refresh", StringComparison.OrdinalIgnoreCase):
                    return (at, tag.End - at, "leads the browser elsewhere", true);
            }

            foreach (var (name, value) in tag.Attributes())
            {
                if (name.Length > 3 && name.StartsWith("on", StringComparison.Ordinal) && char.IsAsciiLetter(name[2]) && value.Length > 0)
                    return (at, tag.End - at, $"runs a script ({name})", false);
                if (name is "href" or "src" && value.TrimStart().StartsWith("javascript:", StringComparison.OrdinalIgnoreCase) && !value.Contains("void", StringComparison.OrdinalIgnoreCase))
                    return (at, tag.End - at, "holds a link that runs a script", false);
            }
        }

        return null;
    }

    /// <summary>Whether the scripts reach for what no plot needs: the kernel, cookies, the server, other hosts.</summary>
    /// <param name="text">The output.</param>
    /// <param name="isLibrary">Whether it is told by its words to be that of a library.</param>
    public static bool Acts(string text, bool isLibrary)
    {
        if (text.Length > 1 << 18)
            return false;
        var reachesKernel = text.Contains("kernel.execute(", StringComparison.Ordinal) || text.Contains("execute_cell", StringComparison.Ordinal) || text.Contains("requestExecute(", StringComparison.Ordinal) || text.Contains("/api/terminals", StringComparison.Ordinal) || text.Contains("/api/contents", StringComparison.Ordinal)
            || text.Contains("/api/kernels", StringComparison.Ordinal) || text.Contains("notebook:run", StringComparison.Ordinal);
        var takes = text.Contains("document.cookie", StringComparison.Ordinal) || text.Contains("localStorage", StringComparison.Ordinal) || text.Contains("_xsrf", StringComparison.Ordinal);
        var sends = text.Contains("fetch(", StringComparison.Ordinal) || text.Contains("XMLHttpRequest", StringComparison.Ordinal) || text.Contains("sendBeacon", StringComparison.Ordinal) || text.Contains("new Image", StringComparison.Ordinal) || text.Contains("WebSocket(", StringComparison.Ordinal) || text.Contains("location", StringComparison.Ordinal);
        var decodes = text.Contains("eval(", StringComparison.Ordinal) && (text.Contains("atob(", StringComparison.Ordinal) || text.Contains("fromCharCode", StringComparison.Ordinal));
        if (isLibrary && text.Length > 8000)
            return false;
        return decodes || (reachesKernel && (!isLibrary || sends || text.Contains("os.system", StringComparison.Ordinal) || text.Contains("subprocess", StringComparison.Ordinal))) || (takes && sends && !isLibrary);
    }

    private static bool IsKnown(string address, string[] hosts)
    {
        if (LinkTarget.HostOf(address) is not { } host)
            return !address.Contains("//", StringComparison.Ordinal);
        return Array.Exists(hosts, h => host == h || host.EndsWith("." + h, StringComparison.Ordinal)) || HostReputation.Of(address) is HostKind.Local or HostKind.PackageIndex or HostKind.ModelHub;
    }
}
