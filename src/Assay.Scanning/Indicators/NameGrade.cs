namespace Assay.Scanning;

/// <summary>What a name is known as.</summary>
public enum NameClass
{
    /// <summary>Not known: graded by use.</summary>
    Unknown,

    /// <summary>Not listed, of Python's standard library: almost no honest model needs it.</summary>
    UnknownStandardLibrary,

    /// <summary>Reconstruction helper or data class.</summary>
    Safe,

    /// <summary>CamelCase class of a known package: safe as a class that receives data.</summary>
    SafePattern,

    /// <summary>The arguments decide.</summary>
    Gated,

    /// <summary>Harmful when called; importing it is reportable.</summary>
    Dangerous,
}

/// <summary>What a name can do when it is called.</summary>
[Flags]
public enum Capabilities
{
    /// <summary>Nothing known.</summary>
    None = 0,

    /// <summary>Runs source, bytecode, templates or expressions.</summary>
    Execute = 1,

    /// <summary>Starts, replaces, signals or scripts processes.</summary>
    Process = 2,

    /// <summary>Turns text into a module, class or function.</summary>
    Import = 4,

    /// <summary>Calls what it is given, now or later.</summary>
    Invoke = 8,

    /// <summary>Reaches attributes, frames, module state, or builds types.</summary>
    Introspect = 16,

    /// <summary>Parses a second payload.</summary>
    Deserialize = 32,

    /// <summary>Loads machine code.</summary>
    Native = 64,

    /// <summary>Uses the network.</summary>
    Network = 128,

    /// <summary>Writes files, permissions, environment or registry.</summary>
    FileWrite = 256,

    /// <summary>Deletes or renames files.</summary>
    FileDelete = 512,

    /// <summary>Reads files, environment, accounts or the screen.</summary>
    FileRead = 1024,

    /// <summary>Installs packages.</summary>
    Install = 2048,
}

/// <summary>The grade of one name.</summary>
/// <param name="Class">What it is known as.</param>
/// <param name="Capabilities">What it can do.</param>
/// <param name="Matched">The entry that decided: the name itself, a prefix of it, a whole module, a pattern; empty when none.</param>
/// <param name="Reason">Why, in a few words; empty when none.</param>
/// <param name="ByModule">True when only the whole module is listed, not this name or a class that it belongs to.</param>
public readonly record struct NameGrade(NameClass Class, Capabilities Capabilities, string Matched, string Reason, bool ByModule);
