using System.Data.Common;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>Sees to it that SQLite deletes a row's tokens with the row: a connection may have foreign keys switched off. Stateless, thread-safe.</summary>
internal static class CascadeCheck
{
    /// <summary>True where a context's database is SQLite.</summary>
    public static bool IsSqlite(DbContext context) => context.Database.ProviderName?.EndsWith(".Sqlite", StringComparison.Ordinal) == true;

    /// <summary>The command that asks; null for databases that always do.</summary>
    public static DbCommand? Of(DbContext context)
    {
        if (!IsSqlite(context))
        {
            return null;
        }

        var database = context.Database;
        var command = database.GetDbConnection().CreateCommand();
        command.CommandText = "PRAGMA foreign_keys";
        command.Transaction = database.CurrentTransaction?.GetDbTransaction();
        return command;
    }

    /// <summary>Refuses a connection without.</summary>
    /// <param name="answer">What the command gave.</param>
    /// <exception cref="EncryptionModelException">Foreign keys are off.</exception>
    public static void Demand(object? answer)
    {
        if (Convert.ToInt64(answer ?? 0, CultureInfo.InvariantCulture) == 0)
        {
            throw new EncryptionModelException(
                "Foreign keys are switched off on this SQLite connection, so that the tokens of a text index would outlive their rows. Remove 'Foreign Keys=False' from the connection string, and no PRAGMA foreign_keys.");
        }
    }
}
