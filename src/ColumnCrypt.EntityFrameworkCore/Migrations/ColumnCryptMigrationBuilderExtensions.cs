using ColumnCrypt.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Microsoft.EntityFrameworkCore;

/// <summary>Creates the key tables in a migration of the application.</summary>
public static class ColumnCryptMigrationBuilderExtensions
{
    /// <summary>
    /// Creates the key tables, for an application that keeps its keys in the database that it migrates. Call it in <c>Up</c> of a
    /// migration of its own; the tables are no part of the model.
    /// </summary>
    /// <remarks>
    /// There is no opposite: without the key tables nobody can ever read the encrypted columns again.
    /// </remarks>
    /// <param name="migrationBuilder">The builder, of any provider.</param>
    /// <param name="schema">The schema, as the key store's options name it; null for the key store's default.</param>
    public static void CreateColumnCryptTables(this MigrationBuilder migrationBuilder, string? schema = null)
    {
        ArgumentNullException.ThrowIfNull(migrationBuilder);
        foreach (var operation in KeyTableOperations.Create(migrationBuilder.ActiveProvider, schema))
        {
            migrationBuilder.Operations.Add(operation);
        }
    }
}
