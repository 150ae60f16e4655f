using Assay.Hub.Access;
using Assay.Hub.Audit;
using Assay.Hub.Ledger;
using Assay.Hub.Publishers;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Hub.Tests.Publishers;

public abstract class PublisherWorkflowTests(TestHub hub)
{
    private readonly ToldChecker _checker = new();

    private static CancellationToken Cancellation => TestHub.Cancellation;

    [Fact]
    public async Task A_domain_is_proven_by_two_checks_of_the_schedule_and_each_change_is_in_the_audit_trail()
    {
        await using var services = Hub();
        var (owner, workflow, schedule) = (await hub.CreateUserAsync(), services.GetRequiredService<PublisherWorkflow>(), services.GetRequiredService<ProofSchedule>());
        var domain = owner.Name + ".org";
        var asked = Done(await workflow.RequestAsync(owner, owner.Name, ProofKind.Dns, "www." + domain, Cancellation) is ProofOutcome.Invalid ? await workflow.RequestAsync(owner, owner.Name, ProofKind.Dns, domain.ToUpperInvariant() + ".", Cancellation) : null);
        Assert.Equal((ProofState.Pending, domain), (asked.State, asked.Subject));
        Assert.Matches("^[A-Z2-7]{26}$", asked.Token);
        // Whatever of other tests is due; this one is asked for a minute later.
        await CheckDueAsync(schedule);
        var before = _checker.Count;
        Assert.False(await CheckDueAsync(schedule));
        Assert.Equal(before, _checker.Count);
        hub.Clock.Advance(TimeSpan.FromMinutes(1));
        _checker.Domains.Add(domain);
        await CheckDueAsync(schedule);
        Assert.Equal(ProofState.Pending, (await ReadAsync(asked.Id)).State);
        Assert.Contains(_checker.Asked, q => q.Domain == domain && q.Token == asked.Token);
        hub.Clock.Advance(TimeSpan.FromMinutes(10));
        await CheckDueAsync(schedule);
        var valid = await ReadAsync(asked.Id);
        Assert.Equal((ProofState.Valid, hub.Clock.GetUtcNow(), "system"), (valid.State, valid.ValidSince, valid.ChangedBy));
        Assert.Equal(VerificationLevel.Proven, (await StandingAsync(owner.Name)).Level);
        // From now on the record that stays is looked for.
        hub.Clock.Advance(TimeSpan.FromDays(7));
        await CheckDueAsync(schedule);
        Assert.Contains(_checker.Asked, q => q.Domain == domain && q.Token is null);

        // It goes away: grace, then lapsed, all by the schedule.
        _checker.Domains.Remove(domain);
        for (var day = 0; day < 24; day++)
        {
            hub.Clock.Advance(TimeSpan.FromHours(8));
            await CheckDueAsync(schedule);
            hub.Clock.Advance(TimeSpan.FromHours(8));
            await CheckDueAsync(schedule);
            hub.Clock.Advance(TimeSpan.FromHours(8));
            await CheckDueAsync(schedule);
        }

        Assert.Equal(ProofState.Lapsed, (await ReadAsync(asked.Id)).State);
        var standing = await StandingAsync(owner.Name);
        Assert.True(standing.Level <= VerificationLevel.Established);
        Assert.Contains(standing.Words, w => w.StartsWith("does not show any more that it controls " + domain, StringComparison.Ordinal));
        Assert.Equal(["proof.pending", "proof.valid", "proof.grace", "proof.lapsed"], await AuditAsync(owner.Name));

        // Again: the same proof, with a new token.
        var again = Done(await workflow.RequestAsync(owner, owner.Name, ProofKind.Dns, domain, Cancellation));
        Assert.Equal(asked.Id, again.Id);
        Assert.NotEqual(asked.Token, again.Token);
    }

