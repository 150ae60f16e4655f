using System.Buffers;
using System.Buffers.Binary;

namespace Assay.Protocol.Xet;

/// <summary>A run of chunks of a xorb that is part of a file.</summary>
/// <param name="Xorb">Hash of the xorb.</param>
/// <param name="Length">Length of the chunks' content in bytes, as declared.</param>
/// <param name="FirstChunk">Index of the first chunk.</param>
/// <param name="EndChunk">Index behind the last chunk; greater than <paramref name="FirstChunk"/>.</param>
public readonly record struct XetTerm(XetHash Xorb, uint Length, int FirstChunk, int EndChunk);

/// <summary>A file of a shard.</summary>
/// <param name="Hash">Its Xet hash.</param>
/// <param name="Terms">What it consists of, in order; none for an empty file.</param>
/// <param name="Ranges">A verification hash for each term; none if the shard has none.</param>
/// <param name="Sha256">SHA-256 of the content, 64 lower-case hexadecimal digits; null if the shard has none.</param>
public sealed record XetFile(XetHash Hash, IReadOnlyList<XetTerm> Terms, IReadOnlyList<XetHash> Ranges, string? Sha256)
{
    /// <summary>Length of the content in bytes, as declared.</summary>
    public long Length => Terms.Sum(term => (long)term.Length);
}

/// <summary>A chunk as a shard describes it.</summary>
/// <param name="Hash">Hash of its content.</param>
/// <param name="Offset">Where it begins in the xorb's content, in bytes.</param>
/// <param name="Length">Length of its content in bytes.</param>
public readonly record struct ShardChunk(XetHash Hash, uint Offset, uint Length);

/// <summary>A xorb as a shard describes it.</summary>
/// <param name="Hash">Its hash.</param>
/// <param name="Chunks">Its chunks, in order.</param>
/// <param name="Length">Length of its content in bytes.</param>
/// <param name="StoredLength">Length as uploaded in bytes; clients may leave it zero.</param>
public sealed record ShardXorb(XetHash Hash, IReadOnlyList<ShardChunk> Chunks, uint Length, uint StoredLength);

/// <summary>What a shard says. None of it is verified: see <see cref="XetFileAssembler"/>.</summary>
/// <param name="Files">Files, in order.</param>
/// <param name="Xorbs">Xorbs, in order.</param>
public sealed record XetShard(IReadOnlyList<XetFile> Files, IReadOnlyList<ShardXorb> Xorbs)
{
    /// <summary>Length of all files' content in bytes, as declared: the work that accepting the shard takes.</summary>
    public long Length => Files.Sum(file => file.Length);
}

/// <summary>
/// Reads binary shards, version 2 (source: xet-core, <c>xet_core_structures/src/metadata_shard</c>): the section of files and that of xorbs. A footer
/// is left unread. Memory is bounded by the bytes that were read: a count reserves nothing.
/// </summary>
public static class ShardReader
{
    /// <summary>Longest shard in bytes.</summary>
    public const int MaxLength = 64 * 1024 * 1024;

    private const int RecordBytes = 48;
    private const ulong Version = 2;
    private const uint HasRanges = 0x80000000;
    private const uint HasSha256 = 0x40000000;

    private static ReadOnlySpan<byte> Tag => "HFRepoMetaData\0\x55\x69\x67\x45\x6a\x7b"u8;

    private static ReadOnlySpan<byte> TagEnd => [0x81, 0x57, 0x83, 0xa5, 0xbd, 0xd9, 0x5c, 0xcd, 0xd1, 0x4a, 0xa9];

    /// <summary>Reads a shard.</summary>
    /// <param name="source">The upload; stays open, and is read to the end of the second section and a little further.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="XetFormatException">It is malformed or too long.</exception>
    public static async Task<XetShard> ReadAsync(Stream source, CancellationToken cancellation)
    {
        using var records = new RecordStream(source);
        ReadHeader(await records.NextAsync(cancellation).ConfigureAwait(false));
        var files = new List<XetFile>();
        while (await ReadFileAsync(records, cancellation).ConfigureAwait(false) is { } file)
            files.Add(file);
        var xorbs = new List<ShardXorb>();
        while (await ReadXorbAsync(records, cancellation).ConfigureAwait(false) is { } xorb)
            xorbs.Add(xorb);
        return new XetShard(files, xorbs);
    }

