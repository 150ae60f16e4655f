using System.Buffers;
using System.Globalization;

namespace Assay.Scanning;

/// <summary>A kind of token that can be told by its beginning.</summary>
/// <param name="Prefix">The beginning.</param>
/// <param name="Name">What it is.</param>
/// <param name="Letters">What follows is made of.</param>
/// <param name="Min">Fewest characters that follow.</param>
/// <param name="Max">Most characters that follow.</param>
/// <param name="Check">How it is told from a placeholder: <c>random</c>, <c>crc</c> (six check characters), <c>aws</c>, <c>jwt</c>.</param>
/// <param name="Severity">What it weighs in code or settings.</param>
/// <param name="Reason">What it can do.</param>
internal sealed record SecretKind(string Prefix, string Name, SearchValues<char> Letters, int Min, int Max, string Check, Severity Severity, string Reason);

/// <summary><c>secrets.tsv</c>: tokens by their beginning. Columns: prefix, name, alphabet, min, max, check, severity, reason.</summary>
internal static class SecretTable
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>Every kind, longer beginnings first where one begins another.</summary>
    public static IReadOnlyList<SecretKind> Kinds { get; } = ReadKinds();

    /// <summary>The beginnings, for one pass over a text.</summary>
    public static SearchValues<string> Prefixes { get; } = SearchValues.Create([.. Kinds.Select(k => k.Prefix)], StringComparison.Ordinal);

    /// <summary>The kind that starts here.</summary>
    public static SecretKind? At(ReadOnlySpan<char> text)
    {
        foreach (var kind in Kinds)
        {
            if (text.StartsWith(kind.Prefix, StringComparison.Ordinal))
                return kind;
        }

        return null;
    }

    private static SecretKind[] ReadKinds()
    {
        var table = SortedTable.Load("Assay.Scanning.secrets.tsv");
        var kinds = new List<SecretKind>();
        for (var row = table.First; row >= 0; row = table.Next(row))
        {
            kinds.Add(new SecretKind(
                table.Text(row, 0), table.Text(row, 1), Alphabet(table.Text(row, 2)), int.Parse(table.Field(row, 3), CultureInfo.InvariantCulture), int.Parse(table.Field(row, 4), CultureInfo.InvariantCulture),
                table.Text(row, 5), table.Text(row, 6) switch { "high" => Severity.High, "medium" => Severity.Medium, _ => Severity.Low }, table.Text(row, 7)));
        }

        return [.. kinds.OrderByDescending(k => k.Prefix.Length)];
    }

    private static SearchValues<char> Alphabet(string name) => SearchValues.Create(name switch
    {
        "hex" => "0123456789abcdef",
        "hex_" => "0123456789abcdef_",
        "hex-" => "0123456789abcdef-",
        "base32" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "alnum" => Letters,
        "alnum_" => Letters + "_",
        "url64." => Letters + "-_.",
        "url64=" => Letters + "-_=",
        "base64" => Letters + "+/=",
        _ => Letters + "-_",
    });
}
