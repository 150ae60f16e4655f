using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Assay.Formats;

/// <summary>What kind of foreign content a signature stands for.</summary>
public enum ForeignKind
{
    /// <summary>A program that an operating system or a virtual machine runs.</summary>
    Program,

    /// <summary>An archive.</summary>
    Archive,

    /// <summary>A script that names its interpreter.</summary>
    Script,
}

/// <summary>The beginning of foreign content somewhere in a file.</summary>
/// <param name="Offset">Offset of its first byte.</param>
/// <param name="Kind">What kind it is.</param>
/// <param name="Name">What it is, in words: <c>ELF program</c>.</param>
public sealed record ForeignContent(long Offset, ForeignKind Kind, string Name);

/// <summary>
/// Looks at every offset of a content for the beginning of a program, an archive or a script. Fed in order, in pieces of any size; holds
/// eight kilobytes whatever the length. A signature counts only where the fields that follow it are valid too, so that random numbers do
/// not match: the weakest (a script) has eight bytes, the others more.
/// </summary>
/// <remarks>
/// Structures: PE/COFF specification (MZ header, <c>e_lfanew</c>, COFF header), ELF gABI chapter 4, Apple <c>mach-o/loader.h</c>,
/// WebAssembly core specification 5.5.16, Android DEX format, APPNOTE 6.3.10 (4.3.7), 7zFormat.txt, RAR 5.0 technote.
/// Comparing is done for 16 or 32 offsets at once: the first three bytes of all signatures at the same time, by their halves.
/// </remarks>
public sealed class ForeignSearch
{
    /// <summary>The version of what is looked for: another one may find more.</summary>
    public const int Version = 1;

    /// <summary>Kept of each kind; further ones say the same again.</summary>
    public const int MaxPerKind = 16;

    /// <summary>How far the PE header may lie behind the <c>MZ</c> of its program.</summary>
    private const int LookBehind = 4096;

    /// <summary>Bytes from a signature on that are needed in order to judge it.</summary>
    private const int LookAhead = 64;

    private const int Overlap = LookBehind + LookAhead;

    private static readonly Signature[] Signatures =
    [
        new([0x7F, .. "ELF"u8], ForeignKind.Program, IsElf),
        new([.. "PE\0\0"u8], ForeignKind.Program, IsPe),
        new([0xCF, 0xFA, 0xED, 0xFE], ForeignKind.Program, IsMachO),
        new([0xCE, 0xFA, 0xED, 0xFE], ForeignKind.Program, IsMachO),
        new([.. "\0asm"u8, 1, 0, 0, 0], ForeignKind.Program, static (ReadOnlySpan<byte> _, int _, ref int _) => "WebAssembly program"),
        new([.. "dex\n"u8], ForeignKind.Program, IsDex),
        new([.. "PK"u8, 3, 4], ForeignKind.Archive, IsZip),
        new([.. "7z"u8, 0xBC, 0xAF, 0x27, 0x1C, 0], ForeignKind.Archive, static (ReadOnlySpan<byte> _, int _, ref int _) => "7z archive"),
        new([.. "Rar!"u8, 0x1A, 0x07], ForeignKind.Archive, static (ReadOnlySpan<byte> _, int _, ref int _) => "RAR archive"),
        new([.. "#!/bin/"u8], ForeignKind.Script, IsScript),
        new([.. "#!/usr/"u8], ForeignKind.Script, IsScript),
    ];

    // A set of signatures for each byte position and each half of the byte: a position matches where all six sets share a signature.
    private static readonly (Vector128<byte> Low, Vector128<byte> High)[] Halves = MakeHalves();

    private readonly byte[] _bridge = new byte[2 * Overlap];
    private readonly List<ForeignContent> _found = [];
    private readonly int[] _perKind = new int[3];
    private int _tail;
    private long _length;
    private bool _isArchive;

    private delegate string? Judge(ReadOnlySpan<byte> window, int at, ref int start);

    /// <summary>Bytes fed so far.</summary>
    public long Length => _length;

    /// <summary>What was found, in the order of the offsets of their signatures.</summary>
    public IReadOnlyList<ForeignContent> Found => _found;

    /// <summary>Looks at the next bytes.</summary>
    public void Feed(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0)
            return;

        // What begins in the last bytes of the piece before, or looks behind into it, is looked at in a copy of both ends.
        var head = Math.Min(bytes.Length, Overlap);
        bytes[..head].CopyTo(_bridge.AsSpan(_tail));
        var known = Math.Max(0, _tail - LookAhead);
        var bridged = _bridge.AsSpan(0, _tail + head);
        if (_tail > 0)
            Search(bridged, known, Math.Min(_tail + LookBehind, bridged.Length - LookAhead), _length - _tail);
        var from = _tail > 0 ? LookBehind : 0;
        if (bytes.Length - LookAhead > from)
            Search(bytes, from, bytes.Length - LookAhead, _length);

