using System.Text;
using Assay.Formats;
using Assay.Impersonation;
using Assay.Impersonation.Cards;
using Assay.Impersonation.Names;
using Assay.Protocol;

namespace Assay.Cli.Check;

/// <summary>
/// Gathers what a hub says of a repository, of its publisher and of the repository that it is like, and has it judged. Metadata, file list and
/// small files are read; no weights.
/// </summary>
internal sealed class RepositoryCheck(HubClient hub, Uri endpoint, IdentitySnapshot snapshot, string snapshotId, TimeProvider clock)
{
    private const string CardFile = "README.md";
    private const int MaxComparedCards = 3;
    private const int MaxSearchResults = 20;

    /// <summary>Half of a card: below it, likeness is chance or a common source.</summary>
    private const double HalfCard = 0.5;

    /// <summary>Weights of less than a fiftieth of the original's size are none: the coarsest quantisation of the finest weights is larger.</summary>
    private const int PlaceholderShare = 50;

    /// <summary>Neither new nor long established: what is assumed of a publisher whose age no one tells.</summary>
    private const double UnknownAgeDays = 90;

    private static readonly string[] SettingsFiles = ["config.json", "tokenizer_config.json", "model_index.json"];

    private static readonly string[] WeightExtensions = [".safetensors", ".gguf", ".bin", ".pt", ".pth", ".onnx", ".h5", ".ckpt", ".msgpack", ".npz", ".tflite", ".keras"];

    private readonly List<CheckGap> _gaps = [];

    /// <summary>Checks a name without asking anybody.</summary>
    public static CheckResult ByName(RepoReference asked, IdentitySnapshot snapshot, string snapshotId, TimeProvider clock)
    {
        var names = JudgeName(asked, snapshot);
        var assessment = ImpersonationAssessor.Assess(new CandidateFacts(asked.Id), null, new PublisherFacts { AgeDays = UnknownAgeDays }, EngagementFacts.None, WorldFor(asked.Id, snapshot));
        return new CheckResult
        {
            Asked = asked,
            Id = asked.Id,
            At = clock.GetUtcNow(),
            Snapshot = snapshotId,
            Assessment = assessment,
            // Nothing else will be known: a name that deserves a look gets one.
            Action = names.Score >= 0.5 && assessment.Action < AssessmentAction.Warn ? AssessmentAction.Warn : assessment.Action,
            IsWellKnown = snapshot.Names.IsProtected(asked.Id),
            Target = names.Target is { } target ? new CheckedTarget(target, IsOnHub: false, null, WeightLikeness.Unknown) : null,
            Suggestions = names.Score >= 0.5 ? Suggestions(asked, names, snapshot) : [],
        };
    }

