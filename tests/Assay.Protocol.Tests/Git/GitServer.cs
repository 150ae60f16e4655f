using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Assay.Protocol.Git;
using Assay.Testing;

namespace Assay.Protocol.Tests.Git;

/// <summary>A repository that the real git makes and fills; objects stay loose, so that they can be read here.</summary>
internal sealed class GitRepository : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private int _commits;

    public GitRepository(bool clone = false)
    {
        if (!clone)
            Git("init", "-q", "-b", "main", ".");
    }

    public string Path => _folder.Path;

    public string Git(params string[] arguments)
    {
        var outcome = TryGit(arguments);
        Assert.True(outcome.ExitCode == 0, $"git {string.Join(' ', arguments)}: {outcome.Error}");
        return outcome.Output.Trim();
    }

    public OtherProgram.Outcome TryGit(params string[] arguments) =>
        OtherProgram.Run("git", ["-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "advice.detachedHead=false", .. arguments], Path, variables: Variables(_commits));

    public string Commit(string message, params (string Path, string Content)[] files)
    {
        _commits++;
        foreach (var (path, content) in files)
            _folder.Write(path, content);
        Git("add", "-A");
        Git("commit", "-q", "--allow-empty", "-m", message);
        return Id("HEAD");
    }

    /// <summary>Makes commits of the text that <c>git fast-import</c> reads.</summary>
    public void Import(string text)
    {
        var outcome = OtherProgram.Run("git", ["-c", "fastimport.unpackLimit=1000000", "fast-import", "--quiet"], Path, Encoding.ASCII.GetBytes(text), Variables(0));
        Assert.True(outcome.ExitCode == 0, outcome.Error);
    }

    public void Write(string path, byte[] content) => _folder.Write(path, content);

    public string Read(string path) => File.ReadAllText(_folder[path]);

    public bool Exists(string path) => File.Exists(_folder[path]);

    public string Id(string revision) => Git("rev-parse", "--verify", revision);

    /// <summary>Whether the repository itself holds an object, without asking the one it was cloned from.</summary>
    public bool Has(string id) => OtherProgram.Run("git", ["cat-file", "-e", id], Path, variables: [.. Variables(0), ("GIT_NO_LAZY_FETCH", "1"), ("GIT_ALLOW_PROTOCOL", "none")]).ExitCode == 0;

    public void Dispose()
    {
        // git makes its objects read-only, which Windows will not delete.
        foreach (var file in Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories))
            File.SetAttributes(file, FileAttributes.Normal);
        _folder.Dispose();
    }

    // Commits are an hour apart, whatever the clock says.
    private static (string, string?)[] Variables(int commits)
    {
        var date = string.Create(CultureInfo.InvariantCulture, $"{1_700_000_000 + (commits * 3600)} +0000");
        return
        [
            ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", OperatingSystem.IsWindows() ? "NUL" : "/dev/null"), ("GIT_TERMINAL_PROMPT", "0"), ("LC_ALL", "C"),
            ("NO_PROXY", "*"), ("no_proxy", "*"),
            ("GIT_AUTHOR_NAME", "Ada"), ("GIT_AUTHOR_EMAIL", "ada@x.invalid"), ("GIT_AUTHOR_DATE", date),
            ("GIT_COMMITTER_NAME", "Ada"), ("GIT_COMMITTER_EMAIL", "ada@x.invalid"), ("GIT_COMMITTER_DATE", date),
        ];
    }
}

/// <summary>A view of such a repository. It answers for every object that the repository has, so that what is kept
/// from a client is kept by the code under test.</summary>
internal sealed class RepositoryView : GitView
{
    private readonly Dictionary<GitId, (GitObjectType Type, byte[] Content)> _objects = [];
    private readonly GitRefs _refs;

    public RepositoryView(GitRepository repository, string[]? boundary = null, Func<string, bool>? shown = null)
    {
        foreach (var file in Directory.EnumerateFiles(System.IO.Path.Combine(repository.Path, ".git", "objects"), "*", SearchOption.AllDirectories))
        {
            var id = System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(file)) + System.IO.Path.GetFileName(file);
            if (GitId.TryParse(id, out var parsed))
                _objects.Add(parsed, ReadLoose(file));
        }

