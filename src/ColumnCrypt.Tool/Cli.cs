using System.CommandLine;
using System.Text.RegularExpressions;
using ColumnCrypt.Tool.Configuration;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool;

/// <summary>The command: parses, runs a verb, writes its answer or its error.</summary>
internal static partial class Cli
{
    public static async Task<int> RunProcessAsync(string[] arguments)
    {
        using var interruption = new Interruption();
        return await RunAsync(arguments, ConsoleEnvironment.Create(), interruption.Token).ConfigureAwait(false);
    }

    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="environment">The process around it.</param>
    /// <param name="cancellationToken">Interrupts it: the batch under way is finished.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments, CliEnvironment environment, CancellationToken cancellationToken)
    {
        var redaction = new Redaction();
        foreach (string argument in arguments.Where(static argument => Password().IsMatch(argument)))
        {
            redaction.Add(argument);
            redaction.Add(Password().Match(argument).Groups["password"].Value);
        }

        var options = new GlobalOptions();
        var root = CommandTree.Create(options, environment);
        var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var errors = new ErrorWriter(environment, redaction, parsed.GetValue(options.Json));
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpWithExamples)
        {
            return errors.Write(Usage(parsed));
        }

        if (parsed.CommandResult.Command is not Verb verb || parsed.Action != verb.Action)
        {
            var configuration = new InvocationConfiguration { Output = environment.Output, Error = environment.Error, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
        }

        using var call = new Call(parsed, options, environment, redaction);
        return await RunAsync(verb, call, errors, cancellationToken).ConfigureAwait(false);
    }

    private static CliException Usage(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        string path = string.Join(' ', CommandTree.PathOf(command));
        return CliException.Usage(command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count == 0
            ? $"{path} needs one of: {string.Join(", ", command.Subcommands.Select(static verb => verb.Name))}. See {path} --help."
            : $"{string.Join(' ', parsed.Errors.Select(static error => error.Message).Distinct())} See {path} --help.");
    }

    private static async Task<int> RunAsync(Verb verb, Call call, ErrorWriter errors, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await verb.RunAsync(call, cancellationToken).ConfigureAwait(false);
            if (answer is not null)
            {
                Write(call, answer);
            }

            return answer is { IsGood: false } ? ExitCode.Failed : ExitCode.Done;
        }
        catch (OperationCanceledException error) when (cancellationToken.IsCancellationRequested)
        {
            string held = verb.WhenInterrupted is { } state ? " " + state : "";
            return errors.Write(new CliException("interrupted", $"Interrupted.{held} To go on: {call.CommandLine}", ExitCode.Failed, error));
        }
#pragma warning disable CA1031 // The last line of the process: every error becomes a message and an exit code.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return errors.Write(error);
        }
    }

    private static void Write(Call call, Answer answer)
    {
        if (call.IsJson)
        {
            call.Environment.Output.WriteLine(JsonText.Write(answer.Json));
        }
        else
        {
            answer.Text(call.Page());
        }
    }

    [GeneratedRegex("(?i)(password|pwd)\\s*=\\s*(?<password>[^;]*)")]
    private static partial Regex Password();
}
