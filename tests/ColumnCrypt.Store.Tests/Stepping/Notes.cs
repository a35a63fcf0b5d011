using System.Globalization;
using ColumnCrypt.Adopting;
using ColumnCrypt.Manifest;

namespace ColumnCrypt.Store.Tests.Stepping;

/// <summary>A table of people, each with a note that is adopted into the column beside it.</summary>
internal static class Notes
{
    public const string Column = "people.note_encrypted";

    /// <summary>A ward with the table, taken through steps, each in force on every node.</summary>
    public static async Task<Ward> MakeAsync(string database, int rows, params AdoptStep[] steps)
    {
        var ward = await Ward.CreateAsync(database);
        await ward.ExecuteAsync($"CREATE TABLE people (id integer PRIMARY KEY, note text, note_encrypted {ward.Bytes} NOT NULL DEFAULT {(ward.IsPostgreSql ? "''" : "x''")})");
        await ward.RegisterAsync(ward.Column("people", "note_encrypted") with { Adoption = new ColumnAdoption { PlainColumn = "note", Tenant = RowTenant.Always("acme") }.ToJson() });
        for (int i = 0; i < rows; i++)
        {
            await ward.ExecuteAsync("INSERT INTO people (id, note) VALUES (@id, @note)", ("id", i), ("note", Text(i)));
        }

        await TakeAsync(ward, steps);
        return ward;
    }

    public static async Task TakeAsync(Ward ward, params AdoptStep[] steps)
    {
        foreach (var step in steps)
        {
            await ward.Instance.Keys.AdoptAsync(Options(step), ward.Data);
            await Task.Delay(1_100);
        }
    }

    public static AdoptOptions Options(AdoptStep step) => new(Column) { Step = step, Reason = "a test" };

    public static string Text(int id) => string.Create(CultureInfo.InvariantCulture, $"note {id}");
}
