using System.Diagnostics;
using System.Globalization;
using Assay.Formats;
using Assay.Fuzz;
using Assay.Testing;

// Fuzzes every reader, the whole scanner and what the hub reads from the network with mutated and generated input.
//   --seconds N   how long (default 60; 0 until stopped)      --seed N     start of the random sequence (default: the clock; printed)
//   --seeds DIR   files to start from, besides the built-in   --replay F   runs one saved input, or every file of a folder
//   --out DIR     where failing inputs are written (default artifacts/fuzz)
var options = new Dictionary<string, string>(StringComparer.Ordinal);
for (var i = 0; i + 1 < args.Length; i += 2)
    options[args[i]] = args[i + 1];
if (args.Length % 2 != 0 || options.Keys.Any(k => k is not ("--seconds" or "--seed" or "--seeds" or "--replay" or "--out")))
{
    Console.Error.WriteLine("usage: Assay.Fuzz [--seconds N] [--seed N] [--seeds DIR] [--out DIR] | --replay FILE");
    return 3;
}

var target = new FuzzTarget();
if (options.TryGetValue("--replay", out var replay))
{
    var failures = 0;
    foreach (var file in Directory.Exists(replay) ? Directory.GetFiles(replay).Order(StringComparer.Ordinal) : (IEnumerable<string>)[replay])
    {
        var problem = target.Run(File.ReadAllBytes(file), NameOf(Path.GetFileName(file)));
        Console.WriteLine($"{file}: {problem ?? "ok"}");
        failures += problem is null ? 0 : 1;
    }

    return failures == 0 ? 0 : 1;
}

var seconds = options.TryGetValue("--seconds", out var s) ? double.Parse(s, CultureInfo.InvariantCulture) : 60;
var seed = options.TryGetValue("--seed", out var n) ? int.Parse(n, CultureInfo.InvariantCulture) : Environment.TickCount & int.MaxValue;
var output = options.GetValueOrDefault("--out", Path.Combine("artifacts", "fuzz"));
var seeds = PickleSamples.All.Select(sample => (Name: "model.pkl", sample.Bytes)).ToList();
seeds.AddRange(SampleCatalog.All.Where(sample => sample.Format == FormatId.Gguf || sample.Format == FormatId.Onnx).Select(sample => ("model." + sample.Format.Name, sample.Bytes)));
if (options.TryGetValue("--seeds", out var folder))
{
    // Links are not followed: the corpus holds links that lead outside, in circles and nowhere.
    var walk = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
    seeds.AddRange(Directory.EnumerateFiles(folder, "*", walk).Order(StringComparer.Ordinal)
        .Where(f => new FileInfo(f).Length <= 64 << 10).Select(f => (Path.GetRelativePath(folder, f), File.ReadAllBytes(f))));
}

seeds.AddRange(WireParsers.Seeds);

// Every way to read has the same share of the time, however many seeds there are of it.
var pool = seeds.Select(static s => s.Bytes).ToList();
var kinds = seeds.GroupBy(static s => KindOf(s.Name)).OrderBy(static g => g.Key, StringComparer.Ordinal).Select(static g => g.ToList()).ToList();
Console.WriteLine($"fuzzing {(seconds > 0 ? $"for {seconds:0} s" : "until stopped")} with seed {seed}, {seeds.Count} seeds of {kinds.Count} kinds, {FormatCatalog.Readers.Count} readers");
var clock = Stopwatch.StartNew();
var found = 0;
long runs = 0;

// The seeds as they are come first: a failure there needs no luck.
foreach (var (name, bytes) in seeds)
    Check(bytes, name, "a seed");
while (found < 10 && (seconds <= 0 || clock.Elapsed.TotalSeconds < seconds))
{
    // Each input has its own random sequence, so that a slow machine meets the same inputs, only fewer.
    var random = new Random(unchecked(seed + (int)runs));
    if (random.Next(6) == 0)
    {
        Check(PickleGenerator.Make(random), "model.pkl", $"seed {unchecked(seed + (int)runs)}");
        continue;
    }

    var kind = kinds[random.Next(kinds.Count)];
    var (name, bytes) = kind[random.Next(kind.Count)];
    // One time in four under another name: nothing promises that a name tells the truth.
    if (random.Next(4) == 0 && !WireParsers.Knows(name))
        name = FuzzTarget.Names[random.Next(FuzzTarget.Names.Count)];
    Check(Mutator.Mutate(random, bytes, pool), name, $"seed {unchecked(seed + (int)runs)}");
}

Console.WriteLine($"{runs} inputs in {clock.Elapsed.TotalSeconds:0.0} s ({runs / clock.Elapsed.TotalSeconds:0} a second), {found} failures, slowest {target.Slowest.TotalMilliseconds:0} ms");
return found == 0 ? 0 : 1;

void Check(byte[] bytes, string name, string origin)
{
    runs++;
    var problem = target.Run(bytes, name);
    if (problem is null)
        return;
    found++;
    Directory.CreateDirectory(output);
    // The name goes with the bytes: it decides how they are read.
    var saved = Path.Combine(output, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes).AsSpan(0, 8)) + "+" + name.Replace('/', '+'));
    File.WriteAllBytes(saved, bytes);
    Console.WriteLine($"FAILURE from {origin}: {problem}\n  replay: artifacts/bin/Assay.Fuzz/release/Assay.Fuzz --replay {saved}");
}

static string NameOf(string saved) => saved.IndexOf('+', StringComparison.Ordinal) is > 0 and var at ? saved[(at + 1)..].Replace('+', '/') : saved;

static string KindOf(string name) => WireParsers.Knows(name) ? name : Path.GetExtension(name) is { Length: > 1 } extension ? extension.ToLowerInvariant() : Path.GetFileName(name);
