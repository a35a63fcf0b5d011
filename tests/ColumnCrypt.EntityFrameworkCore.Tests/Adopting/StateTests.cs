using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Manifest;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>What the adopting version writes, reads and asks in each state.</summary>
public class StateTests
{
    // States that allow the same are tried on one database.
    public static TheoryData<DatabaseKind, AdoptionState> Registered => new(
        (DatabaseKind.Sqlite, AdoptionState.Dual),
        (DatabaseKind.Sqlite, AdoptionState.Verified),
        (DatabaseKind.Sqlite, AdoptionState.Encrypted),
        (DatabaseKind.Sqlite, AdoptionState.Cleared),
        (DatabaseKind.Sqlite, AdoptionState.Returning),
        (DatabaseKind.Sqlite, AdoptionState.Returned),
        (DatabaseKind.PostgreSql, AdoptionState.Dual),
        (DatabaseKind.PostgreSql, AdoptionState.Verified),
        (DatabaseKind.PostgreSql, AdoptionState.Encrypted));

    // The columns of both halves of a row: whether there is plaintext, and ciphertext.
    private const string Halves = "SELECT count(ssn) || ' ' || count(note) || ' ' || count(salary) || ' ' || count(born) || ' ' || sum(CASE WHEN length(ssn_encrypted) > 45 THEN 1 ELSE 0 END) || ' ' || count(note_encrypted) || ' ' || count(ssn_encrypted_bi) FROM employees WHERE name = ";

    [Theory]
    [MemberData(nameof(Registered))]
    public async Task Save_InAState_WritesWhatItSays(DatabaseKind kind, AdoptionState state)
    {
        using var firm = await FirmIn(kind, state);
        bool both = state is not (AdoptionState.Encrypted or AdoptionState.Cleared);
        await using (var db = firm.Adopting())
        {
            db.Add(New("added"));
            await db.SaveChangesAsync();
            Assert.Equal(both ? "1 1 1 1 1 1 1" : "0 0 0 0 1 1 1", firm.Database.Scalar($"{Halves}'added'"));

            // A part of an attached entity, and a property that another entity's save leaves alone.
            int id = (await db.Set<Employee>().AsNoTracking().SingleAsync(e => e.Name == "added")).Id;
            db.ChangeTracker.Clear();
            var stub = db.Attach(new Employee { Id = id, Name = "added" });
            stub.Property(e => e.Note).CurrentValue = "stub";
            await db.SaveChangesAsync();
            stub.Entity.Visits = 5;
            db.SaveChanges();
            Assert.Equal(both ? "1 1 1 1 1 1 1" : "0 0 0 0 1 1 1", firm.Database.Scalar($"{Halves}'added'"));
            if (both)
            {
                Assert.Equal("stub", firm.Database.Scalar("SELECT note FROM employees WHERE name = 'added'"));
                Assert.Equal("111-1", firm.Database.Scalar("SELECT ssn FROM employees WHERE name = 'added'"));
            }

            // Null, and plaintext set by hand: it follows the property, or is refused where there must be none.
            stub.Property(e => e.Note).CurrentValue = null;
            stub.Property("SsnPlaintext").CurrentValue = "by hand";
            if (!both)
            {
                Assert.Contains("Set Ssn instead", Assert.Throws<ColumnCryptException>(() => db.SaveChanges()).Message, StringComparison.Ordinal);
                stub.Property("SsnPlaintext").CurrentValue = null;
            }

            db.SaveChanges();
            stub.Property("SsnPlaintext").CurrentValue = both ? "by hand" : null;
            Assert.Equal(0, db.SaveChanges());
            Assert.Equal(both ? "1 0 1 1 1 0 1" : "0 0 0 0 1 0 1", firm.Database.Scalar($"{Halves}'added'"));
        }

        await using (var db = firm.Adopting())
        {
            var read = await db.Set<Employee>().SingleAsync(e => e.Name == "added");
            Assert.Equal(("111-1", null, 7, new DateOnly(2001, 2, 3)), (read.Ssn, read.Note, read.Salary, read.Born!.Value));
            Assert.False(db.ChangeTracker.HasChanges());
        }
    }

