using ColumnCrypt.Store.Schema;
using Microsoft.EntityFrameworkCore.Migrations.Operations;

namespace ColumnCrypt.EntityFrameworkCore.Migrations;

/// <summary>Turns the description of the key tables into migration operations.</summary>
internal static class KeyTableOperations
{
    public const string Npgsql = "Npgsql.EntityFrameworkCore.PostgreSQL";

    public static IEnumerable<MigrationOperation> Create(string? provider, string? schema)
    {
        var isNpgsql = provider == Npgsql;
        if (isNpgsql)
        {
            schema ??= "public";
            yield return new EnsureSchemaOperation { Name = schema };
            yield return new SqlOperation
            {
                // In a block: an idempotent script puts it into a function, where a SELECT without a use for its result is an error.
                Sql = $"DO $columncrypt$ BEGIN PERFORM pg_catalog.pg_advisory_xact_lock({KeyTableSchema.CreateLock}); END $columncrypt$;",
            };
        }

        foreach (var table in KeyTableSchema.Tables)
        {
            yield return Table(table, schema, isNpgsql ? "C" : null);
            foreach (var index in table.Indexes)
            {
                yield return new CreateIndexOperation
                {
                    Name = index.Name, Table = table.Name, Schema = schema, Columns = [.. index.Columns], IsUnique = index.IsUnique, Filter = index.Filter,
                };
            }
        }

        var schemaTable = schema is null ? Quote(KeyTableSchema.Schema.Name) : $"{Quote(schema)}.{Quote(KeyTableSchema.Schema.Name)}";
        yield return new SqlOperation { Sql = $"{KeyTableSchema.InsertVersion(schemaTable)};" };
    }

    private static CreateTableOperation Table(KeyTable table, string? schema, string? idCollation)
    {
        var operation = new CreateTableOperation
        {
            Name = table.Name,
            Schema = schema,
            PrimaryKey = new AddPrimaryKeyOperation { Name = table.PrimaryKeyName, Table = table.Name, Schema = schema, Columns = [.. table.PrimaryKey] },
        };
        foreach (var column in table.Columns)
        {
            operation.Columns.Add(new AddColumnOperation
            {
                Name = column.Name,
                Table = table.Name,
                Schema = schema,
                ClrType = ClrType(column.Type),
                IsNullable = column.IsNullable,
                DefaultValue = column.Default,
                Collation = column.Type == KeyColumnType.Id ? idCollation : null,
            });
            if (column.Check is { } check)
            {
                operation.CheckConstraints.Add(new AddCheckConstraintOperation { Name = table.CheckName(column), Table = table.Name, Schema = schema, Sql = check });
            }
        }

        return operation;
    }

    private static Type ClrType(KeyColumnType type) => type switch
    {
        KeyColumnType.Id or KeyColumnType.Text => typeof(string),
        KeyColumnType.Bytes => typeof(byte[]),
        KeyColumnType.Int => typeof(int),
        KeyColumnType.Long => typeof(long),
        KeyColumnType.Time => typeof(DateTimeOffset),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown column type."),
    };

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
