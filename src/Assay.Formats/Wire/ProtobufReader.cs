using System.Text;

namespace Assay.Formats;

/// <summary>How the value of a field is written (protobuf encoding guide, "Message Structure").</summary>
public enum WireType
{
    /// <summary>A number of 7 bits a byte.</summary>
    Varint = 0,

    /// <summary>Eight bytes.</summary>
    Fixed64 = 1,

    /// <summary>A length, then so many bytes: text, bytes, a message, packed numbers.</summary>
    Bytes = 2,

    /// <summary>Four bytes.</summary>
    Fixed32 = 5,
}

/// <summary>
/// Walks the fields of one protobuf message without a schema, by position: what is not wanted is passed over without being read. Each field
/// is charged to the budget; no length leads out of the message.
/// </summary>
public ref struct ProtobufReader
{
    private readonly ByteCursor _cursor;
    private readonly WorkBudget _budget;
    private long _next;

    /// <summary>The message from the position of <paramref name="cursor"/> to <paramref name="end"/>.</summary>
    public ProtobufReader(ByteCursor cursor, long end, WorkBudget budget)
    {
        _cursor = cursor;
        _budget = budget;
        _next = cursor.Offset;
        End = end;
    }

    /// <summary>Offset behind the message.</summary>
    public long End { get; }

    /// <summary>Number of the field read last.</summary>
    public int Field { get; private set; }

    /// <summary>How its value is written.</summary>
    public WireType Type { get; private set; }

    /// <summary>Offset of its value; of what follows the length, where there is one.</summary>
    public long ValueOffset { get; private set; }

    /// <summary>Bytes of the value, where it has a length.</summary>
    public long Length { get; private set; }

    /// <summary>The number, of a field of type <see cref="WireType.Varint"/>.</summary>
    public ulong Number { get; private set; }

    /// <summary>Goes on to the next field, wherever the cursor was left; false at the end of the message.</summary>
    /// <exception cref="MalformedArtifactException">The bytes are no field, or it leads out of the message.</exception>
    public bool Next()
    {
        if (_next >= End)
            return false;
        _cursor.Offset = _next;
        _budget.ChargeElements(1, _next);
        var tag = Varint();
        var type = (int)(tag & 7);
        if (tag >> 3 is 0 or > 0x1FFFFFFF || type is not (0 or 1 or 2 or 5))
            Malformed.Invalid(_next, "the bytes are no field of a message");
        Field = (int)(tag >> 3);
        Type = (WireType)type;
        Number = 0;
        ValueOffset = _cursor.Offset;
        switch (Type)
        {
            case WireType.Varint:
                Number = Varint();
                Length = _cursor.Offset - ValueOffset;
                break;
            case WireType.Bytes:
                var length = Varint();
                ValueOffset = _cursor.Offset;
                if (length > (ulong)Math.Max(0, End - ValueOffset))
                    Malformed.Truncated(ValueOffset, $"a field of {length} bytes is declared and {Math.Max(0, End - ValueOffset)} are left");
                Length = (long)length;
                break;
            default:
                Length = Type == WireType.Fixed64 ? 8 : 4;
                break;
        }

        _next = ValueOffset + Length;
        if (_next > End)
            Malformed.Truncated(ValueOffset, "a field leads out of its message");
        return true;
    }

    /// <summary>The message inside of the current field.</summary>
    public readonly ProtobufReader Open() => new(_cursor, ValueOffset + Length, _budget);

    /// <summary>The text of the current field, cut to <paramref name="most"/> bytes (at most 32 KiB).</summary>
    public readonly string Text(int most)
    {
        _cursor.Offset = ValueOffset;
        _budget.ChargeValues(1 + (Math.Min(Length, most) >> 6), ValueOffset);
        return Encoding.UTF8.GetString(_cursor.ReadBytes((int)Math.Min(Length, Math.Min(most, 32 << 10))));
    }

    /// <summary>Adds the numbers of a repeated field, which are packed or stand alone.</summary>
    /// <exception cref="MalformedArtifactException">There are more than <paramref name="most"/>.</exception>
    public readonly void AddNumbers(List<long> numbers, int most)
    {
        if (Type == WireType.Varint)
        {
            Add(numbers, Number, most);
            return;
        }

        _cursor.Offset = ValueOffset;
        while (_cursor.Offset < ValueOffset + Length)
            Add(numbers, Varint(), most);
    }

    private readonly void Add(List<long> numbers, ulong number, int most)
    {
        if (numbers.Count >= most)
            Malformed.Invalid(ValueOffset, $"a list has more than {most} numbers");
        numbers.Add((long)number);
    }

    private readonly ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (_cursor.Offset >= End)
                Malformed.Truncated(_cursor.Offset, "the message ends inside of a number");
            var b = _cursor.ReadByte();
            value |= shift < 64 ? (ulong)(b & 0x7F) << shift : 0;
            if (b < 0x80)
                return value;
        }

        Malformed.Invalid(_cursor.Offset, "a number is longer than ten bytes");
        return 0;
    }
}
