namespace Assay.Scanning;

/// <summary>Rules about code, in whatever language it is written.</summary>
public static class CodeRules
{
    /// <summary>Python code lies in the repository that a loader may import.</summary>
    public static Rule CustomCode { get; } = new("PYC-001", Severity.Info, "Custom Python code")
    {
        Meaning = "This repository brings Python code of its own, and your program may run it when you use the model. That is common for new kinds of models, and not an accusation.",
        HowItWorks = "A loader that is told to trust remote code imports the modelling files of a repository, and importing a file runs it. Data sets and inference services have such scripts as well. "
            + "This note only says what the code is able to do: nothing beyond mathematics, or files, network, other programs. Acts that deserve a warning are reported by rules of their own.",
        Advice = "Read the summary of what the code does. Leave remote code switched off where the model loads without it; where it is needed, pin the exact commit.",
        References = ["CWE-829", "AML.T0011.000", "LLM03:2025"],
    };

    /// <summary>Statements outside of any function act as soon as the file is imported.</summary>
    public static Rule ImportTimeCode { get; } = new("PYC-002", Severity.Medium, "Code runs at import time")
    {
        Meaning = "This code does something already when a program merely reads it in. You do not have to call or start anything for that.",
        HowItWorks = "Importing a Python file carries out every statement in it that stands outside of functions. Attackers put their act there, because a loader imports the file by itself. "
            + "The rule needs a statement at the top level that acts on the computer: one that starts a program, writes a file or uses the network. Definitions, constants, log settings and whatever stands below `if __name__ == \"__main__\"` are left alone.",
        Advice = StandardAdvice.ReviewCode + StandardAdvice.RunIsolated,
        References = ["CWE-829", "AML.T0011.000", "LLM03:2025"],
    };

    /// <summary>Other programs are started; critical where the one that is started does harm.</summary>
    public static Rule StartsPrograms { get; } = new("PYC-003", Severity.Medium, "Starts programs")
    {
        Meaning = "This code starts other programs on your computer, with all the rights that you have.",
        HowItWorks = "Functions such as `subprocess.run` or `os.system` hand a command line to the system. Model code does that for good reasons too: it asks a compiler for its version, converts sound with `ffmpeg`, counts graphics cards. "
            + "A start whose command is written plainly in the file is therefore noted once per file and graded low. When it starts a file of this repository that does harm, the finding is raised to critical. Commands that come from the internet or out of an encoding belong to stricter rules.",
        Advice = StandardAdvice.ReviewCode + " Where the finding is critical, run neither this file nor the one that it starts." + StandardAdvice.AlreadyRunUnread,
        References = ["CWE-78", "AML.T0050", "LLM03:2025"],
    };

    /// <summary>Other computers are contacted, without a sign of misuse.</summary>
    public static Rule NetworkAccess { get; } = new("PYC-004", Severity.Low, "Network access")
    {
        Meaning = "This code contacts other computers over the internet while you use it.",
        HowItWorks = "Downloads of weights, example pictures and calls of an online service all need the network, and so do programs that fetch more malware. "
            + "The rule takes one address that the code calls on its own and shows it; nothing in the file pointed to abuse. Where the answer is run, or private data is sent, another rule speaks instead of this one.",
        Advice = "See whether the address belongs to the publisher or to a service that you expect. For work offline, load the files from a local folder and block the network.",
        References = ["CWE-829", "LLM03:2025"],
    };

    /// <summary>Passwords, keys, tokens, cookies or wallets are read.</summary>
    public static Rule ReadsCredentials { get; } = new("PYC-005", Severity.High, "Reads credentials")
    {
        Meaning = "This code reads passwords, keys or tokens that are stored on your computer and do not belong to the model.",
        HowItWorks = "Secrets lie in well-known places: SSH keys in `~/.ssh`, cloud keys in `~/.aws/credentials`, the saved logins and cookies of browsers, wallet files, the whole set of environment variables. A thief only has to know the list. "
            + "The rule needs code that opens such a place or asks the system to decrypt it; a name in a comment does not count. Reading the one hub token that a download needs is normal and is no reason for this finding. When the same file sends data to a stranger, the theft is reported as PYC-006.",
        Advice = StandardAdvice.DoNotRun + " If it was run already: revoke the secrets that the finding names, from another machine, and sign out of all sessions of your browser accounts.",
        References = ["CWE-522", "CWE-506", "AML.T0055", "AML.T0037", "LLM02:2025"],
    };

