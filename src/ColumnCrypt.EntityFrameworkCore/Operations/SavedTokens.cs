using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.Keys;
using ColumnCrypt.Search;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>A token table that a save keeps right. Thread-safe.</summary>
internal sealed class SavedTokens
{
    private readonly IndexDefinition[] _definitions;

    public SavedTokens(IProperty source, IEntityType type, TokenTable table)
    {
        var reference = type.GetForeignKeys().Single();
        Source = source;
        Version = table.Version;
        Tenant = EncryptionAnnotations.ConstantTenantOf(source.DeclaringType);
        Table = type.GetTableName()!;
        Schema = type.GetSchema();
        KeyOfOwner = reference.PrincipalKey.Properties;
        var from = StoreObjectIdentifier.Create(type, StoreObjectType.Table)!.Value;
        Key = [.. reference.Properties.Select(column => (column.GetColumnName(from)!, column.GetRelationalTypeMapping()))];
        _definitions = [.. table.Definitions];
    }

    /// <summary>The property.</summary>
    public IProperty Source { get; }

    /// <summary>The index version.</summary>
    public int Version { get; }

    /// <summary>The constant tenant, or null.</summary>
    public string? Tenant { get; }

    /// <summary>The table.</summary>
    public string Table { get; }

    /// <summary>Its schema, or null.</summary>
    public string? Schema { get; }

    /// <summary>The key properties of the rows that have tokens.</summary>
    public IReadOnlyList<IProperty> KeyOfOwner { get; }

    /// <summary>The columns that name such a row, in the same order.</summary>
    public IReadOnlyList<(string Column, RelationalTypeMapping Mapping)> Key { get; }

    /// <summary>Every token table of a property.</summary>
    public static IEnumerable<SavedTokens> Of(IProperty property) =>
        TokenTable.Of(property).Select(t => new SavedTokens(property, (IEntityType)t.Type, t.Table));

    /// <summary>The tokens of a value, each once; none of null.</summary>
    public IReadOnlyList<byte[]> TokensOf(string? value, KeyRingLease keys) => keys.IndexTokens(_definitions, value, IndexUse.Write);
}
