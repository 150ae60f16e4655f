using System.Security.Cryptography;
using Assay.Hub.Access;
using Assay.Hub.Persistence;
using Assay.Protocol;
using Assay.Server.Web;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Administration;

/// <summary>Users.</summary>
internal static class Users
{
    /// <summary>A user.</summary>
    /// <param name="Name">The namespace.</param>
    /// <param name="FullName">The name shown to people.</param>
    /// <param name="Email">Address, or null.</param>
    /// <param name="IsAdministrator">Whether the user administrates the hub.</param>
    /// <param name="IsReviewer">Whether the user decides on what is held back.</param>
    /// <param name="IsDisabled">Whether the account may do nothing any more.</param>
    /// <param name="HasPassword">Whether the user can sign in with a password.</param>
    /// <param name="CreatedAt">When it was registered.</param>
    internal sealed record UserView(string Name, string FullName, string? Email, bool IsAdministrator, bool IsReviewer, bool IsDisabled, bool HasPassword, DateTimeOffset CreatedAt)
    {
        /// <summary>Of an account.</summary>
        public static UserView Of(Account account) =>
            new(account.Name, account.FullName, account.Email, account.IsAdministrator, account.IsReviewer, account.IsDisabled, account.PasswordHash is not null, account.CreatedAt);
    }

    /// <summary>Who asks.</summary>
    /// <param name="Name">The namespace; <c>anonymous</c> for nobody.</param>
    /// <param name="FullName">The name shown to people.</param>
    /// <param name="IsSignedIn">Whether anybody signed in.</param>
    /// <param name="IsAdministrator">Whether the user administrates the hub, and the credentials at hand allow it.</param>
    /// <param name="IsReviewer">Whether the user decides on what is held back, and the credentials at hand allow it.</param>
    /// <param name="Organizations">Roles by the name of the organisation.</param>
    /// <param name="ForgeryToken">What a session sends in the header <c>X-CSRF-Token</c> with every change; null where there is no session.</param>
    internal sealed record MeView(string Name, string FullName, bool IsSignedIn, bool IsAdministrator, bool IsReviewer, IReadOnlyDictionary<string, string> Organizations, string? ForgeryToken);

    /// <summary>A user to be.</summary>
    /// <param name="Name">The namespace.</param>
    /// <param name="FullName">The name shown to people; null for the same.</param>
    /// <param name="Email">Address, or null.</param>
    /// <param name="Password">At least twelve characters; null for a user of tokens only.</param>
    /// <param name="IsAdministrator">Whether the user administrates the hub.</param>
    /// <param name="IsReviewer">Whether the user decides on what is held back.</param>
    internal sealed record NewUser(string? Name, string? FullName, string? Email, string? Password, bool IsAdministrator, bool IsReviewer);

    /// <summary>A change; what is null stays as it is.</summary>
    /// <param name="FullName">The name shown to people.</param>
    /// <param name="Email">Address; empty for none.</param>
    /// <param name="Password">A new password; all sessions end.</param>
    /// <param name="IsAdministrator">Whether the user administrates the hub.</param>
    /// <param name="IsReviewer">Whether the user decides on what is held back.</param>
    /// <param name="IsDisabled">Whether the account may do nothing any more.</param>
    internal sealed record UserChange(string? FullName, string? Email, string? Password, bool? IsAdministrator, bool? IsReviewer, bool? IsDisabled);

