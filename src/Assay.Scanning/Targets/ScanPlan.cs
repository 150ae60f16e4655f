using Assay.Formats;

namespace Assay.Scanning;

/// <summary>One artifact to scan.</summary>
/// <param name="Target">Index of its target.</param>
/// <param name="TargetName">The target as given.</param>
/// <param name="Path">Path relative to the target.</param>
/// <param name="ShownPath">The path that an error names: with the target in front, so that it can be found.</param>
/// <param name="FullPath">Where the file is; null for a stream.</param>
/// <param name="Input">The stream; null for a file.</param>
/// <param name="Length">Length in bytes; 0 when not known yet.</param>
/// <param name="Siblings">Python modules beside it.</param>
internal sealed record ScanJob(
    int Target, string TargetName, string Path, string ShownPath, string? FullPath, Stream? Input, long Length, SiblingModules Siblings)
{
    /// <summary>Opens the bytes.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading is not permitted.</exception>
    public ByteSource Open(CancellationToken cancellation)
    {
        if (FullPath is not null)
            return FileByteSource.Open(FullPath);
        using var spool = new Spool();
        var buffer = new byte[128 << 10];
        int read;
        while ((read = Input!.Read(buffer)) > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            spool.Write(buffer.AsSpan(0, read));
        }

        return spool.ToSource();
    }
}

/// <summary>What the targets of a scan come to: the artifacts in their order, and what cannot be scanned.</summary>
internal sealed class ScanPlan
{
    private readonly ScanOptions _options;
    private readonly PathGlob[] _exclude;
    private readonly List<ScanJob> _jobs = [];
    private readonly List<ScanNote> _notes = [];

    private ScanPlan(int targets, ScanOptions options)
    {
        _options = options;
        _exclude = new PathGlob[_options.Exclude.Count];
        for (var i = 0; i < _exclude.Length; i++)
            _exclude[i] = PathGlob.ForExclusion(_options.Exclude[i]);
        Errors = new List<ScanError>[targets];
        for (var i = 0; i < targets; i++)
            Errors[i] = [];
    }

    /// <summary>The artifacts, in the order of targets and paths.</summary>
    public IReadOnlyList<ScanJob> Jobs => _jobs;

    /// <summary>Per target, what could not be read.</summary>
    public List<ScanError>[] Errors { get; }

    /// <summary>Remarks.</summary>
    public IReadOnlyList<ScanNote> Notes => _notes;

    /// <summary>Looks at every target. Lists folders, opens no file.</summary>
    public static ScanPlan Of(IReadOnlyList<ScanTarget> targets, ScanOptions options, CancellationToken cancellation)
    {
        var plan = new ScanPlan(targets.Count, options);
        for (var i = 0; i < targets.Count; i++)
        {
            var target = targets[i];
            switch (target.Kind)
            {
                case TargetKind.Stdin:
                    plan._jobs.Add(new ScanJob(i, target.Argument, "-", "-", null, target.Input, 0, new SiblingModules(static () => [])));
                    break;
                case TargetKind.Folder or TargetKind.Cache:
                    plan.AddFolder(i, target, cancellation);
                    break;
                default:
                    plan.AddFile(i, target);
                    break;
            }
        }

        return plan;
    }

    private void AddFolder(int index, ScanTarget target, CancellationToken cancellation)
    {
        var real = RealPath.Of(target.Argument, out _);
        if (real is null || !Directory.Exists(real))
        {
            Errors[index].Add(new ScanError(target.Argument, target.Kind == TargetKind.Cache
                ? "There is no Hugging Face cache here. Set HF_HOME or HF_HUB_CACHE to where it is, or give its folder as a path."
                : "There is no such folder. Check the path."));
            return;
        }

        var walk = FolderWalk.Of(real, target.Kind == TargetKind.Cache, _exclude, cancellation);
        foreach (var file in walk.Files)
            _jobs.Add(new ScanJob(index, target.Argument, file.Path, Shown(target, file.Path), file.FullPath, null, file.Length, file.Siblings));
        foreach (var error in walk.Errors)
            Errors[index].Add(error with { Path = Shown(target, error.Path) });
    }

    private void AddFile(int index, ScanTarget target)
    {
        var path = target.Argument;
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
        if (name.Length == 0)
            name = path;
        if (IsLeftOut(path, name))
        {
            _notes.Add(new ScanNote(path, "This file was left out, since a pattern of --exclude or of the configuration matches it."));
            return;
        }

        var real = path;
        var info = new FileInfo(path);
        if (info.LinkTarget is not null)
        {
            real = RealPath.Of(path, out var loops);
            if (real is null)
            {
                Errors[index].Add(new ScanError(path, loops
                    ? "This symbolic link leads in a circle. Give the file itself."
                    : "This symbolic link leads to nothing that can be reached. Give the file itself."));
                return;
            }

            info = new FileInfo(real);
        }

        if (!info.Exists)
        {
            Errors[index].Add(new ScanError(path, "There is no such file or folder. Check the path."));
            return;
        }

        try
        {
            if (SpecialFiles.Describe(real) is { } special)
            {
                Errors[index].Add(new ScanError(path, $"This is {special}, which is not opened by name. To scan what comes out of it, pass it in: assay scan - < {path}"));
                return;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Opening it will say what is wrong.
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? ".";
        _jobs.Add(new ScanJob(index, path, name, path, real, null, info.Length, SiblingModules.OfFolder(folder)));
    }

    private bool IsLeftOut(string path, string name)
    {
        if (_exclude.Length == 0)
            return false;
        var relative = path.Replace(Path.DirectorySeparatorChar, '/');
        return Array.Exists(_exclude, g => g.Matches(name) || g.Matches(relative.TrimStart('/')));
    }

    private static string Shown(ScanTarget target, string path)
    {
        if (Path.IsPathRooted(path))
            return target.Argument;
        var folder = Path.TrimEndingDirectorySeparator(target.Argument).Replace(Path.DirectorySeparatorChar, '/');
        return folder is "." ? path : folder.EndsWith('/') ? folder + path : folder + "/" + path;
    }
}
