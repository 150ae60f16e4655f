namespace Assay.Scanning;

/// <summary>What starts by itself when a file is written.</summary>
internal enum StartPlace
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A table of times.</summary>
    Cron,

    /// <summary>What a shell reads when it starts.</summary>
    ShellStart,

    /// <summary>A unit of systemd, an init script.</summary>
    Unit,

    /// <summary>A property list of launchd.</summary>
    LaunchAgent,

    /// <summary>Keys that may log in.</summary>
    AuthorizedKeys,

    /// <summary>A library that every program loads.</summary>
    Preload,

    /// <summary>A hook of git.</summary>
    GitHook,

    /// <summary>A desktop entry that starts with the session.</summary>
    Autostart,

    /// <summary>The table of accounts.</summary>
    Accounts,

    /// <summary>What every Python loads when it starts.</summary>
    PythonStart,

    /// <summary>A switch of the kernel that runs a program outside of a container.</summary>
    Escape,

    /// <summary>A setting that makes another tool run commands.</summary>
    ToolHook,
}

/// <summary>How much a path or variable is a secret.</summary>
internal enum SecretGrade
{
    /// <summary>None.</summary>
    None,

    /// <summary>A token that programs use for what it was made for.</summary>
    Token,

    /// <summary>Keys and passwords of a person.</summary>
    Credential,

    /// <summary>What only thieves collect: password stores, wallets, the table of passwords.</summary>
    Hoard,
}

/// <summary>What paths of Unix mean. Paths are those of scripts: <c>~</c> and <c>$HOME</c> are alike, patterns may stand in them.</summary>
internal static class ShellPaths
{
    private static readonly (string Part, SecretGrade Grade)[] Secrets =
    [
        ("/etc/shadow", SecretGrade.Hoard), ("/etc/gshadow", SecretGrade.Hoard), ("/.gnupg", SecretGrade.Credential), ("login data", SecretGrade.Hoard), ("/cookies.sqlite", SecretGrade.Hoard), ("/key4.db", SecretGrade.Hoard),
        ("/logins.json", SecretGrade.Hoard), ("web data", SecretGrade.Hoard), ("local state", SecretGrade.Hoard), ("wallet.dat", SecretGrade.Hoard), ("/.electrum", SecretGrade.Hoard), ("/exodus", SecretGrade.Hoard),
        ("/.ethereum/keystore", SecretGrade.Hoard), ("/.config/solana/id.json", SecretGrade.Hoard), ("/.bitcoin", SecretGrade.Hoard), ("/.monero", SecretGrade.Hoard), ("/tdata", SecretGrade.Hoard), ("/.mozilla/firefox", SecretGrade.Hoard),
        ("/google-chrome", SecretGrade.Hoard), ("/google/chrome", SecretGrade.Hoard), ("/bravesoftware", SecretGrade.Hoard), ("/.config/chromium", SecretGrade.Hoard), ("/library/keychains", SecretGrade.Hoard), ("login.keychain", SecretGrade.Hoard),
        ("/discord/local storage", SecretGrade.Hoard), ("leveldb", SecretGrade.Hoard), ("/.password-store", SecretGrade.Hoard), (".kdbx", SecretGrade.Hoard), ("/library/messages", SecretGrade.Hoard), ("/filezilla", SecretGrade.Hoard),
        ("/.ssh", SecretGrade.Credential), ("id_rsa", SecretGrade.Credential), ("id_ed25519", SecretGrade.Credential), ("id_ecdsa", SecretGrade.Credential), ("id_dsa", SecretGrade.Credential),
        ("/.aws/credentials", SecretGrade.Credential), ("/.aws", SecretGrade.Credential), ("/.azure", SecretGrade.Credential), ("/.config/gcloud", SecretGrade.Credential), ("/.kube/config", SecretGrade.Credential), ("/.docker/config.json", SecretGrade.Credential),
        ("/.netrc", SecretGrade.Credential), ("/.git-credentials", SecretGrade.Credential), ("/.npmrc", SecretGrade.Credential), ("/.pypirc", SecretGrade.Credential), ("/.pgpass", SecretGrade.Credential), ("/.my.cnf", SecretGrade.Credential),
        ("/.config/gh/hosts.yml", SecretGrade.Credential), ("_history", SecretGrade.Credential), ("/proc/self/environ", SecretGrade.Credential), ("/proc/*/environ", SecretGrade.Credential), ("/proc/1/environ", SecretGrade.Credential), ("/etc/ssh/ssh_host", SecretGrade.Credential),
        ("/etc/kubernetes/admin.conf", SecretGrade.Credential), ("/var/run/secrets/kubernetes.io", SecretGrade.Credential), ("/run/secrets/kubernetes.io", SecretGrade.Credential), ("/etc/krb5.keytab", SecretGrade.Credential), ("/.vault-token", SecretGrade.Credential),
        ("/huggingface/token", SecretGrade.Token), ("/huggingface/stored_tokens", SecretGrade.Token), ("/.huggingface/token", SecretGrade.Token), ("/.kaggle/kaggle.json", SecretGrade.Token), ("/.openai", SecretGrade.Token), ("/.wandb", SecretGrade.Token),
    ];

