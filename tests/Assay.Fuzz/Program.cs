using System.Diagnostics;
using System.Globalization;
using Assay.Formats;
using Assay.Fuzz;
using Assay.Testing;

// Fuzzes every reader and the whole scanner with mutated and generated input.
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
        var problem = target.Run(File.ReadAllBytes(file));
        Console.WriteLine($"{file}: {problem ?? "ok"}");
        failures += problem is null ? 0 : 1;
    }

    return failures == 0 ? 0 : 1;
}

var seconds = options.TryGetValue("--seconds", out var s) ? double.Parse(s, CultureInfo.InvariantCulture) : 60;
var seed = options.TryGetValue("--seed", out var n) ? int.Parse(n, CultureInfo.InvariantCulture) : Environment.TickCount & int.MaxValue;
var output = options.GetValueOrDefault("--out", Path.Combine("artifacts", "fuzz"));
var seeds = PickleSamples.All.Select(sample => sample.Bytes).ToList();
if (options.TryGetValue("--seeds", out var folder))
{
    // Links are not followed: the corpus holds links that lead outside, in circles and nowhere.
    var walk = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
    seeds.AddRange(Directory.EnumerateFiles(folder, "*", walk).Order(StringComparer.Ordinal)
        .Where(f => new FileInfo(f).Length <= 64 << 10).Select(File.ReadAllBytes));
}

Console.WriteLine($"fuzzing {(seconds > 0 ? $"for {seconds:0} s" : "until stopped")} with seed {seed}, {seeds.Count} seeds, {FormatCatalog.Readers.Count} readers");
var clock = Stopwatch.StartNew();
var found = 0;
long runs = 0;

// The seeds as they are come first: a failure there needs no luck.
foreach (var bytes in seeds)
    Check(bytes, "a seed");
while (found < 10 && (seconds <= 0 || clock.Elapsed.TotalSeconds < seconds))
{
    // Each input has its own random sequence, so that a slow machine meets the same inputs, only fewer.
    var random = new Random(unchecked(seed + (int)runs));
    var bytes = random.Next(3) == 0 ? PickleGenerator.Make(random) : Mutator.Mutate(random, seeds);
    Check(bytes, $"seed {unchecked(seed + (int)runs)}");
}

Console.WriteLine($"{runs} inputs in {clock.Elapsed.TotalSeconds:0.0} s ({runs / clock.Elapsed.TotalSeconds:0} a second), {found} failures, slowest {target.Slowest.TotalMilliseconds:0} ms");
return found == 0 ? 0 : 1;

void Check(byte[] bytes, string origin)
{
    runs++;
    var problem = target.Run(bytes);
    if (problem is null)
        return;
    found++;
    Directory.CreateDirectory(output);
    var name = Path.Combine(output, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes).AsSpan(0, 8)) + ".bin");
    File.WriteAllBytes(name, bytes);
    Console.WriteLine($"FAILURE from {origin}: {problem}\n  replay: artifacts/bin/Assay.Fuzz/release/Assay.Fuzz --replay {name}");
}
