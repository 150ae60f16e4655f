using System.Collections.Concurrent;
using System.Security.Claims;
using Assay.Hub;
using Assay.Hub.Access;
using Assay.Hub.Persistence;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Web;

/// <summary>What became of an attempt to sign in to the pages.</summary>
internal enum SignIn
{
    /// <summary>The session began.</summary>
    Done,

    /// <summary>Name and secret do not belong together.</summary>
    Wrong,

    /// <summary>There were too many attempts; nothing was checked.</summary>
    TooMany,
}

/// <summary>
/// Sessions of the web pages: a signed cookie that names a user, the stamp that ends it, and the token it was begun with, if it was one. What
/// it stands for is asked anew at every request, so that a disabled account, a changed password or a revoked token ends it at once.
/// </summary>
internal sealed class Sessions(IDbContextFactory<HubDb> databases, AccountRegistry accounts, SignInThrottle throttle, TimeProvider clock)
{
    /// <summary>The header in which a script sends the token against forged requests.</summary>
    public const string ForgeryHeader = "X-CSRF-Token";

    private const string Scheme = "assay.session";
    private const string StampClaim = "assay.stamp";
    private const string TokenClaim = "assay.token";
    private const string Item = "assay.session";

    /// <summary>Adds what sessions need.</summary>
    public static void Register(IServiceCollection services, HubOptions hub, ServerOptions options)
    {
        var secure = options.PublicUrl?.StartsWith("https:", StringComparison.OrdinalIgnoreCase) == true ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
        services.AddDataProtection().SetApplicationName("assay").PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(hub.DataFolder, "keys")));
        services.AddAuthentication().AddCookie(Scheme, cookie =>
        {
            cookie.Cookie.Name = "assay_session";
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            cookie.Cookie.SecurePolicy = secure;
            cookie.ExpireTimeSpan = TimeSpan.FromHours(12);
            cookie.SlidingExpiration = true;
        });
        services.AddAntiforgery(forgery =>
        {
            forgery.Cookie.Name = "assay_forgery";
            forgery.Cookie.HttpOnly = true;
            forgery.Cookie.SameSite = SameSiteMode.Strict;
            forgery.Cookie.SecurePolicy = secure;
            forgery.FormFieldName = "forgery";
            forgery.HeaderName = ForgeryHeader;
            forgery.SuppressXFrameOptionsHeader = true; // there is a stricter one
        });
        services.AddSingleton<Sessions>();
        services.AddSingleton<SignInThrottle>();
    }

    /// <summary>Whether the request rests on a session, and not on credentials that its sender put into it.</summary>
    public static bool IsSession(HttpContext http) => http.Items.ContainsKey(Item);

    /// <summary>Whether a request carries the proof that it came from a page of this server.</summary>
    public static Task<bool> IsGenuineAsync(HttpContext http) => http.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(http);

    /// <summary>Begins a session.</summary>
    /// <param name="http">The request.</param>
    /// <param name="name">Name of the user.</param>
    /// <param name="secret">The password, or a token of that user: the session then may do what the token may.</param>
    public async Task<SignIn> BeginAsync(HttpContext http, string name, string secret)
    {
        var network = RateLimits.Network(http);
        if (!throttle.Allows(name, network))
            return SignIn.TooMany;
        var db = await databases.CreateDbContextAsync(http.RequestAborted).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            AccessToken? token = null;
            Account? user;
            if (HubIds.IsToken(secret) && await accounts.FindByTokenAsync(db, secret, http.RequestAborted).ConfigureAwait(false) is { } owner && string.Equals(owner.Name, name.Trim(), StringComparison.OrdinalIgnoreCase))
            {
                token = owner.Token;
                user = await db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Id == owner.UserId, http.RequestAborted).ConfigureAwait(false);
            }
            else
            {
                user = await AccountRegistry.SignInAsync(db, name.Trim(), secret, http.RequestAborted).ConfigureAwait(false);
            }

            if (user is null)
            {
                throttle.Failed(name, network);
                return SignIn.Wrong;
            }

            throttle.Succeeded(name);
            List<Claim> claims = [new(ClaimTypes.NameIdentifier, user.Id), new(StampClaim, user.SecurityStamp)];
            if (token is not null)
                claims.Add(new Claim(TokenClaim, token.Id));
            await http.SignInAsync(Scheme, new ClaimsPrincipal(new ClaimsIdentity(claims, Scheme)), new AuthenticationProperties { IssuedUtc = clock.GetUtcNow() }).ConfigureAwait(false);
            return SignIn.Done;
        }
    }

    /// <summary>Ends the session.</summary>
    public static Task EndAsync(HttpContext http) => http.SignOutAsync(Scheme);

    /// <summary>Says who asks, where a session does.</summary>
    public async Task RecogniseAsync(HttpContext http)
    {
        if (!http.Request.Cookies.ContainsKey("assay_session"))
            return;
        var ticket = await http.AuthenticateAsync(Scheme).ConfigureAwait(false);
        if (ticket.Principal is not { } claims || claims.FindFirstValue(ClaimTypes.NameIdentifier) is not { } userId || claims.FindFirstValue(StampClaim) is not { } stamp)
            return;
        var db = await databases.CreateDbContextAsync(http.RequestAborted).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            AccessToken? token = null;
            if (claims.FindFirstValue(TokenClaim) is { } tokenId)
            {
                var now = clock.GetUtcNow();
                token = await db.AccessTokens.AsNoTracking().FirstOrDefaultAsync(t => t.Id == tokenId && t.UserId == userId && t.RevokedAt == null && (t.ExpiresAt == null || t.ExpiresAt > now), http.RequestAborted).ConfigureAwait(false);
                if (token is null)
                    return;
            }

            if (await AccountRegistry.FindAsync(db, userId, stamp, token, http.RequestAborted).ConfigureAwait(false) is not { } principal)
                return;
            RequestPrincipal.Set(http, principal);
            http.User = claims;
            http.Items[Item] = true;
            http.Response.OnStarting(static state =>
            {
                // What one person sees is in nobody else's cache.
                var headers = ((HttpContext)state).Response.Headers;
                headers.Append("Vary", "Cookie");
                if (headers.CacheControl.Count == 0 || headers.CacheControl.ToString().Contains("public", StringComparison.Ordinal))
                    headers.CacheControl = "private, no-cache";
                return Task.CompletedTask;
            }, http);
        }
    }
}

