using System.Buffers.Binary;
using System.Text;

namespace Assay.Hub.Publishers;

/// <summary>What a DNS server answered.</summary>
public enum DnsStatus
{
    /// <summary>Records, perhaps none.</summary>
    Answered,

    /// <summary>There is no such name.</summary>
    NoName,

    /// <summary>The server could not or would not say.</summary>
    Failed,

    /// <summary>The answer is too long for a datagram.</summary>
    Truncated,

    /// <summary>It is an answer to something else, and may not be the server's.</summary>
    Foreign,

    /// <summary>It cannot be read.</summary>
    Malformed,
}

/// <summary>An answer to a question for TXT records.</summary>
/// <param name="Status">What kind of answer.</param>
/// <param name="Texts">The records' texts, the strings of each joined.</param>
/// <param name="IsAuthenticated">Whether the server says that it verified the signatures (the AD bit).</param>
public sealed record DnsReading(DnsStatus Status, IReadOnlyList<string> Texts, bool IsAuthenticated)
{
    internal static DnsReading Of(DnsStatus status) => new(status, [], IsAuthenticated: false);
}

/// <summary>
/// Writes questions for TXT records and reads the answers (RFC 1035 section 4, RFC 6891 for the length of datagrams). Reading is total: any
/// bytes give an answer in time proportional to their length.
/// </summary>
public static class DnsMessage
{
    /// <summary>Longest question, in bytes.</summary>
    public const int MaxQuery = 12 + 255 + 4 + 11;

    private const int HeaderLength = 12;
    private const int MaxName = 255;
    private const int MaxRecords = 512;
    private const int MaxAliases = 8;
    private const int MaxJumps = 32;
    private const ushort Text = 16;
    private const ushort Alias = 5;
    private const ushort Internet = 1;
    private const ushort Option = 41;
    private const ushort DatagramLength = 1232; // fits every path without fragments (DNS flag day 2020)

    /// <summary>Writes a question.</summary>
    /// <param name="buffer">At least <see cref="MaxQuery"/> bytes.</param>
    /// <param name="id">A random number that the answer must have.</param>
    /// <param name="name">A host name in ASCII, without a final dot; underscores are allowed.</param>
    /// <returns>The length; 0 where the name cannot be written.</returns>
    public static int WriteQuery(Span<byte> buffer, ushort id, string name)
    {
        if (name.Length is 0 or > 253)
            return 0;
        BinaryPrimitives.WriteUInt16BigEndian(buffer, id);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[2..], 0x0120); // recursion desired; tell whether it is authentic
        BinaryPrimitives.WriteUInt16BigEndian(buffer[4..], 1);
        buffer[6..10].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(buffer[10..], 1);
        var at = HeaderLength;
        foreach (var range in name.AsSpan().Split('.'))
        {
            var label = name.AsSpan(range);
            if (label.Length is 0 or > 63 || !Ascii.IsValid(label))
                return 0;
            buffer[at++] = (byte)label.Length;
            at += Encoding.ASCII.GetBytes(label, buffer[at..]);
        }

