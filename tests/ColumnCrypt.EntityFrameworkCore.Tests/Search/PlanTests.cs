using System.Data.Common;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

// Issue 4, Must hold 2: what the database does with a lookup.
public class PlanTests
{
    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Lookup_OfEveryForm_UsesTheDatabasesIndex(DatabaseKind kind)
    {
        await using var library = await Library.OpenAsync(kind);
        await using var db = library.As("a");
        string name = "Ann";
        string?[] emails = ["bob@x.org", "x"];
        string start = "Anna";
        string words = "home Anna";
        (string Index, IQueryable<Member> Query)[] lookups =
        [
            ("IX_Members_Name_bi", db.Members.IgnoreQueryFilters().Where(m => m.Name == name)),
            ("IX_Members_Email_bi", db.Members.IgnoreQueryFilters().Where(m => emails.Contains(m.Email))),
            ("IX_Members_Age_bi", db.Members.IgnoreQueryFilters().Where(m => m.Age == 10)),
            ("IX_Members_Nick_bi", db.Members.IgnoreQueryFilters().Where(m => EF.Functions.IndexMatches(m.Nick, name))),
            ("IX_Members_Card_last4", db.Members.IgnoreQueryFilters().Where(m => EF.Functions.HasLastFour(m.Card, "3333"))),
            (TokensOf(kind), db.Members.IgnoreQueryFilters().Where(m => m.Story!.StartsWith(start))),
            (TokensOf(kind), db.Members.IgnoreQueryFilters().Where(m => EF.Functions.MatchesWords(m.Story, words))),
            ("IX_Members_Points_range", db.Members.IgnoreQueryFilters().Where(m => m.Points > 9)),
            ("IX_Members_Joined_range", db.Members.IgnoreQueryFilters().Where(m => m.Joined >= new DateOnly(2000, 1, 1) && m.Joined < new DateOnly(2000, 3, 1))),
            ("IX_Members_Points_range", db.Members.IgnoreQueryFilters().Where(m => EF.Functions.InRange(m.Points, null, 5))),
            ("IX_Members_Born_year", db.Members.IgnoreQueryFilters().Where(m => EF.Functions.HasYear(m.Born, 1990))),
        ];
        foreach (var (index, query) in lookups)
        {
            string plan = Explain(library.Database, await CommandOf(library, query));
            Assert.Contains(index, plan, StringComparison.Ordinal);

            // A lookup among tokens starts from them: the rows are then found by their key.
            Assert.DoesNotContain("SCAN m", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
        }
    }

    private static string TokensOf(DatabaseKind kind) => kind == DatabaseKind.Sqlite ? "USING COVERING INDEX sqlite_autoindex_Members_Story_tokens_1 (token=?)" : "PK_Members_Story_tokens";

    [Fact]
    public async Task UniqueIndex_WithATenantProperty_ServesALookupByValueAlone()
    {
        await using var shop = await Shop.OpenAsync(DatabaseKind.Sqlite);
        Assert.Contains(
            "IX_Customer_Ssn_bi_TenantId",
            Explain(shop.Database, ("SELECT 1 FROM \"Customer\" WHERE \"Ssn_bi\" = X'00'", [])),
            StringComparison.Ordinal);
    }

    /// <summary>The SQL that a query sends, with its parameters.</summary>
    private static async Task<(string Sql, List<DbParameter> Parameters)> CommandOf(Library library, IQueryable<Member> query)
    {
        using var log = new CommandListener();
        await query.AsNoTracking().ToListAsync();
        return log.Last ?? throw new InvalidOperationException("No command was seen.");
    }

    private static string Explain(TestDatabase database, (string Sql, List<DbParameter> Parameters) sent)
    {
        using var connection = database.Connect();
        if (database.Kind == DatabaseKind.PostgreSql)
        {
            using var settings = connection.CreateCommand();
            settings.CommandText = "SET enable_seqscan = off";
            settings.ExecuteNonQuery();
        }

        using var command = connection.CreateCommand();
        command.CommandText = (database.Kind == DatabaseKind.Sqlite ? "EXPLAIN QUERY PLAN " : "EXPLAIN ") + sent.Sql;
        foreach (var parameter in sent.Parameters)
        {
            var copy = command.CreateParameter();
            (copy.ParameterName, copy.Value) = (parameter.ParameterName, parameter.Value);
            command.Parameters.Add(copy);
        }

        using var reader = command.ExecuteReader();
        List<string> lines = [];
        while (reader.Read())
        {
            lines.Add(string.Join(' ', Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetValue(i))));
        }

        return string.Join('\n', lines);
    }
}
