using Microsoft.EntityFrameworkCore.Query;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>Makes preprocessors that fit a query for ciphertext before EF translates it.</summary>
internal sealed class EncryptedQueryPreprocessorFactory(IQueryTranslationPreprocessorFactory inner, QueryTranslationPreprocessorDependencies dependencies)
    : IQueryTranslationPreprocessorFactory
{
    public QueryTranslationPreprocessor Create(QueryCompilationContext queryCompilationContext) =>
        new EncryptedQueryPreprocessor(inner.Create(queryCompilationContext), dependencies, queryCompilationContext);
}
