using Assay.Testing;

namespace Assay.Cli.Tests;

/// <summary>Commands that need a hub become another program, and nobody notices.</summary>
public sealed class ServerProgramTests
{
    [Theory]
    [InlineData("assay-server")]
    [InlineData("server/assay-server")]
    public void Arguments_streams_and_exit_code_are_those_of_the_other_program(string place)
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("The other program is a shell script.");
        using var folder = new TemporaryFolder();
        var program = Install(folder);
        folder.Write(place, "#!/bin/sh\nprintf '%s|' \"$@\"\ncat\necho \"$SEEN\" >&2\nexit 42\n");
        OtherProgram.Run("chmod", ["+x", folder[place]]);
        var outcome = OtherProgram.Run(program, ["admin", "user add", "--name=größe", ""], input: "in"u8.ToArray(), variables: [("SEEN", "and its variables")]);
        Assert.Equal(42, outcome.ExitCode);
        Assert.Equal("admin|user add|--name=größe||in", outcome.Output);
        Assert.Equal("and its variables\n", outcome.Error);
    }

    [Fact]
    public void What_is_missing_is_said()
    {
        using var folder = new TemporaryFolder();
        var outcome = OtherProgram.Run(Install(folder), ["serve"]);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("needs assay-server", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_commands_stay_here()
    {
        Assert.True(ServerProgram.Takes(["serve"]));
        Assert.False(ServerProgram.Takes(["scan", "serve"]));
        Assert.False(ServerProgram.Takes([]));
    }

    private static string Install(TemporaryFolder folder)
    {
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory))
        {
            var name = Path.GetFileName(file);
            if (name is "assay" or "assay.exe" or "assay.dll" or "assay.runtimeconfig.json" or "Assay.Formats.dll" or "Assay.Scanning.dll" or "System.CommandLine.dll" or "YamlDotNet.dll")
                File.Copy(file, folder[name]);
        }

        return folder[OperatingSystem.IsWindows() ? "assay.exe" : "assay"];
    }
}
