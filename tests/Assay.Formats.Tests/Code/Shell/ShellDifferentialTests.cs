using System.Text;
using Assay.Formats.Shell;
using Assay.Testing;

namespace Assay.Formats.Tests.Code.Shell;

/// <summary>Scripts of this machine: what bash reads without complaint, the parser reads without complaint.</summary>
public class ShellDifferentialTests
{
    private static readonly string[] Folders = ["/etc", "/usr/share", "/usr/lib/git-core", "/usr/lib/bash", "/usr/bin", "/usr/sbin", "/usr/lib/dpkg", "/var/lib/dpkg/info"];

    [Fact]
    [Trait("Category", "Slow")]
    public void What_bash_accepts_is_accepted()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/bin/bash"), "bash is not installed");
        var differing = new List<string>();
        foreach (var file in Scripts().Take(1500))
        {
            var text = TextDecoder.Decode(File.ReadAllBytes(file)).Text;
            _ = ShellParser.Parse(text, new WorkBudget(new WorkLimits()), out var errors);
            if (errors.Count > 0 && OtherProgram.Run("/bin/bash", ["-O", "extglob", "-n", file]) is { ExitCode: 0 })
            {
                var (index, reason) = errors[0];
                differing.Add($"{file}:{text.AsSpan(0, Math.Min(index, text.Length)).Count('\n') + 1}: {reason}");
            }
        }

        Assert.True(differing.Count == 0, string.Join('\n', differing));
    }

    private static IEnumerable<string> Scripts()
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Device };
        foreach (var folder in Folders.Where(Directory.Exists))
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*", options))
            {
                if (new FileInfo(file) is { Length: > 0 and < 1_000_000 } && IsShell(file))
                    yield return file;
            }
        }
    }

    private static bool IsShell(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            Span<byte> head = stackalloc byte[64];
            head = head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
            if (!head.StartsWith("#!"u8))
                return false;
            var end = head.IndexOf((byte)'\n');
            var line = Encoding.Latin1.GetString(end < 0 ? head : head[..end]);
            return line.TrimEnd().EndsWith("/sh", StringComparison.Ordinal) || line.Contains("bash", StringComparison.Ordinal) || line.Contains("/sh ", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
