namespace Assay.Scanning;

/// <summary>One file of a repository as the story sees it: an artifact, or a text inside of an archive.</summary>
internal sealed class RepositoryFile(int artifact, string path, FileTraits? traits, CodeLanguage language)
{
    /// <summary>Index of the artifact's report.</summary>
    public int Artifact => artifact;

    /// <summary>Path in the repository; inside of an archive <c>archive!member</c>.</summary>
    public string Path => path;

    /// <summary>What it tells and runs; null where it tells nothing.</summary>
    public FileTraits? Traits => traits;

    /// <summary>What it is written in.</summary>
    public CodeLanguage Language => language;

    /// <summary>File name without folders.</summary>
    public string Name => path[(path.LastIndexOfAny(['/', '!']) + 1)..];

    /// <summary>Its findings, the most important first.</summary>
    public List<Finding> Findings { get; } = [];

    /// <summary>The verdict of its findings alone.</summary>
    public Verdict Verdict => VerdictRules.Of(Findings, []);

    /// <summary>Files that it makes run, with the place.</summary>
    public List<RepositoryLink> Links { get; } = [];

    /// <summary>The files that <see cref="Links"/> lead to.</summary>
    public HashSet<RepositoryFile> Reaches { get; } = [];

    /// <summary>Whether something makes it run.</summary>
    public bool IsReached { get; set; }
}

/// <summary>One file makes another one run.</summary>
/// <param name="From">The one.</param>
/// <param name="To">The other.</param>
/// <param name="Line">Where it says so.</param>
/// <param name="Text">What it does, in words that follow its name.</param>
/// <param name="ByReader">Whether a person has to follow a text for it.</param>
internal sealed record RepositoryLink(RepositoryFile From, RepositoryFile To, int Line, string Text, bool ByReader);

/// <summary>The files of one repository, and which of them makes which other run.</summary>
internal sealed class RepositoryMap
{
    /// <summary>Hostile weights that one loading line is linked with; more of them would tell the same.</summary>
    private const int MaxWeights = 16;

    private readonly Dictionary<string, RepositoryFile> _byPath = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, List<RepositoryFile>> _byName = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Lays out the files of one repository.</summary>
    /// <param name="artifacts">All reports of a scan.</param>
    /// <param name="members">Indices of those that belong to this repository, in the order of their paths.</param>
    /// <param name="prefix">What their paths have in front of the repository's own (<c>models--o--n/snapshots/revision/</c>).</param>
    public RepositoryMap(IReadOnlyList<ArtifactReport> artifacts, IReadOnlyList<int> members, string prefix)
    {
        foreach (var index in members)
        {
            var report = artifacts[index];
            var path = report.Path[prefix.Length..];
            FileTraits? own = null;
            var inner = new Dictionary<string, RepositoryFile>(StringComparer.Ordinal);
            foreach (var traits in report.Traits)
            {
                if (traits.Member is null)
                    own = traits;
                else
                    inner.TryAdd(traits.Member, Add(new RepositoryFile(index, path + "!" + traits.Member, traits, traits.Language)));
            }

            var file = Add(new RepositoryFile(index, path, own, own?.Language ?? CodeLanguage.None));
            foreach (var finding in report.Findings)
            {
                // What a member of a checkpoint does, the checkpoint does; a text in an archive is a file of its own.
                if (finding.Location.Member is { } member && inner.TryGetValue(member, out var part))
                    part.Findings.Add(finding);
                else
                    file.Findings.Add(finding);
            }
        }

        var weights = Files.FindAll(IsHostileOnLoad);
        foreach (var file in Files)
            Link(file, weights);
    }

    /// <summary>The files, in the order of their paths.</summary>
    public List<RepositoryFile> Files { get; } = [];

    private RepositoryFile Add(RepositoryFile file)
    {
        Files.Add(file);
        _byPath.TryAdd(file.Path, file);
        if (!_byName.TryGetValue(file.Name, out var same))
            _byName.Add(file.Name, same = []);
        same.Add(file);
        return file;
    }

