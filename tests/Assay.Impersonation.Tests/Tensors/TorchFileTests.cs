using Assay.Formats;
using Assay.Testing;

namespace Assay.Impersonation.Tests.Tensors;

/// <summary>Files that PyTorch itself writes.</summary>
public sealed class TorchFileTests
{
    private const string Script = """
        import torch
        torch.manual_seed(7)
        a, b, c = torch.randn(64, 96), torch.randn(300, 40), torch.zeros(5000)
        torch.save({"a": a, "b": b, "c": c}, "one.pt")
        torch.save({"y": b, "x": a, "more": {"b again": b}, "small": torch.randn(4)}, "two.pt")
        torch.save({"a": a, "b": b + 1e-6}, "three.pt")
        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.w = torch.nn.Parameter(a)
                self.v = torch.nn.Parameter(b)
            def forward(self, x):
                return x @ self.w
        torch.jit.save(torch.jit.script(Net()), "script.pt")
        """;

    [Fact]
    public void Equal_weights_in_files_of_PyTorch_match_and_changed_ones_do_not()
    {
        Assert.SkipUnless(HasTorch(), "python3-torch is not installed");
        using var folder = new TemporaryFolder();
        var outcome = OtherProgram.Run("/usr/bin/python3", [folder.Write("make.py", Script)], folder.Path);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        var one = Inventory(folder["one.pt"]);
        Assert.Equal([300 * 40 * 4, 64 * 96 * 4], one.Tensors.Select(t => t.Length).OrderDescending());
        Assert.True(one.IsComplete);
        Assert.Equal(one.Fingerprint, Inventory(folder["two.pt"]).Fingerprint);
        Assert.Equal(one.Fingerprint, Inventory(folder["script.pt"]).Fingerprint);
        var changed = TensorRelation.Of(Inventory(folder["three.pt"]), one);
        Assert.Equal((TensorRelationKind.Related, 1, 1), (changed.Kind, changed.Missing, changed.Extra));
    }

    private static bool HasTorch() => File.Exists("/usr/bin/python3")
        && OtherProgram.Run("/usr/bin/python3", ["-c", "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)"]).ExitCode == 0;

    private static TensorInventory Inventory(string path)
    {
        using var source = FileByteSource.Open(path);
        var layout = TensorLayout.Read(source, new WorkBudget(new WorkLimits()));
        Assert.NotNull(layout);
        return TensorDigester.Digest(source, layout, CancellationToken.None)!;
    }
}
