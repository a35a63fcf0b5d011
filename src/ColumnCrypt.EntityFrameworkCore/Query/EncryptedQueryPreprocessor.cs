using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Query;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>Fits a query for ciphertext: the last projection computes on the client, a bulk update keeps to its tenant and takes values as parameters.</summary>
internal sealed class EncryptedQueryPreprocessor(
    QueryTranslationPreprocessor inner, QueryTranslationPreprocessorDependencies dependencies, QueryCompilationContext compilation)
    : QueryTranslationPreprocessor(dependencies, compilation)
{
    public override Expression Process(Expression query)
    {
        var members = EncryptedMembers.Of(QueryCompilationContext.Model);
        return inner.Process(BulkUpdate.IsOne(query)
            ? new BulkUpdate(QueryCompilationContext, members).Rewrite((MethodCallExpression)query)
            : new FinalProjection(members).Rewrite(query));
    }
}
