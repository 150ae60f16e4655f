using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Judges PyTorch files as wholes: tensors against their storages, storages against their members, members that no save writes.</summary>
internal sealed class TorchDetector : Detector<PickleFacts>
{
    private const int MaxTensors = 200_000;

    public override IReadOnlyList<Rule> Rules { get; } = [TorchRules.ExtraPickle, TorchRules.IllegalTorchScriptGlobal, TorchRules.TensorOutOfBounds];

    /// <summary>Every tensor must lie inside the storage that it views (compare CVE-2026-24747).</summary>
    protected override void Inspect(PickleFacts facts, Artifact artifact, DetectionScope scope)
    {
        if (facts.Storages.Count == 0)
            return;
        var seen = 0;
        for (var i = 0; i < facts.CallCount && seen < MaxTensors; i++)
        {
            var call = facts.CallAt(i);
            if (facts.GlobalOf(call.Callee) is not { Module: "torch._utils", Name: "_rebuild_tensor" or "_rebuild_tensor_v2" or "_rebuild_tensor_v3" or "_rebuild_qtensor" })
                continue;
            seen++;
            var args = facts.ChildrenOf(call.Args);
            if (args.Length < 4 || StorageElements(facts, args[0]) is not { } elements || facts.IntOf(args[1]) is not { } offset)
                continue;
            if (Extent(facts, args[2], args[3]) is not { } extent)
                continue;
            if (offset >= 0 && extent >= 0 && offset + extent <= elements)
                continue;
            scope.Findings.Add(
                TorchRules.TensorOutOfBounds,
                artifact,
                call.Offset,
                "A tensor lies outside the data that it is said to view",
                $"offset {offset}, extent {extent}, storage of {elements} elements",
                confidence: Confidence.High);
        }
    }

    public override void InspectTree(Artifact artifact, DetectionScope scope)
    {
        if (artifact.FactsOf<ZipFacts>() is not { } zip || (artifact.Format != FormatId.PyTorchZip && artifact.Format != FormatId.TorchScript))
            return;
        var sizes = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var entry in zip.Entries)
        {
            var slash = entry.Name.IndexOf("/data/", StringComparison.OrdinalIgnoreCase);
            if (slash > 0)
                sizes[entry.Name[(slash + 6)..]] = entry.UncompressedSize;
        }

        foreach (var child in artifact.Children)
        {
            if (child.FactsOf<PickleFacts>() is not { } facts || child.Role != ChildRole.Member)
                continue;
            var record = child.Name[(child.Name.LastIndexOf('/') + 1)..];
            if (artifact.Format == FormatId.TorchScript)
                JudgeTorchScript(facts, child, scope);
            else if (!record.Equals("data.pkl", StringComparison.OrdinalIgnoreCase))
                scope.Findings.Add(TorchRules.ExtraPickle, child, 0, $"The archive holds the pickle {PicklePrinter.Quote(child.Name)}, which no save writes", child.Name, confidence: Confidence.High);
            if (record.Equals("data.pkl", StringComparison.OrdinalIgnoreCase))
                JudgeStorages(facts, sizes, child, scope);
        }
    }

    private static void JudgeStorages(PickleFacts facts, Dictionary<string, long> sizes, Artifact artifact, DetectionScope scope)
    {
        foreach (var storage in facts.Storages)
        {
            if (storage.ElementSize == 0 || storage.Elements == 0 || !sizes.TryGetValue(storage.Key, out var size))
                continue;
            if (storage.Bytes <= size)
                continue;
            scope.Findings.Add(
                TorchRules.TensorOutOfBounds,
                artifact,
                storage.Offset,
                $"Storage {PicklePrinter.Quote(storage.Key)} is declared larger than it is",
                $"{storage.Elements} elements of {storage.Type} need {storage.Bytes} bytes, the member holds {size}",
                confidence: Confidence.High);
        }
    }

    private static void JudgeTorchScript(PickleFacts facts, Artifact artifact, DetectionScope scope)
    {
        foreach (var global in facts.Globals)
        {
            if (global.Module.StartsWith("__torch__", StringComparison.Ordinal) || global.Module is "torch.jit._pickle" or "torch" or "torch._utils" or "collections" || global.Module.StartsWith("torch.", StringComparison.Ordinal) && global.Name.EndsWith("Storage", StringComparison.Ordinal))
                continue;
            scope.Findings.Add(TorchRules.IllegalTorchScriptGlobal, artifact, global.Offset, $"The data of a TorchScript file refers to {PicklePrinter.Visible(global.FullName)}", global.FullName);
        }
    }

    private static long? StorageElements(PickleFacts facts, PickleValue value)
    {
        if (facts.NodeKindOf(value) != PickleNodeKind.PersistentId || facts.ChildrenOf(value) is not [var id, ..])
            return null;
        var items = facts.ChildrenOf(id);
        return items.Length >= 5 ? facts.IntOf(items[4]) : null;
    }

    /// <summary>Elements from the first to behind the last that shape and strides reach; null where they are no numbers, -1 where they are absurd.</summary>
    private static long? Extent(PickleFacts facts, PickleValue shape, PickleValue strides)
    {
        var sizes = facts.ChildrenOf(shape);
        var steps = facts.ChildrenOf(strides);
        if (sizes.Length != steps.Length)
            return null;
        System.Numerics.BigInteger last = 0;
        for (var i = 0; i < sizes.Length; i++)
        {
            if (facts.IntOf(sizes[i]) is not { } size || facts.IntOf(steps[i]) is not { } step)
                return null;
            if (size == 0)
                return 0;
            if (size < 0 || step < 0)
                return -1;
            last += (System.Numerics.BigInteger)(size - 1) * step;
        }

        return last >= long.MaxValue / 2 ? -1 : (long)last + 1;
    }
}
