using System.Globalization;
using ColumnCrypt;
using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore.Infrastructure;
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
    /// type, length, conversion and default counts for it, and an index on the property is one on the plaintext.
    /// </remarks>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The property, which is encrypted too.</param>
    /// <param name="column">The column that holds the plaintext.</param>
    /// <param name="until">
    /// The day, UTC, by which the adoption is to be over: from then on, while the column is not <c>encrypted</c>, an event and the health check say so.
    /// </param>
    /// <exception cref="EncryptionModelException">The context's options lack <c>UseColumnCrypt</c>, or the property is part of a complex type, which has no room for another column.</exception>
    public static TBuilder AdoptFrom<TBuilder>(this TBuilder builder, string column, DateOnly until)
        where TBuilder : PropertyBuilder
    {
        ArgumentException.ThrowIfNullOrEmpty(column);
        var property = PropertyOf(builder);
        property.SetAnnotation(EncryptionAnnotations.AdoptFrom, column);
        SetDay(property, until);
        Adoption.AddPlaintext(property, column);
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
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The property: a string without a conversion, which is encrypted too.</param>
    /// <param name="until">
    /// The day, UTC, by which the adoption is to be over: from then on plaintext is refused, and an event and the health check say so while the column is not
    /// <c>encrypted</c>.
    /// </param>
    /// <exception cref="EncryptionModelException">The context's options lack <c>UseColumnCrypt</c>.</exception>
    public static TBuilder AdoptInPlace<TBuilder>(this TBuilder builder, DateOnly until)
        where TBuilder : class, IInfrastructure<IConventionPropertyBuilder>
    {
        var property = PropertyOf(builder);
        property.SetAnnotation(EncryptionAnnotations.TextForm, true);
        property.SetAnnotation(EncryptionAnnotations.AdoptInPlace, true);
        SetDay(property, until);
        return builder;
    }

    /// <summary>
    /// Keeps the column of an encrypted property text: values stand in it in their text form, <c>cc1:…</c>, and plaintext is refused. What takes the place of
    /// <see cref="AdoptInPlace"/> once the column is <c>encrypted</c>, and what a new column that must be text begins with.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The property: a string without a conversion, which is encrypted too.</param>
    /// <exception cref="EncryptionModelException">The context's options lack <c>UseColumnCrypt</c>.</exception>
    public static TBuilder HasTextForm<TBuilder>(this TBuilder builder)
        where TBuilder : class, IInfrastructure<IConventionPropertyBuilder>
    {
        PropertyOf(builder).SetAnnotation(EncryptionAnnotations.TextForm, true);
        return builder;
    }

    // What builders of properties have in common: those of entities and those of complex types.
    private static IMutableProperty PropertyOf(IInfrastructure<IConventionPropertyBuilder> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var property = (IMutableProperty)builder.Instance.Metadata;
        ColumnCryptModelExtensions.DemandConventions(property);
        return property;
    }

    private static void SetDay(IMutableProperty property, DateOnly until) =>
        property.SetAnnotation(EncryptionAnnotations.AdoptUntil, until.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
}
