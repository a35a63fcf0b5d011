using System.CommandLine;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Completion;

internal sealed class PrintCompletion : Verb
{
    private const string Bash =
        """
        _columncrypt() {
          local IFS=$'\n'
          COMPREPLY=($(columncrypt "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null))
        }
        complete -o default -F _columncrypt columncrypt
        """;

    private const string Zsh =
        """
        _columncrypt() {
          local -a found
          found=("${(@f)$(columncrypt "[suggest:${#BUFFER}]" "${BUFFER}" 2>/dev/null)}")
          compadd -- $found
        }
        compdef _columncrypt columncrypt
        """;

    private const string PowerShell =
        """
        Register-ArgumentCompleter -Native -CommandName columncrypt -ScriptBlock {
          param($word, $line, $position)
          columncrypt "[suggest:$position]" "$line" 2>$null | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
        }
        """;

    private readonly Argument<string> _shell = new Argument<string>("SHELL") { Description = "bash, zsh or pwsh." }.AcceptOnlyFromAmong("bash", "zsh", "pwsh");

    public PrintCompletion()
        : base(
            "completion",
            "Prints what makes a shell complete columncrypt's command lines.",
            "eval \"$(columncrypt completion bash)\"") => Arguments.Add(_shell);

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        string script = call.Value(_shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            _ => PowerShell,
        };
        if (call.IsJson)
        {
            return new Answer(new { Script = script }, static _ => { });
        }

        await call.Environment.Output.WriteLineAsync(script).ConfigureAwait(false);
        return null;
    }
}
