using Assay.Hub.Access;
using Assay.Hub.Persistence;
using Assay.Protocol;
using Assay.Server.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Administration;

/// <summary>Organisations and their members.</summary>
internal static class Organizations
{
    /// <summary>An organisation.</summary>
    /// <param name="Name">The namespace.</param>
    /// <param name="FullName">The name shown to people.</param>
    /// <param name="Members">Number of members.</param>
    /// <param name="CreatedAt">When it was registered.</param>
    internal sealed record OrganizationView(string Name, string FullName, int Members, DateTimeOffset CreatedAt);

    /// <summary>An organisation to be; who makes it becomes its owner.</summary>
    /// <param name="Name">The namespace.</param>
    /// <param name="FullName">The name shown to people; null for the same.</param>
    internal sealed record NewOrganization(string? Name, string? FullName);

    /// <summary>A change.</summary>
    /// <param name="FullName">The name shown to people.</param>
    internal sealed record OrganizationChange(string? FullName);

    /// <summary>A member.</summary>
    /// <param name="User">Name of the user.</param>
    /// <param name="Role">reader, contributor, maintainer or owner.</param>
    internal sealed record MemberView(string User, string Role);

    /// <summary>A role to give.</summary>
    /// <param name="Role">reader, contributor, maintainer or owner.</param>
    internal sealed record RoleRequest(string? Role);

