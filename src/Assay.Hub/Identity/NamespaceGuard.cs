using Assay.Hub.Access;
using Assay.Hub.Persistence;
using Assay.Impersonation.Names;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Identity;

/// <summary>What is to become of a namespace that somebody wants.</summary>
/// <param name="Refusal">Why it cannot be had, and what to do; null when it can.</param>
/// <param name="Hold">Why a reviewer looks at it before anything of it is served; null when nobody has to.</param>
public sealed record NamespaceRuling(string? Refusal, string? Hold);

/// <summary>
/// Decides who may have a namespace: names that look like one that is there are refused, and those that are like a protected publisher
/// are held for a reviewer, with the reason. What an operator registers himself is not held: he has looked. Names of repositories are not
/// refused for what they are like, since derivatives need them; they are judged by what lies in them.
/// </summary>
public sealed class NamespaceGuard(IdentityIndexes indexes)
{
    /// <summary>Words that programs use as folders: a local path must never become the address of a stranger's model.</summary>
    private static readonly HashSet<string> FolderWords = new(StringComparer.OrdinalIgnoreCase)
    {
        "model", "models", "checkpoint", "checkpoints", "output", "outputs", "result", "results", "run", "runs", "saved_model", "saved-model", "trained_models", "trained-models",
        "finetuned", "fine-tuned", "weights", "data", "tmp", "temp", "local", "cache", "home", "mnt", "content", "workspace",
    };

    /// <summary>Words that anybody can add to a name, as they look; the first claim to be the right place.</summary>
    private static readonly HashSet<string> AffixWords = new(
        new[] { "official", "verified", "trusted", "original", "genuine", "release", "releases", "oss", "foundation", "community", "staff", "team", "org", "inc", "hq", "ai", "hf", "hub", "lab", "labs", "research", "models", "weights", "open", "real", "the" }.Select(static w => Moniker.Of(w)),
        StringComparer.Ordinal);

    /// <summary>What two names are taken for the same by: how they look.</summary>
    public static string SkeletonOf(string name) => Skeleton.Of(name).Text;

    /// <summary>Judges a name that somebody wants to register.</summary>
    /// <param name="db">The database.</param>
    /// <param name="actor">Who wants it.</param>
    /// <param name="name">The namespace.</param>
    /// <param name="fullName">The name to be shown; null for the same.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<NamespaceRuling> JudgeAsync(HubDb db, Principal actor, string name, string? fullName, CancellationToken cancellation)
    {
        if (FolderWords.Contains(name))
            return new NamespaceRuling($"\"{name}\" is a usual name of a folder: programs that are told to load a local path would get this account's files. Choose another name.", null);
        var skeleton = SkeletonOf(name);
        if (await db.Accounts.AsNoTracking().Where(a => a.NameSkeleton == skeleton).Select(static a => a.Name).FirstOrDefaultAsync(cancellation).ConfigureAwait(false) is { } alike)
            return new NamespaceRuling($"\"{name}\" looks like \"{alike}\", which is registered already. Choose a name that nobody can mistake for it.", null);
        if (actor.IsAdministrator)
            return new NamespaceRuling(null, null);
        var hold = await indexes.UseAsync((snapshot, _) =>
        {
            if (snapshot.Brands.Brands.FirstOrDefault(b => b.IsHandle(name)) is { } brand)
                return $"The name {name} is that of {brand.Name}. Whoever uses it has to show to be {brand.Name}, by proving a domain or to a reviewer.";
            var moniker = Moniker.Of(name);
            foreach (var known in snapshot.Brands.Brands)
            {
                if (known.Handles.FirstOrDefault(h => Moniker.Of(h) is { Length: >= 4 } of && AffixWords.Contains(moniker.StartsWith(of, StringComparison.Ordinal) ? moniker[of.Length..] : moniker.EndsWith(of, StringComparison.Ordinal) ? moniker[..^of.Length] : "")) is { } handle)
                    return $"The name {name} is {handle} with a word that claims to be the right place. A reviewer has to look at it before anything of it is served.";
            }

            // As it is written, and as it is seen: capitals that stand for other letters divide words otherwise.
            var signals = NameLikeness.Judge(new NameQuery(name, "new") { DisplayName = fullName }, snapshot.Names).Signals.Concat(NameLikeness.Judge(new NameQuery(skeleton, "new"), snapshot.Names).Signals);
            var signal = signals.FirstOrDefault(static s => s.Kind is NameSignalKind.NearPublisher or NameSignalKind.ImitatedPublisher or NameSignalKind.ClaimedAuthority or NameSignalKind.DisguisedDisplayName or NameSignalKind.InventedSibling);
            return signal is null ? null : signal.Evidence + " A reviewer has to look at it before anything of it is served.";
        }, cancellation).ConfigureAwait(false);
        return new NamespaceRuling(null, hold);
    }
}
