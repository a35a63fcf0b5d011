namespace ColumnCrypt.Samples.Clinic;

/// <summary>The command line.</summary>
/// <param name="Folder">Where the KEK file and the SQLite files go.</param>
/// <param name="PostgreSql">A connection string, or null for SQLite.</param>
public sealed record SampleOptions(string Folder, string? PostgreSql)
{
    public const string Usage =
        """
        usage: dotnet run --project samples/Clinic [-- [--folder PATH] [--postgres CONNECTION]]

          --folder PATH          where the KEK file and the SQLite files go; default: a folder beside the program
          --postgres CONNECTION  runs on PostgreSQL, in two schemas of its own, which it drops when it starts
        """;

    /// <summary>Reads the command line; null where it is wrong.</summary>
    public static SampleOptions? Parse(string[] arguments)
    {
        var options = new SampleOptions(Path.Combine(AppContext.BaseDirectory, "clinic-data"), null);
        for (int i = 0; i < arguments.Length; i += 2)
        {
            if (i + 1 == arguments.Length)
            {
                return null;
            }

            switch (arguments[i])
            {
                case "--folder":
                    options = options with { Folder = Path.GetFullPath(arguments[i + 1]) };
                    break;
                case "--postgres":
                    options = options with { PostgreSql = arguments[i + 1] };
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
