using System.Data.Common;
using System.Text;
using ColumnCrypt.TestSupport;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Support;

/// <summary>An empty database of a kind, gone when disposed. Raw access goes past Entity Framework.</summary>
public sealed class TestDatabase : IDisposable
{
    private readonly TempFolder? _folder;
    private readonly string _connectionString;

    public TestDatabase(DatabaseKind kind = DatabaseKind.Sqlite)
    {
        Kind = kind;
        if (kind == DatabaseKind.Sqlite)
        {
            _folder = new TempFolder();
            _connectionString = $"Data Source={_folder.File("app.db")};Pooling=False";
        }
        else
        {
            _connectionString = PostgreSqlServer.Shared.CreateDatabase();
        }
    }

    public DatabaseKind Kind { get; }

    public DbContextOptionsBuilder Configure(DbContextOptionsBuilder builder) =>
        Kind == DatabaseKind.Sqlite ? builder.UseSqlite(_connectionString) : builder.UseNpgsql(_connectionString);

    public DbConnection Connect()
    {
        DbConnection connection = Kind == DatabaseKind.Sqlite ? new SqliteConnection(_connectionString) : new NpgsqlConnection(_connectionString);
        connection.Open();
        return connection;
    }

    public object? Scalar(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    public int Execute(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }

    /// <summary>Everything that the database holds, as bytes: SQLite's files, or every value of every table of PostgreSQL.</summary>
    public byte[] Everything()
    {
        if (_folder is not null)
        {
            return [.. Directory.GetFiles(_folder.Path).SelectMany(File.ReadAllBytes)];
        }

        using var bytes = new MemoryStream();
        foreach (string table in Column("SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables WHERE table_schema = 'public'"))
        {
            using var connection = Connect();
            using var command = connection.CreateCommand();
            command.CommandText = $"SELECT * FROM {table}";
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                for (var i = 0; i < reader.FieldCount; i++)
                {
                    bytes.Write(reader.GetValue(i) switch
                    {
                        byte[] raw => raw,
                        var other => Encoding.UTF8.GetBytes(Convert.ToString(other, System.Globalization.CultureInfo.InvariantCulture) ?? ""),
                    });
                }
            }
        }

        return bytes.ToArray();
    }

    public void Dispose() => _folder?.Dispose();

    private List<string> Column(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        List<string> values = [];
        while (reader.Read())
        {
            values.Add(reader.GetString(0));
        }

        return values;
    }
}