    /// <summary>Passwords, keys or facts about the machine leave it.</summary>
    public static Rule SendsCredentials { get; } = new("PYC-006", Severity.Critical, "Credentials sent to network")
    {
        Meaning = "This code steals: it takes passwords, keys or facts about your computer and sends them to a stranger. With them, somebody else can use your accounts.",
        HowItWorks = "Stealers collect what is worth money and post it to a server, a chat channel or a file drop in one request. The evidence is the way of the data: a secret that is read, and a request that carries it, or a file that does both. "
            + "Reports of the machine's name, user and addresses to an unknown host count as well, for this is how attackers take stock of their victims. A token that goes to the hub or provider it was made for is graded lower, since that is what it is for.",
        Advice = StandardAdvice.DoNotRunAndClean,
        References = ["CWE-506", "CWE-200", "AML.T0025", "AML.T0055", "LLM02:2025"],
    };

    /// <summary>What is fetched from a network is run.</summary>
    public static Rule DownloadsAndExecutes { get; } = new("PYC-010", Severity.Critical, "Downloads and executes")
    {
        Meaning = "This code fetches a program or a command from the internet and runs it on your computer. Its author decides anew each day what that is.",
        HowItWorks = "The file in the repository is only the first stage and holds nothing harmful itself. It asks an address for text or a file and passes the answer to `exec`, to a shell or to the system, so that the real malware never lies where it could be scanned. The copied repository `Open-OSS/privacy-filter` reached the top of a hub's trending list with such a loader. "
            + "Assay follows the value from the download to the call that runs it. How much it weighs depends on the source: the official installer of a tool is a note, a model hub or a source of packages is graded lower, a note page or a bare number is not.",
        Advice = StandardAdvice.DoNotRunAndClean,
        References = ["CWE-494", "CWE-506", "AML.T0011.000", "AML.T0050", "LLM03:2025", "ML06:2023"],
    };

