using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Judges what pickles import, call and change.</summary>
internal sealed class PickleDetector : Detector<PickleFacts>
{
    public override IReadOnlyList<Rule> Rules { get; } =
    [
        PickleRules.CodeExecution, PickleRules.SystemCommand, PickleRules.ReverseShell, PickleRules.NetworkAccess, PickleRules.FileWrite, PickleRules.NativeLibrary,
        PickleRules.PackageInstall, PickleRules.FileRead, PickleRules.DangerousImport, PickleRules.ImportGadget, PickleRules.ComputedImport, PickleRules.AttributeTraversal,
        PickleRules.CallWithoutReduce, PickleRules.LibraryModified, PickleRules.CallGadget, PickleRules.SuspiciousGetattr, PickleRules.PlainGetattr, PickleRules.ExtensionRegistry,
        PickleRules.UnexpectedPersistentId, PickleRules.EmbeddedSource, PickleRules.EmbeddedBytecode, PickleRules.NestedPickle, PickleRules.NestedLoader, PickleRules.EncodedPayload,
        PickleRules.UnknownClass, PickleRules.UnknownFunction, PickleRules.StandardLibraryFunction, PickleRules.RepositoryModule, PickleRules.MainClass, PickleRules.BrokenAfterCode,
        PickleRules.BrokenStream, PickleRules.TrailingData, PickleRules.ResourceBomb, PickleRules.ParserDifferential, PickleRules.HiddenResult, PickleRules.LookalikeModule,
        TorchRules.HeaderPayload, TorchRules.IllegalTorchScriptGlobal, JoblibRules.SidecarEscapes,
    ];

    protected override void Inspect(PickleFacts facts, Artifact artifact, DetectionScope scope) => new PickleJudge(facts, artifact, scope).Judge();
}
