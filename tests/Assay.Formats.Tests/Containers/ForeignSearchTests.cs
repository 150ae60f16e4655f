using System.Buffers.Binary;
using System.Text;
using Assay.Testing;

namespace Assay.Formats.Tests.Containers;

public sealed class ForeignSearchTests
{
    private static readonly byte[] MachO = MakeMachO();

    public static TheoryData<string, byte[]> Contents => new()
    {
        { "Windows program", ProgramBuilder.Pe() },
        { "ELF program", ProgramBuilder.Elf() },
        { "ELF program", ProgramBuilder.Elf(kind: 3) },
        { "macOS program", MachO },
        { "WebAssembly program", [.. "\0asm"u8, 1, 0, 0, 0, .. new byte[64]] },
        { "ZIP archive", new MinimalZip().Add("a.txt", "hello"u8.ToArray()).ToArray() },
        { "7z archive", [.. "7z"u8, 0xBC, 0xAF, 0x27, 0x1C, 0, 4, .. new byte[64]] },
        { "RAR archive", [.. "Rar!"u8, 0x1A, 0x07, 1, 0, .. new byte[64]] },
        { "script with an interpreter line", [.. "#!/usr/bin/env python3\nprint('hi')\n"u8, .. new byte[64]] },
        { "script with an interpreter line", [.. "#!/bin/sh\necho hi\n"u8, .. new byte[64]] },
    };

    [Theory]
    [MemberData(nameof(Contents))]
    public void A_content_is_found_at_any_offset_and_in_any_pieces(string name, byte[] content)
    {
        var random = new Random(20261125);
        foreach (var offset in (int[])[0, 1, 15, 63, 64, 4000, 4095, 4096, 4160, 5000, 9000])
        {
            var bytes = new byte[offset + content.Length + 8192];
            content.CopyTo(bytes, offset);
            foreach (var most in (int[])[1, 40, 100, 4159, 4160, 4161, 20_000, int.MaxValue])
            {
                var search = new ForeignSearch();
                for (var at = 0; at < bytes.Length;)
                {
                    var n = Math.Min(bytes.Length - at, most == int.MaxValue ? most : random.Next(1, most + 1));
                    search.Feed(bytes.AsSpan(at, n));
                    at += n;
                }

                Assert.Equal(bytes.Length, search.Length);
                // An archive at the very beginning is what the file is.
                if (offset == 0 && name.EndsWith("archive", StringComparison.Ordinal))
                    Assert.DoesNotContain(search.Found, f => f.Kind == ForeignKind.Archive);
                else
                    Assert.True(search.Found is [var found, ..] && found.Offset == offset && found.Name == name, $"offset {offset}, pieces of up to {most}: {string.Join(", ", search.Found)}");
            }
        }
    }

    [Fact]
    public void Random_numbers_hold_nothing()
    {
        var random = new Random(7);
        var bytes = new byte[32 << 20];
        random.NextBytes(bytes);
        Assert.Empty(ForeignSearch.In(bytes));
    }

    [Theory]
    [InlineData("MZ and PE in a text that speaks of the Portable Executable format: PE\0\0 follows the stub")]
    [InlineData("\u007fELF is the magic number of ELF files, and here it is followed by words")]
    [InlineData("a zip starts with PK\u0003\u0004 and then version and flags")]
    [InlineData("a script starts with #!/bin/ and no line follows it within sight ......................................................")]
    public void A_signature_without_the_fields_behind_it_is_nothing(string text) =>
        Assert.Empty(ForeignSearch.In([.. Encoding.Latin1.GetBytes(text), .. Enumerable.Repeat((byte)' ', 200)]));

    [Fact]
    public void Many_programs_are_told_of_a_bounded_number_of_times()
    {
        var elf = ProgramBuilder.Elf(code: []);
        var bytes = Enumerable.Repeat(elf, 500).SelectMany(e => e).ToArray();
        var found = ForeignSearch.In(bytes);
        Assert.Equal(ForeignSearch.MaxPerKind, found.Count);
    }

    [Fact]
    public void Slow_and_fast_ways_agree_on_mutated_contents()
    {
        const int seed = 99;
        var random = new Random(seed);
        var contents = Contents.Select(r => r.Data.Item2).ToArray();
        for (var round = 0; round < 300; round++)
        {
            var bytes = new byte[random.Next(200, 30_000)];
            if (round % 2 == 0)
                random.NextBytes(bytes);
            for (var i = 0; i < 5; i++)
            {
                var content = contents[random.Next(contents.Length)];
                var at = random.Next(bytes.Length);
                content.AsSpan(0, Math.Min(content.Length, bytes.Length - at)).CopyTo(bytes.AsSpan(at));
            }

            var pieces = new ForeignSearch();
            for (var at = 0; at < bytes.Length;)
            {
                var n = Math.Min(bytes.Length - at, random.Next(1, 9000));
                pieces.Feed(bytes.AsSpan(at, n));
                at += n;
            }

            // One byte at a time never reaches the fast way.
            var single = new ForeignSearch();
            for (var at = 0; at < bytes.Length; at++)
                single.Feed(bytes.AsSpan(at, 1));
            var whole = ForeignSearch.In(bytes);
            Assert.True(whole.SequenceEqual(pieces.Found) && whole.SequenceEqual(single.Found), $"seed {seed}, round {round}: {string.Join(", ", whole)} / {string.Join(", ", pieces.Found)} / {string.Join(", ", single.Found)}");
        }
    }

    private static byte[] MakeMachO()
    {
        var bytes = new byte[256];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, 0xFEEDFACF);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), 0x0100_000C);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), 2);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), 4);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), 160);
        return bytes;
    }
}
