using System.Net;

namespace Assay.Hub.Publishers;

/// <summary>Settings of how publishers prove who they are.</summary>
public sealed record PublisherOptions
{
    /// <summary>DNS resolvers that must agree; by default three of different operators, so that no single one can be lied to.</summary>
    public IReadOnlyList<IPEndPoint> Resolvers { get; init; } = [.. ((string[])["1.1.1.1", "8.8.8.8", "9.9.9.9"]).Select(static a => new IPEndPoint(IPAddress.Parse(a), 53))];

    /// <summary>Whether a proof may be read from a private address: for hubs whose publishers are on the same private network.</summary>
    public bool AllowPrivateAddresses { get; init; }

    /// <summary>How often the loop looks for proofs that are due.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Reads resolvers: addresses with or without a port, separated by commas.</summary>
    /// <exception cref="FormatException">One is no address.</exception>
    public static IReadOnlyList<IPEndPoint> ReadResolvers(string text)
    {
        var resolvers = new List<IPEndPoint>();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!IPEndPoint.TryParse(part, out var server))
                throw new FormatException($"\"{part}\" is no address of a DNS resolver. Give addresses separated by commas: 192.0.2.1, 192.0.2.2:5353");
            resolvers.Add(server.Port == 0 ? new IPEndPoint(server.Address, 53) : server);
        }

        return resolvers.Count > 0 ? resolvers : throw new FormatException("Give at least one DNS resolver.");
    }
}
