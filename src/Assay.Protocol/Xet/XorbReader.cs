using System.Buffers;
using System.Buffers.Binary;

namespace Assay.Protocol.Xet;

/// <summary>How the content of a chunk is stored.</summary>
public enum XorbScheme
{
    /// <summary>As it is.</summary>
    None = 0,

    /// <summary>As an LZ4 frame.</summary>
    Lz4 = 1,

    /// <summary>Split into four planes by index modulo four, then as an LZ4 frame.</summary>
    Grouped4Lz4 = 2,
}

/// <summary>A chunk of a xorb.</summary>
/// <param name="Offset">Where its header of eight bytes begins, in bytes from the start of the xorb.</param>
/// <param name="StoredLength">Length of what follows the header, in bytes.</param>
/// <param name="Scheme">How the content is stored.</param>
/// <param name="Length">Length of the content in bytes.</param>
/// <param name="Hash">Hash of the content.</param>
public readonly record struct XorbChunk(int Offset, int StoredLength, XorbScheme Scheme, int Length, XetHash Hash)
{
    /// <summary>Where the next chunk's header begins.</summary>
    public int End => Offset + XorbReader.HeaderBytes + StoredLength;
}

/// <summary>What a verified xorb consists of.</summary>
/// <param name="Hash">Its hash: the root over its chunks.</param>
/// <param name="Chunks">Its chunks, in order; at least one.</param>
public sealed record XorbIndex(XetHash Hash, IReadOnlyList<XorbChunk> Chunks)
{
    /// <summary>Length of the chunks with their headers, in bytes; a footer may follow.</summary>
    public int StoredLength => Chunks[^1].End;
}

/// <summary>
/// Reads serialized xorbs: chunks one after the other, optionally followed by a footer, which is not read (source: xet-core,
/// <c>xet_core_structures/src/xorb_object/xorb_chunk_format.rs</c>). Memory is bounded: a chunk as it is stored, as its planes and as its content, and the index.
/// </summary>
public sealed class XorbReader : IDisposable
{
    /// <summary>Longest content of a chunk, in bytes.</summary>
    public const int MaxChunkLength = 128 * 1024;

    /// <summary>Most chunks of a xorb: where the clients cut.</summary>
    public const int MaxChunks = 8 * 1024;

    /// <summary>
    /// Longest sequence of chunks, in bytes: 64 MiB, and the headers on top, since <c>hf_xet</c> cuts where the content reaches 64 MiB.
    /// </summary>
    public const int MaxLength = (64 * 1024 * 1024) + (MaxChunks * HeaderBytes);

    /// <summary>Longest upload worth reading, in bytes: the chunks, and a footer of 40 bytes for each and some more.</summary>
    public const int MaxUploadLength = MaxLength + (MaxChunks * 40) + 1024;

    internal const int HeaderBytes = 8;

    // The reference server's bound. No client stores a chunk longer than it is.
    private const int MaxStoredLength = 2 * MaxChunkLength;

    private readonly Stream _source;
    private readonly byte[] _stored = ArrayPool<byte>.Shared.Rent(MaxStoredLength + HeaderBytes);
    private readonly byte[] _content = ArrayPool<byte>.Shared.Rent(MaxChunkLength);
    private readonly byte[] _planes = ArrayPool<byte>.Shared.Rent(MaxChunkLength);
    private int _position;
    private int _readAhead;
    private bool _disposed;

    /// <summary>Reads chunks from a stream, which stays open and may be read a few bytes past the last chunk.</summary>
    public XorbReader(Stream source)
    {
        _source = source;
    }

    /// <summary>The chunk last read.</summary>
    public XorbChunk Chunk { get; private set; }

    /// <summary>The content of the chunk last read; overwritten by the next.</summary>
    public ReadOnlyMemory<byte> Content => _content.AsMemory(0, Chunk.Length);

    private static ReadOnlySpan<byte> FooterTag => "XETBLOB"u8;

    /// <summary>Reads a whole xorb and verifies that every chunk decodes.</summary>
    /// <param name="source">The upload; what follows the last chunk is left unread, but for a few bytes.</param>
    /// <param name="copy">Receives the chunks as they were stored, without a footer; or null.</param>
    /// <param name="expected">The hash it was announced by.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>Its index.</returns>
    /// <exception cref="XetFormatException">It is malformed, too long, or has another hash. What was copied is then to be thrown away.</exception>
    public static async Task<XorbIndex> ReadAsync(Stream source, Stream? copy, XetHash expected, CancellationToken cancellation)
    {
        using var reader = new XorbReader(source);
        var chunks = new List<XorbChunk>();
        var tree = new XetTree();
        while (await reader.ReadChunkAsync(cancellation).ConfigureAwait(false))
        {
            var chunk = reader.Chunk;
            if (chunks.Count == MaxChunks)
                throw new XetFormatException($"A xorb has more than {MaxChunks} chunks.", chunk.Offset);
            chunks.Add(chunk);
            tree.Append(chunk.Hash, chunk.Length);
            if (copy is not null)
                await reader.CopyChunkAsync(copy, cancellation).ConfigureAwait(false);
        }

        if (chunks.Count == 0)
            throw new XetFormatException("A xorb has no chunk.", 0);
        var hash = tree.FinishXorb();
        return hash == expected
            ? new XorbIndex(hash, chunks)
            : throw new XetFormatException($"The hash of the xorb is {hash} and not {expected}.", reader._position);
    }