    [Theory]
    [InlineData("ada.github.io", "accounts at a service")]
    [InlineData("www.example.org", "example.org")]
    [InlineData("com", "no domain")]
    [InlineData("127.0.0.1", "no domain")]
    [InlineData("https://example.org", "no domain")]
    [InlineData("", "no domain")]
    public async Task What_is_no_domain_of_ones_own_is_refused_with_the_reason(string domain, string said)
    {
        await using var services = Hub();
        var owner = await hub.CreateUserAsync();
        var invalid = Assert.IsType<ProofOutcome.Invalid>(await services.GetRequiredService<PublisherWorkflow>().RequestAsync(owner, owner.Name, ProofKind.Dns, domain, Cancellation));
        Assert.Contains(said, invalid.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_look_alike_domain_waits_for_a_person_however_often_it_agrees()
    {
        await using var services = Hub();
        var (owner, workflow) = (await hub.CreateUserAsync(), services.GetRequiredService<PublisherWorkflow>());
        _checker.Domains.Add("openal.com");
        var proof = Done(await workflow.RequestAsync(owner, owner.Name, ProofKind.Dns, "openal.com", Cancellation));
        Assert.NotNull(proof.ReviewReason);
        for (var i = 0; i < 5; i++)
        {
            hub.Clock.Advance(TimeSpan.FromMinutes(15));
            await workflow.CheckAsync(owner, owner.Name, proof.Id, Cancellation);
        }

        Assert.Equal(ProofState.Pending, (await ReadAsync(proof.Id)).State);
        hub.Clock.Advance(TimeSpan.FromDays(20));
        var approved = Done(await workflow.ApproveAsync(Principal.System, owner.Name, proof.Id, "They sell lamps, and we know them.", Cancellation));
        Assert.Equal((ProofState.Valid, (string?)null), (approved.State, approved.ReviewReason));
        await using var db = await hub.OpenAsync();
        var entry = await db.AuditEntries.AsNoTracking().OrderByDescending(static e => e.Sequence).FirstAsync(e => e.Subject == owner.Name, Cancellation);
        Assert.Contains("They sell lamps", entry.Detail, StringComparison.Ordinal);
        Assert.Contains("like that of", entry.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_an_operator_revoked_its_publisher_cannot_ask_for_again()
    {
        await using var services = Hub();
        var (owner, workflow) = (await hub.CreateUserAsync(), services.GetRequiredService<PublisherWorkflow>());
        var domain = owner.Name + ".net";
        var proof = await ProveAsync(workflow, owner, domain);
        Assert.Equal(ProofState.Revoked, Done(await workflow.RevokeAsync(owner, owner.Name, proof.Id, "We sold it.", Cancellation)).State);
        var second = await ProveAsync(workflow, owner, domain);
        Assert.NotEqual(proof.Id, second.Id);
        var revoked = Done(await workflow.RevokeAsync(Principal.System, owner.Name, second.Id, "Bought to deceive.", Cancellation));
        Assert.Equal(("system", "Bought to deceive."), (revoked.ChangedBy, revoked.Reason));
        Assert.IsType<ProofOutcome.NotPossible>(await workflow.RequestAsync(owner, owner.Name, ProofKind.Dns, domain, Cancellation));
        Assert.IsType<ProofOutcome.NotPossible>(await workflow.RevokeAsync(owner, owner.Name, second.Id, "again", Cancellation));
        Assert.Equal(VerificationLevel.New, (await StandingAsync(owner.Name)).Level);
    }

    [Fact]
    public async Task A_proof_belongs_to_its_account_and_its_token_to_its_request()
    {
        await using var services = Hub();
        var (owner, stranger, workflow) = (await hub.CreateUserAsync(), await hub.CreateUserAsync(), services.GetRequiredService<PublisherWorkflow>());
        var proof = Done(await workflow.RequestAsync(owner, owner.Name, ProofKind.Dns, owner.Name + ".org", Cancellation));
        Assert.IsType<ProofOutcome.Unknown>(await workflow.CheckAsync(stranger, stranger.Name, proof.Id, Cancellation));
        Assert.IsType<ProofOutcome.Unknown>(await workflow.RevokeAsync(stranger, stranger.Name, proof.Id, "mine", Cancellation));
        Assert.IsType<ProofOutcome.Unknown>(await workflow.RequestAsync(owner, "nobody-at-all", ProofKind.Dns, "example.org", Cancellation));
        // Asking twice gives the same record again.
        Assert.Equal(proof.Token, Done(await workflow.RequestAsync(owner, owner.Name, ProofKind.Dns, owner.Name + ".org", Cancellation)).Token);
        var other = Done(await workflow.RequestAsync(stranger, stranger.Name, ProofKind.Dns, owner.Name + ".org", Cancellation));
        Assert.NotEqual(proof.Token, other.Token);
        await workflow.CheckAsync(owner, owner.Name, proof.Id, Cancellation);
        Assert.IsType<ProofOutcome.NotPossible>(await workflow.CheckAsync(owner, owner.Name, proof.Id, Cancellation));
    }

    [Fact]
    public async Task Vouching_names_the_operator_and_is_shown_with_its_reason()
    {
        await using var services = Hub();
        var (owner, workflow) = (await hub.CreateUserAsync(), services.GetRequiredService<PublisherWorkflow>());
        var proof = Done(await workflow.VouchAsync(Principal.System with { Name = "operator:root" }, owner.Name, "our own laboratory", Cancellation));
        Assert.Equal((ProofKind.Operator, "operator:root"), (proof.Kind, proof.Subject));
        Assert.IsType<ProofOutcome.NotPossible>(await workflow.VouchAsync(Principal.System, owner.Name, "again", Cancellation));
        var standing = await StandingAsync(owner.Name);
        Assert.Equal(VerificationLevel.Proven, standing.Level);
        Assert.Contains("our own laboratory", standing.Words[0], StringComparison.Ordinal);
        hub.Clock.Advance(TimeSpan.FromDays(400));
        Assert.Equal(ProofState.Valid, (await ReadAsync(proof.Id)).State);
        Done(await workflow.RevokeAsync(Principal.System, owner.Name, proof.Id, "left the company", Cancellation));
        Assert.True((await StandingAsync(owner.Name)).Level < VerificationLevel.Proven);
    }

    [Fact]
    public async Task Freezing_stops_writes_and_tokens_and_nothing_else_until_it_is_lifted()
    {
        await using var services = Hub();
        var workflow = services.GetRequiredService<PublisherWorkflow>();
        var (owner, repository) = await hub.CreateRepositoryAsync();
        var access = RepositoryAccess.Of(repository);
        var proof = await ProveAsync(workflow, owner, owner.Name + ".org");
        Assert.IsType<AccountOutcome.Done>(await workflow.FreezeAsync(Principal.System, owner.Name, "two signs of a takeover", Cancellation));
        Assert.Equal(ProofState.Frozen, (await ReadAsync(proof.Id)).State);
        Assert.Equal((VerificationLevel.New, "frozen"), ((await StandingAsync(owner.Name)).Level, (await StandingAsync(owner.Name)).Badge));
        await using (var db = await hub.OpenAsync())
        {
            var frozen = (await AccountRegistry.FindAsync(db, owner.UserId!, null, null, Cancellation))!;
            var administrator = (await AccountRegistry.FindAsync(db, (await hub.CreateUserAsync(null, static a => a.IsAdministrator = true)).UserId!, null, null, Cancellation))!;
            foreach (var action in (HubAction[])[HubAction.Write, HubAction.Manage, HubAction.Create])
            {
                Assert.False(AccessRules.Allows(frozen, action, access), action.ToString());
                Assert.False(AccessRules.Allows(administrator, action, access), action.ToString());
            }

            // What he may read stays readable, and others are not touched.
            foreach (var action in (HubAction[])[HubAction.ReadContent, HubAction.ReadMetadata, HubAction.ReadUnserved])
                Assert.True(AccessRules.Allows(frozen, action, access), action.ToString());
            Assert.True(AccessRules.Allows(administrator, HubAction.Write, access with { OwnerId = administrator.UserId! }));
        }

        Assert.Contains("frozen", (await hub.Accounts.CreateTokenAsync(owner, owner.UserId!, "new", TokenRole.Write, "", null, null, Cancellation)).Problem, StringComparison.Ordinal);
        Assert.IsType<ProofOutcome.NotPossible>(await workflow.RequestAsync(owner, owner.Name, ProofKind.Dns, "example.org", Cancellation));
        Assert.IsType<AccountOutcome.Invalid>(await workflow.FreezeAsync(Principal.System, owner.Name, "again", Cancellation));
        Assert.IsType<AccountOutcome.Done>(await workflow.ThawAsync(Principal.System, owner.Name, "spoke to them by telephone", Cancellation));
        var thawed = await ReadAsync(proof.Id);
        Assert.Equal((ProofState.Valid, hub.Clock.GetUtcNow()), (thawed.State, thawed.NextCheckAt));
        await using var after = await hub.OpenAsync();
        Assert.True(AccessRules.Allows((await AccountRegistry.FindAsync(after, owner.UserId!, null, null, Cancellation))!, HubAction.Write, access));
        Assert.Equal(["proof.pending", "proof.valid", "publisher.frozen", "proof.frozen", "publisher.thawed", "proof.valid"], await AuditAsync(owner.Name));
        Assert.Null((await AuditLog.VerifyAsync(after, Cancellation)).Problem);
    }

    [Fact]
    public async Task A_member_of_a_frozen_organisation_writes_elsewhere_and_not_there()
    {
        await using var services = Hub();
        var (member, name) = (await hub.CreateUserAsync(), hub.NewName("lab"));
        var made = Assert.IsType<AccountOutcome.Done>(await hub.Accounts.CreateAsync(member, AccountKind.Organization, name, null, null, null, null, Cancellation));
        await services.GetRequiredService<PublisherWorkflow>().FreezeAsync(Principal.System, name, "signs of a takeover", Cancellation);
        await using var db = await hub.OpenAsync();
        var who = (await AccountRegistry.FindAsync(db, member.UserId!, null, null, Cancellation))!;
        Assert.False(AccessRules.Allows(who, HubAction.Write, new RepositoryAccess(made.Account.Id, false, "models/lab/x")));
        Assert.True(AccessRules.Allows(who, HubAction.Write, new RepositoryAccess(who.UserId!, false, "models/me/x")));
    }

    [Fact]
    public async Task Many_processes_check_each_due_proof_once()
    {
        await using var services = Hub();
        var (owner, workflow, schedule) = (await hub.CreateUserAsync(), services.GetRequiredService<PublisherWorkflow>(), services.GetRequiredService<ProofSchedule>());
        await CheckDueAsync(schedule);
        for (var i = 0; i < 6; i++)
            Done(await workflow.RequestAsync(owner, owner.Name, ProofKind.Dns, $"{owner.Name}-{i}.org", Cancellation));
        hub.Clock.Advance(TimeSpan.FromMinutes(1));
        var before = _checker.Count;
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => CheckDueAsync(services.GetRequiredService<ProofSchedule>()), Cancellation)));
        await using var other = Hub();
        await CheckDueAsync(other.GetRequiredService<ProofSchedule>());
        await using var db = await hub.OpenAsync();
        Assert.All(await db.PublisherProofs.AsNoTracking().Where(p => p.AccountId == owner.UserId).ToListAsync(Cancellation), static p => Assert.Equal(1, p.Tries));
        Assert.True(_checker.Count - before >= 6);
    }

    [Fact]
    public async Task An_account_is_established_by_what_many_networks_fetched_on_many_days()
    {
        var owner = await hub.CreateUserAsync();
        var repositories = new List<Repository>();
        for (var i = 0; i < 5; i++)
            repositories.Add(Assert.IsType<RepositoryOutcome.Done>(await hub.Registry.CreateAsync(owner, RepoKind.Model, new RepoId(owner.Name, "m" + i), new RepositorySettings(false), Cancellation)).Repository);
        foreach (var repository in repositories)
            await hub.CommitTextAsync(owner, repository, "config.json", "{}");
        await hub.VetAllAsync();
        hub.Clock.Advance(TimeSpan.FromDays(200));
        await FetchAsync(repositories[0], networks: 60, days: 29);
        Assert.Equal(VerificationLevel.Known, (await StandingAsync(owner.Name)).Level);
        await FetchAsync(repositories[1], networks: 60, days: 30);
        Assert.Equal(VerificationLevel.Established, (await StandingAsync(owner.Name)).Level);
        // Taken back: a strike.
        Assert.NotNull(await hub.Admission.SetWithdrawnAsync(repositories[0].Id, withdraw: true, Principal.System, "harmful", Cancellation));
        Assert.Equal(VerificationLevel.New, (await StandingAsync(owner.Name)).Level);
    }

    private async Task FetchAsync(Repository repository, int networks, int days)
    {
        await using var db = await hub.OpenAsync();
        for (var i = 0; i < networks; i++)
        {
            db.Downloads.Add(new Download
            {
                Id = Guid.CreateVersion7(),
                At = hub.Clock.GetUtcNow().AddDays(-(i % days)),
                RepositoryId = repository.Id,
                CommitId = repository.ServedCommit!,
                Path = "config.json",
                Bytes = 2,
                IsComplete = true,
                Door = "resolve",
                Network = $"{i:x16}",
                Client = "test",
            });
        }

        await db.SaveChangesAsync(Cancellation);
    }

    private ServiceProvider Hub() => hub.Build(static o => o, services =>
    {
        foreach (var checker in services.Where(static s => s.ServiceType == typeof(IProofChecker)).ToList())
            services.Remove(checker);
        services.AddSingleton<IProofChecker>(_checker);
    });

    private async Task<PublisherProof> ProveAsync(PublisherWorkflow workflow, Principal owner, string domain)
    {
        _checker.Domains.Add(domain);
        var proof = Done(await workflow.RequestAsync(owner, owner.Name, ProofKind.Dns, domain, Cancellation));
        for (var i = 0; i < 2; i++)
        {
            hub.Clock.Advance(TimeSpan.FromMinutes(11));
            proof = Done(await workflow.CheckAsync(owner, owner.Name, proof.Id, Cancellation));
        }

        Assert.Equal(ProofState.Valid, proof.State);
        return proof;
    }

    private static async Task<bool> CheckDueAsync(ProofSchedule schedule)
    {
        var any = false;
        while (await schedule.RunOneAsync(Cancellation))
            any = true;
        return any;
    }

    private async Task<PublisherProof> ReadAsync(string id)
    {
        await using var db = await hub.OpenAsync();
        return await db.PublisherProofs.AsNoTracking().FirstAsync(p => p.Id == id, Cancellation);
    }

    private async Task<PublisherStanding> StandingAsync(string name)
    {
        await using var db = await hub.OpenAsync();
        return await hub.Get<StandingReader>().ReadAsync(db, await db.Accounts.AsNoTracking().FirstAsync(a => a.Name == name, Cancellation), Cancellation);
    }

    private async Task<List<string>> AuditAsync(string name)
    {
        await using var db = await hub.OpenAsync();
        return await db.AuditEntries.AsNoTracking().Where(e => e.Subject == name && (e.Action.StartsWith("proof.") || e.Action.StartsWith("publisher."))).OrderBy(static e => e.Sequence).Select(static e => e.Action).ToListAsync(Cancellation);
    }

    private static PublisherProof Done(ProofOutcome? outcome) => Assert.IsType<ProofOutcome.Done>(outcome).Proof;

    /// <summary>Says of each domain what it was told.</summary>
    private sealed class ToldChecker : IProofChecker
    {
        private int _count;

        public HashSet<string> Domains { get; } = [];

        public System.Collections.Concurrent.ConcurrentBag<ProofQuestion> Asked { get; } = [];

        public int Count => _count;

        public ProofKind Kind => ProofKind.Dns;

        public (string Place, string Content) Record(ProofQuestion question) => (question.Domain, question.Token ?? "");

        public Task<ProofReading> CheckAsync(ProofQuestion question, CancellationToken cancellation)
        {
            Interlocked.Increment(ref _count);
            Asked.Add(question);
            return Task.FromResult(new ProofReading(Domains.Contains(question.Domain), "told"));
        }
    }
}

public sealed class PublisherWorkflowOnSqliteTests(SqliteHub hub) : PublisherWorkflowTests(hub), IClassFixture<SqliteHub>;

public sealed class PublisherWorkflowOnPostgresTests(PostgresHub hub) : PublisherWorkflowTests(hub), IClassFixture<PostgresHub>;
