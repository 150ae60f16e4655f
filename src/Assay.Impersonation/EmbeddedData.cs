using System.Text;

namespace Assay.Impersonation;

/// <summary>The data files inside the assembly.</summary>
internal static class EmbeddedData
{
    /// <summary>The lines of a file of the folder Data, but for empty ones and those that begin with <c>#</c>.</summary>
    public static IEnumerable<string> Lines(string name)
    {
        using var reader = new StreamReader(
            typeof(EmbeddedData).Assembly.GetManifestResourceStream("Assay.Impersonation." + name) ?? throw new InvalidOperationException($"{name} is not embedded."),
            Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
                yield return line;
        }
    }
}
