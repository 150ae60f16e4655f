using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Assay.Formats.Tests.Pickle;

/// <summary>
/// The machine against CPython: imports, calls, changes, persistent ids, ends and results of honest pickles of all protocols, and
/// the imports of thousands of damaged ones. CPython runs in <c>tests/corpus/cpython_trace.py</c>, with stand-ins for every name.
/// </summary>
public sealed class DifferentialTests(DifferentialTests.Traces traces) : IClassFixture<DifferentialTests.Traces>
{
    [Fact]
    public void Imports_of_honest_pickles_are_those_of_CPython() => Compare((facts, trace) =>
    {
        var wanted = trace.GetProperty("globals").EnumerateArray().Select(g => $"{g[2].GetString()} {g[3].GetString()}").Distinct(StringComparer.Ordinal).ToList();
        var seen = facts.Globals.Where(g => !g.Computed && facts.Streams[0].End > g.Offset).Select(g => $"{g.Module} {g.Name}").Distinct(StringComparer.Ordinal).ToList();
        return Difference(wanted, seen);
    });

    [Fact]
    public void Calls_of_honest_pickles_are_those_of_CPython() => Compare((facts, trace) =>
    {
        var stream = facts.Streams[0];
        var wanted = trace.GetProperty("calls").EnumerateArray().Select(c => c.GetString()!).ToList();
        var seen = Enumerable.Range(stream.FirstCall, Math.Min(stream.CallCount, wanted.Count)).Select(facts.CallAt)
            .Select(c => $"{c.How} {(facts.GlobalOf(c.Callee) is { } g ? g.Module + "." + g.Name : "?")}").ToList();
        if (stream.CallCount != trace.GetProperty("callCount").GetInt32())
            return $"{stream.CallCount} calls, CPython makes {trace.GetProperty("callCount").GetInt32()}";
        return wanted.SequenceEqual(seen, StringComparer.Ordinal) ? null : Difference(wanted, seen) ?? "another order";
    });

    [Fact]
    public void State_is_set_as_often_as_by_CPython() => Compare((facts, trace) =>
    {
        var builds = facts.Mutations.Skip(facts.Streams[0].FirstMutation).Take(facts.Streams[0].MutationCount).Count(m => m.Kind == PickleMutationKind.Build);
        var wanted = trace.GetProperty("builds").GetInt32();
        return builds == wanted ? null : $"{builds} BUILDs, CPython has {wanted}";
    });

    [Fact]
    public void The_first_pickle_ends_where_CPython_ends() => Compare((facts, trace) =>
        facts.Streams[0].End == trace.GetProperty("end").GetInt64() ? null : $"ends at {facts.Streams[0].End}, CPython at {trace.GetProperty("end").GetInt64()}");

    [Fact]
    public void Persistent_ids_are_those_of_CPython() => Compare((facts, trace) =>
        facts.Streams.Count > 1 || facts.PersistentIds == trace.GetProperty("persistent").GetInt64()
            ? null : $"{facts.PersistentIds} persistent ids, CPython has {trace.GetProperty("persistent").GetInt64()}");

    [Fact]
    public void Results_have_the_shape_that_CPython_builds() => Compare((facts, trace) =>
    {
        var wanted = Flatten(trace.GetProperty("shape"));
        var seen = Shape(facts, facts.Streams[0].Result, 4);
        return wanted == seen ? null : $"is {Cut(seen)}, CPython builds {Cut(wanted)}";
    });

    [Fact]
    public void Imports_of_damaged_pickles_are_at_least_those_of_CPython()
    {
        traces.Require();
        var misses = new List<string>();
        foreach (var trace in traces.Mutants)
        {
            var bytes = trace.GetProperty("bytes").GetBytesFromBase64();
            var facts = Read(bytes);
            var seen = facts.Globals.SelectMany(g => new[] { $"{g.Module} {g.Name}", $"{g.WrittenModule} {g.WrittenName}" }).ToHashSet(StringComparer.Ordinal);
            foreach (var global in trace.GetProperty("globals").EnumerateArray())
            {
                var names = global.EnumerateArray().Select(n => n.GetString()).ToArray();
                // Data that end within the module's line give the pure-Python unpickler an empty name, which nothing can resolve.
                if (names[1]!.Length > 0 && !seen.Contains($"{names[0]} {names[1]}") && !seen.Contains($"{names[2]} {names[3]}"))
                    misses.Add($"mutant {trace.GetProperty("mutant")}: {names[0]}.{names[1]} not seen in {Convert.ToHexString(bytes.AsSpan(0, Math.Min(200, bytes.Length)))}");
            }
        }

        Assert.True(traces.Mutants.Count > 500, $"only {traces.Mutants.Count} mutants");
        Assert.True(misses.Count == 0, $"{misses.Count} imports missed:\n" + string.Join('\n', misses.Take(15)));
    }

    private static PickleFacts Read(byte[] bytes) =>
        (PickleFacts)new PickleReader().Read(new MemoryByteSource(bytes), new ReadScope(new WorkBudget(new WorkLimits()), new ReadDepth(Full: true)));

    private static string? Difference(List<string> wanted, List<string> seen)
    {
        var lost = wanted.Except(seen, StringComparer.Ordinal).Take(5).ToList();
        var extra = seen.Except(wanted, StringComparer.Ordinal).Take(5).ToList();
        return lost.Count + extra.Count == 0 ? null : $"lost [{string.Join(", ", lost)}], invented [{string.Join(", ", extra)}]";
    }

    private static string Cut(string text) => text.Length > 400 ? text[..400] + "…" : text;

