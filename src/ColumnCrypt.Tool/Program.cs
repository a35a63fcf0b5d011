namespace ColumnCrypt.Tool;

/// <summary>The process.</summary>
internal static class Program
{
    private static Task<int> Main(string[] arguments) => Cli.RunProcessAsync(arguments);
}
