using System.Buffers.Binary;
using System.Text;

namespace Assay.Protocol.Git;

/// <summary>The id of a git object, SHA-1 form: 20 bytes, written as 40 hexadecimal digits.</summary>
public readonly record struct GitId
{
    /// <summary>Length of an id in bytes.</summary>
    public const int Size = 20;

    /// <summary>Length of an id as text.</summary>
    public const int TextLength = 40;

    private readonly ulong _first;
    private readonly ulong _second;
    private readonly uint _third;

    /// <summary>Makes an id of its bytes.</summary>
    /// <param name="bytes">Exactly <see cref="Size"/> bytes.</param>
    /// <exception cref="ArgumentException">There are more or fewer.</exception>
    public GitId(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
            throw new ArgumentException("An id has 20 bytes.", nameof(bytes));
        _first = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _second = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _third = BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]);
    }

    /// <summary>Reads 40 hexadecimal digits.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out GitId id)
    {
        Span<byte> bytes = stackalloc byte[Size];
        if (text.Length != TextLength || Convert.FromHexString(text, bytes, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            id = default;
            return false;
        }

        id = new GitId(bytes);
        return true;
    }

    /// <summary>Reads 40 hexadecimal digits.</summary>
    public static bool TryParse(string? text, out GitId id)
    {
        Span<byte> ascii = stackalloc byte[TextLength];
        if (text is { Length: TextLength } && Encoding.UTF8.TryGetBytes(text, ascii, out var written) && written == TextLength)
            return TryParse(ascii, out id);
        id = default;
        return false;
    }

    /// <summary>Reads 40 hexadecimal digits.</summary>
    /// <exception cref="FormatException">The text is anything else.</exception>
    public static GitId Parse(string text) => TryParse(text, out var id) ? id : throw new FormatException("This is no id of a git object.");

    /// <summary>Writes the <see cref="Size"/> bytes.</summary>
    public void CopyTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _first);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _second);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[16..], _third);
    }

    /// <inheritdoc/>
    public override int GetHashCode() => _first.GetHashCode();

    /// <summary>40 lower-case hexadecimal digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
