using System.Buffers.Binary;
using System.Text;
using Assay.Formats;
using Assay.Scanning.Tests.Evasions;
using Assay.Testing;

namespace Assay.Scanning.Tests.Archive;

public sealed class HiddenDataTests
{
    private static readonly byte[] Numbers = MakeNumbers(40_000);
    private static readonly byte[] Archive = new MinimalZip().Add("notes.txt", "nothing to see"u8.ToArray()).ToArray();

    [Fact]
    public void A_program_among_the_numbers_of_a_safetensors_file_is_found() =>
        ScanAssert.HasRule(ScanAssert.Suspicious(Safetensors(With(ProgramBuilder.Elf(), 12_345)), "ELF program begins in the numbers", "model.safetensors"), "WGT-003");

    [Fact]
    public void A_program_among_the_numbers_of_an_array_is_found() =>
        ScanAssert.HasRule(ScanAssert.Suspicious(NumpyBuilder.Array("'<f4'", "(10000,)", With(ProgramBuilder.Pe(), 777)), "Windows program begins", "array.npy"), "WGT-003");

    [Fact]
    public void A_program_in_a_storage_of_a_checkpoint_is_found() =>
        ScanAssert.HasRule(ScanAssert.Suspicious(TorchBuilder.Zip(TorchBuilder.StateDict(), ("archive/data/1", With(ProgramBuilder.Pe(), 5000))), "Windows program begins in the numbers of archive/data/1", "model.pt"), "WGT-003");

    [Fact]
    public void A_program_in_a_compiled_model_is_found()
    {
        byte[] onnx = [0x08, 0x07, 0x12, 0x07, .. "pytorch"u8, 0x1A, 0x05, .. "1.2.3"u8];
        var report = ScanAssert.Scan([.. onnx, .. With(ProgramBuilder.Elf(), 9000)], "model.engine");
        ScanAssert.HasRule(report, "NAT-002");
        Assert.True(report.Verdict != Verdict.Clean);
    }

    [Fact]
    public void Numbers_alone_are_clean()
    {
        ScanAssert.Clean(Safetensors(Numbers), "model.safetensors");
        ScanAssert.Clean(NumpyBuilder.Array("'<f4'", "(10000,)", Numbers), "array.npy");
    }

    [Theory]
    [InlineData("state")]
    [InlineData("script")]
    public void Saved_states_and_texts_in_tensors_of_bytes_are_only_noted(string what)
    {
        var content = what == "state" ? Archive : Encoding.UTF8.GetBytes("#!/usr/bin/env python\nprint('a line of a training text')\n");
        var report = ScanAssert.Clean(Safetensors(With(content, 4321)), "model.safetensors");
        Assert.All(report.Findings.Where(f => f.Rule.Id == "WGT-003"), f => Assert.Equal(Severity.Low, f.Severity));
    }

    [Fact]
    public void A_script_in_the_notes_of_the_header_is_no_hidden_data()
    {
        var header = Encoding.UTF8.GetBytes($$$"""{"__metadata__":{"how":"#!/bin/bash\npython train.py"},"w":{"dtype":"F32","shape":[{{{Numbers.Length / 4}}}],"data_offsets":[0,{{{Numbers.Length}}}]}}""");
        var report = ScanAssert.Scan(Assemble(header, Numbers), "model.safetensors");
        Assert.DoesNotContain(report.Findings, f => f.Rule.Id == "WGT-003");
    }

    [Fact]
    public void Archives_and_programs_may_hold_programs()
    {
        var zip = ScanAssert.Scan(new MinimalZip().Add("tool.exe", ProgramBuilder.Pe()).ToArray(), "tools.zip");
        Assert.DoesNotContain(zip.Findings, f => f.Rule.Id is "WGT-003" or "NAT-002");
        var program = ScanAssert.Scan([.. ProgramBuilder.Elf(), .. ProgramBuilder.Elf()], "tool");
        Assert.DoesNotContain(program.Findings, f => f.Rule.Id is "WGT-003" or "NAT-002");
    }

    [Fact]
    public void What_was_seen_when_a_large_file_came_in_counts_when_only_its_structure_is_read()
    {
        const long length = 100L << 20;
        var bytes = Assemble(Header(length), With(ProgramBuilder.Elf(), 12_345));
        var known = new ContentFacts(new string('0', 64), ForeignSearch.In(bytes));
        using var source = new ZeroFilled(bytes, bytes.Length - Numbers.Length + length);
        var seen = new RepositoryScan(new ScanOptions()).ScanFile(source, "t", "model.safetensors", new HashSet<string>(), known, TestContext.Current.CancellationToken);
        ScanAssert.HasRule(seen, "WGT-003");
        Assert.True(seen.BytesRead < 1 << 20, "the file was read whole again");
        Assert.Equal(known.Foreign, ContentFacts.ReadForeign(ContentFacts.WriteForeign(known.Foreign!)));
    }

    private static byte[] MakeNumbers(int length)
    {
        var random = new Random(3);
        var bytes = new byte[length];
        for (var i = 0; i + 4 <= length; i += 4)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i), (random.NextSingle() - 0.5f) * 0.1f);
        return bytes;
    }

    private static byte[] With(byte[] content, int at)
    {
        byte[] bytes = [.. Numbers];
        content.AsSpan(0, Math.Min(content.Length, bytes.Length - at)).CopyTo(bytes.AsSpan(at));
        return bytes;
    }

    private static byte[] Safetensors(byte[] data) =>
        Assemble(Header(data.Length), data);

    private static byte[] Header(long length) => Encoding.UTF8.GetBytes($$$"""{"w":{"dtype":"U8","shape":[{{{length}}}],"data_offsets":[0,{{{length}}}]}}""");

    private static byte[] Assemble(byte[] header, byte[] data)
    {
        var bytes = new byte[8 + header.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, header.Length);
        header.CopyTo(bytes, 8);
        data.CopyTo(bytes, 8 + header.Length);
        return bytes;
    }

    /// <summary>A large file of which only the beginning is not zero.</summary>
    private sealed class ZeroFilled(byte[] head, long length) : ByteSource
    {
        public override long Length => length;

        public override int ReadAt(long offset, Span<byte> into)
        {
            var n = (int)Math.Clamp(length - offset, 0, into.Length);
            into[..n].Clear();
            if (offset < head.Length)
                head.AsSpan((int)offset, (int)Math.Min(n, head.Length - offset)).CopyTo(into);
            return n;
        }
    }
}
