namespace ColumnCrypt.Format;

/// <summary>What a codec is, whatever its type.</summary>
public interface IValueCodec
{
    /// <summary>The name in the manifest: a column's codec never changes while it holds rows.</summary>
    string Name { get; }
}
