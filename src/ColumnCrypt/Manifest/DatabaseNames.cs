using System.Collections.Concurrent;
using System.Data.Common;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Keys;
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
    private readonly ConcurrentDictionary<(StoreSession Session, string Database), Sources> _seen = new();

    /// <summary>The name of a connection's database. Does no I/O.</summary>
    public string Of(DbConnection connection) => name?.Invoke(connection) is { Length: > 0 } given ? given : OwnName(connection);

    /// <summary>As <see cref="Of(DbConnection)"/>; tells once where another server, or file, had the same name in this process.</summary>
    public string Of(StoreSession session, DbConnection connection)
    {
        if (name?.Invoke(connection) is { Length: > 0 } given)
        {
            return given;
        }

        string own = OwnName(connection);
        string source = connection.DataSource;
        if (!_seen.TryGetValue((session, own), out var sources))
        {
            sources = _seen.GetOrAdd((session, own), new Sources(source));
        }

        if (sources.First != source && sources.AreOthers(source, IsFile(connection)))
        {
            logger.DatabaseNameShared(own, sources.First, source);
        }

        return own;
    }

    private static string OwnName(DbConnection connection) => IsFile(connection) ? Path.GetFileName(connection.DataSource) : connection.Database;

    // SQLite, whose databases are files, or in memory.
    private static bool IsFile(DbConnection connection) => connection.Database is "main" or "";

    /// <summary>Where databases of one name were seen. Thread-safe.</summary>
    private sealed class Sources(string first)
    {
        private readonly ConcurrentDictionary<string, byte> _told = new(StringComparer.Ordinal);

        public string First => first;

        /// <summary>True once for each that is another than the first.</summary>
        public bool AreOthers(string source, bool isFile) => _told.TryAdd(source, 0) && !(isFile && IsSameFile(source));

        // A closed connection has the path as it was given, an open one the whole of it; in memory there is none.
        private bool IsSameFile(string source) => source is "" or ":memory:" || first is "" or ":memory:" || Path.GetFullPath(source) == Path.GetFullPath(first);
    }
}