    private static readonly string[] SecretNames = ["*.pem", "*.key", "*.ppk", "*.p12", "*.pfx", "*.kdbx", "*.keystore", "*.ovpn", "*wallet*", "*seed*", "*password*", "*credential*", "*.keychain*", "*secret*", ".env", "*.env", "*.env*", "*token*"];

    private static readonly string[] SecretWords = ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "API_KEY", "APIKEY", "ACCESS_KEY", "PRIVATE_KEY", "CREDENTIAL", "MNEMONIC"];

    private static readonly string[] Disks = ["sda", "hda", "vda", "xvda", "nvme0n1", "nvme0", "disk0", "disk1", "rdisk0", "mmcblk0", "mem", "kmem"];

    private static readonly string[] Tops = ["/", "/*", "~", "~/", "~/*", "~/.", "~/.*", "/home", "/home/", "/home/*", "/etc", "/etc/", "/etc/*", "/usr", "/usr/*", "/boot", "/boot/*", "/bin", "/bin/*", "/sbin", "/lib", "/lib/*", "/var", "/var/*", "/root", "/Users", "/Users/*", "/System", "/mnt/c", "/mnt/c/*", "//", "/.", "~/Documents", "~/Desktop", "~/Pictures", "~/Documents/*", "~/Desktop/*", "~/.ssh"];

    private static readonly string[] OrdinaryDots = [".local", ".config", ".cache", ".venv", ".nvm", ".cargo", ".conda", ".pyenv", ".bun", ".git", ".github", ".npm", ".rustup", ".ssh", ".ollama", ".docker", ".oh-my-zsh", ".env", ".triton", ".sdkman", ".deno", ".poetry", ".volta", ".asdf", ".mamba", ".micromamba", ".rbenv", ".jupyter", ".ipython", ".vscode"];

    /// <summary>A path in the form in which paths are compared: the home folder is <c>~</c>, no <c>./</c> in front, no doubled slashes.</summary>
    public static string Normal(string path)
    {
        if (path.Length > 4096)
            path = path[..4096];
        path = path.Replace("${HOME}", "~", StringComparison.Ordinal).Replace("$HOME", "~", StringComparison.Ordinal).Replace("//", "/", StringComparison.Ordinal).Replace("/./", "/", StringComparison.Ordinal);
        while (path.StartsWith("./", StringComparison.Ordinal))
            path = path[2..];
        if (path.StartsWith("/root/", StringComparison.Ordinal))
            path = "~" + path[5..];
        foreach (var homes in (ReadOnlySpan<string>)["/home/", "/Users/"])
        {
            if (path.StartsWith(homes, StringComparison.Ordinal) && path.IndexOf('/', homes.Length) is > 0 and var end)
                path = "~" + path[end..];
        }

        return path.Length > 1 && path[0] == '~' && path[1] != '/' && path.IndexOf('/') is > 0 and var slash ? "~" + path[slash..] : path;
    }

    /// <summary>How secret the content of a path is.</summary>
    public static SecretGrade Secret(string path)
    {
        if (path.Length < 5 || path.EndsWith(".pub", StringComparison.Ordinal) || path.Contains("known_hosts", StringComparison.Ordinal) || path.EndsWith("/.ssh/config", StringComparison.Ordinal) || path.EndsWith("authorized_keys", StringComparison.Ordinal))
            return SecretGrade.None;
        var lower = Normal(path).ToLowerInvariant();
        if (!lower.StartsWith('/') && !lower.StartsWith('~') && !lower.Contains("/.", StringComparison.Ordinal))
            lower = "/" + lower;
        foreach (var (part, grade) in Secrets)
        {
            if (lower.Contains(part, StringComparison.Ordinal) && (part[0] != '/' || !part.StartsWith("/exodus", StringComparison.Ordinal) || lower.Contains("/.config", StringComparison.Ordinal) || lower.Contains("support", StringComparison.Ordinal)))
                return part == "leveldb" && !lower.StartsWith('~') ? SecretGrade.None : grade;
        }

        return SecretGrade.None;
    }

    /// <summary>Whether a pattern of file names looks for keys.</summary>
    public static bool LooksForSecrets(string pattern) =>
        Secret("/x/" + pattern.TrimStart('*')) != SecretGrade.None || Array.Exists(SecretNames, n => string.Equals(n, pattern, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a variable of the environment holds a token or password by its name.</summary>
    public static bool IsSecretVariable(string name)
    {
        if (name.Length < 5 || name.Contains("TOKENIZER", StringComparison.OrdinalIgnoreCase) || name.Contains("MAX_", StringComparison.OrdinalIgnoreCase) || name.Contains("TOKENS", StringComparison.OrdinalIgnoreCase))
            return false;
        return Array.Exists(SecretWords, w => name.Contains(w, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>What starts by itself when this is written.</summary>
    public static StartPlace Start(string path)
    {
        var p = Normal(path);
        if (p.StartsWith("/etc/cron", StringComparison.Ordinal) || p.StartsWith("/var/spool/cron", StringComparison.Ordinal) || p.StartsWith("/var/spool/at", StringComparison.Ordinal) || p.StartsWith("/etc/anacron", StringComparison.Ordinal) || p.StartsWith("/usr/lib/cron", StringComparison.Ordinal))
            return StartPlace.Cron;
        var name = p[(p.LastIndexOf('/') + 1)..];
        if (name is ".bashrc" or ".bash_profile" or ".bash_login" or ".bash_logout" or ".profile" or ".zshrc" or ".zprofile" or ".zshenv" or ".zlogin" or ".cshrc" or ".xprofile" or ".xinitrc" or ".xsession" or ".bash_aliases" or ".kshrc" or "config.fish"
            || p is "/etc/profile" or "/etc/bash.bashrc" or "/etc/bashrc" or "/etc/zsh/zshrc" or "/etc/zshrc" or "/etc/zshenv" or "/etc/environment" or "/etc/rc.local" || p.StartsWith("/etc/profile.d/", StringComparison.Ordinal) || p.StartsWith("/etc/init.d/", StringComparison.Ordinal) || p.StartsWith("/etc/rc", StringComparison.Ordinal) || p.StartsWith("/etc/update-motd.d/", StringComparison.Ordinal))
            return StartPlace.ShellStart;
        if (p.Contains("/systemd/", StringComparison.Ordinal) && (p.Contains("/system/", StringComparison.Ordinal) || p.Contains("/user/", StringComparison.Ordinal) || p.EndsWith(".service", StringComparison.Ordinal) || p.EndsWith(".timer", StringComparison.Ordinal)))
            return StartPlace.Unit;
        if (p.Contains("/LaunchAgents/", StringComparison.Ordinal) || p.Contains("/LaunchDaemons/", StringComparison.Ordinal))
            return StartPlace.LaunchAgent;
        if (p.EndsWith("/.ssh/authorized_keys", StringComparison.Ordinal) || p.EndsWith("/.ssh/authorized_keys2", StringComparison.Ordinal))
            return StartPlace.AuthorizedKeys;
        if (p == "/etc/ld.so.preload")
            return StartPlace.Preload;
        if (p.Contains(".git/hooks/", StringComparison.Ordinal) || p.EndsWith("/git-core/templates/hooks", StringComparison.Ordinal))
            return StartPlace.GitHook;
        if (p.Contains("/autostart/", StringComparison.OrdinalIgnoreCase) || p.Contains("/plasma-workspace/env/", StringComparison.Ordinal))
            return StartPlace.Autostart;
        if (p is "/etc/passwd" or "/etc/shadow" || p.StartsWith("/etc/sudoers", StringComparison.Ordinal))
            return StartPlace.Accounts;
        if (name is "sitecustomize.py" or "usercustomize.py" || (name.EndsWith(".pth", StringComparison.Ordinal) && (p.Contains("site-packages", StringComparison.Ordinal) || p.Contains("dist-packages", StringComparison.Ordinal))) || p.Contains("/.ipython/profile_default/startup/", StringComparison.Ordinal))
            return StartPlace.PythonStart;
        if (name == "release_agent" || p == "/proc/sys/kernel/core_pattern" || p == "/proc/sys/kernel/modprobe" || p == "/sys/kernel/uevent_helper")
            return StartPlace.Escape;
        return p.StartsWith("/etc/apt/apt.conf.d/", StringComparison.Ordinal) || p.StartsWith("/etc/udev/rules.d/", StringComparison.Ordinal) || p.StartsWith("/etc/pam.d/", StringComparison.Ordinal) || p is "~/.vimrc" or "~/.gitconfig" or "~/.ssh/config" or "~/.ssh/rc" ? StartPlace.ToolHook : StartPlace.None;
    }

    /// <summary>Whether everything of a person or a system lies below.</summary>
    public static bool IsTop(string path)
    {
        var normal = path is "/root" or "/root/" or "/root/*" ? "~" : Normal(path);
        return Array.IndexOf(Tops, normal) >= 0 || (normal.Length > 2 && normal.EndsWith('/') && Array.IndexOf(Tops, normal[..^1]) >= 0) || normal.StartsWith("/{bin", StringComparison.Ordinal);
    }

    /// <summary>Whether a path is a device of blocks: <c>/dev/sda</c>.</summary>
    public static bool IsDevice(string path) =>
        path.StartsWith("/dev/", StringComparison.Ordinal) && path.Length > 5
        && (path[5..].StartsWith("sd", StringComparison.Ordinal) || path[5..].StartsWith("hd", StringComparison.Ordinal) || path[5..].StartsWith("vd", StringComparison.Ordinal) || path[5..].StartsWith("xvd", StringComparison.Ordinal) || path[5..].StartsWith("nvme", StringComparison.Ordinal)
            || path[5..].StartsWith("mmcblk", StringComparison.Ordinal) || path[5..].StartsWith("disk", StringComparison.Ordinal) || path[5..].StartsWith("rdisk", StringComparison.Ordinal) || path is "/dev/mem" or "/dev/kmem");

    /// <summary>Whether a device is the one that systems start from, or a pattern of many.</summary>
    public static bool IsSystemDisk(string path) => IsDevice(path) && (path.AsSpan().ContainsAny("*?[$") || Array.IndexOf(Disks, path[5..].TrimEnd('1', '2', '3', 'p')) >= 0 || Array.IndexOf(Disks, path[5..]) >= 0);

    /// <summary>Whether programs lie there that want to be overlooked: temporary folders, names with a dot that no tool uses.</summary>
    public static bool IsHidingPlace(string path)
    {
        var p = Normal(path);
        if (p.StartsWith("/tmp/", StringComparison.Ordinal) || p.StartsWith("/var/tmp/", StringComparison.Ordinal) || p.StartsWith("/dev/shm/", StringComparison.Ordinal) || p.StartsWith("/run/shm/", StringComparison.Ordinal))
            return true;
        foreach (var part in p.Split('/'))
        {
            if (part.Length > 1 && part[0] == '.' && part != ".." && Array.IndexOf(OrdinaryDots, part) < 0)
                return true;
        }

        return false;
    }
}
