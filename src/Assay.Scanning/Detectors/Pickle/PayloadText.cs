using System.Buffers;

namespace Assay.Scanning;

/// <summary>What a constant argument betrays of the intention behind a call.</summary>
[Flags]
internal enum Intent
{
    None = 0,

    /// <summary>A command line of a shell.</summary>
    Command = 1,

    /// <summary>Source code.</summary>
    Source = 2,

    /// <summary>An address of a network.</summary>
    Address = 4,

    /// <summary>A path outside the model.</summary>
    Path = 8,

    /// <summary>Socket together with shell or descriptor duplication.</summary>
    ReverseShell = 16,
}

/// <summary>Reads the intention from text that is given to a call. Used only where the callee is dangerous already, so a word may count.</summary>
internal static class PayloadText
{
    private static readonly SearchValues<string> Shells = SearchValues.Create(
        ["/dev/tcp/", "/dev/udp/", "nc -e", "ncat ", "bash -i", "sh -i", "mkfifo", "socat ", "pty.spawn", "dup2", "Invoke-PowerShellTcp", "TCPClient"], StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<string> Sources = SearchValues.Create(
        ["import ", "exec(", "eval(", "lambda", "def ", "print(", "__import__", "open(", "os.", "subprocess", "socket."], StringComparison.Ordinal);

    /// <summary>Everything that the text betrays.</summary>
    public static Intent Of(string text)
    {
        var intent = Intent.None;
        if (text.AsSpan().ContainsAny(Shells) && (text.Contains("/dev/", StringComparison.Ordinal) || text.Contains("socket", StringComparison.OrdinalIgnoreCase)
            || text.Contains("nc", StringComparison.Ordinal) || text.Contains("-i", StringComparison.Ordinal) || text.Contains("TCPClient", StringComparison.OrdinalIgnoreCase) || text.Contains("socat", StringComparison.Ordinal)))
        {
            intent |= Intent.ReverseShell;
        }

        if (text.Contains("://", StringComparison.Ordinal) || IsHost(text))
            intent |= Intent.Address;
        if (IsOutsidePath(text))
            intent |= Intent.Path;
        if (text.AsSpan().ContainsAny(Sources))
            intent |= Intent.Source;
        if (text.Contains(' ', StringComparison.Ordinal) || text.Contains('|', StringComparison.Ordinal) || text.Contains(';', StringComparison.Ordinal))
            intent |= Intent.Command;
        return intent;
    }

    private static bool IsOutsidePath(string text) =>
        text.Length is > 1 and < 4096
        && (text[0] is '/' or '~' || text.StartsWith("..", StringComparison.Ordinal) || text.StartsWith(@"\\", StringComparison.Ordinal)
            || (text.Length > 2 && char.IsAsciiLetter(text[0]) && text[1] == ':' && text[2] is '\\' or '/'));

    private static bool IsHost(string text)
    {
        if (text.Length is < 4 or > 253 || !text.Contains('.', StringComparison.Ordinal))
            return false;
        return System.Net.IPAddress.TryParse(text, out _) || text.EndsWith(".com", StringComparison.Ordinal) || text.EndsWith(".invalid", StringComparison.Ordinal)
            || text.EndsWith(".net", StringComparison.Ordinal) || text.EndsWith(".org", StringComparison.Ordinal) || text.EndsWith(".io", StringComparison.Ordinal);
    }
}

/// <summary>What Python code can do, told from the names that it uses.</summary>
internal static class CodeNames
{
    private static readonly HashSet<string> Starters = new(StringComparer.Ordinal)
    {
        "system", "popen", "Popen", "check_output", "check_call", "getoutput", "getstatusoutput", "execv", "execve", "execvp", "execl", "execlp", "spawnl", "spawnv", "posix_spawn",
        "startfile", "fork_exec", "create_subprocess_shell", "create_subprocess_exec", "ShellExecute", "WinExec", "CreateProcess",
    };

    private static readonly HashSet<string> Evaluators = new(StringComparer.Ordinal) { "exec", "eval", "execfile", "run_path", "run_module", "__import__" };

    private static readonly HashSet<string> Loaders = new(StringComparer.Ordinal) { "CDLL", "WinDLL", "windll", "cdll", "dlopen", "ctypes", "VirtualAlloc", "marshal", "LoadLibrary" };

    private static readonly HashSet<string> Reachers = new(StringComparer.Ordinal)
    {
        "socket", "urlopen", "urlretrieve", "requests", "urllib", "httpx", "aiohttp", "ftplib", "smtplib", "paramiko", "create_connection", "http",
    };

    private static readonly HashSet<string> Hiders = new(StringComparer.Ordinal) { "b64decode", "decompress", "unhexlify", "fromhex", "a2b_base64", "b85decode", "loads" };

    /// <summary>Grades the names: severity and words, or null when nothing of it acts on the computer.</summary>
    public static (Severity Severity, Intent Intent, string Words)? Grade(IEnumerable<string> names)
    {
        var starts = "";
        var evaluates = "";
        var loads = "";
        var reaches = "";
        var hides = "";
        var shell = false;
        foreach (var name in names)
        {
            if (name.Length > 4096)
                continue;
            if (Starters.Contains(name) || name is "subprocess" or "pty")
                starts = Pick(starts, name);
            else if (Evaluators.Contains(name))
                evaluates = Pick(evaluates, name);
            else if (Loaders.Contains(name))
                loads = Pick(loads, name);
            else if (Reachers.Contains(name))
                reaches = Pick(reaches, name);
            else if (Hiders.Contains(name))
                hides = Pick(hides, name);
            else if (name is "dup2" or "spawn" || name.Contains("/bin/sh", StringComparison.Ordinal) || name.Contains("/bin/bash", StringComparison.Ordinal))
                shell = true;
        }

        if (reaches.Length > 0 && (shell || starts.Length > 0))
            return (Severity.Critical, Intent.ReverseShell, $"connects to a network ({reaches}) and starts programs ({(starts.Length > 0 ? starts : "a shell")})");
        if (starts.Length > 0)
            return (Severity.Critical, Intent.Command, $"starts programs ({starts})");
        if (evaluates.Length > 0 && (hides.Length > 0 || reaches.Length > 0))
            return (Severity.Critical, Intent.Source, $"runs hidden or downloaded code ({evaluates} with {(hides.Length > 0 ? hides : reaches)})");
        if (evaluates.Length > 0)
            return (Severity.High, Intent.Source, $"runs code made of text ({evaluates})");
        if (loads.Length > 0)
            return (Severity.High, Intent.None, $"loads machine code ({loads})");
        if (reaches.Length > 0)
            return (Severity.High, Intent.Address, $"uses the network ({reaches})");
        return null;

        static string Pick(string old, string name) => old.Length == 0 ? name : old;
    }
}
