using System.Linq.Expressions;
using ColumnCrypt;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.Search;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Microsoft.EntityFrameworkCore;

/// <summary>The fluent twins of <c>[Encrypted]</c>, <c>[BlindIndex]</c> and <c>[TextIndex]</c>, and what the model says about encryption.</summary>
public static class ColumnCryptModelExtensions
{
    /// <summary>Encrypts the property.</summary>
    /// <param name="builder">The property.</param>
    /// <param name="purpose">The stable logical name of the column, 1 to 200 bytes of UTF-8; null for the default, <c>DeclaringType.Property</c>.</param>
    /// <exception cref="EncryptionModelException">The context's options lack <c>UseColumnCrypt</c>.</exception>
    public static PropertyBuilder IsEncrypted(this PropertyBuilder builder, string? purpose = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Mark(builder.Metadata, purpose);
        return builder;
    }

    /// <inheritdoc cref="IsEncrypted(PropertyBuilder, string)"/>
    public static PropertyBuilder<TProperty> IsEncrypted<TProperty>(this PropertyBuilder<TProperty> builder, string? purpose = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Mark(builder.Metadata, purpose);
        return builder;
    }

    /// <inheritdoc cref="IsEncrypted(PropertyBuilder, string)"/>
    public static ComplexTypePropertyBuilder IsEncrypted(this ComplexTypePropertyBuilder builder, string? purpose = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Mark(builder.Metadata, purpose);
        return builder;
    }

    /// <inheritdoc cref="IsEncrypted(PropertyBuilder, string)"/>
    public static ComplexTypePropertyBuilder<TProperty> IsEncrypted<TProperty>(this ComplexTypePropertyBuilder<TProperty> builder, string? purpose = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Mark(builder.Metadata, purpose);
        return builder;
    }

    /// <summary>Declares a blind index of the whole value: <c>==</c>, <c>Contains</c> and joins on the property use it.</summary>
    /// <param name="builder">The property.</param>
    /// <remarks>Leakage: whoever reads the database learns which rows of one tenant hold equal values, and how often.</remarks>
    /// <exception cref="EncryptionModelException">The context's options lack <c>UseColumnCrypt</c>.</exception>
    public static BlindIndexBuilder HasBlindIndex(this PropertyBuilder builder) => HasBlindIndex(builder, BlindIndexPart.Whole);

    /// <summary>Declares a blind index of a part of the value.</summary>
    /// <param name="builder">The property.</param>
    /// <param name="part">What of the value is indexed.</param>
    /// <param name="prefixLength">For <see cref="BlindIndexPart.Prefix"/>: how many characters, 1 to 64.</param>
    /// <remarks>Leakage: whoever reads the database learns which rows of one tenant have equal parts, and how often.</remarks>
    /// <exception cref="EncryptionModelException">The context's options lack <c>UseColumnCrypt</c>.</exception>
    public static BlindIndexBuilder HasBlindIndex(this PropertyBuilder builder, BlindIndexPart part, int prefixLength = 3)
    {
        ArgumentNullException.ThrowIfNull(builder);
        DemandConventions(builder.Metadata);
        return new BlindIndexBuilder(builder.Metadata, IndexOptions.KindOf(part, prefixLength));
    }

    /// <summary>
    /// Declares a token match on a text, as <see cref="TextIndexAttribute"/> does: <c>StartsWith(variable)</c> and <c>EF.Functions.MatchesWords</c> ask it.
    /// </summary>
    /// <param name="builder">The property.</param>
    /// <param name="prefixFrom">The shortest beginning that is found, 1 to 64 characters; 0 for no prefixes.</param>
    /// <param name="prefixTo">The longest beginning that has a token of its own.</param>
    /// <param name="words">True to index each word.</param>
    /// <param name="version">
    /// The index version, 1 or more: which index key of the tenant is used, and a table of its own. Another version that is declared too stands beside it.
    /// </param>
    /// <remarks>
    /// Leakage: whoever reads the database learns which rows of one tenant begin alike and for how many characters, which share words, and how often
    /// each occurs (docs/leakage.md).
    /// </remarks>
    /// <exception cref="EncryptionModelException">The context's options lack <c>UseColumnCrypt</c>.</exception>
    public static TextIndexBuilder HasTextIndex(this PropertyBuilder builder, int prefixFrom = 0, int prefixTo = 0, bool words = false, int version = 1)
    {
        ArgumentNullException.ThrowIfNull(builder);
        DemandConventions(builder.Metadata);
        return new TextIndexBuilder(builder.Metadata, TextPart.Of(prefixFrom, prefixTo, words).Select(part => part with { Version = version }));
    }

    /// <summary>
    /// Declares a range index on a number or time, as <see cref="RangeIndexAttribute"/> does: <c>&lt;</c>, <c>&lt;=</c>, <c>&gt;</c>, <c>&gt;=</c> and
    /// <c>EF.Functions.InRange</c> ask it.
    /// </summary>
    /// <param name="builder">The property.</param>
    /// <param name="from">Where the first bucket begins: of numbers a number, of times and spans seconds, of dates days since 0001-01-01.</param>
    /// <param name="width">The width of a bucket, above 0, in the same unit.</param>
    /// <param name="buckets">How many there are, 2 to 4,096; a query asks for at most 256.</param>
    /// <param name="version">
    /// The index version, 1 or more: which index key of the tenant is used, and a column of its own. Another version that is declared too stands beside it.
    /// </param>
    /// <remarks>
    /// Leakage: whoever reads the database learns which rows of one tenant share a bucket, and how full each is; with a log of the queries, the order of the
    /// buckets (docs/leakage.md).
    /// </remarks>
    /// <exception cref="EncryptionModelException">The context's options lack <c>UseColumnCrypt</c>.</exception>
    public static RangeIndexBuilder HasRangeIndex(this PropertyBuilder builder, decimal from, decimal width, int buckets, int version = 1)
    {
        ArgumentNullException.ThrowIfNull(builder);
        DemandConventions(builder.Metadata);
        return new RangeIndexBuilder(builder.Metadata, new IndexOptions { Kind = BucketText.KindOf(from, width, buckets), Version = version });
    }

