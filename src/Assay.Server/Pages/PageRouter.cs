using Assay.Protocol;
using Assay.Server.Web;
using Microsoft.AspNetCore.Http.Features;

namespace Assay.Server.Pages;

/// <summary>A page.</summary>
/// <param name="Path">Words of its path; <c>*</c> stands for one word, and a final <c>**</c> for any number.</param>
/// <param name="Get">What it shows; null where there is nothing to see.</param>
/// <param name="Post">What its forms do; null where it has none.</param>
internal sealed record Page(string Path, Func<HubCall, Task<IResult>>? Get, Func<HubCall, Task<IResult>>? Post = null)
{
    /// <summary>The words.</summary>
    public string[] Words { get; } = Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>
/// Finds the page for a request, on the path as it stood on the wire, like <see cref="HubRouter"/>; pages of repositories come last, so that
/// no repository can stand in the place of another page. What is nobody's ends here: as a page for browsers, as JSON for the rest.
/// </summary>
internal sealed class PageRouter(RequestDelegate next, IReadOnlyList<Page> pages, IReadOnlyList<Page> repositoryPages)
{
    private const int MaxForm = 64 << 10;

    /// <summary>Runs the middleware.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint() is not null)
        {
            await next(http).ConfigureAwait(false);
            return;
        }

        var raw = http.Features.Get<IHttpRequestFeature>()?.RawTarget is { Length: > 0 } given ? given : http.Request.Path + http.Request.QueryString;
        if (RawTarget.Parse(raw) is not { } target)
        {
            await Answer.Bad("The address is malformed.").WriteAsync(http).ConfigureAwait(false);
            return;
        }

        IReadOnlyList<string> path = target.Segments.Count > 0 && target.Segments[^1].Length == 0 ? [.. target.Segments.Take(target.Segments.Count - 1)] : target.Segments;
        var call = Find(http, target, path, out var page);
        await using (call.ConfigureAwait(false))
        {
            var result = await HandleAsync(call, page).ConfigureAwait(false);
            if (http.Response.Headers.CacheControl.Count == 0)
                http.Response.Headers.CacheControl = Sessions.IsSession(http) ? "private, no-store" : "no-cache";
            await result.ExecuteAsync(http).ConfigureAwait(false);
        }
    }

    private static async Task<IResult> HandleAsync(HubCall call, Page? page)
    {
        var http = call.Http;
        var isRead = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        var handler = isRead ? page?.Get : HttpMethods.IsPost(http.Request.Method) ? page?.Post : null;
        if (handler is null)
            return page is null ? PageSite.Error(call, 404, "There is nothing at this address.") : PageSite.Error(call, 405, "This page does not do that.");
        if (isRead)
            return await handler(call).ConfigureAwait(false);
        if (!http.Request.HasFormContentType || http.Request.ContentLength is null or > MaxForm)
            return PageSite.Error(call, 400, "This page expects a form of its own.");
        if (!await Sessions.IsGenuineAsync(http).ConfigureAwait(false))
            return PageSite.Error(call, 400, "This form is too old, or did not come from this hub. Load its page again, then send it once more.");
        return await handler(call).ConfigureAwait(false);
    }

    private HubCall Find(HttpContext http, RawTarget target, IReadOnlyList<string> path, out Page? page)
    {
        foreach (var one in pages)
        {
            if (!Matches(one.Words, path, 0))
                continue;
            page = one;
            return new HubCall(http, target, RepoKind.Model, null, 0, [.. path]);
        }

        page = null;
        var at = path.Count > 2 && path[0] is "datasets" or "spaces" ? 1 : 0;
        var kind = at == 1 ? RepoKinds.Parse(path[0])!.Value : RepoKind.Model;
        if (path.Count < at + 2 || !RepoId.TryParse(path[at] + "/" + path[at + 1], out var id))
            return new HubCall(http, target, kind, null, 0, [.. path]);
        page = repositoryPages.FirstOrDefault(p => Matches(p.Words, path, at + 2));
        var verb = page?.Words.TakeWhile(static w => w[0] != '*').Count() ?? 0;
        return new HubCall(http, target, kind, id, at, [.. path.Skip(at + 2 + verb)]);
    }

    private static bool Matches(string[] words, IReadOnlyList<string> path, int from)
    {
        for (var i = 0; i < words.Length; i++)
        {
            if (words[i] == "**")
                return path.Count > from + i;
            if (from + i >= path.Count || (words[i] != "*" && words[i] != path[from + i]))
                return false;
        }

        return path.Count == from + words.Length;
    }
}