    /// <summary>Checks a repository of the hub.</summary>
    public async Task<CheckResult> RunAsync(RepoReference asked, CancellationToken cancellation)
    {
        var identityTask = hub.IdentityAsync(asked, cancellation);
        var answer = await hub.RepositoryAsync(asked, cancellation).ConfigureAwait(false);
        var identity = (await identityTask.ConfigureAwait(false)).Value;
        if (answer.Value is not { } repository)
            return Absent(asked, answer.Fault!, identity);

        var reference = asked with { Id = repository.Id };
        // The revision that was described is the one that is read, whatever is pushed meanwhile.
        var commit = repository.Commit ?? asked.Revision ?? RefName.Main;
        var treeTask = hub.TreeAsync(reference, commit, cancellation);
        var cardTask = hub.FileAsync(reference, commit, CardFile, cancellation);
        var settingsTasks = SettingsFiles.Select(f => hub.FileAsync(reference, commit, f, cancellation)).ToArray();
        var historyTask = hub.HistoryAsync(reference, commit, withFirst: repository.CreatedAt is null, cancellation);
        var publisherTask = reference.Namespace.Length > 0 ? hub.PublisherAsync(reference.Namespace, cancellation) : Task.FromResult(new HubAnswer<HubPublisher>(null, null));
        await Task.WhenAll([treeTask, cardTask, historyTask, publisherTask, .. settingsTasks]).ConfigureAwait(false);

        var isWellKnown = snapshot.Names.IsProtected(repository.Id);
        var (tree, history, publisher) = (Files(await treeTask.ConfigureAwait(false)), (await historyTask.ConfigureAwait(false)).Value, await publisherTask.ConfigureAwait(false));
        var card = CardOf(await cardTask.ConfigureAwait(false), repository, isWellKnown);
        var modules = new HashSet<string>(StringComparer.Ordinal);
        foreach (var settings in settingsTasks)
            modules.UnionWith(ModulesOf(await settings.ConfigureAwait(false)));
        // Not every hub tells of accounts.
        if (publisher.Fault is { Kind: HubFaultKind.Unavailable or HubFaultKind.RateLimited } silent)
            Gap("publisher", silent);

        // Of large files nothing but names and digests is known. A space is a program, and has what programs need.
        RepositoryFile[] listed = [.. (tree?.Files ?? []).Select(static f => new RepositoryFile(f.Path, FormatId.Text, f.ContentId))];
        var candidate = new CandidateFacts(repository.Id)
        {
            DisplayName = publisher.Value?.FullName,
            Card = card,
            Files = reference.Kind == RepoKind.Space ? [] : listed,
            ModelModules = modules,
            FirstPublished = repository.CreatedAt,
        };
        var (target, shown) = await CompareAsync(candidate, reference, tree, cancellation).ConfigureAwait(false);
        var facts = FactsOf(publisher.Value, identity);
        var assessment = identity?.Assessment is { } stored ? Of(stored) : ImpersonationAssessor.Assess(candidate, target, facts, EngagementFacts.None, WorldFor(repository.Id, snapshot));
        var names = JudgeName(reference, snapshot);
        var comparison = FileComparison.Of(listed, modules, []);
        return new CheckResult
        {
            Asked = asked,
            Id = repository.Id,
            At = clock.GetUtcNow(),
            Snapshot = snapshotId,
            Endpoint = endpoint,
            Assessment = assessment,
            IsHubAssessment = identity?.Assessment is not null,
            Action = assessment.Action,
            IsWellKnown = isWellKnown,
            Repository = repository,
            Publisher = publisher.Value,
            History = history,
            Hub = identity,
            Target = shown ?? (assessment.Target is { } like && !like.Equals(repository.Id, StringComparison.OrdinalIgnoreCase) ? new CheckedTarget(like, IsOnHub: false, null, WeightLikeness.Unknown) : null),
            BaseModels = card is { Front.BaseModels.Count: > 0 } ? card.Front.BaseModels : repository.BaseModels,
            Files = tree is null ? null : new CheckedFiles(tree.Files.Count, tree.Files.Sum(static f => f.Size), comparison.Programs, [.. comparison.NewCode, .. comparison.TrainingScripts], comparison.IsDataOnly),
            Suggestions = assessment.Action >= AssessmentAction.Warn ? [.. assessment.Target is { } meant && !meant.Equals(repository.Id, StringComparison.OrdinalIgnoreCase) ? [meant] : (string[])[]]
                : names.Score >= 0.5 && assessment.Action != AssessmentAction.Allow ? Suggestions(reference, names, snapshot) : [],
            Gaps = [.. _gaps.DistinctBy(static g => (g.What, g.Reason))],
        };
    }

    private static NameAssessment JudgeName(RepoReference reference, IdentitySnapshot snapshot) =>
        snapshot.Names.IsProtected(reference.Id) ? NameAssessment.Nothing : NameLikeness.Judge(new NameQuery(reference.Namespace, reference.Name), snapshot.Names);

    /// <summary>A well-known name is its own: that others are like it says nothing about it. Cards and claims count all the same.</summary>
    private static IdentitySnapshot WorldFor(string id, IdentitySnapshot snapshot) =>
        snapshot.Names.IsProtected(id) ? snapshot with { Names = LikenessIndex.Empty } : snapshot;

