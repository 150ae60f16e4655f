using System.Buffers.Binary;
using System.Text;

namespace Assay.Formats;

/// <summary>
/// Reads a compound file (MS-CFB): its streams, the source of its macros (MS-OVBA), sheets of Excel 4.0 macros (MS-XLS), packages (MS-OLEDS).
/// The text of the document itself is not read.
/// </summary>
public sealed class OleReader : DocumentReader
{
    private const int MaxEntries = 20_000;
    private const int MaxStream = 32 << 20;
    private const uint LastSector = 0xFFFFFFFA;

    /// <summary>Procedures that Word, Excel and PowerPoint call by themselves.</summary>
    private static readonly string[] AutoNames =
        ["AutoOpen", "AutoExec", "AutoClose", "AutoExit", "AutoNew", "Auto_Open", "Auto_Close", "Document_Open", "Document_Close", "Document_New", "Document_BeforeClose", "Workbook_Open", "Workbook_Activate", "Workbook_BeforeClose", "Workbook_Close", "Presentation_Open", "Frame1_Layout", "_Layout(", "_MouseEnter", "_DocumentComplete"];

    /// <inheritdoc/>
    public override FormatId Id => FormatId.Ole;

    /// <inheritdoc/>
    public override FormatMatch Recognise(in FileEdges edges) =>
        edges.StartsWith((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) ? FormatMatch.Strong : FormatMatch.None;

    private protected override void ReadDocument(DocumentFacts facts, ReadOnlyMemory<byte> bytes, ReadScope scope)
    {
        var file = new CompoundFile(bytes, scope.Budget);
        var modules = 0;
        var project = false;
        foreach (var entry in file.Entries)
        {
            scope.Budget.ChargeElements(1, entry.Offset);
            var name = entry.Name;
            if (entry.IsRoot && entry.ClassId == "000C1084")
                facts.Add(DocumentFeatureKind.Installer, entry.Offset, "Windows Installer package");
            if (!entry.IsStream)
                continue;
            if (name is "EncryptedPackage")
                facts.Note(new Malformation(MalformationKind.Encrypted, entry.Offset, "the document is encrypted"));
            project |= name is "_VBA_PROJECT" or "PROJECT" or "PROJECTwm";
            if (name == "\u0001Ole10Native" || name.EndsWith("Ole10Native", StringComparison.Ordinal))
                ReadPackage(facts, file.StreamOf(entry, MaxStream), entry.Offset);
            else if (name is "Workbook" or "Book")
                ReadWorkbook(facts, file.StreamOf(entry, MaxStream), entry.Offset);
            else if (name is "WordDocument" or "1Table" or "0Table")
                FindDynamicData(facts, file.StreamOf(entry, MaxStream), entry.Offset);
            if (entry.Size is > 16 and < MaxStream && name is not ("Workbook" or "Book" or "WordDocument" or "Data" or "PowerPoint Document" or "Pictures"))
                modules += ReadModule(facts, entry, file.StreamOf(entry, MaxStream), scope.Budget) ? 1 : 0;
        }

        if (project && modules == 0)
            facts.Add(DocumentFeatureKind.CompiledMacro, 0, "macro project without source");
        if (file.Damage is { } damage)
            facts.Note(damage);
    }

    /// <summary>Finds the compressed source of a module in its stream: behind the compiled form, where the first line (<c>Attribute</c>) shows.</summary>
    private static bool ReadModule(DocumentFacts facts, CompoundFile.Entry entry, ReadOnlyMemory<byte> stream, WorkBudget budget)
    {
        // Container signature 1, chunk header, a flag byte, then "Attribut" in clear letters (2.4.1).
        var at = stream.Span.IndexOf("\0Attribut"u8);
        if (at < 3 || stream.Span[at - 3] != 1)
            return false;
        var source = VbaSource.Decompress(stream[(at - 3)..], budget);
        if (source.Length == 0)
            return false;
        var text = Encoding.Latin1.GetString(source);
        var body = WithoutAttributes(text);
        if (body.Trim().Length == 0)
            return true;
        var auto = Array.Find(AutoNames, n => body.Contains(n, StringComparison.OrdinalIgnoreCase));
        facts.Add(auto is null ? DocumentFeatureKind.Macro : DocumentFeatureKind.AutoMacro, entry.Offset, auto is null ? entry.Name : $"{entry.Name}: {auto.TrimEnd('(')}");
        facts.AddChild(entry.Name + ".bas", entry.Offset, Encoding.UTF8.GetBytes(text));
        return true;
    }

    private static string WithoutAttributes(string text)
    {
        var body = new StringBuilder();
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (!line.StartsWith("Attribute ") && !line.StartsWith("Option "))
                body.Append(line).Append('\n');
        }

        return body.ToString();
    }

