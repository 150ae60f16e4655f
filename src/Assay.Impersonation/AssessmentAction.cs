namespace Assay.Impersonation;

/// <summary>What the assessor advises to do with a repository, from mild to harsh.</summary>
public enum AssessmentAction
{
    /// <summary>Nothing to say.</summary>
    Allow,

    /// <summary>Served, with a note that says whose work it is based on.</summary>
    Label,

    /// <summary>Served to those who confirm; never ranked.</summary>
    Warn,

    /// <summary>Kept and not served until a person has looked at it.</summary>
    Hold,

    /// <summary>Not served: a rule without exceptions was broken, or a person decided so.</summary>
    Block,
}
