using ColumnCrypt.Manifest;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Runtime;

/// <summary>An encrypted property that is adopted, and where its values are. Thread-safe.</summary>
/// <param name="Ordinal">Its number among those of the model, from 0.</param>
/// <param name="Property">The property.</param>
/// <param name="Plaintext">The shadow property of its plaintext; null where that stands in the same column.</param>
/// <param name="Schema">The schema, or "" where the database has none.</param>
/// <param name="Table">The table.</param>
/// <param name="Column">The column of ciphertext; in place, the column itself.</param>
/// <param name="PlainColumn">The column of plaintext; null where it is the same.</param>
/// <param name="Purpose">The purpose.</param>
/// <param name="Declared">What the model says of the adoption: it counts before the column is registered.</param>
/// <param name="Tenant">The constant tenant of the rows; null for the context's.</param>
/// <param name="Default">What the column of plaintext has by default, for versions that know it alone; null where there is no default.</param>
internal sealed record AdoptedColumn(
    int Ordinal,
    IProperty Property,
    IProperty? Plaintext,
    string Schema,
    string Table,
    string Column,
    string? PlainColumn,
    string Purpose,
    ColumnAdoption Declared,
    string? Tenant,
    PlaintextDefault? Default)
{
    private readonly Microsoft.EntityFrameworkCore.ChangeTracking.ValueComparer _comparer = Property.GetValueComparer();

    /// <summary>True where plaintext and the text form of values stand in one column.</summary>
    public bool IsInPlace => Plaintext is null;

    /// <summary>The column of ciphertext as messages and the command name it.</summary>
    public string Name => $"{Table}.{Column}";

    /// <summary>The column of plaintext as messages name it.</summary>
    public string PlainName => $"{Table}.{PlainColumn ?? Column}";

    /// <summary>True where both columns hold the same value.</summary>
    public bool AreSame(object? decrypted, object? plaintext) => decrypted is null || plaintext is null ? decrypted is null && plaintext is null : _comparer.Equals(decrypted, plaintext);
}
