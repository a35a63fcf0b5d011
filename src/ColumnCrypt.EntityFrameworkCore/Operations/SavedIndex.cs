using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>An index column that a save fills. Thread-safe.</summary>
/// <param name="Source">The property that is indexed.</param>
/// <param name="Index">The shadow property that holds its index.</param>
internal sealed record SavedIndex(IProperty Source, IProperty Index)
{
    private readonly ValueConverter _converter = Index.GetTypeMapping().Converter!;

    /// <summary>The index value of a property's value, computed in the open write window.</summary>
    public BlindIndexValue? ValueOf(object? value) =>
        _converter.ConvertToProvider(BlindIndexValue.ToStore(value)) is byte[] bytes ? BlindIndexValue.Stored(bytes) : null;
}
