namespace Assay.Scanning;

/// <summary>Rules about pickle streams, wherever they lie.</summary>
public static class PickleRules
{
    /// <summary>Runs code.</summary>
    public static Rule CodeExecution { get; } = new("PKL-001", Severity.Critical, "Code execution on load")
    {
        Meaning = "As soon as this file is opened, it runs program code that its author chose. The code has all the rights that you have.",
        HowItWorks = "A pickle is a list of instructions. One pushes a function by its name, another calls it with arguments: `builtins.exec` with a text is a complete program. "
            + "No method of the model has to be used for that, reading the file is enough. Weights never need it, since numbers and shapes are data. The finding shows the call as Python would make it, for example `exec(\"print('hello')\")`.",
        Advice = StandardAdvice.RefuseAndClean,
        References = ["CWE-502", "CWE-94", "AML.T0011.000", "AML.T0050", "AML.T0018.002", "LLM03:2025", "ML06:2023"],
    };

    /// <summary>Runs a command.</summary>
    public static Rule SystemCommand { get; } = new("PKL-002", Severity.Critical, "System command on load")
    {
        Meaning = "Opening this file starts a command on your computer, as if you had typed it yourself.",
        HowItWorks = "The stream names a function that starts programs, such as `os.system` or `subprocess.Popen`, and calls it with a command line. In a file the first one often reads `posix.system` or `nt.system`, which is its real home on Linux and Windows. "
            + "The command runs while the file is being read, before your program gets an object back. Typical ones download a second program and start it, for example `os.system(\"curl … | sh\")`.",
        Advice = StandardAdvice.RefuseAndClean,
        References = ["CWE-502", "CWE-78", "AML.T0011.000", "AML.T0050", "LLM03:2025", "ML06:2023"],
    };

    /// <summary>Hands out a shell.</summary>
    public static Rule ReverseShell { get; } = new("PKL-003", Severity.Critical, "Reverse shell on load")
    {
        Meaning = "Opening this file hands the control of your computer to a stranger, over a connection that your computer makes itself.",
        HowItWorks = "The code opens a connection to an address of the attacker, ties input and output of a shell to it, and waits for commands. Firewalls let it pass, because the connection goes out and not in. "
            + "In Python the pattern is a `socket`, `os.dup2` on the descriptors 0, 1 and 2, and then `/bin/sh` or `pty.spawn`. Several models on public hubs carried exactly that.",
        Advice = StandardAdvice.Refuse + " If it was loaded already: take the machine off the network at once, keep it switched on for the investigation, and replace all credentials from another machine.",
        References = ["CWE-502", "CWE-506", "AML.T0072", "AML.T0011.000", "LLM03:2025"],
    };

    /// <summary>Uses the network.</summary>
    public static Rule NetworkAccess { get; } = new("PKL-004", Severity.Critical, "Network access on load")
    {
        Meaning = "Opening this file makes your computer contact another one on the network.",
        HowItWorks = "The stream calls a function that opens a connection, such as `urllib.request.urlopen` or `socket.create_connection`. It can fetch a second stage, send away what it found, or simply report that somebody opened the file. "
            + "Looking up a host name is enough to carry data out, hidden in the name. A file with weights has everything it needs in itself.",
        Advice = StandardAdvice.Refuse + " If it was loaded already: look for connections to the address that is named here, block it, and replace the credentials that were in reach.",
        References = ["CWE-502", "CWE-829", "AML.T0025", "AML.T0011.000", "LLM03:2025"],
    };

    /// <summary>Changes files.</summary>
    public static Rule FileWrite { get; } = new("PKL-005", Severity.Critical, "File write or delete on load")
    {
        Meaning = "Opening this file creates, changes or deletes files on your computer.",
        HowItWorks = "The stream calls a function that opens a file for writing, or removes one: `open(path, \"w\")`, `shutil.rmtree`, `logging.FileHandler`. "
            + "A line added to a shell profile, a `.pth` file or an authorised key becomes code that runs later, so writing is as good as executing. Even the constructor of `numpy.memmap` creates or empties a file.",
        Advice = StandardAdvice.Refuse + " If it was loaded already: restore the paths that are named here from a backup, and look at start-up files and scheduled tasks.",
        References = ["CWE-502", "CWE-73", "AML.T0011.000", "LLM03:2025"],
    };

