using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Assay.Hub.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Web;

/// <summary>What a signed address allows.</summary>
/// <param name="Purpose"><c>put</c>, <c>get</c>, <c>verify</c>, <c>xet</c>.</param>
/// <param name="RepositoryId">The repository.</param>
/// <param name="UserId">Who may use it; empty for anybody.</param>
/// <param name="Subject">What it is about: a digest, a revision.</param>
/// <param name="Size">Length in bytes, where that is part of it.</param>
/// <param name="Expires">When it ends.</param>
internal sealed record Grant(string Purpose, string RepositoryId, string UserId, string Subject, long Size, DateTimeOffset Expires);

/// <summary>Makes and checks addresses that are their own credential: clients send none to them (<c>hub-protocol</c> section 9.2).</summary>
internal sealed class UrlSigner(IDbContextFactory<HubDb> databases, TimeProvider clock)
{
    private const string KeyName = "signing.key";
    private const int MaxToken = 1000;

    private byte[]? _key;

    /// <summary>A token for a grant; only letters, digits, <c>-</c>, <c>_</c> and <c>.</c>.</summary>
    public string Sign(Grant grant)
    {
        var payload = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{grant.Purpose}\n{grant.RepositoryId}\n{grant.UserId}\n{grant.Subject}\n{grant.Size}\n{grant.Expires.ToUnixTimeSeconds()}"));
        return Base64Url.EncodeToString(payload) + "." + Base64Url.EncodeToString(HMACSHA256.HashData(Key(), payload));
    }

    /// <summary>The grant of a token; null when it is forged, changed or over.</summary>
    /// <param name="token">The token.</param>
    /// <param name="purpose">What it must be for.</param>
    public Grant? Check(string token, string purpose)
    {
        var dot = token.IndexOf('.', StringComparison.Ordinal);
        if (token.Length > MaxToken || dot <= 0)
            return null;
        byte[] payload, mac;
        try
        {
            (payload, mac) = (Base64Url.DecodeFromChars(token.AsSpan(0, dot)), Base64Url.DecodeFromChars(token.AsSpan(dot + 1)));
        }
        catch (FormatException)
        {
            return null;
        }

        if (!CryptographicOperations.FixedTimeEquals(mac, HMACSHA256.HashData(Key(), payload)))
            return null;
        var parts = Encoding.UTF8.GetString(payload).Split('\n');
        var grant = new Grant(parts[0], parts[1], parts[2], parts[3], long.Parse(parts[4], CultureInfo.InvariantCulture), DateTimeOffset.FromUnixTimeSeconds(long.Parse(parts[5], CultureInfo.InvariantCulture)));
        return grant.Purpose == purpose && grant.Expires > clock.GetUtcNow() ? grant : null;
    }

    private byte[] Key()
    {
        if (_key is { } known)
            return known;
        using var db = databases.CreateDbContext();
        var setting = db.Settings.FirstOrDefault(static s => s.Name == KeyName);
        if (setting is null)
        {
            db.Settings.Add(setting = new Setting { Name = KeyName, Value = Convert.ToHexString(RandomNumberGenerator.GetBytes(32)) });
            try
            {
                db.SaveChanges();
            }
            catch (DbUpdateException e) when (db.IsDuplicate(e))
            {
                db.ChangeTracker.Clear();
                setting = db.Settings.First(static s => s.Name == KeyName);
            }
        }

        return _key = Convert.FromHexString(setting.Value);
    }
}
