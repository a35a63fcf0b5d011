using Microsoft.EntityFrameworkCore.Metadata.Conventions;
using Microsoft.EntityFrameworkCore.Metadata.Conventions.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>Adds ColumnCrypt's conventions behind EF's and the provider's.</summary>
internal sealed class ColumnCryptConventions(IValueConverterSelector converters, IRelationalTypeMappingSource types) : IConventionSetPlugin
{
    public ConventionSet ModifyConventions(ConventionSet conventionSet)
    {
        var tagged = new TaggedMemberConvention();
        conventionSet.ModelInitializedConventions.Add(tagged);
        conventionSet.EntityTypeAddedConventions.Add(tagged);
        conventionSet.ComplexPropertyAddedConventions.Add(tagged);
        conventionSet.ModelFinalizingConventions.Add(new EncryptionConvention(converters, types));
        return conventionSet;
    }
}
