namespace ColumnCrypt.Store.Sql;

/// <summary>The bounds of a <see cref="SqlKeyStore"/>.</summary>
public sealed record SqlKeyStoreOptions
{
    /// <summary>Whether the application may create tables and the installation key itself. Default: no.</summary>
    public bool CreateTables { get; init; }

    /// <summary>How long a call may take, waiting for a connection included. Above zero; default 5 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long creating the tables may take, waiting for other creators included. Above zero; default 30 s.</summary>
    public TimeSpan CreateTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many connections are in use at once. 1 or more; default 2.</summary>
    public int MaxConnections { get; init; } = 2;

    /// <summary>The clock that timeouts and the times of dropped wraps follow. Default: <see cref="System.TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <exception cref="EncryptionModelException">An option is out of range.</exception>
    internal void Validate()
    {
        if (Timeout <= TimeSpan.Zero || CreateTimeout <= TimeSpan.Zero || MaxConnections < 1)
        {
            throw new EncryptionModelException(
                "The key store's options are out of range: Timeout and CreateTimeout are above zero, MaxConnections is at least 1.");
        }
    }
}
