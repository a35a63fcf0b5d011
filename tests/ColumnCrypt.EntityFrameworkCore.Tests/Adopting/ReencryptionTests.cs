using ColumnCrypt.Adopting;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using ColumnCrypt.Reencrypting;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>Rows of adopted columns move to another data key; what the blind indexes hold stays.</summary>
public class ReencryptionTests
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(3.2);

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Reencryption_OfAdoptedRows_LeavesTheirIndexesAsTheyAre(DatabaseKind kind)
    {
        using var firm = new Firm(kind);
        await using (var db = firm.Adopting())
        {
            db.AddRange(new Employee { Name = "first", Ssn = "000-1", Note = "one" }, new Employee { Name = "second", Ssn = "000-2" });
            await db.SaveChangesAsync();
        }

        using var keys = firm.Node();
        await using var data = firm.Data();
        Assert.Equal(AdoptionState.Verified, (await keys.Keys.AdoptAsync(new AdoptOptions("employees.ssn_encrypted"), data)).State);
        string hex = kind == DatabaseKind.Sqlite ? "hex({0})" : "encode({0}, 'hex')";
        string[] before = [Hex("ssn_encrypted", 1), Hex("ssn_encrypted_bi", 1), Hex("ssn_encrypted", 2), Hex("ssn_encrypted_bi", 2)];
        var active = (await keys.Keys.ListKeysAsync("acme")).Single(static key => key is { Kind: KeyKind.Data, State: KeyState.Active });
        await keys.Keys.CompromiseAsync(active.KeyId, "test");
        await Task.Delay(s_bound);
        var moved = await keys.Keys.ReencryptAsync(new ReencryptOptions { Verify = true }, data);
        Assert.Empty(moved.Failures);
        Assert.Equal([active.KeyId], moved.Emptied);

        string[] after = [Hex("ssn_encrypted", 1), Hex("ssn_encrypted_bi", 1), Hex("ssn_encrypted", 2), Hex("ssn_encrypted_bi", 2)];
        Assert.Equal((before[1], before[3]), (after[1], after[3]));
        Assert.NotEqual(before[0], after[0]);
        Assert.NotEqual(before[2], after[2]);
        firm.Restart();
        await using (var db = firm.Adopting())
        {
            string ssn = "000-2";
            Assert.Equal("second", (await db.Set<Employee>().SingleAsync(e => e.Ssn == ssn)).Name);
            db.Add(new Employee { Name = "twice", Ssn = ssn });
            await Assert.ThrowsAsync<DbUpdateException>(() => db.SaveChangesAsync());
        }

        string Hex(string column, int id) =>
            (string)firm.Database.Scalar($"SELECT {string.Format(System.Globalization.CultureInfo.InvariantCulture, hex, column)} FROM employees WHERE id = {id}")!;
    }
}