    /// <summary>The canonical form of <c>cpython_trace.py</c>.</summary>
    private static string Shape(PickleFacts facts, PickleValue value, int depth)
    {
        switch (value.Kind)
        {
            case PickleKind.None or PickleKind.True or PickleKind.False:
                return value.Kind.ToString();
            case PickleKind.Int:
                return $"int:{facts.IntOf(value)}";
            case PickleKind.BigInt:
                return Integer(facts, value);
            case PickleKind.Float:
                // The text of protocol 0 spells them nan and inf, which is no number to the facts.
                return facts.FloatOf(value) is { } number && double.IsFinite(number)
                    ? "float:" + BitConverter.DoubleToInt64Bits(number).ToString("x16", CultureInfo.InvariantCulture) : "float";
            case PickleKind.Global:
                return "global:" + facts.GlobalOf(value)!.Module + "." + facts.GlobalOf(value)!.Name;
            case PickleKind.Unknown or PickleKind.Missing:
                return value.Kind.ToString();
            default:
                break;
        }

        if (facts.IsText(value))
        {
            var text = facts.TextOf(value, 1 << 24)!;
            return Ascii.IsValid(text) ? $"text:{text.Length}:{text[..Math.Min(40, text.Length)]}" : "text";
        }

        if (facts.IsBytes(value))
            return $"bytes:{facts.LengthOf(value)}";
        switch (facts.NodeKindOf(value))
        {
            case PickleNodeKind.Call:
                return facts.TryGetCall(value, out var call) && facts.GlobalOf(call.Callee) is { } callee ? $"call:{callee.Module}.{callee.Name}" : "call:?";
            case PickleNodeKind.PersistentId:
                return "pid:";
            case PickleNodeKind.Set:
                return $"set:{facts.CountOf(value)}";
            case PickleNodeKind.FrozenSet:
                return $"frozenset:{facts.CountOf(value)}";
            case PickleNodeKind.Constant:
                return Integer(facts, value);
            default:
                break;
        }

        var kind = facts.NodeKindOf(value) switch { PickleNodeKind.Tuple => "tuple", PickleNodeKind.List => "list", _ => "dict" };
        var count = kind == "dict" ? facts.CountOf(value) / 2 : facts.CountOf(value);
        if (depth == 0)
            return $"{kind}:{count}";
        var items = facts.ChildrenOf(value).ToArray().Take(20).Select(item => Shape(facts, item, depth - 1));
        return $"[{string.Join(',', [kind, count.ToString(CultureInfo.InvariantCulture), .. items])}]";
    }

    private static string Integer(PickleFacts facts, PickleValue value) =>
        facts.BigIntOf(value) is { } big && big >= long.MinValue && big <= long.MaxValue ? $"int:{(long)big}" : "int";

    private static string Flatten(JsonElement shape) => shape.ValueKind switch
    {
        JsonValueKind.Array => "[" + string.Join(',', shape.EnumerateArray().Select(Flatten)) + "]",
        JsonValueKind.Number => shape.GetRawText(),
        _ => shape.GetString()!,
    };

    private void Compare(Func<PickleFacts, JsonElement, string?> difference)
    {
        traces.Require();
        var problems = new List<string>();
        foreach (var trace in traces.Honest)
        {
            var name = trace.GetProperty("file").GetString()!;
            var facts = Read(File.ReadAllBytes(Path.Combine(traces.Folder, name)));
            if (facts.Streams.Count == 0)
                problems.Add($"{name}: nothing was read");
            else if (difference(facts, trace) is { } problem)
                problems.Add($"{name}: {problem}");
        }

        Assert.True(traces.Honest.Count > 300, $"only {traces.Honest.Count} pickles");
        Assert.True(problems.Count == 0, $"{problems.Count} of {traces.Honest.Count} differ:\n" + string.Join('\n', problems.Take(15)));
    }

    /// <summary>Runs the two scripts once for all tests here.</summary>
    public sealed class Traces : IDisposable
    {
        private readonly string? _problem;

        public Traces()
        {
            Folder = Directory.CreateTempSubdirectory("assay-differential-").FullName;
            try
            {
                Run("make_benign.py", Folder, "--lenient");
                foreach (var line in Run("cpython_trace.py", Folder).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                {
                    var trace = JsonDocument.Parse(line).RootElement;
                    (trace.TryGetProperty("mutant", out _) ? Mutants : Honest).Add(trace);
                }
            }
            catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException)
            {
                _problem = e.Message;
            }
        }

        public string Folder { get; }

        public List<JsonElement> Honest { get; } = [];

        public List<JsonElement> Mutants { get; } = [];

        /// <summary>Without Python there is nothing to compare with: said on a developer's machine, a failure in continuous integration.</summary>
        public void Require()
        {
            if (_problem is null)
                return;
            if (Environment.GetEnvironmentVariable("CI") == "true")
                Assert.Fail("python3 is needed: " + _problem);
            Assert.Skip("python3 is needed: " + _problem);
        }

        public void Dispose()
        {
            Directory.Delete(Folder, recursive: true);
            if (File.Exists(Folder + ".tsv"))
                File.Delete(Folder + ".tsv");
        }

        private static string Run(string script, params string[] arguments)
        {
            // Debian's own Python is the one that has the libraries; elsewhere any will do.
            var python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
            var start = new ProcessStartInfo(python, ["-B", Path.Combine(Scripts(), script), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
            using var process = Process.Start(start) ?? throw new InvalidOperationException("python3 did not start");
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{script} ended with {process.ExitCode}: {errors.Result}");
        }

        private static string Scripts()
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                var scripts = Path.Combine(folder.FullName, "tests", "corpus");
                if (Directory.Exists(scripts))
                    return scripts;
            }

            throw new InvalidOperationException("tests/corpus was not found above " + AppContext.BaseDirectory);
        }
    }
}
