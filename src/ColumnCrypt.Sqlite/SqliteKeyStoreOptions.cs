namespace ColumnCrypt.Sqlite;

/// <summary>How the key tables in a SQLite file are reached.</summary>
public sealed class SqliteKeyStoreOptions
{
    /// <summary>
    /// Whether the application creates the file, the tables and the installation key where they are missing. Default: yes; the key
    /// tables have a file of their own.
    /// </summary>
    public bool CreateTables { get; set; } = true;

    /// <summary>How long a call may take, waiting for writers of other processes included. Above zero; default 5 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);
}
