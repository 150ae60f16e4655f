using Assay.Hub.Blobs;
using Assay.Testing;

namespace Assay.Hub.Tests.Blobs;

public sealed class DurableFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_folder_is_flushed_and_so_is_one_with_a_name_of_other_scripts()
    {
        DurableFolder.Create(_folder["ab/cd/模型"]);
        Assert.True(Directory.Exists(_folder["ab/cd/模型"]));
        DurableFolder.Flush(_folder["ab/cd/模型"]);
        DurableFolder.Create(_folder["ab/cd/模型"]);
    }

    [Fact]
    public void What_cannot_be_flushed_is_a_fault_that_says_why()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows orders changes of folders itself.");
        var missing = Assert.Throws<IOException>(() => DurableFolder.Flush(_folder["missing"]));
        Assert.Contains("No such file or directory", missing.Message, StringComparison.Ordinal);
        var file = _folder.Write("file", "x");
        var notFolder = Assert.Throws<IOException>(() => DurableFolder.Flush(file));
        Assert.Contains("Not a directory", notFolder.Message, StringComparison.Ordinal);
        Assert.ThrowsAny<IOException>(() => DurableFolder.Create(Path.Combine(file, "below")));
    }

    [Fact]
    public async Task Those_who_make_the_same_folders_at_a_time_all_get_them()
    {
        await Task.WhenAll(Enumerable.Range(0, 16).Select(n => Task.Run(() => DurableFolder.Create(_folder[$"same/{n % 3}/deep/er"]), TestContext.Current.CancellationToken)));
        Assert.Equal(3, Directory.GetDirectories(_folder["same"], "er", SearchOption.AllDirectories).Length);
    }

    public void Dispose() => _folder.Dispose();
}
