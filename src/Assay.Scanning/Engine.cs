namespace Assay.Scanning;

/// <summary>Who says what a report says.</summary>
public static class Engine
{
    /// <summary>The name of the tool.</summary>
    public const string Name = "assay";

    /// <summary>Its version; the same as that of the assemblies.</summary>
    public const string Version = "0.1.0";

    /// <summary>The version of rules and indicators together.</summary>
    public const string Rules = RuleCatalogue.RulesVersion;

    /// <summary>Where the documentation is found. The name is reserved for examples until the project has an address of its own.</summary>
    public const string InformationUri = "https://assay.example/";
}