    [Theory]
    [MemberData(nameof(Registered))]
    public async Task Read_InAState_GivesTheValuesOnEveryWay(DatabaseKind kind, AdoptionState state)
    {
        using var firm = await FirmIn(kind, state);
        await using var db = firm.Adopting();
        var employees = db.Set<Employee>();
        var first = await employees.OrderBy(e => e.Id).FirstAsync();
        Assert.Equal(("000-1", "plain", 7, new DateOnly(2001, 2, 3)), (first.Ssn, first.Note, first.Salary, first.Born!.Value));
        Assert.Null((await employees.AsNoTracking().SingleAsync(e => e.Name == "second")).Note);
        Assert.Equal("000-1", employees.OrderBy(e => e.Id).Select(e => e.Ssn).First());
        Assert.Equal(["000-1/plain/8", "000-2/none/1"], await employees.OrderBy(e => e.Id).Select(e => e.Ssn + "/" + (e.Note ?? "none") + "/" + (e.Salary + 1)).ToListAsync());
        var projected = await employees.OrderBy(e => e.Id).Select(e => new { e.Id, e.Ssn, e.Born, Nested = new { e.Salary }, e }).FirstAsync();
        Assert.Equal(("000-1", new DateOnly(2001, 2, 3), 7, "000-1"), (projected.Ssn, projected.Born!.Value, projected.Nested.Salary, projected.e.Ssn));
        Assert.Equal("000-2", await employees.Select(e => new { e.Name, e.Ssn }).Where(e => e.Name == "second").OrderBy(e => e.Name).Select(e => e.Ssn).SingleAsync());
        Assert.Equal(["000-1"], await db.Set<Leave>().Select(l => l.Employee!.Ssn).ToListAsync());
        Assert.Equal("000-1", (await db.Set<Leave>().AsNoTracking().Include(l => l.Employee).SingleAsync()).Employee!.Ssn);
        Assert.Equal(["000-1", "000-2"], (await employees.AsNoTracking().Include(e => e.Leaves).AsSplitQuery().OrderBy(e => e.Id).ToListAsync()).Select(e => e.Ssn));
        Assert.Equal(["000-1", "000-2"], (await employees.FromSqlRaw("SELECT * FROM employees").AsNoTracking().OrderBy(e => e.Id).ToListAsync()).Select(e => e.Ssn));
        Assert.Equal(["000-2"], await db.Set<Leave>().SelectMany(l => employees.Where(e => e.Id != l.EmployeeId)).Select(e => e.Ssn).ToListAsync());
        Assert.Equal(["000-1"], (await db.Set<Leave>().Join(employees, l => l.EmployeeId, e => e.Id, (l, e) => new { l.Reason, e.Ssn }).ToListAsync()).Select(e => e.Ssn));

        // From the database again, past what is tracked.
        var stored = (await db.Entry(first).GetDatabaseValuesAsync())!;
        Assert.Equal(("000-1", 7), (stored[nameof(Employee.Ssn)], stored[nameof(Employee.Salary)]));
        first.Ssn = "changed";
        await db.Entry(first).ReloadAsync();
        Assert.Equal("000-1", first.Ssn);
        Assert.False(db.ChangeTracker.HasChanges());
        db.ChangeTracker.Clear();
        Assert.Equal("000-1", (await employees.FindAsync(first.Id))!.Ssn);
        Assert.Equal("000-1", employees.Where(e => e.Name == "first").AsEnumerable().Single().Ssn);
    }

