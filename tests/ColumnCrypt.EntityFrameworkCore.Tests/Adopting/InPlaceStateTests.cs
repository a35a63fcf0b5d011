using System.Globalization;
using System.Linq.Expressions;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Manifest;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>What the version that adopts in place writes, reads and asks in each state. Rows are told apart by their visits.</summary>
public class InPlaceStateTests
{
    // Of the way back both halves: a state that not every node knows yet, and one that all do.
    public static TheoryData<DatabaseKind, AdoptionState, bool> States => new(
        (DatabaseKind.Sqlite, AdoptionState.Dual, false),
        (DatabaseKind.Sqlite, AdoptionState.Encrypted, false),
        (DatabaseKind.Sqlite, AdoptionState.Returning, false),
        (DatabaseKind.Sqlite, AdoptionState.Returning, true),
        (DatabaseKind.Sqlite, AdoptionState.Returned, false),
        (DatabaseKind.PostgreSql, AdoptionState.Dual, false),
        (DatabaseKind.PostgreSql, AdoptionState.Encrypted, false),
        (DatabaseKind.PostgreSql, AdoptionState.Returned, false));

    public static TheoryData<DatabaseKind, AdoptionState> Mixed => new(
        (DatabaseKind.Sqlite, AdoptionState.None),
        (DatabaseKind.Sqlite, AdoptionState.Dual),
        (DatabaseKind.Sqlite, AdoptionState.Returning),
        (DatabaseKind.Sqlite, AdoptionState.Returned),
        (DatabaseKind.PostgreSql, AdoptionState.None),
        (DatabaseKind.PostgreSql, AdoptionState.Dual),
        (DatabaseKind.PostgreSql, AdoptionState.Returned));

    public static TheoryData<DatabaseKind, AdoptionState> Every
    {
        get
        {
            var every = new TheoryData<DatabaseKind, AdoptionState>((DatabaseKind.Sqlite, AdoptionState.Encrypted), (DatabaseKind.PostgreSql, AdoptionState.Encrypted));
            every.AddRange([.. Mixed]);
            return every;
        }
    }

    // SPEC-ADOPT-4
    [Theory]
    [MemberData(nameof(States))]
    public async Task Save_InAState_WritesWhatItSays(DatabaseKind kind, AdoptionState state, bool isInForce)
    {
        using var firm = await FirmIn(kind, state, isInForce);
        bool plain = state == AdoptionState.Returned || (state == AdoptionState.Returning && isInForce);
        await using (var db = firm.Adopting())
        {
            db.Add(new Employee { Name = "added", Ssn = "111-1", Note = "noted", Visits = 9 });
            await db.SaveChangesAsync();
            AssertHolds(firm, plain, "111-1", "noted");

            // A part of an attached entity, null, and a property that a save leaves alone.
            int id = (await db.Set<Employee>().AsNoTracking().SingleAsync(e => e.Visits == 9)).Id;
            db.ChangeTracker.Clear();
            var stub = db.Attach(new Employee { Id = id, Visits = 9 });
            stub.Property(e => e.Note).CurrentValue = "stub";
            db.SaveChanges();
            AssertHolds(firm, plain, "111-1", "stub");
            stub.Property(e => e.Note).CurrentValue = null;
            stub.Entity.Salary = 5;
            await db.SaveChangesAsync();
            Assert.Equal(1L, Convert.ToInt64(firm.Database.Scalar("SELECT count(*) FROM employees WHERE visits = 9 AND note IS NULL AND note_bi IS NULL AND ssn_bi IS NOT NULL"), CultureInfo.InvariantCulture));
        }

        await using (var db = firm.Adopting())
        {
            var read = await db.Set<Employee>().SingleAsync(e => e.Visits == 9);
            Assert.Equal(("added", "111-1", null, 5), (read.Name, read.Ssn, read.Note, read.Salary));
            Assert.False(db.ChangeTracker.HasChanges());
        }
    }

