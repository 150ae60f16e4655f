namespace Assay.Scanning;

/// <summary>Rules about containers, pipelines and what opens by itself.</summary>
public static class PipelineRules
{
    /// <summary>A container build runs unseen code, or the container gets rights over its host.</summary>
    public static Rule ContainerInstruction { get; } = new("DOC-001", Severity.Medium, "Dangerous container instruction")
    {
        Meaning = "Building or starting this container runs code from the internet that nobody has checked, or gives the container power over the whole computer.",
        HowItWorks = "A container shuts a program in, but only as long as the door stays closed: `--privileged`, the socket of the Docker service or a mounted root folder give the host away. An `ADD` from an address or an unknown base image brings in what its owner puts there today. "
            + "The rule names the line that does it. Installing packages, running as root within the container, and base images of the well-known registries are ordinary, and left alone or graded low.",
        Advice = StandardAdvice.ReviewCode + " Start containers without extra rights, and pin base images by their digest. If a privileged one was started already: treat the host like a machine on which a stranger was administrator.",
        References = ["CWE-494", "CWE-250", "AML.T0010.004", "LLM03:2025"],
    };

    /// <summary>A build pipeline can be abused by outsiders.</summary>
    public static Rule UnsafePipeline { get; } = new("CIC-001", Severity.Medium, "Unsafe pipeline definition")
    {
        Meaning = "The automatic build of this project can be taken over by outsiders. What it publishes could then be changed, and if you copy the definition, your own secrets are at risk.",
        HowItWorks = "A pipeline that checks out a stranger's proposal while it has access to secrets (`pull_request_target`), or that pastes the title of a request into a command, lets the stranger run commands. A step from a third party that is named by a tag and not by a commit can be exchanged. "
            + "The rule needs such a combination in one definition. Ordinary tests without secrets, and steps of the platform's own publisher, are not reported.",
        Advice = "Do not copy this definition. As its owner: pin steps by commit, pass texts in variables, and keep secrets away from builds of foreign proposals. Rotate the secrets if such a build has run.",
        References = ["CWE-94", "CWE-829", "AML.T0010.001", "LLM03:2025"],
    };

    /// <summary>A file makes an editor, tool or assistant act by itself.</summary>
    public static Rule AutoRunFile { get; } = new("CIC-002", Severity.Medium, "Auto-run editor or agent files")
    {
        Meaning = "Opening this folder in an editor, or letting a coding assistant work in it, can set something in motion that you did not start.",
        HowItWorks = "Editors run tasks when a folder opens, development containers run set-up commands, and assistants read files such as `AGENTS.md` or `.cursorrules` as instructions from you. A repository can bring all of them. "
            + "The rule needs a task that starts by itself, or an instruction that makes an assistant run or fetch something. Settings for formatting and notes on the style of the code are harmless and not reported.",
        Advice = "Open the folder in restricted mode, and refuse when the editor asks whether you trust the authors. Read these files before an assistant does." + StandardAdvice.AlreadyRunUnread,
        References = ["CWE-829", "AML.T0081", "LLM01:2025"],
    };
}
