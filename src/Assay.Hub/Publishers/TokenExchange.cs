using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Hub.Audit;
using Assay.Hub.Persistence;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Assay.Hub.Publishers;

/// <summary>What became of an identity token.</summary>
public abstract record ExchangeOutcome
{
    /// <summary>It was exchanged.</summary>
    /// <param name="Secret">A token of this hub for one repository.</param>
    /// <param name="ExpiresAt">When it ends.</param>
    public sealed record Done(string Secret, DateTimeOffset ExpiresAt) : ExchangeOutcome;

    /// <summary>It was not.</summary>
    /// <param name="Message">Why, for the log of the pipeline.</param>
    public sealed record Refused(string Message) : ExchangeOutcome;
}

/// <summary>What became of a change of trusts.</summary>
public abstract record TrustOutcome
{
    /// <summary>It was made.</summary>
    /// <param name="Trust">The trust.</param>
    public sealed record Done(TrustedPublisher Trust) : TrustOutcome;

    /// <summary>It cannot be made.</summary>
    /// <param name="Message">Why, and what to do.</param>
    public sealed record Invalid(string Message) : TrustOutcome;
}

/// <summary>A trust to be.</summary>
/// <param name="Issuer">Address of the issuer, or <c>github</c>, <c>gitlab</c>.</param>
/// <param name="SourceRepository">Name of the repository at the code host.</param>
/// <param name="SourceRepositoryId">Its number there.</param>
/// <param name="SourceOwnerId">Its owner's number there.</param>
/// <param name="Workflow">Path of the pipeline's file.</param>
/// <param name="SourceRef">The ref that it must run on; null for any branch or tag.</param>
/// <param name="Environment">The environment that it must run in; null for any.</param>
public sealed record NewTrust(string Issuer, string SourceRepository, string SourceRepositoryId, string SourceOwnerId, string Workflow, string? SourceRef, string? Environment);

/// <summary>
/// Gives pipelines tokens for the repositories that trust them, in exchange for their identity tokens (RFC 7519, verified as section 7.2 and
/// RFC 8725 say): a token lives for minutes, is for one repository, and is bound to its run.
/// </summary>
public sealed class TokenExchange(IDbContextFactory<HubDb> databases, OidcKeys keys, PublisherWorkflow publishers, AuditLog audit, HubOptions options, TimeProvider clock)
{
    /// <summary>How long a token lives.</summary>
    public static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(15);

    private const int MaxToken = 16 << 10;
    private const int MaxTrusts = 50;
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MaxAge = TimeSpan.FromHours(1);
    private static readonly JsonWebTokenHandler Handler = new() { MaximumTokenSizeInBytes = MaxToken, MapInboundClaims = false };

