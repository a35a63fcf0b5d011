using System.Linq.Expressions;
using System.Reflection;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore.Query;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>Refuses a query that computes on ciphertext, and has every other one announce the keys that it needs.</summary>
internal sealed class EncryptedQueryPostprocessor(
    QueryTranslationPostprocessor inner, QueryTranslationPostprocessorDependencies dependencies, QueryCompilationContext compilation, ContextScope scope)
    : QueryTranslationPostprocessor(dependencies, compilation)
{
    private static readonly MethodInfo s_reads = typeof(QueryNeeds).GetMethod(nameof(QueryNeeds.Reads))!;
    private static readonly MethodInfo s_writes = typeof(QueryNeeds).GetMethod(nameof(QueryNeeds.Writes))!;
    private static readonly MethodInfo s_indexes = typeof(QueryNeeds).GetMethod(nameof(QueryNeeds.Indexes))!;

    public override Expression Process(Expression query)
    {
        query = inner.Process(query);
        var guard = new EncryptedQueryGuard();
        guard.Visit(query);
        scope.ReadsAdopted |= guard.ReadsAdopted;
        if (guard.Read.Count > 0)
        {
            Announce("columncrypt_reads", Expression.Call(s_reads, QueryCompilationContext.QueryContextParameter, Texts(guard.Read)));
        }

        if (guard.Written.Count > 0)
        {
            Announce(
                "columncrypt_writes",
                Expression.Call(
                    s_writes,
                    QueryCompilationContext.QueryContextParameter,
                    Texts(guard.Written.Select(static w => w.Tenant)),
                    Texts(guard.Written.Select(static w => w.Parameter))));
        }

        AnnounceIndexes("columncrypt_indexes", guard.IndexesAsked, written: false);
        AnnounceIndexes("columncrypt_indexes_written", guard.IndexesWritten, written: true);
        return query;
    }

    private void AnnounceIndexes(string name, HashSet<(string? Tenant, int Version)> indexes, bool written)
    {
        if (indexes.Count > 0)
        {
            Announce(
                name,
                Expression.Call(
                    s_indexes,
                    QueryCompilationContext.QueryContextParameter,
                    Texts(indexes.Select(static i => i.Tenant)),
                    Expression.Constant(indexes.Select(static i => i.Version).ToArray()),
                    Expression.Constant(written)));
        }
    }

    private static Expression Texts(IEnumerable<string?> texts) =>
        Expression.NewArrayInit(typeof(string), texts.Select(static text => Expression.Constant(text, typeof(string))));

    private void Announce(string name, Expression call) =>
        QueryCompilationContext.RegisterRuntimeParameter(name, Expression.Lambda(call, QueryCompilationContext.QueryContextParameter));
}
