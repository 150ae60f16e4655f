using System.Buffers;
using System.Text;

namespace Assay.Formats;

/// <summary>
/// Collects constants that look like a format of their own (a nested pickle, bytecode, an archive, a program), plain or encoded as
/// base64 or hex, to be analysed as children. Only the first bytes of a constant are looked at.
/// </summary>
internal sealed class EmbeddedContent
{
    /// <summary>Shorter constants are not looked at.</summary>
    public const int MinLength = 16;

    /// <summary>Bytes of a constant that are looked at.</summary>
    public const int HeadSize = 96;

    private const int MaxCandidates = 512;
    private const long MaxEncoded = 64L << 20;
    private static readonly SearchValues<byte> Base64Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=\r\n"u8);
    private static readonly SearchValues<byte> HexAlphabet = SearchValues.Create("0123456789abcdefABCDEF"u8);

    private readonly List<Candidate> _candidates = [];
    private readonly List<(byte[] Bytes, long Offset, string How)> _decoded = [];

    private enum Coding
    {
        None,
        Base64,
        Hex,
        Latin1Text,
    }

    /// <summary>Candidates were dropped because there were too many.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Looks at the head of a constant of <paramref name="length"/> bytes that starts at <paramref name="start"/>.</summary>
    public void Offer(ReadOnlySpan<byte> head, bool text, long start, long length)
    {
        if (Sniff(head))
        {
            Add(new Candidate(start, length, Coding.None));
            return;
        }

        if (!text && head[0] >= 0x80)
            return;

        // UTF-8 text that spells bytes: U+0080 is C2 80.
        if (text && head[0] is 0xC2 or 0xC3 && SniffText(head))
        {
            Add(new Candidate(start, length, Coding.Latin1Text));
            return;
        }

        if (length < 24)
            return;
        if (!head.ContainsAnyExcept(HexAlphabet) && (length & 1) == 0)
        {
            Span<byte> bytes = stackalloc byte[HeadSize / 2];
            if (Convert.FromHexString(Encoding.ASCII.GetString(head[..(head.Length & ~1)]), bytes, out _, out var n) == OperationStatus.Done && Sniff(bytes[..n]))
            {
                Add(new Candidate(start, length, Coding.Hex));
                return;
            }
        }

        if (!head.ContainsAnyExcept(Base64Alphabet))
        {
            Span<byte> bytes = stackalloc byte[HeadSize];
            var n = DecodeBase64(head, bytes);
            if (n >= 8 && Sniff(bytes[..n]))
                Add(new Candidate(start, length, Coding.Base64));
        }
    }

    /// <summary>Takes the result of folded decoder calls.</summary>
    public void OfferDecoded(byte[] bytes, long offset, string how)
    {
        if (bytes.Length >= 8 && _decoded.Count < MaxCandidates && Sniff(bytes))
            _decoded.Add((bytes, offset, how));
    }

    /// <summary>Turns the candidates into children.</summary>
    public void AddChildren(PickleFacts facts, ByteSource source)
    {
        foreach (var candidate in _candidates)
        {
            var name = candidate.Coding switch
            {
                Coding.Base64 => $"(base64@{candidate.Start})",
                Coding.Hex => $"(hex@{candidate.Start})",
                _ => $"(constant@{candidate.Start})",
            };
            facts.AddChild(new ChildArtifact(name, ChildRole.Embedded, candidate.Start, scope => Open(candidate, source, scope))
            {
                Speculative = true,
                Length = candidate.Length,
            });
        }

        foreach (var (bytes, offset, how) in _decoded)
        {
            facts.AddChild(new ChildArtifact($"({how}@{offset})", ChildRole.Embedded, offset, _ => new MemoryByteSource(bytes))
            {
                Speculative = true,
                Length = bytes.Length,
            });
        }
    }

