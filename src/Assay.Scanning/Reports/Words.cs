namespace Assay.Scanning.Reports;

/// <summary>The words that reports use for enumerated values; part of the contract, never renamed.</summary>
internal static class Words
{
    public static string Of(Verdict verdict) => verdict switch
    {
        Verdict.Malicious => "malicious",
        Verdict.Suspicious => "suspicious",
        Verdict.Incomplete => "incomplete",
        _ => "clean",
    };

    public static string Of(Severity severity) => severity switch
    {
        Severity.Critical => "critical",
        Severity.High => "high",
        Severity.Medium => "medium",
        Severity.Low => "low",
        _ => "info",
    };

    public static string Of(Confidence confidence) => confidence switch
    {
        Confidence.Confirmed => "confirmed",
        Confidence.High => "high",
        Confidence.Medium => "medium",
        _ => "low",
    };

    public static string Of(Effect effect) => effect switch
    {
        Effect.Load => "load",
        Effect.Use => "use",
        Effect.Build => "build",
        _ => "never",
    };

    public static string Of(ImportSafety safety) => safety switch
    {
        ImportSafety.Dangerous => "dangerous",
        ImportSafety.Suspicious => "suspicious",
        _ => "innocuous",
    };

    public static string Of(TargetKind kind) => kind switch
    {
        TargetKind.File => "file",
        TargetKind.Folder => "folder",
        TargetKind.Stdin => "stdin",
        TargetKind.Cache => "cache",
        _ => "remote",
    };

    public static string Of(IncompleteReason reason) => reason switch
    {
        IncompleteReason.Limit => "limit",
        IncompleteReason.Encrypted => "encrypted",
        IncompleteReason.Truncated => "truncated",
        IncompleteReason.Unsupported => "unsupported",
        _ => "unreadable",
    };
}
