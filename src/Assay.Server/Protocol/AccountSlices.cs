using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Assay.Server.Web;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Protocol;

/// <summary>Who somebody is (<c>hub-protocol</c> sections 2 and 13), and the stray calls that clients make (section 17).</summary>
internal static class AccountSlices
{
    /// <summary><c>GET /api/whoami-v2</c>.</summary>
    public static async Task<Answer> WhoAmIAsync(HubCall call)
    {
        var who = call.Who;
        if (!who.IsSignedIn)
            return Answer.Fail(401, null, "Invalid username or password.");
        var account = await call.Db.Accounts.AsNoTracking().FirstAsync(a => a.Id == who.UserId, call.Cancellation).ConfigureAwait(false);
        var ids = who.Organizations.Keys.ToArray();
        var organizations = await call.Db.Accounts.AsNoTracking().Where(a => ids.Contains(a.Id)).OrderBy(static a => a.Key).ToListAsync(call.Cancellation).ConfigureAwait(false);
        var answer = new JsonObject
        {
            ["type"] = "user",
            ["id"] = account.Id,
            ["name"] = account.Name,
            ["fullname"] = account.FullName,
            ["email"] = account.Email,
            ["emailVerified"] = account.Email is not null,
            ["canPay"] = false,
            ["isPro"] = false,
            ["billingMode"] = "postpaid",
            ["periodEnd"] = null,
            ["avatarUrl"] = Avatar(call, account),
            ["orgs"] = new JsonArray([.. organizations.Select(o => new JsonObject
            {
                ["type"] = "org",
                ["id"] = o.Id,
                ["name"] = o.Name,
                ["fullname"] = o.FullName,
                ["email"] = null,
                ["canPay"] = false,
                ["periodEnd"] = null,
                ["avatarUrl"] = Avatar(call, o),
                ["roleInOrg"] = who.Organizations[o.Id] switch { MemberRole.Owner => "admin", MemberRole.Maintainer => "write", MemberRole.Contributor => "contributor", _ => "read" },
            })]),
        };
        var token = who.Token;
        var access = new JsonObject
        {
            ["displayName"] = token?.Name ?? "session",
            ["role"] = token?.Role switch { TokenRole.Read => "read", TokenRole.FineGrained => "fineGrained", _ => "write" },
            ["createdAt"] = Wire.Date(token?.CreatedAt ?? account.CreatedAt),
        };
        if (token is { Role: TokenRole.FineGrained })
        {
            access["fineGrained"] = new JsonObject
            {
                ["scoped"] = new JsonArray([.. token.Scopes.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => new JsonObject
                {
                    ["entity"] = new JsonObject { ["_id"] = "", ["type"] = "scope", ["name"] = line.Contains(' ', StringComparison.Ordinal) ? line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..] : "*" },
                    ["permissions"] = new JsonArray(line.StartsWith("repo.write", StringComparison.Ordinal) ? "repo.write" : line.StartsWith("repo.manage", StringComparison.Ordinal) ? "repo.write" : "repo.content.read"),
                })]),
                ["global"] = new JsonArray(),
            };
        }

        answer["auth"] = new JsonObject { ["type"] = "access_token", ["accessToken"] = access };
        return Answer.Of(answer);
    }

    /// <summary><c>GET /api/users/{user}/overview</c> and <c>GET /api/organizations/{organization}/overview</c>.</summary>
    public static async Task<Answer> OverviewAsync(HubCall call, AccountKind kind)
    {
        if (call.Rest.Count != 2 || call.Rest[1] is not ("overview" or "members"))
            return NotSupported;
        var key = RepoId.KeyOf(call.Rest[0]);
        if (await call.Db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Key == key && a.Kind == kind && !a.IsDisabled, call.Cancellation).ConfigureAwait(false) is not { } account)
            return Answer.Fail(404, null, "There is no account of this name.");
        if (call.Rest[1] == "members")
            return kind == AccountKind.Organization ? await MembersAsync(call, account).ConfigureAwait(false) : NotSupported;
        var counts = await RepositoryRegistry.ShownTo(call.Db, call.Who).Where(r => r.OwnerId == account.Id).GroupBy(static r => r.Kind).Select(static g => new { g.Key, Count = g.Count() }).ToListAsync(call.Cancellation).ConfigureAwait(false);
        int Count(RepoKind wanted) => counts.Find(c => c.Key == wanted)?.Count ?? 0;
        var answer = new JsonObject { ["_id"] = account.Id, ["fullname"] = account.FullName, ["avatarUrl"] = Avatar(call, account), ["numModels"] = Count(RepoKind.Model), ["numDatasets"] = Count(RepoKind.Dataset), ["numSpaces"] = Count(RepoKind.Space), ["createdAt"] = Wire.Date(account.CreatedAt) };
        if (kind == AccountKind.User)
        {
            answer["user"] = account.Name;
            answer["type"] = "user";
            answer["isPro"] = false;
            foreach (var zero in (string[])["numLikes", "numFollowers", "numFollowing", "numDiscussions", "numPapers", "numUpvotes"])
                answer[zero] = 0;
            var groups = await call.Db.Memberships.AsNoTracking().Where(m => m.UserId == account.Id).Join(call.Db.Accounts, static m => m.OrganizationId, static a => a.Id, static (m, a) => a).OrderBy(static a => a.Key).ToListAsync(call.Cancellation).ConfigureAwait(false);
            answer["orgs"] = new JsonArray([.. groups.Select(o => new JsonObject { ["id"] = o.Id, ["name"] = o.Name, ["fullname"] = o.FullName, ["avatarUrl"] = Avatar(call, o) })]);
        }
        else
        {
            answer["name"] = account.Name;
            answer["type"] = "org";
            answer["numUsers"] = await call.Db.Memberships.CountAsync(m => m.OrganizationId == account.Id, call.Cancellation).ConfigureAwait(false);
        }

        return Answer.Of(answer);
    }

    /// <summary>What this server does not have.</summary>
    public static Answer NotSupported { get; } = Answer.Fail(404, null, "Not supported by this server");

    /// <summary>The picture of an account.</summary>
    private static string Avatar(HubCall call, Account account) => $"{call.BaseUrl}/avatars/{account.Name}.svg";

    private static async Task<Answer> MembersAsync(HubCall call, Account organization)
    {
        var members = await call.Db.Memberships.AsNoTracking().Where(m => m.OrganizationId == organization.Id).Join(call.Db.Accounts, static m => m.UserId, static a => a.Id, static (m, a) => a).OrderBy(static a => a.Key).Take(1000).ToListAsync(call.Cancellation).ConfigureAwait(false);
        return Answer.Of(new JsonArray([.. members.Select(m => new JsonObject { ["user"] = m.Name, ["fullname"] = m.FullName, ["avatarUrl"] = Avatar(call, m), ["type"] = "user", ["isPro"] = false })]));
    }
}
