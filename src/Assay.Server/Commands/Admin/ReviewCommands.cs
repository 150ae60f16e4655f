using System.CommandLine;
using System.Text.Json.Nodes;
using Assay.Hub.Admission;
using Assay.Hub.Engagement;
using Assay.Hub.Persistence;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Assay.Scanning.Policy;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Commands.Admin;

/// <summary>Revisions and repositories, as people name them on a command line.</summary>
internal static class Named
{
    /// <summary>The repository that a text names: <c>ada/tiny</c>, <c>datasets/ada/words</c>.</summary>
    public static async Task<Repository> RepositoryAsync(HubDb db, string text, CancellationToken cancellation)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var kind = slash > 0 && text.IndexOf('/', slash + 1) > 0 ? RepoKinds.Parse(text[..slash]) : RepoKind.Model;
        var name = kind is null ? "" : slash > 0 && text.IndexOf('/', slash + 1) > 0 ? text[(slash + 1)..] : text;
        if (kind is not { } known || !RepoId.TryParse(name, out var id))
            throw new CommandException($"\"{text}\" is no name of a repository; it should be like ada/tiny or datasets/ada/words.", ExitCode.Usage);
        return await RepositoryRegistry.FindAsync(db, known, id, cancellation).ConfigureAwait(false)
            ?? await RepositoryRegistry.FindMovedAsync(db, known, id, cancellation).ConfigureAwait(false)
            ?? throw new CommandException($"There is no {known.Singular()} named {id}.");
    }

    /// <summary>The revision that a text names: a reference such as <c>A-2F7K</c>, a full commit id, or <c>ada/tiny@branch</c>.</summary>
    public static async Task<(Revision Revision, Repository? Repository)> RevisionAsync(HubDb db, string text, CancellationToken cancellation)
    {
        Revision? revision = null;
        if (Hub.HubIds.IsReference(text))
        {
            var reference = text.ToUpperInvariant();
            if (await db.RevisionDecisions.AsNoTracking().FirstOrDefaultAsync(d => d.Reference == reference, cancellation).ConfigureAwait(false) is { } decision)
                revision = await db.Revisions.AsNoTracking().FirstOrDefaultAsync(r => r.Id == decision.RevisionId, cancellation).ConfigureAwait(false);
        }
        else if (text.IndexOf('@', StringComparison.Ordinal) is > 0 and var at)
        {
            var repository = await RepositoryAsync(db, text[..at], cancellation).ConfigureAwait(false);
            var name = text[(at + 1)..];
            var commit = (await RevisionGate.FindRefAsync(db, repository.Id, name, cancellation).ConfigureAwait(false))?.NewestCommit ?? name;
            revision = await RevisionGate.FindCommitAsync(db, repository.Id, commit, cancellation).ConfigureAwait(false);
        }
        else if (RefName.IsCommit(text))
        {
            var found = await db.Revisions.AsNoTracking().Where(r => r.CommitId == text).Take(2).ToListAsync(cancellation).ConfigureAwait(false);
            if (found.Count > 1)
                throw new CommandException("Several repositories have this commit. Name one of them: ada/tiny@" + text, ExitCode.Usage);
            revision = found.FirstOrDefault();
        }

        if (revision is null)
            throw new CommandException($"There is no revision \"{text}\". Name it by its reference (A-2F7K), its commit, or as ada/tiny@main.");
        return (revision, await db.Repositories.AsNoTracking().FirstOrDefaultAsync(r => r.Id == revision.RepositoryId, cancellation).ConfigureAwait(false));
    }

    /// <summary>What is said when a state was changed.</summary>
    public static async Task<int> SayAsync(AdminRun run, AdmissionOutcome outcome, string done)
    {
        switch (outcome)
        {
            case AdmissionOutcome.Changed changed:
                await run.Output.WriteLineAsync($"{done} [{changed.Reference}]").ConfigureAwait(false);
                if (changed.Contents.Count == 0)
                    return ExitCode.Passed;
                var contents = new Listing("", "PATH", "SHA256", "BYTES", "ELSEWHERE");
                foreach (var content in changed.Contents)
                    contents.Add(content.Path, content.Sha256, content.Size, content.Spared is { } why ? "allowed: it " + why : "refused");
                run.Write(contents);
                return ExitCode.Passed;
            case AdmissionOutcome.NotPossible problem:
                throw new CommandException(problem.Message);
            default:
                throw new CommandException("There is no such revision any more.");
        }
    }
}

