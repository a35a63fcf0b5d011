using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Metadata.Conventions;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>
/// Maps the members that carry <see cref="EncryptedAttribute"/>. Without this convention EF leaves them unmapped, because the
/// attribute is a NotMapped one; and it would take some of them for navigations.
/// </summary>
internal sealed class TaggedMemberConvention : IModelInitializedConvention, IEntityTypeAddedConvention, IComplexPropertyAddedConvention
{
    public void ProcessModelInitialized(IConventionModelBuilder modelBuilder, IConventionContext<IConventionModelBuilder> context) =>
        modelBuilder.HasAnnotation(EncryptionAnnotations.Building, true);

    public void ProcessEntityTypeAdded(IConventionEntityTypeBuilder entityTypeBuilder, IConventionContext<IConventionEntityTypeBuilder> context) =>
        Map(entityTypeBuilder);

    public void ProcessComplexPropertyAdded(IConventionComplexPropertyBuilder propertyBuilder, IConventionContext<IConventionComplexPropertyBuilder> context) =>
        Map(propertyBuilder.Metadata.ComplexType.Builder);

    private static void Map(IConventionTypeBaseBuilder typeBuilder)
    {
        foreach (var member in TaggedMembers.Of(typeBuilder.Metadata.ClrType))
        {
            // Ignored on purpose, by the application, is something else than ignored for its attribute.
            if (typeBuilder.Metadata.FindIgnoredConfigurationSource(member.Name) == ConfigurationSource.Explicit)
            {
                continue;
            }

            typeBuilder.Metadata.RemoveIgnored(member.Name);
            typeBuilder.Property(member, fromDataAnnotation: true);
        }
    }
}
