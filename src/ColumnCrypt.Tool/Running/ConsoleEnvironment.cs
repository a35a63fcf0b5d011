using System.Collections;
using System.Text;

namespace ColumnCrypt.Tool.Running;

/// <summary>The environment of a real process.</summary>
internal static class ConsoleEnvironment
{
    private const int MinimumWidth = 40;
    private const int UsualWidth = 80;

    public static CliEnvironment Create() => new()
    {
        Output = Console.Out,
        Error = Console.Error,
        Input = Console.In,
        Variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(static pair => (string)pair.Key, static pair => (string?)pair.Value ?? "", StringComparer.Ordinal),
        CurrentDirectory = Environment.CurrentDirectory,
        User = $"{Environment.UserName}@{Environment.MachineName}",
        ReadSecret = Console.IsInputRedirected ? null : ReadSecret,
        IsInputTerminal = !Console.IsInputRedirected,
        IsOutputTerminal = !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
        IsErrorTerminal = !Console.IsErrorRedirected,
        Width = Console.IsOutputRedirected || Console.WindowWidth <= 0 ? UsualWidth : Math.Max(Console.WindowWidth, MinimumWidth),
    };

    private static string? ReadSecret(string question)
    {
        Console.Error.Write(question);

        // Else the signal would be taken, and the question would stay.
        Console.TreatControlCAsInput = true;
        try
        {
            return ReadKeys();
        }
        finally
        {
            Console.TreatControlCAsInput = false;
        }
    }

    private static string? ReadKeys()
    {
        var secret = new StringBuilder();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            switch (key.Key)
            {
                case ConsoleKey.Enter:
                    Console.Error.WriteLine();
                    return secret.ToString();
                case ConsoleKey.C when key.Modifiers == ConsoleModifiers.Control:
                    Console.Error.WriteLine();
                    throw new CliException("interrupted", "Interrupted. Nothing was done.");
                case ConsoleKey.D when key.Modifiers == ConsoleModifiers.Control && secret.Length == 0:
                    Console.Error.WriteLine();
                    return null;
                case ConsoleKey.Backspace:
                    secret.Length = Math.Max(secret.Length - 1, 0);
                    break;
                default:
                    if (!char.IsControl(key.KeyChar))
                    {
                        secret.Append(key.KeyChar);
                    }

                    break;
            }
        }
    }
}