    private static void ReadHeader(ReadOnlyMemory<byte> record)
    {
        var header = record.Span;
        if (!header.StartsWith(Tag) || !header[Tag.Length..].StartsWith(TagEnd))
            throw new XetFormatException("A shard does not begin as one.", 0);
        var version = BinaryPrimitives.ReadUInt64LittleEndian(header[32..]);
        if (version != Version)
            throw new XetFormatException($"A shard has version {version}, which is not known.", 32);
    }

    private static async ValueTask<XetFile?> ReadFileAsync(RecordStream records, CancellationToken cancellation)
    {
        var header = await records.NextAsync(cancellation).ConfigureAwait(false);
        var hash = new XetHash(header.Span);
        if (hash.IsAllOnes)
            return null;
        var flags = Word(header, 32);
        var count = Word(header, 36);
        records.Expect(((flags & HasRanges) != 0 ? 2L * count : count) + ((flags & HasSha256) != 0 ? 1 : 0), "file");
        var terms = new List<XetTerm>();
        for (var i = 0U; i < count; i++)
            terms.Add(ReadTerm(await records.NextAsync(cancellation).ConfigureAwait(false), records.Position));
        var ranges = new List<XetHash>();
        for (var i = 0U; i < count && (flags & HasRanges) != 0; i++)
            ranges.Add(new XetHash((await records.NextAsync(cancellation).ConfigureAwait(false)).Span));
        var sha256 = (flags & HasSha256) != 0 ? new XetHash((await records.NextAsync(cancellation).ConfigureAwait(false)).Span).ToString() : null;
        return new XetFile(hash, terms, ranges, sha256);
    }

    private static XetTerm ReadTerm(ReadOnlyMemory<byte> record, long position)
    {
        var length = Word(record, 36);
        var first = Word(record, 40);
        var end = Word(record, 44);
        if (first >= end || end > XorbReader.MaxChunks)
            throw new XetFormatException($"A term takes chunks {first} to {end} of a xorb.", position + 40);
        return length >= end - first && length <= (end - first) * XorbReader.MaxChunkLength
            ? new XetTerm(new XetHash(record.Span), length, (int)first, (int)end)
            : throw new XetFormatException($"A term of {end - first} chunks declares {length} bytes.", position + 36);
    }

    private static async ValueTask<ShardXorb?> ReadXorbAsync(RecordStream records, CancellationToken cancellation)
    {
        var header = await records.NextAsync(cancellation).ConfigureAwait(false);
        var hash = new XetHash(header.Span);
        if (hash.IsAllOnes)
            return null;
        uint count = Word(header, 36), length = Word(header, 40), stored = Word(header, 44);
        records.Expect(count, "xorb");
        var chunks = new List<ShardChunk>();
        for (var i = 0U; i < count; i++)
        {
            var record = await records.NextAsync(cancellation).ConfigureAwait(false);
            chunks.Add(new ShardChunk(new XetHash(record.Span), Word(record, 32), Word(record, 36)));
        }

        return new ShardXorb(hash, chunks, length, stored);
    }

    private static uint Word(ReadOnlyMemory<byte> record, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(record.Span[offset..]);

    /// <summary>A stream of records of 48 bytes.</summary>
    private sealed class RecordStream(Stream source) : IDisposable
    {
        private const int BufferBytes = RecordBytes * 1024;

        private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        private int _start;
        private int _end;
        private long _read;

        /// <summary>Where the record last returned begins.</summary>
        public long Position { get; private set; }

        /// <summary>Whether so many more records may still come.</summary>
        public void Expect(long count, string what)
        {
            if (count > (MaxLength - Position - RecordBytes) / RecordBytes)
                throw new XetFormatException($"A {what} of a shard declares {count} records, more than a shard can hold.", Position + 36);
        }

        /// <summary>The next record; valid until the one after it is asked for.</summary>
        public async ValueTask<ReadOnlyMemory<byte>> NextAsync(CancellationToken cancellation)
        {
            Position = _read - (_end - _start);
            if (Position > MaxLength - RecordBytes)
                throw new XetFormatException($"A shard is longer than {MaxLength} bytes.", Position);
            if (_end - _start < RecordBytes)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                _end -= _start;
                _start = 0;
                var read = await source.ReadAtLeastAsync(_buffer.AsMemory(_end, BufferBytes - _end), RecordBytes - _end, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
                _end += read;
                _read += read;
                if (_end < RecordBytes)
                    throw new XetFormatException("A shard ends too early.", _read);
            }

            var record = _buffer.AsMemory(_start, RecordBytes);
            _start += RecordBytes;
            return record;
        }

        public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);
    }
}