    /// <summary>Whether bytes begin like something that can run or hold something that runs.</summary>
    public static bool Sniff(ReadOnlySpan<byte> head)
    {
        if (head.Length < 8)
            return false;
        switch (head[0])
        {
            case 0x80:
                return head[1] is >= 2 and <= 5 && PickleProbe.Probe(head, head.Length) != MatchStrength.None;
            case (byte)'c':
            case (byte)'(':
            case (byte)']':
            case (byte)'}':
                // 'c' also begins a marshalled code object without the reference flag.
                if (head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xb5, 0x2f, 0xfd]))
                    return true;
                return PickleProbe.Probe(head, head.Length) == MatchStrength.Strong || (head[0] == 'c' && MarshalReader.LooksLikeCode(head));
            case 0xe3:
                return MarshalReader.LooksLikeCode(head);
            case 0x78:
                return head[1] is 0x01 or 0x5e or 0x9c or 0xda && ((head[0] << 8) | head[1]) % 31 == 0;
            case 0x1f:
                return head[1] == 0x8b && head[2] == 8;
            case (byte)'B':
                return head[1] == 'Z' && head[2] == 'h' && head[4] == 0x31 && head[5] == 0x41;
            case 0xfd:
                return head[1..].StartsWith("7zXZ\0"u8);
            case (byte)'P':
                return head[1] == 'K' && head[2] == 3 && head[3] == 4;
            case 0x93:
                return head[1..].StartsWith("NUMPY"u8);
            case (byte)'M':
                return head[1] == 'Z' && head.Length > 64 && (head[2] | head[3]) != 0 && head[0x3d] == 0;
            case 0x7f:
                return head[1..].StartsWith("ELF"u8);
            case 0xcf:
                return head[1] == 0xfa && head[2] == 0xed && head[3] == 0xfe;
            case 0x04:
                return head[1] == 0x22 && head[2] == 0x4d && head[3] == 0x18;
            default:
                return MarshalReader.HasPycHeader(head);
        }
    }

    private static bool SniffText(ReadOnlySpan<byte> utf8)
    {
        Span<byte> bytes = stackalloc byte[HeadSize];
        var n = FromLatin1Utf8(utf8, bytes);
        return n >= 8 && Sniff(bytes[..n]);
    }

    private static int FromLatin1Utf8(ReadOnlySpan<byte> utf8, Span<byte> into)
    {
        var n = 0;
        for (var i = 0; i < utf8.Length && n < into.Length; i++)
        {
            if (utf8[i] < 0x80)
                into[n++] = utf8[i];
            else if (utf8[i] is 0xC2 or 0xC3 && i + 1 < utf8.Length)
                into[n++] = (byte)(((utf8[i] & 3) << 6) | (utf8[++i] & 0x3f));
            else
                break;
        }

        return n;
    }

    private static int DecodeBase64(ReadOnlySpan<byte> text, Span<byte> into)
    {
        Span<byte> plain = text.Length <= 256 ? stackalloc byte[256] : new byte[text.Length];
        var n = 0;
        foreach (var b in text)
        {
            if (b is (byte)'\r' or (byte)'\n')
                continue;
            if (b == (byte)'=')
                break;
            plain[n++] = b switch { (byte)'-' => (byte)'+', (byte)'_' => (byte)'/', _ => b };
        }

        Base64Decode(plain[..(n & ~3)], into, out var written);
        return written;
    }

    private static void Base64Decode(ReadOnlySpan<byte> text, Span<byte> into, out int written) =>
        System.Buffers.Text.Base64.DecodeFromUtf8(text, into, out _, out written, isFinalBlock: false);

    private static ByteSource Open(Candidate candidate, ByteSource source, ReadScope scope)
    {
        if (candidate.Coding == Coding.None)
            return new SliceByteSource(source, candidate.Start, candidate.Length);
        if (candidate.Length > MaxEncoded)
            Malformed.Limit("inflated-bytes", MaxEncoded, candidate.Start);
        var text = new byte[candidate.Length];
        var length = source.ReadAt(candidate.Start, text);
        scope.Budget.ChargeInflated(length, length, length, candidate.Start);
        var bytes = new byte[length];
        int n;
        switch (candidate.Coding)
        {
            case Coding.Hex:
                return new MemoryByteSource(Convert.FromHexString(Encoding.Latin1.GetString(text, 0, length)));
            case Coding.Latin1Text:
                n = FromLatin1Utf8(text.AsSpan(0, length), bytes);
                break;
            default:
                n = DecodeBase64(text.AsSpan(0, length), bytes);
                break;
        }

        return new MemoryByteSource(bytes.AsMemory(0, n));
    }

    private void Add(Candidate candidate)
    {
        if (_candidates.Count < MaxCandidates)
            _candidates.Add(candidate);
        else
            Overflowed = true;
    }

    private readonly record struct Candidate(long Start, long Length, Coding Coding);
}
