using Assay.Hub.Access;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace Assay.Server.Web;

/// <summary>Who may call a route of the hub's own API.</summary>
internal enum ApiAccess
{
    /// <summary>Everybody; the route itself asks what may be seen.</summary>
    Anybody,

    /// <summary>Whoever signed in.</summary>
    SignedIn,

    /// <summary>Reviewers and administrators.</summary>
    Reviewers,

    /// <summary>Administrators.</summary>
    Administrators,
}

/// <summary>
/// Stands before every route of the hub's own API: asks who calls before anything of the request is read, asks sessions for the proof against
/// forged requests, and makes every failure a problem document (RFC 9457). A route that does not say who may call it is closed.
/// </summary>
internal sealed class ApiGate(RequestDelegate next)
{
    /// <summary>Where the API is.</summary>
    public const string Root = "/api/assay/v1";

    private const int MaxBody = 1 << 20;

    /// <summary>Whether an address belongs to the API.</summary>
    public static bool Covers(HttpContext http) => http.Request.Path.StartsWithSegments("/api/assay", StringComparison.Ordinal);

    /// <summary>A problem as the result of a handler.</summary>
    /// <param name="status">Status.</param>
    /// <param name="detail">A sentence: what is wrong, and what to do.</param>
    public static ProblemHttpResult Problem(int status, string detail) =>
        TypedResults.Problem(new ProblemDetails { Status = status, Title = ReasonPhrases.GetReasonPhrase(status), Type = "about:blank", Detail = detail });

    /// <summary>Writes a problem.</summary>
    public static Task ProblemAsync(HttpContext http, int status, string detail)
    {
        if (status == 401)
            http.Response.Headers.WWWAuthenticate = "Bearer realm=\"Assay\"";
        http.Response.Headers.CacheControl = "no-store";
        return Problem(status, detail).ExecuteAsync(http);
    }

    /// <summary>Runs the middleware.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        if (!Covers(http))
        {
            await next(http).ConfigureAwait(false);
            return;
        }

        if (http.GetEndpoint() is not { } endpoint)
        {
            await ProblemAsync(http, 404, $"There is nothing at this address. What there is: {Root}/openapi.json").ConfigureAwait(false);
            return;
        }

        // What the framework itself answers to a wrong method has no such mark, and gives nothing away.
        if (endpoint is RouteEndpoint && await DenialAsync(http, endpoint.Metadata.GetMetadata<ApiRule>()?.Access ?? ApiAccess.Administrators).ConfigureAwait(false) is var (status, detail))
        {
            await ProblemAsync(http, status, detail).ConfigureAwait(false);
            return;
        }

        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = MaxBody;
        http.Response.Headers.CacheControl = "no-store";
        await next(http).ConfigureAwait(false);
        if (!http.Response.HasStarted && http.Response is { StatusCode: >= 400, ContentType: null })
        {
            await ProblemAsync(http, http.Response.StatusCode, http.Response.StatusCode switch
            {
                400 => "The request cannot be understood: a parameter is missing or of another kind, or the body is no JSON of the expected form.",
                405 => "This address does not know the method.",
                413 => "The request is too large.",
                415 => "The body must be JSON, sent as application/json.",
                var other => ReasonPhrases.GetReasonPhrase(other) + ".",
            }).ConfigureAwait(false);
        }
    }

    private static async Task<(int Status, string Detail)?> DenialAsync(HttpContext http, ApiAccess access)
    {
        var who = RequestPrincipal.Of(http);
        if (access != ApiAccess.Anybody && !who.IsSignedIn)
            return (401, "Sign in to do this: send a token of this hub as \"Authorization: Bearer hf_…\".");
        var allowed = access switch
        {
            ApiAccess.Reviewers => AccessRules.Allows(who, HubAction.Review, null),
            ApiAccess.Administrators => AccessRules.Allows(who, HubAction.Administer, null),
            _ => true,
        };
        if (!allowed)
            return (403, access == ApiAccess.Reviewers ? "Only reviewers may do this, and only with a token that allows it." : "Only administrators may do this, and only with a token that allows it.");
        var changes = !HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method);
        return changes && Sessions.IsSession(http) && !await Sessions.IsGenuineAsync(http).ConfigureAwait(false)
            ? (400, $"A session must send the proof that the request comes from this hub: the header {Sessions.ForgeryHeader} with the value that /api/assay/v1/me gives.")
            : null;
    }
}

/// <summary>Marks routes with who may call them.</summary>
internal static class ApiRoutes
{
    /// <summary>Says who may call a route, what it is called, and what it does.</summary>
    public static RouteHandlerBuilder For(this RouteHandlerBuilder route, ApiAccess access, string name, string summary)
    {
        route.WithMetadata(new ApiRule(access)).WithName(name).WithSummary(summary);
        foreach (var status in access == ApiAccess.Anybody ? (int[])[400, 404] : access == ApiAccess.SignedIn ? [400, 401, 404] : [400, 401, 403, 404])
            route.ProducesProblem(status);
        return route;
    }
}

/// <summary>Who may call the route that it is attached to.</summary>
/// <param name="Access">Who.</param>
internal sealed record ApiRule(ApiAccess Access);
