using Assay.Protocol;
using Microsoft.AspNetCore.Http.Features;

namespace Assay.Server.Web;

/// <summary>A slice of the protocol.</summary>
/// <param name="Methods">Methods, separated by blanks; <c>GET</c> includes <c>HEAD</c>.</param>
/// <param name="Place">What its path starts with.</param>
/// <param name="Verb">The words after that, separated by <c>/</c>; nothing for the place itself, <c>*</c> for whatever follows.</param>
/// <param name="HandleAsync">What it does.</param>
internal sealed record HubSlice(string Methods, HubPlace Place, string Verb, Func<HubCall, Task<Answer>> HandleAsync);

/// <summary>Where in the tree of paths a slice stands.</summary>
internal enum HubPlace
{
    /// <summary><c>/verb</c></summary>
    Root,

    /// <summary><c>/api/models</c>: all repositories of a kind.</summary>
    Kind,

    /// <summary><c>/api/models/ada/tiny/verb</c></summary>
    RepositoryApi,

    /// <summary><c>/ada/tiny/verb</c>, <c>/datasets/ada/words/verb</c></summary>
    Repository,

    /// <summary>As <see cref="Repository"/>, with or without <c>.git</c>.</summary>
    Git,

    /// <summary><c>/api/resolve-cache/models/ada/tiny</c>, followed by a commit and a path.</summary>
    ResolveCache,
}

/// <summary>
/// Finds the slice for a request. Paths are cut as they stood on the wire, since names of revisions and files may hold encoded slashes;
/// what is nobody's goes on to the pages and the hub's own API.
/// </summary>
internal sealed class HubRouter(RequestDelegate next, IReadOnlyList<HubSlice> slices)
{
    // Words that come after a repository's name in a path of the protocol; a single name before one of them is an alias.
    private readonly HashSet<string> _verbs = [.. slices.Where(static s => s.Place is HubPlace.RepositoryApi or HubPlace.Repository).Select(static s => s.Verb.Split('/')[0])];

    /// <summary>Runs the middleware.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        var raw = http.Features.Get<IHttpRequestFeature>()?.RawTarget is { Length: > 0 } given ? given : http.Request.Path + http.Request.QueryString;
        if (RawTarget.Parse(raw) is not { } target)
        {
            await Answer.Bad("The address is malformed.").WriteAsync(http).ConfigureAwait(false);
            return;
        }

        var (match, slice, methodKnown) = Find(http.Request.Method, target);
        if (slice is null)
        {
            if (methodKnown)
                await Answer.Fail(405, null, "This address does not know the method.").WriteAsync(http).ConfigureAwait(false);
            else
                await next(http).ConfigureAwait(false);
            return;
        }

        var call = new HubCall(http, target, match.Kind, match.Id, match.NameAt, match.Rest);
        await using (call.ConfigureAwait(false))
        {
            var answer = await slice.HandleAsync(call).ConfigureAwait(false);
            await answer.WriteAsync(http).ConfigureAwait(false);
        }
    }

    private (Match Match, HubSlice? Slice, bool MethodKnown) Find(string method, RawTarget target)
    {
        var path = target.Segments;
        if (path.Count > 0 && path[^1].Length == 0)
            path = [.. path.Take(path.Count - 1)];
        var known = false;
        foreach (var place in Places(path))
        {
            foreach (var slice in slices)
            {
                if (slice.Place != place.Place || !StartsWith(path, place.From, slice.Verb, out var after))
                    continue;
                known = true;
                if (!Takes(slice.Methods, method))
                    continue;
                return (place with { Rest = [.. path.Skip(after)] }, slice, true);
            }
        }

        return (default, null, known);
    }

    private IEnumerable<Match> Places(IReadOnlyList<string> path)
    {
        yield return new Match(HubPlace.Root, RepoKind.Model, null, 0, 0, []);
        if (path.Count == 0)
            yield break;
        if (path[0] == "api")
        {
            if (path.Count > 5 && path[1] == "resolve-cache")
            {
                if (RepoKinds.Parse(path[2]) is { } cached && RepoId.TryParse(path[3] + "/" + path[4], out var pinned))
                    yield return new Match(HubPlace.ResolveCache, cached, pinned, 3, 5, []);
                yield break;
            }

            if (path.Count < 2 || RepoKinds.Parse(path[1]) is not { } kind || path[1] != kind.Plural())
                yield break;
            if (path.Count == 2)
                yield return new Match(HubPlace.Kind, kind, null, 2, 2, []);
            else if (path.Count == 3 || _verbs.Contains(path[3]) && (path.Count < 5 || !_verbs.Contains(path[4])))
                yield return new Match(HubPlace.RepositoryApi, kind, null, 2, 3, []); // an alias of one name: none is registered here
            else if (RepoId.TryParse(path[2] + "/" + path[3], out var id))
                yield return new Match(HubPlace.RepositoryApi, kind, id, 2, 4, []);
            else
                yield return new Match(HubPlace.RepositoryApi, kind, null, 2, 4, []);
            yield break;
        }

        var at = 0;
        var webKind = RepoKind.Model;
        if (path.Count > 2 && path[0] is "datasets" or "spaces")
            (at, webKind) = (1, RepoKinds.Parse(path[0])!.Value);
        if (path.Count < at + 2)
            yield break;
        if (path.Count > at + 2 && RepoId.IsReserved(path[at + 1]))
            yield return new Match(HubPlace.Repository, webKind, null, at, at + 1, []); // no repository has such a name: an alias stands before it
        else if (RepoId.TryParse(path[at] + "/" + path[at + 1], out var web))
            yield return new Match(HubPlace.Repository, webKind, web, at, at + 2, []);
        var name = path[at + 1].EndsWith(".git", StringComparison.Ordinal) ? path[at + 1][..^4] : path[at + 1];
        if (RepoId.TryParse(path[at] + "/" + name, out var git))
            yield return new Match(HubPlace.Git, webKind, git, at, at + 2, []);
    }

    private static bool StartsWith(IReadOnlyList<string> path, int from, string verb, out int after)
    {
        after = from;
        if (verb.Length == 0)
            return path.Count == from;
        if (verb == "*")
            return true;
        foreach (var word in verb.Split('/'))
        {
            if (after >= path.Count || path[after] != word)
                return false;
            after++;
        }

        return true;
    }

    private static bool Takes(string methods, string method)
    {
        if (HttpMethods.IsHead(method))
            method = "GET";
        foreach (var one in methods.Split(' '))
        {
            if (string.Equals(one, method, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private readonly record struct Match(HubPlace Place, RepoKind Kind, RepoId? Id, int NameAt, int From, string[] Rest);
}
