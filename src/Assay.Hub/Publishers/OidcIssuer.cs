namespace Assay.Hub.Publishers;

/// <summary>How an issuer names things in its tokens.</summary>
public enum OidcProfile
{
    /// <summary>GitHub Actions.</summary>
    GitHub,

    /// <summary>GitLab CI.</summary>
    GitLab,
}

/// <summary>An issuer of identity tokens that this hub trusts to tell pipelines apart.</summary>
/// <param name="Address">Its address, as its tokens name it.</param>
/// <param name="Profile">How it names things.</param>
/// <param name="Site">Address of the code host, where people look at runs.</param>
public sealed record OidcIssuer(string Address, OidcProfile Profile, string Site)
{
    /// <summary>GitHub Actions at github.com.</summary>
    public static OidcIssuer GitHub { get; } = new("https://token.actions.githubusercontent.com", OidcProfile.GitHub, "https://github.com");

    /// <summary>GitLab CI at gitlab.com.</summary>
    public static OidcIssuer GitLab { get; } = new("https://gitlab.com", OidcProfile.GitLab, "https://gitlab.com");

    /// <summary>Reads issuers, separated by commas: <c>github</c>, <c>gitlab</c>, <c>gitlab=https://git.example.org</c>, <c>github=https://ghe.example.org/_services/token</c>.</summary>
    /// <exception cref="FormatException">One cannot be read.</exception>
    public static IReadOnlyList<OidcIssuer> ReadList(string text)
    {
        var issuers = new List<OidcIssuer>();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var (name, address) = equals < 0 ? (part, null) : (part[..equals], part[(equals + 1)..].TrimEnd('/'));
            issuers.Add((name, address) switch
            {
                ("github", null) => GitHub,
                ("gitlab", null) => GitLab,
                ("github" or "gitlab", not null) when Uri.TryCreate(address, UriKind.Absolute, out var uri) && IsSafe(uri) =>
                    new OidcIssuer(address, name == "github" ? OidcProfile.GitHub : OidcProfile.GitLab, uri.GetLeftPart(UriPartial.Authority)),
                _ => throw new FormatException($"\"{part}\" is no issuer. Give github, gitlab, or one of them with the address of your own: gitlab=https://git.example.org"),
            });
        }

        return issuers;
    }

    /// <summary>Whether keys may be read from an address: over HTTPS, or from this very machine.</summary>
    internal static bool IsSafe(Uri address) => address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && System.Net.IPAddress.TryParse(address.Host, out var ip) && System.Net.IPAddress.IsLoopback(ip));
}