    /// <summary>Reads the next chunk and decodes it.</summary>
    /// <returns>False where the stream ends or the footer begins.</returns>
    /// <exception cref="XetFormatException">It is malformed, or ends too early.</exception>
    public async ValueTask<bool> ReadChunkAsync(CancellationToken cancellation)
    {
        var header = _stored.AsMemory(0, HeaderBytes);
        var available = _readAhead;
        if (_position > 0)
            _stored.AsSpan(HeaderBytes + Chunk.StoredLength, available).CopyTo(header.Span);
        else
            available = await _source.ReadAtLeastAsync(header, HeaderBytes, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        if (available == 0 || header.Span.StartsWith(FooterTag))
            return false;
        if (available < HeaderBytes)
            throw new XetFormatException("The header of a chunk ends too early.", _position + available);
        var chunk = ReadHeader(header.Span);

        // The next header comes with this chunk, which saves every second read.
        var wanted = _stored.AsMemory(HeaderBytes, chunk.StoredLength + HeaderBytes);
        var read = await _source.ReadAtLeastAsync(wanted, wanted.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        if (read < chunk.StoredLength)
            throw new XetFormatException("A chunk ends too early.", _position + HeaderBytes + read);
        Decode(chunk);
        Chunk = chunk with { Hash = XetTree.HashChunk(_content.AsSpan(0, chunk.Length)) };
        _position = chunk.End;
        _readAhead = read - chunk.StoredLength;
        return true;
    }

    /// <summary>Writes the chunk last read as it was stored, header and all.</summary>
    public ValueTask CopyChunkAsync(Stream destination, CancellationToken cancellation) =>
        destination.WriteAsync(_stored.AsMemory(0, HeaderBytes + Chunk.StoredLength), cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        ArrayPool<byte>.Shared.Return(_stored);
        ArrayPool<byte>.Shared.Return(_content);
        ArrayPool<byte>.Shared.Return(_planes);
    }

    /// <summary>Puts back together what was split into four planes by index modulo four; the first <c>length mod 4</c> planes are one longer.</summary>
    internal static void Ungroup(ReadOnlySpan<byte> planes, Span<byte> content)
    {
        var whole = content.Length / 4;
        var longer = content.Length % 4;
        var a = planes[..(whole + (longer > 0 ? 1 : 0))];
        planes = planes[a.Length..];
        var b = planes[..(whole + (longer > 1 ? 1 : 0))];
        planes = planes[b.Length..];
        var c = planes[..(whole + (longer > 2 ? 1 : 0))];
        var d = planes.Slice(c.Length, whole);
        for (var i = 0; i < d.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(content[(i * 4)..], a[i] | ((uint)b[i] << 8) | ((uint)c[i] << 16) | ((uint)d[i] << 24));
        var rest = content[(whole * 4)..];
        if (longer > 0)
            rest[0] = a[whole];
        if (longer > 1)
            rest[1] = b[whole];
        if (longer > 2)
            rest[2] = c[whole];
    }

    private XorbChunk ReadHeader(ReadOnlySpan<byte> header)
    {
        if (header[0] != 0)
            throw new XetFormatException($"A chunk has version {header[0]}, which is not known.", _position);
        var stored = ReadUInt24(header[1..]);
        var scheme = (XorbScheme)header[4];
        var length = ReadUInt24(header[5..]);
        if (scheme > XorbScheme.Grouped4Lz4)
            throw new XetFormatException($"A chunk has compression scheme {header[4]}, which is not known.", _position + 4);
        if (length is 0 or > MaxChunkLength)
            throw new XetFormatException($"A chunk declares {length} bytes of content; 1 to {MaxChunkLength} are allowed.", _position + 5);
        if (stored > MaxStoredLength || (scheme == XorbScheme.None && stored != length))
            throw new XetFormatException($"A chunk of {length} bytes declares {stored} stored bytes.", _position + 1);
        return stored <= MaxLength - HeaderBytes - _position
            ? new XorbChunk(_position, stored, scheme, length, default)
            : throw new XetFormatException($"A xorb has more than {MaxLength} bytes of chunks.", _position);
    }

    private void Decode(in XorbChunk chunk)
    {
        var stored = _stored.AsSpan(HeaderBytes, chunk.StoredLength);
        var content = _content.AsSpan(0, chunk.Length);
        try
        {
            switch (chunk.Scheme)
            {
                case XorbScheme.None:
                    stored.CopyTo(content);
                    break;
                case XorbScheme.Lz4:
                    Lz4Frame.Decode(stored, content);
                    break;
                default:
                    var planes = _planes.AsSpan(0, chunk.Length);
                    Lz4Frame.Decode(stored, planes);
                    Ungroup(planes, content);
                    break;
            }
        }
        catch (XetFormatException damage)
        {
            throw new XetFormatException(damage.Reason, chunk.Offset + HeaderBytes + damage.Position);
        }
    }

    private static int ReadUInt24(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
}
