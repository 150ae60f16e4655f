using System.Net.Http.Headers;
using System.Text;
using Assay.Hub.Access;
using Assay.Hub.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Web;

/// <summary>Finds out who asks: a token as Bearer or as the password of Basic, or the cookie of a session.</summary>
internal sealed class RequestPrincipal(RequestDelegate next)
{
    private const string Item = "assay.principal";

    /// <summary>What clients recognise as an invalid token (<c>huggingface_hub/utils/_http.py</c>).</summary>
    private const string Invalid = "Invalid credentials in Authorization header";

    /// <summary>Who asks.</summary>
    public static Principal Of(HttpContext http) => http.Items.TryGetValue(Item, out var value) && value is Principal principal ? principal : Principal.Anonymous;

    /// <summary>Says who asks; for sessions.</summary>
    public static void Set(HttpContext http, Principal principal) => http.Items[Item] = principal;

    /// <summary>Runs the middleware.</summary>
    public async Task InvokeAsync(HttpContext http, IDbContextFactory<HubDb> databases, AccountRegistry accounts)
    {
        var header = http.Request.Headers.Authorization.ToString();
        // Tokens of the Xet endpoints and keys of other clients are checked where they are used.
        if (header.Length > 0 && TokenOf(header) is { } token && !token.StartsWith("xet_", StringComparison.Ordinal))
        {
            var db = await databases.CreateDbContextAsync(http.RequestAborted).ConfigureAwait(false);
            await using (db.ConfigureAwait(false))
            {
                var principal = token.Length == 0 ? Principal.Anonymous : await accounts.FindByTokenAsync(db, token, http.RequestAborted).ConfigureAwait(false);
                if (principal is null)
                {
                    await Answer.Fail(401, null, Invalid).WriteAsync(http).ConfigureAwait(false);
                    return;
                }

                Set(http, principal);
            }
        }

        await next(http).ConfigureAwait(false);
    }

    /// <summary>The token in a header; empty where there is none, null where the header is of another kind.</summary>
    internal static string? TokenOf(string header)
    {
        if (!AuthenticationHeaderValue.TryParse(header, out var value) || value.Parameter is null)
            return header.StartsWith("Bearer", StringComparison.OrdinalIgnoreCase) || header.StartsWith("Basic", StringComparison.OrdinalIgnoreCase) ? "?" : null;
        if (string.Equals(value.Scheme, "Bearer", StringComparison.OrdinalIgnoreCase))
            return value.Parameter.Trim();
        if (!string.Equals(value.Scheme, "Basic", StringComparison.OrdinalIgnoreCase))
            return null;
        try
        {
            var text = Encoding.UTF8.GetString(Convert.FromBase64String(value.Parameter));
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            var (user, password) = colon < 0 ? (text, "") : (text[..colon], text[(colon + 1)..]);
            // The user name may be anything; the token may stand in its place.
            return password.Length > 0 ? password : user.Length == 0 ? "" : user;
        }
        catch (FormatException)
        {
            return "?";
        }
    }
}
