using System.CommandLine;

namespace Assay.Cli.Commands;

/// <summary><c>assay completion SHELL</c>: prints a script that makes a shell complete the command.</summary>
internal static class CompletionCommand
{
    // Each script asks the command itself, by the suggest directive of System.CommandLine, with the line as if it began with "assay".
    private const string Bash = """
        _assay() {
            local current="${COMP_WORDS[COMP_CWORD]}" line="assay ${COMP_LINE#* }"
            local position=$((COMP_POINT - ${#COMP_WORDS[0]} + 5))
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:$position]" "$line" 2>/dev/null)" -- "$current"))
            if [ ${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi
        }
        complete -o filenames -F _assay assay

        """;

    private const string Zsh = """
        #compdef assay
        _assay() {
            local line="assay ${BUFFER#* }"
            local -a suggestions
            suggestions=("${(@f)$("${words[1]}" "[suggest:$((CURSOR - ${#words[1]} + 5))]" "$line" 2>/dev/null)}")
            compadd -a suggestions
            _files
        }
        compdef _assay assay

        """;

    private const string Fish = """
        function __assay_complete
            set -l line (commandline -cp | string replace -r '^\S+' assay)
            assay "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c assay -a '(__assay_complete)'

        """;

    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName assay -ScriptBlock {
            param($word, $ast, $position)
            $line = $ast.ToString()
            assay "[suggest:$position]" "$line" 2>$null | Where-Object { $_ -like "$word*" } | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
            }
        }

        """;

    public static Command Create(CommandContext context)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh, fish or pwsh.", HelpName = "SHELL" };
        shell.CompletionSources.Add("bash", "zsh", "fish", "pwsh");
        var command = new Command("completion", "Prints a script that makes a shell complete this command.") { shell };
        command.SetAction(result =>
        {
            context.Print(result.GetValue(shell) switch
            {
                "bash" => Bash,
                "zsh" => Zsh,
                "fish" => Fish,
                "pwsh" => PowerShell,
                _ => throw new UsageException("There is completion for: bash, zsh, fish, pwsh"),
            });
            return ExitCodes.Passed;
        });
        return command;
    }
}
