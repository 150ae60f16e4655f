using System.Text;

namespace Assay.Scanning.Tests.Indicators;

/// <summary>Reads the tables as a person would, independently of the code that searches them.</summary>
internal static class IndicatorRows
{
    public sealed record Callable(string Module, string Name, string Class, string Capability, string Reason, string Sample)
    {
        public override string ToString() => $"{Module}.{Name}";
    }

    public sealed record Module(string Name, string Kind, string Capability, string Reason);

    public static IReadOnlyList<string> CallableLines { get; } = Lines("callables.tsv");

    public static IReadOnlyList<string> ModuleLines { get; } = Lines("modules.tsv");

    public static IReadOnlyList<Callable> Callables { get; } =
        [.. CallableLines.Skip(1).Select(line => line.Split('\t')).Select(f => new Callable(f[0], f[1], f[2], f[3], f[4], f[5]))];

    public static IReadOnlyList<Module> Modules { get; } =
        [.. ModuleLines.Skip(1).Select(line => line.Split('\t')).Select(f => new Module(f[0], f[1], f[2], f[3]))];

    private static string[] Lines(string table)
    {
        using var stream = typeof(CallableTable).Assembly.GetManifestResourceStream("Assay.Scanning." + table)!;
        using var reader = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
        var text = reader.ReadToEnd();
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', text);
        return text[..^1].Split('\n');
    }
}
