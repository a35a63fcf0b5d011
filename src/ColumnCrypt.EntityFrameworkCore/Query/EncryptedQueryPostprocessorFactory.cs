using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore.Query;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>Makes postprocessors that guard EF's finished SQL tree.</summary>
internal sealed class EncryptedQueryPostprocessorFactory(IQueryTranslationPostprocessorFactory inner, QueryTranslationPostprocessorDependencies dependencies, ContextScope scope)
    : IQueryTranslationPostprocessorFactory
{
    public QueryTranslationPostprocessor Create(QueryCompilationContext queryCompilationContext) =>
        new EncryptedQueryPostprocessor(inner.Create(queryCompilationContext), dependencies, queryCompilationContext, scope);
}
