using System.Linq.Expressions;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore.Query;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>Fits a query for ciphertext: the last projection computes on the client, equality looks into blind indexes, a bulk update keeps to its tenant and takes values as parameters.</summary>
internal sealed class EncryptedQueryPreprocessor(
    QueryTranslationPreprocessor inner, QueryTranslationPreprocessorDependencies dependencies, QueryCompilationContext compilation, ContextScope scope)
    : QueryTranslationPreprocessor(dependencies, compilation)
{
    public override Expression Process(Expression query)
    {
        var members = EncryptedMembers.Of(QueryCompilationContext.Model);
        var values = new ClientValues(QueryCompilationContext);
        query = BulkUpdate.IsOne(query)
            ? new BulkUpdate(QueryCompilationContext, members, values).Rewrite((MethodCallExpression)query)
            : new FinalProjection(members).Rewrite(query);
        return inner.Process(new IndexLookup(members, values, new MixedMembers(members, scope.Mixed)).Visit(query));
    }
}
