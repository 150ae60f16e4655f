using Assay.Hub.Repositories;

namespace Assay.Hub.Access;

/// <summary>Who asks, and what the credentials at hand allow at most.</summary>
public sealed record Principal
{
    /// <summary>Nobody.</summary>
    public static Principal Anonymous { get; } = new() { Name = "anonymous" };

    /// <summary>The hub itself, or its operator at the command line.</summary>
    public static Principal System { get; } = new() { Name = "system", IsAdministrator = true, IsReviewer = true };

    /// <summary>Id of the user; null for nobody and for the system.</summary>
    public string? UserId { get; init; }

    /// <summary>Name of the user.</summary>
    public required string Name { get; init; }

    /// <summary>Name shown to people.</summary>
    public string FullName { get; init; } = "";

    /// <summary>Whether the user administrates the hub.</summary>
    public bool IsAdministrator { get; init; }

    /// <summary>Whether the user decides on what is held back.</summary>
    public bool IsReviewer { get; init; }

    /// <summary>The token; null for a session of the web pages.</summary>
    public AccessToken? Token { get; init; }

    /// <summary>Roles by id of the organisation.</summary>
    public IReadOnlyDictionary<string, MemberRole> Organizations { get; init; } = new Dictionary<string, MemberRole>();

    /// <summary>Accounts that are frozen, among those in which somebody could do something; by id.</summary>
    public IReadOnlyCollection<string> Frozen { get; init; } = [];

    /// <summary>Whether somebody signed in.</summary>
    public bool IsSignedIn => UserId is not null;
}

/// <summary>What somebody wants to do.</summary>
public enum HubAction
{
    /// <summary>See that a repository exists, and what is told of it.</summary>
    ReadMetadata,

    /// <summary>Read the contents of its served revisions.</summary>
    ReadContent,

    /// <summary>See what was pushed and is not served: metadata, stage and report, never bytes.</summary>
    ReadUnserved,

    /// <summary>Push.</summary>
    Write,

    /// <summary>Change settings, move, delete.</summary>
    Manage,

    /// <summary>Create a repository in the namespace.</summary>
    Create,

    /// <summary>Decide on revisions, look at the queue, read held-back bytes for inspection.</summary>
    Review,

    /// <summary>Users, policy, withdrawal, audit.</summary>
    Administer,
}

/// <summary>What access to a repository depends on.</summary>
/// <param name="OwnerId">The account that owns it.</param>
/// <param name="IsPrivate">Whether it is private.</param>
/// <param name="Scope">Its name in the scopes of tokens: <c>models/ada/tiny</c>.</param>
public readonly record struct RepositoryAccess(string OwnerId, bool IsPrivate, string Scope)
{
    /// <summary>Of a repository.</summary>
    public static RepositoryAccess Of(Repository repository) =>
        new(repository.OwnerId, repository.IsPrivate, $"{Protocol.RepoKinds.Plural(repository.Kind)}/{repository.RepoId.Key}");
}

/// <summary>
/// Who may do what. Nothing else decides it, and this decides nothing else: whether a revision is served at all is asked of its state, and
/// no role changes that.
/// </summary>
public static class AccessRules
{
    /// <summary>Whether an action is allowed.</summary>
    /// <param name="who">Who.</param>
    /// <param name="action">What.</param>
    /// <param name="repository">On which repository; for <see cref="HubAction.Create"/> the one to be; null for actions on the hub.</param>
    public static bool Allows(Principal who, HubAction action, RepositoryAccess? repository)
    {
        if (!TokenAllows(who, action, repository))
            return false;
        if (action == HubAction.Administer)
            return who.IsAdministrator;
        if (action == HubAction.Review)
            return who.IsReviewer || who.IsAdministrator;
        if (repository is not { } target)
            return who.IsAdministrator;
        if (IsStopped(who, action, target.OwnerId))
            return false;
        var role = RoleOf(who, target.OwnerId);
        return action switch
        {
            HubAction.ReadMetadata or HubAction.ReadContent => !target.IsPrivate || role >= MemberRole.Reader || who.IsAdministrator || (who.IsReviewer && action == HubAction.ReadMetadata),
            HubAction.ReadUnserved => role >= MemberRole.Contributor || who.IsReviewer || who.IsAdministrator,
            HubAction.Write => role >= MemberRole.Contributor || who.IsAdministrator,
            HubAction.Manage or HubAction.Create => role >= MemberRole.Maintainer || who.IsAdministrator,
            _ => false,
        };
    }

