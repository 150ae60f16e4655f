namespace Assay.Scanning;

/// <summary>What a text is written in, for the one who runs or follows it.</summary>
public enum CodeLanguage
{
    /// <summary>No code: data or prose without instructions.</summary>
    None,

    /// <summary>Python source, 2.7 to 3.14.</summary>
    Python,

    /// <summary>Jupyter notebook (JSON).</summary>
    Notebook,

    /// <summary>POSIX shell, bash, zsh, fish.</summary>
    Shell,

    /// <summary>Windows command script.</summary>
    Batch,

    /// <summary>PowerShell.</summary>
    PowerShell,

    /// <summary>JavaScript or TypeScript.</summary>
    JavaScript,

    /// <summary>VBScript, VBA.</summary>
    VbScript,

    /// <summary>Perl, and the scripting languages that are read as it is: Ruby, PHP, Lua, R, Julia, AppleScript.</summary>
    Perl,

    /// <summary>Dockerfile or Containerfile.</summary>
    Dockerfile,

    /// <summary>Makefile.</summary>
    Makefile,

    /// <summary>Markdown, reStructuredText or plain prose for people.</summary>
    Prose,

    /// <summary>HTML or SVG; HTA and WSF with scripts inside.</summary>
    Html,

    /// <summary>JSON.</summary>
    Json,

    /// <summary>YAML.</summary>
    Yaml,

    /// <summary>TOML, INI, requirements and other line-based settings.</summary>
    Settings,
}
