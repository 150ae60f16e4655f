using System.Diagnostics;
using Assay.Formats;
using Assay.Scanning;

namespace Assay.Fuzz;

/// <summary>Runs one input through everything, and says what promise was broken: an exception, too long, or too much memory.</summary>
internal sealed class FuzzTarget
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private const long Memory = 256L << 20;

    private static readonly WorkLimits Limits = new()
    {
        ReadBytes = 64 << 20,
        InflatedBytes = 16 << 20,
        RatioFloor = 4 << 20,
        Elements = 200_000,
        Values = 100_000,
        Members = 1000,
        Seconds = 1,
    };

    /// <summary>One name for each way in which the scanner reads a file: names decide which language or format is tried.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "model.pkl", "weights.safetensors", "model.gguf", "model.onnx", "model.pt", "a.npz", "README.md", "modeling_x.py", "install.sh", "install.ps1", "install.bat", "install.vbs", "page.html", "image.svg", "index.js", "tool.mjs",
        "a.pl", "a.rb", "a.php", "a.lua", "a.applescript", "Makefile", "Dockerfile", "docker-compose.yml", "CMakeLists.txt", "package.json", "requirements.txt", "pyproject.toml", "setup.cfg", "environment.yml",
        ".github/workflows/a.yml", ".vscode/tasks.json", ".npmrc", "config.json", "demo.ipynb", "a.lnk", "a.url", "a.reg", "a.exe", "a.so", "a.desktop", ".env", "CLAUDE.md", "build.gradle", "a.csproj", "settings.json",
    ];

    private static readonly HashSet<string> Siblings = new(StringComparer.Ordinal) { "loader" };

    private readonly ArtifactScanner _scanner = new(new ScanOptions { Limits = Limits });

    /// <summary>The longest that one input took.</summary>
    public TimeSpan Slowest { get; private set; }

    /// <summary>Null when all went well.</summary>
    /// <param name="bytes">What the file holds.</param>
    /// <param name="name">Its path in a repository.</param>
    public string? Run(byte[] bytes, string name)
    {
        if (WireParsers.Knows(name))
            return Guard(name, () => WireParsers.Run(name, bytes));
        foreach (var reader in FormatCatalog.Readers)
        {
            var problem = Guard($"reader {reader.Id}", () => Read(reader, bytes));
            if (problem is not null)
                return problem;
        }

        return Guard($"scanner ({name})", () =>
        {
            using var source = new MemoryByteSource(bytes);
            var report = _scanner.Scan(source, "fuzz", name, Siblings, CancellationToken.None);
            if (report.Size != bytes.Length)
                throw new InvalidOperationException("the report has another size");
            foreach (var finding in report.Findings)
            {
                if (finding.Message.Length > 20_000 || (finding.Evidence?.Length ?? 0) > 20_000)
                    throw new InvalidOperationException($"{finding.Rule.Id} is not bounded");
                if (finding.Fingerprint.Length != 16)
                    throw new InvalidOperationException("fingerprint");
                foreach (var c in finding.Message + finding.Evidence)
                {
                    // Control and direction characters could rewrite a terminal or a page.
                    if ((char.IsControl(c) && c is not ('\n' or '\t')) || c is (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069'))
                        throw new InvalidOperationException($"{finding.Rule.Id} shows the raw character U+{(int)c:x4}");
                }
            }
        });
    }

    private static void Read(FormatReader reader, byte[] bytes)
    {
        using var source = new MemoryByteSource(bytes);
        var head = bytes.AsSpan(0, Math.Min(bytes.Length, FileEdges.HeadSize));
        var tail = bytes.AsSpan(Math.Max(0, bytes.Length - FileEdges.TailSize));
        _ = reader.Recognise(new FileEdges(head, tail, bytes.Length));
        var scope = new ReadScope(new WorkBudget(Limits), new ReadDepth(Full: false));
        var facts = reader.Read(source, scope);
        Span<byte> some = stackalloc byte[64];
        foreach (var child in facts.Children.Take(100))
        {
            try
            {
                using var inner = child.Open(scope);
                inner.ReadAt(0, some);
            }
            catch (MalformedArtifactException)
            {
                // A child that cannot be opened is an answer.
            }
        }
    }

    private string? Guard(string what, Action run)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        try
        {
            run();
        }
#pragma warning disable CA1031 // whatever comes out is the finding
        catch (Exception e)
#pragma warning restore CA1031
        {
            return $"{what}: {e}";
        }

        var took = Stopwatch.GetElapsedTime(started);
        Slowest = took > Slowest ? took : Slowest;
        if (took > Patience)
            return $"{what} took {took.TotalMilliseconds:0} ms";
        var used = GC.GetAllocatedBytesForCurrentThread() - allocated;
        return used > Memory ? $"{what} allocated {used >> 20} MiB" : null;
    }
}