    [Theory]
    [MemberData(nameof(Every))]
    public async Task Read_InAState_GivesTheValuesOnEveryWay(DatabaseKind kind, AdoptionState state)
    {
        using var firm = await FirmWithRowsIn(kind, state);
        await using var db = firm.Adopting();
        var employees = db.Set<Employee>();
        string[] right = ["a-1", "a-2", "a-9", "a-1", "a-5", "CC1:6"];
        Assert.Equal(right, (await employees.AsNoTracking().OrderBy(e => e.Visits).ToListAsync()).Select(e => e.Ssn));
        Assert.Equal(right, employees.OrderBy(e => e.Visits).Select(e => e.Ssn).ToList());
        Assert.Equal(["one", "two", "", null, "five", "six"], await employees.OrderBy(e => e.Visits).Select(e => e.Note).ToListAsync());
        Assert.Equal(["a-1/one", "a-2/two"], await employees.OrderBy(e => e.Visits).Select(e => e.Ssn + "/" + (e.Note ?? "none")).Take(2).ToListAsync());
        var projected = await employees.OrderByDescending(e => e.Visits).Select(e => new { e.Id, e.Ssn, Nested = new { e.Name }, e }).FirstAsync();
        Assert.Equal(("CC1:6", "n6", "CC1:6"), (projected.Ssn, projected.Nested.Name, projected.e.Ssn));
        Assert.Equal(["a-2"], await db.Set<Leave>().Select(l => l.Employee!.Ssn).ToListAsync());
        Assert.Equal("a-2", (await db.Set<Leave>().AsNoTracking().Include(l => l.Employee).SingleAsync()).Employee!.Ssn);
        Assert.Equal(right, (await employees.AsNoTracking().Include(e => e.Leaves).AsSplitQuery().OrderBy(e => e.Visits).ToListAsync()).Select(e => e.Ssn));
        Assert.Equal(right, (await employees.FromSqlRaw("SELECT * FROM employees").AsNoTracking().OrderBy(e => e.Visits).ToListAsync()).Select(e => e.Ssn));
        Assert.Equal(["a-2"], await db.Set<Leave>().Join(employees, l => l.EmployeeId, e => e.Id, (l, e) => e.Ssn).ToListAsync());
        var second = await employees.SingleAsync(e => e.Visits == 2);
        Assert.Equal("a-2", (await db.Entry(second).GetDatabaseValuesAsync())![nameof(Employee.Ssn)]);
        second.Ssn = "changed";
        await db.Entry(second).ReloadAsync();
        Assert.Equal("a-2", second.Ssn);
        db.ChangeTracker.Clear();
        Assert.Equal("a-2", (await employees.FindAsync(second.Id))!.Ssn);
    }

    [Theory]
    [MemberData(nameof(Every))]
    public async Task Predicate_InAState_FindsWhatLinqToObjectsFinds(DatabaseKind kind, AdoptionState state)
    {
        using var firm = await FirmWithRowsIn(kind, state);
        await using var db = firm.Adopting();
        var all = await db.Set<Employee>().AsNoTracking().ToListAsync();
        string moved = firm.Database.Scalar("SELECT ssn FROM employees WHERE visits = 1")!.ToString()!;
        string? nothing = null;
        foreach (string ssn in (string[])["a-1", "a-2", "a-3", "a-9", "CC1:6", "cc1:6", "A-1", "", moved, "' OR 1=1 --"])
        {
            string[] some = [ssn, "a-5"];
            List<string?> list = [ssn, null];
            HashSet<string> set = [ssn, "none"];
            Check(e => e.Ssn == ssn);
            Check(e => ssn == e.Ssn);
            Check(e => e.Ssn != ssn);
            Check(e => e.Ssn.Equals(ssn));
            Check(e => string.Equals(e.Ssn, ssn));
            Check(e => e.Ssn.Equals(ssn, StringComparison.Ordinal));
            Check(e => !(e.Ssn == ssn));
            Check(e => e.Ssn == ssn && e.Note != null);
            Check(e => e.Ssn == ssn || e.Visits > 4);
            Check(e => e.Ssn != ssn && e.Note == "one");
            Check(e => some.Contains(e.Ssn));
            Check(e => !some.Contains(e.Ssn));
            Check(e => list.Contains(e.Note));
            Check(e => !list.Contains(e.Note));
            Check(e => set.Contains(e.Ssn));
            Check(e => new[] { ssn, "a-9" }.Contains(e.Ssn));
            Check(e => some.Any(s => s == e.Ssn));
            Assert.Equal(all.Count(e => e.Ssn == ssn), db.Set<Employee>().Count(e => EF.Constant(ssn) == e.Ssn));
        }

        foreach (string? note in (string?[])["one", "two", "", "five", "six", "none", null])
        {
            Check(e => e.Note == note);
            Check(e => e.Note != note);
            Check(e => !(e.Note == note) && e.Visits < 5);
            Check(e => Equals(e.Note, note));
        }

        Check(e => e.Note == null);
        Check(e => e.Note != null);
        Check(e => e.Note == nothing);
        Check(e => e.Note == "");
        Check(e => e.Ssn == "a-1");
        Check(e => e.Ssn != "a-1" && e.Ssn != "a-2");
        Check(e => new List<string>().Contains(e.Ssn));

        string asked = "a-2";
        var employees = db.Set<Employee>().AsNoTracking();
        Assert.Equal([2], await employees.Where(e => e.Ssn == asked).Select(e => e.Visits).ToListAsync());
        Assert.Equal(2, (await employees.SingleAsync(e => e.Ssn == asked)).Visits);
        Assert.Equal(2, await employees.CountAsync(e => e.Ssn == "a-1"));
        Assert.True(await employees.AnyAsync(e => e.Ssn == asked));
        Assert.False(await employees.AllAsync(e => e.Ssn == asked));
        Assert.Equal(1, await db.Set<Leave>().CountAsync(l => l.Employee!.Ssn == asked));
        Assert.Equal(["sun"], await employees.Where(e => e.Ssn == asked).SelectMany(e => e.Leaves).Select(l => l.Reason).ToListAsync());
        Assert.Equal([1, 4], await employees.OrderBy(e => e.Visits).Take(4).Where(e => e.Ssn == "a-1").Select(e => e.Visits).ToListAsync());
        Assert.Equal([false, true, false, false, false, false], await employees.OrderBy(e => e.Visits).Select(e => e.Ssn == asked).ToListAsync());
        Assert.Equal([2, 5], await employees.Where(e => e.Ssn == asked).Select(e => e.Visits).Union(employees.Where(e => e.Ssn == "a-5").Select(e => e.Visits)).OrderBy(v => v).ToListAsync());

        void Check(Expression<Func<Employee, bool>> predicate)
        {
            var expected = all.Where(predicate.Compile()).Select(e => e.Visits).Order();
            Assert.Equal(expected, db.Set<Employee>().AsNoTracking().Where(predicate).AsEnumerable().Select(e => e.Visits).Order());
            Assert.Equal(expected.Count(), db.Set<Employee>().Count(predicate));
        }
    }