    private void Link(RepositoryFile file, List<RepositoryFile> hostileOnLoad)
    {
        if (file.Traits is not { } traits)
            return;
        foreach (var instruction in traits.Instructions)
        {
            foreach (var name in instruction.Files)
                Connect(file, name, instruction.Line, $"{(instruction.Kind == InstructionKind.Install ? "asks the reader to install" : "asks the reader to run")} {name}", byReader: true);
            if (instruction.Kind == InstructionKind.Install && instruction.Files.Count == 0)
                Connect(file, "setup.py", instruction.Line, "asks the reader to install the package, which runs setup.py", byReader: true);
        }

        var isText = file.Language is CodeLanguage.Prose or CodeLanguage.Html;
        foreach (var link in traits.Links)
        {
            if (link.File != FileLink.AnyWeights)
            {
                Connect(file, link.File, link.Line, isText && !link.Text.Contains("reader", StringComparison.Ordinal) && !link.Text.StartsWith("imports", StringComparison.Ordinal) ? $"asks the reader to run {link.File}" : link.Text, isText);
                continue;
            }

            for (var i = 0; i < hostileOnLoad.Count && i < MaxWeights; i++)
            {
                if (!ReferenceEquals(hostileOnLoad[i], file))
                    Join(new RepositoryLink(file, hostileOnLoad[i], link.Line, $"{link.Text}, which opens {hostileOnLoad[i].Name}", isText));
            }
        }
    }

    /// <summary>A checkpoint that acts when the model is loaded, or code that loaders import.</summary>
    private static bool IsHostileOnLoad(RepositoryFile file)
    {
        if (file.Language is not (CodeLanguage.None or CodeLanguage.Python))
            return false;
        foreach (var finding in file.Findings)
        {
            if (finding.Effect == Effect.Load && VerdictRules.Weight(finding) >= Verdict.Suspicious)
                return true;
        }

        return false;
    }

    private void Connect(RepositoryFile from, string name, int line, string text, bool byReader)
    {
        if (Resolve(from, name) is { } to && !ReferenceEquals(to, from))
            Join(new RepositoryLink(from, to, line, text, byReader));
    }

    private static void Join(RepositoryLink link)
    {
        if (!link.From.Reaches.Add(link.To))
            return;
        link.From.Links.Add(link);
        link.To.IsReached = true;
    }

    /// <summary>The file that a reference means: beside the one that names it, at the root, below a cloned folder's name, or the only one of that name.</summary>
    private RepositoryFile? Resolve(RepositoryFile from, string reference)
    {
        var name = Normalise(reference);
        if (name.Length == 0)
            return null;
        var container = from.Path[..(from.Path.LastIndexOf('!') + 1)];
        var folder = from.Path[container.Length..];
        folder = folder[..(folder.LastIndexOf('/') + 1)];
        if (Find(container + Collapse(folder + name)) is { } beside)
            return beside;
        for (var rest = Collapse(name); ;)
        {
            if (Find(container + rest) is { } found)
                return found;
            var slash = rest.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0)
                break;
            rest = rest[(slash + 1)..];
        }

        return _byName.TryGetValue(name[(name.LastIndexOf('/') + 1)..], out var same) && same.Count == 1 ? same[0] : null;
    }

    // A folder stands for what Python runs in it.
    private RepositoryFile? Find(string path) =>
        _byPath.TryGetValue(path, out var file) || _byPath.TryGetValue(path + "/__main__.py", out file) || _byPath.TryGetValue(path + "/__init__.py", out file) ? file : null;

    private static string Normalise(string reference)
    {
        var name = reference.Trim().Trim('"', '\'', '`').Replace('\\', '/');
        while (name.StartsWith("./", StringComparison.Ordinal))
            name = name[2..];
        return name.TrimStart('/').TrimEnd('/');
    }

    private static string Collapse(string path)
    {
        if (!path.Contains("..", StringComparison.Ordinal) && !path.Contains("/./", StringComparison.Ordinal))
            return path;
        var parts = new List<string>();
        foreach (var part in path.Split('/'))
        {
            if (part == ".." && parts.Count > 0)
                parts.RemoveAt(parts.Count - 1);
            else if (part is not ("" or "." or ".."))
                parts.Add(part);
        }

        return string.Join('/', parts);
    }
}
