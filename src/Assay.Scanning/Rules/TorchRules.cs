namespace Assay.Scanning;

/// <summary>Rules about PyTorch files.</summary>
public static class TorchRules
{
    /// <summary>The ordinary case.</summary>
    public static Rule IsPickle { get; } = new("PT-001", Severity.Info, "PyTorch file is a pickle")
    {
        Meaning = "This is an ordinary PyTorch file. PyTorch keeps the description of its tensors as a pickle, and every instruction of that pickle was read here.",
        HowItWorks = "`torch.save` writes a ZIP archive with a pickle named `data.pkl` and one member per storage; older versions write several pickles one after the other. The pickle says which tensors exist and how they are put together. "
            + "Anything unusual in it is reported on its own; this note is only about the type of the file.",
        Advice = "Nothing has to be done because of this note. Keep `weights_only=True` when you load it, and prefer safetensors where the publisher offers it.",
        References = ["CWE-502", "AML.T0011.000"],
    };

    /// <summary>A call where a number should be.</summary>
    public static Rule HeaderPayload { get; } = new("PT-002", Severity.Critical, "Payload in the PyTorch header slot")
    {
        Meaning = "At a place where a PyTorch file has a fixed number, this one has instructions that run something.",
        HowItWorks = "The older PyTorch format begins with three tiny pickles: a magic number, a version and some facts about the machine. Loaders unpickle the first one in order to compare the number. "
            + "A call that is put there runs during this comparison, before any protection of the model itself. Checkers that only look at the model never read these slots.",
        Advice = StandardAdvice.RefuseAndClean,
        References = ["CWE-502", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>More pickles than a save writes.</summary>
    public static Rule ExtraPickle { get; } = new("PT-003", Severity.Medium, "Extra pickle in PyTorch archive")
    {
        Meaning = "The archive holds packed objects that saving a model does not create. A loader may pick one of them up, and you would not expect it.",
        HowItWorks = "A saved model has one `data.pkl`, next to storages that are plain numbers; TorchScript adds `constants.pkl`. Further pickles, or a pickle in the place of a storage, have been put in afterwards. "
            + "Depending on prefix and order, another program may read the added one instead. All of them were examined.",
        Advice = StandardAdvice.Isolate,
        References = ["CWE-502", "AML.T0074", "LLM03:2025"],
    };

    /// <summary>A name that TorchScript data never has.</summary>
    public static Rule IllegalTorchScriptGlobal { get; } = new("PT-011", Severity.High, "Illegal global in TorchScript data")
    {
        Meaning = "The data part of this TorchScript file asks for a function that such files never contain.",
        HowItWorks = "TorchScript has a loader of its own that understands a small part of pickle: its own classes, tensors, lists of numbers. `torch.jit.save` writes nothing else. "
            + "Any other name is aimed at a program that reads the same file with the ordinary, powerful unpickler, which happens when a file is renamed or a loader falls back.",
        Advice = StandardAdvice.RefuseAndClean,
        References = ["CWE-502", "AML.T0011.000", "LLM03:2025", "ML06:2023"],
    };

    /// <summary>A tensor that reaches past its storage.</summary>
    public static Rule TensorOutOfBounds { get; } = new("PT-013", Severity.High, "Tensor metadata out of bounds")
    {
        Meaning = "A tensor in this file claims more data than is stored for it. Programs that believe it read or write memory that is not theirs.",
        HowItWorks = "A tensor is described by a storage, a start, a shape and strides. Together they say which numbers are touched, and all of them must lie inside of the storage. "
            + "Rebuilding helpers of some versions did not compare this thoroughly, so that a file could reach other memory of the process (see CVE-2026-24747), even with `weights_only=True`. Saving a real tensor cannot produce such a description.",
        Advice = "Do not load it. Update PyTorch to a version with the fix in any case, since the safe loading mode does not protect an older one.",
        References = ["CWE-787", "CWE-125", "AML.T0107", "LLM03:2025", "CVE-2026-24747"],
    };
}
