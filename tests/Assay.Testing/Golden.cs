namespace Assay.Testing;

/// <summary>Compares output with a file that a person has looked at. <c>ASSAY_REWRITE_GOLDEN=1</c> writes the files anew.</summary>
public static class Golden
{
    /// <summary>The difference between a golden file and the text; null when they are the same.</summary>
    /// <param name="file">Path relative to the checkout.</param>
    /// <param name="actual">What was put out.</param>
    public static string? Difference(string file, string actual)
    {
        var path = Checkout.PathOf(file);
        if (Environment.GetEnvironmentVariable("ASSAY_REWRITE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
            return null;
        }

        if (!File.Exists(path))
            return $"{file} does not exist; ASSAY_REWRITE_GOLDEN=1 writes it:\n{actual}";
        var expected = File.ReadAllText(path);
        return expected == actual ? null : $"{file} is different (ASSAY_REWRITE_GOLDEN=1 accepts it):\n{actual}";
    }
}
