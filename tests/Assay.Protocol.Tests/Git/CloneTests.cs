using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Assay.Protocol.Tests.Git;

public sealed class CloneTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_clone_has_every_ref_and_every_object(int version)
    {
        using var origin = Sample();
        using var server = new GitServer(new RepositoryView(origin));
        using var clone = Clone(server, version);
        Assert.Equal(origin.Git("for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/heads", "refs/tags"),
            clone.Git("for-each-ref", "--format=%(objectname) %(refname:lstrip=-1)", "refs/remotes/origin/main", "refs/remotes/origin/side", "refs/tags"));
        Assert.Equal(origin.Id("HEAD"), clone.Id("HEAD"));
        Assert.Equal("refs/heads/main", clone.Git("symbolic-ref", "HEAD"));
        Assert.Equal(origin.Git("rev-list", "--objects", "--all", "--no-object-names").Split('\n').Order(), clone.Git("rev-list", "--objects", "--all", "--no-object-names").Split('\n').Order());
        clone.Git("fsck", "--strict");
        Assert.Equal("", clone.Git("status", "--porcelain"));
        Assert.Equal([version], server.Versions.Distinct());
        Assert.All(server.Results, r => Assert.Null(r.Refusal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void The_list_of_refs_is_the_one_that_git_itself_gives(int version)
    {
        using var origin = Sample();
        using var server = new GitServer(new RepositoryView(origin));
        string[] configured = ["-c", $"protocol.version={version}"];
        foreach (string[] options in (string[][])[["--symref"], ["--tags"], ["--heads", "--refs"], ["--symref", "HEAD"]])
        {
            // Patterns come after the address, options before.
            var before = options.Where(o => o.StartsWith('-')).ToArray();
            var after = options.Except(before).ToArray();
            Assert.Equal(
                origin.Git([.. configured, "ls-remote", .. before, origin.Path, .. after]),
                origin.Git([.. configured, "ls-remote", .. before, server.Url, .. after]));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_fetch_gets_what_is_new_and_no_more(int version)
    {
        using var origin = Sample();
        using var server = new GitServer(new RepositoryView(origin));
        using var clone = Clone(server, version);
        server.TakeObjects();

        origin.Commit("more", ("folder/more.txt", "more"));
        server.View = new RepositoryView(origin);
        clone.Git("-c", $"protocol.version={version}", "fetch", "-q");
        Assert.Equal(origin.Id("main"), clone.Id("origin/main"));
        // A commit, its two trees and the file.
        Assert.Equal(4, server.TakeObjects());

        clone.Git("-c", $"protocol.version={version}", "fetch", "-q");
        Assert.Equal(0, server.TakeObjects());
        clone.Git("fsck", "--strict");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_client_with_commits_of_its_own_finds_the_common_ones(int version)
    {
        using var origin = Sample();
        using var server = new GitServer(new RepositoryView(origin));
        using var clone = Clone(server, version);
        for (var i = 0; i < 60; i++)
            clone.Commit($"own {i}", ("own.txt", i.ToString(CultureInfo.InvariantCulture)));
        server.TakeObjects();

        origin.Commit("more", ("more.txt", "more"));
        origin.Git("tag", "-a", "-m", "t", "v3");
        server.View = new RepositoryView(origin);
        clone.Git("-c", $"protocol.version={version}", "fetch", "-q");
        Assert.Equal(origin.Id("main"), clone.Id("origin/main"));
        Assert.Equal(origin.Id("v3"), clone.Id("v3"));
        // A commit, a tree, a file, and the tag, which comes along.
        Assert.Equal(4, server.TakeObjects());
        clone.Git("fsck", "--strict");
        clone.Git("merge", "-q", "-m", "merged", "origin/main");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_shallow_clone_is_deepened_step_by_step(int version)
    {
        using var origin = Sample();
        for (var i = 0; i < 8; i++)
            origin.Commit($"step {i}", ("step.txt", i.ToString(CultureInfo.InvariantCulture)));
        using var server = new GitServer(new RepositoryView(origin));
        using var clone = Clone(server, version, "--depth", "2");
        var v = $"protocol.version={version}";
        Assert.Equal("2", clone.Git("rev-list", "--count", "HEAD"));
        Assert.False(clone.Has(origin.Id("main~2")));
        clone.Git("fsck", "--strict");

        clone.Git("-c", v, "fetch", "-q", "--deepen", "2");
        Assert.Equal("4", clone.Git("rev-list", "--count", "HEAD"));
        clone.Git("-c", v, "fetch", "-q", "--depth", "6");
        Assert.Equal("6", clone.Git("rev-list", "--count", "HEAD"));
        clone.Git("fsck", "--strict");

        origin.Commit("later", ("later.txt", "later"));
        server.View = new RepositoryView(origin);
        server.TakeObjects();
        clone.Git("-c", v, "fetch", "-q");
        Assert.Equal("7", clone.Git("rev-list", "--count", "origin/main"));
        Assert.Equal(3, server.TakeObjects());

        clone.Git("-c", v, "fetch", "-q", "--unshallow");
        Assert.Equal(origin.Git("rev-list", "main"), clone.Git("rev-list", "origin/main"));
        Assert.Equal("false", clone.Git("rev-parse", "--is-shallow-repository"));
        clone.Git("fsck", "--strict");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void History_is_cut_at_a_time_or_at_a_ref(int version)
    {
        using var origin = new GitRepository();
        for (var i = 1; i <= 6; i++)
        {
            origin.Commit($"step {i}", ("step.txt", i.ToString(CultureInfo.InvariantCulture)));
            origin.Git("tag", $"t{i}");
        }

        using var server = new GitServer(new RepositoryView(origin));
        using var since = Clone(server, version, $"--shallow-since={DateTimeOffset.FromUnixTimeSeconds(1_700_000_000 + (4 * 3600)):yyyy-MM-ddTHH:mm:ssZ}");
        Assert.Equal("3", since.Git("rev-list", "--count", "HEAD"));
        since.Git("fsck", "--strict");
        using var without = Clone(server, version, "--shallow-exclude=t2");
        Assert.Equal("4", without.Git("rev-list", "--count", "HEAD"));
        without.Git("fsck", "--strict");
    }

    [Theory]
    [InlineData(0, "blob:none")]
    [InlineData(2, "blob:none")]
    [InlineData(0, "blob:limit=100k")]
    [InlineData(2, "blob:limit=100k")]
    [InlineData(2, "tree:0")]
    public void A_partial_clone_leaves_out_files_and_gets_them_when_they_are_needed(int version, string filter)
    {
        using var origin = Sample();
        using var server = new GitServer(new RepositoryView(origin));
        using var clone = Clone(server, version, "--no-checkout", "--filter=" + filter);
        var large = origin.Id("main:large.bin");
        var small = origin.Id("main:a.txt");
        Assert.False(clone.Has(large));
        Assert.Equal(filter == "blob:limit=100k", clone.Has(small));
        Assert.Equal(filter != "tree:0", clone.Has(origin.Id("main^{tree}")));

        clone.Git("-c", $"protocol.version={version}", "checkout", "-q", "main");
        Assert.True(clone.Has(large));
        Assert.Equal(origin.Read("a.txt"), clone.Read("a.txt"));
        // The file of an older commit is asked for by its id alone.
        Assert.Equal("one", clone.Git("-c", $"protocol.version={version}", "show", "main~2:a.txt"));
        clone.Git("fsck");
        Assert.All(server.Results, r => Assert.Null(r.Refusal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_single_branch_comes_alone(int version)
    {
        using var origin = Sample();
        using var server = new GitServer(new RepositoryView(origin));
        using var clone = Clone(server, version, "--single-branch", "--branch", "side", "--no-tags");
        Assert.Equal(origin.Id("side"), clone.Id("HEAD"));
        Assert.False(clone.Has(origin.Id("main")));
        Assert.Equal("", clone.Git("tag"));
        clone.Git("fsck", "--strict");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void An_empty_repository_is_cloned(int version)
    {
        using var origin = new GitRepository();
        origin.Git("symbolic-ref", "HEAD", "refs/heads/first");
        using var server = new GitServer(new RepositoryView(origin));
        using var clone = Clone(server, version);
        Assert.Equal("", clone.Git("for-each-ref"));
        // Only version 2 can say where a branch that is not born yet is expected.
        if (version == 2)
            Assert.Equal("refs/heads/first", clone.Git("symbolic-ref", "HEAD"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void History_ends_before_parents_that_are_not_shown(int version)
    {
        using var origin = new GitRepository();
        var first = origin.Commit("first", ("a.txt", "one"));
        var hidden = origin.Commit("hidden", ("evil.txt", "evil"));
        File.Delete(Path.Combine(origin.Path, "evil.txt"));
        var edge = origin.Commit("clean again", ("a.txt", "two"));
        origin.Commit("on", ("a.txt", "three"));
        using var server = new GitServer(new RepositoryView(origin, [edge]));
        var v = $"protocol.version={version}";

        using var clone = Clone(server, version);
        Assert.Equal(origin.Id("main"), clone.Id("main"));
        Assert.Equal("2", clone.Git("rev-list", "--count", "main"));
        Assert.Equal(edge, clone.Read(".git/shallow").Trim());
        Assert.False(clone.Has(hidden));
        Assert.False(clone.Has(origin.Id(hidden + ":evil.txt")));
        Assert.False(clone.Has(first));
        clone.Git("fsck", "--strict");

        // What comes later is fetched as ever.
        origin.Commit("further", ("a.txt", "four"));
        server.View = new RepositoryView(origin, [edge]);
        server.TakeObjects();
        clone.Git("-c", v, "fetch", "-q");
        Assert.Equal(origin.Id("main"), clone.Id("origin/main"));
        Assert.Equal(3, server.TakeObjects());

        // Nor is the boundary passed by asking for more.
        clone.Git("-c", v, "fetch", "-q", "--unshallow");
        clone.Git("-c", v, "fetch", "-q", "--depth", "10");
        Assert.Equal("3", clone.Git("rev-list", "--count", "origin/main"));
        Assert.False(clone.Has(hidden));

        using var shallow = Clone(server, version, "--depth", "1");
        Assert.Equal("1", shallow.Git("rev-list", "--count", "main"));
        shallow.Git("-c", v, "fetch", "-q", "--depth", "10");
        Assert.Equal("3", shallow.Git("rev-list", "--count", "origin/main"));
        Assert.False(shallow.Has(hidden));
        shallow.Git("fsck", "--strict");

    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(0, 2)]
    [InlineData(2, 2)]
    public void A_partial_clone_takes_a_history_that_is_cut(int version, int since)
    {
        using var origin = new GitRepository();
        origin.Commit("first", ("a.txt", "one"));
        var hidden = origin.Commit("hidden", ("evil.txt", "evil"));
        File.Delete(Path.Combine(origin.Path, "evil.txt"));
        var edge = origin.Commit("clean again", ("a.txt", "two"));
        for (var i = 0; i < since; i++)
            origin.Commit($"on {i}", ("a.txt", $"more {i}"));
        using var server = new GitServer(new RepositoryView(origin, [edge]));
        foreach (string[] options in (string[][])[["--filter=blob:none"], ["--filter=blob:none", "--single-branch"], ["--filter=tree:0", "--depth=1"]])
        {
            using var clone = Clone(server, version, options);
            Assert.Equal(origin.Id("main"), clone.Id("main"));
            Assert.Equal(origin.Read("a.txt"), clone.Read("a.txt"));
            Assert.Equal($"{(options.Contains("--depth=1") ? 1 : since + 1)}", clone.Git("rev-list", "--count", "main"));
            var outcome = clone.TryGit("-c", $"protocol.version={version}", "cat-file", "-p", origin.Id(hidden + ":evil.txt"));
            Assert.NotEqual(0, outcome.ExitCode);
            Assert.Contains("not our ref", outcome.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_clone_that_is_older_than_a_boundary_takes_it_when_told_to(int version)
    {
        using var origin = new GitRepository();
        origin.Commit("first", ("a.txt", "one"), ("same.txt", "same"));
        using var server = new GitServer(new RepositoryView(origin));
        using var clone = Clone(server, version);
        var hidden = origin.Commit("hidden", ("evil.txt", "evil"));
        File.Delete(Path.Combine(origin.Path, "evil.txt"));
        var edge = origin.Commit("clean again", ("a.txt", "two"));
        server.View = new RepositoryView(origin, [edge]);
        server.TakeObjects();

        // git does not let a whole history become a shallow one unless it is told to; so the user is told how.
        var before = clone.Id("origin/main");
        var refused = clone.TryGit("-c", $"protocol.version={version}", "fetch");
        Assert.Contains("git fetch --update-shallow", refused.Error, StringComparison.Ordinal);
        Assert.Equal(before, clone.Id("origin/main"));
        // The commit, its tree and the file that changed: what the client has of it is not sent again.
        Assert.Equal(3, server.TakeObjects());
        clone.Git("-c", $"protocol.version={version}", "fetch", "-q", "--update-shallow");
        Assert.Equal(edge, clone.Id("origin/main"));
        Assert.Equal("1", clone.Git("rev-list", "--count", "origin/main"));
        Assert.False(clone.Has(hidden));
        clone.Git("fsck", "--strict");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void What_the_refs_do_not_reach_is_refused(int version)
    {
        using var origin = Sample();
        var kept = origin.Id("main~1");
        origin.Git("checkout", "-q", "-b", "secret");
        var secret = origin.Commit("secret", ("secret.txt", "secret"));
        var blob = origin.Id("secret:secret.txt");
        var tree = origin.Id("secret^{tree}");
        origin.Git("tag", "-a", "-m", "secret", "secret-tag");
        var tag = origin.Id("secret-tag");
        origin.Git("checkout", "-q", "main");
        using var server = new GitServer(new RepositoryView(origin, shown: name => !name.Contains("secret", StringComparison.Ordinal)));
        using var clone = Clone(server, version, "--single-branch", "--branch", "side", "--no-tags");
        foreach (var id in (string[])[secret, blob, tree, tag, new('1', 40)])
        {
            var outcome = clone.TryGit("-c", $"protocol.version={version}", "fetch", "-q", "origin", id);
            Assert.NotEqual(0, outcome.ExitCode);
            Assert.Contains("not our ref " + id, outcome.Error, StringComparison.Ordinal);
            Assert.False(clone.Has(id));
        }

        // An older commit of a branch that is shown is no secret.
        clone.Git("-c", $"protocol.version={version}", "fetch", "-q", "origin", kept);
        Assert.True(clone.Has(kept));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_client_is_told_when_a_file_is_lost(int version)
    {
        using var origin = Sample();
        var view = new RepositoryView(origin);
        view.Remove(origin.Id("main:a.txt"));
        using var server = new GitServer(view);
        using var clone = new GitRepository(clone: true);
        var outcome = clone.TryGit("-c", $"protocol.version={version}", "clone", "-q", server.Url, ".");
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains("could not be read to its end", outcome.Error, StringComparison.Ordinal);
        Assert.Contains(nameof(InvalidDataException), server.Results.Last().Refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Whatever_the_history_is_each_fetch_leaves_a_whole_repository(int version)
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var v = $"protocol.version={version}";
        for (var round = 0; round < 2; round++)
        {
            using var origin = new GitRepository();
            const int Commits = 30;
            origin.Import(RandomHistory(random, Commits));
            using var server = new GitServer(new RepositoryView(origin));
            var start = $"b{random.Next(Commits)}";
            foreach (string[] options in (string[][])[[], ["--depth", $"{random.Next(1, 4)}"], ["--filter=blob:none"]])
            {
                using var clone = Clone(server, version, ["--no-checkout", "--single-branch", "--branch", start, .. options]);
                clone.Git("fsck");
                for (var i = 0; i < 3; i++)
                {
                    var next = $"b{random.Next(Commits)}";
                    clone.Git("-c", v, "fetch", "-q", "origin", $"refs/heads/{next}:refs/remotes/origin/{next}");
                    clone.Git("fsck");
                }

                clone.Git("-c", v, "fetch", "-q", "origin", "refs/heads/*:refs/remotes/origin/*");
                clone.Git("fsck");
                if (clone.Exists(".git/shallow"))
                    clone.Git("-c", v, "fetch", "-q", "--unshallow", "origin", "refs/heads/*:refs/remotes/origin/*");
                clone.Git("fsck");
                Assert.Equal(origin.Git("rev-list", "--all").Split('\n').Order(), clone.Git("rev-list", "--all").Split('\n').Order());
            }
        }
    }

    // Commits with up to three parents, every one a branch, whose times tell little of their order.
    private static string RandomHistory(Random random, int commits)
    {
        var text = new StringBuilder();
        for (var i = 0; i < commits; i++)
        {
            var time = 1_700_000_000 + (random.Next(3) == 0 ? random.Next(100_000) : i * 1000);
            text.Append($"commit refs/heads/b{i}\nmark :{i + 1}\ncommitter A <a@x.invalid> {time} +0000\ndata 1\nx\n");
            var parents = Enumerable.Range(1, i).OrderBy(_ => random.Next()).Take(random.Next(4)).ToArray();
            for (var p = 0; p < parents.Length; p++)
                text.Append($"{(p == 0 ? "from" : "merge")} :{parents[p]}\n");
            for (var f = random.Next(3); f > 0; f--)
                text.Append($"M 100644 inline {(random.Next(2) == 0 ? "d/" : "")}f{random.Next(4)}\ndata 1\n{(char)('a' + random.Next(6))}\n");
        }

        return text.ToString();
    }

    private static GitRepository Clone(GitServer server, int version, params string[] options)
    {
        var clone = new GitRepository(clone: true);
        clone.Git(["-c", $"protocol.version={version}", "clone", "-q", .. options, server.Url, "."]);
        return clone;
    }

    // A history with a merge, two branches, tags of each kind, a link, a program and a file larger than a packet.
    private static GitRepository Sample()
    {
        var repository = new GitRepository();
        repository.Commit("first", ("a.txt", "one"), ("folder/deep/er/b.txt", "b"), ("empty", ""));
        repository.Git("tag", "light");
        repository.Git("checkout", "-q", "-b", "side");
        repository.Commit("beside", ("side.txt", "side"));
        repository.Git("tag", "-a", "-m", "on the side", "v1");
        repository.Git("checkout", "-q", "main");
        repository.Commit("second", ("a.txt", "one"), ("folder/c.txt", "c"));
        repository.Git("merge", "-q", "--no-ff", "-m", "merged", "side");
        var large = RandomNumberGenerator.GetBytes(300_000);
        repository.Write("large.bin", large);
        repository.Commit("large");
        repository.Commit("last", ("a.txt", "two"), ("run.sh", "#!/bin/sh\n"));
        repository.Git("tag", "-a", "-m", "all of it", "v2");
        repository.Git("tag", "-a", "-m", "a tag of a tag", "v2-again", "v2");
        return repository;
    }
}
