using System.Diagnostics;
using Assay.Testing;

namespace Assay.Formats.Tests;

/// <summary>What holds for every reader of the catalogue, on damaged input above all.</summary>
public sealed class StandingTests
{
    private const int Mutations = 400;

    public static TheoryData<int> Samples => [.. Enumerable.Range(0, SampleCatalog.All.Count)];

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_valid_sample_is_recognised_by_its_reader(int index)
    {
        var (format, name, bytes) = SampleCatalog.All[index];
        using var edges = EdgeBuffer.Read(new MemoryByteSource(bytes), new WorkBudget(new WorkLimits()));
        Assert.True(FormatIdentifier.Matches(edges.Edges).Any(m => m.Reader.Id == format && m.Match.Strength == MatchStrength.Strong), $"{format}: {name}");
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Every_reader_survives_every_prefix_of_a_valid_file(int index)
    {
        var (_, name, bytes) = SampleCatalog.All[index];
        for (var length = 0; length <= bytes.Length; length += length < 600 || length > bytes.Length - 100 ? 1 : 7)
            ReadAll(bytes.AsMemory(0, length), $"{name}, {length} bytes");
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Every_reader_survives_seeded_mutations_of_a_valid_file(int index)
    {
        var (_, name, bytes) = SampleCatalog.All[index];
        for (var seed = 0; seed < Mutations; seed++)
            ReadAll(Mutate(bytes, seed), $"{name}, seed {seed}");
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Damaged_input_costs_no_more_than_a_little_time_and_memory(int index)
    {
        var (_, name, bytes) = SampleCatalog.All[index];
        ReadAll(bytes, name);
        for (var seed = 1000; seed < 1100; seed++)
        {
            var mutated = Mutate(bytes, seed);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var clock = Stopwatch.StartNew();
            ReadAll(mutated, $"{name}, seed {seed}");
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < 64 << 20, $"{name}, seed {seed}: {allocated} bytes allocated");
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"{name}, seed {seed}: {clock.Elapsed}");
        }
    }

    [Fact]
    public void Every_format_of_the_catalogue_has_a_sample()
    {
        // Bytecode samples are marshalled by the tests of its own reader.
        var missing = FormatCatalog.Readers.Select(r => r.Id).Where(id => id != FormatId.PythonBytecode).Except(SampleCatalog.All.Select(s => s.Format));
        Assert.Empty(missing);
    }

    /// <summary>Reads as every format, and opens all that comes out, two levels deep.</summary>
    private static void ReadAll(ReadOnlyMemory<byte> bytes, string what)
    {
        foreach (var reader in FormatCatalog.Readers)
        {
            try
            {
                var limits = new WorkLimits { InflatedBytes = 32 << 20, Seconds = 20, Members = 5_000, Elements = 1_000_000, Values = 200_000 };
                Descend(reader, new MemoryByteSource(bytes), new ReadScope(new WorkBudget(limits), new ReadDepth(false)), 2);
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"{reader.Id} on {what}: {e}");
            }
        }
    }

    private static void Descend(FormatReader reader, ByteSource source, ReadScope scope, int levels)
    {
        var facts = reader.Read(source, scope);
        foreach (var child in facts.Children)
        {
            try
            {
                using var content = child.Open(scope.Enter(child.Offset));
                var known = FormatIdentifier.Identify(content, scope);
                Assert.DoesNotContain('\n', child.Name);
                foreach (var (inner, _) in levels > 0 ? known.Matches : [])
                    Descend(inner, content, scope.Enter(0), levels - 1);
            }
            catch (MalformedArtifactException)
            {
                // Opening may fail, in this way alone.
            }
        }
    }

    private static byte[] Mutate(byte[] bytes, int seed)
    {
        var random = new Random(seed);
        var copy = bytes.ToList();
        for (var edits = random.Next(1, 6); edits > 0 && copy.Count > 0; edits--)
        {
            var at = random.Next(copy.Count);
            switch (random.Next(5))
            {
                case 0:
                    copy[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    copy[at] = (byte)random.Next(256);
                    break;
                case 2:
                    copy.RemoveRange(at, Math.Min(random.Next(1, 20), copy.Count - at));
                    break;
                case 3:
                    copy.InsertRange(at, copy.GetRange(at, Math.Min(random.Next(1, 40), copy.Count - at)));
                    break;
                default:
                    for (var i = at; i < Math.Min(copy.Count, at + 4); i++)
                        copy[i] = 0xFF;
                    break;
            }
        }

        return [.. copy];
    }
}
