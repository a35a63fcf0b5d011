using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;

namespace ColumnCrypt.Tool.Verbs;

/// <summary>Asks before what cannot be undone.</summary>
internal static class Confirmation
{
    /// <summary>Lets the operator type the name of what is at stake; with <c>--yes</c> asks nothing.</summary>
    /// <param name="call">The call.</param>
    /// <param name="consequence">What will be so afterwards, as a sentence.</param>
    /// <param name="name">What has to be typed.</param>
    /// <exception cref="CliException">Nobody can be asked, or something else was typed.</exception>
    public static void Demand(Call call, string consequence, string name)
    {
        if (call.IsYes)
        {
            return;
        }

        var environment = call.Environment;
        if (!environment.IsInputTerminal)
        {
            throw CliException.Usage($"{consequence} Nobody is at a terminal to confirm it: say --yes.");
        }

        environment.Error.WriteLine(TextPage.Printable(consequence));
        environment.Error.Write($"Type {TextPage.Printable(name)} to go on: ");
        environment.Error.Flush();
        if (environment.Input.ReadLine() != name)
        {
            throw new CliException("not-confirmed", "That is something else. Nothing was done.");
        }
    }
}