        buffer[at++] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(buffer[at..], Text);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[(at + 2)..], Internet);
        at += 4;
        buffer[at++] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(buffer[at..], Option);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[(at + 2)..], DatagramLength);
        buffer[(at + 4)..(at + 10)].Clear();
        return at + 10;
    }

    /// <summary>Reads an answer.</summary>
    /// <param name="message">What came.</param>
    /// <param name="id">The number of the question.</param>
    /// <param name="name">The name that was asked for.</param>
    public static DnsReading Read(ReadOnlySpan<byte> message, ushort id, string name)
    {
        if (message.Length < HeaderLength || BinaryPrimitives.ReadUInt16BigEndian(message) != id)
            return DnsReading.Of(DnsStatus.Foreign);
        var flags = BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        var at = HeaderLength;
        // An answer repeats the question: one that does not may be a guess of somebody else.
        if ((flags & 0x8000) == 0 || (flags & 0x7800) != 0 || BinaryPrimitives.ReadUInt16BigEndian(message[4..]) != 1
            || ReadName(message, ref at) is not { } asked || !asked.Equals(name, StringComparison.OrdinalIgnoreCase)
            || at + 4 > message.Length || BinaryPrimitives.ReadUInt16BigEndian(message[at..]) != Text || BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]) != Internet)
        {
            return DnsReading.Of(DnsStatus.Foreign);
        }

        at += 4;
        if ((flags & 0x0200) != 0)
            return DnsReading.Of(DnsStatus.Truncated);
        if ((flags & 0xf) is not 0 and var code)
            return DnsReading.Of(code == 3 ? DnsStatus.NoName : DnsStatus.Failed);
        var count = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        if (count > MaxRecords)
            return DnsReading.Of(DnsStatus.Malformed);
        var texts = new List<(string Owner, string Text)>();
        var aliases = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < count; i++)
        {
            if (ReadName(message, ref at) is not { } owner || at + 10 > message.Length)
                return DnsReading.Of(DnsStatus.Malformed);
            var (type, family, length) = (BinaryPrimitives.ReadUInt16BigEndian(message[at..]), BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]), BinaryPrimitives.ReadUInt16BigEndian(message[(at + 8)..]));
            at += 10;
            if (at + length > message.Length)
                return DnsReading.Of(DnsStatus.Malformed);
            if (family == Internet && type == Text)
            {
                if (ReadText(message.Slice(at, length)) is not { } text)
                    return DnsReading.Of(DnsStatus.Malformed);
                texts.Add((owner, text));
            }
            else if (family == Internet && type == Alias)
            {
                var target = at;
                if (ReadName(message, ref target) is not { } other || target != at + length)
                    return DnsReading.Of(DnsStatus.Malformed);
                aliases.TryAdd(owner, other);
            }

            at += length;
        }

        // Records of other names that came along prove nothing.
        var current = name;
        for (var step = 0; step < MaxAliases && aliases.TryGetValue(current, out var next); step++)
            current = next;
        return new DnsReading(DnsStatus.Answered, [.. texts.Where(t => t.Owner.Equals(current, StringComparison.OrdinalIgnoreCase)).Select(static t => t.Text)], (flags & 0x0020) != 0);
    }

    // Pointers lead back only, so that each is followed once, and a name has a bounded length.
    private static string? ReadName(ReadOnlySpan<byte> message, ref int at)
    {
        var name = new StringBuilder();
        var (position, lowest, end, jumps) = (at, at, -1, 0);
        while (true)
        {
            if (position >= message.Length)
                return null;
            var length = message[position];
            switch (length >> 6)
            {
                case 0 when length == 0:
                    at = end < 0 ? position + 1 : end;
                    return name.ToString();
                case 0:
                    if (position + 1 + length > message.Length || name.Length + 1 + length > MaxName)
                        return null;
                    if (name.Length > 0)
                        name.Append('.');
                    foreach (var b in message.Slice(position + 1, length))
                    {
                        // A dot within a label would make it another name.
                        if (b is <= (byte)' ' or >= 0x7f or (byte)'.')
                            return null;
                        name.Append((char)b);
                    }

                    position += 1 + length;
                    break;
                case 3:
                    if (position + 2 > message.Length)
                        return null;
                    var target = ((length & 0x3f) << 8) | message[position + 1];
                    if (target >= lowest || ++jumps > MaxJumps)
                        return null;
                    end = end < 0 ? position + 2 : end;
                    (position, lowest) = (target, target);
                    break;
                default:
                    return null;
            }
        }
    }

    private static string? ReadText(ReadOnlySpan<byte> data)
    {
        var text = new StringBuilder(data.Length);
        while (data.Length > 0)
        {
            var length = data[0];
            if (1 + length > data.Length)
                return null;
            foreach (var b in data.Slice(1, length))
                text.Append((char)b);
            data = data[(1 + length)..];
        }

        return text.ToString();
    }
}
