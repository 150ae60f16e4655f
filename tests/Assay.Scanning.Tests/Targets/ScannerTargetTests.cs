using Assay.Testing;

namespace Assay.Scanning.Tests.Targets;

/// <summary>What the scanner makes of files, folders, links and what else lies around.</summary>
public sealed class ScannerTargetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static ScanReport Scan(ScanOptions options, params ScanTarget[] targets) => new Scanner(options).Scan(targets, CancellationToken.None);

    private ScanReport ScanFolder(string relative = "", ScanOptions? options = null) => Scan(options ?? new ScanOptions(), ScanTarget.ForPath(_folder[relative].TrimEnd('/')));

    private static string[] Paths(ScanReport report) => [.. report.Artifacts.Select(static a => a.Path)];

    [Fact]
    public void A_folder_is_listed_in_ordinal_order_whatever_the_number_of_jobs()
    {
        foreach (var name in (string[])["b/x.txt", "a.txt", "B.txt", "b.txt", "ü.txt", "日本.txt", "b/a/deep.txt", ".hidden"])
            _folder.Write(name, name);
        string[] expected = [".hidden", "B.txt", "a.txt", "b.txt", "b/a/deep.txt", "b/x.txt", "ü.txt", "日本.txt"];
        for (var jobs = 1; jobs < 9; jobs++)
            Assert.Equal(expected, Paths(ScanFolder(options: new ScanOptions { Jobs = jobs })));
    }

    [Fact]
    public void Excluded_files_and_folders_are_not_looked_at()
    {
        foreach (var name in (string[])["a.txt", "tests/b.txt", "src/tests/c.txt", "src/d.log", "src/e.txt"])
            _folder.Write(name, name);
        Assert.Equal(["a.txt", "src/e.txt"], Paths(ScanFolder(options: new ScanOptions { Exclude = ["tests", "*.log"] })));
    }

    [Fact]
    public void A_link_out_of_the_folder_is_not_followed_and_is_named()
    {
        _folder.Write("out/secret.txt", "secret");
        _folder.Write("in/a.txt", "a");
        _folder.Link("in/leak.txt", "../out/secret.txt");
        _folder.Link("in/leaks", "../out");
        var report = ScanFolder("in");
        Assert.Equal(["a.txt"], Paths(report));
        Assert.Equal(Verdict.Incomplete, report.Verdict);
        Assert.Equal([_folder["in/leak.txt"], _folder["in/leaks"]], report.Errors.Select(static e => e.Path));
        Assert.All(report.Errors, static e => Assert.Contains("leads out", e.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_link_through_a_link_out_of_the_folder_is_not_followed_either()
    {
        _folder.Write("out/secret.txt", "secret");
        _folder.Write("in/a.txt", "a");
        _folder.Link("in/hop", "../out");
        _folder.Link("in/leak.txt", "hop/secret.txt");
        Assert.Equal(["a.txt"], Paths(ScanFolder("in")));
    }

    [Fact]
    public void Loops_of_links_end_and_each_file_is_scanned_once()
    {
        _folder.Write("sub/a.txt", "a");
        _folder.Link("sub/up", "..");
        _folder.Link("self", ".");
        _folder.Link("alias.txt", "sub/a.txt");
        var report = ScanFolder();
        Assert.Equal(["sub/a.txt"], Paths(report));
        Assert.Empty(report.Errors);
    }

    [Theory]
    [InlineData("round", "round", "circle")]
    [InlineData("lost", "nowhere", "nothing")]
    public void A_link_that_leads_nowhere_is_named(string link, string target, string word)
    {
        _folder.Link(link, target);
        Assert.Contains(word, Assert.Single(ScanFolder().Errors).Message, StringComparison.Ordinal);
        Assert.Contains(word, Assert.Single(ScanFolder(link).Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_linked_file_that_is_reached_in_no_other_way_is_scanned()
    {
        _folder.Write(".git/objects/ab/cd", "x");
        _folder.Write(".git/index", "x");
        _folder.Write(".git/hooks/post-checkout", "#!/bin/sh\n");
        _folder.Link("model.bin", ".git/objects/ab/cd");
        Assert.Equal([".git/hooks/post-checkout", "model.bin"], Paths(ScanFolder()));
    }

    [Fact]
    public void A_linked_folder_or_file_that_is_named_is_followed()
    {
        _folder.Write("real/a.txt", "a");
        _folder.Link("folder", "real");
        _folder.Link("file.txt", "real/a.txt");
        Assert.Equal(["a.txt"], Paths(ScanFolder("folder")));
        Assert.Equal(["file.txt"], Paths(ScanFolder("file.txt")));
    }

    [Fact]
    public void The_snapshots_of_a_model_cache_show_the_names_of_their_links()
    {
        _folder.Write("hub/models--acme--m/blobs/0a1b", "weights");
        _folder.Write("hub/models--acme--m/blobs/0a1c.incomplete", "half");
        _folder.Write("hub/models--acme--m/refs/main", "r1");
        _folder.Link("hub/models--acme--m/snapshots/r1/model.txt", "../../blobs/0a1b");
        _folder.Link("hub/models--acme--m/snapshots/r2/model.txt", "../../blobs/0a1b");
        _folder.Write("hub/version.txt", "1");

        var snapshot = ScanFolder("hub/models--acme--m/snapshots/r1");
        Assert.Equal(["model.txt"], Paths(snapshot));
        Assert.Empty(snapshot.Errors);
        Assert.Equal(
            ["models--acme--m/snapshots/r1/model.txt", "models--acme--m/snapshots/r2/model.txt"],
            Paths(Scan(new ScanOptions(), ScanTarget.ForCache(_folder["hub"]))));

        // As a folder like any other nothing of it is left out: a hostile folder could look like a cache.
        Assert.Equal(
            [
                "models--acme--m/blobs/0a1c.incomplete", "models--acme--m/refs/main", "models--acme--m/snapshots/r1/model.txt",
                "models--acme--m/snapshots/r2/model.txt", "version.txt",
            ],
            Paths(ScanFolder("hub")));
    }

    [Fact]
    public void A_link_of_a_snapshot_to_the_blobs_of_another_repository_is_not_followed()
    {
        _folder.Write("hub/models--acme--n/blobs/0a1b", "weights");
        _folder.Link("hub/models--acme--m/snapshots/r1/model.txt", "../../../models--acme--n/blobs/0a1b");
        Assert.Contains("leads out", Assert.Single(ScanFolder("hub/models--acme--m/snapshots/r1").Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_cache_is_where_its_variables_say()
    {
        Assert.Equal("/c", ScanTarget.CacheFolder(static name => name == "HF_HUB_CACHE" ? "/c" : "/x"));
        Assert.Equal("/h/hub", ScanTarget.CacheFolder(static name => name == "HF_HOME" ? "/h" : null));
        Assert.EndsWith("/.cache/huggingface/hub", ScanTarget.CacheFolder(static _ => null), StringComparison.Ordinal);
    }

    [Fact]
    public void Pipes_and_devices_are_never_opened()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has none in folders.");
        _folder.Write("a.txt", "a");
        _folder.Write("empty", "");
        Assert.Equal(0, OtherProgram.Run("mkfifo", [_folder["pipe"]]).ExitCode);
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, 0);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(_folder["sock"]));
        var report = ScanFolder();
        Assert.Equal(["a.txt", "empty"], Paths(report));
        Assert.Equal([_folder["pipe"], _folder["sock"]], report.Errors.Select(static e => e.Path).Order(StringComparer.Ordinal));
        Assert.Contains("a named pipe", Assert.Single(ScanFolder("pipe").Errors).Message, StringComparison.Ordinal);
        Assert.Contains("a character device", Assert.Single(Scan(new ScanOptions(), ScanTarget.ForPath("/dev/null")).Errors).Message, StringComparison.Ordinal);
        _folder.Link("to-pipe", "pipe");
        Assert.Contains("a named pipe", Assert.Single(ScanFolder("to-pipe").Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_named_and_the_rest_is_scanned()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The test makes a name that only Unix allows.");
        _folder.Write("a.txt", "a");

        // A name that is not UTF-8 cannot be opened by anyone, root included.
        Assert.Equal(0, OtherProgram.Run("sh", ["-c", "echo x > \"$(printf 'bad\\377.bin')\""], _folder.Path).ExitCode);
        var report = ScanFolder();
        OtherProgram.Run("sh", ["-c", "rm bad*"], _folder.Path);
        Assert.Equal(2, report.Artifacts.Count);
        var bad = report.Artifacts.Single(static a => a.Path.StartsWith("bad", StringComparison.Ordinal));
        Assert.Equal(Verdict.Incomplete, bad.Verdict);
        Assert.Equal(IncompleteReason.Unreadable, Assert.Single(bad.Incomplete).Reason);
        Assert.Contains("not valid UTF-8", Assert.Single(report.Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_permission_a_file_or_folder_is_named_and_the_rest_is_scanned()
    {
        // Root may read everything: what it cannot open either is in the test above.
        if (OperatingSystem.IsWindows() || Environment.UserName == "root")
            return;
        _folder.Write("a.txt", "a");
        File.SetUnixFileMode(_folder.Write("locked.txt", "x"), UnixFileMode.None);
        _folder.Write("closed/b.txt", "b");
        File.SetUnixFileMode(_folder["closed"], UnixFileMode.None);
        var report = ScanFolder();
        File.SetUnixFileMode(_folder["closed"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Equal(["a.txt", "locked.txt"], Paths(report));
        Assert.Equal(2, report.Errors.Count);
        Assert.All(report.Errors, static e => Assert.Contains("not permitted", e.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_missing_is_an_error_and_the_other_targets_are_scanned()
    {
        var file = _folder.Write("a.txt", "a");
        var report = Scan(new ScanOptions(), ScanTarget.ForPath(_folder["gone"]), ScanTarget.ForPath(file), ScanTarget.ForCache(_folder["no-cache"]));
        Assert.Equal([Verdict.Incomplete, Verdict.Clean, Verdict.Incomplete], report.Targets.Select(static t => t.Verdict));
        Assert.Equal(["a.txt"], Paths(report));
        Assert.Contains("Check the path", report.Errors[0].Message, StringComparison.Ordinal);
        Assert.Contains("HF_HOME", report.Errors[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_is_reported_as_a_dash()
    {
        using var stream = new MemoryStream(PickleSamples.System());
        var report = Scan(new ScanOptions(), ScanTarget.ForStream(stream));
        Assert.Equal(("-", "-", TargetKind.Stdin), (report.Artifacts[0].Target, report.Artifacts[0].Path, report.Targets[0].Kind));
        Assert.Equal(Verdict.Malicious, report.Verdict);
    }

    [Fact]
    public void A_stream_that_breaks_is_an_error_of_the_report()
    {
        var report = Scan(new ScanOptions(), ScanTarget.ForStream(new BrokenStream()));
        Assert.Equal(Verdict.Incomplete, report.Verdict);
        Assert.Single(report.Errors);
    }

    [Fact]
    public void A_fault_inside_the_scanner_costs_one_artifact_only()
    {
        var report = Scan(new ScanOptions(), ScanTarget.ForStream(new FaultyStream()), ScanTarget.ForPath(_folder.Write("a.txt", "a")));
        Assert.Equal([Verdict.Incomplete, Verdict.Clean], report.Artifacts.Select(static a => a.Verdict));
        Assert.Contains("please report it", Assert.Single(report.Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_scan_throws()
    {
        for (var i = 0; i < 100; i++)
            _folder.Write($"{i}.txt", "x");
        using var cancellation = new CancellationTokenSource();
        var progress = new Immediately(_ => cancellation.Cancel());
        Assert.Throws<OperationCanceledException>(() => new Scanner(new ScanOptions { Progress = progress }).Scan([ScanTarget.ForPath(_folder.Path)], cancellation.Token));
    }

    [Fact]
    public void Progress_counts_every_artifact()
    {
        for (var i = 0; i < 50; i++)
            _folder.Write($"{i}.txt", "x");
        var seen = 0;
        ScanFolder(options: new ScanOptions { Progress = new Immediately(_ => Interlocked.Increment(ref seen)) });
        Assert.Equal(50, seen);
    }

    [Fact]
    public void Siblings_are_the_modules_beside_the_artifact_and_at_the_root()
    {
        foreach (var name in (string[])["root_module.py", "package/__init__.py", "data/x.txt", "sub/near.py", "sub/m.pkl", "sub/inner/deep.py", "no.pyc"])
            _folder.Write(name, "x");
        var walk = FolderWalk.Of(_folder.Path, isCache: false, [], CancellationToken.None);
        Assert.Equal(
            ["inner", "near", "package", "root_module", "sub"],
            walk.Files.Single(static f => f.Path == "sub/m.pkl").Siblings.Order(StringComparer.Ordinal));
        Assert.Equal(["inner", "near"], SiblingModules.OfFolder(_folder["sub"]).Order(StringComparer.Ordinal));
    }

    private sealed class Immediately(Action<ScanProgress> act) : IProgress<ScanProgress>
    {
        public void Report(ScanProgress value) => act(value);
    }

    private class BrokenStream : MemoryStream
    {
        public override int Read(byte[] buffer, int offset, int count) => throw new IOException("broken");
    }

    private sealed class FaultyStream : BrokenStream
    {
        public override int Read(byte[] buffer, int offset, int count) => throw new InvalidOperationException("a fault");
    }
}
