using System.Data;
using System.Transactions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>
/// Saves rows and their tokens as one: in the transaction that there is, or in one of its own, whatever <see cref="AutoTransactionBehavior"/> says. EF calls
/// a save anew where its execution strategy retries, so that a transaction begun here is retried whole. For one save; not thread-safe.
/// </summary>
internal sealed class TokenSave(TokenFilling tokens, DbContext context)
{
    private const string Savepoint = "columncrypt_tokens";

    private bool HasAmbient => Transaction.Current is not null || context.Database.GetEnlistedTransaction() is not null;

    /// <summary>Saves.</summary>
    public int Run(Func<int> save)
    {
        var database = context.Database;
        if (database.CurrentTransaction is { } current)
        {
            return Within(current, save);
        }

        if (HasAmbient)
        {
            database.OpenConnection();
            try
            {
                return Both(save);
            }
            finally
            {
                database.CloseConnection();
            }
        }

        // The whole transaction is undone, so that EF needs no savepoint in it.
        bool savepoints = database.AutoSavepointsEnabled;
        using var own = database.BeginTransaction();
        database.AutoSavepointsEnabled = false;
        try
        {
            int saved = Both(save);
            own.Commit();
            return saved;
        }
        finally
        {
            database.AutoSavepointsEnabled = savepoints;
        }
    }

    /// <inheritdoc cref="Run"/>
    public async Task<int> RunAsync(Func<Task<int>> save, CancellationToken cancellationToken)
    {
        var database = context.Database;
        if (database.CurrentTransaction is { } current)
        {
            return await WithinAsync(current, save, cancellationToken).ConfigureAwait(false);
        }

        if (HasAmbient)
        {
            await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await BothAsync(save, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                await database.CloseConnectionAsync().ConfigureAwait(false);
            }
        }

        bool savepoints = database.AutoSavepointsEnabled;
        var own = await database.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (own.ConfigureAwait(false))
        {
            database.AutoSavepointsEnabled = false;
            try
            {
                int saved = await BothAsync(save, cancellationToken).ConfigureAwait(false);
                await own.CommitAsync(cancellationToken).ConfigureAwait(false);
                return saved;
            }
            finally
            {
                database.AutoSavepointsEnabled = savepoints;
            }
        }
    }

    private bool UsesSavepoint(IDbContextTransaction transaction) => transaction.SupportsSavepoints && context.Database.AutoSavepointsEnabled;

    // A connection that is lost has undone everything.
    private bool IsConnected => context.Database.GetDbConnection().State == ConnectionState.Open;

    private int Within(IDbContextTransaction transaction, Func<int> save)
    {
        if (!UsesSavepoint(transaction))
        {
            return Both(save);
        }

        transaction.CreateSavepoint(Savepoint);
        try
        {
            int saved = Both(save);
            transaction.ReleaseSavepoint(Savepoint);
            return saved;
        }
        catch when (IsConnected)
        {
            transaction.RollbackToSavepoint(Savepoint);
            throw;
        }
    }

    private async Task<int> WithinAsync(IDbContextTransaction transaction, Func<Task<int>> save, CancellationToken cancellationToken)
    {
        if (!UsesSavepoint(transaction))
        {
            return await BothAsync(save, cancellationToken).ConfigureAwait(false);
        }

        await transaction.CreateSavepointAsync(Savepoint, cancellationToken).ConfigureAwait(false);
        try
        {
            int saved = await BothAsync(save, cancellationToken).ConfigureAwait(false);
            await transaction.ReleaseSavepointAsync(Savepoint, cancellationToken).ConfigureAwait(false);
            return saved;
        }
        catch when (IsConnected)
        {
            await transaction.RollbackToSavepointAsync(Savepoint, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private int Both(Func<int> save)
    {
        int saved = save();
        if (CascadeCheck.Of(context) is { } check)
        {
            using (check)
            {
                CascadeCheck.Demand(check.ExecuteScalar());
            }
        }

        foreach (var command in tokens.Commands(context))
        {
            using (command)
            {
                command.ExecuteNonQuery();
            }
        }

        return saved;
    }

    private async Task<int> BothAsync(Func<Task<int>> save, CancellationToken cancellationToken)
    {
        int saved = await save().ConfigureAwait(false);
        if (CascadeCheck.Of(context) is { } check)
        {
            await using (check.ConfigureAwait(false))
            {
                CascadeCheck.Demand(await check.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false));
            }
        }

        foreach (var command in tokens.Commands(context))
        {
            await using (command.ConfigureAwait(false))
            {
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        return saved;
    }
}
