using System.Collections.Concurrent;
using System.Data.Common;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Manifest;

/// <summary>
/// How the manifest names the application's databases: by their own names, or as the application says. What is counted and walked is a database by its
/// name, so that two of one name under one key store must not be. Thread-safe.
/// </summary>
/// <param name="name">Gives a connection's name; null, or for null, the database's own.</param>
/// <param name="logger">Where two of one name are told of.</param>
internal sealed class DatabaseNames(Func<DbConnection, string?>? name, ILogger logger)
{
    private const string InMemory = ":memory:";
    private const string UriScheme = "file:";
    private const string DataDirectory = "|DataDirectory|";

    private readonly ConcurrentDictionary<(StoreSession Session, string ConnectionString), string> _known = new();
    private readonly ConcurrentDictionary<(StoreSession Session, string Database), string> _sources = new();

    /// <summary>The name of a connection's database. Does no I/O.</summary>
    public string Of(DbConnection connection) => Given(connection) ?? OwnName(connection);

    /// <summary>As <see cref="Of(DbConnection)"/>, asked before every operation; tells once where another server, or file, had the same name in this process.</summary>
    public string Of(StoreSession session, DbConnection connection) =>
        _known.TryGetValue((session, connection.ConnectionString), out string? known) ? known : _known.GetOrAdd((session, connection.ConnectionString), Learn(session, connection));

    private string Learn(StoreSession session, DbConnection connection)
    {
        if (Given(connection) is { } given)
        {
            return given;
        }

        string database = OwnName(connection);
        string source = connection.DataSource;
        if (ConnectionKind.IsSqlite(connection))
        {
            // What is in memory is of nobody else.
            source = FileOf(connection);
            if (source is "" or InMemory)
            {
                return database;
            }

            source = Path.GetFullPath(source);
        }

        string first = _sources.GetOrAdd((session, database), source);
        if (first != source)
        {
            logger.DatabaseNameShared(database, first, source);
        }

        return database;
    }

    private string? Given(DbConnection connection) => name?.Invoke(connection) is { Length: > 0 } given ? given : null;

    private static string OwnName(DbConnection connection) => ConnectionKind.IsSqlite(connection) ? Path.GetFileName(FileOf(connection)) : connection.Database;

    // The same whether it is open or not: then a URI has become the path in it, a directory of the application's domain its path, and of what is in memory nothing is left.
    private static string FileOf(DbConnection connection)
    {
        string source = connection.DataSource;
        if (source.Length == 0 && new DbConnectionStringBuilder { ConnectionString = connection.ConnectionString }.TryGetValue("Data Source", out object? given))
        {
            source = (string)given;
        }

        return source.StartsWith(UriScheme, StringComparison.OrdinalIgnoreCase) ? Uri.UnescapeDataString(source[UriScheme.Length..].Split('?', '#')[0])
            : source.StartsWith(DataDirectory, StringComparison.OrdinalIgnoreCase) ? source[DataDirectory.Length..]
            : source;
    }
}