    /// <summary>What the scopes of a token leave of a set of repositories; all of it where the token has none, or there is no token.</summary>
    /// <param name="who">Who asks.</param>
    /// <param name="repositories">The repositories that the user may read.</param>
    public static IQueryable<Repository> InScope(Principal who, IQueryable<Repository> repositories)
    {
        if (who.Token is not { Role: TokenRole.FineGrained } token)
            return repositories;
        var (keys, spaces) = (new List<string>(), new List<string>());
        foreach (var line in token.Scopes.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var (permission, target) = Parts(line);
            if (permission is not ("repo.read" or "repo.write" or "repo.manage"))
                continue;
            if (target.Length == 0)
                return repositories;
            var slash = target.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0)
                spaces.Add(target);
            else if (Protocol.RepoKinds.Parse(target[..slash]) is { } kind)
                keys.Add($"{Protocol.RepoKinds.Singular(kind)}:{target[(slash + 1)..]}");
        }

        return repositories.Where(r => !r.IsPrivate || keys.Contains(r.Key) || spaces.Contains(r.Namespace.ToLower()));
    }

    /// <summary>Whether an action is stopped because the account that owns the repository, or the one that acts, is frozen. Reading is not.</summary>
    public static bool IsStopped(Principal who, HubAction action, string ownerId) =>
        action is HubAction.Write or HubAction.Manage or HubAction.Create && who.Frozen.Count > 0 && (who.Frozen.Contains(ownerId) || (who.UserId is { } user && who.Frozen.Contains(user)));

    /// <summary>The role of somebody in a namespace; null for none. Everybody owns his own.</summary>
    public static MemberRole? RoleOf(Principal who, string ownerId)
    {
        if (who.UserId is null)
            return null;
        if (string.Equals(who.UserId, ownerId, StringComparison.Ordinal))
            return MemberRole.Owner;
        return who.Organizations.TryGetValue(ownerId, out var role) ? role : null;
    }

    private static bool TokenAllows(Principal who, HubAction action, RepositoryAccess? repository)
    {
        if (who.Token is not { } token)
            return true;
        var reads = action is HubAction.ReadMetadata or HubAction.ReadContent or HubAction.ReadUnserved;
        return token.Role switch
        {
            TokenRole.Write => true,
            TokenRole.Read => reads,
            // What everybody may read needs no scope.
            _ => reads && repository is { IsPrivate: false } && action != HubAction.ReadUnserved || InScope(token.Scopes, action, repository),
        };
    }

    private static bool InScope(string scopes, HubAction action, RepositoryAccess? repository)
    {
        foreach (var line in scopes.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var (permission, target) = Parts(line);
            var covers = permission switch
            {
                "repo.read" => action is HubAction.ReadMetadata or HubAction.ReadContent or HubAction.ReadUnserved,
                "repo.write" => action is HubAction.ReadMetadata or HubAction.ReadContent or HubAction.ReadUnserved or HubAction.Write,
                "repo.manage" => action is not (HubAction.Review or HubAction.Administer),
                "hub.review" => action == HubAction.Review,
                "hub.administer" => action is HubAction.Review or HubAction.Administer,
                _ => false,
            };
            if (!covers)
                continue;
            if (target.Length == 0)
                return true;
            // A namespace, or one repository.
            if (repository is { } r && (r.Scope == target || r.Scope.Split('/')[1] == target))
                return true;
        }

        return false;
    }

    private static (string Permission, string Target) Parts(string scope)
    {
        var blank = scope.IndexOf(' ', StringComparison.Ordinal);
        return blank < 0 ? (scope, "") : (scope[..blank], scope[(blank + 1)..].Trim().ToLowerInvariant());
    }
}
