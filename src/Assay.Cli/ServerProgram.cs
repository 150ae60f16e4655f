using System.Runtime.InteropServices;

namespace Assay.Cli;

/// <summary>
/// The commands that need a hub are another program, <c>assay-server</c>, so that a scan starts at once. On Unix this process becomes that
/// program: arguments, streams, signals and exit code are its own.
/// </summary>
internal static partial class ServerProgram
{
    private static readonly (string Name, string Description)[] Known =
    [
        ("serve", "Start the hub: uploads are vetted before anybody can download them."),
        ("worker", "Vet for a hub that runs elsewhere."),
        ("admin", "Users, tokens, policy, queue, withdrawal, backup and checks of a hub."),
    ];

    /// <summary>The commands, with what they do.</summary>
    public static IReadOnlyList<(string Name, string Description)> Commands => Known;

    /// <summary>Whether the first word of a command line is one of them.</summary>
    public static bool Takes(string[] args) => args.Length > 0 && Array.Exists(Known, k => k.Name == args[0]);

    /// <summary>The program that belongs to this one; null when it is not installed.</summary>
    /// <param name="folder">The folder of this program.</param>
    public static string? Find(string folder)
    {
        var name = OperatingSystem.IsWindows() ? "assay-server.exe" : "assay-server";
        foreach (var path in (string[])[Path.Combine(folder, name), Path.Combine(folder, "server", name)])
        {
            if (File.Exists(path))
                return path;
        }

        return null;
    }

    /// <summary>Runs it in place of this program.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="args">What was asked for.</param>
    /// <returns>Its exit code, where this process could not become it.</returns>
    /// <exception cref="IOException">It cannot be started.</exception>
    public static int Run(string program, string[] args)
    {
        if (OperatingSystem.IsWindows())
            return RunAndWait(program, args);
        var environment = new List<string?>();
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
            environment.Add($"{variable.Key}={variable.Value}");
        environment.Add(null);
        ExecuteInPlace(program, [program, .. args, null], [.. environment]);
        throw new IOException($"{program} could not be started: {Marshal.GetLastPInvokeErrorMessage()}");
    }

#pragma warning disable RS0030 // The one program that Assay starts is its own other half.
    private static int RunAndWait(string program, string[] args)
    {
        var start = new System.Diagnostics.ProcessStartInfo(program) { UseShellExecute = false };
        foreach (var argument in args)
            start.ArgumentList.Add(argument);
        using var process = System.Diagnostics.Process.Start(start) ?? throw new IOException($"{program} could not be started.");
        // The console sends its signals to both; this one waits for the other's answer to them.
        Console.CancelKeyPress += static (_, e) => e.Cancel = true;
        process.WaitForExit();
        return process.ExitCode;
    }
#pragma warning restore RS0030

    [LibraryImport("libc", EntryPoint = "execve", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ExecuteInPlace(string path, string?[] arguments, string?[] environment);
}
