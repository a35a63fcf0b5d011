using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Metadata.Conventions;
using Microsoft.EntityFrameworkCore.Metadata.Conventions.Infrastructure;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>Lets query filters look into blind indexes: EF adds filters to a query only after the preprocessor has seen it.</summary>
internal sealed class IndexedFilters : IConventionSetPlugin, IModelFinalizingConvention
{
    public ConventionSet ModifyConventions(ConventionSet conventionSet)
    {
        conventionSet.ModelFinalizingConventions.Add(this);
        return conventionSet;
    }

    public void ProcessModelFinalizing(IConventionModelBuilder modelBuilder, IConventionContext<IConventionModelBuilder> context)
    {
        var members = EncryptedMembers.OfBuilding(modelBuilder.Metadata);
        var lookup = new IndexLookup(members, new FilterValues(), new MixedMembers(members, []));
        foreach (var entity in modelBuilder.Metadata.GetEntityTypes())
        {
            foreach (var filter in entity.GetDeclaredQueryFilters().ToList())
            {
                if (filter.Expression is not null && new AdoptedReads(members, modelBuilder.Metadata).FirstIn(filter.Expression) is { } adopted)
                {
                    throw new EncryptionModelException(
                        $"The query filter of {entity.Name} asks {adopted}, which is adopted: whether it can ask the index depends on a state that no filter knows. Put the condition into the queries until the adoption is over.");
                }

                if (filter.Expression is null || Rewritten(lookup, filter.Expression, entity.Name) is not { } rewritten || ReferenceEquals(rewritten, filter.Expression))
                {
                    continue;
                }

                _ = filter.Key is null ? entity.SetQueryFilter(rewritten) : (object?)entity.SetQueryFilter(filter.Key, rewritten);
            }
        }
    }

    private static LambdaExpression Rewritten(IndexLookup lookup, LambdaExpression filter, string entity)
    {
        try
        {
            return (LambdaExpression)lookup.Visit(filter);
        }
        catch (EncryptedQueryException error)
        {
            throw new EncryptionModelException($"The query filter of {entity} cannot be used: {error.Message}", error);
        }
    }
}
