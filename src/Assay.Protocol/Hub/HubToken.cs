namespace Assay.Protocol;

/// <summary>Finds the token that the Hugging Face clients on this machine use (source: <c>huggingface_hub/constants.py</c>, <c>utils/_auth.py</c>).</summary>
public static class HubToken
{
    private const int MaxLength = 1024;

    /// <summary>The token: of <c>HF_TOKEN</c>, else of the file that <c>HF_TOKEN_PATH</c> names, else of the usual one; null where there is none.</summary>
    /// <param name="variable">Environment variables.</param>
    public static string? Find(Func<string, string?> variable)
    {
        foreach (var name in (string[])["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"])
        {
            if (Clean(variable(name)) is { } given)
                return given;
        }

        if (variable("HF_HUB_DISABLE_IMPLICIT_TOKEN") is { } off && off.ToUpperInvariant() is "1" or "TRUE" or "YES" or "ON")
            return null;
        return FileOf(variable) is { } file ? Read(file) : null;
    }

    private static string? FileOf(Func<string, string?> variable)
    {
        if (variable("HF_TOKEN_PATH") is { Length: > 0 } path)
            return path;
        if (variable("HF_HOME") is { Length: > 0 } home)
            return Path.Combine(home, "token");
        if (variable("XDG_CACHE_HOME") is { Length: > 0 } cache)
            return Path.Combine(cache, "huggingface", "token");
        return (variable("HOME") ?? variable("USERPROFILE")) is { Length: > 0 } user ? Path.Combine(user, ".cache", "huggingface", "token") : null;
    }

    private static string? Read(string path)
    {
        try
        {
            using var file = new StreamReader(path);
            var text = new char[MaxLength + 1];
            var length = file.ReadBlock(text);
            return length > MaxLength ? null : Clean(new string(text, 0, length));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // Not signed in, as far as this program can see.
            return null;
        }
    }

    /// <summary>A token without what editors and shells put around it; null for what no header can hold.</summary>
    private static string? Clean(string? text)
    {
        var token = text?.Trim();
        return token is { Length: > 0 and <= MaxLength } && !token.AsSpan().ContainsAnyExceptInRange('!', '~') ? token : null;
    }
}
