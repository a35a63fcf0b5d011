using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>The encrypted properties that are adopted, from a column of plaintext or in it, and the shadow properties that stand for the former.</summary>
internal static class Adoption
{
    private const string Suffix = "Plaintext";

    /// <summary>The column that an encrypted property is adopted from, or null.</summary>
    public static string? PlaintextColumnOf(IReadOnlyProperty property) => (string?)property.FindAnnotation(EncryptionAnnotations.AdoptFrom)?.Value;

    /// <summary>True for a property that is adopted in the column that holds its plaintext.</summary>
    public static bool IsInPlace(IReadOnlyProperty property) => property.FindAnnotation(EncryptionAnnotations.AdoptInPlace) is not null;

    /// <summary>True for a property that is adopted, in either way.</summary>
    public static bool IsAdopted(IReadOnlyProperty property) => PlaintextColumnOf(property) is not null || IsInPlace(property);

    /// <summary>By when its adoption is to be over, UTC.</summary>
    public static DateTimeOffset DeadlineOf(IReadOnlyProperty property) => new(
        DateOnly.ParseExact((string)property.FindAnnotation(EncryptionAnnotations.AdoptUntil)!.Value!, "yyyy-MM-dd", CultureInfo.InvariantCulture).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    /// <summary>True for the shadow property that stands for such a column.</summary>
    public static bool IsPlaintext(IReadOnlyProperty property) => property.FindAnnotation(EncryptionAnnotations.PlaintextOf) is not null;

    /// <summary>The shadow property that stands for the plaintext of a property; null where that is not adopted.</summary>
    public static IReadOnlyProperty? PlaintextOf(IReadOnlyProperty property) =>
        PlaintextColumnOf(property) is null ? null : property.DeclaringType.FindProperty(NameOf(property.Name));

    /// <summary>The name of the shadow property of a property's plaintext.</summary>
    public static string NameOf(string property) => property + Suffix;

    /// <summary>Adds the shadow property, or gives the one that is there another column.</summary>
    /// <exception cref="EncryptionModelException">There cannot be one.</exception>
    public static void AddPlaintext(IMutableProperty property, string column)
    {
        if (property.DeclaringType is not IMutableEntityType entity)
        {
            throw new EncryptionModelException(
                $"{Purposes.Describe(property)} is to be adopted and is part of a complex type, which has no room for the column of its plaintext. Make the type an owned one: OwnsOne(…).");
        }

        var plaintext = entity.FindProperty(NameOf(property.Name));
        if (plaintext is not null && !IsPlaintext(plaintext))
        {
            throw new EncryptionModelException($"{Purposes.Describe(property)} is to be adopted, and its plaintext would be {Purposes.Describe(plaintext)}, which there is already. Rename that one.");
        }

        plaintext ??= entity.AddProperty(NameOf(property.Name), NullableOf(property.ClrType));
        plaintext.IsNullable = true;
        plaintext.SetAnnotation(EncryptionAnnotations.PlaintextOf, property.Name);
        plaintext.SetColumnName(column);
    }

    /// <summary>Moves the indexes of a property to its plaintext, where old versions of the application have them.</summary>
    public static void MoveIndexes(IMutableProperty property)
    {
        if (PlaintextOf(property) is not IMutableProperty plaintext)
        {
            return;
        }

        foreach (var index in property.GetContainingIndexes().ToList())
        {
            var properties = index.Properties.Select(p => p == property ? plaintext : p).ToList();
            index.DeclaringEntityType.RemoveIndex(index);
            var moved = index.Name is null ? index.DeclaringEntityType.AddIndex(properties) : index.DeclaringEntityType.AddIndex(properties, index.Name);
            moved.IsUnique = index.IsUnique;
            moved.IsDescending = index.IsDescending;
            foreach (var annotation in index.GetAnnotations())
            {
                moved.SetAnnotation(annotation.Name, annotation.Value);
            }
        }
    }

    /// <summary>Gives the shadow property what the model says of the property's column, before that becomes one of ciphertext.</summary>
    public static void Shape(IMutableProperty property)
    {
        if (PlaintextOf(property) is not IMutableProperty plaintext)
        {
            return;
        }

        if (property.GetElementType() is { } element)
        {
            plaintext.SetElementType(element.ClrType);
        }

        plaintext.SetProviderClrType(property.GetProviderClrType());
        plaintext.SetValueConverter(property.GetValueConverter());
        if (((IConventionProperty)property).GetValueComparerConfigurationSource() is not null)
        {
            plaintext.SetValueComparer(property.GetValueComparer());
        }

        plaintext.SetColumnType(property.FindAnnotation(RelationalAnnotationNames.ColumnType)?.Value as string);
        plaintext.SetMaxLength(property.GetMaxLength());
        plaintext.SetPrecision(property.GetPrecision());
        plaintext.SetScale(property.GetScale());
        plaintext.SetIsUnicode(property.IsUnicode());
        plaintext.SetIsFixedLength(property.FindAnnotation(RelationalAnnotationNames.IsFixedLength)?.Value as bool?);
        plaintext.SetCollation(property.FindAnnotation(RelationalAnnotationNames.Collation)?.Value as string);
        if (property.TryGetDefaultValue(out object? constant))
        {
            plaintext.SetDefaultValue(constant);
        }

        plaintext.SetDefaultValueSql(property.GetDefaultValueSql());

        // Versions that know the column alone take the default; this one writes what the state says, and NULL is not to become the default.
        plaintext.ValueGenerated = ValueGenerated.Never;
    }

    /// <summary>Keeps the default of a column that is adopted in place, for versions that write plaintext: it is no value of the property's any more.</summary>
    public static void KeepDefault(IMutableProperty property, IRelationalTypeMappingSource types)
    {
        if (property.TryGetDefaultValue(out object? constant))
        {
            ForgetDefault(property);
            property.SetAnnotation(EncryptionAnnotations.PlainDefault, constant);
            property.SetDefaultValueSql(types.FindMapping(typeof(string))!.GenerateSqlLiteral(constant));
        }

        property.ValueGenerated = ValueGenerated.Never;
    }

    /// <summary>
    /// Rows that an old version of the application adds get an empty value, which is no ciphertext: "not encrypted yet". The application itself gives
    /// every value.
    /// </summary>
    public static void SetEmptyValue(IMutableProperty property, IRelationalTypeMappingSource types)
    {
        if (PlaintextColumnOf(property) is not null)
        {
            ForgetDefault(property);
            property.ValueGenerated = ValueGenerated.Never;
            property.SetDefaultValueSql(types.FindMapping(typeof(byte[]))!.GenerateSqlLiteral(Array.Empty<byte>()));
        }
    }

    private static void ForgetDefault(IMutableProperty property)
    {
        property.RemoveAnnotation(RelationalAnnotationNames.DefaultValue);
        property.RemoveAnnotation(RelationalAnnotationNames.DefaultValueSql);
    }

    private static Type NullableOf(Type type) => type.IsValueType && Nullable.GetUnderlyingType(type) is null ? typeof(Nullable<>).MakeGenericType(type) : type;
}