/// <summary>
/// Lets sessions in. Before the hub's protocol only for requests that change nothing: clients of the protocol send tokens, and no other site
/// can make a browser push. After it for the pages and the hub's own API, which ask for the proof against forged requests.
/// </summary>
/// <param name="next">What comes after.</param>
/// <param name="sessions">Sessions.</param>
/// <param name="isBeforeProtocol">Which of the two places it stands in.</param>
internal sealed class SessionPrincipal(RequestDelegate next, Sessions sessions, bool isBeforeProtocol)
{
    /// <summary>Runs the middleware.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        var isRead = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        if (isRead == isBeforeProtocol && http.Request.Headers.Authorization.Count == 0)
            await sessions.RecogniseAsync(http).ConfigureAwait(false);
        await next(http).ConfigureAwait(false);
    }
}

/// <summary>Slows down who guesses passwords: attempts that failed are counted for each account and each network. Bounded in memory.</summary>
internal sealed class SignInThrottle(TimeProvider clock)
{
    private const int PerAccount = 10;
    private const int PerNetwork = 50;
    private const int MaxEntries = 50_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, (int Count, DateTimeOffset Since)> _failures = new(StringComparer.Ordinal);

    /// <summary>Whether an attempt may be made.</summary>
    public bool Allows(string name, string network) => Count(AccountKey(name)) < PerAccount && Count("network " + network) < PerNetwork;

    /// <summary>Records an attempt that failed.</summary>
    public void Failed(string name, string network)
    {
        var now = clock.GetUtcNow();
        if (_failures.Count > MaxEntries)
        {
            foreach (var (key, failure) in _failures)
            {
                if (now - failure.Since > Window)
                    _failures.TryRemove(key, out _);
            }

            if (_failures.Count > MaxEntries)
                _failures.Clear();
        }

        foreach (var key in (string[])[AccountKey(name), "network " + network])
            _failures.AddOrUpdate(key, (1, now), (_, known) => now - known.Since > Window ? (1, now) : (known.Count + 1, known.Since));
    }

    /// <summary>Forgets the failures of an account whose owner came in.</summary>
    public void Succeeded(string name) => _failures.TryRemove(AccountKey(name), out _);

    private int Count(string key) => _failures.TryGetValue(key, out var known) && clock.GetUtcNow() - known.Since <= Window ? known.Count : 0;

    private static string AccountKey(string name)
    {
        var key = name.Trim().ToLowerInvariant();
        return "account " + (key.Length <= 96 ? key : key[..96]);
    }
}
