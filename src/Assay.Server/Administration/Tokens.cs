using Assay.Hub.Access;
using Assay.Hub.Persistence;
using Assay.Server.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Administration;

/// <summary>Tokens: everybody's own, and those of others for administrators.</summary>
internal static class Tokens
{
    private const int MaxScopes = 8000;

    /// <summary>A token, without its secret.</summary>
    /// <param name="Id">Permanent id.</param>
    /// <param name="Name">The name that its user gave it.</param>
    /// <param name="Role">read, write or fineGrained.</param>
    /// <param name="Scopes">Scopes of a fine-grained one, one to a line.</param>
    /// <param name="Ending">The last four characters of the secret.</param>
    /// <param name="CreatedAt">When it was made.</param>
    /// <param name="ExpiresAt">When it stops to work; null for never.</param>
    /// <param name="LastUsedAt">When it was last used, to the hour.</param>
    internal sealed record TokenView(string Id, string Name, string Role, string Scopes, string Ending, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt)
    {
        /// <summary>Of a token.</summary>
        public static TokenView Of(AccessToken token) => new(token.Id, token.Name, WordOf(token.Role), token.Scopes, token.Ending, token.CreatedAt, token.ExpiresAt, token.LastUsedAt);
    }

    /// <summary>A token that was just made.</summary>
    /// <param name="Secret">The token itself. It is not kept and not shown again.</param>
    /// <param name="Token">What is kept of it.</param>
    internal sealed record MadeToken(string Secret, TokenView Token);

    /// <summary>A token to be.</summary>
    /// <param name="Name">Its name; unique for the user.</param>
    /// <param name="Role">read, write or fineGrained.</param>
    /// <param name="Scopes">Scopes of a fine-grained one, one to a line.</param>
    /// <param name="ExpiresAt">When it stops to work; null for never.</param>
    internal sealed record NewToken(string? Name, string? Role, string? Scopes, DateTimeOffset? ExpiresAt);

