using Assay.Hub.Access;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Tests.Access;

public abstract class TokenTests(TestHub hub)
{
    private static readonly RepositoryAccess Mine = new("owner", true, "models/ada/tiny");
    private static readonly RepositoryAccess Public = Mine with { IsPrivate = false };

    [Fact]
    public async Task A_token_stands_for_its_user_and_only_its_hash_is_kept()
    {
        var user = await hub.CreateUserAsync();
        var secret = await CreateAsync(user, null);
        await using var db = await hub.OpenAsync();
        Assert.Equal(user.UserId, (await hub.Accounts.FindByTokenAsync(db, secret, TestHub.Cancellation))?.UserId);
        Assert.Null(await hub.Accounts.FindByTokenAsync(db, secret[..^1] + (secret[^1] == 'a' ? 'b' : 'a'), TestHub.Cancellation));
        var kept = await db.AccessTokens.AsNoTracking().FirstAsync(t => t.UserId == user.UserId, TestHub.Cancellation);
        Assert.DoesNotContain(secret[3..], string.Join('|', kept.Hash, kept.Name, kept.Ending, kept.Scopes), StringComparison.Ordinal);
        Assert.False(await db.AuditEntries.AnyAsync(e => e.Detail.Contains(secret), TestHub.Cancellation));
    }

