namespace Assay.Scanning;

/// <summary>Every detector, in the order in which they run. A new detector is a line here.</summary>
public static class DetectorCatalog
{
    /// <summary>The detectors.</summary>
    public static IReadOnlyList<Detector> Detectors { get; } =
    [
        new PickleDetector(),
        new BytecodeDetector(),
        new TorchDetector(),
        new NumpyDetector(),
        new SafetensorsDetector(),
        new ArchiveDetector(),
        new FormatDetector(),
        new HiddenDataDetector(),
        new CodeDetector(),
        new ObfuscationDetector(),
        new RemoteCodeDetector(),
        new UsageDetector(),
        new LureDetector(),
        new NotebookDetector(),
        new PageDetector(),
        new AddressDetector(),
        new PipelineDetector(),
        new PackageScriptDetector(),
        new DependencyDetector(),
        new SecretDetector(),
        new NameDetector(),
        new ProgramDetector(),
        new DocumentDetector(),
        new MarkupDetector(),
        new ShortcutDetector(),
    ];
}