    /// <summary>Adds the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var own = api.MapGroup("/tokens").WithTags("Tokens");
        own.MapGet("", static async (HttpContext http, HubDb db) => TypedResults.Ok(await ReadAsync(db, RequestPrincipal.Of(http).UserId!, http.RequestAborted).ConfigureAwait(false)))
            .For(ApiAccess.SignedIn, "ListOwnTokens", "Your tokens, without their secrets.");
        own.MapPost("", static (NewToken body, HttpContext http, AccountRegistry accounts, TimeProvider clock) => CreateAsync(RequestPrincipal.Of(http).UserId!, body, http, accounts, clock))
            .For(ApiAccess.SignedIn, "CreateOwnToken", "Makes a token; its secret is shown this once.").ProducesProblem(403);
        own.MapDelete("/{id}", static (string id, HttpContext http, AccountRegistry accounts) => RevokeAsync(RequestPrincipal.Of(http).UserId!, id, http, accounts))
            .For(ApiAccess.SignedIn, "RevokeOwnToken", "Ends one of your tokens.").ProducesProblem(403);
        var others = api.MapGroup("/users/{name}/tokens").WithTags("Tokens");
        others.MapGet("", ListOfAsync).For(ApiAccess.Administrators, "ListTokens", "Tokens of a user, without their secrets.");
        others.MapPost("", CreateForAsync).For(ApiAccess.Administrators, "CreateToken", "Makes a token for a user; its secret is shown this once.");
        others.MapDelete("/{id}", RevokeOfAsync).For(ApiAccess.Administrators, "RevokeToken", "Ends a token of a user.");
    }

    /// <summary>Tokens of a user that still work.</summary>
    internal static async Task<IReadOnlyList<TokenView>> ReadAsync(HubDb db, string userId, CancellationToken cancellation)
    {
        var tokens = await db.AccessTokens.AsNoTracking().Where(t => t.UserId == userId && t.RevokedAt == null).OrderBy(static t => t.CreatedAt).Take(1000).ToListAsync(cancellation).ConfigureAwait(false);
        return tokens.ConvertAll(TokenView.Of);
    }

    /// <summary>What is wrong with a token to be, or with who makes it; null when nothing is.</summary>
    internal static (int Status, string Detail)? ProblemOf(Principal who, NewToken wanted, DateTimeOffset now)
    {
        // A token must not be able to make one that may do more.
        if (who.Token is { Role: not TokenRole.Write })
            return (403, "A token with limits cannot make or end tokens. Sign in with your password, or use a token with write access.");
        if (RoleOf(wanted.Role) is null)
            return (400, "The role is read, write or fineGrained.");
        if (wanted.Scopes is { Length: > MaxScopes })
            return (400, $"The scopes are longer than {MaxScopes} characters.");
        return wanted.ExpiresAt is { } end && end <= now ? (400, "The token would be over already.") : null;
    }

    /// <summary>The role of a word; null for any other.</summary>
    internal static TokenRole? RoleOf(string? word) => word switch
    {
        "read" => TokenRole.Read,
        "write" => TokenRole.Write,
        "fineGrained" => TokenRole.FineGrained,
        _ => null,
    };

    private static string WordOf(TokenRole role) => role switch
    {
        TokenRole.Read => "read",
        TokenRole.Write => "write",
        _ => "fineGrained",
    };

    private static async Task<Results<Created<MadeToken>, ProblemHttpResult>> CreateAsync(string userId, NewToken body, HttpContext http, AccountRegistry accounts, TimeProvider clock)
    {
        var who = RequestPrincipal.Of(http);
        if (ProblemOf(who, body, clock.GetUtcNow()) is var (status, detail))
            return ApiGate.Problem(status, detail);
        var (secret, token, problem) = await accounts.CreateTokenAsync(who, userId, body.Name ?? "", RoleOf(body.Role)!.Value, body.Scopes ?? "", body.ExpiresAt?.ToUniversalTime(), null, http.RequestAborted).ConfigureAwait(false);
        return problem is null ? TypedResults.Created((string?)null, new MadeToken(secret!, TokenView.Of(token!))) : ApiGate.Problem(400, problem);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RevokeAsync(string userId, string id, HttpContext http, AccountRegistry accounts)
    {
        var who = RequestPrincipal.Of(http);
        // A leaked token may end itself, and nothing else.
        if (who.Token is { Role: not TokenRole.Write } limited && limited.Id != id)
            return ApiGate.Problem(403, "A token with limits cannot make or end tokens. Sign in with your password, or use a token with write access.");
        return await accounts.RevokeTokenAsync(who, userId, id, http.RequestAborted).ConfigureAwait(false) ? TypedResults.NoContent() : ApiGate.Problem(404, "There is no such token.");
    }

    private static async Task<Results<Ok<IReadOnlyList<TokenView>>, ProblemHttpResult>> ListOfAsync(string name, HttpContext http, HubDb db) =>
        await Users.FindAsync(db, AccountKind.User, name, http.RequestAborted).ConfigureAwait(false) is { } user ? TypedResults.Ok(await ReadAsync(db, user.Id, http.RequestAborted).ConfigureAwait(false)) : NoUser();

    private static async Task<Results<Created<MadeToken>, ProblemHttpResult>> CreateForAsync(string name, NewToken body, HttpContext http, HubDb db, AccountRegistry accounts, TimeProvider clock) =>
        await Users.FindAsync(db, AccountKind.User, name, http.RequestAborted).ConfigureAwait(false) is { } user ? await CreateAsync(user.Id, body, http, accounts, clock).ConfigureAwait(false) : NoUser();

    private static async Task<Results<NoContent, ProblemHttpResult>> RevokeOfAsync(string name, string id, HttpContext http, HubDb db, AccountRegistry accounts) =>
        await Users.FindAsync(db, AccountKind.User, name, http.RequestAborted).ConfigureAwait(false) is { } user ? await RevokeAsync(user.Id, id, http, accounts).ConfigureAwait(false) : NoUser();

    private static ProblemHttpResult NoUser() => ApiGate.Problem(404, "There is no such user.");
}
