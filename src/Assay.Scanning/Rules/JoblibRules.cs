namespace Assay.Scanning;

/// <summary>Rules about joblib files.</summary>
public static class JoblibRules
{
    /// <summary>A neighbour outside of the folder.</summary>
    public static Rule SidecarEscapes { get; } = new("JBL-001", Severity.High, "Joblib sidecar path escapes")
    {
        Meaning = "Opening this file also opens another file, outside of the folder that the model lies in.",
        HowItWorks = "Early versions of joblib kept each array in a file of its own and wrote its name into the pickle. The loader still opens such names, relative to the model. "
            + "With `../` or a full path the name leads elsewhere: to a pickle that runs code, or to a secret that then becomes part of the model. Files written today hold their arrays inside.",
        Advice = StandardAdvice.Refuse,
        References = ["CWE-22", "AML.T0011.000"],
    };
}
