using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>Translates <see cref="StoredText.Of"/> into the column, read as the text that it is.</summary>
internal sealed class StoredTextTranslator(IRelationalTypeMappingSource types) : IMethodCallTranslatorPlugin, IMethodCallTranslator
{
    private static readonly MethodInfo s_of = typeof(StoredText).GetMethod(nameof(StoredText.Of))!;

    public IEnumerable<IMethodCallTranslator> Translators => [this];

    public SqlExpression? Translate(SqlExpression? instance, MethodInfo method, IReadOnlyList<SqlExpression> arguments, IDiagnosticsLogger<DbLoggerCategory.Query> logger) =>
        method == s_of && arguments is [ColumnExpression column] ? column.ApplyTypeMapping(types.FindMapping(typeof(string))) : null;
}