    private static IReadOnlyList<string> Suggestions(RepoReference reference, NameAssessment names, IdentitySnapshot snapshot)
    {
        var like = names.Signals.Select(static s => s.Target).Where(static t => t.Contains('/', StringComparison.Ordinal)).ToArray();
        var found = (like.Length > 0 ? like : snapshot.Names.Nearest(reference.Name, 3).Select(static n => n.Id))
            .Where(t => !t.Equals(reference.Id, StringComparison.OrdinalIgnoreCase));
        return [.. found.Distinct(StringComparer.OrdinalIgnoreCase).Take(3)];
    }

    /// <summary>There is no repository to judge: its name can be.</summary>
    private CheckResult Absent(RepoReference asked, HubFault fault, HubIdentity? identity)
    {
        var result = ByName(asked, snapshot, snapshotId, clock);
        var isMissing = fault.Kind is HubFaultKind.NotFound;
        return result with
        {
            Endpoint = endpoint,
            // Of what is not there, only the right name is of interest; what is held back may still be judged by its hub.
            Assessment = identity?.Assessment is { } stored ? Of(stored) : isMissing ? null : result.Assessment,
            Action = identity?.Assessment is { } ruled ? Of(ruled).Action : isMissing || fault.Kind is HubFaultKind.RevisionNotFound && identity is null ? null : result.Action,
            IsHubAssessment = identity?.Assessment is not null,
            Hub = identity,
            Suggestions = isMissing ? Suggestions(asked, JudgeName(asked, snapshot), snapshot) : result.Suggestions,
            Fault = fault,
        };
    }

    private HubTree? Files(HubAnswer<HubTree> answer)
    {
        if (answer.Fault is { } fault)
            Gap("files", fault);
        else if (!answer.Value!.IsComplete)
            _gaps.Add(new CheckGap("files", "limit", $"Only the first {answer.Value.Files.Count} files of its list were read."));
        return answer.Value;
    }

    private CardText? CardOf(HubAnswer<HubFileHead> answer, HubRepository repository, bool isWellKnown)
    {
        if (answer.Value is { } file)
            return CardText.Read(Encoding.UTF8.GetString(file.Bytes));
        // A gated original is what it is: its name and its owner say so.
        if (answer.Fault is { Kind: not (HubFaultKind.EntryNotFound or HubFaultKind.NotFound) } fault && !(fault.Kind == HubFaultKind.Gated && isWellKnown))
            Gap("card", fault);
        return repository.BaseModels.Count == 0 ? null : CardText.Read($"---\nbase_model:\n{string.Concat(repository.BaseModels.Select(static b => $"- {b}\n"))}---\n");
    }

    private IReadOnlySet<string> ModulesOf(HubAnswer<HubFileHead> answer)
    {
        if (answer.Fault is { Kind: not (HubFaultKind.EntryNotFound or HubFaultKind.NotFound or HubFaultKind.Gated) } fault)
            Gap("settings", fault);
        return FileKinds.ModulesOf(answer.Value?.Bytes);
    }

    private PublisherFacts FactsOf(HubPublisher? publisher, HubIdentity? identity)
    {
        var since = identity?.PublisherSince ?? publisher?.Since;
        return new PublisherFacts
        {
            Level = identity?.PublisherLevel ?? 0,
            AgeDays = since is { } from ? Math.Max(0, (clock.GetUtcNow() - from).TotalDays) : UnknownAgeDays,
            OtherRepositories = (int)Math.Max(0, (publisher?.Repositories ?? 1) - 1),
        };
    }

