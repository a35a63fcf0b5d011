using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Metadata.Conventions;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>When the model is finalized: gives every encrypted property its purpose, converter and comparer, or refuses the model.</summary>
internal sealed class EncryptionConvention(IValueConverterSelector converters, IRelationalTypeMappingSource types) : IModelFinalizingConvention
{
    public void ProcessModelFinalizing(IConventionModelBuilder modelBuilder, IConventionContext<IConventionModelBuilder> context)
    {
        var model = modelBuilder.Metadata;
        model.RemoveAnnotation(EncryptionAnnotations.Building);
        foreach (var property in EncryptionAnnotations.AllProperties(model).Cast<IMutableProperty>())
        {
            if (PurposeOf(property) is { } purpose)
            {
                property.SetAnnotation(EncryptionAnnotations.Purpose, purpose);
            }
        }

        var encrypted = EncryptionAnnotations.AllProperties(model).Cast<IMutableProperty>().Where(EncryptionAnnotations.IsEncrypted).ToList();
        encrypted.ForEach(Adoption.MoveIndexes);
        ModelRefusals.Check(model, types);
        var own = encrypted.ToDictionary(static property => property, property => property.GetValueConverter() ?? Selected(property));
        foreach (var property in encrypted)
        {
            foreach (var index in BlindIndexes.DeclaredOn(property))
            {
                BlindIndexes.Add(property, index, part => own[part]);
            }
        }

        foreach (var property in encrypted)
        {
            Encrypt(property, own[property]);
        }
    }

    private static string? PurposeOf(IReadOnlyProperty property)
    {
        string? explicitly = EncryptionAnnotations.PurposeOf(property);
        var attribute = TaggedMembers.AttributeOf(property);
        if (explicitly is null && attribute is null)
        {
            return null;
        }

        return !string.IsNullOrEmpty(explicitly) ? explicitly : attribute?.Purpose ?? Purposes.DefaultOf(property);
    }

    private void Encrypt(IMutableProperty property, ValueConverter? own)
    {
        var encoded = own?.ProviderClrType ?? property.ClrType;
        bool comparesItself = ((IConventionProperty)property).GetValueComparerConfigurationSource() is not null;
        int? maxLength = property.GetMaxLength();
        string? tenant = EncryptionAnnotations.ConstantTenantOf(property.DeclaringType);

        if (EncryptionAnnotations.IsText(property))
        {
            // The column is what it was, and is to stay so.
            if (Adoption.IsInPlace(property))
            {
                Adoption.KeepDefault(property, types);
            }

            property.SetValueConverter(EncryptingConverter.CreateText(EncryptionAnnotations.PurposeOf(property)!, tenant, maxLength));
            Finish(property, encoded, maxLength);
            return;
        }

        Adoption.Shape(property);

        // What was said about the plaintext's column must not shape the ciphertext's.
        property.SetElementType(null);
        property.SetProviderClrType(null);
        property.SetColumnType(null);
        property.SetMaxLength(null);
        property.SetPrecision(null);
        property.SetScale(null);
        property.SetIsUnicode(null);
        property.SetIsFixedLength(null);
        property.SetCollation(null);

        property.SetValueConverter(EncryptingConverter.Create(property.ClrType, own, EncryptionAnnotations.PurposeOf(property)!, tenant, maxLength, Adoption.PlaintextColumnOf(property) is not null));
        if (!comparesItself && EncryptingComparer.Create(property.ClrType, own) is { } comparer)
        {
            property.SetValueComparer(comparer);
        }

        Adoption.SetEmptyValue(property, types);
        Finish(property, encoded, maxLength);
    }

    private static void Finish(IMutableProperty property, Type encoded, int? maxLength)
    {
        TextIndexes.Add(property);
        property.RemoveAnnotation(EncryptionAnnotations.WantedIndexes);
        property.RemoveAnnotation(EncryptionAnnotations.WantedTextIndexes);
        property.SetAnnotation(EncryptionAnnotations.Codec, Format.ValueCodecs.NameFor(encoded));
        if (maxLength is not null)
        {
            property.SetAnnotation(EncryptionAnnotations.MaxLength, maxLength);
        }
    }

    /// <summary>The converter that EF would have chosen for <c>HasConversion&lt;T&gt;()</c>.</summary>
    private ValueConverter? Selected(IReadOnlyProperty property)
    {
        if (property.GetProviderClrType() is not { } provider || provider == property.ClrType)
        {
            return null;
        }

        return converters.Select(property.ClrType, provider).Select(static info => (ValueConverter?)info.Create()).FirstOrDefault()
            ?? throw new EncryptionModelException(
                $"{Purposes.Describe(property)} has a conversion to {provider.Name} that EF does not know. Give it a ValueConverter of its own.");
    }
}
