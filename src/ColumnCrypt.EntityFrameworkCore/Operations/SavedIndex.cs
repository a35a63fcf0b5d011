using ColumnCrypt.EntityFrameworkCore.Model;
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

    /// <summary>The index version.</summary>
    public int Version => IndexConverter.MarkerOf(_converter)!.Version;

    /// <summary>True where the database refuses equal values.</summary>
    public bool IsUnique => Index.GetContainingIndexes().Any(static index => index.IsUnique);

    /// <summary>The index value of a property's value, computed in the open write window.</summary>
    public BlindIndexValue? ValueOf(object? value) => BytesOf(value) is { } bytes ? BlindIndexValue.Stored(bytes) : null;

    /// <summary>As <see cref="ValueOf"/>, as it is stored.</summary>
    public byte[]? BytesOf(object? value) => (byte[]?)_converter.ConvertToProvider(BlindIndexValue.ToStore(value));
}
