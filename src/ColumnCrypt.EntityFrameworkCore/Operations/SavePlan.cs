using System.Text;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using ColumnCrypt.Format;
using ColumnCrypt.Search;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Update;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>What saving an entity of one type means: computed once per type, kept with the model. Thread-safe.</summary>
internal sealed class SavePlan
{
    private const string Annotation = "ColumnCrypt:SavePlan";
    private const string TokensAnnotation = "ColumnCrypt:HasTokens";
    private readonly (IProperty Property, bool MayBeLong)[] _properties;
    private readonly IndexVersions _indexes;
    private readonly string? _tenant;

    private SavePlan(IEntityType type)
    {
        _properties = [.. type.GetFlattenedProperties().Where(EncryptionAnnotations.IsEncrypted).Select(static p => (p, MayBeLong(p)))];
        _tenant = EncryptionAnnotations.ConstantTenantOf(type);
        Indexes = [.. type.GetProperties().Where(EncryptionAnnotations.IsEncrypted)
            .SelectMany(static p => BlindIndexes.Of(p).Select(static index => SavedIndex.Of((IProperty)index)))];
        Composites = [.. Indexes.Where(static i => i.Sources.Count > 1)];
        Tokens = [.. type.GetProperties().Where(EncryptionAnnotations.IsEncrypted).SelectMany(SavedTokens.Of)];
        _indexes = Indexes.Count == 0 && Tokens.Count == 0
            ? IndexVersions.None
            : new IndexVersions([.. Indexes.Select(static i => i.Version).Concat(Tokens.Select(static t => t.Version)).Distinct()], []);
        Tenant = TenantOf(type);
        OwnersTenant = type.IsOwned() ? TenantOf(RootOwnerOf(type)) : null;
    }

    /// <summary>The blind indexes of its properties.</summary>
    public IReadOnlyList<SavedIndex> Indexes { get; }

    /// <summary>Those of them that are of several properties.</summary>
    public IReadOnlyList<SavedIndex> Composites { get; }

    /// <summary>The token tables of its properties.</summary>
    public IReadOnlyList<SavedTokens> Tokens { get; }

    /// <summary>The tenant of a row, where the type declares it.</summary>
    public RowTenant? Tenant { get; }

    /// <summary>For an owned type: the tenant of its owner's row, where that type declares it.</summary>
    public RowTenant? OwnersTenant { get; }

    public static SavePlan Of(IEntityType type) => type.GetOrAddRuntimeAnnotationValue(Annotation, static t => new SavePlan(t!), type);

    /// <summary>True where any property of a model has a token table.</summary>
    public static bool HasTokens(IModel model) => model.GetOrAddRuntimeAnnotationValue<bool, IModel>(TokensAnnotation, static m => TokenTable.OfModel(m!).Any(), model);

    /// <summary>Counts the uses that saving an added or modified entry takes.</summary>
    /// <returns>True where something is encrypted under the keys of the context's tenant.</returns>
    public bool Count(IUpdateEntry entry, RingNeeds needs)
    {
        long uses = 0;
        bool isEmptied = false;

        // EF compares what it replaces in one row as the database has it: both values are encrypted once more for that (BatchWindow).
        var replaced = entry.SharedIdentityEntry;
        foreach (var (property, mayBeLong) in _properties)
        {
            if (replaced is not null)
            {
                uses += Uses(property, mayBeLong, entry.GetCurrentValue(property)) + (replaced.EntityType == entry.EntityType ? Uses(property, mayBeLong, replaced.GetOriginalValue(property)) : 1);
            }

            if (entry.EntityState == EntityState.Added || entry.IsModified(property))
            {
                if (entry.GetCurrentValue(property) is { } value)
                {
                    uses += mayBeLong ? UsesOf(property, value) : 1;
                }
                else
                {
                    isEmptied = true;
                }
            }
        }

        if (uses > 0)
        {
            needs.Add(_tenant, uses, _indexes);
        }
        else if (isEmptied)
        {
            needs.AddEmptied(_tenant);
        }

        return uses > 0 && _tenant is null;
    }

    private static long Uses(IProperty property, bool mayBeLong, object? value) => value is null ? 0 : mayBeLong ? UsesOf(property, value) : 1;

    private static RowTenant? TenantOf(IEntityType type) =>
        EncryptionAnnotations.TenantPropertyOf(type) is { } name ? new RowTenant(type.FindProperty(name)!) : null;

    private static IEntityType RootOwnerOf(IEntityType type) => type.FindOwnership() is { } ownership ? RootOwnerOf(ownership.PrincipalEntityType) : type;

    private static bool MayBeLong(IProperty property) => (property.FindAnnotation(EncryptionAnnotations.Codec)?.Value as string) is "text" or "bytes" or "json"
        || !ValueCodecs.HasOwnCodec(property.ClrType);

    private static long UsesOf(IProperty property, object value) => EncryptedValue.UsesOf(value switch
    {
        string text => text.Length < EncryptedValue.BytesPerUse / 3 ? 0 : Encoding.UTF8.GetByteCount(text),
        byte[] bytes => bytes.Length,
        _ => 0,
    });
}
