using System.Text;
using Assay.Hub.Blobs;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Assay.Protocol.Git;
using Assay.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Hub.Tests.Repositories;

public abstract class CommitTests(TestHub hub)
{
    [Fact]
    public async Task Commit_tree_and_blob_ids_are_those_that_git_computes()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var large = Encoding.UTF8.GetBytes("large " + repository.Id);
        var stored = Assert.IsType<BlobPut.Stored>(await hub.Get<BlobIntake>().TakeAsync(large, who.UserId!, TestHub.Cancellation));
        var start = (await hub.MainAsync(repository)).HeadCommit;
        hub.Clock.Advance(TimeSpan.FromMinutes(5));
        // The order of git differs from that of text where a folder's name begins that of a file.
        var done = Assert.IsType<CommitOutcome.Done>(await hub.TryCommitAsync(
            who, repository, "Grüße\tan alle", null,
            await hub.PutAsync(who, "a", "one"), await hub.PutAsync(who, "a-b", "two"), await hub.PutAsync(who, "folder/x", "three"), await hub.PutAsync(who, "folder.txt", "four"),
            await hub.PutAsync(who, "folder/deep/ü ñ.txt", "five"), await hub.PutAsync(who, "empty", ""), new CommitOperation.PutLarge("w/model.bin", stored.Sha256)));