    [Fact]
    public async Task A_token_ends_at_its_time_and_not_before()
    {
        var user = await hub.CreateUserAsync();
        var secret = await CreateAsync(user, hub.Clock.GetUtcNow() + TimeSpan.FromHours(1));
        await using var db = await hub.OpenAsync();
        hub.Clock.Advance(TimeSpan.FromMinutes(59));
        Assert.NotNull(await hub.Accounts.FindByTokenAsync(db, secret, TestHub.Cancellation));
        hub.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await hub.Accounts.FindByTokenAsync(db, secret, TestHub.Cancellation));
    }

    [Fact]
    public async Task A_revoked_token_is_worth_nothing_and_gives_its_name_back()
    {
        var user = await hub.CreateUserAsync();
        var secret = await CreateAsync(user, null);
        Assert.Null((await hub.Accounts.CreateTokenAsync(user, user.UserId!, "laptop", TokenRole.Read, "", null, null, TestHub.Cancellation)).Secret);
        await using var db = await hub.OpenAsync();
        var id = (await db.AccessTokens.AsNoTracking().FirstAsync(t => t.UserId == user.UserId, TestHub.Cancellation)).Id;
        var other = await hub.CreateUserAsync();
        Assert.False(await hub.Accounts.RevokeTokenAsync(other, other.UserId!, id, TestHub.Cancellation));
        Assert.True(await hub.Accounts.RevokeTokenAsync(user, user.UserId!, id, TestHub.Cancellation));
        Assert.False(await hub.Accounts.RevokeTokenAsync(user, user.UserId!, id, TestHub.Cancellation));
        Assert.Null(await hub.Accounts.FindByTokenAsync(db, secret, TestHub.Cancellation));
        Assert.NotNull((await hub.Accounts.CreateTokenAsync(user, user.UserId!, "laptop", TokenRole.Read, "", null, null, TestHub.Cancellation)).Secret);
    }

    [Fact]
    public async Task The_tokens_of_a_disabled_user_are_worth_nothing_until_he_is_enabled_again()
    {
        var user = await hub.CreateUserAsync();
        var secret = await CreateAsync(user, null);
        await using var db = await hub.OpenAsync();
        await hub.Accounts.ChangeAsync(Principal.System, user.Name, "user.disabled", static a => a.IsDisabled = true, TestHub.Cancellation);
        Assert.Null(await hub.Accounts.FindByTokenAsync(db, secret, TestHub.Cancellation));
        await hub.Accounts.ChangeAsync(Principal.System, user.Name, "user.enabled", static a => a.IsDisabled = false, TestHub.Cancellation);
        Assert.NotNull(await hub.Accounts.FindByTokenAsync(db, secret, TestHub.Cancellation));
    }

    [Fact]
    public async Task A_password_is_checked_and_its_change_ends_the_sessions()
    {
        var name = hub.NewName("signer");
        Assert.IsType<AccountOutcome.Invalid>(await hub.Accounts.CreateAsync(Principal.System, AccountKind.User, name, null, null, "too short", null, TestHub.Cancellation));
        var account = Assert.IsType<AccountOutcome.Done>(await hub.Accounts.CreateAsync(Principal.System, AccountKind.User, name, null, null, "four words that differ", null, TestHub.Cancellation)).Account;
        await using var db = await hub.OpenAsync();
        Assert.NotNull(await AccountRegistry.SignInAsync(db, name.ToUpperInvariant(), "four words that differ", TestHub.Cancellation));
        Assert.Null(await AccountRegistry.SignInAsync(db, name, "four words that differed", TestHub.Cancellation));
        Assert.Null(await AccountRegistry.SignInAsync(db, "nobody-" + name, "four words that differ", TestHub.Cancellation));
        Assert.NotNull(await AccountRegistry.FindAsync(db, account.Id, account.SecurityStamp, null, TestHub.Cancellation));
        await hub.Accounts.SetPasswordAsync(Principal.System, name, "other words that differ", TestHub.Cancellation);
        Assert.Null(await AccountRegistry.FindAsync(db, account.Id, account.SecurityStamp, null, TestHub.Cancellation));
    }

    [Fact]
    public async Task The_last_owner_of_an_organisation_stays()
    {
        var (owner, other) = (await hub.CreateUserAsync(), await hub.CreateUserAsync());
        var name = hub.NewName("org");
        await hub.Accounts.CreateAsync(owner, AccountKind.Organization, name, null, null, null, null, TestHub.Cancellation);
        Assert.IsType<AccountOutcome.Invalid>(await hub.Accounts.SetRoleAsync(owner, name, owner.Name, MemberRole.Reader, TestHub.Cancellation));
        Assert.IsType<AccountOutcome.Invalid>(await hub.Accounts.SetRoleAsync(owner, name, owner.Name, null, TestHub.Cancellation));
        Assert.IsType<AccountOutcome.Done>(await hub.Accounts.SetRoleAsync(owner, name, other.Name, MemberRole.Owner, TestHub.Cancellation));
        Assert.IsType<AccountOutcome.Done>(await hub.Accounts.SetRoleAsync(owner, name, owner.Name, null, TestHub.Cancellation));
    }

    /// <summary>Scopes of a fine-grained token of the repository's owner, and what they allow.</summary>
    [Theory]
    [InlineData("repo.read", HubAction.ReadContent, true)]
    [InlineData("repo.read", HubAction.Write, false)]
    [InlineData("repo.read models/ada/tiny", HubAction.ReadContent, true)]
    [InlineData("repo.read models/ada/other", HubAction.ReadContent, false)]
    [InlineData("repo.read datasets/ada/tiny", HubAction.ReadContent, false)]
    [InlineData("repo.read ada", HubAction.ReadUnserved, true)]
    [InlineData("repo.read ad", HubAction.ReadContent, false)]
    [InlineData("repo.write ADA", HubAction.Write, true)]
    [InlineData("repo.write models/ada/tiny", HubAction.Manage, false)]
    [InlineData("repo.manage models/ada/tiny", HubAction.Manage, true)]
    [InlineData("repo.manage", HubAction.Create, true)]
    [InlineData("repo.manage", HubAction.Administer, false)]
    [InlineData("repo.manage", HubAction.Review, false)]
    [InlineData("hub.review", HubAction.Review, true)]
    [InlineData("hub.review", HubAction.ReadContent, false)]
    [InlineData("hub.administer", HubAction.Administer, true)]
    [InlineData("hub.administer", HubAction.Write, false)]
    [InlineData("repo.read other\nrepo.write models/ada/tiny", HubAction.Write, true)]
    [InlineData("unknown", HubAction.ReadMetadata, false)]
    [InlineData("", HubAction.ReadMetadata, false)]
    public void A_fine_grained_token_allows_what_its_scopes_name(string scopes, HubAction action, bool isAllowed)
    {
        var who = Owner(TokenRole.FineGrained, scopes);
        Assert.Equal(isAllowed, AccessRules.Allows(who, action, Mine));
        // What everybody may read needs no scope.
        Assert.True(AccessRules.Allows(who, HubAction.ReadContent, Public));
    }

    [Theory]
    [InlineData(TokenRole.Read, HubAction.ReadContent, true)]
    [InlineData(TokenRole.Read, HubAction.ReadUnserved, true)]
    [InlineData(TokenRole.Read, HubAction.Write, false)]
    [InlineData(TokenRole.Read, HubAction.Manage, false)]
    [InlineData(TokenRole.Read, HubAction.Create, false)]
    [InlineData(TokenRole.Read, HubAction.Review, false)]
    [InlineData(TokenRole.Read, HubAction.Administer, false)]
    [InlineData(TokenRole.Write, HubAction.Write, true)]
    [InlineData(TokenRole.Write, HubAction.Administer, true)]
    public void The_role_of_a_token_bounds_even_an_administrator(TokenRole role, HubAction action, bool isAllowed) =>
        Assert.Equal(isAllowed, AccessRules.Allows(Owner(role, ""), action, Mine));

    private static Principal Owner(TokenRole role, string scopes) => new()
    {
        UserId = "owner",
        Name = "ada",
        IsAdministrator = true,
        IsReviewer = true,
        Token = new AccessToken { Id = "t", UserId = "owner", Name = "t", Hash = "", Ending = "", Role = role, Scopes = scopes, CreatedAt = DateTimeOffset.UnixEpoch },
    };

    private async Task<string> CreateAsync(Principal user, DateTimeOffset? expires)
    {
        var (secret, _, problem) = await hub.Accounts.CreateTokenAsync(user, user.UserId!, "laptop", TokenRole.Write, "", expires, null, TestHub.Cancellation);
        Assert.Null(problem);
        return secret!;
    }
}

public sealed class TokenOnSqliteTests(SqliteHub hub) : TokenTests(hub), IClassFixture<SqliteHub>;

public sealed class TokenOnPostgresTests(PostgresHub hub) : TokenTests(hub), IClassFixture<PostgresHub>;
