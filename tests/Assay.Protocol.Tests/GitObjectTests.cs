using System.Text;
using Assay.Protocol.Git;
using Assay.Testing;

namespace Assay.Protocol.Tests;

public sealed class GitObjectTests
{
    [Fact]
    public void A_blob_has_the_id_that_git_gives_it()
    {
        var content = "héllo\n"u8.ToArray();
        var git = OtherProgram.Run("git", ["hash-object", "--stdin"], input: content);
        Assert.Equal(git.Output.Trim(), GitObjects.IdOf(GitObjectType.Blob, content));
    }

    [Fact]
    public void A_tree_and_a_commit_have_the_ids_that_git_gives_them()
    {
        using var folder = new TemporaryFolder();
        OtherProgram.Run("git", ["init", "-q"], folder.Path);
        folder.Write("a.txt", "a\n");
        folder.Write("a/b.txt", "b\n");
        folder.Write("a-b", "c\n");
        folder.Write("run.sh", "#!/bin/sh\n");
        folder.Link("link", "a.txt");
        OtherProgram.Run("git", ["add", "-A"], folder.Path);
        OtherProgram.Run("git", ["update-index", "--chmod=+x", "run.sh"], folder.Path);
        var expected = OtherProgram.Run("git", ["write-tree"], folder.Path).Output.Trim();

        string Blob(string text) => GitObjects.IdOf(GitObjectType.Blob, Encoding.UTF8.GetBytes(text));
        var inner = GitObjects.WriteTree([new("b.txt", GitMode.File, Blob("b\n"))]);
        var tree = GitObjects.WriteTree(
        [
            new("a", GitMode.Folder, GitObjects.IdOf(GitObjectType.Tree, inner)),
            new("run.sh", GitMode.Executable, Blob("#!/bin/sh\n")),
            new("a.txt", GitMode.File, Blob("a\n")),
            new("a-b", GitMode.File, Blob("c\n")),
            new("link", GitMode.Link, Blob("a.txt")),
        ]);
        var id = GitObjects.IdOf(GitObjectType.Tree, tree);
        Assert.Equal(expected, id);
        Assert.Equal(["a-b", "a.txt", "a", "link", "run.sh"], GitObjects.ReadTree(tree).Select(e => e.Name));

        (string, string?)[] who =
        [
            ("GIT_AUTHOR_NAME", "Ada L"), ("GIT_AUTHOR_EMAIL", "ada@x.invalid"), ("GIT_AUTHOR_DATE", "1700000000 +0000"),
            ("GIT_COMMITTER_NAME", "Ada L"), ("GIT_COMMITTER_EMAIL", "ada@x.invalid"), ("GIT_COMMITTER_DATE", "1700000000 +0000"),
        ];
        var commit = OtherProgram.Run("git", ["commit-tree", expected, "-m", "first\n\nmore"], folder.Path, variables: who).Output.Trim();
        var own = GitObjects.WriteCommit(id, [], new GitSignature("Ada L", "ada@x.invalid", DateTimeOffset.FromUnixTimeSeconds(1700000000)), "first\n\nmore");
        Assert.Equal(commit, GitObjects.IdOf(GitObjectType.Commit, own));
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:{0}\nsize 12\n", true)]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:{0}\nsize 12", false)]
    [InlineData("version https://git-lfs.github.com/spec/v1\r\noid sha256:{0}\r\nsize 12\r\n", false)]
    [InlineData("oid sha256:{0}\nversion https://git-lfs.github.com/spec/v1\nsize 12\n", false)]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:{0}\nsize -12\n", false)]
    public void Only_the_canonical_form_is_a_pointer(string text, bool expected)
    {
        var bytes = Encoding.ASCII.GetBytes(text.Replace("{0}", new string('a', 64), StringComparison.Ordinal));
        Assert.Equal(expected, LfsPointer.TryParse(bytes, out var pointer));
        if (expected)
            Assert.Equal(bytes, pointer.ToBytes());
    }
}