        using var folder = new TemporaryFolder();
        Git(folder, "init", "-q", "-b", "main");
        Git(folder, "config", "user.name", who.Name);
        Git(folder, "config", "user.email", who.Name + "@users.noreply.assay.invalid");
        Git(folder, "config", "core.autocrlf", "false");
        folder.Write(".gitattributes", GitAttributes.Default(RepoKind.Model));
        await using var db = await hub.OpenAsync();
        var first = await db.Revisions.AsNoTracking().FirstAsync(r => r.CommitId == start && r.RepositoryId == repository.Id, TestHub.Cancellation);
        Assert.Equal(start, Commit(folder, "initial commit", first.CommittedAt));
        foreach (var (path, text) in (ReadOnlySpan<(string, string)>)[("a", "one"), ("a-b", "two"), ("folder/x", "three"), ("folder.txt", "four"), ("folder/deep/ü ñ.txt", "five"), ("empty", "")])
            folder.Write(path, text);
        folder.Write("w/model.bin", $"version https://git-lfs.github.com/spec/v1\noid sha256:{stored.Sha256}\nsize {large.Length}\n");
        var second = await db.Revisions.AsNoTracking().FirstAsync(r => r.CommitId == done.CommitId, TestHub.Cancellation);
        Assert.Equal(done.CommitId, Commit(folder, "Grüße\tan alle", second.CommittedAt));
        Assert.Equal(second.TreeId, Git(folder, "rev-parse", "HEAD^{tree}"));
        var tree = await hub.TreeAsync(done.CommitId);
        var listed = Git(folder, "-c", "core.quotePath=false", "ls-tree", "-r", "HEAD").Split('\n').Select(static line => (Id: line.Split([' ', '\t'], 4)[2], Path: line.Split('\t', 2)[1]));
        Assert.Equal(listed, tree.Files.Select(static f => (f.Id, f.Path)));
    }

    [Fact]
    public async Task Of_many_commits_at_a_time_none_is_lost()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(async () => await hub.TryCommitAsync(who, repository, $"change {i}", null, await hub.PutAsync(who, $"f{i}.txt", $"content {i}")))));
        Assert.All(outcomes, static o => Assert.IsType<CommitOutcome.Done>(o));
        var tree = await hub.TreeAsync((await hub.MainAsync(repository)).HeadCommit);
        Assert.All(Enumerable.Range(0, 12), i => Assert.NotNull(tree.Find($"f{i}.txt")));
        await using var db = await hub.OpenAsync();
        var history = await db.Revisions.AsNoTracking().Where(r => r.RepositoryId == repository.Id).ToListAsync(TestHub.Cancellation);
        Assert.Equal(13, history.Count);
        Assert.Equal(12, history.Select(static r => r.Parents).Where(static p => p.Length > 0).Distinct().Count()); // one line, no fork
    }

    [Fact]
    public async Task Of_two_that_name_the_same_parent_one_loses_and_is_told_the_head()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        for (var round = 0; round < 5; round++)
        {
            var parent = (await hub.MainAsync(repository)).HeadCommit;
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(async () => await hub.TryCommitAsync(who, repository, "race", parent, await hub.PutAsync(who, $"r{round}-{i}.txt", "x")))));
            var winner = Assert.Single(outcomes.OfType<CommitOutcome.Done>());
            Assert.Equal(3, outcomes.OfType<CommitOutcome.HeadMoved>().Count());
            Assert.All(outcomes.OfType<CommitOutcome.HeadMoved>(), m => Assert.Equal(winner.CommitId, m.Head));
            Assert.Equal(winner.CommitId, (await hub.MainAsync(repository)).HeadCommit);
        }
    }

    [Theory]
    [InlineData(40, true)]
    [InlineData(7, true)]
    [InlineData(5, true)]
    [InlineData(4, false)]
    public async Task A_parent_may_be_shortened_but_not_too_much(int digits, bool isEnough)
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var outcome = await hub.TryCommitAsync(who, repository, "short", (await hub.MainAsync(repository)).HeadCommit[..digits], await hub.PutAsync(who, "a.txt", "x"));
        Assert.Equal(isEnough, outcome is CommitOutcome.Done);
    }

    [Fact]
    public async Task A_commit_that_changes_nothing_is_the_head()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var first = await hub.CommitAsync(who, repository, await hub.PutAsync(who, "a.txt", "x"));
        var again = await hub.CommitAsync(who, repository, await hub.PutAsync(who, "a.txt", "x"));
        Assert.Equal(first.CommitId, again.CommitId);
        Assert.Null(again.RevisionId);
    }

    [Fact]
    public async Task The_last_operation_on_a_path_wins()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var done = await hub.CommitAsync(who, repository, await hub.PutAsync(who, "a.txt", "1"), await hub.PutAsync(who, "a.txt", "2"), await hub.PutAsync(who, "b.txt", "3"), new CommitOperation.Delete("b.txt"));
        var tree = await hub.TreeAsync(done.CommitId);
        Assert.Equal(GitObjects.IdOf(GitObjectType.Blob, "2"u8), tree.Find("a.txt")!.Id);
        Assert.Null(tree.Find("b.txt"));
    }

    [Fact]
    public async Task A_folder_gives_way_to_a_file_and_a_file_to_a_folder()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        await hub.CommitAsync(who, repository, await hub.PutAsync(who, "d/one", "1"), await hub.PutAsync(who, "d/two", "2"));
        var file = await hub.TreeAsync((await hub.CommitAsync(who, repository, await hub.PutAsync(who, "d", "file"))).CommitId);
        Assert.Equal(["d"], file.Files.Select(static f => f.Path).Where(static p => p[0] == 'd'));
        var folder = await hub.TreeAsync((await hub.CommitAsync(who, repository, await hub.PutAsync(who, "d/x/y", "deep"))).CommitId);
        Assert.Equal(["d/x/y"], folder.Files.Select(static f => f.Path).Where(static p => p[0] == 'd'));
    }

    [Fact]
    public async Task Deleting_what_is_not_there_is_an_error_and_changes_nothing()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        await hub.CommitAsync(who, repository, await hub.PutAsync(who, "dir/a.txt", "x"));
        var head = (await hub.MainAsync(repository)).HeadCommit;
        Assert.Equal("b.txt", Assert.IsType<CommitOutcome.NoFile>(await hub.TryCommitAsync(who, repository, "delete", null, await hub.PutAsync(who, "new.txt", "n"), new CommitOperation.Delete("b.txt"))).Path);
        Assert.IsType<CommitOutcome.NoFile>(await hub.TryCommitAsync(who, repository, "delete", null, new CommitOperation.Delete("dir")));
        Assert.IsType<CommitOutcome.NoFile>(await hub.TryCommitAsync(who, repository, "delete", null, new CommitOperation.DeleteFolder("di")));
        Assert.Equal(head, (await hub.MainAsync(repository)).HeadCommit);
        var done = await hub.CommitAsync(who, repository, new CommitOperation.DeleteFolder("dir"));
        Assert.Equal([".gitattributes"], (await hub.TreeAsync(done.CommitId)).Files.Select(static f => f.Path));
    }

    [Theory]
    [InlineData("models/big model.bin2", "models/big[[:space:]]model.bin2")]
    [InlineData("weights.unusual", "weights.unusual")]
    public async Task A_large_file_outside_the_patterns_gets_a_line_so_that_clones_have_it(string path, string pattern)
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var stored = Assert.IsType<BlobPut.Stored>(await hub.Get<BlobIntake>().TakeAsync(Encoding.UTF8.GetBytes(path + repository.Id), who.UserId!, TestHub.Cancellation));
        var done = await hub.CommitAsync(who, repository, new CommitOperation.PutLarge(path, stored.Sha256));
        var attributes = await ReadAsync((await hub.TreeAsync(done.CommitId)).Find(".gitattributes")!);
        Assert.Contains($"\n{pattern} filter=lfs diff=lfs merge=lfs -text\n", attributes, StringComparison.Ordinal);
        Assert.True(GitAttributes.Parse(attributes).IsLfs(path));
    }

    [Fact]
    public async Task A_large_file_within_the_patterns_leaves_the_attributes_as_they_are()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var stored = Assert.IsType<BlobPut.Stored>(await hub.Get<BlobIntake>().TakeAsync(Encoding.UTF8.GetBytes("w" + repository.Id), who.UserId!, TestHub.Cancellation));
        var done = await hub.CommitAsync(who, repository, new CommitOperation.PutLarge("w/model.safetensors", stored.Sha256));
        Assert.Equal(GitAttributes.Default(RepoKind.Model), await ReadAsync((await hub.TreeAsync(done.CommitId)).Find(".gitattributes")!));
    }

    [Fact]
    public async Task A_copy_has_the_same_content_and_may_come_from_an_earlier_commit()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var first = await hub.CommitAsync(who, repository, await hub.PutAsync(who, "a.txt", "old"));
        await hub.CommitAsync(who, repository, await hub.PutAsync(who, "a.txt", "new"));
        var done = await hub.CommitAsync(who, repository, new CommitOperation.Copy("now.txt", "a.txt", null), new CommitOperation.Copy("then.txt", "a.txt", first.CommitId));
        var tree = await hub.TreeAsync(done.CommitId);
        Assert.Equal("new", await ReadAsync(tree.Find("now.txt")!));
        Assert.Equal("old", await ReadAsync(tree.Find("then.txt")!));
        Assert.IsType<CommitOutcome.NoFile>(await hub.TryCommitAsync(who, repository, "copy", null, new CommitOperation.Copy("x", "missing", null)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../a")]
    [InlineData("a//b")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("./a")]
    [InlineData("a/.git/config")]
    [InlineData(".GIT/hooks/post-checkout")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    public async Task A_path_that_would_leave_the_repository_or_harm_a_checkout_is_refused(string path)
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var put = Assert.IsType<CommitOperation.PutFile>(await hub.PutAsync(who, "ok", "x"));
        Assert.IsType<CommitOutcome.Invalid>(await hub.TryCommitAsync(who, repository, "hostile", null, put with { Path = path }));
    }

    [Fact]
    public async Task A_path_may_be_as_deep_as_the_limit_and_no_deeper()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        var put = Assert.IsType<CommitOperation.PutFile>(await hub.PutAsync(who, "ok", "x"));
        var deepest = string.Join('/', Enumerable.Repeat("d", RevisionTrees.MaxDepth));
        Assert.IsType<CommitOutcome.Invalid>(await hub.TryCommitAsync(who, repository, "deep", null, put with { Path = deepest + "/d" }));
        var done = await hub.CommitAsync(who, repository, put with { Path = deepest });
        Assert.NotNull((await hub.TreeAsync(done.CommitId)).Find(deepest));
    }

    [Fact]
    public async Task A_card_that_cannot_be_read_is_refused_and_an_honest_one_is_not()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        Assert.IsType<CommitOutcome.Invalid>(await hub.TryCommitAsync(who, repository, "card", null, await hub.PutAsync(who, "README.md", "---\nlicense: [mit\n---\n# x\n")));
        Assert.IsType<CommitOutcome.Done>(await hub.TryCommitAsync(who, repository, "card", null, await hub.PutAsync(who, "README.md", "---\nlicense: mit\n---\n# x\n")));
    }

    [Fact]
    public async Task Who_is_over_the_quota_is_told_so()
    {
        var (who, repository) = await hub.CreateRepositoryAsync();
        await using var small = hub.Build(static o => o with { AccountQuotaBytes = 5000 });
        var writer = small.GetRequiredService<CommitWriter>();
        var put = await hub.PutAsync(who, "a.txt", new string('a', 4000));
        var outcome = await writer.CommitAsync(repository, RefName.Heads + RefName.Main, who, db => RepositoryRegistry.ReadableBy(db, who), new CommitRequest("big", "", [put]), TestHub.Cancellation);
        Assert.IsType<CommitOutcome.OverQuota>(outcome);
        var little = await hub.PutAsync(who, "b.txt", "little");
        Assert.IsType<CommitOutcome.Done>(await writer.CommitAsync(repository, RefName.Heads + RefName.Main, who, db => RepositoryRegistry.ReadableBy(db, who), new CommitRequest("little", "", [little]), TestHub.Cancellation));
    }

    private async Task<string> ReadAsync(RevisionFile file)
    {
        await using var stream = (await hub.Get<IBlobStore>().OpenAsync(file.Sha256, TestHub.Cancellation))!;
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(TestHub.Cancellation);
    }

    private static string Git(TemporaryFolder folder, params string[] arguments)
    {
        var outcome = OtherProgram.Run("git", arguments, folder.Path, null, [("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")]);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        return outcome.Output.TrimEnd('\n');
    }

    // As plumbing does it: what a checkout would filter stays as it is written.
    private static string Commit(TemporaryFolder folder, string message, DateTimeOffset at)
    {
        Git(folder, "-c", "filter.lfs.clean=cat", "-c", "filter.lfs.required=false", "add", "--all");
        var date = $"{at.ToUnixTimeSeconds()} +0000";
        var arguments = new List<string> { "commit-tree", Git(folder, "write-tree"), "-m", message };
        if (OtherProgram.Run("git", ["rev-parse", "-q", "--verify", "HEAD"], folder.Path) is { ExitCode: 0 } head)
            arguments.AddRange(["-p", head.Output.Trim()]);
        var outcome = OtherProgram.Run("git", [.. arguments], folder.Path, null, [("GIT_AUTHOR_DATE", date), ("GIT_COMMITTER_DATE", date)]);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Git(folder, "update-ref", "HEAD", outcome.Output.Trim());
        return outcome.Output.Trim();
    }
}

public sealed class CommitOnSqliteTests(SqliteHub hub) : CommitTests(hub), IClassFixture<SqliteHub>;

public sealed class CommitOnPostgresTests(PostgresHub hub) : CommitTests(hub), IClassFixture<PostgresHub>;
