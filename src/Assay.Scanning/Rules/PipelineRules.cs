namespace Assay.Scanning;

/// <summary>Rules about containers, pipelines and what opens by itself.</summary>
public static class PipelineRules
{
    /// <summary>A container, or a step of its build, gets rights over its host.</summary>
    public static Rule ContainerInstruction { get; } = new("DOC-001", Severity.Medium, "Dangerous container instruction")
    {
        Meaning = "Starting or building this container gives it power over your whole computer. What was meant to be locked in can then read and change your files.",
        HowItWorks = "A container shuts a program in, but only as long as the door stays closed: `--privileged`, the socket of the Docker service or a mounted root folder give the host away. Whoever controls the image, today or later, then controls the machine below it. "
            + "The rule needs the line that does it; the socket alone, which honest tools ask for as well, is graded low. A build that fetches a program and runs it is reported by the rules for scripts. Installing packages, running as root within the container and choosing a base image are ordinary, and left alone.",
        Advice = StandardAdvice.ReviewCode + " Start containers without extra rights, and pin base images by their digest. If a privileged one was started already: treat the host like a machine on which a stranger was administrator.",
        References = ["CWE-250", "CWE-829", "AML.T0010.004", "LLM03:2025"],
    };

    /// <summary>A build pipeline can be abused by outsiders.</summary>
    public static Rule UnsafePipeline { get; } = new("CIC-001", Severity.Medium, "Unsafe pipeline definition")
    {
        Meaning = "The automatic build of this project can be taken over by outsiders. What it publishes could then be changed, and if you copy the definition, your own secrets are at risk.",
        HowItWorks = "A pipeline that checks out a stranger's proposal while it has access to secrets (`pull_request_target`), or that pastes the title of a request into a command, lets the stranger run commands. What runs there can read the secrets and publish in the name of the project. "
            + "The rule needs such a combination in one definition. Ordinary tests without secrets are not reported, and neither are steps that are named by a tag, since nearly every pipeline has them.",
        Advice = "Do not copy this definition. As its owner: pin steps by commit, pass texts in variables, and keep secrets away from builds of foreign proposals. Rotate the secrets if such a build has run.",
        References = ["CWE-94", "CWE-829", "AML.T0010.001", "LLM03:2025"],
    };

    /// <summary>A file makes an editor, tool or assistant act by itself.</summary>
    public static Rule AutoRunFile { get; } = new("CIC-002", Severity.Medium, "Auto-run editor or agent files")
    {
        Meaning = "Opening this folder in an editor, or letting a coding assistant work in it, can set something in motion that you did not start.",
        HowItWorks = "Editors run tasks when a folder opens, development containers run set-up commands, and assistants read files such as `AGENTS.md` or `.cursorrules` as instructions from you. A repository can bring all of them. "
            + "The rule needs a command that starts by itself; a familiar one, such as installing the project, is graded lower or noted. Sentences that order an assistant about are reported as LUR-005. Settings for formatting and notes on the style of the code are harmless and not reported.",
        Advice = "Open the folder in restricted mode, and refuse when the editor asks whether you trust the authors. Read these files before an assistant does." + StandardAdvice.AlreadyRunUnread,
        References = ["CWE-829", "AML.T0081", "LLM01:2025"],
    };
}
