using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Assay.Protocol.Git;

/// <summary>The kinds of packets that git's protocols are made of.</summary>
public enum PktKind
{
    /// <summary>Content of 0 to 65516 bytes.</summary>
    Data,

    /// <summary><c>0000</c>: the end of a message.</summary>
    Flush,

    /// <summary><c>0001</c>: between two parts of a message (protocol 2).</summary>
    Delimiter,

    /// <summary><c>0002</c>: the end of an answer (protocol 2).</summary>
    ResponseEnd,

    /// <summary>There are no more bytes.</summary>
    End,
}

/// <summary>The other side broke the rules of git's protocol, or asked for more than it may.</summary>
/// <param name="message">A sentence that may be told to the other side.</param>
public sealed class GitProtocolException(string message) : Exception(message);

/// <summary>Reads packets, the frames of git's protocols (source: git, <c>gitprotocol-common</c>): four hexadecimal
/// digits of a length that counts itself, and the content.</summary>
/// <param name="input">Where packets come from; stays open.</param>
/// <param name="maxBytes">How many bytes a whole request may have.</param>
public sealed class PktLineReader(Stream input, long maxBytes) : IDisposable
{
    private const int LengthDigits = 4;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(PktLineWriter.MaxPacket);
    private int _start;
    private int _end;
    private long _total;

    /// <summary>The content of the packet read last, without one line break at its end; valid until the next is read.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>Reads the next packet.</summary>
    /// <exception cref="GitProtocolException">What comes is no packet, ends within one, or is more than the whole may have.</exception>
    public async ValueTask<PktKind> ReadAsync(CancellationToken cancellation)
    {
        Line = default;
        if (!await FillAsync(LengthDigits, cancellation).ConfigureAwait(false))
            return _end == _start ? PktKind.End : throw new GitProtocolException("The request ends within a packet.");
        var digits = _buffer.AsSpan(_start, LengthDigits);
        if (!Utf8Parser.TryParse(digits, out int length, out var used, 'x') || used != LengthDigits)
            throw new GitProtocolException("The request has a packet without a length.");
        switch (length)
        {
            case 0:
                _start += LengthDigits;
                return PktKind.Flush;
            case 1:
                _start += LengthDigits;
                return PktKind.Delimiter;
            case 2:
                _start += LengthDigits;
                return PktKind.ResponseEnd;
            case < LengthDigits or > PktLineWriter.MaxPacket:
                throw new GitProtocolException("The request has a packet of an impossible length.");
        }

        if (!await FillAsync(length, cancellation).ConfigureAwait(false))
            throw new GitProtocolException("The request ends within a packet.");
        var content = _buffer.AsMemory(_start + LengthDigits, length - LengthDigits);
        Line = content.Span.EndsWith("\n"u8) ? content[..^1] : content;
        _start += length;
        return PktKind.Data;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _start = _end = 0;
        Line = default;
    }

    private async ValueTask<bool> FillAsync(int count, CancellationToken cancellation)
    {
        if (_buffer.Length - _start < count)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        while (_end - _start < count)
        {
            var read = await input.ReadAsync(_buffer.AsMemory(_end), cancellation).ConfigureAwait(false);
            if (read == 0)
                return false;
            _end += read;
            _total += read;
            if (_total > maxBytes)
                throw new GitProtocolException($"The request has more than {maxBytes} bytes.");
        }

        return true;
    }
}

/// <summary>Writes packets. They are gathered until there is a packet's worth of bytes, or <see cref="SendAsync"/> is called.</summary>
/// <param name="output">Where packets go; stays open.</param>
public sealed class PktLineWriter(Stream output) : IDisposable
{
    /// <summary>The longest packet in bytes, its length included.</summary>
    public const int MaxPacket = 65520;

    /// <summary>How many bytes of a side band fit a packet.</summary>
    public const int MaxBandContent = MaxPacket - 5;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(MaxPacket);
    private int _used;

    /// <summary>Bytes written so far.</summary>
    public long Written { get; private set; }

    /// <summary>Writes a line; a line break is put at its end.</summary>
    /// <exception cref="ArgumentException">It is longer than a packet.</exception>
    public ValueTask WriteLineAsync(string text, CancellationToken cancellation) => WriteTextAsync(text, "\n", cancellation);

    /// <summary>Tells the other side that it gets no answer, and why. It shows the sentence and stops.</summary>
    public ValueTask WriteErrorAsync(string sentence, CancellationToken cancellation) => WriteTextAsync("ERR " + sentence, "", cancellation);

    /// <summary>Writes <c>0000</c>.</summary>
    public ValueTask WriteFlushAsync(CancellationToken cancellation) => WriteRawAsync("0000"u8.ToArray(), cancellation);

    /// <summary>Writes <c>0001</c>.</summary>
    public ValueTask WriteDelimiterAsync(CancellationToken cancellation) => WriteRawAsync("0001"u8.ToArray(), cancellation);

    /// <summary>Writes content on a side band.</summary>
    /// <param name="band">1 for the pack, 2 for what is shown to the user, 3 for the reason of an early end.</param>
    /// <param name="content">At most <see cref="MaxBandContent"/> bytes.</param>
    /// <param name="cancellation">Ends the writing.</param>
    /// <exception cref="ArgumentException">The content is longer.</exception>
    public async ValueTask WriteBandAsync(byte band, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        if (content.Length > MaxBandContent)
            throw new ArgumentException("A packet holds less.", nameof(content));
        await ReserveAsync(content.Length + 5, cancellation).ConfigureAwait(false);
        AppendLength(content.Length + 5);
        _buffer[_used++] = band;
        content.Span.CopyTo(_buffer.AsSpan(_used));
        _used += content.Length;
    }

    /// <summary>Writes bytes that are no packet: a pack for a client that knows no side bands.</summary>
    public async ValueTask WriteRawAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        await ReserveAsync(content.Length, cancellation).ConfigureAwait(false);
        content.Span.CopyTo(_buffer.AsSpan(_used));
        _used += content.Length;
    }

    /// <summary>Sends what was gathered.</summary>
    public async ValueTask SendAsync(CancellationToken cancellation)
    {
        if (_used == 0)
            return;
        var used = _used;
        _used = 0;
        Written += used;
        await output.WriteAsync(_buffer.AsMemory(0, used), cancellation).ConfigureAwait(false);
        await output.FlushAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Forgets what was not sent, and gives back the buffer.</summary>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _used = 0;
    }

    private async ValueTask WriteTextAsync(string text, string end, CancellationToken cancellation)
    {
        var length = Encoding.UTF8.GetByteCount(text) + end.Length + 4;
        if (length > MaxPacket)
            throw new ArgumentException("A packet holds less.", nameof(text));
        await ReserveAsync(length, cancellation).ConfigureAwait(false);
        AppendLength(length);
        _used += Encoding.UTF8.GetBytes(text, _buffer.AsSpan(_used));
        _used += Encoding.UTF8.GetBytes(end, _buffer.AsSpan(_used));
    }

    private ValueTask ReserveAsync(int count, CancellationToken cancellation) =>
        _buffer.Length - _used < count ? SendAsync(cancellation) : ValueTask.CompletedTask;

    private void AppendLength(int length)
    {
        Utf8Formatter.TryFormat(length, _buffer.AsSpan(_used), out var written, new StandardFormat('x', 4));
        _used += written;
    }
}
