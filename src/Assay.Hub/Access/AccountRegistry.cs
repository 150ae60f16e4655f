using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Assay.Hub.Audit;
using Assay.Hub.Identity;
using Assay.Hub.Persistence;
using Assay.Protocol;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Access;

/// <summary>What became of a change of accounts.</summary>
public abstract record AccountOutcome
{
    /// <summary>It was made.</summary>
    /// <param name="Account">The account.</param>
    public sealed record Done(Account Account) : AccountOutcome;

    /// <summary>The name is taken.</summary>
    public sealed record Taken : AccountOutcome;

    /// <summary>There is no such account.</summary>
    public sealed record Unknown : AccountOutcome;

    /// <summary>It cannot be made.</summary>
    /// <param name="Message">Why, and what to do.</param>
    public sealed record Invalid(string Message) : AccountOutcome;
}

/// <summary>Users, organisations and tokens.</summary>
public sealed class AccountRegistry(IDbContextFactory<HubDb> databases, NamespaceGuard names, AuditLog audit, TimeProvider clock)
{
    private const int MinPassword = 12;
    private const int MaxPassword = 256;

    private static readonly PasswordHasher<Account> Hasher = new();

    // What a missing account is checked against, so that the time of the answer does not tell whether there is one.
    private static readonly string NoAccount = Hasher.HashPassword(null!, HubIds.NewToken());

