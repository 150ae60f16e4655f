using System.Buffers.Binary;

namespace Assay.Formats;

/// <summary>Reads the headers of a Linux program or library (System V ABI, chapters 4 and 5).</summary>
public sealed class ElfReader : ProgramReader
{
    private const int MaxSegments = 128;

    /// <inheritdoc/>
    public override FormatId Id => FormatId.Elf;

    /// <inheritdoc/>
    public override FormatMatch Recognise(in FileEdges edges) =>
        edges.StartsWith("\u007fELF"u8) && edges.Head.Length >= 52 && edges.Head[4] is 1 or 2 && edges.Head[5] is 1 or 2 && edges.Head[6] == 1 ? FormatMatch.Strong : FormatMatch.None;

    private protected override void ReadHeaders(ProgramFacts facts, ByteSource source, ReadScope scope)
    {
        using var cursor = scope.Open(source);
        var header = cursor.ReadBytes(52).ToArray();
        var isWide = header[4] == 2;
        var isBig = header[5] == 2;
        if (isWide)
        {
            cursor.Offset = 0;
            header = cursor.ReadBytes(64).ToArray();
        }

        var kind = U16(header, 16);
        var entry = isWide ? U64(header, 24) : U32(header, 24);
        var table = isWide ? U64(header, 32) : U32(header, 28);
        var size = U16(header, isWide ? 54 : 42);
        var count = Math.Min((int)U16(header, isWide ? 56 : 44), MaxSegments);
        var sections = U16(header, isWide ? 60 : 48);
        if (size < (isWide ? 56 : 32) || table > (ulong)source.Length)
            Malformed.Invalid(32, "the table of segments is not in the file");
        var hasInterpreter = false;
        for (var i = 0; i < count; i++)
        {
            scope.Budget.ChargeElements(1, cursor.Offset);
            cursor.Offset = (long)table + ((long)i * size);
            var segment = cursor.ReadBytes(isWide ? 56 : 32).ToArray();
            var type = U32(segment, 0);
            var flags = U32(segment, isWide ? 4 : 24);
            var offset = isWide ? U64(segment, 8) : U32(segment, 4);
            var address = isWide ? U64(segment, 16) : U32(segment, 8);
            var length = isWide ? U64(segment, 32) : U32(segment, 16);
            hasInterpreter |= type == 3;
            if (type != 1 || offset > (ulong)source.Length)
                continue;
            var isCode = (flags & 1) != 0;
            var taken = (long)Math.Min(length, (ulong)source.Length - offset);
            var entropy = isCode ? EntropyOf(source, (long)offset, taken, scope.Budget) : 0;
            facts.Add(new ProgramSection($"segment {i}", (long)offset, taken, isCode, (flags & 2) != 0, entropy));
            if (isCode && (flags & 2) != 0 && kind != 1 && entry >= address && entry - address < Math.Max(1, length))
                facts.Mark("it starts in memory that it can rewrite");
            if (isCode && taken >= 8192 && entropy > 7.3)
                facts.Mark("its code is nearly random");
        }

        facts.IsLibrary = kind == 1 || (kind == 3 && !hasInterpreter && sections > 0);
        var head = new byte[(int)Math.Min(source.Length, 4096)];
        var n = source.ReadAt(0, head);
        scope.Budget.ChargeRead(n, 0);
        // The header of the packer stands right behind the segments.
        if (head.AsSpan(0, n).IndexOf("UPX!"u8) is >= 0 and < 1024)
            facts.Mark("it is packed with UPX");
        facts.Bundler = BundlerOf(source, scope);

        ushort U16(byte[] bytes, int at) => isBig ? BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at)) : BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));
        uint U32(byte[] bytes, int at) => isBig ? BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at)) : BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
        ulong U64(byte[] bytes, int at) => isBig ? BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(at)) : BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
    }
}
