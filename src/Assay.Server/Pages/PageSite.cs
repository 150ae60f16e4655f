using Assay.Server.Web;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Assay.Server.Pages;

/// <summary>Renders pages: static HTML, made on the server, which works without any script.</summary>
internal static class PageSite
{
    /// <summary>Adds what pages need.</summary>
    public static void Register(IServiceCollection services) => services.AddRazorComponents();

    /// <summary>A page.</summary>
    /// <typeparam name="TPage">The component, with the parameters <c>Frame</c> and <c>Model</c>.</typeparam>
    /// <param name="call">The request.</param>
    /// <param name="model">What it shows.</param>
    /// <param name="status">Status.</param>
    /// <param name="hasForm">Whether it has a form for somebody who has not signed in.</param>
    public static IResult Show<TPage>(HubCall call, object model, int status = 200, bool hasForm = false)
        where TPage : IComponent =>
        new RazorComponentResult<TPage>(new Dictionary<string, object?>(StringComparer.Ordinal) { ["Frame"] = FrameOf(call, hasForm), ["Model"] = model }) { StatusCode = status, PreventStreamingRendering = true };

    /// <summary>Another page; what was sent is not sent again.</summary>
    public static IResult Redirect(HubCall call, string path)
    {
        call.Http.Response.Headers.Location = path;
        return Results.StatusCode(303);
    }

    /// <summary>An error: a page for browsers, JSON for the rest.</summary>
    public static IResult Error(HubCall call, int status, string message)
    {
        if (!WantsHtml(call.Http))
            return new AnswerResult(Answer.Fail(status, null, message));
        call.Http.Response.Headers.CacheControl = "no-store";
        return Show<ErrorView>(call, new ErrorModel(status, status switch { 404 => "Not found", 403 => "Not allowed", 401 => "Sign in first", 410 => "Withdrawn", 429 => "Too many attempts", _ => "This did not work" }, message), status);
    }

    /// <summary>What a slice of the protocol answered, as a page.</summary>
    public static IResult Of(HubCall call, Answer answer)
    {
        if (answer.Failure is not var (status, message))
            return new AnswerResult(answer);
        // Whether a private repository exists is told to nobody who may not see it.
        return status == 401 || (status == 404 && !call.Who.IsSignedIn)
            ? Error(call, 404, "There is no such repository, or it is private. If you have access to it, sign in.")
            : Error(call, status, message);
    }

    private static bool WantsHtml(HttpContext http) => http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    private static PageFrame FrameOf(HubCall call, bool hasForm)
    {
        var tokens = hasForm || Sessions.IsSession(call.Http) ? call.Get<IAntiforgery>().GetAndStoreTokens(call.Http) : null;
        return new PageFrame(call.Who, call.BaseUrl, call.Http.Request.Path + call.Http.Request.QueryString, tokens?.FormFieldName ?? "", tokens?.RequestToken ?? "");
    }

    private sealed class AnswerResult(Answer answer) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => answer.WriteAsync(httpContext);
    }
}

/// <summary>What the page of an error shows.</summary>
/// <param name="Status">The status.</param>
/// <param name="Title">In a word or two.</param>
/// <param name="Message">In a sentence.</param>
public sealed record ErrorModel(int Status, string Title, string Message);
