using System.Text;
using System.Text.Json.Nodes;
using Assay.Formats;
using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Blobs;
using Assay.Hub.Persistence;
using Assay.Hub.Publishers;
using Assay.Hub.Repositories;
using Assay.Impersonation;
using Assay.Impersonation.Cards;
using Assay.Impersonation.Engagement;
using Assay.Protocol;
using Assay.Scanning;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Identity;

/// <summary>A revision that was assessed.</summary>
/// <param name="Assessment">What was said.</param>
/// <param name="CardSha256">SHA-256 of its card; null where it has none.</param>
/// <param name="Tensors">Its tensors; null where none are understood.</param>
/// <param name="IsFirstPublication">Whether nothing of the publisher was admitted before.</param>
/// <param name="PublisherLevel">The publisher's level.</param>
public sealed record AssessedRevision(Assessment Assessment, string? CardSha256, TensorInventory? Tensors, bool IsFirstPublication, int PublisherLevel);

/// <summary>Gathers what the impersonation assessor needs to know of a revision, from the store and the database, and asks it.</summary>
public sealed class RevisionAssessor(IDbContextFactory<HubDb> databases, IBlobStore store, RevisionTrees trees, IdentityIndexes indexes, StandingReader standings, TimeProvider clock)
{
    private const int MaxText = 1 << 20;
    private const int MaxTokenizer = 32 << 20;
    private const int MaxWeightFiles = 400;

    /// <summary>How long a withdrawal is held against a publisher.</summary>
    private static readonly TimeSpan StrikeMemory = TimeSpan.FromDays(365);

    /// <summary>How long a change of owner is held against a repository.</summary>
    private static readonly TimeSpan OwnerChangeLasts = TimeSpan.FromDays(30);

    /// <summary>Assesses a revision.</summary>
    /// <param name="repository">Its repository.</param>
    /// <param name="owner">The account that owns that; null where it is gone.</param>
    /// <param name="tree">Its files.</param>
    /// <param name="reports">The scanner's reports of them: what each is, by its content.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<AssessedRevision> AssessAsync(Repository repository, Account? owner, RevisionTree tree, IReadOnlyList<ArtifactReport> reports, CancellationToken cancellation)
    {
        var formats = reports.ToDictionary(static r => r.Path, static r => FormatCatalog.Find(r.Format) ?? FormatId.Unknown, StringComparer.Ordinal);
        var card = tree.Find("README.md");
        var tensors = await TensorsOfAsync(tree, formats, cancellation).ConfigureAwait(false);
        var modules = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in (string[])["config.json", "tokenizer_config.json", "model_index.json", "processor_config.json"])
        {
            if (await ReadAsync(tree.Find(name), MaxText, cancellation).ConfigureAwait(false) is { } json)
                modules.UnionWith(FileKinds.ModulesOf(json));
        }

        var now = clock.GetUtcNow();
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var identity = await db.RepositoryIdentities.AsNoTracking().FirstOrDefaultAsync(i => i.RepositoryId == repository.Id, cancellation).ConfigureAwait(false);
            var candidate = new CandidateFacts(repository.RepoId.ToString())
            {
                DisplayName = owner is not null && owner.FullName != owner.Name ? owner.FullName : null,
                Card = await ReadAsync(card, MaxText, cancellation).ConfigureAwait(false) is { } text ? CardText.Read(Encoding.UTF8.GetString(text)) : null,
                Files = FilesOf(tree, formats),
                ModelModules = modules,
                FirstPublished = identity?.FirstServedAt,
            };
            var holders = new List<(string Id, double Match)>();
            if (tensors is not null)
            {
                var found = await indexes.UseAsync((_, index) => index.Find(tensors), cancellation).ConfigureAwait(false);
                foreach (var match in found)
                {
                    var id = IdentityIndexes.IdOf(match.Repository);
                    if (id != repository.Id && await db.RepositoryIdentities.AsNoTracking().Where(i => i.RepositoryId == id && !i.IsRemoved).Select(static i => i.Name).FirstOrDefaultAsync(cancellation).ConfigureAwait(false) is { } name)
                        holders.Add((name, match.Match));
                }
            }