    /// <summary>Certificate checks or other guards are switched off.</summary>
    public static Rule DisablesChecks { get; } = new("PYC-011", Severity.High, "Disables security checks")
    {
        Meaning = "This code switches off a check that protects you: the one that tells real websites from false ones, or the protection against malware.",
        HowItWorks = "Without the check of certificates anybody on the way can replace what is downloaded, and a loader can use a server that has no valid certificate. Code that silences the virus scanner prepares the ground for what follows. "
            + "The rule needs the call or the setting that does it, such as `verify=False` or an exclusion for a folder. Skipping certificates alone is a widespread bad habit and is graded low; together with running what was downloaded it is high. An attack on the protection against malware is raised to critical.",
        Advice = StandardAdvice.DoNotRun + " If it was run already: switch the protection on again, remove exclusions that you did not set, and scan the whole machine from a clean medium.",
        References = ["CWE-295", "CWE-693", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>A program is started so that nobody sees it.</summary>
    public static Rule HidesWindow { get; } = new("PYC-012", Severity.High, "Hidden window or silent start")
    {
        Meaning = "This code starts something in such a way that you do not see it: without a window and without a message.",
        HowItWorks = "On Windows a flag such as `CREATE_NO_WINDOW` or `-WindowStyle Hidden` suppresses the black window that would give a command away; elsewhere output is thrown away and the process is cut loose. "
            + "The rule needs such a flag on a start of an interpreter or a program. Graphical tools use it too, so that no console flickers when they call a helper; that case is graded lower. Next to a download that is run, it counts in full.",
        Advice = StandardAdvice.DoNotRunAndClean,
        References = ["CWE-506", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>A remote peer gets a command line.</summary>
    public static Rule ReverseShell { get; } = new("PYC-013", Severity.Critical, "Reverse shell code")
    {
        Meaning = "This code lets a stranger type commands on your computer from afar, as if sitting at your keyboard.",
        HowItWorks = "The computer calls the attacker and not the other way round, which gets past most firewalls. A shell is then tied to the connection: a `socket` with duplicated descriptors and `pty.spawn` in Python, `bash -i` on `/dev/tcp` in a script, a loop that reads commands and sends back their output. "
            + "The rule needs both halves, the connection and the shell or loop behind it. A server that answers requests, a client that downloads a file, or a terminal without a network is not meant.",
        Advice = StandardAdvice.DoNotRun + " If it was run already: cut the machine off the network at once and leave it switched on for the investigation. Change your passwords from another machine, revoke all tokens and keys, and set it up anew afterwards.",
        References = ["CWE-506", "AML.T0072", "AML.T0050", "LLM03:2025"],
    };

    /// <summary>Messages about a model surround something else.</summary>
    public static Rule Decoy { get; } = new("PYC-014", Severity.Low, "Decoy structure")
    {
        Meaning = "This script tells you that it loads a model, but it has no means to do so. The messages keep you waiting while it does something else.",
        HowItWorks = "Lines such as \"Loading model …\" make a malicious script look busy and give its hidden part the time it needs. Invented classes and training loops fill the page for a reader who only skims it. "
            + "The rule speaks only in a Python file that another finding accuses severely, when the file prints such a message and imports none of the usual model libraries. Progress messages in ordinary scripts are never reported.",
        Advice = "Judge the script by the other findings in this file, and not by what it prints. Leave it alone until those are settled.",
        References = ["CWE-451", "AML.T0074"],
    };

    /// <summary>Something is made to start by itself from now on.</summary>
    public static Rule Persistence { get; } = new("PYC-015", Severity.Critical, "Persistence")
    {
        Meaning = "This code arranges that something starts by itself from now on, for example at every login. Deleting the model does not remove it.",
        HowItWorks = "Systems have many places that are run without asking: Run keys and scheduled tasks on Windows, `cron`, service units and shell profiles elsewhere, `.pth` files in Python, hooks in a source checkout. Malware writes one line into one of them and survives a restart. "
            + "The rule needs the act of writing or registering there, with the place known. A text that explains how to set up a service, or a read of such a file, does not count.",
        Advice = StandardAdvice.DoNotRun + " If it was run already: look first at the place that the finding names and keep a copy of the entry as evidence. Then disconnect the machine, replace every password and token from another one, and set it up anew; one removed entry does not prove that there was only one.",
        References = ["CWE-506", "AML.T0112.001", "LLM03:2025"],
    };

    /// <summary>Analysts, debuggers or virtual machines are looked for.</summary>
    public static Rule AntiAnalysis { get; } = new("PYC-016", Severity.High, "Anti-analysis")
    {
        Meaning = "This code checks whether somebody is watching it, and behaves well if so. An honest program has no reason to care.",
        HowItWorks = "Malware looks for the traces of a laboratory: network cards of virtual machines, names of debuggers and monitors, very few processors, a certain language or country. If it finds one it stops, so that automatic tests see nothing. "
            + "Programs count processors or ask for the system's name for good reasons, and that is not meant. The rule needs a comparison with such traces; by itself it is graded lower, and high when the file also runs foreign code or reads secrets.",
        Advice = StandardAdvice.DoNotRunAndClean + " A test run that showed nothing proves nothing here.",
        References = ["CWE-506", "AML.T0097", "LLM03:2025"],
    };

    /// <summary>A downloaded file is opened by a loader that can run code.</summary>
    public static Rule UnsafeRemoteLoad { get; } = new("PYC-017", Severity.Medium, "Unsafe load of remote file")
    {
        Meaning = "This code downloads a file and opens it in a way that lets the file run code. Whoever controls that address then controls your computer.",
        HowItWorks = "Loaders like `pickle.load`, `joblib.load` or `torch.load` without its safe mode carry out instructions that the file contains. A file that arrives at run time was part of no check, and it can be exchanged later. "
            + "The rule needs the whole way, from the download to the loader. A pickle from an unknown host is graded higher than one from a source-code host. Files from a model hub are left alone here, as are safe loaders; the loading of local files is the business of whoever scans them.",
        Advice = StandardAdvice.ReviewCode + " Download the file yourself, scan it, and load it with `weights_only=True` or as safetensors.",
        References = ["CWE-502", "CWE-494", "AML.T0011.000", "LLM03:2025"],
    };

    /// <summary>Packages are installed while the code runs.</summary>
    public static Rule InstallsPackages { get; } = new("PYC-018", Severity.High, "Installs packages at run time")
    {
        Meaning = "This code installs further software on your computer while you use it, without asking you.",
        HowItWorks = "A call of `pip` or `npm` from within a program fetches packages and runs their set-up code. The package can be replaced later, or have been published by the same attacker for this purpose, and no requirements file shows it. "
            + "The rule needs the call that installs, and it names the package where that is known. How much it weighs depends on the source: a package from the usual index is graded lower or noted, and Python code that installs from a bare number or a file drop is raised to critical.",
        Advice = StandardAdvice.ReviewCode + " Install what is needed yourself, with fixed versions, in an environment of its own." + StandardAdvice.AlreadyInstalled,
        References = ["CWE-829", "CWE-494", "AML.T0011.001", "LLM03:2025"],
    };

    /// <summary>Files that are not its own are deleted, overwritten or encrypted.</summary>
    public static Rule DestroysFiles { get; } = new("PYC-019", Severity.Critical, "Destroys or encrypts files")
    {
        Meaning = "This code deletes, overwrites or encrypts your files. Documents, pictures and work can be lost for good, or be held for ransom.",
        HowItWorks = "A wiper walks through the home folder or a whole drive and removes what it meets; ransomware replaces each file by an encrypted copy and leaves a demand. Both often delete the backups of the system first. "
            + "The rule needs a deed against folders that belong to the user or the system, such as `rm -rf ~` or a loop that encrypts and removes. Clearing its own cache, its output folder or a temporary file is ordinary housekeeping and is not reported.",
        Advice = StandardAdvice.DoNotRun + " If it was run already: switch the machine off at once, since files that were not reached yet can still be saved. Restore from a backup that was not connected, change your passwords from another machine, and do not pay before you have asked the police or a specialist.",
        References = ["CWE-506", "AML.T0011.000", "AML.T0048", "LLM03:2025"],
    };

    /// <summary>The computer is used for mining cryptocurrency.</summary>
    public static Rule MinesCurrency { get; } = new("PYC-020", Severity.Critical, "Mines cryptocurrency")
    {
        Meaning = "This code makes your computer earn digital money for somebody else. You pay with electricity, with rented computing time and with a slow machine.",
        HowItWorks = "Machines that run models have strong graphics cards, which makes them a good catch. The code fetches or unpacks a mining program such as `xmrig` and starts it with the address of a pool and a wallet, mostly hidden and with low priority. "
            + "The rule looks for these parts in code that runs: a known miner, a pool address like `stratum+tcp://`, a wallet as an argument. A model or data set about cryptocurrency, or a word in a text, is not enough.",
        Advice = StandardAdvice.DoNotRunAndClean + " On a rented machine, look at the bill and tell the provider.",
        References = ["CWE-506", "CWE-400", "AML.T0011.000", "AML.T0048.000", "LLM03:2025"],
    };

    /// <summary>Keys, screen, camera, microphone or clipboard are recorded.</summary>
    public static Rule SpiesOnUser { get; } = new("PYC-021", Severity.High, "Spies on the user")
    {
        Meaning = "This code watches you: it records what you type, what is on your screen, in your clipboard, or before your camera and microphone.",
        HowItWorks = "A keyboard listener sees every password, and a screenshot every few seconds shows the rest. Some programs of this kind wait for a wallet address in the clipboard and exchange it for their own. "
            + "The rule needs the call that records, in code that is run. Demonstrations of speech or vision models open the microphone or camera as their purpose, with the user in front of them; they are not meant, or graded lower. A record that goes to an unknown host makes the finding critical.",
        Advice = StandardAdvice.DoNotRunAndClean + " Count everything that was typed or shown on the screen in the meantime as known to a stranger.",
        References = ["CWE-506", "CWE-359", "AML.T0037", "AML.T0025", "LLM02:2025"],
    };

    /// <summary>Machine code is put into memory, or loaded from a library, and run.</summary>
    public static Rule MachineCode { get; } = new("PYC-022", Severity.Critical, "Runs machine code from memory")
    {
        Meaning = "This code puts a program in the language of the processor into memory and starts it there. It leaves no file that a virus scanner could examine.",
        HowItWorks = "The steps are always alike: reserve memory that may be executed (`VirtualAlloc`, `mmap`), copy bytes into it, and jump there or hand them to a thread, sometimes within another program. The bytes come as a list of numbers or as encoded text, and can do anything. "
            + "The rule needs several of these steps together, or a library that is loaded from a decoded or unusual source. A library of the project that is loaded by its plain name, as packages with compiled parts do, is graded lower or merely noted.",
        Advice = StandardAdvice.DoNotRunAndClean,
        References = ["CWE-506", "CWE-94", "AML.T0011.000", "AML.T0107", "LLM03:2025"],
    };
}