    /// <summary>Loads machine code.</summary>
    public static Rule NativeLibrary { get; } = new("PKL-006", Severity.Critical, "Native library load")
    {
        Meaning = "Opening this file loads machine code into your program.",
        HowItWorks = "Functions such as `ctypes.CDLL` or `torch.ops.load_library` load a shared library by its path, and the library's start-up routine runs at once. The library may lie in the same repository, where it looks like a part of the model. "
            + "Machine code is beyond all checks of Python, and beyond this scan of the pickle too.",
        Advice = StandardAdvice.RefuseAndClean,
        References = ["CWE-502", "CWE-427", "AML.T0011.000", "LLM03:2025"],
    };

    /// <summary>Installs software.</summary>
    public static Rule PackageInstall { get; } = new("PKL-007", Severity.Critical, "Package installation on load")
    {
        Meaning = "Opening this file installs software on your computer.",
        HowItWorks = "A package installer can be called like any other function: `pip.main([\"install\", …])` needs one instruction. Installing runs the set-up code of the package, which anybody can publish. "
            + "Checkers that watch only for the well-known dangerous names overlooked this way (CVE-2025-1716). A model tells its needs in a requirements file and leaves the installation to you.",
        Advice = StandardAdvice.Refuse + " If it was loaded already: list what was installed since, remove it, and treat the environment as taken over; create a new one.",
        References = ["CWE-502", "CWE-829", "AML.T0011.001", "LLM03:2025", "CVE-2025-1716"],
    };

    /// <summary>Reads private data.</summary>
    public static Rule FileRead { get; } = new("PKL-008", Severity.High, "File or environment read on load")
    {
        Meaning = "Opening this file reads things of yours that have nothing to do with the model: files, environment variables or account data.",
        HowItWorks = "The stream calls `os.getenv`, `pathlib.Path.read_text`, `getpass.getuser` or the like. Tokens for clouds and hubs commonly live in environment variables and in files of the home directory. "
            + "Reading alone does not carry them away, but the value becomes a part of the loaded object, and a second call can send it. An honest checkpoint does not look around.",
        Advice = StandardAdvice.Refuse + " If it was loaded already: replace the secrets that could be read in that place.",
        References = ["CWE-502", "CWE-200", "AML.T0037", "LLM02:2025"],
    };

    /// <summary>Dangerous and not called yet.</summary>
    public static Rule DangerousImport { get; } = new("PKL-009", Severity.High, "Dangerous name imported but not called")
    {
        Meaning = "The file fetches a dangerous function without calling it. Something else can call it later.",
        HowItWorks = "Instructions that fetch a name import its module, and put the function where the file wants it: into a list, into an attribute, into a scheduler that calls it one day. "
            + "A model whose activation function is `os.system` does no harm until its first prediction. Sometimes the call is present, but in a form that could not be followed; therefore the import alone counts.",
        Advice = StandardAdvice.Isolate,
        References = ["CWE-502", "CWE-184", "AML.T0011.000", "LLM03:2025", "ML06:2023"],
    };

    /// <summary>Fetches any function by name.</summary>
    public static Rule ImportGadget { get; } = new("PKL-010", Severity.Critical, "Universal import gadget")
    {
        Meaning = "The file uses a helper that fetches any function from a text. With it, block lists can be walked around, since the dangerous name is only a piece of text.",
        HowItWorks = "`importlib.import_module(\"os\")`, `pkgutil.resolve_name(\"os:system\")` and similar helpers of many libraries turn text into functions. A checker that compares the imported names sees only the helper. "
            + "Assay takes the argument, resolves it as the helper would, and judges the name that comes out. The finding shows both.",
        Advice = StandardAdvice.RefuseAndClean,
        References = ["CWE-502", "CWE-470", "AML.T0107", "AML.T0011.000", "LLM03:2025"],
    };