    /// <summary>Adds the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var routes = api.MapGroup("/organizations").WithTags("Organizations");
        routes.MapGet("", ListAsync).For(ApiAccess.Administrators, "ListOrganizations", "Organisations by name, after a name.");
        routes.MapPost("", CreateAsync).For(ApiAccess.Administrators, "CreateOrganization", "Registers an organisation.").ProducesProblem(409);
        routes.MapGet("/{name}", GetAsync).For(ApiAccess.Administrators, "GetOrganization", "An organisation.");
        routes.MapPatch("/{name}", ChangeAsync).For(ApiAccess.Administrators, "ChangeOrganization", "Changes an organisation.");
        routes.MapGet("/{name}/members", MembersAsync).For(ApiAccess.SignedIn, "ListMembers", "Members of an organisation, for them and for administrators.");
        routes.MapPut("/{name}/members/{user}", SetRoleAsync).For(ApiAccess.SignedIn, "SetMember", "Gives a user a role, as an owner or administrator.").ProducesProblem(403);
        routes.MapDelete("/{name}/members/{user}", static (string name, string user, HttpContext http, HubDb db, AccountRegistry accounts) => SetAsync(name, user, null, http, db, accounts))
            .For(ApiAccess.SignedIn, "RemoveMember", "Takes a user's role, as an owner or administrator.").ProducesProblem(403);
    }

    /// <summary>The word for a role.</summary>
    internal static string WordOf(MemberRole role) => role.ToString().ToLowerInvariant();

    private static async Task<Ok<IReadOnlyList<OrganizationView>>> ListAsync(HttpContext http, HubDb db, string? after, int? limit)
    {
        var (from, most) = (RepoId.KeyOf(after ?? ""), Math.Clamp(limit ?? 100, 1, 1000));
        var found = await db.Accounts.AsNoTracking().Where(a => a.Kind == AccountKind.Organization && string.Compare(a.Key, from) > 0).OrderBy(static a => a.Key).Take(most)
            .Select(a => new OrganizationView(a.Name, a.FullName, db.Memberships.Count(m => m.OrganizationId == a.Id), a.CreatedAt)).ToListAsync(http.RequestAborted).ConfigureAwait(false);
        return TypedResults.Ok<IReadOnlyList<OrganizationView>>(found);
    }

    private static async Task<Results<Ok<OrganizationView>, ProblemHttpResult>> GetAsync(string name, HttpContext http, HubDb db) =>
        await Users.FindAsync(db, AccountKind.Organization, name, http.RequestAborted).ConfigureAwait(false) is { } found ? TypedResults.Ok(await ViewAsync(db, found, http.RequestAborted).ConfigureAwait(false)) : Missing();

    private static async Task<Results<Created<OrganizationView>, ProblemHttpResult>> CreateAsync(NewOrganization body, HttpContext http, HubDb db, AccountRegistry accounts)
    {
        var outcome = await accounts.CreateAsync(RequestPrincipal.Of(http), AccountKind.Organization, body.Name ?? "", body.FullName, null, null, null, http.RequestAborted).ConfigureAwait(false);
        return outcome is AccountOutcome.Done done
            ? TypedResults.Created($"{ApiGate.Root}/organizations/{done.Account.Name}", await ViewAsync(db, done.Account, http.RequestAborted).ConfigureAwait(false))
            : Users.ProblemOf(outcome);
    }

    private static async Task<Results<Ok<OrganizationView>, ProblemHttpResult>> ChangeAsync(string name, OrganizationChange body, HttpContext http, HubDb db, AccountRegistry accounts)
    {
        if (string.IsNullOrWhiteSpace(body.FullName) || body.FullName.Length > 200)
            return ApiGate.Problem(400, "The full name has 1 to 200 characters.");
        if (await Users.FindAsync(db, AccountKind.Organization, name, http.RequestAborted).ConfigureAwait(false) is null)
            return Missing();
        var outcome = await accounts.ChangeAsync(RequestPrincipal.Of(http), name, "organization.changed", account => account.FullName = body.FullName.Trim(), http.RequestAborted).ConfigureAwait(false);
        return outcome is AccountOutcome.Done done ? TypedResults.Ok(await ViewAsync(db, done.Account, http.RequestAborted).ConfigureAwait(false)) : Users.ProblemOf(outcome);
    }

    private static async Task<Results<Ok<IReadOnlyList<MemberView>>, ProblemHttpResult>> MembersAsync(string name, HttpContext http, HubDb db)
    {
        var who = RequestPrincipal.Of(http);
        if (await Users.FindAsync(db, AccountKind.Organization, name, http.RequestAborted).ConfigureAwait(false) is not { } found || (AccessRules.RoleOf(who, found.Id) is null && !AccessRules.Allows(who, HubAction.Administer, null)))
            return Missing();
        return TypedResults.Ok(await ReadMembersAsync(db, found.Id, http.RequestAborted).ConfigureAwait(false));
    }

    private static Task<Results<Ok<IReadOnlyList<MemberView>>, ProblemHttpResult>> SetRoleAsync(string name, string user, RoleRequest body, HttpContext http, HubDb db, AccountRegistry accounts) =>
        Array.Find(Enum.GetValues<MemberRole>(), r => WordOf(r) == body.Role) is var role && WordOf(role) == body.Role
            ? SetAsync(name, user, role, http, db, accounts)
            : Task.FromResult<Results<Ok<IReadOnlyList<MemberView>>, ProblemHttpResult>>(ApiGate.Problem(400, "The role is reader, contributor, maintainer or owner."));

    private static async Task<Results<Ok<IReadOnlyList<MemberView>>, ProblemHttpResult>> SetAsync(string name, string user, MemberRole? role, HttpContext http, HubDb db, AccountRegistry accounts)
    {
        var who = RequestPrincipal.Of(http);
        var found = await Users.FindAsync(db, AccountKind.Organization, name, http.RequestAborted).ConfigureAwait(false);
        var isAdministrator = AccessRules.Allows(who, HubAction.Administer, null);
        if (found is null || (AccessRules.RoleOf(who, found.Id) is null && !isAdministrator))
            return Missing();
        if (!isAdministrator && !(AccessRules.RoleOf(who, found.Id) == MemberRole.Owner && AccessRules.Allows(who, HubAction.Manage, new RepositoryAccess(found.Id, IsPrivate: true, "organizations/" + found.Key))))
            return ApiGate.Problem(403, "Only owners of the organisation decide who is a member.");
        var outcome = await accounts.SetRoleAsync(who, name, user, role, http.RequestAborted).ConfigureAwait(false);
        return outcome is AccountOutcome.Done ? TypedResults.Ok(await ReadMembersAsync(db, found.Id, http.RequestAborted).ConfigureAwait(false)) : Users.ProblemOf(outcome);
    }

    private static async Task<IReadOnlyList<MemberView>> ReadMembersAsync(HubDb db, string organizationId, CancellationToken cancellation)
    {
        var members = await db.Memberships.AsNoTracking().Where(m => m.OrganizationId == organizationId)
            .Join(db.Accounts.AsNoTracking(), static m => m.UserId, static a => a.Id, static (m, a) => new { a.Name, m.Role }).OrderBy(static m => m.Name).Take(10_000).ToListAsync(cancellation).ConfigureAwait(false);
        return members.ConvertAll(static m => new MemberView(m.Name, WordOf(m.Role)));
    }

    private static async Task<OrganizationView> ViewAsync(HubDb db, Account account, CancellationToken cancellation) =>
        new(account.Name, account.FullName, await db.Memberships.CountAsync(m => m.OrganizationId == account.Id, cancellation).ConfigureAwait(false), account.CreatedAt);

    private static ProblemHttpResult Missing() => ApiGate.Problem(404, "There is no such organisation, or you may not see it.");
}
