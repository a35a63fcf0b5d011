using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Runtime;

/// <summary>What a column of plaintext has by default. Immutable, thread-safe.</summary>
/// <param name="Constant">The value; null where the database computes it.</param>
internal sealed record PlaintextDefault(object? Constant)
{
    /// <summary>That of an adopted property; null where its column has none.</summary>
    public static PlaintextDefault? Of(IProperty property)
    {
        var column = (IProperty?)Adoption.PlaintextOf(property) ?? property;
        object? constant = column == property ? property.FindAnnotation(EncryptionAnnotations.PlainDefault)?.Value
            : column.TryGetDefaultValue(out object? value) ? value : null;
        return constant is not null || column.GetDefaultValueSql() is not null ? new PlaintextDefault(constant) : null;
    }
}
