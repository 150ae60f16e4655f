using System.Formats.Tar;

namespace Assay.Scanning;

/// <summary>Tells pipes, sockets and devices from files, without opening them: opening a pipe waits for a writer, and a device may act.</summary>
internal static class SpecialFiles
{
    /// <summary>What an entry is in words (<c>a named pipe</c>), null for a regular file. Only entries of length 0 can be anything else.</summary>
    /// <param name="path">The real path of something that is no folder and no link.</param>
    /// <exception cref="IOException">The entry vanished.</exception>
    /// <exception cref="UnauthorizedAccessException">It is an empty file without permission to read.</exception>
    public static string? Describe(string path)
    {
        if (OperatingSystem.IsWindows())
            return null;
        if (new FileInfo(path).Length != 0)
            return null;

        // The framework shows the type of a file in one place only: the tar writer looks (lstat) before it would open anything.
        using var stream = new MemoryStream();
        try
        {
            using var writer = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true);
            writer.WriteEntry(path, "x");
        }
        catch (IOException) when (File.Exists(path))
        {
            return "a socket";
        }

        stream.Position = 0;
        using var reader = new TarReader(stream);
        return reader.GetNextEntry()?.EntryType switch
        {
            TarEntryType.Fifo => "a named pipe",
            TarEntryType.CharacterDevice => "a character device",
            TarEntryType.BlockDevice => "a block device",
            _ => null,
        };
    }
}
