namespace Assay.Scanning;

/// <summary>Rules about secrets.</summary>
public static class SecretRules
{
    /// <summary>A token, key or password lies open in a form that its provider issues.</summary>
    public static Rule LiveSecret { get; } = new("SEC-001", Severity.High, "Live-format secret")
    {
        Meaning = "An access key or password is published in this file. Anybody who reads it can use the account behind it, and programs search for such keys day and night.",
        HowItWorks = "Keys get into repositories through notebooks, settings and logs. More than a thousand valid hub tokens were once found in public code, some of them with the right to replace other people's models. "
            + "The rule needs the exact form that a provider gives its keys, and its check digits or a high randomness where there are any. Placeholders, examples from documentation, hashes and vocabulary entries are left alone. The value is masked in reports and is never tried out.",
        Advice = StandardAdvice.Revoke + " If it is not yours: do not use it, and tell the owner.",
        References = ["CWE-798", "CWE-538", "AML.T0055", "LLM02:2025"],
    };

    /// <summary>A private key lies open.</summary>
    public static Rule PrivateKey { get; } = new("SEC-002", Severity.High, "Private key")
    {
        Meaning = "A private key is published in this file. Whoever has it can log in to servers, or sign things, in the name of its owner.",
        HowItWorks = "A private key is the secret half of a pair and never leaves its owner; only the public half is meant for others. It is committed by accident together with a configuration folder. "
            + "The rule needs the frame of a private key (`BEGIN … PRIVATE KEY`) with plausible content in between. Public keys, certificates, and the well-known keys of test suites are not reported.",
        Advice = "If it is yours: remove the public half from every server and service, create a new pair, and look for logins that were not yours. A passphrase only delays misuse. If it is not yours: do not use it, and tell the owner.",
        References = ["CWE-321", "CWE-538", "AML.T0055", "LLM02:2025"],
    };

    /// <summary>A token was saved together with training settings or metadata.</summary>
    public static Rule MetadataToken { get; } = new("SEC-003", Severity.Medium, "Token in model metadata or arguments")
    {
        Meaning = "The settings that were saved with this model contain the access token of its author. It was most likely published by mistake.",
        HowItWorks = "Training programs store all their arguments next to the weights, so that a run can be repeated. If a token was among the arguments (`hub_token`, `push_to_hub_token`), it goes along, often in a binary file where nobody looks. "
            + "The rule looks at the fields that are made for tokens and at the form of the value. Empty fields and placeholders such as `<HUB_TOKEN>` are not reported.",
        Advice = StandardAdvice.Revoke + " Strip the metadata before the next upload.",
        References = ["CWE-538", "AML.T0055", "LLM02:2025"],
    };
}