    [Theory]
    [MemberData(nameof(Mixed))]
    public async Task Predicate_ThatMixedRowsCannotAnswer_IsRefused(DatabaseKind kind, AdoptionState state)
    {
        using var firm = await FirmWithRowsIn(kind, state);
        await using var db = firm.Adopting();
        var employees = db.Set<Employee>().AsNoTracking();
        string ssn = "a-1";
        foreach (var query in new Func<Task>[]
        {
            () => employees.Where(e => e.Name == "n1").ToListAsync(),
            () => employees.Where(e => new[] { "n1" }.Contains(e.Name)).ToListAsync(),
            () => employees.OrderBy(e => e.Ssn).ToListAsync(),
            () => employees.Where(e => e.Ssn.StartsWith("a")).ToListAsync(),
            () => employees.Where(e => e.Ssn.Contains("a")).ToListAsync(),
            () => employees.Where(e => e.Ssn.ToLower() == ssn).ToListAsync(),
            () => employees.Where(e => EF.Functions.Like(e.Ssn, "a%")).ToListAsync(),
            () => employees.Where(e => EF.Functions.IndexMatches(e.Ssn, ssn)).ToListAsync(),
            () => employees.Where(e => e.Ssn == e.Note).ToListAsync(),
            () => employees.Where(e => e.Ssn == (e.Visits > 1 ? "a-1" : "a-2")).ToListAsync(),
            () => employees.Where(e => new[] { e.Note, "a-1" }.Contains(e.Ssn)).ToListAsync(),
            () => employees.Where(e => employees.Where(o => o.Visits == 1).Select(o => o.Ssn).Contains(e.Ssn)).ToListAsync(),
            () => employees.Select(e => e.Ssn).ContainsAsync(ssn),
            () => employees.Join(employees, e => e.Ssn, e => e.Ssn, (a, b) => a.Visits).ToListAsync(),
            () => employees.Select(e => e.Ssn).Distinct().ToListAsync(),
            () => employees.GroupBy(e => e.Ssn).Select(g => g.Count()).ToListAsync(),
            () => employees.MaxAsync(e => e.Ssn),
            () => db.Set<Employee>().ExecuteUpdateAsync(s => s.SetProperty(e => e.Note, e => e.Ssn)),
            () => db.Set<Employee>().ExecuteUpdateAsync(s => s.SetProperty(e => e.TenantId, e => e.Ssn)),
            () => db.Set<Employee>().ExecuteUpdateAsync(s => s.SetProperty(e => e.Ssn, e => e.TenantId)),
        })
        {
            await Assert.ThrowsAsync<EncryptedQueryException>(query);
        }
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task CompiledQuery_WhateverStateItWasCompiledIn_IsRightInEach(DatabaseKind kind)
    {
        var one = EF.CompileQuery((AnyContext db, string ssn) => db.Set<Employee>().AsNoTracking().FirstOrDefault(e => e.Ssn == ssn));
        var some = EF.CompileAsyncQuery((AnyContext db, string[] ssn) => db.Set<Employee>().Where(e => ssn.Contains(e.Ssn)).OrderBy(e => e.Visits).Select(e => e.Ssn + e.Note));
        using var firm = await FirmWithRowsIn(kind, AdoptionState.Dual);
        await AskAsync("a-2", "two");
        firm.Database.Execute("DELETE FROM employees WHERE visits NOT IN (1, 5)");
        await firm.MoveAsync(AdoptionState.Encrypted);
        await AskAsync("a-1", "one");
        firm.Database.Execute("INSERT INTO employees (tenant_id, name, ssn, note, salary, visits) VALUES ('acme', 'n2', 'a-2', 'two', 0, 2)");
        await firm.MoveAsync(AdoptionState.Returned);
        await AskAsync("a-2", "two");

        async Task AskAsync(string ssn, string note)
        {
            await using var db = firm.Adopting();
            Assert.Equal(note, one(db, ssn)!.Note);
            Assert.Null(one(db, "none"));
            Assert.Equal([ssn + note, "a-5five"], await some(db, [ssn, "a-5"]).ToListAsync());
        }
    }

    [Theory]
    [MemberData(nameof(States))]
    public async Task BulkUpdate_InAState_WritesWhatItSays(DatabaseKind kind, AdoptionState state, bool isInForce)
    {
        using var firm = await FirmIn(kind, state, isInForce);
        bool plain = state == AdoptionState.Returned || (state == AdoptionState.Returning && isInForce);
        await using var db = firm.Adopting();
        string ssn = "000-1", next = "000-9";
        Assert.Equal(1, await db.Set<Employee>().Where(e => e.Ssn == ssn).ExecuteUpdateAsync(s => s.SetProperty(e => e.Ssn, next).SetProperty(e => e.Note, "const").SetProperty(e => e.Visits, 9)));
        AssertHolds(firm, plain, next, "const");
        Assert.Equal(1, db.Set<Employee>().Where(e => e.Ssn == next).ExecuteUpdate(s => s.SetProperty(e => e.Note, (string?)null).SetProperty(e => e.Ssn, e => e.Ssn)));
        Assert.Equal((next, null), (db.Set<Employee>().AsNoTracking().Single(e => e.Visits == 9).Ssn, db.Set<Employee>().AsNoTracking().Single(e => e.Visits == 9).Note));
        Assert.Equal(1, await db.Set<Employee>().Where(e => e.Ssn == next).ExecuteDeleteAsync());
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task RowOfPlaintext_ThatIsSaved_IsRewrittenOnlyWhereItChanged(DatabaseKind kind)
    {
        using var firm = await FirmWithRowsIn(kind, AdoptionState.Dual);
        await using var db = firm.Adopting();
        var second = await db.Set<Employee>().SingleAsync(e => e.Visits == 2);
        second.Salary = 7;
        second.Note = "changed";
        await db.SaveChangesAsync();
        Assert.Equal("a-2", firm.Database.Scalar("SELECT ssn FROM employees WHERE visits = 2 AND ssn_bi IS NULL AND salary = 7"));
        Assert.StartsWith("cc1:", (string)firm.Database.Scalar("SELECT note FROM employees WHERE visits = 2 AND note_bi IS NOT NULL")!, StringComparison.Ordinal);

        // To what it was.
        second.Ssn = "a-2";
        Assert.Equal(0, await db.SaveChangesAsync());
        db.Update(second);
        await db.SaveChangesAsync();
        Assert.StartsWith("cc1:", (string)firm.Database.Scalar("SELECT ssn FROM employees WHERE visits = 2 AND ssn_bi IS NOT NULL")!, StringComparison.Ordinal);
        Assert.Equal(1, await db.Set<Employee>().CountAsync(e => e.Ssn == "a-2"));
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Index_OfRowsThatHoldPlaintext_IsFilledByTheCommandAlone(DatabaseKind kind)
    {
        using var firm = await FirmWithRowsIn(kind, AdoptionState.Dual);
        await using var db = firm.Adopting();
        firm.Database.Execute("UPDATE employees SET ssn_bi = NULL WHERE visits = 5");
        var filled = await db.Database.FillBlindIndexesAsync();
        Assert.Equal((1, 0), (filled.Filled, filled.Failed));
        Assert.Equal(1L, Convert.ToInt64(firm.Database.Scalar("SELECT count(*) FROM employees WHERE visits = 5 AND ssn_bi IS NOT NULL"), CultureInfo.InvariantCulture));
        Assert.Equal(0L, Convert.ToInt64(firm.Database.Scalar("SELECT count(*) FROM employees WHERE visits = 2 AND ssn_bi IS NOT NULL"), CultureInfo.InvariantCulture));
        Assert.All(await db.Database.VerifyBlindIndexesAsync(new() { Recheck = true }), static state => Assert.True(state.IsComplete, state.ToString()));
    }

    private static void AssertHolds(Firm firm, bool plain, string ssn, string note)
    {
        string[] held = [.. ((string)firm.Database.Scalar("SELECT ssn || ' ' || note FROM employees WHERE visits = 9 AND ssn_bi IS NOT NULL AND note_bi IS NOT NULL")!).Split(' ')];
        Assert.Equal(plain ? [ssn, note] : ["cc1:", "cc1:"], plain ? held : held.Select(static text => text[..4]));
    }

    /// <summary>A firm in a state, with one row that it wrote before.</summary>
    private static async Task<Firm> FirmIn(DatabaseKind kind, AdoptionState state, bool isInForce)
    {
        var firm = new Firm(kind, InPlaceVersions.Adopting, "acme");
        await using (var db = firm.Adopting())
        {
            db.Add(new Employee { Name = "first", Ssn = "000-1", Note = "plain" });
            await db.SaveChangesAsync();
        }

        if (state != AdoptionState.Dual)
        {
            await firm.MoveAsync(state, isInForce ? TimeSpan.FromSeconds(3) : TimeSpan.Zero);
        }

        return firm;
    }

    /// <summary>A firm with rows of both kinds: moved, never moved, and moved and then overwritten by an old version; once it is encrypted, all moved.</summary>
    private static async Task<Firm> FirmWithRowsIn(DatabaseKind kind, AdoptionState state)
    {
        var firm = new Firm(kind, InPlaceVersions.Adopting, "acme");
        if (state != AdoptionState.None)
        {
            await using var db = firm.Adopting();
            db.AddRange(
                new Employee { Visits = 1, Name = "n1", Ssn = "a-1", Note = "one" },
                new Employee { Visits = 3, Name = "n3", Ssn = "a-3", Note = "three" },
                new Employee { Visits = 5, Name = "n5", Ssn = "a-5", Note = "five" });
            await db.SaveChangesAsync();
        }

        await using (var old = firm.Old(InPlaceVersions.Old))
        {
            old.AddRange(
                new Employee { Visits = 2, Name = "n2", Ssn = "a-2", Note = "two", Leaves = { new Leave { Reason = "sun" } } },
                new Employee { Visits = 4, Name = "n4", Ssn = "a-1" },
                new Employee { Visits = 6, Name = "n6", Ssn = "CC1:6", Note = "six" });
            if (state == AdoptionState.None)
            {
                old.AddRange(
                    new Employee { Visits = 1, Name = "n1", Ssn = "a-1", Note = "one" },
                    new Employee { Visits = 3, Name = "n3" },
                    new Employee { Visits = 5, Name = "n5", Ssn = "a-5", Note = "five" });
            }

            await old.SaveChangesAsync();
            await old.Employees.Where(e => e.Visits == 3).ExecuteUpdateAsync(s => s.SetProperty(e => e.Ssn, "a-9").SetProperty(e => e.Note, ""));
        }

        if (state == AdoptionState.Encrypted)
        {
            await using var db = firm.Adopting();
            db.UpdateRange(await db.Set<Employee>().ToListAsync());
            await db.SaveChangesAsync();
        }

        if (state is not (AdoptionState.None or AdoptionState.Dual))
        {
            await firm.MoveAsync(state);
        }

        return firm;
    }
}