    /// <summary>Exchanges an identity token.</summary>
    /// <param name="assertion">The identity token of the run.</param>
    /// <param name="kind">Kind of the repository to publish to.</param>
    /// <param name="id">Its name. One that is not there, or may not be seen, is refused like one that trusts nobody.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<ExchangeOutcome> ExchangeAsync(string assertion, RepoKind kind, RepoId id, CancellationToken cancellation)
    {
        var (verified, problem) = await VerifyAsync(assertion, cancellation).ConfigureAwait(false);
        if (verified is not { } token)
            return new ExchangeOutcome.Refused(problem!);
        return await databases.InTransactionAsync<ExchangeOutcome>(async db =>
        {
            var now = clock.GetUtcNow();
            await db.SpentAssertions.Where(s => s.ExpiresAt < now).ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
            if (await db.SpentAssertions.AnyAsync(s => s.Key == token.Key, cancellation).ConfigureAwait(false))
                return (new ExchangeOutcome.Refused("This identity token was used already. Ask for another one."), false);
            if (await RepositoryRegistry.FindAsync(db, kind, id, cancellation).ConfigureAwait(false) is not { } repository)
                return (new ExchangeOutcome.Refused($"{id} does not trust this run."), false);
            var trusts = await db.TrustedPublishers.AsNoTracking().Where(t => t.RepositoryId == repository.Id && t.Issuer == token.Issuer.Address && t.EndedAt == null).ToListAsync(cancellation).ConfigureAwait(false);
            var trust = trusts.Find(t => token.Identity.Mismatch(t) is null);
            if (trust is null)
            {
                // Only a pipeline of the trusted repository is told what is wrong with it; a stranger's learns nothing of this hub.
                var why = trusts.Find(t => t.SourceRepositoryId == token.Identity.RepositoryId && t.SourceOwnerId == token.Identity.OwnerId) is { } near ? $": {token.Identity.Mismatch(near)}" : "";
                return (new ExchangeOutcome.Refused($"{id} does not trust this run{why}."), false);
            }

            // It may do what its user may do now, not what he could when the trust was set up.
            var who = await AccountRegistry.FindAsync(db, trust.UserId, null, null, cancellation).ConfigureAwait(false);
            if (who is null || !AccessRules.Allows(who, HubAction.Write, RepositoryAccess.Of(repository)))
                return (new ExchangeOutcome.Refused($"The user in whose name this run would publish may not write to {repository.RepoId} any more, or the account is frozen."), false);
            db.SpentAssertions.Add(new SpentAssertion { Key = token.Key, ExpiresAt = token.ExpiresAt + Skew });
            var identity = token.Identity;
            var run = new PipelineRun
            {
                Id = HubIds.NewId(clock),
                TrustedPublisherId = trust.Id,
                SourceRepository = identity.Repository,
                Number = identity.Number,
                Url = identity.Url,
                SourceCommit = Cut(identity.Commit, 64),
                SourceRef = identity.Ref,
                Workflow = identity.Workflow,
                Actor = Cut(identity.Actor, 100),
                At = now,
            };
            db.PipelineRuns.Add(run);
            var (secret, expires) = (HubIds.NewToken(), now + TokenLife);
            db.AccessTokens.Add(new AccessToken
            {
                Id = HubIds.NewId(clock),
                UserId = trust.UserId,
                Name = $"run {run.Number} of {Cut(run.SourceRepository, 50)}, {run.Id}",
                Hash = AccountRegistry.HashOf(secret),
                Ending = secret[^4..],
                Role = TokenRole.FineGrained,
                Scopes = "repo.write " + RepositoryAccess.Of(repository).Scope,
                CreatedAt = now,
                ExpiresAt = expires,
                RunId = run.Id,
            });
            await audit.AddAsync(db, who.Name, "token.exchanged", repository.Key, new JsonObject { ["trust"] = trust.Id, ["run"] = run.Url, ["commit"] = run.SourceCommit, ["workflow"] = run.Workflow, ["ref"] = run.SourceRef, ["actor"] = run.Actor }, cancellation).ConfigureAwait(false);
            await ShowOriginAsync(db, repository.OwnerId, token.Issuer, identity, cancellation).ConfigureAwait(false);
            await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
            return (new ExchangeOutcome.Done(secret, expires), true);
        }, cancellation).ConfigureAwait(false);
    }