    /// <summary>The name is the result of a computation.</summary>
    public static Rule ComputedImport { get; } = new("PKL-011", Severity.High, "Import name computed at run time")
    {
        Meaning = "The name of a function that the file imports is put together only while it is being opened. Programs that write model files never do that.",
        HowItWorks = "One pickle instruction takes the name of the import from the stack, where a call may have left it. `_codecs.decode(\"bf.flfgrz\", \"rot13\")` or a `str.join` over single letters then spells a name that appears nowhere in the file. "
            + "Assay computes a closed set of harmless functions by itself to see the result. Where that is impossible, the name stays unknown, and the finding says so.",
        Advice = StandardAdvice.RefuseAndClean,
        References = ["CWE-502", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>Walks through internals.</summary>
    public static Rule AttributeTraversal { get; } = new("PKL-012", Severity.High, "Dotted or private attribute traversal")
    {
        Meaning = "The file reaches a function by a path through the insides of another module. Such detours exist to keep the real name out of sight.",
        HowItWorks = "Since protocol 4 an imported name may contain dots, and each part is looked up in the one before it. Modules import other modules, so that `path.os.system`, asked of `os`, is again `os.system`, and `__globals__` or `__subclasses__` lead from any function or class to all others. "
            + "A list that knows only the first module is passed easily. Assay follows the path as text, part by part.",
        Advice = StandardAdvice.RefuseAndClean,
        References = ["CWE-502", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>A call by another instruction.</summary>
    public static Rule CallWithoutReduce { get; } = new("PKL-013", Severity.High, "Call without REDUCE")
    {
        Meaning = "The file calls a function through instructions that are not meant for calling functions. Many checkers do not look there.",
        HowItWorks = "`REDUCE` is the usual call instruction. `INST`, `OBJ`, `NEWOBJ`, `BUILD`, `APPENDS` and `ADDITEMS` also end in code of the object that they work on: `OBJ` calls functions as readily as classes, and a `tuple` that is built over a `map` calls its function once per element. "
            + "Programs that save models use these instructions only for classes and containers. Assay models every one of them as the call that it is.",
        Advice = StandardAdvice.RefuseAndClean,
        References = ["CWE-502", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>Changes the running program.</summary>
    public static Rule LibraryModified { get; } = new("PKL-014", Severity.Critical, "Imported library object is modified")
    {
        Meaning = "The file changes a part of Python or of a library that is already in memory, so that code of its choice runs later.",
        HowItWorks = "Instructions that fill lists, dictionaries and objects work on imported things as well. An entry appended to `sys.path` decides which modules are found, an entry in `os.environ` steers the next program, and `BUILD` on a class exchanges its methods. "
            + "Nothing remarkable happens during loading; the exchanged method runs at the first prediction. An honest file only fills objects that it has made itself.",
        Advice = StandardAdvice.RefuseAndClean,
        References = ["CWE-502", "CWE-915", "AML.T0018.002", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>A helper calls the dangerous function.</summary>
    public static Rule CallGadget { get; } = new("PKL-015", Severity.Critical, "Call gadget applied to a dangerous callable")
    {
        Meaning = "A helper that looks innocent is given a dangerous function and calls it on the file's behalf.",
        HowItWorks = "`functools.partial`, `map`, `operator.methodcaller` or `threading.Timer` do nothing themselves; they call what they receive. The dangerous function is only an argument then, and the call instruction names the helper. "
            + "`tuple(map(os.system, [\"echo hello\"]))` runs the command. Assay unwraps the helper and shows the call that results.",
        Advice = StandardAdvice.RefuseAndClean,
        References = ["CWE-502", "AML.T0011.000", "LLM03:2025"],
    };

    /// <summary>getattr where it has no business.</summary>
    public static Rule SuspiciousGetattr { get; } = new("PKL-016", Severity.High, "Suspicious getattr")
    {
        Meaning = "The file picks a function out of an object by its name, in a way that saved models do not need.",
        HowItWorks = "`getattr(object, \"name\")` returns any attribute, and an attribute of a module is any function in it. Honest files use it to remember a method of one of their own layers. "
            + "Here the object is a module or something unknown, the name starts with two underscores or belongs to the well-known dangerous ones, or the result is called at once. Step by step, `getattr` reaches everything in Python.",
        Advice = StandardAdvice.Isolate,
        References = ["CWE-502", "AML.T0011.000", "LLM03:2025"],
    };

    /// <summary>getattr as honest files use it.</summary>
    public static Rule PlainGetattr { get; } = new("PKL-017", Severity.Info, "Plain getattr on own object")
    {
        Meaning = "The file notes a method or a setting of one of its own parts by name. Detection models and optimisers do it all the time, and it is harmless.",
        HowItWorks = "When Python saves a bound method, such as the `forward` of a layer that was exchanged for a faster one, it writes `getattr(layer, \"forward\")`. The layer was built from this same file, the name is plain, and the result is only stored. "
            + "All of that was checked. The note is kept, because `getattr` on other objects is a tool of attackers.",
        Advice = "Nothing has to be done because of this note.",
        References = ["CWE-502"],
    };

    /// <summary>Extension codes.</summary>
    public static Rule ExtensionRegistry { get; } = new("PKL-018", Severity.High, "Extension registry used")
    {
        Meaning = "The file imports something through a table of numbers instead of by name, so that the name cannot be seen here.",
        HowItWorks = "Python keeps a registry in which a number stands for a module and a name (`copyreg.add_extension`), and the `EXT` instructions use those numbers. Hardly any program does. "
            + "A file can fill the table first and use it afterwards, and even another file opened earlier in the same process can. Where the registration is in this file, the finding shows which name it was.",
        Advice = StandardAdvice.Isolate,
        References = ["CWE-502", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>A reference that the loader does not define.</summary>
    public static Rule UnexpectedPersistentId { get; } = new("PKL-019", Severity.Medium, "Unexpected persistent id")
    {
        Meaning = "The file refers to data outside of itself in a form that the loader for this format does not know.",
        HowItWorks = "A persistent id is a reference that the pickle leaves to its loader: PyTorch, for one, resolves `('storage', type, key, device, size)` to the numbers of a tensor. What other ids mean is up to the program that reads them. "
            + "An id of an odd shape either breaks the loading, or addresses a program that treats it in its own way, and no scanner can know that way.",
        Advice = StandardAdvice.Isolate,
        References = ["CWE-502", "AML.T0107"],
    };

    /// <summary>Source text inside.</summary>
    public static Rule EmbeddedSource { get; } = new("PKL-020", Severity.High, "Embedded Python source")
    {
        Meaning = "A piece of text in the file is Python program code. Weights and settings have no need of it.",
        HowItWorks = "Code can travel as plain text and be run by whatever evaluates it later: `exec`, a template engine, a graph module that is compiled from its own text. Assay looks at long texts for imports, calls and definitions, and lists what the code would be able to do. "
            + "Graph modules of `torch.fx` carry source honestly; that text then uses nothing but tensor functions.",
        Advice = StandardAdvice.Review + " Where the summary names commands, files or the network, do not load it at all.",
        References = ["CWE-506", "CWE-94", "AML.T0018.002", "LLM03:2025"],
    };

    /// <summary>Compiled code inside.</summary>
    public static Rule EmbeddedBytecode { get; } = new("PKL-021", Severity.Medium, "Embedded bytecode or by-value function")
    {
        Meaning = "The file carries compiled Python functions. They run when the model is used, or already while it is opened.",
        HowItWorks = "Libraries such as cloudpickle and dill save a function together with its bytecode, and `marshal` does so in a bare form. Research code and reinforcement-learning agents really use it. "
            + "Bytecode is a program all the same: Assay reads the names and constants that it works with, without running it, and grades them. A function that only computes stays a note, one that starts programs does not.",
        Advice = StandardAdvice.Review,
        References = ["CWE-502", "AML.T0018.002", "LLM03:2025"],
    };

    /// <summary>A pickle in a pickle.</summary>
    public static Rule NestedPickle { get; } = new("PKL-022", Severity.Info, "Nested pickle")
    {
        Meaning = "There is a second packed object inside this one, and it was examined in the same way.",
        HowItWorks = "Some objects save a part of themselves as finished bytes: tensors inside of a training checkpoint, arrays of objects, tables. To the outer pickle these are plain bytes, but the loader opens them as well. "
            + "What the inner one does is reported at the inner one, with its own place.",
        Advice = "Nothing has to be done because of this note; look at the findings of the inner part, if there are any.",
        References = ["CWE-502"],
    };

    /// <summary>Loads another file.</summary>
    public static Rule NestedLoader { get; } = new("PKL-023", Severity.High, "Nested loader call on path or URL")
    {
        Meaning = "Opening this file makes your program open another file, which was not checked together with it.",
        HowItWorks = "`torch.load(path)`, `joblib.load(path)` or `pandas.read_pickle(url)` are ordinary functions, and a pickle can call them. The file at hand then looks empty of danger, and the payload lies in a neighbour, a shared folder or behind an address. "
            + "It can also be changed after the check. Honest files hold their data themselves.",
        Advice = StandardAdvice.Refuse + " If it was loaded already: scan the file that it names, and act on that result.",
        References = ["CWE-829", "CWE-502", "AML.T0011.000", "LLM03:2025"],
    };

    /// <summary>Unpacks a hidden payload.</summary>
    public static Rule EncodedPayload { get; } = new("PKL-024", Severity.High, "Encoded payload decoded on load")
    {
        Meaning = "While it is being opened, the file unpacks content that was made unreadable before. What must be hidden is seldom harmless.",
        HowItWorks = "Base64, hexadecimal digits, compression or shifted letters turn a program into a text that no search for suspicious words finds. The stream then calls the decoder, and hands the result to something that runs it. "
            + "Assay decodes such chains within its limits, and inspects what comes out; the finding shows the beginning of it. Tensors are stored raw and need no decoder.",
        Advice = StandardAdvice.RefuseAndClean,
        References = ["CWE-506", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>A class that is not known.</summary>
    public static Rule UnknownClass { get; } = new("PKL-030", Severity.Info, "Unknown third-party class")
    {
        Meaning = "To open this file you need a library that Assay does not know. One of its classes is created and filled with data; what its code does with that is not visible here.",
        HowItWorks = "A pickle stores only the name of a class and the values of its fields; the code comes from the library on your computer. For a class of a sound library that is harmless, as it is for thousands of models. "
            + "Assay cannot see into a library that it does not know, so the name is noted. A name that does not exist on your computer makes loading fail, it is never fetched from anywhere.",
        Advice = "Install the library only if you know it, and from its official source. If it is your own, name its module under the trusted modules of the configuration.",
        References = ["CWE-502"],
    };

    /// <summary>A function that is not known is called.</summary>
    public static Rule UnknownFunction { get; } = new("PKL-031", Severity.Medium, "Unknown third-party function called")
    {
        Meaning = "Opening this file calls a function of a library that Assay does not know. What the function does could not be judged.",
        HowItWorks = "Any function of any installed library can be called by a pickle. Many of them reach files, commands or the network in a few steps, and nobody can list them all. "
            + "Honest files call few functions, and mostly the rebuilding helpers of well-known libraries. An unknown one is therefore not accused, but does not pass unseen either; the finding shows it with its arguments.",
        Advice = StandardAdvice.Review + " If it is a helper of your own, name its module under the trusted modules of the configuration.",
        References = ["CWE-502", "AML.T0011.000", "LLM03:2025", "ML06:2023"],
    };

    /// <summary>A function of the standard library that models do not need.</summary>
    public static Rule StandardLibraryFunction { get; } = new("PKL-032", Severity.High, "Unlisted standard-library function called")
    {
        Meaning = "Opening this file calls a function of Python's own library that model files have no use for.",
        HowItWorks = "Python comes with several hundred modules for files, processes, mail, debuggers and much more, and all of them are present wherever a model is loaded. New ways to run a command through one of them keep being found. "
            + "The few names that honest files take from there (dates, ordered dictionaries, paths) are known to Assay. A call of anything else has no plausible purpose in a model.",
        Advice = StandardAdvice.Isolate,
        References = ["CWE-502", "CWE-184", "AML.T0011.000", "LLM03:2025", "ML06:2023"],
    };

    /// <summary>Code beside the model.</summary>
    public static Rule RepositoryModule { get; } = new("PKL-033", Severity.High, "Module from the same repository")
    {
        Meaning = "To open this file, Python imports a script that lies beside it. Importing a script runs it.",
        HowItWorks = "A name such as `model.Net` is looked up on the module path, and the current folder commonly comes first there. When the repository ships a `model.py`, it is this script that is imported, from its first line to its last, before any class in it is used. "
            + "Research code is often published like that in good faith. It is nevertheless code of a stranger, and the pickle is what starts it.",
        Advice = StandardAdvice.Review + " Load the weights from another folder where the script is not needed.",
        References = ["CWE-829", "AML.T0011.000", "LLM03:2025"],
    };

    /// <summary>A class of the author's script.</summary>
    public static Rule MainClass { get; } = new("PKL-034", Severity.Info, "Class from __main__")
    {
        Meaning = "The file was saved from a script and expects a class that was defined in that script. The class itself is not in the file.",
        HowItWorks = "Python records the module of a class, and in a script that is started directly the module is called `__main__`. On loading, the name is looked up in your own program; if you did not define it, loading fails with an error. "
            + "The file brings no code by this. It is noted, because instructions for loading then often say that you should run the author's script.",
        Advice = "Nothing has to be done because of this note. If you are told to run a script before loading, let somebody read that script first.",
        References = ["CWE-502"],
    };

    /// <summary>A program inside.</summary>
    public static Rule EmbeddedExecutable { get; } = new("PKL-044", Severity.Critical, "Executable inside pickle")
    {
        Meaning = "A complete program for Windows, Linux or macOS is hidden inside this model file.",
        HowItWorks = "Bytes in a pickle can be anything, a program as well. Other instructions of the file, or a script that comes with it, write it to disk and start it. "
            + "The beginning of a program has a fixed structure (`MZ` and `PE`, `ELF`, Mach-O) that was found and checked here; chance does not produce it. No framework stores programs in its weights.",
        Advice = StandardAdvice.RefuseAndClean,
        References = ["CWE-506", "AML.T0018.002", "LLM03:2025"],
    };

    /// <summary>Broken, but not before it ran.</summary>
    public static Rule BrokenAfterCode { get; } = new("PKL-050", Severity.High, "Broken stream after executable part")
    {
        Meaning = "The file is broken, but only behind the part that runs something. By the time of the error message the harm is done.",
        HowItWorks = "Python carries out a pickle while it reads it, and does not check it to the end first. A payload at the front therefore runs even when an invalid byte follows. "
            + "Checkers that need the whole stream give up at that byte and report nothing. The files known as nullifAI used this to pass a public hub. Assay counts everything before the error in full.",
        Advice = StandardAdvice.RefuseAndClean,
        References = ["CWE-502", "AML.T0076", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>Broken, nothing ran.</summary>
    public static Rule BrokenStream { get; } = new("PKL-051", Severity.Low, "Broken stream, nothing executed")
    {
        Meaning = "The packed object in this file is damaged, and loading it will fail. Nothing in the readable part runs anything.",
        HowItWorks = "The instructions end too early, or one of them is invalid. A broken download, a full disk or a program that was stopped while saving leave such files. "
            + "What stands before the damage was read and judged like any other file.",
        Advice = StandardAdvice.FreshCopy,
        References = ["CWE-345", "AML.T0076"],
    };

    /// <summary>More after the end.</summary>
    public static Rule TrailingData { get; } = new("PKL-052", Severity.Medium, "Data or further pickles after the end")
    {
        Meaning = "More content follows after the place where the packed object ends. An ordinary load never reaches it.",
        HowItWorks = "`STOP` ends a pickle, and whatever stands behind it is ignored by a single load. Programs that load in a loop do read on, and an archive at the end of the file is found by programs that start there. "
            + "Some formats, PyTorch's old one and joblib among them, legitimately go on after the first object; that is known and not reported. Further pickles were examined too.",
        Advice = "Look at what the finding says about the extra bytes. Ask the publisher how they came there; prefer a copy without them.",
        References = ["CWE-506", "AML.T0107"],
    };

    /// <summary>Built to exhaust.</summary>
    public static Rule ResourceBomb { get; } = new("PKL-053", Severity.High, "Pickle resource bomb")
    {
        Meaning = "The file is built so that opening it uses up the memory or the time of your computer.",
        HowItWorks = "A few hundred bytes can describe an enormous object: lists that contain the list before them ten times over, an index of two thousand million that makes the loader reserve a table, a number with millions of digits. "
            + "Loading then ends with a dead process or a frozen machine. No model grows in this way; its size on disk is its size in memory.",
        Advice = "Do not load it. If a process hangs because of it, end the process; nothing else needs repair, unless other findings say so.",
        References = ["CWE-400", "CWE-770", "AML.T0029", "LLM10:2025"],
    };

    /// <summary>Spelled so that checkers stumble.</summary>
    public static Rule ParserDifferential { get; } = new("PKL-060", Severity.High, "Parser differential")
    {
        Meaning = "The file uses spellings that Python understands and usual checkers do not. It looks broken or harmless to them, and still loads.",
        HowItWorks = "Python has several pickle readers, and they differ in details: numbers written as `0x10`, names with letters outside of ASCII, frames with a wrong length. A checker stops at such a place with an error; the reader in your program goes on to the payload behind it. "
            + "No program writes these spellings by itself. Where real readers disagree, Assay assumes the behaviour under which more would run.",
        Advice = StandardAdvice.RefuseAndClean,
        References = ["CWE-436", "AML.T0107", "LLM03:2025"],
    };

    /// <summary>A result that nobody wants.</summary>
    public static Rule HiddenResult { get; } = new("PKL-061", Severity.Medium, "Hidden result (POP after call)")
    {
        Meaning = "The file calls something and throws the result away. Then only the side effect of the call can have been the point.",
        HowItWorks = "Every call in an honest pickle builds a piece of the object that is loaded. An instruction called `POP` removes the result, so that the loaded object looks perfectly normal and nobody notices that something ran. "
            + "Tools that inject a payload into a working model do just this. The call is judged on its own as well.",
        Advice = StandardAdvice.Isolate,
        References = ["CWE-502", "AML.T0107"],
    };

    /// <summary>Almost the name of a library.</summary>
    public static Rule LookalikeModule { get; } = new("PKL-062", Severity.High, "Lookalike module name")
    {
        Meaning = "The file needs a module whose name differs from that of a well-known library by a letter, or by a letter that merely looks alike. It is meant to be taken for the real one.",
        HowItWorks = "To a reader `numpyy` and `t0rch` look right, and with Greek or Cyrillic letters a name can even be printed exactly like the real one. The loader asks for the other module, though. "
            + "Its author may have published a package of that name, in the hope that the missing module is installed on demand, or ships it beside the model.",
        Advice = StandardAdvice.Refuse + " Do not install the module that is asked for; if it was installed, remove it and treat the environment as taken over.",
        References = ["CWE-1007", "AML.T0074", "LLM03:2025"],
    };
}
