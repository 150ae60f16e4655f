using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Identity;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Tests.Identity;

public abstract class NamespaceTests(TestHub hub)
{
    [Theory]
    [InlineData("checkpoints")]
    [InlineData("outputs")]
    public async Task Usual_names_of_folders_are_no_accounts(string name)
    {
        var refused = Assert.IsType<AccountOutcome.Invalid>(await CreateAsync(Principal.System, name));
        Assert.Contains("folder", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_looks_like_one_that_is_there_is_refused_and_another_is_not()
    {
        Assert.IsType<AccountOutcome.Done>(await CreateAsync(Principal.System, "Silverlight-1"));
        var refused = Assert.IsType<AccountOutcome.Invalid>(await CreateAsync(Principal.System, "SiIverlight-l"));
        Assert.Contains("Silverlight-1", refused.Message, StringComparison.Ordinal);
        Assert.IsType<AccountOutcome.Done>(await CreateAsync(Principal.System, "Silverlight-2"));
    }

    [Theory]
    [InlineData("mistraIai-org", true)]
    [InlineData("deepseekai", true)]
    [InlineData("openai", true)]
    [InlineData("garden-of-words", false)]
    [InlineData("openscience-lab", false)]
    public async Task A_stranger_with_a_name_like_a_known_publisher_is_held_with_the_reason(string name, bool isHeld)
    {
        var stranger = await hub.CreateUserAsync();
        var made = Assert.IsType<AccountOutcome.Done>(await CreateAsync(stranger, name));
        Assert.True((made.Account.NameHeld is not null) == isHeld, made.Account.NameHeld);
    }

    [Fact]
    public async Task What_an_account_with_a_held_name_publishes_waits_until_a_reviewer_releases_the_name()
    {
        var founder = await hub.CreateUserAsync();
        var made = Assert.IsType<AccountOutcome.Done>(await CreateAsync(founder, "stabiltyai"));
        Assert.NotNull(made.Account.NameHeld);
        await using var db = await hub.OpenAsync();
        var who = (await AccountRegistry.FindAsync(db, founder.UserId!, null, null, TestHub.Cancellation))!;
        var repository = Assert.IsType<RepositoryOutcome.Done>(await hub.Registry.CreateAsync(who, RepoKind.Model, new RepoId("stabiltyai", "tiny"), new RepositorySettings(false), TestHub.Cancellation)).Repository;
        var id = await hub.CommitTextAsync(who, repository, "a.txt", "harmless");
        await hub.VetAllAsync();
        var held = await hub.RevisionAsync(id);
        Assert.Equal(RevisionState.Quarantined, held.State);

        var desk = hub.Get<IdentityDesk>();
        Assert.Null(await desk.AppealAsync(who, "stabiltyai", "This is the name of our town.", TestHub.Cancellation));
        Assert.NotNull(await desk.AppealAsync(await hub.CreateUserAsync(), "stabiltyai", "Not mine.", TestHub.Cancellation));
        Assert.Equal(1, await desk.ReleaseNameAsync(Principal.System, "stabiltyai", "They showed their register.", TestHub.Cancellation));
        Assert.Null(await desk.ReleaseNameAsync(Principal.System, "stabiltyai", "again", TestHub.Cancellation));
        await hub.VetAllAsync();
        Assert.Equal(RevisionState.Admitted, (await hub.RevisionAsync(id)).State);
        Assert.NotNull((await db.Appeals.AsNoTracking().FirstAsync(a => a.Subject == "stabiltyai", TestHub.Cancellation)).ClosedAt);
    }

    [Fact]
    public async Task A_repository_that_came_to_another_owner_says_so()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        await hub.CommitTextAsync(who, repository, "a.txt", "one");
        await hub.VetAllAsync();
        var other = await hub.CreateUserAsync();
        Assert.IsType<RepositoryOutcome.Done>(await hub.Registry.MoveAsync(Principal.System, repository.Id, new RepoId(other.Name, "tiny"), TestHub.Cancellation));
        await using var db = await hub.OpenAsync();
        var moved = await db.Repositories.AsNoTracking().FirstAsync(r => r.Id == repository.Id, TestHub.Cancellation);
        Assert.Contains("another owner", moved.IdentityNote, StringComparison.Ordinal);
        Assert.NotNull(moved.OwnerChangedAt);
        Assert.Equal($"{other.Name}/tiny", (await db.RepositoryIdentities.AsNoTracking().FirstAsync(i => i.RepositoryId == repository.Id, TestHub.Cancellation)).Name);
    }

    [Fact]
    public async Task An_operators_own_brand_is_protected_as_those_that_ship()
    {
        var desk = hub.Get<IdentityDesk>();
        Assert.NotNull(await desk.ProtectAsync(Principal.System, Brand("Quillfeather", ""), TestHub.Cancellation));
        Assert.Null(await desk.ProtectAsync(Principal.System, Brand("Quillfeather", "quillfeather"), TestHub.Cancellation));
        Assert.Null(await desk.ProtectAsync(Principal.System, new ProtectedName { Name = "quillfeather/Plume-7B", Reason = "ours", By = "system", At = hub.Clock.GetUtcNow() }, TestHub.Cancellation));
        var made = Assert.IsType<AccountOutcome.Done>(await CreateAsync(await hub.CreateUserAsync(), "quilfeather"));
        Assert.NotNull(made.Account.NameHeld);
        Assert.True(await desk.UnprotectAsync(Principal.System, "Quillfeather", TestHub.Cancellation));
        Assert.False(await desk.UnprotectAsync(Principal.System, "Quillfeather", TestHub.Cancellation));
    }

    private ProtectedName Brand(string name, string handles) => new() { Name = name, Handles = handles, Words = name.ToLowerInvariant(), Reason = "ours", By = "system", At = hub.Clock.GetUtcNow() };

    private Task<AccountOutcome> CreateAsync(Principal actor, string name) => hub.Accounts.CreateAsync(actor, AccountKind.Organization, name, null, null, null, null, TestHub.Cancellation);
}

public sealed class NamespacesOnSqliteTests(SqliteHub hub) : NamespaceTests(hub), IClassFixture<SqliteHub>;

public sealed class NamespacesOnPostgresTests(PostgresHub hub) : NamespaceTests(hub), IClassFixture<PostgresHub>;
