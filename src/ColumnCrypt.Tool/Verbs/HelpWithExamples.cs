using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Globalization;
using ColumnCrypt.Tool.Running;

namespace ColumnCrypt.Tool.Verbs;

/// <summary>The usual help text under the command's own name, and a verb's examples behind it.</summary>
internal sealed class HelpWithExamples(CliEnvironment environment) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        parseResult.InvocationConfiguration.Output = text;
        int code = new HelpAction { MaxWidth = environment.Width }.Invoke(parseResult);
        string help = text.ToString().TrimEnd();
        environment.Output.WriteLine(help.Replace($"  {RootCommand.ExecutableName} ", "  columncrypt ", StringComparison.Ordinal));
        if (parseResult.CommandResult.Command is Verb { Examples.Count: > 0 } verb)
        {
            environment.Output.WriteLine();
            environment.Output.WriteLine("Examples:");
            foreach (string example in verb.Examples)
            {
                environment.Output.WriteLine("  " + example);
            }
        }

        return code;
    }
}