    /// <summary>Lets a pipeline publish to a repository.</summary>
    /// <param name="actor">Who does it; the right to do so was checked.</param>
    /// <param name="userId">In whose name it publishes.</param>
    /// <param name="repository">The repository.</param>
    /// <param name="wanted">What its identity tokens must say.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<TrustOutcome> TrustAsync(Principal actor, string userId, Repository repository, NewTrust wanted, CancellationToken cancellation)
    {
        var known = options.Publishers.Issuers;
        var issuer = known.FirstOrDefault(i => i.Address == wanted.Issuer.TrimEnd('/')) ?? (Enum.TryParse<OidcProfile>(wanted.Issuer, ignoreCase: true, out var profile) && known.Where(i => i.Profile == profile).ToList() is [var only] ? only : null);
        if (issuer is null)
            return new TrustOutcome.Invalid($"This hub does not know the issuer. It knows: {(known.Count == 0 ? "none (ASSAY_OIDC_ISSUERS)" : string.Join(", ", known.Select(static i => i.Address)))}.");
        if (!IsNumber(wanted.SourceOwnerId) || !IsNumber(wanted.SourceRepositoryId))
            return new TrustOutcome.Invalid("Give the numbers of the repository and of its owner at the code host: names can be registered again by others.");
        if (wanted.SourceRepository.Length is 0 or > 300 || !wanted.SourceRepository.Contains('/', StringComparison.Ordinal) || wanted.Workflow.Length is 0 or > 300 || wanted.SourceRef is { Length: > 300 } || wanted.Environment is { Length: > 255 })
            return new TrustOutcome.Invalid("Give the name of the repository, such as acme/tiny, and the path of the workflow, such as .github/workflows/release.yml.");
        if (wanted.SourceRef is { } reference && !reference.StartsWith("refs/heads/", StringComparison.Ordinal) && !reference.StartsWith("refs/tags/", StringComparison.Ordinal))
            return new TrustOutcome.Invalid("The ref begins with refs/heads/ or refs/tags/.");
        var trust = new TrustedPublisher
        {
            Id = HubIds.NewId(clock),
            RepositoryId = repository.Id,
            UserId = userId,
            Issuer = issuer.Address,
            SourceOwnerId = wanted.SourceOwnerId,
            SourceRepositoryId = wanted.SourceRepositoryId,
            SourceRepository = wanted.SourceRepository,
            Workflow = wanted.Workflow,
            SourceRef = string.IsNullOrEmpty(wanted.SourceRef) ? null : wanted.SourceRef,
            Environment = string.IsNullOrEmpty(wanted.Environment) ? null : wanted.Environment,
            CreatedAt = clock.GetUtcNow(),
            CreatedBy = actor.Name,
        };
        return await databases.InTransactionAsync<TrustOutcome>(async db =>
        {
            if (await db.TrustedPublishers.CountAsync(t => t.RepositoryId == repository.Id && t.EndedAt == null, cancellation).ConfigureAwait(false) >= MaxTrusts)
                return (new TrustOutcome.Invalid($"The repository trusts {MaxTrusts} pipelines already. End those that are not needed."), false);
            db.TrustedPublishers.Add(trust);
            await audit.AddAsync(db, actor.Name, "trust.created", repository.Key, DetailOf(trust), cancellation).ConfigureAwait(false);
            await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
            return (new TrustOutcome.Done(trust), true);
        }, cancellation).ConfigureAwait(false);
    }

    /// <summary>Ends a trust, and the tokens that it gave.</summary>
    /// <returns>Whether there was one.</returns>
    public Task<bool> EndAsync(Principal actor, Repository repository, string trustId, CancellationToken cancellation) => databases.InTransactionAsync(async db =>
    {
        if (await db.TrustedPublishers.FirstOrDefaultAsync(t => t.Id == trustId && t.RepositoryId == repository.Id && t.EndedAt == null, cancellation).ConfigureAwait(false) is not { } trust)
            return (false, false);
        var now = clock.GetUtcNow();
        trust.EndedAt = now;
        await audit.AddAsync(db, actor.Name, "trust.ended", repository.Key, DetailOf(trust), cancellation).ConfigureAwait(false);
        var runs = db.PipelineRuns.Where(r => r.TrustedPublisherId == trust.Id).Select(static r => r.Id);
        await db.AccessTokens.Where(t => t.RunId != null && runs.Contains(t.RunId) && t.RevokedAt == null).ExecuteUpdateAsync(u => u.SetProperty(static t => t.RevokedAt, now), cancellation).ConfigureAwait(false);
        await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
        return (true, true);
    }, cancellation);