        _length += bytes.Length;
        if (bytes.Length >= Overlap)
        {
            bytes[^Overlap..].CopyTo(_bridge);
            _tail = Overlap;
        }
        else
        {
            var keep = Math.Min(Overlap, bridged.Length);
            bridged[^keep..].CopyTo(_bridge);
            _tail = keep;
        }
    }

    /// <summary>Searches a content that is at hand.</summary>
    public static IReadOnlyList<ForeignContent> In(ReadOnlySpan<byte> content)
    {
        var search = new ForeignSearch();
        search.Feed(content);
        return search.Found;
    }

    private void Search(ReadOnlySpan<byte> window, int from, int to, long windowOffset)
    {
        var at = from;
        ref var first = ref MemoryMarshal.GetReference(window);
        if (Avx2.IsSupported)
        {
            var mask = Vector256.Create((byte)0x0F);
            var (low0, high0, low1, high1, low2, high2) = (Both(Halves[0].Low), Both(Halves[0].High), Both(Halves[1].Low), Both(Halves[1].High), Both(Halves[2].Low), Both(Halves[2].High));
            for (; at + Vector256<byte>.Count <= to; at += Vector256<byte>.Count)
            {
                var (b0, b1, b2) = (Vector256.LoadUnsafe(ref first, (nuint)at), Vector256.LoadUnsafe(ref first, (nuint)at + 1), Vector256.LoadUnsafe(ref first, (nuint)at + 2));
                var hits = Avx2.Shuffle(low0, b0 & mask) & Avx2.Shuffle(high0, Vector256.ShiftRightLogical(b0.AsUInt16(), 4).AsByte() & mask)
                    & Avx2.Shuffle(low1, b1 & mask) & Avx2.Shuffle(high1, Vector256.ShiftRightLogical(b1.AsUInt16(), 4).AsByte() & mask)
                    & Avx2.Shuffle(low2, b2 & mask) & Avx2.Shuffle(high2, Vector256.ShiftRightLogical(b2.AsUInt16(), 4).AsByte() & mask);
                for (var places = ~Vector256.Equals(hits, Vector256<byte>.Zero).ExtractMostSignificantBits(); places != 0; places &= places - 1)
                    Check(window, at + BitOperations.TrailingZeroCount(places), windowOffset);
            }
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            var mask = Vector128.Create((byte)0x0F);
            for (; at + Vector128<byte>.Count <= to; at += Vector128<byte>.Count)
            {
                var hits = Vector128.Create(byte.MaxValue);
                for (var i = 0; i < 3; i++)
                {
                    var bytes = Vector128.LoadUnsafe(ref first, (nuint)(at + i));
                    hits &= Vector128.ShuffleNative(Halves[i].Low, bytes & mask) & Vector128.ShuffleNative(Halves[i].High, Vector128.ShiftRightLogical(bytes.AsUInt16(), 4).AsByte() & mask);
                }

                for (var places = ~Vector128.Equals(hits, Vector128<byte>.Zero).ExtractMostSignificantBits() & 0xFFFF; places != 0; places &= places - 1)
                    Check(window, at + BitOperations.TrailingZeroCount(places), windowOffset);
            }
        }

        for (; at < to; at++)
            Check(window, at, windowOffset);
    }

    private static Vector256<byte> Both(Vector128<byte> half) => Vector256.Create(half, half);

    private void Check(ReadOnlySpan<byte> window, int at, long windowOffset)
    {
        foreach (var signature in Signatures)
        {
            if (!window[at..].StartsWith(signature.Bytes))
                continue;
            var kind = (int)signature.Kind;
            if (_perKind[kind] >= MaxPerKind || (_isArchive && signature.Kind == ForeignKind.Archive))
                return;
            var start = at;
            if (signature.Judge(window, at, ref start) is not { } name)
                return;
            if (windowOffset + start == 0 && signature.Kind == ForeignKind.Archive)
            {
                // The members of an archive are no foreign content of it.
                _isArchive = true;
                return;
            }

            _perKind[kind]++;
            _found.Add(new ForeignContent(windowOffset + start, signature.Kind, name));
            return;
        }
    }

    /// <summary>A COFF header that an <c>MZ</c> header before it points to.</summary>
    private static string? IsPe(ReadOnlySpan<byte> window, int at, ref int start)
    {
        var header = window[at..];
        var machine = BinaryPrimitives.ReadUInt16LittleEndian(header[4..]);
        var sections = BinaryPrimitives.ReadUInt16LittleEndian(header[6..]);
        var optional = BinaryPrimitives.ReadUInt16LittleEndian(header[20..]);
        var magic = BinaryPrimitives.ReadUInt16LittleEndian(header[24..]);
        if (machine is not (0x014C or 0x8664 or 0xAA64 or 0x01C0 or 0x01C4 or 0x0200) || sections is 0 or > 96 || optional is < 28 or > 1024 || magic is not (0x10B or 0x20B))
            return null;
        for (var back = 64; back <= Math.Min(at, LookBehind - LookAhead); back++)
        {
            var mz = at - back;
            if (window[mz] == (byte)'M' && window[mz + 1] == (byte)'Z' && BinaryPrimitives.ReadUInt32LittleEndian(window[(mz + 0x3C)..]) == back)
            {
                start = mz;
                return "Windows program";
            }
        }

        return null;
    }

    private static string? IsElf(ReadOnlySpan<byte> window, int at, ref int start)
    {
        var header = window[at..];
        var (is64, isLittle) = (header[4], header[5]);
        if (is64 is not (1 or 2) || isLittle is not (1 or 2) || header[6] != 1)
            return null;
        var type = isLittle == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(header[16..]) : BinaryPrimitives.ReadUInt16BigEndian(header[16..]);
        var machine = isLittle == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(header[18..]) : BinaryPrimitives.ReadUInt16BigEndian(header[18..]);
        return type is >= 1 and <= 4 && machine is > 0 and < 300 ? "ELF program" : null;
    }

    private static string? IsMachO(ReadOnlySpan<byte> window, int at, ref int start)
    {
        var header = window[at..];
        var processor = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) & 0x00FF_FFFF;
        var type = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        var commands = BinaryPrimitives.ReadUInt32LittleEndian(header[16..]);
        var size = BinaryPrimitives.ReadUInt32LittleEndian(header[20..]);
        return processor is 7 or 12 or 18 && type is >= 1 and <= 12 && commands is > 0 and < 4096 && size is > 0 and < 1 << 22 ? "macOS program" : null;
    }

    private static string? IsDex(ReadOnlySpan<byte> window, int at, ref int start)
    {
        var header = window[at..];
        return header[4] == (byte)'0' && char.IsAsciiDigit((char)header[5]) && char.IsAsciiDigit((char)header[6]) && header[7] == 0
            && BinaryPrimitives.ReadUInt32LittleEndian(header[36..]) == 0x70 && BinaryPrimitives.ReadUInt32LittleEndian(header[40..]) == 0x1234_5678 ? "Android program" : null;
    }

    private static string? IsZip(ReadOnlySpan<byte> window, int at, ref int start)
    {
        var header = window[at..];
        var needed = BinaryPrimitives.ReadUInt16LittleEndian(header[4..]);
        var method = BinaryPrimitives.ReadUInt16LittleEndian(header[8..]);
        var name = BinaryPrimitives.ReadUInt16LittleEndian(header[26..]);
        if (needed is < 10 or > 63 || method is not (0 or 8 or 9 or 12 or 14 or 93 or 95) || name is 0 or > 512)
            return null;
        foreach (var b in header.Slice(30, Math.Min((int)name, LookAhead - 30)))
        {
            if (b is < 0x20 or 0x7F)
                return null;
        }

        return "ZIP archive";
    }

    /// <summary>A first line in plain characters that ends within reach.</summary>
    private static string? IsScript(ReadOnlySpan<byte> window, int at, ref int start)
    {
        var line = window.Slice(at, LookAhead);
        var end = line.IndexOf((byte)'\n');
        return end > 0 && line[..end].TrimEnd((byte)'\r').IndexOfAnyExceptInRange((byte)0x20, (byte)0x7E) < 0 ? "script with an interpreter line" : null;
    }

    private static (Vector128<byte> Low, Vector128<byte> High)[] MakeHalves()
    {
        var halves = new (Vector128<byte> Low, Vector128<byte> High)[3];
        Span<byte> low = stackalloc byte[16];
        Span<byte> high = stackalloc byte[16];
        for (var position = 0; position < 3; position++)
        {
            low.Clear();
            high.Clear();
            for (var i = 0; i < Signatures.Length; i++)
            {
                // Eight bits for more signatures: two may share one, and are told apart when the place is looked at.
                var bit = (byte)(1 << (i % 8));
                var b = Signatures[i].Bytes[position];
                low[b & 0x0F] |= bit;
                high[b >> 4] |= bit;
            }

            halves[position] = (Vector128.Create(low), Vector128.Create(high));
        }

        return halves;
    }

    private sealed record Signature(byte[] Bytes, ForeignKind Kind, Judge Judge);
}
