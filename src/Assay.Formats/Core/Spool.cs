using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Assay.Formats;

/// <summary>
/// Collects a stream of unknown length for random access: in memory up to <see cref="MemoryLimit"/>, above that in a file that the
/// system deletes when it is closed. Memory use is bounded whatever is written.
/// </summary>
public sealed class Spool : IDisposable
{
    /// <summary>Bytes kept in memory before a temporary file is used.</summary>
    public const int MemoryLimit = 16 << 20;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
    private int _inBuffer;
    private SafeFileHandle? _file;
    private long _inFile;
    private bool _handedOver;

    /// <summary>Bytes written so far.</summary>
    public long Length => _inFile + _inBuffer;

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_inBuffer + bytes.Length > _buffer.Length)
            Grow(bytes.Length);
        while (bytes.Length > _buffer.Length - _inBuffer)
        {
            var room = _buffer.Length - _inBuffer;
            bytes[..room].CopyTo(_buffer.AsSpan(_inBuffer));
            _inBuffer += room;
            bytes = bytes[room..];
            Flush();
        }

        bytes.CopyTo(_buffer.AsSpan(_inBuffer));
        _inBuffer += bytes.Length;
    }

    /// <summary>Turns what was written into a source that owns it; the spool must not be written to afterwards.</summary>
    public ByteSource ToSource()
    {
        _handedOver = true;
        if (_file is null)
            return new SpooledByteSource(_buffer, _inBuffer, null, 0);
        Flush();
        ArrayPool<byte>.Shared.Return(_buffer);
        return new SpooledByteSource(null, 0, _file, _inFile);
    }

    /// <summary>Releases what was not handed over by <see cref="ToSource"/>.</summary>
    public void Dispose()
    {
        if (_handedOver)
            return;
        _handedOver = true;
        ArrayPool<byte>.Shared.Return(_buffer);
        _file?.Dispose();
    }

    private void Grow(int more)
    {
        if (_file is not null)
            return;
        var wanted = (long)_inBuffer + more;
        if (wanted > MemoryLimit)
        {
            var directory = Directory.CreateTempSubdirectory("assay-spool-");
            var path = Path.Combine(directory.FullName, "data");
            _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, FileOptions.DeleteOnClose);
            if (!OperatingSystem.IsWindows())
            {
                // The open handle keeps the bytes alive; nothing is left behind even when the process is killed.
                File.Delete(path);
                directory.Delete();
            }

            Flush();
            if (_buffer.Length < 1 << 20)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = ArrayPool<byte>.Shared.Rent(1 << 20);
            }

            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(MemoryLimit, Math.Max(wanted, _buffer.Length * 2L)));
        _buffer.AsSpan(0, _inBuffer).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private void Flush()
    {
        if (_file is null || _inBuffer == 0)
            return;
        RandomAccess.Write(_file, _buffer.AsSpan(0, _inBuffer), _inFile);
        _inFile += _inBuffer;
        _inBuffer = 0;
    }

    private sealed class SpooledByteSource(byte[]? buffer, int count, SafeFileHandle? file, long fileLength) : ByteSource
    {
        private byte[]? _rented = buffer;

        public override long Length => file is null ? count : fileLength;

        public override int ReadAt(long offset, Span<byte> into)
        {
            if (offset < 0 || offset >= Length)
                return 0;
            var n = (int)Math.Min(into.Length, Length - offset);
            if (file is null)
            {
                _rented.AsSpan((int)offset, n).CopyTo(into);
                return n;
            }

            var total = 0;
            while (total < n)
            {
                var got = RandomAccess.Read(file, into[total..n], offset + total);
                if (got == 0)
                    break;
                total += got;
            }

            return total;
        }

        public override bool TryGetMemory(out ReadOnlyMemory<byte> memory)
        {
            memory = file is null ? _rented.AsMemory(0, count) : default;
            return file is null;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                file?.Dispose();
                if (_rented is not null)
                    ArrayPool<byte>.Shared.Return(_rented);
                _rented = null;
            }

            base.Dispose(disposing);
        }
    }
}