        var refs = new List<GitRef>();
        foreach (var line in repository.Git("for-each-ref", "--format=%(refname) %(objectname) %(*objectname)").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Trim().Split(' ') is [var name, var id, .. var rest] && shown?.Invoke(name) != false)
                refs.Add(new GitRef(name, GitId.Parse(id), rest is [var _] ? Peel(GitId.Parse(id)) : null));
        }

        _refs = new GitRefs(refs, repository.Git("symbolic-ref", "HEAD"), (boundary ?? []).Select(GitId.Parse).ToHashSet());
    }

    public void Remove(string id) => Assert.True(_objects.Remove(GitId.Parse(id)));

    public override ValueTask<GitRefs> ReadRefsAsync(CancellationToken cancellation) => new(_refs);

    public override ValueTask<GitObject?> ReadAsync(GitId id, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return new(_objects.TryGetValue(id, out var found) && found.Type != GitObjectType.Blob ? new GitObject(found.Type, found.Content) : null);
    }

    public override ValueTask<long?> FindBlobLengthAsync(GitId id, CancellationToken cancellation) =>
        new(_objects.TryGetValue(id, out var found) && found.Type == GitObjectType.Blob ? found.Content.Length : null);

    public override ValueTask<GitBlob?> OpenBlobAsync(GitId id, CancellationToken cancellation) =>
        new(_objects.TryGetValue(id, out var found) && found.Type == GitObjectType.Blob ? new GitBlob(found.Content.Length, new MemoryStream(found.Content)) : null);

    private GitId Peel(GitId id)
    {
        while (_objects[id] is { Type: GitObjectType.Tag, Content: var content })
            id = GitId.Parse(Encoding.ASCII.GetString(content, "object ".Length, GitId.TextLength));
        return id;
    }

    private static (GitObjectType, byte[]) ReadLoose(string file)
    {
        using var inflate = new ZLibStream(File.OpenRead(file), CompressionMode.Decompress);
        using var memory = new MemoryStream();
        inflate.CopyTo(memory);
        var bytes = memory.ToArray();
        var type = Enum.GetValues<GitObjectType>().Single(t => bytes.AsSpan().StartsWith(Encoding.ASCII.GetBytes(GitObjects.Word(t) + " ")));
        return (type, bytes[(bytes.AsSpan().IndexOf((byte)0) + 1)..]);
    }
}

/// <summary>Serves a view over HTTP, as a hub would.</summary>
internal sealed class GitServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly UploadPack _pack = new(new UploadPackLimits());
    private readonly Task _loop;

    public GitServer(GitView view)
    {
        View = view;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Url = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/";
        }

        _listener.Prefixes.Add(Url);
        _listener.Start();
        _loop = LoopAsync();
    }

    public string Url { get; }

    /// <summary>What is served from now on.</summary>
    public GitView View { get; set; }

    /// <summary>What became of each POST.</summary>
    public ConcurrentQueue<UploadPackResult> Results { get; } = [];

    /// <summary>The versions that were spoken.</summary>
    public ConcurrentQueue<int> Versions { get; } = [];

    /// <summary>Objects sent since this was asked last.</summary>
    public long TakeObjects()
    {
        long objects = 0;
        while (Results.TryDequeue(out var result))
            objects += result.Objects ?? 0;
        return objects;
    }

    public void Dispose()
    {
        _listener.Close();
        _loop.Wait(TimeSpan.FromSeconds(10));
    }

    private async Task LoopAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            await AnswerAsync(context);
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var version = UploadPack.VersionOf(context.Request.Headers["Git-Protocol"]);
        Versions.Enqueue(version);
        var response = context.Response;
        try
        {
            response.SendChunked = true;
            response.Headers["Cache-Control"] = "no-cache";
            if (context.Request.HttpMethod == "GET")
            {
                Assert.Equal("/info/refs?service=git-upload-pack", context.Request.RawUrl);
                response.ContentType = "application/x-git-upload-pack-advertisement";
                await UploadPack.WriteAdvertisementAsync(View, version, response.OutputStream, limit.Token);
            }
            else
            {
                response.ContentType = "application/x-git-upload-pack-result";
                var zipped = context.Request.Headers["Content-Encoding"] == "gzip";
                await using var body = zipped ? new GZipStream(context.Request.InputStream, CompressionMode.Decompress) : context.Request.InputStream;
                Results.Enqueue(await _pack.ServeAsync(View, version, body, response.OutputStream, limit.Token));
            }

            response.Close();
        }
        catch (Exception fault)
        {
            Results.Enqueue(new UploadPackResult(fault.ToString(), null, 0));
            response.Abort();
        }
    }
}