            var targetId = await indexes.UseAsync((snapshot, _) => ImpersonationAssessor.FindTarget(candidate, holders, snapshot), cancellation).ConfigureAwait(false);
            var target = targetId is null ? null : await TargetAsync(db, repository, targetId, tree, tensors, cancellation).ConfigureAwait(false);
            var publisher = await PublisherAsync(db, repository, owner, now, cancellation).ConfigureAwait(false);
            var engagement = await EngagementAsync(db, repository, cancellation).ConfigureAwait(false);
            var assessment = await indexes.UseAsync((snapshot, _) => ImpersonationAssessor.Assess(candidate, target, publisher, engagement, snapshot), cancellation).ConfigureAwait(false);
            if (owner?.NameHeld is { } held && assessment.Action < AssessmentAction.Hold)
                assessment = assessment with { Action = AssessmentAction.Hold, Reasons = [new AssessmentReason(Assessment.NameHeld, ReasonGroup.Rule, held, null, 0, ReasonConfidence.Proven), .. assessment.Reasons] };
            var isFirst = owner is null || !await db.RepositoryIdentities.AnyAsync(i => db.Repositories.Any(r => r.Id == i.RepositoryId && r.OwnerId == owner.Id), cancellation).ConfigureAwait(false);
            return new AssessedRevision(assessment, card?.Sha256, tensors, isFirst, publisher.Level);
        }
    }

    /// <summary>Keeps what was said, and what others are compared with from now on. Part of the caller's transaction.</summary>
    /// <param name="db">In a transaction.</param>
    /// <param name="repository">Tracked.</param>
    /// <param name="revision">The revision, decided.</param>
    /// <param name="assessed">What was said.</param>
    /// <param name="cancellation">Stops it.</param>
    internal async Task KeepAsync(HubDb db, Repository repository, Revision revision, AssessedRevision assessed, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var assessment = assessed.Assessment;
        await db.RevisionAssessments.Where(a => a.RevisionId == revision.Id).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
        var reasons = new JsonArray([.. assessment.Reasons.Select(static r => (JsonNode)new JsonObject
        {
            ["code"] = r.Code,
            ["group"] = r.Group.ToString().ToLowerInvariant(),
            ["text"] = r.Text,
            ["evidence"] = r.Evidence,
            ["weight"] = Math.Round(r.Weight, 2),
            ["confidence"] = r.Confidence.ToString().ToLowerInvariant(),
        })]);
        db.RevisionAssessments.Add(new RevisionAssessment
        {
            RevisionId = revision.Id,
            RepositoryId = repository.Id,
            Action = assessment.Action.ToString().ToLowerInvariant(),
            Target = assessment.Target,
            Headline = Cut(assessment.Headline(repository.RepoId.ToString()), 1000),
            Sum = Math.Round(assessment.Sum, 3),
            ReasonsJson = reasons.ToJsonString(),
            Rules = Assessment.Rules,
            At = now,
        });
        if (revision.State != RevisionState.Admitted || revision.RefName != RefName.Heads + RefName.Main)
            return;
        repository.IdentityNote = assessment.Action is AssessmentAction.Label or AssessmentAction.Warn ? Cut(assessment.Headline(repository.RepoId.ToString()), 1000) : null;
        var identity = await db.RepositoryIdentities.FirstOrDefaultAsync(i => i.RepositoryId == repository.Id, cancellation).ConfigureAwait(false);
        if (identity is null)
            db.RepositoryIdentities.Add(identity = new RepositoryIdentity { RepositoryId = repository.Id, Name = repository.RepoId.ToString(), FirstServedAt = now, UpdatedAt = now });
        (identity.Name, identity.CardSha256, identity.Tensors, identity.IsRemoved, identity.UpdatedAt) = (repository.RepoId.ToString(), assessed.CardSha256, assessed.Tensors?.ToBytes(), repository.IsPrivate, now);
    }

    private static List<RepositoryFile> FilesOf(RevisionTree tree, Dictionary<string, FormatId> formats) =>
        [.. tree.Files.Where(static f => f.Path != ".gitattributes").Select(f => new RepositoryFile(f.Path, formats.GetValueOrDefault(f.Path, FormatId.Unknown), f.Sha256))];

    private async Task<TargetFacts> TargetAsync(HubDb db, Repository repository, string targetId, RevisionTree tree, TensorInventory? tensors, CancellationToken cancellation)
    {
        var facts = new TargetFacts(targetId);
        var identity = await db.RepositoryIdentities.AsNoTracking().Where(i => i.Name == targetId && !i.IsRemoved).OrderBy(static i => i.FirstServedAt).FirstOrDefaultAsync(cancellation).ConfigureAwait(false);
        var local = identity is null ? null : await db.Repositories.AsNoTracking().FirstOrDefaultAsync(r => r.Id == identity.RepositoryId, cancellation).ConfigureAwait(false);
        if (identity is null || local?.ServedCommit is null)
            return facts;
        var revision = await db.Revisions.AsNoTracking().FirstOrDefaultAsync(r => r.RepositoryId == local.Id && r.CommitId == local.ServedCommit, cancellation).ConfigureAwait(false);
        if (revision is null)
            return facts;
        var theirs = await trees.ReadAsync(db, revision.TreeId, cancellation).ConfigureAwait(false);
        var inventory = identity.Tensors is null ? null : TensorInventory.FromBytes(identity.Tensors);
        var relation = tensors is null || inventory is null ? null : TensorRelation.Of(tensors, inventory);
        var likeness = relation?.Kind switch
        {
            TensorRelationKind.Identical => WeightLikeness.Identical,
            TensorRelationKind.Partial => WeightLikeness.Partial,
            TensorRelationKind.Related => WeightLikeness.Related,
            TensorRelationKind.SameShape => WeightLikeness.SameShape,
            // A conversion has other types and shapes; nothing in common proves nothing then.
            TensorRelationKind.None when SameKindOfWeights(tree, theirs) => WeightLikeness.None,
            _ => WeightLikeness.Unknown,
        };
        var isAltered = likeness is WeightLikeness.Identical or WeightLikeness.Partial && local.Id != repository.Id
            && (await DiffersAsync(tree, theirs, "tokenizer.json", ModelFingerprints.OfTokenizer, cancellation).ConfigureAwait(false)
                || await DiffersAsync(tree, theirs, "tokenizer_config.json", ModelFingerprints.OfTokenizerConfig, cancellation).ConfigureAwait(false)
                || await DiffersAsync(tree, theirs, "chat_template.jinja", static bytes => ModelFingerprints.OfChatTemplate(Encoding.UTF8.GetString(bytes)), cancellation).ConfigureAwait(false));
        return facts with
        {
            Files = [.. theirs.Files.Select(static f => new RepositoryFile(f.Path, FormatId.Unknown, f.Sha256))],
            Weights = likeness,
            TensorMatch = relation?.Match ?? 0,
            IsTemplateAltered = isAltered,
            FirstPublished = identity.FirstServedAt,
        };
    }

    private static bool SameKindOfWeights(RevisionTree a, RevisionTree b)
    {
        static string? Kind(RevisionTree tree) => tree.Files.Where(static f => f.IsLfs || f.Size > MaxText).OrderByDescending(static f => f.Size).Select(static f => Path.GetExtension(f.Path).ToLowerInvariant()).FirstOrDefault();
        return Kind(a) is { } kind && kind == Kind(b);
    }

    private delegate string? Fingerprint(ReadOnlySpan<byte> bytes);

    private async Task<bool> DiffersAsync(RevisionTree mine, RevisionTree theirs, string path, Fingerprint fingerprint, CancellationToken cancellation)
    {
        if (mine.Find(path) is not { } a || theirs.Find(path) is not { } b || a.Sha256 == b.Sha256)
            return false;
        var (left, right) = (await ReadAsync(a, MaxTokenizer, cancellation).ConfigureAwait(false), await ReadAsync(b, MaxTokenizer, cancellation).ConfigureAwait(false));
        return left is not null && right is not null && fingerprint(left) != fingerprint(right);
    }

    private async Task<PublisherFacts> PublisherAsync(HubDb db, Repository repository, Account? owner, DateTimeOffset now, CancellationToken cancellation)
    {
        if (owner is null)
            return new PublisherFacts();
        var facts = await standings.FactsAsync(db, owner, cancellation).ConfigureAwait(false);
        var others = await db.RepositoryIdentities.CountAsync(i => i.RepositoryId != repository.Id && !i.IsRemoved && db.Repositories.Any(r => r.Id == i.RepositoryId && r.OwnerId == owner.Id), cancellation).ConfigureAwait(false);
        return new PublisherFacts
        {
            Level = (int)VerificationRules.Of(facts, now).Level,
            AgeDays = (now - owner.CreatedAt).TotalDays,
            OtherRepositories = others,
            Strikes = facts.LastStrikeAt is { } strike && now - strike < StrikeMemory ? 1 : 0,
            OwnerChanged = repository.OwnerChangedAt is { } at && now - at < OwnerChangeLasts,
        };
    }

    /// <summary>What the monitor holds against the interest in a repository now.</summary>
    private static async Task<EngagementFacts> EngagementAsync(HubDb db, Repository repository, CancellationToken cancellation)
    {
        var record = await db.EngagementRecords.AsNoTracking().FirstOrDefaultAsync(r => r.RepositoryId == repository.Id, cancellation).ConfigureAwait(false);
        return record is null || record.Consequence == EngagementConsequence.None ? EngagementFacts.None : new EngagementFacts(EngagementSigns.HollowTraffic, record.Reasons?.Split('\n')[0]);
    }

    /// <summary>The tensors of all weights of a revision: those that were seen when they came in, others read from the store.</summary>
    private async Task<TensorInventory?> TensorsOfAsync(RevisionTree tree, Dictionary<string, FormatId> formats, CancellationToken cancellation)
    {
        var files = tree.Files.Where(f => formats.GetValueOrDefault(f.Path) is { } format && (format == FormatId.Safetensors || format == FormatId.Gguf || format == FormatId.Onnx || format == FormatId.PyTorchZip || format == FormatId.TorchScript))
            .OrderByDescending(static f => f.Size).Take(MaxWeightFiles).ToArray();
        if (files.Length == 0)
            return null;
        var digests = files.Select(static f => f.Sha256).ToArray();
        Dictionary<string, byte[]?> known;
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
            known = await db.ContentTensors.AsNoTracking().Where(t => digests.Contains(t.Sha256)).ToDictionaryAsync(static t => t.Sha256, static t => t.Tensors, StringComparer.Ordinal, cancellation).ConfigureAwait(false);
        var shards = new List<TensorInventory>();
        foreach (var file in files.DistinctBy(static f => f.Sha256))
        {
            if (!known.TryGetValue(file.Sha256, out var bytes))
            {
                bytes = await DigestAsync(file.Sha256, cancellation).ConfigureAwait(false);
                await KeepTensorsAsync(file.Sha256, bytes, cancellation).ConfigureAwait(false);
            }

            if (bytes is not null && TensorInventory.FromBytes(bytes) is { } inventory)
                shards.Add(inventory);
        }

        return shards.Count == 0 ? null : TensorInventory.Union(shards);
    }

    private async Task<byte[]?> DigestAsync(string sha256, CancellationToken cancellation)
    {
        using var source = await store.OpenSourceAsync(sha256, cancellation).ConfigureAwait(false);
        if (source is null || TensorLayout.Read(source, new WorkBudget(new WorkLimits(), cancellation)) is not { } layout)
            return null;
        var inventory = source.Length > TensorDigester.SampleAbove ? TensorDigester.Sample(source, layout, cancellation) : TensorDigester.Digest(source, layout, cancellation);
        return inventory?.ToBytes();
    }

    private async Task KeepTensorsAsync(string sha256, byte[]? tensors, CancellationToken cancellation)
    {
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            db.ContentTensors.Add(new ContentTensors { Sha256 = sha256, Tensors = tensors });
            try
            {
                await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
            }
            catch (DbUpdateException e) when (db.IsDuplicate(e))
            {
                // Another worker keeps the same.
            }
        }
    }

    private async Task<byte[]?> ReadAsync(RevisionFile? file, int most, CancellationToken cancellation)
    {
        if (file is null || file.Size > most)
            return null;
        var stream = await store.OpenAsync(file.Sha256, cancellation).ConfigureAwait(false);
        if (stream is null)
            return null;
        await using (stream.ConfigureAwait(false))
        {
            var bytes = new byte[(int)file.Size];
            var n = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            return n == bytes.Length ? bytes : null;
        }
    }

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..(length - 1)] + "…";
}
