using System.Security.Cryptography;

namespace Assay.Hub;

/// <summary>Makes the identifiers that the hub gives out.</summary>
public static class HubIds
{
    // Crockford's digits without those that people misread.
    private const string Digits = "23456789ABCDEFGHJKMNPQRSTVWXYZ";

    private const string TokenDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>A permanent id in the form that clients expect: 24 hexadecimal digits, the first eight of which are the time in seconds.</summary>
    public static string NewId(TimeProvider clock)
    {
        Span<byte> bytes = stackalloc byte[12];
        RandomNumberGenerator.Fill(bytes);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)clock.GetUtcNow().ToUnixTimeSeconds());
        return Convert.ToHexStringLower(bytes);
    }

    /// <summary>A reference that people can read out: <c>A-2F7K</c>.</summary>
    /// <param name="length">Digits; more of them once the short ones become rare.</param>
    public static string NewReference(int length) => "A-" + RandomNumberGenerator.GetString(Digits, length);

    /// <summary>Whether a text has the form of a reference.</summary>
    public static bool IsReference(string text)
    {
        if (text.Length is < 6 or > 16 || !text.StartsWith("A-", StringComparison.OrdinalIgnoreCase))
            return false;
        foreach (var c in text.AsSpan(2))
        {
            if (!Digits.Contains(char.ToUpperInvariant(c), StringComparison.Ordinal))
                return false;
        }

        return true;
    }

    /// <summary>A new token: <c>hf_</c> and 37 letters and digits, which is what clients accept (<c>hub-protocol</c>: 34 to 250).</summary>
    public static string NewToken() => "hf_" + RandomNumberGenerator.GetString(TokenDigits, 37);

    /// <summary>Whether a text has the form of a token that all clients accept.</summary>
    public static bool IsToken(string text)
    {
        if (text.Length is < 37 or > 253 || !text.StartsWith("hf_", StringComparison.Ordinal))
            return false;
        foreach (var c in text.AsSpan(3))
        {
            if (!char.IsAsciiLetterOrDigit(c))
                return false;
        }

        return true;
    }
}
