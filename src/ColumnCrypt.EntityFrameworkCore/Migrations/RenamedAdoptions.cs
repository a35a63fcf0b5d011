using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Migrations;

/// <summary>
/// Finds columns that a migration would rename while they are adopted, by themselves or with their table: the state of an adoption belongs to the names, and
/// old versions of the application know the plaintext by them.
/// </summary>
internal static class RenamedAdoptions
{
    public static IEnumerable<string> Of(IRelationalModel? source, IRelationalModel? target)
    {
        var after = Adopted(target).ToLookup(static one => one.Purpose);
        foreach (var was in Adopted(source))
        {
            // A purpose is of one column, but for the tables of one hierarchy, which cannot be adopted.
            if (after[was.Purpose].FirstOrDefault() is { Column: not null } becomes && (was.Schema, was.Table, was.Column, was.Plaintext) != (becomes.Schema, becomes.Table, becomes.Column, becomes.Plaintext))
            {
                yield return $"{was} would become {becomes} while '{was.Purpose}' is adopted: the state of an adoption belongs to these names, and old versions know the plaintext by them. "
                    + $"Keep them until it is over: ToTable, HasColumnName(\"{was.Column}\"){(was.Plaintext is null ? "" : $", AdoptFrom(\"{was.Plaintext}\", until: …)")}. "
                    + $"Rename in a migration behind the one that takes {(was.Plaintext is null ? "AdoptInPlace" : "AdoptFrom")} out of the model, or before the one that brings it.";
            }
        }
    }

    private static IEnumerable<Names> Adopted(IRelationalModel? model) =>
        from table in model?.Tables ?? []
        from column in table.Columns
        let property = EncryptionChange.EncryptedIn(column)
        where property is not null && Adoption.IsAdopted(property)
        select new Names(EncryptionAnnotations.PurposeOf(property)!, table.Schema, table.Name, column.Name, Adoption.PlaintextColumnOf(property));

    private readonly record struct Names(string Purpose, string? Schema, string Table, string Column, string? Plaintext)
    {
        public override string ToString() => $"{(Schema is null ? "" : $"{Schema}.")}{Table}.{Column}{(Plaintext is null ? "" : $" (from {Plaintext})")}";
    }
}