    private async Task<((OidcIssuer Issuer, PipelineIdentity Identity, string Key, DateTimeOffset ExpiresAt)? Token, string? Problem)> VerifyAsync(string assertion, CancellationToken cancellation)
    {
        if (options.Publishers.Audience is not { Length: > 0 } audience)
            return (null, "This hub takes no identity tokens: its operator has not said by which address it is known (--public-url).");
        if (assertion.Length is 0 or > MaxToken || assertion.AsSpan().Count('.') != 2)
            return (null, "This is no signed identity token.");
        try
        {
            // 1. Who says that he issued it, and with which key? Nothing else is believed yet.
            var unverified = new JsonWebToken(assertion);
            if (options.Publishers.Issuers.FirstOrDefault(i => string.Equals(i.Address, unverified.Issuer.TrimEnd('/'), StringComparison.Ordinal)) is not { } issuer)
                return (null, "This hub does not know the issuer of the identity token.");
            if (unverified.Alg is not (SecurityAlgorithms.RsaSha256 or SecurityAlgorithms.EcdsaSha256) || string.IsNullOrEmpty(unverified.Kid))
                return (null, "The identity token is not signed with RS256 or ES256.");
            if (await keys.FindAsync(issuer, unverified.Kid, cancellation).ConfigureAwait(false) is not { } key)
                return (null, "The issuer does not have the key of the identity token, or cannot be asked for it.");

            // 2. The signature, with that key and no other. Times are compared below, by this hub's clock.
            var result = await Handler.ValidateTokenAsync(assertion, new TokenValidationParameters
            {
                IssuerSigningKey = key,
                RequireSignedTokens = true,
                ValidAlgorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.EcdsaSha256],
                ValidateIssuerSigningKey = true,
                ValidateIssuer = false,
                ValidateAudience = false,
                ValidateLifetime = false,
                TryAllIssuerSigningKeys = false,
            }).ConfigureAwait(false);
            if (!result.IsValid)
                return (null, "The signature of the identity token is not the issuer's.");

            // 3. What it says.
            using var payload = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(unverified.EncodedPayload), new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            var claims = payload.RootElement;
            if (ClaimProblem(claims, issuer, audience) is { } wrong)
                return (null, wrong);
            var (identity, problem) = PipelineIdentity.Read(issuer, claims);
            if (identity is null)
                return (null, problem);
            return ((issuer, identity, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{issuer.Address}\n{claims.GetProperty("jti").GetString()}"))), TimeOf(claims, "exp")!.Value), null);
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException or JsonException or FormatException or InvalidOperationException)
        {
            return (null, "This is no signed identity token.");
        }
    }

    // RFC 7519 section 4.1; each claim must be there.
    private string? ClaimProblem(JsonElement claims, OidcIssuer issuer, string audience)
    {
        var now = clock.GetUtcNow();
        if (claims.ValueKind != JsonValueKind.Object || TextOf(claims, "iss")?.TrimEnd('/') != issuer.Address || TextOf(claims, "jti") is not { Length: > 0 and <= 200 } || TimeOf(claims, "exp") is not { } expires || TimeOf(claims, "iat") is not { } issued)
            return "The identity token lacks one of iss, jti, exp and iat.";
        // For this hub and for nobody else: one that several may take can be passed on.
        if (!claims.TryGetProperty("aud", out var aud) || (aud.ValueKind == JsonValueKind.Array && aud.GetArrayLength() == 1 ? aud[0] : aud) is not { ValueKind: JsonValueKind.String } to || !to.ValueEquals(audience))
            return $"The identity token is not for this hub. Ask for one with the audience {audience}.";
        if (now >= expires + Skew)
            return "The identity token is over. Ask for another one.";
        if (issued > now + Skew || (claims.TryGetProperty("nbf", out _) && !(TimeOf(claims, "nbf") <= now + Skew)))
            return "The identity token is not valid yet: look at the clocks of the code host and of this hub.";
        return now - issued > MaxAge ? "The identity token is too old. Ask for another one." : null;
    }

    private static string? TextOf(JsonElement claims, string name) => claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static DateTimeOffset? TimeOf(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var seconds) && seconds is > 0 and < 253_402_300_000 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    private async Task ShowOriginAsync(HubDb db, string ownerId, OidcIssuer issuer, PipelineIdentity identity, CancellationToken cancellation)
    {
        var subject = $"{new Uri(issuer.Site).Authority}/{identity.Repository} (repository {identity.RepositoryId})";
        // One that was revoked does not come back by a run.
        if (await db.PublisherProofs.AnyAsync(p => p.AccountId == ownerId && p.Kind == ProofKind.Oidc && p.Subject == subject, cancellation).ConfigureAwait(false))
            return;
        var owner = await db.Accounts.FirstAsync(a => a.Id == ownerId, cancellation).ConfigureAwait(false);
        await publishers.EstablishAsync(db, owner, ProofKind.Oidc, subject, "system", null, cancellation).ConfigureAwait(false);
    }

    private static JsonObject DetailOf(TrustedPublisher trust) => new()
    {
        ["trust"] = trust.Id,
        ["issuer"] = trust.Issuer,
        ["repository"] = trust.SourceRepository,
        ["repositoryId"] = trust.SourceRepositoryId,
        ["ownerId"] = trust.SourceOwnerId,
        ["workflow"] = trust.Workflow,
        ["ref"] = trust.SourceRef,
        ["environment"] = trust.Environment,
    };

    private static bool IsNumber(string text) => text.Length is > 0 and <= 20 && !text.AsSpan().ContainsAnyExceptInRange('0', '9');

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];
}