    /// <summary>Registers a user or an organisation.</summary>
    /// <param name="actor">Who does it; the right to do so was checked.</param>
    /// <param name="kind">Which of the two.</param>
    /// <param name="name">The namespace.</param>
    /// <param name="fullName">The name shown to people; null for the same.</param>
    /// <param name="email">Address, or null.</param>
    /// <param name="password">Password of a user who may sign in with one, or null.</param>
    /// <param name="configure">Sets what is special about it.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<AccountOutcome> CreateAsync(
        Principal actor, AccountKind kind, string name, string? fullName, string? email, string? password, Action<Account>? configure, CancellationToken cancellation)
    {
        if (RepoId.Problem(name) is { } problem && !(name == "admin" && actor == Principal.System))
            return new AccountOutcome.Invalid(problem);
        if (password is not null && PasswordProblem(password) is { } weak)
            return new AccountOutcome.Invalid(weak);
        if (email is not null && (email.Length > 254 || email.IndexOf('@', StringComparison.Ordinal) <= 0))
            return new AccountOutcome.Invalid("This is no e-mail address.");
        var account = new Account
        {
            Id = HubIds.NewId(clock),
            Kind = kind,
            Name = name,
            Key = RepoId.KeyOf(name),
            FullName = string.IsNullOrWhiteSpace(fullName) ? name : fullName.Trim()[..Math.Min(200, fullName.Trim().Length)],
            Email = email,
            SecurityStamp = RandomNumberGenerator.GetHexString(32, lowercase: true),
            CreatedAt = clock.GetUtcNow(),
        };
        account.PasswordHash = password is null ? null : Hasher.HashPassword(account, password);
        configure?.Invoke(account);
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var transaction = await db.BeginAsync(cancellation).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                if (await db.Accounts.AnyAsync(a => a.Key == account.Key, cancellation).ConfigureAwait(false))
                    return new AccountOutcome.Taken();
                var ruling = await names.JudgeAsync(db, actor, name, fullName, cancellation).ConfigureAwait(false);
                if (ruling.Refusal is { } refusal)
                    return new AccountOutcome.Invalid(refusal);
                (account.NameSkeleton, account.NameHeld) = (NamespaceGuard.SkeletonOf(name), ruling.Hold);
                db.Accounts.Add(account);
                if (kind == AccountKind.Organization && actor.UserId is { } founder)
                    db.Memberships.Add(new Membership { OrganizationId = account.Id, UserId = founder, Role = MemberRole.Owner });
                await audit.AddAsync(db, actor.Name, kind == AccountKind.User ? "user.created" : "organization.created", account.Name, new JsonObject { ["administrator"] = account.IsAdministrator, ["reviewer"] = account.IsReviewer, ["held"] = account.NameHeld }, cancellation).ConfigureAwait(false);
                try
                {
                    await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
                }
                catch (DbUpdateException e) when (db.IsDuplicate(e))
                {
                    return new AccountOutcome.Taken();
                }

                await transaction.CommitAsync(cancellation).ConfigureAwait(false);
                return new AccountOutcome.Done(account);
            }
        }
    }

    /// <summary>Changes an account.</summary>
    /// <param name="actor">Who does it; the right to do so was checked.</param>
    /// <param name="name">The account.</param>
    /// <param name="action">What is done, for the audit trail.</param>
    /// <param name="change">Does it. Sessions end when it changes the stamp.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<AccountOutcome> ChangeAsync(Principal actor, string name, string action, Action<Account> change, CancellationToken cancellation)
    {
        var key = RepoId.KeyOf(name);
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var transaction = await db.BeginAsync(cancellation).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                if (await db.Accounts.FirstOrDefaultAsync(a => a.Key == key, cancellation).ConfigureAwait(false) is not { } account)
                    return new AccountOutcome.Unknown();
                change(account);
                await audit.AddAsync(db, actor.Name, action, account.Name, new JsonObject { ["administrator"] = account.IsAdministrator, ["reviewer"] = account.IsReviewer, ["disabled"] = account.IsDisabled }, cancellation).ConfigureAwait(false);
                await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
                await transaction.CommitAsync(cancellation).ConfigureAwait(false);
                return new AccountOutcome.Done(account);
            }
        }
    }

    /// <summary>Sets a password; all sessions of the account end.</summary>
    public async Task<AccountOutcome> SetPasswordAsync(Principal actor, string name, string password, CancellationToken cancellation) =>
        PasswordProblem(password) is { } problem
            ? new AccountOutcome.Invalid(problem)
            : await ChangeAsync(actor, name, "user.password", account =>
            {
                account.PasswordHash = Hasher.HashPassword(account, password);
                account.SecurityStamp = RandomNumberGenerator.GetHexString(32, lowercase: true);
            }, cancellation).ConfigureAwait(false);

    /// <summary>Gives a user a role in an organisation, or takes it.</summary>
    /// <param name="actor">Who does it; the right to do so was checked.</param>
    /// <param name="organization">The organisation.</param>
    /// <param name="user">The user.</param>
    /// <param name="role">The role; null to take it.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<AccountOutcome> SetRoleAsync(Principal actor, string organization, string user, MemberRole? role, CancellationToken cancellation)
    {
        var (organizationKey, userKey) = (RepoId.KeyOf(organization), RepoId.KeyOf(user));
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var transaction = await db.BeginAsync(cancellation).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                var group = await db.Accounts.FirstOrDefaultAsync(a => a.Key == organizationKey && a.Kind == AccountKind.Organization, cancellation).ConfigureAwait(false);
                var member = await db.Accounts.FirstOrDefaultAsync(a => a.Key == userKey && a.Kind == AccountKind.User, cancellation).ConfigureAwait(false);
                if (group is null || member is null)
                    return new AccountOutcome.Unknown();
                var membership = await db.Memberships.FirstOrDefaultAsync(m => m.OrganizationId == group.Id && m.UserId == member.Id, cancellation).ConfigureAwait(false);
                var losesOwner = membership?.Role == MemberRole.Owner && role != MemberRole.Owner;
                if (losesOwner && await db.Memberships.CountAsync(m => m.OrganizationId == group.Id && m.Role == MemberRole.Owner, cancellation).ConfigureAwait(false) == 1)
                    return new AccountOutcome.Invalid("An organisation keeps at least one owner. Make somebody else one first.");
                if (role is not { } wanted)
                {
                    if (membership is not null)
                        db.Memberships.Remove(membership);
                }
                else if (membership is null)
                {
                    db.Memberships.Add(new Membership { OrganizationId = group.Id, UserId = member.Id, Role = wanted });
                }
                else
                {
                    membership.Role = wanted;
                }

                await audit.AddAsync(db, actor.Name, "organization.member", group.Name, new JsonObject { ["user"] = member.Name, ["role"] = role?.ToString().ToLowerInvariant() ?? "none" }, cancellation).ConfigureAwait(false);
                await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
                await transaction.CommitAsync(cancellation).ConfigureAwait(false);
                return new AccountOutcome.Done(group);
            }
        }
    }

    /// <summary>Makes a token.</summary>
    /// <param name="actor">Who does it; the right to do so was checked.</param>
    /// <param name="userId">For whom.</param>
    /// <param name="name">Its name; unique for the user.</param>
    /// <param name="role">What it may do at most.</param>
    /// <param name="scopes">Scopes of a fine-grained one.</param>
    /// <param name="expires">When it ends; null for never.</param>
    /// <param name="secret">The token, where the operator has chosen it; null to make one.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>The token in clear, which is not seen again; null with a sentence where it cannot be made.</returns>
    public async Task<(string? Secret, AccessToken? Token, string? Problem)> CreateTokenAsync(
        Principal actor, string userId, string name, TokenRole role, string scopes, DateTimeOffset? expires, string? secret, CancellationToken cancellation)
    {
        name = name.Trim();
        if (name.Length is 0 or > 100 || name.AsSpan().IndexOfAny("[]\r\n") >= 0)
            return (null, null, "The name of a token has 1 to 100 characters, and no brackets.");
        if (secret is not null && !HubIds.IsToken(secret))
            return (null, null, "A token is hf_ followed by at least 34 letters and digits.");
        if (role == TokenRole.FineGrained && string.IsNullOrWhiteSpace(scopes))
            return (null, null, "A fine-grained token needs at least one scope, such as \"repo.read models/ada/tiny\".");
        secret ??= HubIds.NewToken();
        var token = new AccessToken
        {
            Id = HubIds.NewId(clock),
            UserId = userId,
            Name = name,
            Hash = HashOf(secret),
            Ending = secret[^4..],
            Role = role,
            Scopes = scopes,
            CreatedAt = clock.GetUtcNow(),
            ExpiresAt = expires,
        };
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var transaction = await db.BeginAsync(cancellation).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                if (await db.Accounts.AnyAsync(a => a.Id == userId && a.FrozenAt != null, cancellation).ConfigureAwait(false))
                    return (null, null, "The account is frozen: it gets no token until it is in its owner's hands again.");
                // A revoked or expired one gives its name back.
                var now = clock.GetUtcNow();
                await db.AccessTokens.Where(t => t.UserId == userId && t.Name == name && (t.RevokedAt != null || t.ExpiresAt < now)).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
                if (await db.AccessTokens.AnyAsync(t => t.UserId == userId && t.Name == name, cancellation).ConfigureAwait(false))
                    return (null, null, $"There is a token named \"{name}\" already. Choose another name, or revoke that one.");
                db.AccessTokens.Add(token);
                await audit.AddAsync(db, actor.Name, "token.created", name, new JsonObject { ["user"] = userId, ["role"] = role.ToString(), ["ending"] = token.Ending }, cancellation).ConfigureAwait(false);
                await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
                await transaction.CommitAsync(cancellation).ConfigureAwait(false);
            }
        }

        return (secret, token, null);
    }

    /// <summary>Ends a token.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> RevokeTokenAsync(Principal actor, string userId, string tokenId, CancellationToken cancellation)
    {
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var transaction = await db.BeginAsync(cancellation).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                if (await db.AccessTokens.FirstOrDefaultAsync(t => t.Id == tokenId && t.UserId == userId && t.RevokedAt == null, cancellation).ConfigureAwait(false) is not { } token)
                    return false;
                token.RevokedAt = clock.GetUtcNow();
                await audit.AddAsync(db, actor.Name, "token.revoked", token.Name, new JsonObject { ["user"] = userId, ["ending"] = token.Ending }, cancellation).ConfigureAwait(false);
                await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
                await transaction.CommitAsync(cancellation).ConfigureAwait(false);
                return true;
            }
        }
    }

    /// <summary>Who a token stands for; null when it stands for nobody (any more).</summary>
    public async Task<Principal?> FindByTokenAsync(HubDb db, string secret, CancellationToken cancellation)
    {
        if (!HubIds.IsToken(secret))
            return null;
        var (hash, now) = (HashOf(secret), clock.GetUtcNow());
        var token = await db.AccessTokens.AsNoTracking().FirstOrDefaultAsync(t => t.Hash == hash && t.RevokedAt == null && (t.ExpiresAt == null || t.ExpiresAt > now), cancellation).ConfigureAwait(false);
        if (token is null)
            return null;
        if (token.LastUsedAt is not { } last || now - last > TimeSpan.FromHours(1))
            await db.AccessTokens.Where(t => t.Id == token.Id).ExecuteUpdateAsync(u => u.SetProperty(static t => t.LastUsedAt, now), cancellation).ConfigureAwait(false);
        return await FindAsync(db, token.UserId, null, token, cancellation).ConfigureAwait(false);
    }

    /// <summary>Who a user id stands for; null when the account is gone or disabled, or its sessions have ended.</summary>
    /// <param name="db">The database.</param>
    /// <param name="userId">The user.</param>
    /// <param name="stamp">The stamp that the session was made with; null where there is no session.</param>
    /// <param name="token">The token at hand.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<Principal?> FindAsync(HubDb db, string userId, string? stamp, AccessToken? token, CancellationToken cancellation)
    {
        var user = await db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Id == userId && a.Kind == AccountKind.User, cancellation).ConfigureAwait(false);
        if (user is null or { IsDisabled: true } || (stamp is not null && stamp != user.SecurityStamp))
            return null;
        return new Principal
        {
            UserId = user.Id,
            Name = user.Name,
            FullName = user.FullName,
            IsAdministrator = user.IsAdministrator,
            IsReviewer = user.IsReviewer,
            Token = token,
            Organizations = await db.Memberships.AsNoTracking().Where(m => m.UserId == userId).ToDictionaryAsync(static m => m.OrganizationId, static m => m.Role, StringComparer.Ordinal, cancellation).ConfigureAwait(false),
            // Few or none, found by an index; an administrator could act in any of them.
            Frozen = await db.Accounts.AsNoTracking().Where(static a => a.FrozenAt != null).Select(static a => a.Id).ToListAsync(cancellation).ConfigureAwait(false),
        };
    }

    /// <summary>Checks a password. Takes the same time whether there is such a user or not.</summary>
    /// <returns>The account; null when name and password do not belong together.</returns>
    public static async Task<Account?> SignInAsync(HubDb db, string name, string password, CancellationToken cancellation)
    {
        if (password.Length > MaxPassword)
            return null;
        var key = RepoId.KeyOf(name);
        var user = await db.Accounts.FirstOrDefaultAsync(a => a.Key == key && a.Kind == AccountKind.User, cancellation).ConfigureAwait(false);
        var result = Hasher.VerifyHashedPassword(user!, user?.PasswordHash ?? NoAccount, password);
        return user is { IsDisabled: false, PasswordHash: not null } && result != PasswordVerificationResult.Failed ? user : null;
    }

    /// <summary>What is kept of a token.</summary>
    public static string HashOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(secret)));

    private static string? PasswordProblem(string password) => password.Length switch
    {
        < MinPassword => $"A password has at least {MinPassword} characters. A few words that do not belong together are easy to remember.",
        > MaxPassword => $"A password has at most {MaxPassword} characters.",
        _ => null,
    };
}
