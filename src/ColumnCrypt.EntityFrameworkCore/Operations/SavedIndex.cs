using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Microsoft.EntityFrameworkCore.Update;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>An index column that a save fills. Thread-safe.</summary>
/// <param name="Sources">The property that is indexed, or those of a composite index in order.</param>
/// <param name="Index">The shadow property that holds the index.</param>
internal sealed record SavedIndex(IReadOnlyList<IProperty> Sources, IProperty Index)
{
    private readonly ValueConverter _converter = Index.GetTypeMapping().Converter!;

    /// <summary>The index version.</summary>
    public int Version => IndexConverter.MarkerOf(_converter)!.Version;

    /// <summary>True where the database refuses equal values.</summary>
    public bool IsUnique => Index.GetContainingIndexes().Any(static index => index.IsUnique);

    /// <summary>An index column of a model.</summary>
    public static SavedIndex Of(IProperty index)
    {
        var parts = BlindIndexes.PartsOf(index);
        string[] names = parts.Count > 0 ? [.. parts] : [(string)index.FindAnnotation(EncryptionAnnotations.IndexOf)!.Value!];
        return new SavedIndex([.. names.Select(name => index.DeclaringType.FindProperty(name)!)], index);
    }

    /// <summary>The index value of what is about to be saved, computed in the open write window.</summary>
    public BlindIndexValue? ValueOf(IUpdateEntry entry)
    {
        var plain = Sources is [var source]
            ? BlindIndexValue.ToStore(entry.GetCurrentValue(source))
            : BlindIndexValue.ToStore([.. Sources.Select(entry.GetCurrentValue)]);
        return ToBytes(plain) is { } bytes ? BlindIndexValue.Stored(bytes) : null;
    }

    /// <summary>The index value of the properties' values as it is stored, computed in the open write window.</summary>
    public byte[]? BytesOf(Func<IProperty, object?> value) =>
        ToBytes(Sources is [var source] ? BlindIndexValue.ToStore(value(source)) : BlindIndexValue.ToStore([.. Sources.Select(value)]));

    private byte[]? ToBytes(BlindIndexValue? plain) => (byte[]?)_converter.ConvertToProvider(plain);
}
