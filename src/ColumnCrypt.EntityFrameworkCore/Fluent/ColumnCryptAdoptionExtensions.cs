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

    private static void Mark(IMutableProperty property, string column, DateOnly until)
    {
        ArgumentException.ThrowIfNullOrEmpty(column);
        ColumnCryptModelExtensions.DemandConventions(property);
        property.SetAnnotation(EncryptionAnnotations.AdoptFrom, column);
        property.SetAnnotation(EncryptionAnnotations.AdoptUntil, until.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        Adoption.AddPlaintext(property, column);
    }
}
