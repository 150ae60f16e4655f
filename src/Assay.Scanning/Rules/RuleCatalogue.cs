namespace Assay.Scanning;

/// <summary>Every rule, sorted by id. A new rule is a property in the class of its family and a line here.</summary>
public static class RuleCatalogue
{
    /// <summary>Version of rules and indicators together, as reports state it: year, month, count within the month.</summary>
    public const string RulesVersion = "2026.11.1";

    /// <summary>The rules.</summary>
    public static IReadOnlyList<Rule> All { get; } =
    [
        ArchiveRules.PathEscapes,
        ArchiveRules.DirectoriesDisagree,
        ArchiveRules.FalseFlags,
        ArchiveRules.ChecksumMismatch,
        ArchiveRules.DuplicateNames,
        ArchiveRules.UnusualContainer,
        ArchiveRules.SlackData,
        ArchiveRules.Bomb,
        ArchiveRules.SpecialEntry,
        ArchiveRules.PasswordProtected,
        ExecutableRules.Executable,
        ExecutableRules.Disguised,
        JoblibRules.SidecarEscapes,
        NumpyRules.ObjectArray,
        NumpyRules.AbnormalHeader,
        PickleRules.CodeExecution,
        PickleRules.SystemCommand,
        PickleRules.ReverseShell,
        PickleRules.NetworkAccess,
        PickleRules.FileWrite,
        PickleRules.NativeLibrary,
        PickleRules.PackageInstall,
        PickleRules.FileRead,
        PickleRules.DangerousImport,
        PickleRules.ImportGadget,
        PickleRules.ComputedImport,
        PickleRules.AttributeTraversal,
        PickleRules.CallWithoutReduce,
        PickleRules.LibraryModified,
        PickleRules.CallGadget,
        PickleRules.SuspiciousGetattr,
        PickleRules.PlainGetattr,
        PickleRules.ExtensionRegistry,
        PickleRules.UnexpectedPersistentId,
        PickleRules.EmbeddedSource,
        PickleRules.EmbeddedBytecode,
        PickleRules.NestedPickle,
        PickleRules.NestedLoader,
        PickleRules.EncodedPayload,
        PickleRules.UnknownClass,
        PickleRules.UnknownFunction,
        PickleRules.StandardLibraryFunction,
        PickleRules.RepositoryModule,
        PickleRules.MainClass,
        PickleRules.EmbeddedExecutable,
        PickleRules.BrokenAfterCode,
        PickleRules.BrokenStream,
        PickleRules.TrailingData,
        PickleRules.ResourceBomb,
        PickleRules.ParserDifferential,
        PickleRules.HiddenResult,
        PickleRules.LookalikeModule,
        TorchRules.IsPickle,
        TorchRules.HeaderPayload,
        TorchRules.ExtraPickle,
        TorchRules.IllegalTorchScriptGlobal,
        TorchRules.TensorOutOfBounds,
        ScanRules.CanRunCode,
        ScanRules.Unsupported,
        ScanRules.LimitReached,
        ScanRules.Truncated,
        ScanRules.MalformedStructure,
        ScanRules.NameMismatch,
        ScanRules.Polyglot,
        ScanRules.KnownBad,
        ScanRules.PointerMismatch,
    ];

    /// <summary>The rule of this id, in either case; null when there is none.</summary>
    public static Rule? Find(string id)
    {
        foreach (var rule in All)
        {
            if (rule.Id.Equals(id, StringComparison.OrdinalIgnoreCase))
                return rule;
        }

        return null;
    }
}
