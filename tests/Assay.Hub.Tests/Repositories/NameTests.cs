using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Repositories;
using Assay.Protocol;

namespace Assay.Hub.Tests.Repositories;

public abstract class NameTests(TestHub hub)
{
    [Fact]
    public async Task Names_differ_by_more_than_their_case()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var exists = Assert.IsType<RepositoryOutcome.Exists>(await CreateAsync(who, who.Name.ToUpperInvariant(), "TINY"));
        Assert.Equal(repository.Id, exists.Existing?.Id);
        Assert.IsType<RepositoryOutcome.Done>(await CreateAsync(who, who.Name, "tiny2"));
        await using var db = await hub.OpenAsync();
        Assert.Equal(repository.Id, (await RepositoryRegistry.FindAsync(db, RepoKind.Model, new RepoId(who.Name.ToUpperInvariant(), "Tiny"), TestHub.Cancellation))?.Id);
        Assert.Null(await RepositoryRegistry.FindAsync(db, RepoKind.Dataset, repository.RepoId, TestHub.Cancellation));
    }

    [Fact]
    public async Task Users_and_organisations_share_their_names_whatever_the_case()
    {
        var who = await hub.CreateUserAsync();
        Assert.IsType<AccountOutcome.Taken>(await hub.Accounts.CreateAsync(Principal.System, AccountKind.Organization, who.Name.ToUpperInvariant(), null, null, null, null, TestHub.Cancellation));
    }

    [Fact]
    public async Task Of_many_who_create_the_same_name_one_does()
    {
        var who = await hub.CreateUserAsync();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => CreateAsync(who, who.Name, i % 2 == 0 ? "race" : "RACE"))));
        Assert.Single(outcomes.OfType<RepositoryOutcome.Done>());
        Assert.Equal(7, outcomes.OfType<RepositoryOutcome.Exists>().Count());
    }

    [Fact]
    public async Task An_old_name_leads_to_the_repository_until_its_owner_uses_it_again()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var old = repository.RepoId;
        Assert.IsType<RepositoryOutcome.Done>(await MoveAsync(who, repository, new RepoId(who.Name, "second")));
        Assert.IsType<RepositoryOutcome.Done>(await MoveAsync(who, repository, new RepoId(who.Name, "third")));
        Assert.Equal(repository.Id, await MovedAsync(old));
        Assert.Equal(repository.Id, await MovedAsync(new RepoId(who.Name, "SECOND")));
        var fresh = Assert.IsType<RepositoryOutcome.Done>(await CreateAsync(who, old.Namespace, old.Name)).Repository;
        Assert.NotEqual(repository.Id, fresh.Id);
        Assert.Null(await MovedAsync(old));
        await using var db = await hub.OpenAsync();
        Assert.Equal(fresh.Id, (await RepositoryRegistry.FindAsync(db, RepoKind.Model, old, TestHub.Cancellation))?.Id);
    }

    [Fact]
    public async Task A_repository_may_go_back_to_a_name_it_had()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var old = repository.RepoId;
        Assert.IsType<RepositoryOutcome.Done>(await MoveAsync(who, repository, new RepoId(who.Name, "away")));
        Assert.IsType<RepositoryOutcome.Done>(await MoveAsync(who, repository, old));
        Assert.Null(await MovedAsync(old));
        Assert.Equal(repository.Id, await MovedAsync(new RepoId(who.Name, "away")));
    }

    [Fact]
    public async Task A_new_spelling_of_its_own_name_is_a_move_and_no_conflict()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        Assert.Equal("TINY", Assert.IsType<RepositoryOutcome.Done>(await MoveAsync(who, repository, new RepoId(who.Name, "TINY"))).Repository.Name);
        Assert.Null(await MovedAsync(new RepoId(who.Name, "tiny")));
    }

    [Fact]
    public async Task The_name_of_a_deleted_repository_comes_back_to_its_owner_with_nothing_of_the_old_one()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        await hub.CommitTextAsync(who, repository, "old.txt", "old");
        await hub.VetAllAsync();
        await hub.Registry.DeleteAsync(who, repository.Id, TestHub.Cancellation);
        var fresh = Assert.IsType<RepositoryOutcome.Done>(await CreateAsync(who, who.Name, "tiny")).Repository;
        Assert.NotEqual(repository.Id, fresh.Id);
        var main = await hub.MainAsync(fresh);
        Assert.Null((await hub.TreeAsync(main.HeadCommit)).Find("old.txt"));
        await using var db = await hub.OpenAsync();
        Assert.IsType<Gate.Unknown>(await RevisionGate.OpenAsync(db, fresh, (await hub.MainAsync(fresh)).HeadCommit[..39] + "x", TestHub.Cancellation));
    }

    [Fact]
    public async Task A_name_that_another_had_is_not_given_to_a_stranger()
    {
        // The repository moves to an organisation that goes on to own the name, and is deleted there.
        var owner = await hub.CreateUserAsync();
        var organization = hub.NewName("lab");
        Assert.IsType<AccountOutcome.Done>(await hub.Accounts.CreateAsync(owner, AccountKind.Organization, organization, null, null, null, null, TestHub.Cancellation));
        var made = Assert.IsType<RepositoryOutcome.Done>(await CreateAsync(owner, owner.Name, "shared")).Repository;
        Assert.IsType<RepositoryOutcome.Done>(await MoveAsync(owner, made, new RepoId(organization, "shared")));
        Assert.Equal(made.Id, await MovedAsync(new RepoId(owner.Name, "shared")));
        await hub.Registry.DeleteAsync(owner, made.Id, TestHub.Cancellation);
        Assert.Null(await MovedAsync(new RepoId(owner.Name, "shared")));
        Assert.IsType<RepositoryOutcome.Done>(await CreateAsync(owner, owner.Name, "shared"));
    }

    [Fact]
    public async Task The_name_of_what_was_withdrawn_as_unsafe_never_comes_back()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        Assert.IsType<AdmissionOutcome.Changed>(await hub.Admission.SetWithdrawnAsync(repository.Id, true, Principal.System, "unsafe", TestHub.Cancellation));
        await hub.Registry.DeleteAsync(who, repository.Id, TestHub.Cancellation);
        Assert.Null(Assert.IsType<RepositoryOutcome.Exists>(await CreateAsync(who, who.Name, "tiny")).Existing);
        var other = Assert.IsType<RepositoryOutcome.Done>(await CreateAsync(who, who.Name, "other")).Repository;
        Assert.IsType<RepositoryOutcome.Exists>(await MoveAsync(who, other, new RepoId(who.Name, "tiny")));
    }

    [Fact]
    public async Task Branches_and_tags_are_told_apart_by_their_case()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var head = (await hub.MainAsync(repository)).HeadCommit;
        Assert.IsType<RepositoryOutcome.Done>(await hub.Registry.CreateBranchAsync(who, repository.Id, "Dev", head, false, TestHub.Cancellation));
        Assert.IsType<RepositoryOutcome.Done>(await hub.Registry.CreateBranchAsync(who, repository.Id, "dev", head, false, TestHub.Cancellation));
        Assert.IsType<RepositoryOutcome.Exists>(await hub.Registry.CreateBranchAsync(who, repository.Id, "dev", head, false, TestHub.Cancellation));
        Assert.IsType<RepositoryOutcome.Done>(await hub.Registry.DeleteRefAsync(who, repository.Id, "refs/heads/Dev", TestHub.Cancellation));
        await using var db = await hub.OpenAsync();
        Assert.NotNull(await RevisionGate.FindRefAsync(db, repository.Id, "dev", TestHub.Cancellation));
        Assert.Null(await RevisionGate.FindRefAsync(db, repository.Id, "Dev", TestHub.Cancellation));
    }

    private Task<RepositoryOutcome> CreateAsync(Principal who, string space, string name) =>
        hub.Registry.CreateAsync(who, RepoKind.Model, new RepoId(space, name), new RepositorySettings(false), TestHub.Cancellation);

    private Task<RepositoryOutcome> MoveAsync(Principal who, Repository repository, RepoId to) => hub.Registry.MoveAsync(who, repository.Id, to, TestHub.Cancellation);

    private async Task<string?> MovedAsync(RepoId id)
    {
        await using var db = await hub.OpenAsync();
        return (await RepositoryRegistry.FindMovedAsync(db, RepoKind.Model, id, TestHub.Cancellation))?.Id;
    }
}

public sealed class NameOnSqliteTests(SqliteHub hub) : NameTests(hub), IClassFixture<SqliteHub>;

public sealed class NameOnPostgresTests(PostgresHub hub) : NameTests(hub), IClassFixture<PostgresHub>;
