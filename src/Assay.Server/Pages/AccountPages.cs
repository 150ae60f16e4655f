using Assay.Hub.Access;
using Assay.Server.Administration;
using Assay.Server.Web;

namespace Assay.Server.Pages;

/// <summary>The page where one signs in.</summary>
/// <param name="Return">Where to go afterwards.</param>
/// <param name="Name">The name that was given.</param>
/// <param name="Problem">Why it did not work; null at first.</param>
public sealed record LoginModel(string Return, string Name, string? Problem);

/// <summary>A token in a list.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Role">What it may do at most.</param>
/// <param name="Scopes">Its scopes.</param>
/// <param name="Ending">The last characters of it.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it ends; null for never.</param>
/// <param name="LastUsedAt">When it was last used; null for never.</param>
public sealed record TokenRow(string Id, string Name, string Role, string Scopes, string Ending, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt);

/// <summary>One's own tokens.</summary>
/// <param name="Tokens">Those that work.</param>
/// <param name="Made">The secret of the one that was just made; null for none.</param>
/// <param name="Problem">What was wrong with the form that was sent; null when nothing was.</param>
public sealed record TokensModel(IReadOnlyList<TokenRow> Tokens, string? Made, string? Problem);

/// <summary>Signing in and out, and one's own tokens.</summary>
internal static class AccountPages
{
    /// <summary><c>GET /login</c></summary>
    public static Task<IResult> LoginAsync(HubCall call) =>
        Task.FromResult(call.Who.IsSignedIn ? PageSite.Redirect(call, Local(call.Query("return"))) : PageSite.Show<LoginView>(call, new LoginModel(Local(call.Query("return")), "", null), hasForm: true));

    /// <summary><c>POST /login</c></summary>
    public static async Task<IResult> SignInAsync(HubCall call)
    {
        var form = await call.Http.Request.ReadFormAsync(call.Cancellation).ConfigureAwait(false);
        var (name, secret, back) = (form["name"].ToString(), form["password"].ToString(), Local(form["return"]));
        var outcome = await call.Get<Sessions>().BeginAsync(call.Http, name, secret).ConfigureAwait(false);
        if (outcome == SignIn.Done)
            return PageSite.Redirect(call, back);
        if (outcome == SignIn.TooMany)
            call.Http.Response.Headers.RetryAfter = "900";
        return outcome == SignIn.TooMany
            ? PageSite.Show<LoginView>(call, new LoginModel(back, name, "Too many attempts failed. Wait a quarter of an hour, then try again."), 429, hasForm: true)
            : PageSite.Show<LoginView>(call, new LoginModel(back, name, "Name and password do not belong together."), 400, hasForm: true);
    }

    /// <summary><c>POST /logout</c></summary>
    public static async Task<IResult> SignOutAsync(HubCall call)
    {
        await Sessions.EndAsync(call.Http).ConfigureAwait(false);
        return PageSite.Redirect(call, "/");
    }

    /// <summary><c>GET /settings/tokens</c></summary>
    public static Task<IResult> TokensAsync(HubCall call) => TokensAsync(call, null, null);

    /// <summary><c>POST /settings/tokens</c></summary>
    public static async Task<IResult> ChangeTokensAsync(HubCall call)
    {
        if (call.Who.UserId is not { } userId)
            return PageSite.Redirect(call, "/login?return=%2Fsettings%2Ftokens");
        var form = await call.Http.Request.ReadFormAsync(call.Cancellation).ConfigureAwait(false);
        var accounts = call.Get<AccountRegistry>();
        if (form["revoke"].ToString() is { Length: > 0 } id)
        {
            if (call.Who.Token is { Role: not TokenRole.Write })
                return await TokensAsync(call, null, "You signed in with a token that has limits: it cannot end tokens.").ConfigureAwait(false);
            await accounts.RevokeTokenAsync(call.Who, userId, id, call.Cancellation).ConfigureAwait(false);
            return PageSite.Redirect(call, "/settings/tokens");
        }

        var now = call.Get<TimeProvider>().GetUtcNow();
        var days = form["days"].ToString() switch { "30" => 30, "90" => 90, "365" => 365, _ => 0 };
        var wanted = new Tokens.NewToken(form["name"], form["role"], form["scopes"].ToString().Replace("\r\n", "\n", StringComparison.Ordinal), days == 0 ? null : now.AddDays(days));
        if (Tokens.ProblemOf(call.Who, wanted, now) is var (_, detail))
            return await TokensAsync(call, null, detail).ConfigureAwait(false);
        var (secret, _, problem) = await accounts.CreateTokenAsync(call.Who, userId, wanted.Name ?? "", Tokens.RoleOf(wanted.Role)!.Value, wanted.Scopes ?? "", wanted.ExpiresAt, null, call.Cancellation).ConfigureAwait(false);
        // Not redirected: the secret is in this answer and nowhere else.
        return await TokensAsync(call, secret, problem).ConfigureAwait(false);
    }

    private static async Task<IResult> TokensAsync(HubCall call, string? made, string? problem)
    {
        if (call.Who.UserId is not { } userId)
            return PageSite.Redirect(call, "/login?return=%2Fsettings%2Ftokens");
        var tokens = await Tokens.ReadAsync(call.Db, userId, call.Cancellation).ConfigureAwait(false);
        var now = call.Get<TimeProvider>().GetUtcNow();
        return PageSite.Show<TokensView>(call, new TokensModel(
            [.. tokens.Where(t => t.ExpiresAt is null || t.ExpiresAt > now).Select(static t => new TokenRow(t.Id, t.Name, t.Role, t.Scopes, t.Ending, t.CreatedAt, t.ExpiresAt, t.LastUsedAt))], made, problem), problem is null ? 200 : 400);
    }

    // Only addresses of this hub: a link to the sign-in page must not lead elsewhere afterwards.
    private static string Local(string? path) =>
        path is { Length: > 0 and <= 2000 } && path[0] == '/' && (path.Length == 1 || path[1] is not ('/' or '\\')) && path.All(static c => c is > ' ' and <= '~' and not '\\') ? path : "/";
}