    /// <summary>Finds the repository that the candidate is like, and compares the two.</summary>
    private async Task<(TargetFacts? Facts, CheckedTarget? Shown)> CompareAsync(CandidateFacts candidate, RepoReference reference, HubTree? tree, CancellationToken cancellation)
    {
        var first = DeclaredOriginal(candidate, reference) ?? ImpersonationAssessor.FindTarget(candidate, [], WorldFor(candidate.Id, snapshot));
        if (first is not null && SameOwner(first, reference))
            return (new TargetFacts(first), null);
        var best = first is null ? null : await ReadTargetAsync(first, candidate, reference, tree, cancellation).ConfigureAwait(false);
        if (candidate.Card is { Sketch.IsCardless: false } && best is not { Shown.Containment: >= HalfCard })
        {
            foreach (var id in await OriginalsAsync(candidate, reference, first, cancellation).ConfigureAwait(false))
            {
                // Whose card it carries says more than what it is called.
                var other = await ReadTargetAsync(id, candidate, reference, tree, cancellation).ConfigureAwait(false);
                if (other is { Shown.Containment: >= HalfCard } && !(candidate.FirstPublished < other.Value.Facts.FirstPublished) && !(best?.Shown.Containment > other.Value.Shown.Containment))
                    best = other;
            }
        }

        if (best is not { } found)
            return (null, null);
        // Of an original that is not here nothing can be said to be missing; its name the assessor finds by itself.
        return (found.Shown.IsOnHub || !found.Shown.Id.Equals(JudgeName(reference, snapshot).Target, StringComparison.OrdinalIgnoreCase) ? found.Facts : null, found.Shown);
    }

    /// <summary>The declared base, where it is a well-known repository of the same name but for packaging: of all that have the name, it is the one that was meant.</summary>
    private string? DeclaredOriginal(CandidateFacts candidate, RepoReference reference)
    {
        const int sameName = 64;
        return candidate.Card?.Front.BaseModels is [_, ..] bases && snapshot.Names.Nearest(reference.Name, sameName).Where(static n => n.Distance == 0).Select(static n => n.Id).ToArray() is { Length: > 0 } known
            ? bases.FirstOrDefault(b => known.Contains(b, StringComparer.OrdinalIgnoreCase))
            : null;
    }

    /// <summary>
    /// Where a copied card may come from: what its example code loads, and older repositories of the same name on the hub. The index of names knows
    /// nothing of what was released yesterday.
    /// </summary>
    private async Task<IReadOnlyList<string>> OriginalsAsync(CandidateFacts candidate, RepoReference reference, string? known, CancellationToken cancellation)
    {
        var loaded = candidate.Card!.CodeIds.Where(RepoReference.IsId);
        var found = (await hub.SearchAsync(reference.Kind, reference.Name, MaxSearchResults, cancellation).ConfigureAwait(false)).Value ?? [];
        var older = found.Where(r => r.CreatedAt < candidate.FirstPublished && r.Id.EndsWith("/" + reference.Name, StringComparison.OrdinalIgnoreCase)).OrderBy(static r => r.CreatedAt).Select(static r => r.Id);
        return [.. loaded.Concat(older).Where(id => !SameOwner(id, reference) && !id.Equals(known, StringComparison.OrdinalIgnoreCase)).Distinct(StringComparer.OrdinalIgnoreCase).Take(MaxComparedCards)];
    }

    private async Task<(TargetFacts Facts, CheckedTarget Shown)?> ReadTargetAsync(string id, CandidateFacts candidate, RepoReference reference, HubTree? tree, CancellationToken cancellation)
    {
        var target = new RepoReference(reference.Kind, id, null);
        var answer = await hub.RepositoryAsync(target, cancellation).ConfigureAwait(false);
        if (answer.Value is not { } repository)
        {
            if (answer.Fault is { Kind: HubFaultKind.Unavailable or HubFaultKind.RateLimited or HubFaultKind.Malformed } fault)
                Gap("original", fault);
            return (new TargetFacts(id), new CheckedTarget(id, IsOnHub: false, null, WeightLikeness.Unknown));
        }

        // It was renamed to a name of the candidate's own publisher, or to the candidate itself.
        if (SameOwner(repository.Id, reference))
            return (new TargetFacts(repository.Id), new CheckedTarget(repository.Id, IsOnHub: true, null, WeightLikeness.Unknown));
        target = target with { Id = repository.Id };
        var commit = repository.Commit ?? RefName.Main;
        var treeTask = hub.TreeAsync(target, commit, cancellation);
        var cardTask = hub.FileAsync(target, commit, CardFile, cancellation);
        await Task.WhenAll(treeTask, cardTask).ConfigureAwait(false);
        var files = (await treeTask.ConfigureAwait(false)).Value;
        var card = (await cardTask.ConfigureAwait(false)).Value;
        double? containment = null;
        if (candidate.Card is { } own && card is not null)
        {
            var cards = new CardIndex();
            cards.Add(id, target.Namespace, CardText.Read(Encoding.UTF8.GetString(card.Bytes)).Sketch);
            containment = cards.Containment(own.Sketch, id);
        }

        var weights = Weights(tree, files);
        return (
            new TargetFacts(id)
            {
                Files = [.. (files?.Files ?? []).Select(static f => new RepositoryFile(f.Path, FormatId.Text, f.ContentId))],
                CardContainment = containment,
                Weights = weights,
                TensorMatch = weights == WeightLikeness.Identical ? 1 : 0,
                FirstPublished = repository.CreatedAt,
            },
            new CheckedTarget(id, IsOnHub: true, containment, weights));
    }

