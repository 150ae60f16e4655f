using System.Text;

namespace Assay.Impersonation.Names;

/// <summary>Many short texts as bytes behind each other, without an object for each.</summary>
internal sealed class TextTable
{
    private byte[] _bytes = new byte[256];
    private int[] _starts = new int[17];

    /// <summary>How many texts there are.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of all texts.</summary>
    public int Bytes => _starts[Count];

    /// <summary>Bytes held.</summary>
    public long Memory => _bytes.Length + (4L * _starts.Length);

    /// <summary>A text as UTF-8.</summary>
    public ReadOnlySpan<byte> this[int index] => _bytes.AsSpan(_starts[index], _starts[index + 1] - _starts[index]);

    /// <summary>A text.</summary>
    public string Text(int index) => Encoding.UTF8.GetString(this[index]);

    /// <summary>Adds a text and gives its index.</summary>
    public int Add(ReadOnlySpan<char> text)
    {
        var start = _starts[Count];
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (_bytes.Length - start < most)
            Array.Resize(ref _bytes, Math.Max(start + most, (int)Math.Min(Array.MaxLength, _bytes.Length * 2L)));
        var end = start + Encoding.UTF8.GetBytes(text, _bytes.AsSpan(start));
        if (Count + 2 > _starts.Length)
            Array.Resize(ref _starts, _starts.Length * 2);
        _starts[Count + 1] = end;
        return Count++;
    }

    /// <summary>Gives back what was reserved for growing.</summary>
    public TextTable Trim()
    {
        Array.Resize(ref _bytes, _starts[Count]);
        Array.Resize(ref _starts, Count + 1);
        return this;
    }
}