    [Theory]
    [MemberData(nameof(Registered))]
    public async Task Predicate_InAState_FindsTheRows_AndWhatIsRefusedLaterIsRefused(DatabaseKind kind, AdoptionState state)
    {
        using var firm = await FirmIn(kind, state);
        await using var db = firm.Adopting();
        var employees = db.Set<Employee>().AsNoTracking();
        string ssn = "000-1";
        string[] some = ["000-2", "000-3"];
        Assert.Equal("first", (await employees.SingleAsync(e => e.Ssn == ssn)).Name);
        Assert.Equal(["second"], await employees.Where(e => some.Contains(e.Ssn)).Select(e => e.Name).ToListAsync());
        Assert.Equal(["second"], await employees.Where(e => e.Ssn != ssn).Select(e => e.Name).ToListAsync());
        Assert.Equal(1, await employees.CountAsync(e => e.Ssn.Equals(ssn) && e.Note != null));
        Assert.True(await employees.AnyAsync(e => string.Equals(e.Ssn, "000-2")));
        Assert.Equal(["second"], employees.Where(e => e.Note == null).Select(e => e.Name).ToList());
        Assert.Equal(1, await db.Set<Leave>().CountAsync(l => l.Employee!.Ssn == ssn));
        await Assert.ThrowsAsync<EncryptedQueryException>(() => employees.OrderBy(e => e.Ssn).ToListAsync());
        await Assert.ThrowsAsync<EncryptedQueryException>(() => employees.Where(e => e.Ssn.StartsWith("000")).ToListAsync());
        await Assert.ThrowsAsync<EncryptedQueryException>(() => employees.Where(e => e.Salary > 5).ToListAsync());
        await Assert.ThrowsAsync<EncryptedQueryException>(() => employees.Where(e => e.Note == "plain").ToListAsync());
        await Assert.ThrowsAsync<EncryptedQueryException>(() => employees.Select(e => e.Ssn).Distinct().ToListAsync());
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task CompiledQuery_WhateverStateItWasCompiledIn_IsRightInEach(DatabaseKind kind)
    {
        var one = EF.CompileQuery((AnyContext db, string ssn) => db.Set<Employee>().SingleOrDefault(e => e.Ssn == ssn));
        var some = EF.CompileAsyncQuery((AnyContext db, string ssn) => db.Set<Employee>().Where(e => e.Ssn == ssn).Select(e => e.Ssn + e.Note));
        using var firm = await FirmIn(kind, AdoptionState.Dual);
        firm.Database.Execute("UPDATE employees SET note = 'by an old one' WHERE name = 'first'");
        await AskAsync("by an old one");
        await firm.MoveAsync(AdoptionState.Verified);
        await AskAsync("plain");
        await firm.MoveAsync(AdoptionState.Returned);
        await AskAsync("by an old one");

        async Task AskAsync(string note)
        {
            await using var db = firm.Adopting();
            Assert.Equal(("first", note), (one(db, "000-1")!.Name, one(db, "000-1")!.Note));
            Assert.Null(one(db, "none"));
            Assert.Equal([$"000-1{note}"], await some(db, "000-1").ToListAsync());
        }
    }

    [Theory]
    [MemberData(nameof(Registered))]
    public async Task BulkUpdate_InAState_WritesWhatItSays(DatabaseKind kind, AdoptionState state)
    {
        using var firm = await FirmIn(kind, state);
        bool both = state is not (AdoptionState.Encrypted or AdoptionState.Cleared);
        await using var db = firm.Adopting();
        string ssn = "000-1", next = "000-9";
        Assert.Equal(1, await db.Set<Employee>().Where(e => e.Ssn == ssn).ExecuteUpdateAsync(s => s.SetProperty(e => e.Ssn, next).SetProperty(e => e.Note, "const").SetProperty(e => e.Salary, e => 11).SetProperty(e => e.Visits, 3)));
        Assert.Equal(both ? "1 1 1 1 1 1 1" : "0 0 0 0 1 1 1", firm.Database.Scalar($"{Halves}'first'"));
        if (both)
        {
            Assert.Equal("000-9 const 11", firm.Database.Scalar("SELECT ssn || ' ' || note || ' ' || salary FROM employees WHERE name = 'first'"));
        }

        var read = await db.Set<Employee>().AsNoTracking().SingleAsync(e => e.Ssn == next);
        Assert.Equal(("const", 11, 3, new DateOnly(2001, 2, 3)), (read.Note, read.Salary, read.Visits, read.Born!.Value));
        Assert.Equal(1, db.Set<Employee>().Where(e => e.Ssn == next).ExecuteUpdate(s => s.SetProperty(e => e.Note, (string?)null).SetProperty(e => e.Ssn, e => e.Ssn)));
        Assert.Equal(both ? "1 0 1 1 1 0 1" : "0 0 0 0 1 0 1", firm.Database.Scalar($"{Halves}'first'"));
        await Assert.ThrowsAsync<EncryptedQueryException>(() => db.Set<Employee>().ExecuteUpdateAsync(s => s.SetProperty(e => e.Note, e => e.Name)));
        await Assert.ThrowsAsync<EncryptedQueryException>(() => db.Set<Employee>().ExecuteUpdateAsync(s => s.SetProperty(e => e.Name, e => e.Note)));
        Assert.Equal(1, await db.Set<Employee>().Where(e => e.Ssn == next).ExecuteDeleteAsync());
    }

    [Theory]
    [MemberData(nameof(Registered))]
    public async Task Duplicate_InAState_IsRefusedByTheDatabase(DatabaseKind kind, AdoptionState state)
    {
        using var firm = await FirmIn(kind, state);
        await using var db = firm.Adopting();
        db.Add(new Employee { Name = "twice", Ssn = "000-1" });
        await Assert.ThrowsAsync<DbUpdateException>(() => db.SaveChangesAsync());
    }

    [Theory]
    [MemberData(nameof(Registered))]
    public async Task RowThatAnOldVersionAddsOrChanges_InAState_IsReadOrRefused(DatabaseKind kind, AdoptionState state)
    {
        using var firm = await FirmIn(kind, state);
        firm.Database.Execute("UPDATE employees SET note = 'old note' WHERE name = 'second'");
        firm.Database.Execute("INSERT INTO employees (tenant_id, name, ssn, salary, visits) VALUES ('acme', 'late', '000-4', 1, 0)");
        await using var db = firm.Adopting();
        var employees = db.Set<Employee>().AsNoTracking();
        switch (state)
        {
            case AdoptionState.Dual or AdoptionState.Returned:
                Assert.Equal("000-4", (await employees.SingleAsync(e => e.Name == "late")).Ssn);
                Assert.Equal("old note", (await employees.SingleAsync(e => e.Ssn == "000-2")).Note);
                Assert.Equal("000-4", await employees.Where(e => e.Name == "late").Select(e => e.Ssn).SingleAsync());
                break;
            case AdoptionState.Encrypted:
                Assert.Null((await employees.SingleAsync(e => e.Name == "second")).Note);
                goto default;
            case AdoptionState.Cleared:
                Assert.Contains("holds plaintext", (await Assert.ThrowsAsync<CiphertextInvalidException>(() => employees.SingleAsync(e => e.Name == "second"))).Message, StringComparison.Ordinal);
                goto default;
            default:
                string why = (await Assert.ThrowsAsync<CiphertextInvalidException>(() => employees.SingleAsync(e => e.Name == "late"))).Message;
                Assert.Contains("columncrypt adopt", why, StringComparison.Ordinal);
                Assert.DoesNotContain("000-4", why, StringComparison.Ordinal);
                await Assert.ThrowsAsync<CiphertextInvalidException>(() => employees.Where(e => e.Name == "late").Select(e => e.Ssn).SingleAsync());
                break;
        }
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task NewVersion_OnceItIsEncrypted_WorksBesideTheAdoptingOne(DatabaseKind kind)
    {
        using var firm = await FirmIn(kind, AdoptionState.Encrypted);
        await using (var db = firm.New())
        {
            Assert.Equal("000-1", (await db.Set<Employee>().SingleAsync(e => e.Ssn == "000-1")).Ssn);
            db.Add(New("new"));
            await db.SaveChangesAsync();
        }

        await using var adopting = firm.Adopting();
        Assert.Equal("111-1", (await adopting.Set<Employee>().SingleAsync(e => e.Name == "new")).Ssn);
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task NewVersion_BeforeItIsEncrypted_IsRefusedWhenItWrites(DatabaseKind kind)
    {
        using var firm = await FirmIn(kind, AdoptionState.Dual);
        await using var db = firm.New();
        db.Add(New("new"));
        Assert.Contains("columncrypt adopt", (await Assert.ThrowsAsync<EncryptionModelException>(() => db.SaveChangesAsync())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AdoptionState.Encrypted)]
    [InlineData(AdoptionState.Cleared)]
    [InlineData(AdoptionState.Returning)]
    public async Task ColumnThatIsRenamed_PastItsPlaintext_IsRefused_AndBeginsNotAnew(AdoptionState state)
    {
        using var firm = await FirmIn(DatabaseKind.Sqlite, state);
        firm.Database.Execute("ALTER TABLE employees RENAME COLUMN note_encrypted TO note_secret");
        await using (var db = firm.Open(Renamed))
        {
            string why = (await Assert.ThrowsAsync<EncryptionModelException>(() => db.Set<Employee>().ToListAsync())).Message;
            Assert.Contains("employees.note_secret is to be adopted and is not known, and employees.note_encrypted", why, StringComparison.Ordinal);
            db.Add(New("new"));
            Assert.Contains("undo it", (await Assert.ThrowsAsync<EncryptionModelException>(() => db.SaveChangesAsync())).Message, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(await firm.ManifestAsync(), static row => row.Column == "note_secret");
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task NewVersion_WhenItIsOnTheWayBack_IsRefused_AlsoWhereItHasSavedBefore(DatabaseKind kind)
    {
        using var firm = await FirmIn(kind, AdoptionState.Cleared);
        using var node = firm.Node();
        await SaveAsync("by the new one");
        using var keys = firm.Node();
        await using var data = firm.Data();
        Assert.Equal(AdoptionState.Returned, (await keys.Keys.AdoptAsync(new("employees.note_encrypted") { Step = ColumnCrypt.Adopting.AdoptStep.Back, Reason = "a test" }, data)).State);
        Assert.Contains("way back", (await Assert.ThrowsAsync<EncryptionModelException>(() => SaveAsync("lost"))).Message, StringComparison.Ordinal);
        Assert.Equal("by the new one", firm.Database.Scalar("SELECT note FROM employees WHERE name = 'first'"));

        async Task SaveAsync(string note)
        {
            await using var db = AnyContext.Open(firm.Database, node, Versions.New, "acme");
            (await db.Set<Employee>().SingleAsync(e => e.Name == "first")).Note = note;
            await db.SaveChangesAsync();
        }
    }

    [Theory]
    [InlineData(AdoptionState.Encrypted)]
    [InlineData(AdoptionState.Cleared)]
    public async Task PlaintextSetByHand_PastIt_IsRefused_AndWholeEntitiesAreNot(AdoptionState state)
    {
        using var firm = await FirmIn(DatabaseKind.Sqlite, AdoptionState.Dual);
        await using var db = firm.Adopting();
        var first = await db.Set<Employee>().SingleAsync(e => e.Name == "first");
        var second = await db.Set<Employee>().AsNoTracking().SingleAsync(e => e.Name == "second");
        await firm.MoveAsync(state);
        await using var later = firm.Adopting();

        // Tracked since both columns were written, with the plaintext of then.
        later.Update(first).Property("SsnPlaintext").OriginalValue = "000-1";
        later.Entry(first).Property("SsnPlaintext").CurrentValue = "000-1";
        await later.SaveChangesAsync();
        Assert.Null(later.Entry(first).Property("SsnPlaintext").CurrentValue);
        var added = later.Add(new Employee { Name = "added", Ssn = "000-9" });
        added.Property("SsnPlaintext").CurrentValue = "000-8";
        Assert.Contains("past its plaintext", (await Assert.ThrowsAsync<ColumnCryptException>(() => later.SaveChangesAsync())).Message, StringComparison.Ordinal);
        added.Property("SsnPlaintext").CurrentValue = "000-9";
        later.Attach(second);
        later.Entry(second).Property("NotePlaintext").CurrentValue = "by hand";
        Assert.Contains("NotePlaintext", (await Assert.ThrowsAsync<ColumnCryptException>(() => later.SaveChangesAsync())).Message, StringComparison.Ordinal);
        later.Entry(second).State = EntityState.Unchanged;
        Assert.Equal(1, await later.SaveChangesAsync());
        Assert.Equal("0", firm.Database.Scalar("SELECT count(ssn) || '' FROM employees WHERE name IN ('first', 'added')"));
    }

    [Fact]
    public async Task SaveThatFailed_LeavesNoPlaintextBehind_WhichALaterStateWouldTakeForSetByHand()
    {
        using var firm = await FirmIn(DatabaseKind.Sqlite, AdoptionState.Dual);
        await using var db = firm.Adopting();
        var added = db.Add(new Employee { Name = "added", Ssn = "000-1" });
        var changed = await db.Set<Employee>().SingleAsync(e => e.Name == "second");
        changed.Note = "one";
        await Assert.ThrowsAsync<DbUpdateException>(() => db.SaveChangesAsync());
        Assert.Throws<DbUpdateException>(() => db.SaveChanges());
        Assert.Null(added.Property("SsnPlaintext").CurrentValue);
        Assert.Null(db.Entry(changed).Property("NotePlaintext").CurrentValue);

        // Nothing is lost by it: the next save fills it again.
        (added.Entity.Ssn, changed.Note) = ("000-3", "two");
        await db.SaveChangesAsync();
        Assert.Equal("000-3 two", firm.Database.Scalar("SELECT a.ssn || ' ' || b.note FROM employees a, employees b WHERE a.name = 'added' AND b.name = 'second'"));
    }

    [Theory]
    [MemberData(nameof(Registered))]
    public async Task BulkUpdateOfPlaintext_InAState_IsRefused(DatabaseKind kind, AdoptionState state)
    {
        using var firm = await FirmIn(kind, state);
        await using var db = firm.Adopting();
        string note = "by hand";
        var employees = db.Set<Employee>();
        Check(await Assert.ThrowsAsync<EncryptedQueryException>(() => employees.ExecuteUpdateAsync(s => s.SetProperty(e => EF.Property<string?>(e, "NotePlaintext"), note))));
        Check(Assert.Throws<EncryptedQueryException>(() => employees.ExecuteUpdate(s => s.SetProperty(e => e.Visits, 1).SetProperty(e => EF.Property<string?>(e, "NotePlaintext"), e => e.Name))));
        Check(Assert.Throws<EncryptedQueryException>(() => employees.Where(e => e.Note == note).ExecuteUpdate(s => s.SetProperty(e => EF.Property<string?>(e, "NotePlaintext"), (string?)null))));
        Assert.Equal("0", firm.Database.Scalar("SELECT count(*) || '' FROM employees WHERE note = 'by hand' OR note = name"));

        static void Check(EncryptedQueryException error) => Assert.Contains("Set Note, which writes both columns", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task PlaintextThatIsMissing_WhereThePropertyTakesNoNull_IsAnErrorOnEveryWay(DatabaseKind kind)
    {
        using var firm = await FirmIn(kind, AdoptionState.Dual);
        firm.Database.Execute("UPDATE employees SET ssn = NULL, note = NULL WHERE name = 'first'");
        await using var db = firm.Adopting();
        var employees = db.Set<Employee>().AsNoTracking();
        string[] some = ["000-1", "000-2"];
        string ssn = "000-1";
        await MissingAsync(() => employees.ToListAsync());
        await MissingAsync(() => employees.Select(e => e.Ssn).ToListAsync());
        await MissingAsync(() => employees.OrderBy(e => e.Id).Select(e => e.Ssn).FirstAsync());
        await MissingAsync(() => employees.OrderBy(e => e.Id).Select(e => (object)e.Ssn).Take(1).ToListAsync());
        await MissingAsync(() => employees.Select(e => EF.Property<string>(e, "Ssn")).ToListAsync());
        await MissingAsync(() => employees.Select(e => e.Ssn + "/").ToListAsync());
        await MissingAsync(() => employees.Select(e => new { e.Id, Nested = new { e.Ssn } }).ToListAsync());
        await MissingAsync(() => employees.Select(e => new Shown(e.Id, e.Ssn)).ToListAsync());
        await MissingAsync(() => employees.Select(e => new Listed { Text = e.Ssn }).ToListAsync());
        await MissingAsync(() => employees.Select(e => new[] { e.Ssn, e.Name }).ToListAsync());
        await MissingAsync(() => employees.Select(e => new { e.Name, S = e.Ssn }).Where(e => e.Name == "first").OrderBy(e => e.Name).ToListAsync());
        await MissingAsync(() => employees.Select(e => new { e.Name, e.Ssn }).Where(e => e.Name == "first").Select(e => e.Ssn).SingleAsync());
        await MissingAsync(() => employees.Where(e => e.Ssn != "000-2").Select(e => e.Ssn).ToListAsync());
        await MissingAsync(() => employees.Where(e => !some.Contains(e.Ssn)).Select(e => e.Ssn).ToListAsync());
        await MissingAsync(() => db.Set<Leave>().Select(l => l.Employee!.Ssn).ToListAsync());
        await MissingAsync(() => db.Set<Leave>().Join(employees, l => l.EmployeeId, e => e.Id, (l, e) => new { l.Reason, e.Ssn }).ToListAsync());
        await MissingAsync(() => (from e in employees from l in e.Leaves.DefaultIfEmpty() select new { e.Ssn, l.Reason }).ToListAsync());
        await MissingAsync(() => (from l in db.Set<Leave>() join e in employees on l.EmployeeId equals e.Id into found from e in found.DefaultIfEmpty() select e.Ssn).ToListAsync());
        await MissingAsync(() => db.Set<Leave>().Select(l => new { l.Id, Others = employees.Where(e => e.Id == l.EmployeeId).Select(e => e.Ssn).ToList() }).ToListAsync());
        Assert.Throws<CiphertextInvalidException>(() => employees.Select(e => e.Ssn).ToList());
        Assert.Throws<CiphertextInvalidException>(() => EF.CompileQuery((AnyContext c) => c.Set<Employee>().Select(e => e.Ssn))(db).ToList());

        // Looked up it is not there, and a property that takes null has one.
        Assert.Equal(0, await employees.CountAsync(e => some.Contains(e.Ssn) && e.Name == "first"));
        Assert.Equal(["second"], await employees.Where(e => some.Contains(e.Ssn)).Select(e => e.Name).ToListAsync());
        Assert.False(await employees.Select(e => e.Ssn).ContainsAsync(ssn));
        Assert.Equal([null, null], await employees.Select(e => e.Note).ToListAsync());
        firm.Database.Execute("UPDATE employees SET salary = NULL WHERE name = 'second'");
        Assert.Contains("employees.salary is NULL", (await Assert.ThrowsAsync<CiphertextInvalidException>(() => employees.Select(e => e.Salary).ToListAsync())).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CiphertextInvalidException>(() => employees.Select(e => (int?)e.Salary).ToListAsync());
        await Assert.ThrowsAsync<CiphertextInvalidException>(() => employees.Select(e => new { Pay = (long)e.Salary, Unchecked = unchecked((short)e.Salary) }).ToListAsync());
        Assert.Equal([7L], await employees.Where(e => e.Name == "first").Select(e => (long)e.Salary).ToListAsync());

        static async Task MissingAsync<T>(Func<Task<T>> read)
        {
            string why = (await Assert.ThrowsAsync<CiphertextInvalidException>(read)).Message;
            Assert.Contains("employees.ssn is NULL", why, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task RowThatIsNotThere_WhichAnOuterJoinFinds_IsNoMissingPlaintext(DatabaseKind kind)
    {
        using var firm = await FirmIn(kind, AdoptionState.Dual);
        await using var db = firm.Adopting();
        var employees = db.Set<Employee>();
        var leaves = db.Set<Leave>();
        Assert.Equal([null], await (from l in leaves join e in employees on l.Id + 1_000 equals e.Id into found from e in found.DefaultIfEmpty() select e.Ssn).ToListAsync());
        Assert.Equal([null], await (from l in leaves join e in employees on l.Id + 1_000 equals e.Id into found from e in found.DefaultIfEmpty() select (int?)e.Salary).ToListAsync());
        Assert.Equal([(int?)null], (await leaves.LeftJoin(employees, l => l.Id + 1_000, e => e.Id, (l, e) => new { l.Reason, Salary = (int?)e!.Salary }).ToListAsync()).Select(x => x.Salary));
        Assert.Equal([null], await (from l in leaves join e in employees on l.Id + 1_000 equals e.Id into found from e in found.DefaultIfEmpty() select (long?)e.Salary).ToListAsync());
        Assert.Equal([(decimal?)7], await leaves.Select(l => (decimal?)l.Employee!.Salary).ToListAsync());
        Assert.Equal([null], await leaves.Select(l => employees.Where(e => e.Id == l.Id + 1_000).Select(e => e.Ssn).FirstOrDefault()).ToListAsync());
        Assert.Equal([null, "000-1"], (await employees.OrderByDescending(e => e.Id).Select(e => e.Leaves.Any() ? e.Ssn : null).ToListAsync()));
        Assert.Equal(0, await employees.Select(e => new { e.Ssn }).Where(e => e.Ssn == null).CountAsync());
        Assert.Equal(2, (await employees.Select(e => new { e.Name, e.Ssn }).Where(e => e.Ssn != null).ToListAsync()).Count);
    }

    private sealed record Shown(int Id, string Ssn);

    private sealed class Listed
    {
        public string Text { get; set; } = "";
    }

    private static void Renamed(ModelBuilder model)
    {
        Versions.Adopting(model);
        model.Entity<Employee>().Property(static e => e.Note).HasColumnName("note_secret");
    }

    private static Employee New(string name) => new() { Name = name, Ssn = "111-1", Note = "noted", Salary = 7, Born = new(2001, 2, 3) };

    /// <summary>A firm in a state, with two rows as they are then.</summary>
    private static async Task<Firm> FirmIn(DatabaseKind kind, AdoptionState state)
    {
        var firm = new Firm(kind);
        await using (var db = firm.Adopting())
        {
            db.Add(new Employee { Name = "first", Ssn = "000-1", Note = "plain", Salary = 7, Born = new(2001, 2, 3), Leaves = { new Leave { Reason = "sun" } } });
            db.Add(new Employee { Name = "second", Ssn = "000-2" });
            await db.SaveChangesAsync();
        }

        if (state != AdoptionState.Dual)
        {
            await firm.MoveAsync(state);
        }

        if (state is AdoptionState.Encrypted or AdoptionState.Cleared)
        {
            firm.Database.Execute("UPDATE employees SET ssn = NULL, note = NULL, salary = NULL, born = NULL");
        }

        return firm;
    }
}
