using System.Globalization;
using ColumnCrypt;
using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Microsoft.EntityFrameworkCore;

/// <summary>Says that an encrypted property is adopted: that its values are in a column of plaintext still (docs/guides/adopting.md).</summary>
public static class ColumnCryptAdoptionExtensions
{
    /// <summary>
    /// Adopts the property from a column of plaintext: both columns are mapped, and which of them is written and believed follows the column's state
    /// in the manifest, which <c>columncrypt adopt</c> moves on. Give the property a column of its own: <c>HasColumnName("ssn_encrypted")</c>.
    /// </summary>
    /// <remarks>
    /// The plaintext column becomes a nullable shadow property, named as this one with <c>Plaintext</c> behind it; what was said of the property's column
    /// type, length and conversion counts for it, and an index on the property is one on the plaintext.
    /// </remarks>
    /// <param name="builder">The property, which is encrypted too.</param>
    /// <param name="column">The column that holds the plaintext.</param>
    /// <param name="until">
    /// The day, UTC, by which the adoption is to be over: from then on, while the column is not <c>encrypted</c>, an event and the health check say so.
    /// </param>
    /// <exception cref="EncryptionModelException">The context's options lack <c>UseColumnCrypt</c>, or the property is part of a complex type, which has no room for another column.</exception>
    public static PropertyBuilder AdoptFrom(this PropertyBuilder builder, string column, DateOnly until)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Mark(builder.Metadata, column, until);
        return builder;
    }

    /// <inheritdoc cref="AdoptFrom(PropertyBuilder, string, DateOnly)"/>
    public static PropertyBuilder<TProperty> AdoptFrom<TProperty>(this PropertyBuilder<TProperty> builder, string column, DateOnly until)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Mark(builder.Metadata, column, until);
        return builder;
    }

    /// <summary>
    /// Adopts the property in the column that holds its plaintext, for a column that must stay text: values stand in it in their text form, <c>cc1:…</c>, and
    /// plaintext that is there already is read until it is moved, counted, and refused from the day on that is given here or once the column is
    /// <c>encrypted</c>. <c>columncrypt adopt</c> moves it. No column is added, but for those of blind indexes.
    /// </summary>
    /// <remarks>
    /// Leakage: whoever can write to the database can plant plaintext, which is believed until then. An old version of the application that reads the column sees
    /// <c>cc1:…</c>. The column has to take the text form: 64 characters and four for each character of a value.
    /// </remarks>
    /// <param name="builder">The property: a string without a conversion, which is encrypted too.</param>
    /// <param name="until">
    /// The day, UTC, by which the adoption is to be over: from then on plaintext is refused, and an event and the health check say so while the column is not
    /// <c>encrypted</c>.
    /// </param>
    /// <exception cref="EncryptionModelException">The context's options lack <c>UseColumnCrypt</c>.</exception>
    public static PropertyBuilder AdoptInPlace(this PropertyBuilder builder, DateOnly until)
    {
        ArgumentNullException.ThrowIfNull(builder);
        MarkInPlace(builder.Metadata, until);
        return builder;
    }

    /// <inheritdoc cref="AdoptInPlace(PropertyBuilder, DateOnly)"/>
    public static PropertyBuilder<TProperty> AdoptInPlace<TProperty>(this PropertyBuilder<TProperty> builder, DateOnly until)
    {
        ArgumentNullException.ThrowIfNull(builder);
        MarkInPlace(builder.Metadata, until);
        return builder;
    }

    /// <inheritdoc cref="AdoptInPlace(PropertyBuilder, DateOnly)"/>
    public static ComplexTypePropertyBuilder AdoptInPlace(this ComplexTypePropertyBuilder builder, DateOnly until)
    {
        ArgumentNullException.ThrowIfNull(builder);
        MarkInPlace(builder.Metadata, until);
        return builder;
    }

    /// <inheritdoc cref="AdoptInPlace(PropertyBuilder, DateOnly)"/>
    public static ComplexTypePropertyBuilder<TProperty> AdoptInPlace<TProperty>(this ComplexTypePropertyBuilder<TProperty> builder, DateOnly until)
    {
        ArgumentNullException.ThrowIfNull(builder);
        MarkInPlace(builder.Metadata, until);
        return builder;
    }

    /// <summary>
    /// Keeps the column of an encrypted property text: values stand in it in their text form, <c>cc1:…</c>, and plaintext is refused. What takes the place of
    /// <see cref="AdoptInPlace(PropertyBuilder, DateOnly)"/> once the column is <c>encrypted</c>, and what a new column that must be text begins with.
    /// </summary>
    /// <param name="builder">The property: a string without a conversion, which is encrypted too.</param>
    /// <exception cref="EncryptionModelException">The context's options lack <c>UseColumnCrypt</c>.</exception>
    public static PropertyBuilder HasTextForm(this PropertyBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        MarkText(builder.Metadata);
        return builder;
    }

    /// <inheritdoc cref="HasTextForm(PropertyBuilder)"/>
    public static PropertyBuilder<TProperty> HasTextForm<TProperty>(this PropertyBuilder<TProperty> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        MarkText(builder.Metadata);
        return builder;
    }

    /// <inheritdoc cref="HasTextForm(PropertyBuilder)"/>
    public static ComplexTypePropertyBuilder HasTextForm(this ComplexTypePropertyBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        MarkText(builder.Metadata);
        return builder;
    }

    /// <inheritdoc cref="HasTextForm(PropertyBuilder)"/>
    public static ComplexTypePropertyBuilder<TProperty> HasTextForm<TProperty>(this ComplexTypePropertyBuilder<TProperty> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        MarkText(builder.Metadata);
        return builder;
    }

    private static void Mark(IMutableProperty property, string column, DateOnly until)
    {
        ArgumentException.ThrowIfNullOrEmpty(column);
        ColumnCryptModelExtensions.DemandConventions(property);
        property.SetAnnotation(EncryptionAnnotations.AdoptFrom, column);
        property.SetAnnotation(EncryptionAnnotations.AdoptUntil, until.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        Adoption.AddPlaintext(property, column);
    }

    private static void MarkInPlace(IMutableProperty property, DateOnly until)
    {
        MarkText(property);
        property.SetAnnotation(EncryptionAnnotations.AdoptInPlace, true);
        property.SetAnnotation(EncryptionAnnotations.AdoptUntil, until.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
    }

    private static void MarkText(IMutableProperty property)
    {
        ColumnCryptModelExtensions.DemandConventions(property);
        property.SetAnnotation(EncryptionAnnotations.TextForm, true);
    }
}
