using System.Diagnostics;
using Assay.Formats;

namespace Assay.Scanning.Tests.Behaviour.Shell;

/// <summary>The scripts of an ordinary system: nobody is accused of running or sending what comes from elsewhere.</summary>
public class ShellSystemTests
{
    private static readonly string[] Folders = ["/etc", "/usr/share", "/usr/lib", "/usr/bin", "/usr/sbin", "/var/lib/dpkg/info"];

    [Fact]
    [Trait("Category", "Slow")]
    public void Scripts_of_the_system_are_not_accused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the folders are those of Linux");
        var accused = new List<string>();
        var watch = Stopwatch.StartNew();
        long characters = 0;
        foreach (var file in Scripts())
        {
            var text = TextDecoder.Decode(File.ReadAllBytes(file)).Text;
            characters += text.Length;
            var name = Path.GetFileName(file);
            var language = LanguageGuess.Of(name, text);
            if (language is not (CodeLanguage.Shell or CodeLanguage.Makefile))
                continue;
            var start = watch.ElapsedMilliseconds;
            foreach (var act in ShellActs.Of(text, language).Where(ShellActs.IsGrave))
                accused.Add($"{file}: {ShellActs.Describe([act])}");
            if (watch.ElapsedMilliseconds - start > 100)
                TestContext.Current.TestOutputHelper?.WriteLine($"{file}: {watch.ElapsedMilliseconds - start} ms for {text.Length} characters");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{characters:N0} characters in {watch.ElapsedMilliseconds} ms");
        Assert.True(accused.Count == 0, string.Join('\n', accused));
    }

    private static IEnumerable<string> Scripts()
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Device };
        foreach (var file in Folders.Where(Directory.Exists).SelectMany(f => Directory.EnumerateFiles(f, "*", options)))
        {
            var isNamed = Path.GetExtension(file) is ".sh" or ".bash" or ".mk" or ".zsh" || Path.GetFileName(file) == "Makefile";
            if (new FileInfo(file) is { Length: > 0 and < 1_000_000 } && (isNamed || HasShebang(file)))
                yield return file;
        }
    }

    private static bool HasShebang(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            Span<byte> head = stackalloc byte[32];
            head = head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
            return head.StartsWith("#!"u8) && head.IndexOf("sh"u8) > 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
