using System.Globalization;
using System.Text;

namespace Assay.Protocol.Git;

/// <summary>The text that stands in git for a large file (source: git-lfs, <c>docs/spec.md</c>).</summary>
/// <param name="Sha256">SHA-256 of the content, 64 lower-case hexadecimal digits.</param>
/// <param name="Size">Length of the content in bytes.</param>
public readonly record struct LfsPointer(string Sha256, long Size)
{
    /// <summary>Longer texts are no pointers.</summary>
    public const int MaxBytes = 1024;

    private const string Version = "version https://git-lfs.github.com/spec/v1\n";

    /// <summary>The three lines of the pointer.</summary>
    public byte[] ToBytes() => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Version}oid sha256:{Sha256}\nsize {Size}\n"));

    /// <summary>Reads a pointer of exactly the canonical form.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out LfsPointer pointer)
    {
        pointer = default;
        if (bytes.Length > MaxBytes || bytes.IndexOfAnyExceptInRange((byte)'\n', (byte)'~') >= 0)
            return false;
        var lines = Encoding.ASCII.GetString(bytes).Split('\n');
        if (lines is not [var version, var oid, var size, ""] || version + "\n" != Version)
            return false;
        if (!oid.StartsWith("oid sha256:", StringComparison.Ordinal) || !size.StartsWith("size ", StringComparison.Ordinal))
            return false;
        var hash = oid["oid sha256:".Length..];
        if (!IsSha256(hash) || !long.TryParse(size["size ".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var length))
            return false;
        pointer = new LfsPointer(hash, length);
        return true;
    }

    /// <summary>Whether a text is a SHA-256: 64 lower-case hexadecimal digits.</summary>
    public static bool IsSha256(string? text)
    {
        if (text is not { Length: 64 })
            return false;
        foreach (var c in text)
        {
            if (c is not ((>= '0' and <= '9') or (>= 'a' and <= 'f')))
                return false;
        }

        return true;
    }
}
