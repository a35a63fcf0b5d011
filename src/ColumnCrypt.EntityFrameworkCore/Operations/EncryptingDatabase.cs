using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using ColumnCrypt.EntityFrameworkCore.Query;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Update;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>
/// Stands before EF's own database service, where the entries to save are final, whatever interceptors did to them: checks their
/// tenants, counts what is to be encrypted, waits for the keys and fills the blind indexes. Before that it compiles queries so that what an index
/// finds is checked.
/// </summary>
internal sealed class EncryptingDatabase(IDatabase inner, ContextScope scope) : IDatabase
{
    public int SaveChanges(IList<IUpdateEntry> entries)
    {
        CompositeParts.Complete(entries);
        var needs = SaveCheck.NeedsOf(entries, scope);
        try
        {
            Preparation.Run(scope, needs);

            return inner.SaveChanges(IndexFilling.Fill(entries, scope));
        }
        finally
        {
            scope.IsWriting = false;
        }
    }

    public async Task<int> SaveChangesAsync(IList<IUpdateEntry> entries, CancellationToken cancellationToken = default)
    {
        await CompositeParts.CompleteAsync(entries, cancellationToken).ConfigureAwait(false);
        var needs = SaveCheck.NeedsOf(entries, scope);
        try
        {
            await Preparation.RunAsync(scope, needs, cancellationToken).ConfigureAwait(false);

            return await inner.SaveChangesAsync(IndexFilling.Fill(entries, scope), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            scope.IsWriting = false;
        }
    }

    public Func<QueryContext, TResult> CompileQuery<TResult>(Expression query, bool async) =>
        CheckedQuery.Compile<TResult>(scope.Context.Model, inner, query, async);

    [Experimental("EF9100")]
    public Expression<Func<QueryContext, TResult>> CompileQueryExpression<TResult>(Expression query, bool async) =>
        inner.CompileQueryExpression<TResult>(query, async);
}
