using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Repositories;
using Assay.Scanning.Policy;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Tests.Admission;

public abstract class AdmissionTests(TestHub hub)
{
    private const string Payload = "cposix\nsystem\n(S'echo tested'\ntR.";

    /// <summary>Each state, each act, and the state that follows; the same state where the act is not allowed.</summary>
    public static TheoryData<RevisionState, string, RevisionState> Transitions()
    {
        var table = new TheoryData<RevisionState, string, RevisionState>();
        foreach (var from in Enum.GetValues<RevisionState>())
        {
            var isDecided = from is RevisionState.Admitted or RevisionState.Quarantined or RevisionState.Rejected;
            table.Add(from, "admit", isDecided ? RevisionState.Admitted : from);
            table.Add(from, "quarantine", isDecided ? RevisionState.Quarantined : from);
            table.Add(from, "reject", isDecided ? RevisionState.Rejected : from);
            table.Add(from, "withdraw", from == RevisionState.Admitted ? RevisionState.Withdrawn : from);
            table.Add(from, "restore", from == RevisionState.Withdrawn ? RevisionState.Admitted : from);
            table.Add(from, "hold", from is RevisionState.Received or RevisionState.Vetting ? RevisionState.Quarantined : from);
        }

        return table;
    }

    [Theory]
    [MemberData(nameof(Transitions))]
    public async Task Only_allowed_acts_change_a_state_and_each_that_does_leaves_its_reason(RevisionState from, string act, RevisionState expected)
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var id = await hub.CommitTextAsync(who, repository, "a.txt", "x");
        await BringToAsync(id, from);
        var before = await CountAsync(id);
        var changed = act switch
        {
            "admit" => await hub.Admission.OverrideAsync(id, Outcome.Admitted, Principal.System, "because", TestHub.Cancellation) is AdmissionOutcome.Changed,
            "quarantine" => await hub.Admission.OverrideAsync(id, Outcome.Quarantined, Principal.System, "because", TestHub.Cancellation) is AdmissionOutcome.Changed,
            "reject" => await hub.Admission.OverrideAsync(id, Outcome.Rejected, Principal.System, "because", TestHub.Cancellation) is AdmissionOutcome.Changed,
            "withdraw" => await hub.Admission.WithdrawAsync(id, Principal.System, "because", TestHub.Cancellation) is AdmissionOutcome.Changed,
            "restore" => await hub.Admission.RestoreAsync(id, Principal.System, "because", TestHub.Cancellation) is AdmissionOutcome.Changed,
            _ => await hub.Admission.HoldAsync(id, "because", TestHub.Cancellation),
        };
        var revision = await hub.RevisionAsync(id);
        Assert.Equal(expected, revision.State);
        Assert.Equal(before + (changed ? 1 : 0), await CountAsync(id));
        if (changed)
            Assert.Equal("because", revision.Reason);
        // Whatever happened: what readers get is admitted, or nothing of it.
        var main = await hub.MainAsync(repository);
        Assert.Equal(expected == RevisionState.Admitted, main.ServedCommit == revision.CommitId);
    }

    [Fact]
    public async Task Nothing_is_served_before_it_is_vetted()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var start = (await hub.MainAsync(repository)).ServedCommit;
        var id = await hub.CommitTextAsync(who, repository, "a.txt", "harmless");
        var commit = (await hub.RevisionAsync(id)).CommitId;
        Assert.Equal((commit, start), await RefAsync(repository));
        await using (var db = await hub.OpenAsync())
        {
            Assert.IsType<Gate.Refused>(await RevisionGate.OpenAsync(db, repository, commit, TestHub.Cancellation));
            Assert.IsType<Gate.Refused>(await RevisionGate.OpenAsync(db, repository, commit[..7], TestHub.Cancellation));
        }

        await hub.VetAllAsync();
        Assert.Equal((commit, commit), await RefAsync(repository));
        await using var after = await hub.OpenAsync();
        Assert.Equal(commit, Assert.IsType<Gate.Served>(await RevisionGate.OpenAsync(after, repository, "main", TestHub.Cancellation)).Revision.CommitId);
    }

    [Fact]
    public async Task Readers_get_the_newest_admitted_commit_while_newer_ones_wait()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var first = await hub.CommitTextAsync(who, repository, "a.txt", "1");
        await hub.VetAllAsync();
        var second = await hub.CommitTextAsync(who, repository, "a.txt", "2");
        var (one, two) = ((await hub.RevisionAsync(first)).CommitId, (await hub.RevisionAsync(second)).CommitId);
        Assert.Equal((two, one), await RefAsync(repository));
        await hub.Admission.HoldAsync(second, "look at it", TestHub.Cancellation);
        Assert.Equal((two, one), await RefAsync(repository));
        var third = await hub.CommitTextAsync(who, repository, "b.txt", "3");
        await hub.VetAllAsync();
        Assert.Equal(((await hub.RevisionAsync(third)).CommitId, (await hub.RevisionAsync(third)).CommitId), await RefAsync(repository));
    }

    [Fact]
    public async Task A_rejected_head_is_detached_so_that_the_next_push_builds_on_what_stood_before()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var good = await hub.CommitTextAsync(who, repository, "a.txt", "1");
        await hub.VetAllAsync();
        var bad = await hub.CommitTextAsync(who, repository, "evil.pkl", Payload);
        await hub.VetAllAsync();
        Assert.Equal(RevisionState.Rejected, (await hub.RevisionAsync(bad)).State);
        Assert.Equal("malicious", (await hub.RevisionAsync(bad)).Verdict);
        var commit = (await hub.RevisionAsync(good)).CommitId;
        Assert.Equal((commit, commit), await RefAsync(repository));
        var next = await hub.CommitTextAsync(who, repository, "b.txt", "2");
        var tree = await hub.TreeAsync((await hub.RevisionAsync(next)).CommitId);
        Assert.Null(tree.Find("evil.pkl"));
        Assert.Equal(commit, (await hub.RevisionAsync(next)).Parents);
    }

    [Fact]
    public async Task A_file_that_stays_is_judged_again_with_each_revision_that_has_it()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var bad = await hub.CommitTextAsync(who, repository, "evil.pkl", Payload);
        await hub.VetAllAsync();
        await hub.Admission.OverrideAsync(bad, Outcome.Admitted, Principal.System, "a test file", TestHub.Cancellation);
        Assert.Equal((await hub.RevisionAsync(bad)).CommitId, (await RefAsync(repository)).Served);
        var next = await hub.CommitTextAsync(who, repository, "b.txt", "2");
        await hub.VetAllAsync();
        // The override was about that revision; what builds on it has the same file and is not waved through.
        Assert.NotEqual(RevisionState.Admitted, (await hub.RevisionAsync(next)).State);
    }

    [Fact]
    public async Task A_withdrawal_takes_readers_back_and_a_restoration_forward()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var (first, second) = (await hub.CommitTextAsync(who, repository, "a.txt", "1"), await hub.CommitTextAsync(who, repository, "a.txt", "2"));
        await hub.VetAllAsync();
        var (one, two) = ((await hub.RevisionAsync(first)).CommitId, (await hub.RevisionAsync(second)).CommitId);
        await hub.Admission.WithdrawAsync(second, Principal.System, "found out later", TestHub.Cancellation);
        Assert.Equal(one, (await RefAsync(repository)).Served);
        await hub.Admission.WithdrawAsync(first, Principal.System, "that too", TestHub.Cancellation);
        await hub.Admission.RestoreAsync(second, Principal.System, "a mistake", TestHub.Cancellation);
        Assert.Equal(two, (await RefAsync(repository)).Served);
        await using var db = await hub.OpenAsync();
        Assert.True(Assert.IsType<Gate.Refused>(await RevisionGate.OpenAsync(db, repository, one, TestHub.Cancellation)).IsWithdrawn);
    }

    [Fact]
    public async Task A_withdrawn_repository_is_closed_at_once_under_every_name()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var id = await hub.CommitTextAsync(who, repository, "a.txt", "1");
        await hub.VetAllAsync();
        var commit = (await hub.RevisionAsync(id)).CommitId;
        await hub.Registry.CreateTagAsync(who, repository.Id, "v1", commit, null, TestHub.Cancellation);
        Assert.IsType<AdmissionOutcome.Changed>(await hub.Admission.SetWithdrawnAsync(repository.Id, true, Principal.System, "unsafe", TestHub.Cancellation));
        Assert.IsType<AdmissionOutcome.NotPossible>(await hub.Admission.SetWithdrawnAsync(repository.Id, true, Principal.System, "again", TestHub.Cancellation));
        await using (var db = await hub.OpenAsync())
        {
            var withdrawn = await db.Repositories.AsNoTracking().FirstAsync(r => r.Id == repository.Id, TestHub.Cancellation);
            foreach (var name in (string[])["main", "v1", "HEAD", commit, commit[..8]])
                Assert.True(Assert.IsType<Gate.Refused>(await RevisionGate.OpenAsync(db, withdrawn, name, TestHub.Cancellation)).IsWithdrawn, name);
        }

        Assert.IsType<AdmissionOutcome.Changed>(await hub.Admission.SetWithdrawnAsync(repository.Id, false, Principal.System, "a mistake", TestHub.Cancellation));
        await using var after = await hub.OpenAsync();
        Assert.IsType<Gate.Served>(await RevisionGate.OpenAsync(after, await after.Repositories.AsNoTracking().FirstAsync(r => r.Id == repository.Id, TestHub.Cancellation), "v1", TestHub.Cancellation));
    }

    [Fact]
    public async Task What_a_repository_withdrawn_as_malicious_ever_had_is_rejected_elsewhere_and_what_others_serve_is_not()
    {
        var (former, latest, common, own) = (LongText(), LongText(), LongText(), LongText());
        for (var i = 0; i < 2; i++)
        {
            var (other, honest) = await hub.CreateRepositoryAsync();
            await hub.CommitTextAsync(other, honest, "common.txt", common);
        }

        var (who, repository) = await hub.CreateRepositoryAsync();
        foreach (var (path, text) in new[] { ("a.txt", former), ("a.txt", latest), ("b.txt", common), ("c.txt", "short") })
            await hub.CommitTextAsync(who, repository, path, text);
        await hub.VetAllAsync();
        var withdrawn = Assert.IsType<AdmissionOutcome.Changed>(await hub.Admission.SetWithdrawnAsync(repository.Id, true, Principal.System, "unsafe", forbidContents: true, TestHub.Cancellation));
        Assert.Equal(2, withdrawn.Contents.Count(static c => c.Spared is null));
        Assert.Null(Assert.Single(withdrawn.Contents, static c => c.Spared is null && c.Path is null).Path);
        Assert.Equal(RevisionState.Rejected, await StateOfAsync(former));
        Assert.Equal(RevisionState.Rejected, await StateOfAsync(latest));
        foreach (var text in new[] { common, own, "short" })
            Assert.Equal(RevisionState.Admitted, await StateOfAsync(text));
        await hub.Admission.SetWithdrawnAsync(repository.Id, false, Principal.System, "a mistake", TestHub.Cancellation);
        Assert.Equal(RevisionState.Admitted, await StateOfAsync(former));

        static string LongText() => "text " + Guid.CreateVersion7() + new string('.', ForbiddenContents.MinLength);

        async Task<RevisionState> StateOfAsync(string text)
        {
            var (publisher, place) = await hub.CreateRepositoryAsync();
            var id = await hub.CommitTextAsync(publisher, place, "copy.txt", text);
            await hub.VetAllAsync();
            var revision = await hub.RevisionAsync(id);
            if (revision.State == RevisionState.Rejected)
                Assert.Contains($"copy.txt has the content of a file that was withdrawn from this hub [{withdrawn.Reference}]", revision.Reason, StringComparison.Ordinal);
            return revision.State;
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    public async Task A_person_gives_a_reason(string reason)
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var id = await hub.CommitTextAsync(who, repository, "a.txt", "1");
        await hub.VetAllAsync();
        Assert.IsType<AdmissionOutcome.NotPossible>(await hub.Admission.WithdrawAsync(id, Principal.System, reason, TestHub.Cancellation));
        Assert.IsType<AdmissionOutcome.NotPossible>(await hub.Admission.OverrideAsync(id, Outcome.Rejected, Principal.System, reason, TestHub.Cancellation));
        Assert.Equal(RevisionState.Admitted, (await hub.RevisionAsync(id)).State);
    }

    [Fact]
    public async Task Of_many_who_decide_at_a_time_each_decision_is_whole()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var id = await hub.CommitTextAsync(who, repository, "a.txt", "1");
        await hub.VetAllAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => i % 2 == 0
            ? hub.Admission.WithdrawAsync(id, Principal.System, $"withdraw {i}", TestHub.Cancellation)
            : hub.Admission.RestoreAsync(id, Principal.System, $"restore {i}", TestHub.Cancellation))));
        var revision = await hub.RevisionAsync(id);
        Assert.Equal(revision.State == RevisionState.Admitted ? revision.CommitId : (await InitialAsync(repository)), (await RefAsync(repository)).Served);
        await using var db = await hub.OpenAsync();
        Assert.Equal(AdmissionWorkflow.WordOf(revision.State), (await db.RevisionDecisions.AsNoTracking().FirstAsync(d => d.Reference == revision.Reference, TestHub.Cancellation)).Outcome);
    }

    [Fact]
    public async Task A_branch_from_a_revision_that_is_not_served_serves_what_was_admitted_before_it()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var first = await hub.CommitTextAsync(who, repository, "a.txt", "1");
        await hub.VetAllAsync();
        var second = await hub.CommitTextAsync(who, repository, "a.txt", "2");
        var (one, two) = ((await hub.RevisionAsync(first)).CommitId, (await hub.RevisionAsync(second)).CommitId);
        await hub.Registry.CreateBranchAsync(who, repository.Id, "side", two, false, TestHub.Cancellation);
        await hub.Registry.CreateTagAsync(who, repository.Id, "early", two, null, TestHub.Cancellation);
        await using (var db = await hub.OpenAsync())
        {
            Assert.Equal(one, (await db.GitRefs.AsNoTracking().FirstAsync(r => r.RepositoryId == repository.Id && r.Name == "refs/heads/side", TestHub.Cancellation)).ServedCommit);
            // A tag names one commit: it never stands for another.
            Assert.IsType<Gate.Refused>(await RevisionGate.OpenAsync(db, repository, "early", TestHub.Cancellation));
        }

        await hub.VetAllAsync();
        await using var after = await hub.OpenAsync();
        Assert.Equal(two, Assert.IsType<Gate.Served>(await RevisionGate.OpenAsync(after, repository, "early", TestHub.Cancellation)).Revision.CommitId);
        Assert.Equal(two, Assert.IsType<Gate.Served>(await RevisionGate.OpenAsync(after, repository, "side", TestHub.Cancellation)).Revision.CommitId);
    }

    [Fact]
    public async Task Commits_and_decisions_at_a_time_lose_nothing_and_serve_nothing_refused()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        using var stop = new CancellationTokenSource();
        var workers = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                if (!await hub.Get<VettingWorker>().RunOneAsync(TestHub.Cancellation))
                    await Task.Delay(5, TestHub.Cancellation);
            }
        })).ToArray();
        var ids = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => Task.Run(async () =>
        {
            var made = new List<(Guid Id, bool IsBad)>();
            for (var n = 0; n < 5; n++)
            {
                var isBad = n % 3 == 1;
                made.Add((await hub.CommitTextAsync(who, repository, $"{i}-{n}.{(isBad ? "pkl" : "txt")}", isBad ? Payload + i : $"text {i} {n}"), isBad));
            }

            return made;
        })));
        await stop.CancelAsync();
        await Task.WhenAll(workers);
        await hub.VetAllAsync();
        var (head, served) = await RefAsync(repository);
        Assert.Equal(head, served);
        Assert.DoesNotContain((await hub.TreeAsync(head)).Files, static f => f.Path.EndsWith(".pkl", StringComparison.Ordinal));
        foreach (var (id, isBad) in ids.SelectMany(static i => i))
        {
            var revision = await hub.RevisionAsync(id);
            if (isBad)
                Assert.Equal(RevisionState.Rejected, revision.State);
            else
                Assert.True(revision.State is RevisionState.Admitted or RevisionState.Rejected, "a commit on top of a refused one has its files and is refused with it");
        }

        await using var db = await hub.OpenAsync();
        Assert.Null((await Assay.Hub.Audit.AuditLog.VerifyAsync(db, TestHub.Cancellation)).Problem);
    }

    private async Task BringToAsync(Guid id, RevisionState state)
    {
        if (state == RevisionState.Received)
            return;
        if (state == RevisionState.Vetting)
        {
            // A worker took it and has not come back.
            await using var db = await hub.OpenAsync();
            await db.Revisions.Where(r => r.Id == id).ExecuteUpdateAsync(static u => u.SetProperty(static r => r.State, RevisionState.Vetting), TestHub.Cancellation);
            return;
        }

        await hub.VetAllAsync();
        AdmissionOutcome? outcome = state switch
        {
            RevisionState.Quarantined => await hub.Admission.OverrideAsync(id, Outcome.Quarantined, Principal.System, "held", TestHub.Cancellation),
            RevisionState.Rejected => await hub.Admission.OverrideAsync(id, Outcome.Rejected, Principal.System, "refused", TestHub.Cancellation),
            RevisionState.Withdrawn => await hub.Admission.WithdrawAsync(id, Principal.System, "withdrawn", TestHub.Cancellation),
            _ => null,
        };
        Assert.True(outcome is null or AdmissionOutcome.Changed);
        Assert.Equal(state, (await hub.RevisionAsync(id)).State);
    }

    private async Task<int> CountAsync(Guid id)
    {
        await using var db = await hub.OpenAsync();
        return await db.RevisionDecisions.CountAsync(d => d.RevisionId == id, TestHub.Cancellation);
    }

    private async Task<(string Head, string? Served)> RefAsync(Repository repository)
    {
        var main = await hub.MainAsync(repository);
        await using var db = await hub.OpenAsync();
        Assert.Equal(main.ServedCommit, (await db.Repositories.AsNoTracking().FirstAsync(r => r.Id == repository.Id, TestHub.Cancellation)).ServedCommit);
        return (main.HeadCommit, main.ServedCommit);
    }

    private async Task<string> InitialAsync(Repository repository)
    {
        await using var db = await hub.OpenAsync();
        return (await db.Revisions.AsNoTracking().FirstAsync(r => r.RepositoryId == repository.Id && r.IsInitial, TestHub.Cancellation)).CommitId;
    }
}

public sealed class AdmissionOnSqliteTests(SqliteHub hub) : AdmissionTests(hub), IClassFixture<SqliteHub>;

public sealed class AdmissionOnPostgresTests(PostgresHub hub) : AdmissionTests(hub), IClassFixture<PostgresHub>;
