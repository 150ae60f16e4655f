namespace Assay.Scanning;

/// <summary>Rules about command scripts, install hooks and notebooks.</summary>
public static class ScriptRules
{
    /// <summary>A command script lies beside the weights; critical where it starts something that does harm.</summary>
    public static Rule ScriptFile { get; } = new("SHL-001", Severity.Medium, "Script file in model repository")
    {
        Meaning = "A script that runs commands lies beside this model. You do not need to start anything in order to use weights.",
        HowItWorks = "Files such as `.bat`, `.ps1` or `.vbs` are programs in plain text; on Windows a double click is enough to run some of them. Attackers put a `start.bat` next to copied weights and write in the description that it has to be started. "
            + "Servers, converters and user interfaces also come with such files, so a script in which nothing else was found is graded low, and `.sh` files are not reported for being there. A script of any of these kinds that starts a harmful file of the repository is raised to critical.",
        Advice = "Do not start it; load the weights with the framework that you already have. If you need what it does, let someone who reads scripts look at it, and type the few commands yourself." + StandardAdvice.AlreadyRunUnread,
        References = ["CWE-829", "AML.T0011", "LLM03:2025"],
    };

    /// <summary>A command line runs whatever an address returns.</summary>
    public static Rule PipeToShell { get; } = new("SHL-002", Severity.Critical, "Pipe from internet to shell")
    {
        Meaning = "This command runs whatever a web address returns at that moment, unseen. The answer can be harmless for a tester and malicious for you.",
        HowItWorks = "Forms like `curl … | sh`, `bash -c \"$(wget …)\"` or `irm … | iex` join a download and a shell directly; saving a file and starting it in the next line is the same in two steps. Nothing is kept that could be examined afterwards. "
            + "Well-known tools are installed by such a line as well, and their own addresses are known and merely noted. A source-code host weighs less than an unknown server. Downloading weights or an archive without running it is not meant.",
        Advice = StandardAdvice.DoNotRunAndClean,
        References = ["CWE-494", "AML.T0011", "AML.T0050", "LLM03:2025"],
    };

    /// <summary>A command weakens virus protection, the firewall or another guard.</summary>
    public static Rule SecurityTampering { get; } = new("SHL-003", Severity.Critical, "Security software tampering")
    {
        Meaning = "This script switches off the protection of your computer, or tells it to look away. What comes next would otherwise have been stopped.",
        HowItWorks = "One command excludes whole folders from the virus scanner (`Add-MpPreference -ExclusionPath`), blinds the inspection of scripts, stops the firewall, or removes the mark that a file came from the internet (`xattr -d com.apple.quarantine`). The payload follows into the place that is no longer watched. "
            + "The rule needs a command that does it, and not one that only asks for the state. What was only guessed from an incomplete reading is graded lower, unless persistence, theft or a download that is run stands beside it.",
        Advice = StandardAdvice.DoNotRun + " If it was run already: disconnect the machine, undo the exclusions and switch the protection on again before you scan. Change your passwords from another machine and set this one up anew.",
        References = ["CWE-693", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>A command is handed to its interpreter in encoded form.</summary>
    public static Rule EncodedCommand { get; } = new("SHL-004", Severity.High, "Encoded command")
    {
        Meaning = "The real command is written in a code that people cannot read, and is decoded only when it runs.",
        HowItWorks = "PowerShell takes a whole script as one long word after `-EncodedCommand`, and the parameter may be shortened to `-e`. A reader sees letters and digits, and a search for suspicious words finds none. "
            + "The rule needs an encoded command that is passed to an interpreter; Assay decodes it, shows the text, and judges that by itself. Administration tools use the option to avoid trouble with quotation marks, so the decoded text decides how bad it is. Encoded pictures and data that nothing runs are left alone.",
        Advice = StandardAdvice.DoNotRun + " Read the decoded text in the finding to see what would have happened." + StandardAdvice.AlreadyRunUnread,
        References = ["CWE-506", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>Administrator rights are asked for, or a task is scheduled with them.</summary>
    public static Rule Elevation { get; } = new("SHL-005", Severity.High, "Elevation or scheduled task")
    {
        Meaning = "This script wants administrator rights, or sets up a task that has them. With these rights it can change everything on the computer and hide from you.",
        HowItWorks = "`Start-Process -Verb RunAs`, `runas` or a start of the script itself through `sudo` brings up a window that most people confirm. A task that is created with `schtasks` for the account `SYSTEM` runs without any window. "
            + "Loading a model needs neither. A plain `sudo apt install` in a set-up script is common and only a note; the grade rises to high where the same file also runs foreign code, hides, or weakens the protection.",
        Advice = "Do not confirm the question for administrator rights. " + StandardAdvice.ReviewCode + StandardAdvice.AlreadyRunUnread,
        References = ["CWE-250", "AML.T0112.001", "LLM03:2025"],
    };

    /// <summary>A package runs commands when it is installed, or Node starts a process.</summary>
    public static Rule InstallHook { get; } = new("JSX-001", Severity.High, "Install hook or Node process start")
    {
        Meaning = "Installing this package runs a command on your computer, before you have used anything of it.",
        HowItWorks = "A `package.json` can name commands for `preinstall` and `postinstall`, and the package manager starts them unasked. The package `trevlo` carried its loader there. Code for Node reaches the same end with `child_process`. "
            + "The rule looks at what the hook starts: a download, a script that hides, a program from the package. Hooks that only build or set up development tools (`husky`, `node-gyp`, `tsc`) are left alone or graded lower.",
        Advice = "Install with `--ignore-scripts` if you have to, and read the hook first." + StandardAdvice.AlreadyInstalled,
        References = ["CWE-506", "CWE-829", "AML.T0011.001", "LLM03:2025"],
    };

    /// <summary>A notebook cell hands a line to the system.</summary>
    public static Rule NotebookCommand { get; } = new("NBK-001", Severity.Low, "Notebook shell command")
    {
        Meaning = "A cell of this notebook runs a command of the operating system when you execute it.",
        HowItWorks = "In a notebook a line that begins with `!`, or a cell that begins with `%%bash`, goes to the shell and not to Python. \"Run all\" executes them in a row, faster than anybody reads. "
            + "Most of them install packages or fetch an example, which is why the grade is low. Commands that do more, for example run a download, are reported by the rules for scripts.",
        Advice = "Read the cells before you run them, and do not use \"Run all\" on a notebook that is new to you. Prefer a hosted or throw-away environment without your tokens.",
        References = ["CWE-829", "AML.T0011"],
    };

    /// <summary>A saved output holds active web content.</summary>
    public static Rule ActiveOutput { get; } = new("NBK-002", Severity.Medium, "Notebook active output")
    {
        Meaning = "The saved results in this notebook contain web code. It can run in your browser when you open the notebook, before you execute a single cell.",
        HowItWorks = "Outputs are stored as HTML, and HTML may hold scripts, frames and event handlers. Notebook programs show only trusted outputs with their scripts, but exports, previews and older versions do not all ask. Such a script can act with the rights of the page, and that includes starting cells. "
            + "Plots of well-known libraries bring scripts of their own and are recognised. Tables, pictures and plain styling are not meant.",
        Advice = "Clear all outputs before you open it, for example with `jupyter nbconvert --clear-output`, and do not mark the notebook as trusted.",
        References = ["CWE-79", "AML.T0011"],
    };
}
