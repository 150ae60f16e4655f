namespace Assay.Scanning;

/// <summary>Rules about settings that reach code.</summary>
public static class ConfigurationRules
{
    /// <summary>The settings name Python code of this repository.</summary>
    public static Rule RemoteCode { get; } = new("CFG-001", Severity.Info, "Remote code requested")
    {
        Meaning = "This model wants to be loaded with Python code from its own repository. The code runs only if you allow remote code.",
        HowItWorks = "The entry `auto_map` in the settings names a file and a class, and a loader that was called with `trust_remote_code=True` imports that file. New architectures need this until the library knows them, so it is a note and no accusation. "
            + "The named file is examined like any other code; what it does is reported there.",
        Advice = "Leave remote code switched off if the model loads without it. If you need it, read the findings of the named file and pin the exact commit, so that a later change does not reach you.",
        References = ["CWE-829", "AML.T0011.000", "LLM03:2025"],
    };

    /// <summary>The settings name Python code of another repository.</summary>
    public static Rule RemoteCodeElsewhere { get; } = new("CFG-002", Severity.High, "Remote code from another repository")
    {
        Meaning = "Loading this model with remote code runs code from a different repository, which was not checked here. Its owner can change that code at any time.",
        HowItWorks = "An entry of the form `owner/name--file.Class` makes the loader fetch the file from the other repository, in its newest state. Pinning a commit of this model does not pin the other one, and a freed owner name can be registered again by somebody else. "
            + "Fine-tuned models often point to the repository of their base model in this way, which is why the entry alone is graded medium. The rule does not follow the link.",
        Advice = "Scan the repository that is named here before you allow remote code, and pin it with `code_revision`. Better, use a version of the model that needs no foreign code.",
        References = ["CWE-829", "CWE-494", "AML.T0010.001", "LLM03:2025"],
    };

    /// <summary>A setting that names a dangerous function to be called.</summary>
    public static Rule DangerousTarget { get; } = new("CFG-005", Severity.Critical, "Dangerous instantiation target")
    {
        Meaning = "A settings file names a function that runs commands, to be called as soon as the settings are used.",
        HowItWorks = "Hydra, NeMo and their relatives build objects from settings: the value of `_target_` is imported and called with the other values as its arguments. Nothing limits it to classes of models. "
            + "A target such as `os.system` or `builtins.eval` therefore turns a text into a program (compare CVE-2025-23304). Targets that are classes of known libraries are ordinary and not reported.",
        Advice = StandardAdvice.RefuseAndClean,
        References = ["CWE-94", "CWE-470", "AML.T0011.000", "LLM03:2025", "CVE-2025-23304"],
    };

    /// <summary>A YAML tag that builds Python objects.</summary>
    public static Rule ObjectTag { get; } = new("CFG-007", Severity.Critical, "YAML or JSON object tag")
    {
        Meaning = "A settings file contains a command to build program objects, which some loaders carry out while they read it.",
        HowItWorks = "YAML has tags, and the unsafe loaders of PyYAML understand `!!python/object/apply:` and `!!python/object/new:` as an order to call a Python function with the arguments behind it. "
            + "Settings of models need plain values only, which the safe loader reads. Tags for tuples and plain names, which cannot call anything, are not reported.",
        Advice = StandardAdvice.RefuseAndClean,
        References = ["CWE-502", "AML.T0011.000", "LLM03:2025"],
    };
}
