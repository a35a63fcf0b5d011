using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Query;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Update;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>
/// Stands before EF's own database service, where the entries to save are final, whatever interceptors did to them: checks their
/// tenants, counts what is to be encrypted, waits for the keys, fills the blind indexes, and after the rows the tables of tokens. Before that it
/// compiles queries so that what an index finds is checked.
/// </summary>
internal sealed class EncryptingDatabase(IDatabase inner, ContextScope scope) : IDatabase
{
    public int SaveChanges(IList<IUpdateEntry> entries)
    {
        AdoptionDefaults.Fill(entries, scope);
        CompositeParts.Complete(entries);
        var needs = SaveCheck.NeedsOf(entries, scope);
        bool isLeft = false;
        try
        {
            Preparation.Run(scope, needs);

            if (AdoptionFilling.IsNeeded(entries, scope))
            {
                entries = AdoptionFilling.Fill(entries, scope, AdoptionReading.Read(scope));
                isLeft = true;
            }

            var tokens = TokenFilling.Of(entries, scope);
            var filled = IndexFilling.Fill(entries, scope);
            int saved = tokens is null ? inner.SaveChanges(filled) : new TokenSave(tokens, scope.Context).Run(() => inner.SaveChanges(filled));
            isLeft = false;
            return saved;
        }
        finally
        {
            if (isLeft)
            {
                AdoptionFilling.Undo(entries, scope);
            }

            scope.EndSave();
        }
    }

    public async Task<int> SaveChangesAsync(IList<IUpdateEntry> entries, CancellationToken cancellationToken = default)
    {
        AdoptionDefaults.Fill(entries, scope);
        await CompositeParts.CompleteAsync(entries, cancellationToken).ConfigureAwait(false);
        var needs = SaveCheck.NeedsOf(entries, scope);
        bool isLeft = false;
        try
        {
            await Preparation.RunAsync(scope, needs, cancellationToken).ConfigureAwait(false);

            if (AdoptionFilling.IsNeeded(entries, scope))
            {
                entries = AdoptionFilling.Fill(entries, scope, await AdoptionReading.ReadAsync(scope, cancellationToken).ConfigureAwait(false));
                isLeft = true;
            }

            var tokens = TokenFilling.Of(entries, scope);
            var filled = IndexFilling.Fill(entries, scope);
            int saved = await (tokens is null
                ? inner.SaveChangesAsync(filled, cancellationToken)
                : new TokenSave(tokens, scope.Context).RunAsync(() => inner.SaveChangesAsync(filled, cancellationToken), cancellationToken)).ConfigureAwait(false);
            isLeft = false;
            return saved;
        }
        finally
        {
            if (isLeft)
            {
                AdoptionFilling.Undo(entries, scope);
            }

            scope.EndSave();
        }
    }

    public Func<QueryContext, TResult> CompileQuery<TResult>(Expression query, bool async) =>
        AdoptedColumns.Of(scope.Context.Model).Any ? AdoptingQuery<TResult>.Compile(inner, scope, query, async) : CompileAsIs<TResult>(query, async);

    /// <summary>Compiles a query that asks the columns that it names.</summary>
    public Func<QueryContext, TResult> CompileAsIs<TResult>(Expression query, bool async) =>
        CheckedQuery.Compile<TResult>(scope.Context.Model, inner, query, async);

    [Experimental("EF9100")]
    public Expression<Func<QueryContext, TResult>> CompileQueryExpression<TResult>(Expression query, bool async) => AdoptedColumns.Of(scope.Context.Model).Any
        ? throw new EncryptedQueryException("A query of a model with adopted columns cannot be compiled ahead: what it asks changes with the state of the columns. Compile ahead once the adoption is over.")
        : inner.CompileQueryExpression<TResult>(query, async);
}
