using ColumnCrypt.Columns;
using ColumnCrypt.Format;
using ColumnCrypt.Manifest;
using ColumnCrypt.Search;
using Xunit;

namespace ColumnCrypt.Store.Tests.Stepping;

/// <summary>
/// A version of an application whose column people.name is adopted, with a unique blind index: it writes, and believes, what the column's state says.
/// </summary>
internal sealed class AdoptedPeople(Ward ward)
{
    public const string Column = "people.name_encrypted";

    /// <summary>The table, whose column is empty yet.</summary>
    public static async Task<AdoptedPeople> CreateAsync(Ward ward)
    {
        await ward.ExecuteAsync($"CREATE TABLE people (id integer PRIMARY KEY, name text UNIQUE, name_encrypted {ward.Bytes} NOT NULL DEFAULT {(ward.IsPostgreSql ? "''" : "x''")}, name_bi {ward.Bytes} UNIQUE)");
        var index = new AdoptionIndex("name_bi", "eq", IndexDefinition.NoNormaliser, 1, IndexDefinition.FullBits, IsUnique: true);
        var adoption = new ColumnAdoption { PlainColumn = "name", Tenant = RowTenant.Always("acme"), Indexes = [index] };
        await ward.RegisterAsync(ward.Column("people", "name_encrypted") with { Adoption = adoption.ToJson(), IndexColumns = """["name_bi"]""" });
        return new AdoptedPeople(ward);
    }

    public async Task WriteAsync(int id, string name)
    {
        var adoption = await AdoptionAsync();
        using var cipher = await ward.Instance.GetCipherAsync("acme", Column, 1, ValueCodecs.For<string>(), new ColumnIndexes { Columns = [new ColumnIndex("name_bi")] }, TestContext.Current.CancellationToken);
        Assert.Equal(1, await ward.ExecuteAsync(
            "UPDATE people SET name = @name, name_encrypted = @encrypted, name_bi = @index WHERE id = @id",
            ("id", id), ("name", adoption.WritesPlain ? name : null), ("encrypted", cipher.Encrypt(name)), ("index", cipher.BlindIndex(name))));
    }

    public async Task<string?> ReadAsync(int id)
    {
        var adoption = await AdoptionAsync();
        var row = Assert.Single(await ward.QueryAsync("SELECT name, name_encrypted FROM people WHERE id = @id", ("id", id)));
        var (plain, value) = ((string?)row[0], (byte[])row[1]!);
        string? decrypted = value.Length == 0 ? null : await ward.DecryptAsync("acme", Column, value);
        if (adoption.IsPlainLeading)
        {
            // Nobody writes the plaintext alone here.
            Assert.True(decrypted is null || plain is null || decrypted == plain);
            return plain ?? decrypted;
        }

        return decrypted;
    }

    private async Task<ColumnAdoption> AdoptionAsync()
    {
        await ward.Instance.PrepareAdoptionsAsync("acme", ward.Database, TestContext.Current.CancellationToken);
        return ward.Instance.FindAdoption("acme", ward.Database, ward.Schema, "people", "name_encrypted", Column)!;
    }
}
