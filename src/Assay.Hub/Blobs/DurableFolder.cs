using System.Runtime.InteropServices;

namespace Assay.Hub.Blobs;

/// <summary>
/// Brings the entries of folders to the disk: a new or renamed file survives a loss of power only when the folder that names it was flushed
/// (fsync(2)). .NET does not open folders, hence the calls of the C library. Windows orders such changes itself, and nothing happens there.
/// </summary>
internal static partial class DurableFolder
{
    private const int NotSupported = 22; // EINVAL, on Linux and macOS alike
    private const int Interrupted = 4; // EINTR, likewise

    // Who finds a folder here may rely on it: it was flushed by the one who made it before he let go.
    private static readonly Lock Making = new();

    /// <summary>Makes a folder and those above it that are missing, and flushes the entry of each new one.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be made.</exception>
    public static void Create(string folder)
    {
        lock (Making)
        {
            var parents = new Stack<string>();
            for (var at = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)); !Directory.Exists(at) && Path.GetDirectoryName(at) is { } parent; at = parent)
                parents.Push(parent);
            Directory.CreateDirectory(folder);
            foreach (var parent in parents)
                Flush(parent);
        }
    }

    /// <summary>Flushes the entries of a folder. File systems that cannot do that keep their own order.</summary>
    /// <exception cref="IOException">It is not there, is no folder or may not be read, or the disk fails.</exception>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        // A path that ends so is that of a folder or of nothing, and read only is 0: no flag that differs among systems is needed.
        var descriptor = Retry(folder + "/.", static path => Open(path, 0));
        if (descriptor < 0)
            throw Fault();
        try
        {
            if (Retry(descriptor, Synchronize) < 0 && Marshal.GetLastPInvokeError() != NotSupported)
                throw Fault();
        }
        finally
        {
            _ = Close(descriptor); // nothing was written through it
        }

        IOException Fault() => new($"The folder {folder} could not be flushed to the disk: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private static int Retry<T>(T argument, Func<T, int> call)
    {
        int result;
        do
            result = call(argument);
        while (result < 0 && Marshal.GetLastPInvokeError() == Interrupted);
        return result;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Synchronize(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
