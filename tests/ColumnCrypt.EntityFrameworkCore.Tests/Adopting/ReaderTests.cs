using ColumnCrypt.Adopting;
using ColumnCrypt.Configuration;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Manifest;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>A version of the application that has the encrypted columns alone and only reads: it registers nothing.</summary>
public class ReaderTests
{
    public static TheoryData<DatabaseKind, AdoptionState, string> Refused => new(
        (DatabaseKind.Sqlite, AdoptionState.Dual, "columncrypt adopt --column employees."),
        (DatabaseKind.Sqlite, AdoptionState.Verified, "columncrypt adopt --complete --column employees."),
        (DatabaseKind.Sqlite, AdoptionState.Returning, "columncrypt adopt --back REASON --column employees."),
        (DatabaseKind.Sqlite, AdoptionState.Returned, "to adopt it anew"),
        (DatabaseKind.PostgreSql, AdoptionState.Returning, "keep AdoptFrom in the model"),
        (DatabaseKind.PostgreSql, AdoptionState.Returned, "keep AdoptFrom in the model"));

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Read_WhilePlaintextIsWritten_IsRefusedWithTheNextStep(DatabaseKind kind, AdoptionState state, string step)
    {
        using var firm = await FirmIn(kind, state);
        var before = await VersionsAsync();
        await using var db = firm.New();
        string ssn = "000-1";
        var employees = db.Set<Employee>();
        await RefusedAsync(() => employees.ToListAsync());
        await RefusedAsync(() => employees.Select(e => e.Note).FirstAsync());
        await RefusedAsync(() => employees.Where(e => e.Ssn == ssn).Select(e => e.Name).ToListAsync());
        await RefusedAsync(() => employees.Where(e => e.Ssn == ssn).ExecuteDeleteAsync());
        await RefusedAsync(() => employees.FindAsync(1).AsTask());
        await RefusedAsync(async () => await db.GetCipherAsync((Employee e) => e.Note!));
        await RefusedAsync(() => Task.FromResult(employees.Select(e => e.Salary).ToList()));
        await RefusedAsync(async () =>
        {
            await foreach (var one in employees.AsAsyncEnumerable())
            {
                Assert.Fail(one.Name);
            }

            return 0;
        });

        // What touches none of the columns goes on, and nothing was registered.
        Assert.Equal(["first", "second"], await employees.OrderBy(e => e.Id).Select(e => e.Name).ToListAsync());
        Assert.Equal(before, await VersionsAsync());

        async Task<IEnumerable<(string, long)>> VersionsAsync() => (await firm.ManifestAsync()).ConvertAll(static row => (row.Column, row.RowVersion));

        async Task RefusedAsync<T>(Func<Task<T>> read) =>
            Assert.Contains(step, (await Assert.ThrowsAsync<EncryptionModelException>(read)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite, AdoptionState.Encrypted)]
    [InlineData(DatabaseKind.Sqlite, AdoptionState.Cleared)]
    [InlineData(DatabaseKind.PostgreSql, AdoptionState.Encrypted)]
    public async Task Read_OnceCiphertextAloneIsWritten_Works(DatabaseKind kind, AdoptionState state)
    {
        using var firm = await FirmIn(kind, state);
        await using var db = firm.New();
        Assert.Equal("plain", (await db.Set<Employee>().SingleAsync(e => e.Ssn == "000-1")).Note);
        Assert.Equal(["000-1", "000-2"], db.Set<Employee>().OrderBy(e => e.Id).Select(e => e.Ssn).ToList());
        using var cipher = await db.GetCipherAsync((Employee e) => e.Note!);
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task NodeThatOnlyReads_HearsOfTheWayBack(DatabaseKind kind)
    {
        using var firm = await FirmIn(kind, AdoptionState.Cleared);
        using var node = firm.Node();
        Assert.Equal("plain", await NoteAsync());
        using var keys = firm.Node();
        await using var data = firm.Data();
        Assert.Equal(AdoptionState.Returned, (await keys.Keys.AdoptAsync(new("employees.note_encrypted") { Step = AdoptStep.Back, Reason = "a test" }, data)).State);
        firm.Database.Execute("UPDATE employees SET note = 'by an old one' WHERE name = 'first'");
        string why = (await Assert.ThrowsAsync<EncryptionModelException>(NoteAsync)).Message;
        Assert.Contains("employees.note_encrypted is Return", why, StringComparison.Ordinal);

        async Task<string?> NoteAsync()
        {
            await using var db = AnyContext.Open(firm.Database, node, Versions.New, "acme");
            return (await db.Set<Employee>().SingleAsync(e => e.Name == "first")).Note;
        }
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task ReadInPlace_WhilePlaintextIsWritten_IsRefused(DatabaseKind kind)
    {
        using var firm = new Firm(kind, InPlaceVersions.Adopting, "acme");
        await using (var db = firm.Adopting())
        {
            db.Add(new Employee { Ssn = "000-1" });
            await db.SaveChangesAsync();
        }

        foreach (var state in (AdoptionState[])[AdoptionState.Dual, AdoptionState.Returning, AdoptionState.Returned])
        {
            await firm.MoveAsync(state);
            await using var db = firm.Open(InPlaceVersions.New);
            Assert.Contains("reads no plaintext in it", (await Assert.ThrowsAsync<EncryptionModelException>(() => db.Set<Employee>().ToListAsync())).Message, StringComparison.Ordinal);
        }

        await firm.MoveAsync(AdoptionState.Encrypted);
        await using var after = firm.Open(InPlaceVersions.New);
        Assert.Equal("000-1", (await after.Set<Employee>().SingleAsync()).Ssn);
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite, AdoptionState.Dual)]
    [InlineData(DatabaseKind.Sqlite, AdoptionState.Verified)]
    [InlineData(DatabaseKind.Sqlite, AdoptionState.Returned)]
    [InlineData(DatabaseKind.PostgreSql, AdoptionState.Dual)]
    public async Task NullAlone_WhichTakesNoKey_WrittenWhilePlaintextIsWritten_IsRefusedToo(DatabaseKind kind, AdoptionState state)
    {
        using var firm = await FirmIn(kind, state);
        await using var db = firm.New();
        db.Attach(new Employee { Id = 1, Name = "first", Note = "any" }).Entity.Note = null;
        await Assert.ThrowsAsync<EncryptionModelException>(() => db.SaveChangesAsync());
        Assert.Throws<EncryptionModelException>(() => db.SaveChanges());
        string? nothing = null;
        await Assert.ThrowsAsync<EncryptionModelException>(() => db.Set<Employee>().ExecuteUpdateAsync(s => s.SetProperty(e => e.Note, nothing)));
        await Assert.ThrowsAsync<EncryptionModelException>(() => db.Set<Employee>().ExecuteUpdateAsync(s => s.SetProperty(e => e.Note, e => (string?)null)));
        Assert.Equal("1", firm.Database.Scalar("SELECT count(note_encrypted) || '' FROM employees"));
        await firm.MoveAsync(AdoptionState.Encrypted);
        await using var after = firm.New();
        after.Attach(new Employee { Id = 1, Name = "first", Note = "any" }).Entity.Note = null;
        Assert.Equal(1, await after.SaveChangesAsync());
    }

    [Fact]
    public async Task ReaderAcrossTenants_IsRefusedToo()
    {
        using var firm = await FirmIn(DatabaseKind.Sqlite, AdoptionState.Returned);
        await using var db = firm.New();
        using var across = db.AcrossTenants("a test", ["acme", "other"]);
        await Assert.ThrowsAsync<EncryptionModelException>(() => db.Set<Employee>().ToListAsync());
    }

    private static async Task<Firm> FirmIn(DatabaseKind kind, AdoptionState state)
    {
        var firm = new Firm(kind);
        await using (var db = firm.Adopting())
        {
            db.AddRange(new Employee { Name = "first", Ssn = "000-1", Note = "plain" }, new Employee { Name = "second", Ssn = "000-2" });
            await db.SaveChangesAsync();
        }

        await firm.MoveAsync(state);
        if (state is AdoptionState.Encrypted or AdoptionState.Cleared)
        {
            firm.Database.Execute("UPDATE employees SET ssn = NULL, note = NULL, salary = NULL, born = NULL");
        }

        return firm;
    }
}
