using System.Buffers.Binary;
using System.Text;

namespace Assay.Formats;

/// <summary>Reads the headers of a Windows program (Microsoft PE and COFF specification, 11).</summary>
public sealed class PeReader : ProgramReader
{
    private const int MaxSections = 96;

    /// <summary>Sections that packers and protectors leave behind.</summary>
    private static readonly Dictionary<string, string> Packers = new(StringComparer.OrdinalIgnoreCase)
    {
        ["UPX0"] = "UPX",
        ["UPX1"] = "UPX",
        ["UPX2"] = "UPX",
        [".aspack"] = "ASPack",
        [".adata"] = "ASPack",
        ["ASPack"] = "ASPack",
        [".MPRESS1"] = "MPRESS",
        [".MPRESS2"] = "MPRESS",
        [".vmp0"] = "VMProtect",
        [".vmp1"] = "VMProtect",
        [".vmp2"] = "VMProtect",
        [".themida"] = "Themida",
        [".winlice"] = "WinLicense",
        [".petite"] = "Petite",
        [".enigma1"] = "Enigma",
        [".enigma2"] = "Enigma",
        [".nsp0"] = "NsPack",
        [".nsp1"] = "NsPack",
        ["nsp0"] = "NsPack",
        ["PEC2"] = "PECompact",
        ["pec1"] = "PECompact",
        [".perplex"] = "Perplex",
        [".yP"] = "Y0da",
        ["FSG!"] = "FSG",
        ["kkrunchy"] = "kkrunchy",
        [".mew"] = "MEW",
        [".svkp"] = "SVKP",
        [".obsidium"] = "Obsidium",
        [".boom"] = "Boomerang",
    };

    /// <inheritdoc/>
    public override FormatId Id => FormatId.Pe;

    /// <summary>Strong where the new header is in sight; programs for DOS and those that are several at once are known by their signature alone.</summary>
    public override FormatMatch Recognise(in FileEdges edges)
    {
        if (!edges.StartsWith("MZ"u8) || edges.StartsWith("MZqFpD"u8) || edges.Head.Length < 0x40)
            return FormatMatch.None;
        var at = BinaryPrimitives.ReadUInt32LittleEndian(edges.Head[0x3C..]);
        return at <= edges.Head.Length - 24 && edges.Head[(int)at..].StartsWith("PE\0\0"u8) ? FormatMatch.Strong : FormatMatch.None;
    }

    private protected override void ReadHeaders(ProgramFacts facts, ByteSource source, ReadScope scope)
    {
        using var cursor = scope.Open(source, 0x3C);
        var at = cursor.ReadUInt32();
        cursor.Offset = at + 4;
        var coff = cursor.ReadBytes(20);
        var count = Math.Min((int)BinaryPrimitives.ReadUInt16LittleEndian(coff[2..]), MaxSections);
        var optionalSize = BinaryPrimitives.ReadUInt16LittleEndian(coff[16..]);
        facts.IsLibrary = (BinaryPrimitives.ReadUInt16LittleEndian(coff[18..]) & 0x2000) != 0;
        var optional = cursor.ReadBytes(optionalSize).ToArray();
        if (optional.Length < 24)
            Malformed.Invalid(at, "the optional header is too short");
        var entry = BinaryPrimitives.ReadUInt32LittleEndian(optional.AsSpan(16));
        var isWide = BinaryPrimitives.ReadUInt16LittleEndian(optional) == 0x20B;
        var directories = isWide ? 112 : 96;
        facts.HasSignature = Directory(4) != 0;
        facts.IsManaged = Directory(14) != 0;

        var entryIsCode = entry == 0 || facts.IsManaged;
        for (var i = 0; i < count; i++)
        {
            scope.Budget.ChargeElements(1, cursor.Offset);
            var header = cursor.ReadBytes(40).ToArray();
            var name = Encoding.Latin1.GetString(header, 0, 8).TrimEnd('\0');
            var size = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(16));
            var offset = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(20));
            var flags = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(36));
            var isCode = (flags & 0x20000020) != 0;
            var isWritable = (flags & 0x80000000) != 0;
            var section = new ProgramSection(name, offset, size, isCode, isWritable, isCode ? EntropyOf(source, offset, size, scope.Budget) : 0);
            facts.Add(section);
            var start = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(12));
            var span = Math.Max(BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(8)), size);
            if (entry >= start && entry - start < span)
            {
                entryIsCode |= isCode;
                if (isWritable && isCode)
                    facts.Mark($"it starts in the section {ArchiveNames.Printable(name)}, which it can rewrite");
            }

            if (Packers.TryGetValue(name, out var packer))
                facts.Mark($"it is packed with {packer}");
            else if (isCode && !facts.IsManaged && size >= 8192 && section.Entropy > 7.3)
                facts.Mark($"the code in {ArchiveNames.Printable(name)} is nearly random");
        }

        if (count > 0 && !entryIsCode)
            facts.Mark("it starts outside of its code");
        if (HasAll(source, "VirtualAllocEx", "WriteProcessMemory", "CreateRemoteThread") || HasAll(source, "NtUnmapViewOfSection", "WriteProcessMemory", "SetThreadContext"))
            facts.Mark("it writes code into other programs");
        facts.Bundler = BundlerOf(source, scope);

        uint Directory(int index)
        {
            var place = directories + (index * 8);
            return place + 4 <= optional.Length ? BinaryPrimitives.ReadUInt32LittleEndian(optional.AsSpan(place)) : 0;
        }
    }
}
