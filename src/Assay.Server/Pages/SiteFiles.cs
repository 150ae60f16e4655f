using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Assay.Protocol;
using Assay.Server.Web;

namespace Assay.Server.Pages;

/// <summary>The stylesheet, the script and the pictures of accounts; all from this server.</summary>
public static class SiteFiles
{
    private static readonly FrozenDictionary<string, (byte[] Content, string Type, string Digest)> Files = new[] { ("assay.css", "text/css; charset=utf-8"), ("assay.js", "text/javascript; charset=utf-8"), ("icon.svg", "image/svg+xml") }
        .ToFrozenDictionary(static f => f.Item1, static f => Load(f.Item1, f.Item2), StringComparer.Ordinal);

    /// <summary>The address of a file; it changes with its content, so that it can be kept for ever.</summary>
    public static string UrlOf(string name) => $"/assets/{name}?v={Files[name].Digest[..12]}";

    /// <summary><c>/assets/{name}</c></summary>
    internal static Task<IResult> AssetAsync(HubCall call)
    {
        if (!Files.TryGetValue(call.Rest[1], out var file))
            return Task.FromResult(PageSite.Error(call, 404, "There is nothing at this address."));
        call.Http.Response.Headers.CacheControl = call.Query("v") is { } version && file.Digest.StartsWith(version, StringComparison.Ordinal) ? "public, max-age=31536000, immutable" : "no-cache";
        return Task.FromResult(Results.Bytes(file.Content, file.Type, entityTag: new Microsoft.Net.Http.Headers.EntityTagHeaderValue($"\"{file.Digest}\"")));
    }

    /// <summary><c>/avatars/{name}.svg</c>: a picture made from the name, so that accounts can be told apart.</summary>
    internal static Task<IResult> AvatarAsync(HubCall call)
    {
        var name = call.Rest[1];
        if (!name.EndsWith(".svg", StringComparison.Ordinal) || !RepoId.IsWellFormed(name[..^4]))
            return Task.FromResult(PageSite.Error(call, 404, "There is nothing at this address."));
        call.Http.Response.Headers.CacheControl = "public, max-age=86400";
        call.Http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        return Task.FromResult(Results.Text(Avatar(name[..^4]), "image/svg+xml", Encoding.UTF8));
    }

    private static string Avatar(string name)
    {
        var digest = PageText.Digest(name);
        var hue = (digest[0] << 8 | digest[1]) % 360;
        var svg = new StringBuilder(512);
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 7 7\" width=\"64\" height=\"64\"><path fill=\"hsl({hue} 45% 92%)\" d=\"M0 0h7v7H0z\"/><path fill=\"hsl({hue} 55% 38%)\" d=\"");
        for (var i = 0; i < 15; i++)
        {
            if ((digest[2 + i] & 1) == 0)
                continue;
            var (x, y) = (i % 3, i / 3);
            svg.Append(CultureInfo.InvariantCulture, $"M{x + 1} {y + 1}h1v1h-1z");
            if (x < 2)
                svg.Append(CultureInfo.InvariantCulture, $"M{5 - x} {y + 1}h1v1h-1z");
        }

        return svg.Append("\"/></svg>").ToString();
    }

    private static (byte[] Content, string Type, string Digest) Load(string name, string type)
    {
        using var stream = typeof(SiteFiles).Assembly.GetManifestResourceStream("assets/" + name) ?? throw new InvalidOperationException($"The file {name} was not built in.");
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        var content = memory.ToArray();
        return (content, type, Convert.ToHexStringLower(SHA256.HashData(content)));
    }
}