/// <summary><c>assay admin queue</c>.</summary>
internal static class QueueCommand
{
    /// <summary>The command.</summary>
    public static Command Create(AdminCommands commands) => commands.On(new Command("queue", "Lists what is held back, the oldest first."), lists: true, async run =>
    {
        var listing = new Listing("Nothing is held back.", "REFERENCE", "REPOSITORY", "COMMIT", "VERDICT", "SINCE", "REASON");
        var db = await run.OpenDatabaseAsync().ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var rows = db.Revisions.AsNoTracking().Where(static r => r.State == RevisionState.Quarantined).OrderBy(static r => r.ReceivedAt)
                .Join(db.Repositories.AsNoTracking(), static r => r.RepositoryId, static r => r.Id, static (revision, repository) => new { revision, repository });
            await foreach (var row in rows.AsAsyncEnumerable().WithCancellation(run.Cancellation).ConfigureAwait(false))
                listing.Add(row.revision.Reference, row.repository.WebPath, run.IsJson ? row.revision.CommitId : row.revision.CommitId[..12], row.revision.Verdict, Listing.Time(row.revision.ReceivedAt), row.revision.Reason);
            foreach (var traffic in (await EngagementReview.WaitingAsync(db, run.Cancellation).ConfigureAwait(false)).Where(static c => c.Repository.HoldReference is not null))
                listing.Add(traffic.Repository.HoldReference, traffic.Repository.WebPath, null, traffic.Word, Listing.Time(traffic.Record.Since!.Value), traffic.Repository.HoldReason);
        }

        run.Write(listing);
        return ExitCode.Passed;
    });
}

/// <summary><c>assay admin revision</c>.</summary>
internal static class RevisionCommands
{
    private const int MaxFindings = 50;

    /// <summary>The command.</summary>
    public static Command Create(AdminCommands commands) => new("revision", "A revision: what was decided, and deciding otherwise.")
    {
        Show(commands), Decide(commands, "admit", Outcome.Admitted, "Serves a revision that was held back or refused."), Decide(commands, "quarantine", Outcome.Quarantined, "Holds a revision back."), Decide(commands, "reject", Outcome.Rejected, "Refuses a revision."),
    };

    private static Argument<string> Which() => new("REVISION") { Description = "Reference (A-2F7K), commit id, or ada/tiny@main" };

    private static Command Show(AdminCommands commands)
    {
        var which = Which();
        return commands.On(new Command("show", "Shows a revision: its state, all decisions about it, and what was found.") { which }, lists: true, async run =>
        {
            var db = await run.OpenDatabaseAsync().ConfigureAwait(false);
            await using (db.ConfigureAwait(false))
            {
                var (revision, repository) = await Named.RevisionAsync(db, run.Value(which)!, run.Cancellation).ConfigureAwait(false);
                var listing = new Listing("Nothing was decided yet.", "REFERENCE", "OUTCOME", "BY", "AT", "REASON");
                foreach (var decision in await db.RevisionDecisions.AsNoTracking().Where(d => d.RevisionId == revision.Id).OrderBy(static d => d.At).ToListAsync(run.Cancellation).ConfigureAwait(false))
                    listing.Add(decision.Reference, decision.Outcome, decision.DecidedBy, Listing.Time(decision.At), decision.Summary);
                var content = await db.RevisionReports.AsNoTracking().Where(r => r.RevisionId == revision.Id).OrderByDescending(static r => r.CreatedAt).Select(static r => r.Content).FirstOrDefaultAsync(run.Cancellation).ConfigureAwait(false);
                var report = content is null ? null : JsonNode.Parse(Packing.Unpack(content));
                listing.Totals["repository"] = repository?.WebPath ?? "(deleted)";
                listing.Totals["commit"] = revision.CommitId;
                listing.Totals["state"] = AdmissionWorkflow.WordOf(revision.State);
                listing.Totals["verdict"] = revision.Verdict;
                listing.Totals["author"] = revision.AuthorName;
                listing.Totals["title"] = revision.Title;
                listing.Totals["report"] = report;
                if (!run.IsJson)
                    await run.Output.WriteLineAsync($"{listing.Totals["repository"]} {revision.CommitId} is {listing.Totals["state"]}; pushed by {revision.AuthorName} on {Listing.Time(revision.ReceivedAt)}: {Scanning.Reports.VisibleText.Of(revision.Title)}\n").ConfigureAwait(false);
                run.Write(listing);
                if (!run.IsJson && report is not null)
                {
                    await run.Output.WriteLineAsync().ConfigureAwait(false);
                    run.Write(Findings(report));
                }

                return ExitCode.Passed;
            }
        });
    }

    // Of the repository as a whole first, then of its files; the gravest first.
    private static Listing Findings(JsonNode report)
    {
        var listing = new Listing("Nothing was found.", "SEVERITY", "RULE", "WHERE", "WHAT");
        var findings = ((string[])["targets", "artifacts"]).SelectMany(part => report[part] as JsonArray ?? []).SelectMany(static owner => owner!["findings"] as JsonArray ?? []);
        foreach (var finding in findings.OrderBy(static f => Array.IndexOf(["critical", "high", "medium", "low", "info"], (string?)f!["severity"])).Take(MaxFindings))
        {
            var place = finding!["location"];
            listing.Add(finding["severity"]?.DeepClone(), finding["rule"]?.DeepClone(), (string?)place?["path"] + ((string?)place?["member"] is { } member ? "!" + member : ""), finding["message"]?.DeepClone());
        }

        return listing;
    }

