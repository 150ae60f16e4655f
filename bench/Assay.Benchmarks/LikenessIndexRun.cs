using System.Diagnostics;
using System.Globalization;
using Assay.Impersonation;
using Assay.Impersonation.Names;

namespace Assay.Benchmarks;

/// <summary>
/// One run of the whole at the size of the public hub: builds an index of names composed from real ones, asks it, and says what it took.
/// dotnet run -c Release --project bench/Assay.Benchmarks -- names 3000000
/// </summary>
internal static class LikenessIndexRun
{
    private const int Protected = 55_000;
    private const int Questions = 20_000;

    public static void Run(int count)
    {
        var random = new Random(20260601);
        var seeds = LikenessIndex.SeedNames().Select(static n => n.Id).ToArray();
        var clock = Stopwatch.StartNew();
        var index = LikenessIndex.Empty.CoveringAll().With(Compose(seeds, count, random)).WithBrands(Brand.Seeds());
        var built = clock.Elapsed;
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        Say($"names             {index.Count,12:N0}   of them protected {Protected:N0}");
        Say($"built in          {built.TotalSeconds,12:N1} s");
        Say($"tables            {index.Memory / 1e6,12:N0} MB");
        Say($"managed heap      {GC.GetTotalMemory(forceFullCollection: true) / 1e6,12:N0} MB");
        using (var process = Process.GetCurrentProcess())
            Say($"process now, peak {process.WorkingSet64 / 1e6,12:N0} MB {process.PeakWorkingSet64 / 1e6:N0} MB");

        var names = Compose(seeds, Questions, random).Select(static n => n.Id).ToArray();
        Ask("judge, new names", names, id => Judge(id, index));
        Ask("judge, slips", [.. names.Select(n => Slip(n, random))], id => Judge(id, index));
        Ask("judge, real ids", seeds, id => Judge(id, index));
        Ask("judge, slips of these", [.. seeds.Select(n => Slip(n, random))], id => Judge(id, index));
        Ask("nearest of all", names, id => index.Nearest(id[(id.IndexOf('/', StringComparison.Ordinal) + 1)..], 10));

        clock.Restart();
        var one = index;
        for (var i = 0; i < 200; i++)
            one = one.With([new KnownName($"newcomer-{i}/model-{i}", 0, IsProtected: false)]);
        Say($"adding one name   {clock.Elapsed.TotalMilliseconds / 200,12:N3} ms");
    }

    private static void Ask(string what, string[] ids, Action<string> ask)
    {
        foreach (var id in ids.Take(2000))
            ask(id);
        var times = new double[ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            // The better of two, since what else runs on the machine is not meant.
            var start = Stopwatch.GetTimestamp();
            ask(ids[i]);
            var between = Stopwatch.GetTimestamp();
            ask(ids[i]);
            times[i] = Math.Min(Stopwatch.GetElapsedTime(start, between).TotalMilliseconds, Stopwatch.GetElapsedTime(between).TotalMilliseconds);
        }

        Array.Sort(times);
        Say($"{what,-22} p50 {times[times.Length / 2]:N3} ms   p99 {times[times.Length * 99 / 100]:N3} ms   most {times[^1]:N2} ms   {1000 / times.Average():N0} a second");
    }

    private static void Judge(string id, LikenessIndex index)
    {
        var slash = id.IndexOf('/', StringComparison.Ordinal);
        NameLikeness.Judge(new NameQuery(id[..slash], id[(slash + 1)..]), index);
    }

    private static IEnumerable<KnownName> Compose(string[] seeds, int count, Random random)
    {
        var tokens = seeds.SelectMany(static s => NameTokens.Of(s.AsSpan(s.IndexOf('/', StringComparison.Ordinal) + 1))).Select(static t => t.Text).ToArray();
        var publishers = seeds.Select(static s => s[..s.IndexOf('/', StringComparison.Ordinal)]).Distinct().ToArray();
        for (var i = 0; i < count; i++)
        {
            // Half keep the name of a real one and add or exchange a word, half are put together.
            var name = seeds[random.Next(seeds.Length)];
            name = name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..];
            if (random.Next(2) == 0)
                name = $"{name}-{tokens[random.Next(tokens.Length)]}";
            else
                name = string.Join('-', Enumerable.Range(0, random.Next(2, 5)).Select(_ => tokens[random.Next(tokens.Length)]));
            if (random.Next(3) == 0)
                name += "-" + random.Next(1000).ToString(CultureInfo.InvariantCulture);
            yield return new KnownName($"{publishers[random.Next(publishers.Length)]}{random.Next(200_000)}/{name}", random.Next(1000), i < Protected);
        }
    }

    private static string Slip(string id, Random random)
    {
        var at = random.Next(1, id.Length - 1);
        return id[at] == '/' ? id : random.Next(3) switch
        {
            0 => id.Remove(at, 1),
            1 => id.Insert(at, "e"),
            _ => id[..at] + "s" + id[(at + 1)..],
        };
    }

    private static void Say(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
