using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Assay.Formats.Python;
using Assay.Testing;

namespace Assay.Formats.Tests.Code.Python;

/// <summary>
/// The parser against CPython's own, on all sources that come with it: no errors, the same calls, the same strings. The variable
/// <c>ASSAY_PYTHON</c> names another interpreter, of 3.8 or later, which then brings its own library.
/// </summary>
[Trait("Category", "Slow")]
public sealed class PythonDifferentialTests
{
    private const string Debian = "/usr/bin/python3";

    [Fact]
    public void Calls_and_strings_of_the_standard_library_are_those_of_CPython()
    {
        var other = Environment.GetEnvironmentVariable("ASSAY_PYTHON");
        var python = other ?? Debian;
        if (!File.Exists(python))
        {
            Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") != "true", "python3 is needed");
            Assert.Fail("python3 is needed");
        }

        var problems = new List<string>();
        var files = 0;
        var folders = other is null ? Directory.GetDirectories("/usr/lib", "python3*") : [];
        var run = OtherProgram.Run(python, ["-B", Path.Combine(Checkout.Root, "tests", "corpus", "cpython_ast.py"), .. folders]);
        Assert.True(run.ExitCode == 0, run.Error);
        foreach (var line in run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var tree = JsonDocument.Parse(line);
            files++;
            var file = tree.RootElement.GetProperty("file").GetString()!;
            if (Difference(File.ReadAllText(file), tree.RootElement) is { } problem)
                problems.Add($"{file}: {problem}");
        }

        Assert.SkipWhen(files == 0, "no sources are installed");
        Assert.True(problems.Count == 0, $"{problems.Count} of {files} differ:\n" + string.Join('\n', problems.Take(15)));
    }

    private static string? Difference(string text, JsonElement tree)
    {
        var module = PythonParser.Parse(text, new WorkBudget(new WorkLimits()));
        if (module.Errors.Count > 0)
            return $"{module.Errors[0].Message} at {module.Errors[0].Offset}";
        var (calls, strings, unknown) = (new Dictionary<string, int>(StringComparer.Ordinal), new Dictionary<string, int>(StringComparer.Ordinal), 0);
        foreach (var expression in PythonDump.Expressions(module.Body))
        {
            if (expression is PythonCall call)
                Count(calls, Dotted(call.Function));
            else if (expression is PythonString { Value: var value } && value.Contains('\uFFFD') && text.Contains("\\N{", StringComparison.Ordinal))
                // A character by its name, which the parser need not know.
                unknown++;
            else if (expression is PythonString known)
                Count(strings, Spelled(known));
        }

        return Difference("calls", calls, tree.GetProperty("calls"), 0) ?? Difference("strings", strings, tree.GetProperty("strings"), unknown);
    }

    private static string? Difference(string what, Dictionary<string, int> seen, JsonElement wanted, int pardoned)
    {
        var lost = new List<string>();
        foreach (var entry in wanted.EnumerateObject())
        {
            var missing = entry.Value.GetInt32() - seen.GetValueOrDefault(entry.Name);
            if (missing < 0)
                return $"{what}: {entry.Name} is there {-missing} times too often";
            if (missing > 0)
                lost.Add($"{entry.Name} {missing} times");
            pardoned -= missing;
            seen.Remove(entry.Name);
        }

        if (seen.Count > 0)
            return $"{what}: invented {string.Join(", ", seen.Keys.Take(5))}";
        return pardoned < 0 ? $"{what}: lost {string.Join(", ", lost.Take(5))}" : null;
    }

    private static void Count(Dictionary<string, int> counts, string name) => counts[name] = counts.GetValueOrDefault(name) + 1;

    private static string Dotted(PythonExpression callee) => callee switch
    {
        PythonName name => name.Id,
        PythonAttribute attribute => $"{Dotted(attribute.Value)}.{attribute.Name}",
        _ => "?",
    };

    private static string Spelled(PythonString literal) => (literal.IsBytes ? "b:" : "s:")
        + Convert.ToHexStringLower(SHA256.HashData(literal.IsBytes ? Encoding.Latin1.GetBytes(literal.Value) : System.Runtime.InteropServices.MemoryMarshal.AsBytes(literal.Value.AsSpan()).ToArray()))[..16];
}