    /// <summary>Adds the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/me", MeAsync).For(ApiAccess.Anybody, "GetMe", "Who asks, and what the credentials allow.").WithTags("Users");
        var routes = api.MapGroup("/users").WithTags("Users");
        routes.MapGet("", ListAsync).For(ApiAccess.Administrators, "ListUsers", "Users by name, after a name.");
        routes.MapPost("", CreateAsync).For(ApiAccess.Administrators, "CreateUser", "Registers a user.").ProducesProblem(409);
        routes.MapGet("/{name}", GetAsync).For(ApiAccess.Administrators, "GetUser", "A user.");
        routes.MapPatch("/{name}", ChangeAsync).For(ApiAccess.Administrators, "ChangeUser", "Changes a user.").ProducesProblem(409);
        routes.MapDelete("/{name}", static (string name, HttpContext http, HubDb db, AccountRegistry accounts) => ChangeAsync(name, new UserChange(null, null, null, null, null, IsDisabled: true), http, db, accounts))
            .For(ApiAccess.Administrators, "DisableUser", "Disables a user. The name stays taken, so that nobody can pose as who had it.").ProducesProblem(409);
    }

    /// <summary>The answer to a change of accounts that was not made.</summary>
    internal static ProblemHttpResult ProblemOf(AccountOutcome outcome) => outcome switch
    {
        AccountOutcome.Taken => ApiGate.Problem(409, "This name is taken. Choose another."),
        AccountOutcome.Invalid invalid => ApiGate.Problem(400, invalid.Message),
        _ => ApiGate.Problem(404, "There is no such account."),
    };

    /// <summary>An account by its name.</summary>
    internal static Task<Account?> FindAsync(HubDb db, AccountKind kind, string name, CancellationToken cancellation)
    {
        var key = RepoId.KeyOf(name);
        return db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Key == key && a.Kind == kind, cancellation);
    }

    private static async Task<Ok<MeView>> MeAsync(HttpContext http, HubDb db, IAntiforgery forgery)
    {
        var who = RequestPrincipal.Of(http);
        var ids = who.Organizations.Keys.ToArray();
        var names = await db.Accounts.AsNoTracking().Where(a => ids.Contains(a.Id)).ToDictionaryAsync(static a => a.Id, static a => a.Name, StringComparer.Ordinal, http.RequestAborted).ConfigureAwait(false);
        var roles = who.Organizations.Where(o => names.ContainsKey(o.Key)).ToDictionary(o => names[o.Key], static o => Organizations.WordOf(o.Value), StringComparer.Ordinal);
        return TypedResults.Ok(new MeView(
            who.Name, who.FullName, who.IsSignedIn, AccessRules.Allows(who, HubAction.Administer, null), AccessRules.Allows(who, HubAction.Review, null), roles,
            Sessions.IsSession(http) ? forgery.GetAndStoreTokens(http).RequestToken : null));
    }

    private static async Task<Ok<IReadOnlyList<UserView>>> ListAsync(HttpContext http, HubDb db, string? after, int? limit)
    {
        var (from, most) = (RepoId.KeyOf(after ?? ""), Math.Clamp(limit ?? 100, 1, 1000));
        var users = await db.Accounts.AsNoTracking().Where(a => a.Kind == AccountKind.User && string.Compare(a.Key, from) > 0).OrderBy(static a => a.Key).Take(most).ToListAsync(http.RequestAborted).ConfigureAwait(false);
        return TypedResults.Ok<IReadOnlyList<UserView>>(users.ConvertAll(UserView.Of));
    }

    private static async Task<Results<Ok<UserView>, ProblemHttpResult>> GetAsync(string name, HttpContext http, HubDb db) =>
        await FindAsync(db, AccountKind.User, name, http.RequestAborted).ConfigureAwait(false) is { } user ? TypedResults.Ok(UserView.Of(user)) : ApiGate.Problem(404, "There is no such user.");

    private static async Task<Results<Created<UserView>, ProblemHttpResult>> CreateAsync(NewUser body, HttpContext http, AccountRegistry accounts)
    {
        var outcome = await accounts.CreateAsync(
            RequestPrincipal.Of(http), AccountKind.User, body.Name ?? "", body.FullName, string.IsNullOrWhiteSpace(body.Email) ? null : body.Email.Trim(), string.IsNullOrEmpty(body.Password) ? null : body.Password,
            account => (account.IsAdministrator, account.IsReviewer) = (body.IsAdministrator, body.IsReviewer), http.RequestAborted).ConfigureAwait(false);
        return outcome is AccountOutcome.Done done ? TypedResults.Created($"{ApiGate.Root}/users/{done.Account.Name}", UserView.Of(done.Account)) : ProblemOf(outcome);
    }

    private static async Task<Results<Ok<UserView>, ProblemHttpResult>> ChangeAsync(string name, UserChange body, HttpContext http, HubDb db, AccountRegistry accounts)
    {
        var who = RequestPrincipal.Of(http);
        if (await FindAsync(db, AccountKind.User, name, http.RequestAborted).ConfigureAwait(false) is not { } user)
            return ApiGate.Problem(404, "There is no such user.");
        if (body.FullName is { } fullName && string.IsNullOrWhiteSpace(fullName) || body.FullName is { Length: > 200 })
            return ApiGate.Problem(400, "The full name has 1 to 200 characters.");
        if (body.Email is { Length: > 0 } email && (email.Length > 254 || email.IndexOf('@', StringComparison.Ordinal) <= 0))
            return ApiGate.Problem(400, "This is no e-mail address.");
        var stops = user is { IsAdministrator: true, IsDisabled: false } && (body.IsAdministrator == false || body.IsDisabled == true);
        if (stops && !await db.Accounts.AnyAsync(a => a.Kind == AccountKind.User && a.IsAdministrator && !a.IsDisabled && a.Id != user.Id, http.RequestAborted).ConfigureAwait(false))
            return ApiGate.Problem(409, "This is the last administrator. Make somebody else one first.");
        if (body.Password is { } password && await accounts.SetPasswordAsync(who, name, password, http.RequestAborted).ConfigureAwait(false) is var set and not AccountOutcome.Done)
            return ProblemOf(set);
        var outcome = await accounts.ChangeAsync(who, name, body.IsDisabled == true ? "user.disabled" : "user.changed", account =>
        {
            account.FullName = body.FullName?.Trim() ?? account.FullName;
            account.Email = body.Email is null ? account.Email : body.Email.Trim() is { Length: > 0 } address ? address : null;
            account.IsAdministrator = body.IsAdministrator ?? account.IsAdministrator;
            account.IsReviewer = body.IsReviewer ?? account.IsReviewer;
            account.IsDisabled = body.IsDisabled ?? account.IsDisabled;
            if (account.IsDisabled)
                account.SecurityStamp = RandomNumberGenerator.GetHexString(32, lowercase: true);
        }, http.RequestAborted).ConfigureAwait(false);
        return outcome is AccountOutcome.Done done ? TypedResults.Ok(UserView.Of(done.Account)) : ProblemOf(outcome);
    }
}