    /// <summary>How weights relate, as far as digests and sizes of whole files tell.</summary>
    private static WeightLikeness Weights(HubTree? tree, HubTree? target)
    {
        if (tree is not { IsComplete: true } || target is not { IsComplete: true })
            return WeightLikeness.Unknown;
        var (own, original) = (WeightsOf(tree), WeightsOf(target));
        if (original.Count == 0)
            return WeightLikeness.Unknown;
        if (own.Sum(static f => f.Size) < original.Min(static f => f.Size) / PlaceholderShare)
            return WeightLikeness.Placeholder;
        var known = original.Select(static f => f.ContentId).OfType<string>().ToHashSet(StringComparer.OrdinalIgnoreCase);
        return own.TrueForAll(f => f.ContentId is { } id && known.Contains(id)) ? WeightLikeness.Identical : WeightLikeness.Unknown;
    }

    private static List<HubFile> WeightsOf(HubTree tree) =>
        [.. tree.Files.Where(static f => Array.Exists(WeightExtensions, e => f.Path.EndsWith(e, StringComparison.OrdinalIgnoreCase)))];

    private static bool SameOwner(string id, RepoReference reference) =>
        reference.Namespace.Length > 0 && id.StartsWith(reference.Namespace + "/", StringComparison.OrdinalIgnoreCase);

    private static Assessment Of(HubAssessment stored) => new()
    {
        Action = Enum.Parse<AssessmentAction>(stored.Action, ignoreCase: true),
        Target = stored.Target,
        IsDeclaredDerivative = stored.Reasons.Any(static r => r.Code == "credits"),
        Reasons = [.. stored.Reasons.Select(static r => new AssessmentReason(
            r.Code, Word(r.Group, r.Weight < 0 ? ReasonGroup.Explanation : ReasonGroup.Circumstance), r.Text, r.Evidence, r.Weight,
            Word(r.Confidence, ReasonConfidence.Medium)))],
    };

    private static T Word<T>(string? word, T otherwise)
        where T : struct, Enum => Enum.TryParse<T>(word, ignoreCase: true, out var value) && Enum.IsDefined(value) ? value : otherwise;

    private void Gap(string what, HubFault fault) => _gaps.Add(new CheckGap(what, WordOf(fault.Kind), what switch
    {
        "files" => "Its list of files could not be read: ",
        "card" => "Its card could not be read: ",
        "settings" => "Its settings could not be read: ",
        "publisher" => "Its publisher could not be asked for: ",
        _ => "The repository that it is like could not be read: ",
    } + fault.Message));

    /// <summary>A fault in a word of the JSON.</summary>
    internal static string WordOf(HubFaultKind kind) => kind switch
    {
        HubFaultKind.NotFound => "not-found",
        HubFaultKind.RevisionNotFound => "revision-not-found",
        HubFaultKind.EntryNotFound => "entry-not-found",
        HubFaultKind.Gated => "gated",
        HubFaultKind.Unauthorized => "unauthorized",
        HubFaultKind.Forbidden => "forbidden",
        HubFaultKind.Disabled => "disabled",
        HubFaultKind.RateLimited => "rate-limited",
        HubFaultKind.Unavailable => "unavailable",
        _ => "malformed",
    };
}