    /// <summary>Declares a range index on a date, as <see cref="RangeIndexAttribute"/> does.</summary>
    /// <param name="builder">The property.</param>
    /// <param name="from">The first day of the first bucket.</param>
    /// <param name="days">The width of a bucket in days, above 0.</param>
    /// <param name="buckets">How many there are, 2 to 4,096; a query asks for at most 256.</param>
    /// <param name="version">The index version, 1 or more.</param>
    /// <inheritdoc cref="HasRangeIndex(PropertyBuilder, decimal, decimal, int, int)" path="/remarks"/>
    /// <exception cref="EncryptionModelException">The context's options lack <c>UseColumnCrypt</c>.</exception>
    public static RangeIndexBuilder HasRangeIndex(this PropertyBuilder builder, DateOnly from, decimal days, int buckets, int version = 1) =>
        builder.HasRangeIndex(from.DayNumber, days, buckets, version);

    /// <summary>Declares one blind index of several encrypted properties together: the fluent twin of <see cref="CompositeBlindIndexAttribute"/>.</summary>
    /// <typeparam name="TEntity">The entity.</typeparam>
    /// <param name="builder">The entity type.</param>
    /// <param name="purpose">The stable name of the index, for example <c>patient.name-born</c>: 1 to 200 bytes of UTF-8, no property's purpose.</param>
    /// <param name="properties">2 to 16 encrypted properties of the entity itself, in an order that stays.</param>
    public static CompositeBlindIndexBuilder HasBlindIndex<TEntity>(
        this EntityTypeBuilder<TEntity> builder, string purpose, params Expression<Func<TEntity, object?>>[] properties)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(purpose);
        ArgumentNullException.ThrowIfNull(properties);
        ArgumentOutOfRangeException.ThrowIfLessThan(properties.Length, 2);
        var parts = properties.Select(property => builder.Property(property).Metadata).ToList();
        DemandConventions(parts[0]);
        return new CompositeBlindIndexBuilder(parts[0], new IndexOptions
        {
            Kind = IndexOptions.Composite,
            Purpose = purpose,
            Parts = [.. parts.Select(static part => part.Name)],
            Normaliser = string.Join(',', parts.Select(static _ => IndexDefinition.NoNormaliser)),
        });
    }

    /// <summary>Says which property holds the tenant of a row. Saving a row of another tenant than the context's is refused.</summary>
    /// <typeparam name="TEntity">The entity.</typeparam>
    /// <typeparam name="TTenant">A string, Guid, int, long, or a type that a value converter makes one of these.</typeparam>
    /// <param name="builder">The entity type.</param>
    /// <param name="tenant">The property.</param>
    public static EntityTypeBuilder<TEntity> HasTenant<TEntity, TTenant>(this EntityTypeBuilder<TEntity> builder, Expression<Func<TEntity, TTenant>> tenant)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.SetAnnotation(EncryptionAnnotations.TenantProperty, builder.Property(tenant).Metadata.Name);
        return builder;
    }

    /// <summary>Says that the rows belong to no tenant of the application: they are encrypted for this constant one, whatever the context's tenant is.</summary>
    /// <typeparam name="TEntity">The entity.</typeparam>
    /// <param name="builder">The entity type.</param>
    /// <param name="tenant">The tenant id: 1 to 200 bytes of UTF-8.</param>
    public static EntityTypeBuilder<TEntity> HasTenant<TEntity>(this EntityTypeBuilder<TEntity> builder, string tenant)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.SetAnnotation(EncryptionAnnotations.Tenant, ColumnCrypt.Metadata.TenantId.From(tenant));
        return builder;
    }

    /// <summary>True where the property is encrypted.</summary>
    /// <param name="property">The property.</param>
    public static bool IsEncrypted(this IReadOnlyProperty property)
    {
        ArgumentNullException.ThrowIfNull(property);
        return EncryptionAnnotations.IsEncrypted(property);
    }

    /// <summary>The purpose of an encrypted property, or null.</summary>
    /// <param name="property">The property.</param>
    public static string? GetEncryptionPurpose(this IReadOnlyProperty property)
    {
        ArgumentNullException.ThrowIfNull(property);
        return EncryptionAnnotations.PurposeOf(property);
    }

    private static void Mark(IMutableProperty property, string? purpose)
    {
        DemandConventions(property);
        property.SetAnnotation(EncryptionAnnotations.Purpose, purpose ?? "");
    }

    internal static void DemandConventions(IMutableProperty property)
    {
        if (property.DeclaringType.Model.FindAnnotation(EncryptionAnnotations.Building) is null)
        {
            throw new EncryptionModelException(
                $"{Purposes.Describe(property)} is to be encrypted, but the context's options lack UseColumnCrypt. Call it after UseSqlite, UseNpgsql or another relational provider, also in a design-time factory.");
        }
    }
}
