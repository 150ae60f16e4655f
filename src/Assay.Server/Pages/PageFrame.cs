using System.Globalization;
using System.Security.Cryptography;
using Assay.Hub.Access;
using Assay.Protocol;

namespace Assay.Server.Pages;

/// <summary>What every page needs to know of the request.</summary>
/// <param name="Who">Who looks.</param>
/// <param name="BaseUrl">Scheme and host of this hub as its clients know it.</param>
/// <param name="Path">Path and query of the page, to come back to it.</param>
/// <param name="ForgeryField">Name of the field that each form carries against forged requests.</param>
/// <param name="ForgeryToken">Its value.</param>
public sealed record PageFrame(Principal Who, string BaseUrl, string Path, string ForgeryField, string ForgeryToken)
{
    /// <summary>Whether the reader decides on what is held back.</summary>
    public bool IsReviewer => AccessRules.Allows(Who, HubAction.Review, null);
}

/// <summary>Writes values the way people read them.</summary>
public static class PageText
{
    /// <summary>A size in the units that people use.</summary>
    public static string Size(long bytes)
    {
        string[] units = ["bytes", "KB", "MB", "GB", "TB", "PB"];
        var (value, unit) = ((double)bytes, 0);
        while (value >= 1000 && unit < units.Length - 1)
            (value, unit) = (value / 1000, unit + 1);
        return unit == 0 ? $"{bytes} {(bytes == 1 ? "byte" : "bytes")}" : value.ToString(value < 10 ? "0.0" : "0", CultureInfo.InvariantCulture) + " " + units[unit];
    }

    /// <summary>A time for <c>datetime</c>.</summary>
    public static string Machine(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A time for people, in UTC.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("d MMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>A day for people, in UTC.</summary>
    public static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("d MMM yyyy", CultureInfo.InvariantCulture);

    /// <summary>A count with its noun.</summary>
    public static string Count(long count, string one, string many) => count == 1 ? $"1 {one}" : count.ToString("N0", CultureInfo.InvariantCulture) + " " + many;

    /// <summary>A path for an address.</summary>
    public static string Url(string path) => RawTarget.EncodePath(path);

    /// <summary>A revision's name for an address: its slashes are encoded, since a path follows.</summary>
    public static string UrlOfRevision(string name) => Uri.EscapeDataString(name);

    /// <summary>The word for a kind of repository.</summary>
    public static string Noun(RepoKind kind) => kind.Singular();

    /// <summary>The hue of a name's picture, 0 to 359.</summary>
    internal static byte[] Digest(string name) => SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(RepoId.KeyOf(name)));
}