    private static Command Decide(AdminCommands commands, string word, Outcome outcome, string description)
    {
        var which = Which();
        var reason = new Option<string>("--reason") { Description = "Why; everybody who asks is told", Required = true };
        return commands.On(new Command(word, description) { which, reason }, lists: false, async run =>
        {
            var db = await run.OpenDatabaseAsync().ConfigureAwait(false);
            await using (db.ConfigureAwait(false))
            {
                var (revision, repository) = await Named.RevisionAsync(db, run.Value(which)!, run.Cancellation).ConfigureAwait(false);
                var done = await run.Get<AdmissionWorkflow>().OverrideAsync(revision.Id, outcome, run.Operator, run.Value(reason)!, run.Cancellation).ConfigureAwait(false);
                return await Named.SayAsync(run, done, $"{repository?.WebPath} {revision.CommitId[..12]} is {outcome.ToString().ToLowerInvariant()}.").ConfigureAwait(false);
            }
        });
    }
}

/// <summary><c>assay admin withdraw</c> and <c>assay admin restore</c>.</summary>
internal static class IncidentCommands
{
    private const string What = "A repository (ada/tiny, datasets/ada/words), or one revision of it (ada/tiny@COMMIT)";

    /// <summary><c>assay admin withdraw</c>.</summary>
    public static Command CreateWithdraw(AdminCommands commands)
    {
        var target = new Argument<string>("REPOSITORY") { Description = What };
        var reason = new Option<string>("--reason") { Description = "Why; everybody who asks is told", Required = true };
        var digests = new Option<bool>("--digests") { Description = "It is malicious: refuse its files wherever they are pushed, until it is restored" };
        return commands.On(new Command("withdraw", "Takes back what is served: all doors in one transaction.") { target, reason, digests }, lists: false, run => TurnAsync(run, run.Value(target)!, run.Value(reason)!, withdraw: true, run.Value(digests)));
    }

    /// <summary><c>assay admin restore</c>: of what was withdrawn, or of a hub from its backup.</summary>
    public static Command CreateRestore(AdminCommands commands)
    {
        var target = new Argument<string?>("REPOSITORY") { Description = What, Arity = ArgumentArity.ZeroOrOne };
        var reason = new Option<string?>("--reason") { Description = "Why it is served again" };
        var backup = new Option<string?>("--backup") { Description = "Restore a whole hub from this backup, into an empty data folder" };
        var command = new Command("restore", "Serves again what was withdrawn; with --backup, restores a hub from its backup.") { target, reason, backup };
        command.SetAction((result, cancellation) => result.GetValue(backup) is { } file
            ? commands.RunAsync(result, isJson: false, mustExist: false, run => BackupCommands.RestoreAsync(run, file), cancellation)
            : commands.RunAsync(result, isJson: false, mustExist: true, run => TurnAsync(run, result.GetValue(target) ?? throw new CommandException("Name what is to be restored: a repository, or a backup with --backup.", ExitCode.Usage), result.GetValue(reason) ?? throw new CommandException("Say why with --reason.", ExitCode.Usage), withdraw: false, forbidContents: false), cancellation));
        return command;
    }

    private static async Task<int> TurnAsync(AdminRun run, string target, string reason, bool withdraw, bool forbidContents)
    {
        var workflow = run.Get<AdmissionWorkflow>();
        var db = await run.OpenDatabaseAsync().ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            if (target.Contains('@', StringComparison.Ordinal))
            {
                var at = target.IndexOf('@', StringComparison.Ordinal);
                var repository = await Named.RepositoryAsync(db, target[..at], run.Cancellation).ConfigureAwait(false);
                var name = target[(at + 1)..];
                // A branch stands for what readers get of it.
                var commit = await RevisionGate.FindRefAsync(db, repository.Id, name, run.Cancellation).ConfigureAwait(false) is { } gitRef ? withdraw ? gitRef.ServedCommit ?? gitRef.HeadCommit : gitRef.NewestCommit : name;
                if (await RevisionGate.FindCommitAsync(db, repository.Id, commit, run.Cancellation).ConfigureAwait(false) is not { } revision)
                    throw new CommandException($"There is no revision \"{name}\" in {repository.WebPath}.");
                var one = withdraw
                    ? await workflow.WithdrawAsync(revision.Id, run.Operator, reason, forbidContents, run.Cancellation).ConfigureAwait(false)
                    : await workflow.RestoreAsync(revision.Id, run.Operator, reason, run.Cancellation).ConfigureAwait(false);
                return await Named.SayAsync(run, one, $"{repository.WebPath} {revision.CommitId[..12]} was {(withdraw ? "withdrawn" : "restored")}.").ConfigureAwait(false);
            }

            var whole = await Named.RepositoryAsync(db, target, run.Cancellation).ConfigureAwait(false);
            var outcome = await workflow.SetWithdrawnAsync(whole.Id, withdraw, run.Operator, reason, forbidContents, run.Cancellation).ConfigureAwait(false);
            var downloads = withdraw ? await db.Downloads.Where(d => d.RepositoryId == whole.Id).CountAsync(run.Cancellation).ConfigureAwait(false) : 0;
            return await Named.SayAsync(run, outcome, withdraw ? $"{whole.WebPath} was withdrawn; nothing of it is served. It was downloaded {downloads} times: assay admin ledger --repository {whole.WebPath}" : $"{whole.WebPath} is served again.").ConfigureAwait(false);
        }
    }
}
