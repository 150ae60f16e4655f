namespace Assay.Scanning;

/// <summary>What a file was written with by the code that is being understood.</summary>
/// <param name="From">Where its content comes from.</param>
/// <param name="Source">The address, where it comes from a network.</param>
/// <param name="Text">The content, where it is known.</param>
/// <param name="Decoders">Decoders that the content went through.</param>
internal sealed record WrittenFile(Origin From, string? Source, string? Text, IReadOnlyList<string> Decoders)
{
    /// <summary>Whether it was taken out of an archive: what is started may be one of many files.</summary>
    public bool Unpacked { get; init; }
}

/// <summary>
/// The files that the code of one artifact writes, across all languages in it: what one command stores, another may run. Names are
/// compared as Windows does, and without folders where the whole path is not found.
/// </summary>
internal sealed class FileLedger
{
    /// <summary>The name under which a script finds its own text.</summary>
    public const string Self = "%~f0";

    private const int MaxFiles = 4000;
    private const int MaxText = 1 << 20;

    private readonly Dictionary<string, WrittenFile> _files = new(StringComparer.Ordinal);

    private readonly HashSet<string> _done = new(StringComparer.Ordinal);

    /// <summary>Whether something is done for the first time: no file is understood twice.</summary>
    public bool First(string what) => _done.Count < MaxFiles && _done.Add(what);

    /// <summary>Remembers what a file is written with.</summary>
    public void Write(string path, WrittenFile file)
    {
        var key = Key(path);
        if (key.Length == 0 || _files.Count > MaxFiles || key is "nul" or "con" or "/dev/null")
            return;
        if (file.Text?.Length > MaxText)
            file = file with { Text = null };
        _files[key] = file;
        var name = key[(key.LastIndexOf('/') + 1)..];
        if (name.Length > 0)
            _files["/" + name] = file;
    }

    /// <summary>Remembers that an archive was unpacked to a folder.</summary>
    public void Unpack(string archive, string folder)
    {
        if (Find(archive) is { } packed && _files.Count < MaxFiles)
            _files[Key(folder).TrimEnd('/') + "/*"] = packed with { Text = null, Unpacked = true };
    }

    /// <summary>Remembers more of a file.</summary>
    public void Append(string path, WrittenFile more)
    {
        var known = Find(path);
        if (known is null)
            Write(path, more);
        else
            Write(path, new WrittenFile(known.From | more.From, known.Source ?? more.Source, known.Text is null || more.Text is null || known.Text.Length + more.Text.Length > MaxText ? null : known.Text + more.Text, known.Decoders.Count > 0 ? known.Decoders : more.Decoders));
    }

    /// <summary>What a file was written with; null where nothing wrote it.</summary>
    public WrittenFile? Find(string path)
    {
        if (_files.Count == 0)
            return null;
        var key = Key(path);
        if (key.Length == 0)
            return null;
        if (_files.TryGetValue(key, out var file))
            return file;
        var name = key[(key.LastIndexOf('/') + 1)..];
        if (name.Length == 0 || name.Contains('*', StringComparison.Ordinal))
            return null;
        for (var folder = key.LastIndexOf('/'); folder > 0; folder = key.LastIndexOf('/', folder - 1))
        {
            if (_files.TryGetValue(string.Concat(key.AsSpan(0, folder), "/*"), out file))
                return file;
        }

        if (_files.TryGetValue("/" + name, out file))
            return file;
        // Programs are started without their ending.
        return !name.Contains('.', StringComparison.Ordinal) && (_files.TryGetValue("/" + name + ".exe", out file) || _files.TryGetValue("/" + name + ".bat", out file) || _files.TryGetValue("/" + name + ".cmd", out file)) ? file : null;
    }

    /// <summary>A path in the form in which paths are compared.</summary>
    public static string Key(string path)
    {
        var key = path.Trim().Trim('"', '\'').Replace('\\', '/').ToLowerInvariant();
        while (key.Contains("//", StringComparison.Ordinal))
            key = key.Replace("//", "/", StringComparison.Ordinal);
        foreach (var here in (ReadOnlySpan<string>)["file:/", "%~dp0/", "%~dp0", "%cd%/", "./", "$psscriptroot/", "./"])
        {
            if (key.StartsWith(here, StringComparison.Ordinal))
                key = key[here.Length..];
        }

        return key.Replace("$env:temp", "%temp%", StringComparison.Ordinal).Replace("%tmp%", "%temp%", StringComparison.Ordinal);
    }
}
