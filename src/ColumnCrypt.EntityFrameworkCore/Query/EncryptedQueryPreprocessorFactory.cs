using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore.Query;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>Makes preprocessors that fit a query for ciphertext before EF translates it.</summary>
internal sealed class EncryptedQueryPreprocessorFactory(IQueryTranslationPreprocessorFactory inner, QueryTranslationPreprocessorDependencies dependencies, ContextScope scope)
    : IQueryTranslationPreprocessorFactory
{
    public QueryTranslationPreprocessor Create(QueryCompilationContext queryCompilationContext) =>
        new EncryptedQueryPreprocessor(inner.Create(queryCompilationContext), dependencies, queryCompilationContext, scope);
}