    /// <summary>A file that was put into a document (OLENativeStream, MS-OLEDS 2.3.6): size, label, path, data.</summary>
    private static void ReadPackage(DocumentFacts facts, ReadOnlyMemory<byte> stream, long offset)
    {
        var span = stream.Span;
        if (span.Length < 10)
            return;
        var at = 6;
        var name = Take(span, ref at);
        _ = Take(span, ref at);
        at += 4;
        if (at + 4 > span.Length)
            return;
        var path = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(span[at..]), 4096);
        at += 4 + path;
        if (at + 4 > span.Length)
            return;
        var size = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(span[at..]), (uint)(span.Length - at - 4));
        facts.Add(DocumentFeatureKind.Attachment, offset, name);
        facts.AddChild(name.Length == 0 ? "(package)" : name, offset, stream.Slice(at + 4, size).ToArray(), ChildRole.Member);

        static string Take(ReadOnlySpan<byte> span, ref int at)
        {
            var rest = at < span.Length ? span[at..Math.Min(span.Length, at + 1024)] : default;
            var end = rest.IndexOf((byte)0);
            var text = Encoding.Latin1.GetString(end < 0 ? rest : rest[..end]);
            at += text.Length + 1;
            return text;
        }
    }

    /// <summary>Records up to the sheets: encryption, and sheets that hold Excel 4.0 macros.</summary>
    private static void ReadWorkbook(DocumentFacts facts, ReadOnlyMemory<byte> stream, long offset)
    {
        var span = stream.Span;
        for (int at = 0, records = 0; at + 4 <= span.Length && records < 20_000; records++)
        {
            var kind = BinaryPrimitives.ReadUInt16LittleEndian(span[at..]);
            var size = BinaryPrimitives.ReadUInt16LittleEndian(span[(at + 2)..]);
            if (kind == 0x2F)
            {
                facts.Note(new Malformation(MalformationKind.Encrypted, offset, "the workbook is encrypted"));
                return;
            }

            // BOUNDSHEET: position, visibility, type 1 for a macro sheet.
            if (kind == 0x85 && size >= 8 && at + 12 <= span.Length && span[at + 9] == 1)
                facts.Add(DocumentFeatureKind.MacroSheet, offset, (span[at + 8] & 3) != 0 ? "a hidden sheet of Excel 4.0 macros" : "a sheet of Excel 4.0 macros");
            at += 4 + size;
        }
    }

    private static void FindDynamicData(DocumentFacts facts, ReadOnlyMemory<byte> stream, long offset)
    {
        foreach (var word in (ReadOnlySpan<string>)["DDEAUTO", "DDE "])
        {
            foreach (var encoding in (ReadOnlySpan<Encoding>)[Encoding.Latin1, Encoding.Unicode])
            {
                var at = stream.Span.IndexOf(encoding.GetBytes(word));
                // A field begins with 0x13.
                if (at < 0 || stream.Span[Math.Max(0, at - 8)..at].IndexOf((byte)0x13) < 0)
                    continue;
                facts.Add(DocumentFeatureKind.DynamicData, offset, encoding.GetString(stream.Span.Slice(at, Math.Min(400, stream.Length - at))).Replace('\0', ' '));
                return;
            }
        }
    }

    /// <summary>Sectors, allocation table and directory of a compound file. Every chain is bounded by the number of sectors.</summary>
    private sealed class CompoundFile
    {
        private readonly ReadOnlyMemory<byte> _bytes;
        private readonly WorkBudget _budget;
        private readonly int _sector;
        private readonly uint _miniCutoff;
        private readonly uint[] _fat;
        private readonly uint[] _miniFat;
        private readonly ReadOnlyMemory<byte> _mini;

        public CompoundFile(ReadOnlyMemory<byte> bytes, WorkBudget budget)
        {
            (_bytes, _budget) = (bytes, budget);
            var span = bytes.Span;
            if (span.Length < 512)
                Malformed.Truncated(span.Length, "the header of the compound file is cut off");
            var shift = BinaryPrimitives.ReadUInt16LittleEndian(span[0x1E..]);
            if (shift is not (9 or 12))
                Malformed.Invalid(0x1E, $"the sector size 2^{shift} is none");
            _sector = 1 << shift;
            _miniCutoff = BinaryPrimitives.ReadUInt32LittleEndian(span[0x38..]);
            _fat = ReadFat(span);
            var directory = Chain(BinaryPrimitives.ReadUInt32LittleEndian(span[0x30..]), MaxEntries * 128);
            ReadEntries(directory);
            _miniFat = Numbers(Chain(BinaryPrimitives.ReadUInt32LittleEndian(span[0x3C..]), MaxStream));
            _mini = Entries.Count > 0 ? Chain(Entries[0].Start, (int)Math.Min(MaxStream, Entries[0].Size)) : default;
        }

        public sealed record Entry(string Name, bool IsStream, bool IsRoot, uint Start, long Size, long Offset, string ClassId);

        public List<Entry> Entries { get; } = [];

        public Malformation? Damage { get; private set; }

        public ReadOnlyMemory<byte> StreamOf(Entry entry, int most)
        {
            var size = (int)Math.Clamp(entry.Size, 0, most);
            if (entry.Size >= _miniCutoff || entry.IsRoot)
                return Chain(entry.Start, size);
            var result = new byte[size];
            var sector = entry.Start;
            var taken = 0;
            for (var steps = 0; sector < LastSector && taken < size && steps <= _miniFat.Length; steps++)
            {
                var from = (long)sector * 64;
                if (from + 64 > _mini.Length + 63 || from >= _mini.Length)
                    break;
                var part = _mini.Slice((int)from, Math.Min(Math.Min(64, size - taken), _mini.Length - (int)from));
                part.CopyTo(result.AsMemory(taken));
                taken += part.Length;
                sector = sector < _miniFat.Length ? _miniFat[sector] : LastSector;
            }

            return result.AsMemory(0, taken);
        }

        private uint[] ReadFat(ReadOnlySpan<byte> span)
        {
            var sectors = new List<uint>();
            var most = (_bytes.Length / _sector) + 1;
            for (var i = 0; i < 109; i++)
                AddSector(BinaryPrimitives.ReadUInt32LittleEndian(span[(0x4C + (i * 4))..]));
            var next = BinaryPrimitives.ReadUInt32LittleEndian(span[0x44..]);
            for (var steps = 0; next < LastSector && steps < most; steps++)
            {
                var part = Sector(next).Span;
                if (part.Length < _sector)
                    break;
                for (var i = 0; i + 8 <= _sector; i += 4)
                    AddSector(BinaryPrimitives.ReadUInt32LittleEndian(part[i..]));
                next = BinaryPrimitives.ReadUInt32LittleEndian(part[(_sector - 4)..]);
            }

            var fat = new List<uint>();
            foreach (var sector in sectors)
            {
                var part = Sector(sector).Span;
                _budget.ChargeElements(part.Length >> 2, 0);
                for (var i = 0; i + 4 <= part.Length && fat.Count <= most; i += 4)
                    fat.Add(BinaryPrimitives.ReadUInt32LittleEndian(part[i..]));
            }

            return [.. fat];

            void AddSector(uint sector)
            {
                if (sector < LastSector && sectors.Count <= most)
                    sectors.Add(sector);
            }
        }

        private ReadOnlyMemory<byte> Sector(uint sector)
        {
            var from = ((long)sector + 1) * _sector;
            if (from >= _bytes.Length)
            {
                Damage ??= new Malformation(MalformationKind.Truncated, _bytes.Length, "a sector lies behind the end of the file");
                return default;
            }

            return _bytes.Slice((int)from, (int)Math.Min(_sector, _bytes.Length - from));
        }

        private byte[] Chain(uint first, int most)
        {
            using var into = new MemoryStream();
            var sector = first;
            for (var steps = 0; sector < LastSector && into.Length < most && steps <= _fat.Length; steps++)
            {
                _budget.ChargeElements(1, 0);
                var part = Sector(sector);
                if (part.IsEmpty)
                    break;
                into.Write(part.Span[..(int)Math.Min(part.Length, most - into.Length)]);
                sector = sector < _fat.Length ? _fat[sector] : LastSector;
            }

            return into.ToArray();
        }

        private static uint[] Numbers(ReadOnlySpan<byte> bytes)
        {
            var numbers = new uint[bytes.Length / 4];
            for (var i = 0; i < numbers.Length; i++)
                numbers[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i * 4)..]);
            return numbers;
        }

        private void ReadEntries(ReadOnlySpan<byte> directory)
        {
            for (var at = 0; at + 128 <= directory.Length && Entries.Count < MaxEntries; at += 128)
            {
                var entry = directory.Slice(at, 128);
                var kind = entry[0x42];
                var length = Math.Clamp((int)BinaryPrimitives.ReadUInt16LittleEndian(entry[0x40..]) - 2, 0, 62);
                var size = (long)Math.Min(long.MaxValue, BinaryPrimitives.ReadUInt64LittleEndian(entry[0x78..]));
                if (kind is not (1 or 2 or 5))
                    continue;
                // Version 3 files may leave rubbish in the upper half of the size.
                if (_sector == 512)
                    size &= uint.MaxValue;
                Entries.Add(new Entry(
                    Encoding.Unicode.GetString(entry[..length]), kind == 2, kind == 5, BinaryPrimitives.ReadUInt32LittleEndian(entry[0x74..]), size, at,
                    BinaryPrimitives.ReadUInt32LittleEndian(entry[0x50..]).ToString("X8", System.Globalization.CultureInfo.InvariantCulture)));
            }
        }
    }
}
