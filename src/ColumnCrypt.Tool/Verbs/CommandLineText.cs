using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace ColumnCrypt.Tool.Verbs;

/// <summary>A parsed command line, to be typed again.</summary>
internal static partial class CommandLineText
{
    public static string Of(ParseResult parsed)
    {
        var command = parsed.CommandResult;
        IEnumerable<string> words = ["columncrypt", .. Names(command), .. command.Children.SelectMany(child => Words(child, command.Command))];
        return string.Join(' ', words.Select(Quoted));
    }

    private static IEnumerable<string> Names(CommandResult command) =>
        command.Parent is CommandResult parent ? Names(parent).Append(command.Command.Name) : [];

    private static IEnumerable<string> Words(SymbolResult result, Command command) => result switch
    {
        OptionResult { Implicit: false } option when command.Options.Contains(option.Option) => [option.Option.Name, .. option.Tokens.Select(static token => token.Value)],
        ArgumentResult argument when command.Arguments.Contains(argument.Argument) => argument.Tokens.Select(static token => token.Value),
        _ => [],
    };

    private static string Quoted(string word) => Plain().IsMatch(word) ? word : "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    [GeneratedRegex("^[A-Za-z0-9_@%+=:,./-]+$")]
    private static partial Regex Plain();
}
