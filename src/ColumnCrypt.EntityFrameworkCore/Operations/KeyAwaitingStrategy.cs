using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>
/// Waits for the keys that a compiled query has announced, before every attempt to run it: the one place that EF passes,
/// asynchronously, before each statement of a query, an ExecuteUpdate or an ExecuteDelete.
/// </summary>
internal sealed class KeyAwaitingStrategy(IExecutionStrategy inner, ContextScope scope) : IExecutionStrategy
{
    public bool RetriesOnFailure => inner.RetriesOnFailure;

    public TResult Execute<TState, TResult>(
        TState state,
        Func<DbContext, TState, TResult> operation,
        Func<DbContext, TState, ExecutionResult<TResult>>? verifySucceeded)
    {
        var needs = scope.TakeNeeds();
        return inner.Execute(state, Attempt, verifySucceeded);

        TResult Attempt(DbContext context, TState attemptState)
        {
            try
            {
                Preparation.Run(scope, needs);

                return operation(context, attemptState);
            }
            finally
            {
                scope.IsWriting = false;
            }
        }
    }

    public Task<TResult> ExecuteAsync<TState, TResult>(
        TState state,
        Func<DbContext, TState, CancellationToken, Task<TResult>> operation,
        Func<DbContext, TState, CancellationToken, Task<ExecutionResult<TResult>>>? verifySucceeded,
        CancellationToken cancellationToken = default)
    {
        var needs = scope.TakeNeeds();
        return inner.ExecuteAsync(state, AttemptAsync, verifySucceeded, cancellationToken);

        async Task<TResult> AttemptAsync(DbContext context, TState attemptState, CancellationToken token)
        {
            try
            {
                await Preparation.RunAsync(scope, needs, token).ConfigureAwait(false);

                return await operation(context, attemptState, token).ConfigureAwait(false);
            }
            finally
            {
                scope.IsWriting = false;
            }
        }
    }
}
