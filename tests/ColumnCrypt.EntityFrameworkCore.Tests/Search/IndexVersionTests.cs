using ColumnCrypt.EntityFrameworkCore.Indexes;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

// SPEC-IDX-10. Issue 4, "Index life": expand, dual write, fill, verify, retire, contract. A unique index goes to another version without downtime: both
// are written, and both hold what is unique.
public class IndexVersionTests
{
    private const string AllFilled = "\"Code_bi\" IS NOT NULL AND \"Code_bi_v2\" IS NOT NULL";

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Versions_BesideEachOther_AreAllWritten_AndHoldWhatIsUnique(DatabaseKind kind)
    {
        await using var school = await School.OpenAsync(kind);
        await school.AddAsync(School.Both, "a", 1, 2);
        await using var db = school.As(School.Both, "a");
        Assert.Equal(2, school.Count(AllFilled));
        Assert.Equal(0, school.Count("\"Code_bi\" = \"Code_bi_v2\""));

        var before = school.Database.Scalar("SELECT \"Code_bi_v2\" FROM \"Pupil\" WHERE \"Id\" = 1");
        await db.Set<Pupil>().Where(static p => p.Id == 1).ExecuteUpdateAsync(static s => s.SetProperty(static p => p.Code, "other"));
        Assert.NotEqual(before, school.Database.Scalar("SELECT \"Code_bi_v2\" FROM \"Pupil\" WHERE \"Id\" = 1"));
        foreach (Action<ModelBuilder> model in (Action<ModelBuilder>[])[School.Old, School.Both, School.Retiring, School.New])
        {
            await using var asker = school.As(model, "a");
            Assert.Equal(1, (await asker.Set<Pupil>().SingleAsync(static p => p.Code == "other")).Id);
            asker.Add(new Pupil { School = "a", Id = 9, Code = "code 2" });
            await Assert.ThrowsAsync<DbUpdateException>(() => asker.SaveChangesAsync());
        }

        await db.Set<Pupil>().ExecuteUpdateAsync(static s => s.SetProperty(static p => p.Code, (string?)null));
        Assert.Equal(2, school.Count("\"Code_bi\" IS NULL AND \"Code_bi_v2\" IS NULL"));
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Lookup_AsksTheOlderVersion_UntilItRetires(DatabaseKind kind)
    {
        await using var school = await School.OpenAsync(kind);
        await school.AddAsync(School.Old, "a", 1, 3);
        Assert.Equal(1, await FoundAsync(School.Both));
        Assert.Equal(0, await FoundAsync(School.Retiring));
        await using (var db = school.As(School.Both, null))
        {
            Assert.Equal(3, (await db.Database.FillBlindIndexesAsync()).Filled);
        }

        await school.AddAsync(School.Retiring, "a", 4, 1);
        Assert.Equal(4, school.Count(AllFilled));
        foreach (Action<ModelBuilder> model in (Action<ModelBuilder>[])[School.Old, School.Both, School.Retiring, School.New])
        {
            Assert.Equal(1, await FoundAsync(model));
        }

        async Task<int> FoundAsync(Action<ModelBuilder> model)
        {
            await using var db = school.As(model, "a");
            string code = "code 2";
            return await db.Set<Pupil>().CountAsync(p => p.Code == code);
        }
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Fill_FillsEveryTenantsRows_AndReportsThoseItCannot(DatabaseKind kind)
    {
        await using var school = await School.OpenAsync(kind);
        foreach (string tenant in (string[])["a", "b", "gone"])
        {
            await school.AddAsync(School.Old, tenant, 1, 50);
        }

        await school.AddAsync(School.Both, "b", 51, 50);
        await using (var old = school.As(School.Old, "a"))
        {
            old.AddRange(Enumerable.Range(51, 5).Select(static id => new Pupil { School = "a", Id = id }));
            await old.SaveChangesAsync();
        }

        // Row 7 was cut. Row 9 holds what row 8 holds, and its old index was lost.
        school.Database.Execute("UPDATE \"Pupil\" SET \"Code\" = substr(\"Code\", 1, 20) WHERE \"School\" = 'a' AND \"Id\" = 7");
        school.Database.Execute("UPDATE \"Pupil\" SET \"Code\" = (SELECT \"Code\" FROM \"Pupil\" o WHERE o.\"School\" = 'a' AND o.\"Id\" = 8), \"Code_bi\" = NULL WHERE \"School\" = 'a' AND \"Id\" = 9");
        await school.Keys.Keys.ShredNowAsync("gone");

        await using var db = school.As(School.Both, null);
        var reports = new Reports();
        var result = await db.Database.FillBlindIndexesAsync(new BlindIndexFillOptions { BatchSize = 16 }, reports);
        Assert.Equal((205, 98, 0, 50, 2), (result.Processed, result.Filled, result.Changed, result.Shredded, result.Failed));
        Assert.Equal(["School=a, Id=7", "School=a, Id=9"], result.Failures.Select(static f => f.Key));
        Assert.Contains("20 bytes", result.Failures[0].Reason, StringComparison.Ordinal);
        Assert.Contains("the row School=a, Id=8 holds an equal value", result.Failures[1].Reason, StringComparison.Ordinal);
        Assert.All(result.Failures, static f => Assert.DoesNotContain("code 8", f.Reason, StringComparison.Ordinal));
        Assert.Equal(148, school.Count(AllFilled));
        Assert.Equal(new BlindIndexProgress("Pupil", "Code", 205, 98, 2), reports[^1]);
        Assert.Equal(13, reports.Count);

        var states = await db.Database.VerifyBlindIndexesAsync();
        Assert.Equal(
            [new BlindIndexState(null, "Pupil", "Code_bi", 1, 0, 1), new BlindIndexState(null, "Pupil", "Code_bi_v2", 1, 0, 1)],
            states.OrderBy(static s => s.Column, StringComparer.Ordinal));

        school.Database.Execute("DELETE FROM \"Pupil\" WHERE \"School\" = 'a' AND \"Id\" IN (7, 9)");
        Assert.Equal(0, (await db.Database.FillBlindIndexesAsync()).Filled);
        Assert.All(await db.Database.VerifyBlindIndexesAsync(new BlindIndexFillOptions { Recheck = true }), static s => Assert.True(s.IsComplete));
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Recheck_CorrectsWhatAnOldInstanceLeftStale(DatabaseKind kind)
    {
        await using var school = await School.OpenAsync(kind);
        await school.AddAsync(School.Both, "a", 1, 3);
        await using (var old = school.As(School.Old, "a"))
        {
            (await old.Set<Pupil>().SingleAsync(static p => p.Id == 2)).Code = "moved on";
            await old.SaveChangesAsync();
        }

        await using var db = school.As(School.Both, null);
        var recheck = new BlindIndexFillOptions { Recheck = true };
        Assert.Equal([0, 1], (await db.Database.VerifyBlindIndexesAsync(recheck)).OrderBy(static s => s.Column, StringComparer.Ordinal).Select(static s => s.Wrong));
        Assert.Equal(0, (await db.Database.FillBlindIndexesAsync()).Filled);
        Assert.Equal(1, (await db.Database.FillBlindIndexesAsync(recheck)).Filled);
        Assert.All(await db.Database.VerifyBlindIndexesAsync(recheck), static s => Assert.True(s.IsComplete));
        await using var asker = school.As(School.New, "a");
        Assert.Equal(2, (await asker.Set<Pupil>().SingleAsync(static p => p.Code == "moved on")).Id);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Recheck_ClearsWhatHasOutlivedItsValue(DatabaseKind kind)
    {
        await using var school = await School.OpenAsync(kind);
        await school.AddAsync(School.Both, "a", 1, 3);
        await using (var old = school.As(School.Old, "a"))
        {
            (await old.Set<Pupil>().SingleAsync(static p => p.Id == 2)).Code = null;
            await old.SaveChangesAsync();
        }

        await using var db = school.As(School.Both, null);
        var recheck = new BlindIndexFillOptions { Recheck = true };
        Assert.Equal([0, 1], (await db.Database.VerifyBlindIndexesAsync(recheck)).OrderBy(static s => s.Column, StringComparer.Ordinal).Select(static s => s.Wrong));
        Assert.Equal(0, (await db.Database.FillBlindIndexesAsync()).Filled);
        Assert.Equal(1, (await db.Database.FillBlindIndexesAsync(recheck)).Filled);
        Assert.All(await db.Database.VerifyBlindIndexesAsync(recheck), static s => Assert.True(s.IsComplete));

        // The value that is gone is free again, and the row is found by null.
        await school.AddAsync(School.New, "a", 4, 1);
        await using var asker = school.As(School.New, "a");
        (await asker.Set<Pupil>().SingleAsync(static p => p.Id == 4)).Code = "code 2";
        await asker.SaveChangesAsync();
        string? none = null;
        Assert.Equal(2, (await asker.Set<Pupil>().SingleAsync(p => p.Code == none)).Id);
    }

    [Fact]
    public async Task Migrations_OfTheSteps_TouchTheIndexColumnsAlone()
    {
        await using var school = await School.OpenAsync(DatabaseKind.PostgreSql);
        Assert.Equal(
            ["ALTER TABLE \"Pupil\" ADD \"Code_bi_v2\" bytea;", "CREATE UNIQUE INDEX \"IX_Pupil_Code_bi_v2_School\" ON \"Pupil\" (\"Code_bi_v2\", \"School\");"],
            Between(School.Old, School.Both));
        Assert.Empty(Between(School.Both, School.Retiring));
        Assert.Equal(
            ["DROP INDEX \"IX_Pupil_Code_bi_School\";", "ALTER TABLE \"Pupil\" DROP COLUMN \"Code_bi\";"],
            Between(School.Retiring, School.New));

        List<string> Between(Action<ModelBuilder> before, Action<ModelBuilder> after)
        {
            using var old = school.As(before, "a");
            using var db = school.As(after, "a");
            var to = db.GetService<IDesignTimeModel>().Model;
            var steps = db.GetService<IMigrationsModelDiffer>().GetDifferences(old.GetService<IDesignTimeModel>().Model.GetRelationalModel(), to.GetRelationalModel());
            return [.. db.GetService<IMigrationsSqlGenerator>().Generate(steps, to).Select(static command => command.CommandText.Trim())];
        }
    }

    [Fact]
    public async Task Verify_WhereAValueHasNothingToIndex_IsComplete()
    {
        await using var school = await School.OpenAsync(DatabaseKind.Sqlite, Parts);
        await using var db = school.As(Parts, "a");
        db.AddRange(new Pupil { School = "a", Id = 1, Code = "ab" }, new Pupil { School = "a", Id = 2, Code = "abcd" });
        await db.SaveChangesAsync();
        Assert.Equal(1, school.Count("\"Code_last4\" IS NULL"));
        Assert.All(await db.Database.VerifyBlindIndexesAsync(), static s => Assert.True(s.IsComplete));
        school.Database.Execute("UPDATE \"Pupil\" SET \"Code_last4\" = NULL");
        Assert.Equal(1, Assert.Single(await db.Database.VerifyBlindIndexesAsync()).Missing);
        Assert.Equal(1, (await db.Database.FillBlindIndexesAsync()).Filled);
        Assert.Equal(1, await db.Set<Pupil>().CountAsync(static p => EF.Functions.HasLastFour(p.Code, "abcd")));

        static void Parts(ModelBuilder m) => School.Pupils(m, static p => p.HasBlindIndex(BlindIndexPart.LastFour));
    }

    [Fact]
    public async Task Fill_LeavesTheContextsTenantAlone_AndIsRefusedInATransaction()
    {
        await using var school = await School.OpenAsync(DatabaseKind.Sqlite);
        await school.AddAsync(School.Old, "a", 1, 3);
        await school.AddAsync(School.Old, "b", 1, 3);
        await using var db = school.As(School.Both, "a");
        await using (await db.Database.BeginTransactionAsync())
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => db.Database.FillBlindIndexesAsync());
        }

        Assert.Equal(6, (await db.Database.FillBlindIndexesAsync(new BlindIndexFillOptions { MaxPerSecond = 1_000 })).Filled);
        Assert.Equal(1, await db.Set<Pupil>().CountAsync(static p => p.Code == "code 2"));
        db.Add(new Pupil { School = "a", Id = 4, Code = "code 4" });
        await db.SaveChangesAsync();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => db.Database.FillBlindIndexesAsync(new BlindIndexFillOptions { BatchSize = 0 }));
    }

    [Fact]
    public async Task Lookup_WhereOnlyTheNewVersionIsExact_IsRefusedUntilTheOldOneRetires()
    {
        await using var school = await School.OpenAsync(DatabaseKind.Sqlite, Loose);
        await using var db = school.As(Loose, "a");
        await Assert.ThrowsAsync<EncryptedQueryException>(() => db.Set<Pupil>().CountAsync(static p => p.Code != "x"));
        await using var later = school.As(Exact, "a");
        Assert.Equal(0, await later.Set<Pupil>().CountAsync(static p => p.Code != "x"));

        static void Loose(ModelBuilder m) => Change(m, false);
        static void Exact(ModelBuilder m) => Change(m, true);
        static void Change(ModelBuilder m, bool retiring) => School.Pupils(m, p =>
        {
            p.HasBlindIndex().HasNormaliser(BlindIndexNormaliser.CaseInsensitive).IsRetiring(retiring);
            p.HasBlindIndex().HasVersion(2).HasNormaliser(BlindIndexNormaliser.None);
        });
    }

    private sealed class Reports : List<BlindIndexProgress>, IProgress<BlindIndexProgress>
    {
        public void Report(BlindIndexProgress value) => Add(value);
    }
}
