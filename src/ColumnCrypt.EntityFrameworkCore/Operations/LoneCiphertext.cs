using System.Globalization;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>
/// Looks whether a column beside plaintext holds ciphertext where that is NULL, which no column does whose adoption is about to begin. Some rows are read, whichever the database has first, on
/// the context's connection: it is no proof, and costs little.
/// </summary>
internal static class LoneCiphertext
{
    private const int Sample = 1_000;

    /// <summary>The look into the database of a context; null where its model adopts nothing, and on a database that is neither SQLite nor PostgreSQL.</summary>
    public static Func<ColumnRecord, CancellationToken, Task<bool>>? In(ContextScope scope) =>
        Model.AdoptedColumns.Of(scope.Context.Model).Any && scope.Context.Database.ProviderName is { } provider && (CascadeCheck.IsSqlite(scope.Context) || provider.StartsWith("Npgsql.", StringComparison.Ordinal))
            ? (column, cancellationToken) => IsInAsync(scope.Context, column, cancellationToken)
            : null;

    private static async Task<bool> IsInAsync(DbContext context, ColumnRecord column, CancellationToken cancellationToken)
    {
        if (ColumnAdoption.Parse(column.Adoption).PlainColumn is not { } plain)
        {
            return false;
        }

        await context.Database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var sql = context.GetService<ISqlGenerationHelper>();
            string table = sql.DelimitIdentifier(column.Table, column.Schema.Length == 0 ? null : column.Schema);

            // What the table lacks yet, or the role may not read, holds nothing that could be said; and a failure would end the application's transaction.
            string there = CascadeCheck.IsSqlite(context)
                ? "SELECT count(*) FROM pragma_table_info(@table) WHERE name IN (@plain, @cipher)"
                : "SELECT count(*) FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass(@table) AND attname IN (@plain, @cipher) AND NOT attisdropped AND has_column_privilege(attrelid, attnum, 'SELECT')";
            string named = CascadeCheck.IsSqlite(context) ? column.Table : table;
            return await ScalarAsync(context, there, [("table", named), ("plain", plain), ("cipher", column.Column)], cancellationToken).ConfigureAwait(false) == 2
                && await ScalarAsync(
                    context,
                    string.Create(CultureInfo.InvariantCulture, $"SELECT count(*) FROM (SELECT {sql.DelimitIdentifier(plain)} AS plain, {sql.DelimitIdentifier(column.Column)} AS cipher FROM {table} LIMIT {Sample}) AS looked WHERE plain IS NULL AND length(cipher) > 0"),
                    [],
                    cancellationToken).ConfigureAwait(false) > 0;
        }
        finally
        {
            await context.Database.CloseConnectionAsync().ConfigureAwait(false);
        }
    }

    private static async Task<long> ScalarAsync(DbContext context, string sql, (string Name, string Value)[] parameters, CancellationToken cancellationToken)
    {
        var command = context.Database.GetDbConnection().CreateCommand();
        await using (command.ConfigureAwait(false))
        {
#pragma warning disable CA2100 // The names in it are the model's, delimited.
            command.CommandText = sql;
#pragma warning restore CA2100
            command.Transaction = context.Database.CurrentTransaction?.GetDbTransaction();
            foreach (var (name, value) in parameters)
            {
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (name, value);
                command.Parameters.Add(parameter);
            }

            return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);
        }
    }
}
