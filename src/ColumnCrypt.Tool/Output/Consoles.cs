using Spectre.Console;

namespace ColumnCrypt.Tool.Output;

/// <summary>Spectre's consoles over a writer.</summary>
internal static class Consoles
{
    public static IAnsiConsole Create(TextWriter writer, int width, bool isTerminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        console.Profile.Width = width;
        return console;
    }
}
