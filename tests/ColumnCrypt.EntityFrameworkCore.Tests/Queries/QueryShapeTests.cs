using System.Collections;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ColumnCrypt.EntityFrameworkCore.Tests.Search;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Queries;

// Must hold 2
public class QueryShapeTests
{
    private static readonly JsonSerializerOptions s_json = new() { ReferenceHandler = ReferenceHandler.IgnoreCycles };

    [Fact]
    public async Task Query_OfEveryShape_IsRightOrRefusedAsDocumented()
    {
        var documented = new StringBuilder();
        documented.Append(
            """
            # Which queries work on encrypted properties

            Written by the tests, which run every line on SQLite and on PostgreSQL and compare the answer with LINQ to Objects.
            `First`, `Last`, `Email`, `Age`, `Score`, `Born`, `Active`, `Street`, `Name` and `Note` are encrypted; `Id`, `City`, `Zip`, `Day` and the keys are not.
            **works**: the answer is right. **refused**: `EncryptedQueryException` when the query is compiled, before anything is sent.
            **not EF**: Entity Framework itself cannot translate the query, encrypted or not.

            """);
        await using var sqlite = await Runner.StartAsync(DatabaseKind.Sqlite);
        await using var postgreSql = await Runner.StartAsync(DatabaseKind.PostgreSql);
        List<string> wrong = [];
        foreach (var group in Shapes.All.GroupBy(static s => s.Group))
        {
            documented.Append($"\n## {group.Key}\n\n| query | SQLite | PostgreSQL |\n|---|---|---|\n");
            foreach (var shape in group)
            {
                string[] outcomes = [sqlite.Outcome(shape), postgreSql.Outcome(shape)];
                wrong.AddRange(outcomes.Where(static o => o.StartsWith("WRONG", StringComparison.Ordinal)).Select(o => $"{shape.Code}: {o}"));
                documented.Append($"| `{shape.Code.Replace("|", "\\|", StringComparison.Ordinal)}` | {outcomes[0]} | {outcomes[1]} |\n");
            }
        }

        documented.Append(
            """

            # Which queries look into blind indexes

            Every line is run on both databases, tracked, untracked and split, for two tenants in the same tables. `Name`, `Email`, `Age`, `Score`, `Token`,
            `Born`, `Rank`, `Title` and `Second` have a `[BlindIndex]`; that of `Nick` is case-insensitive, that of `Code` keeps three bits; `Card` and `Work` have
            indexes of parts; `Note` has none. `Story` has a `[TextIndex]` of beginnings of 2 to 5 characters and of words, `Tag` one that keeps three bits, `Alias` a
            case-insensitive one. `Points`, `Balance`, `Joined`, `Seen`, `Wakes` and `Level` have a `[RangeIndex]`; that of `Joined` has 300 buckets, more than a query may ask
            for. What the length of a value, or the number of buckets, decides is refused when the query is run. Beside these lines, the tests combine eight conditions with and, or and not, and end them in six ways; all of those work.

            """);
        await using var indexedSqlite = await Library.OpenAsync(DatabaseKind.Sqlite);
        await using var indexedPostgreSql = await Library.OpenAsync(DatabaseKind.PostgreSql);
        foreach (var group in LibraryShapes.All.GroupBy(static s => s.Group))
        {
            documented.Append($"\n## {group.Key}\n\n| query | SQLite | PostgreSQL |\n|---|---|---|\n");
            foreach (var shape in group)
            {
                string[] outcomes = [indexedSqlite.Outcome(shape), indexedPostgreSql.Outcome(shape)];
                wrong.AddRange(outcomes.Where(static o => o.StartsWith("WRONG", StringComparison.Ordinal)).Select(o => $"{shape.Code}: {o}"));
                documented.Append($"| `{shape.Code.Replace("|", "\\|", StringComparison.Ordinal)}` | {outcomes[0]} | {outcomes[1]} |\n");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(Shapes.All.Count >= 60);
        Assert.True(LibraryShapes.All.Count >= 150, $"{LibraryShapes.All.Count} shapes.");
        Assert.True(documented.ToString().Split("| works |").Length > 50, "The shapes that work must not have become refused.");
        DocumentedFile.Check("queries.md", documented.ToString());
    }

    private sealed class Runner(TestDatabase database, ColumnCrypt.Configuration.ColumnCryptInstance keys) : IAsyncDisposable
    {
        private readonly List<Person> _people = Rows.Sample();

        public static async Task<Runner> StartAsync(DatabaseKind kind)
        {
            var runner = new Runner(new TestDatabase(kind), TestKeys.InMemory());
            await using var db = runner.Open();
            await db.Database.EnsureCreatedAsync();
            db.AddRange(Rows.Sample());
            await db.SaveChangesAsync();
            return runner;
        }

        public string Outcome(Shape shape)
        {
            string expected;
            try
            {
                expected = Text(shape.Run(Rows.InMemory(_people)));
            }
            catch (NullReferenceException)
            {
                expected = "null";
            }
            catch (InvalidOperationException)
            {
                // EF.Functions has no meaning in memory: such a shape can only be refused.
                expected = "no answer";
            }

            try
            {
                using var db = Open();
                string actual = Text(shape.Run(Rows.InDatabase(db)));
                return actual == expected ? "works" : $"WRONG {actual} instead of {expected}";
            }
            catch (EncryptedQueryException)
            {
                return "refused";
            }
            catch (InvalidOperationException error) when (error.Message.Contains("could not be translated", StringComparison.Ordinal))
            {
                return "not EF";
            }
            catch (Exception error)
            {
                return $"WRONG {error.GetType().Name}: {error.Message}";
            }
        }

        public async ValueTask DisposeAsync()
        {
            await keys.DisposeAsync();
            database.Dispose();
        }

        private ShapeContext Open()
        {
            var options = new DbContextOptionsBuilder<ShapeContext>();
            database.Configure(options);
            options.UseColumnCrypt(keys);
            return new ShapeContext(options.Options);
        }

        /// <summary>An answer as text; the order of rows does not count, because databases promise none for most shapes.</summary>
        private static string Text(object? answer) => answer is IEnumerable rows and not string
            ? string.Join("; ", rows.Cast<object?>().Select(One).Order(StringComparer.Ordinal))
            : One(answer);

        private static string One(object? row) => row is Person person
            ? $"{person.Id} {person.First} {person.Last} {person.Email ?? "-"} {person.Age} {person.Born:O} {person.Active} {person.Home.Street}"
            : JsonSerializer.Serialize(row, s_json);
    }
}
