using Microsoft.Win32.SafeHandles;

namespace Assay.Formats;

/// <summary>A regular file, read by position without a stream. Counts what it read.</summary>
public sealed class FileByteSource : ByteSource
{
    private readonly SafeFileHandle _handle;

    private FileByteSource(SafeFileHandle handle, long length)
    {
        _handle = handle;
        Length = length;
    }

    /// <summary>Length when the file was opened: a file that grows meanwhile is read up to here, one that shrinks reads as truncated.</summary>
    public override long Length { get; }

    /// <summary>Bytes fetched from the file so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Opens <paramref name="path"/> for reading.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading is not permitted.</exception>
    public static FileByteSource Open(string path)
    {
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
        return new FileByteSource(handle, RandomAccess.GetLength(handle));
    }

    /// <inheritdoc/>
    public override int ReadAt(long offset, Span<byte> into)
    {
        if (offset < 0 || offset >= Length)
            return 0;
        var total = 0;
        while (total < into.Length)
        {
            var n = RandomAccess.Read(_handle, into[total..], offset + total);
            if (n == 0)
                break;
            total += n;
        }

        BytesRead += total;
        return total;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _handle.Dispose();
        base.Dispose(disposing);
    }
}
