using System.Data.Common;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Update;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>
/// The tokens of what one save writes, computed before it, and the statements that put them into their tables after it, when the rows have the keys
/// that the database made. A row's tokens are deleted first, added or modified: what is there under its key is not of its value. Not thread-safe.
/// </summary>
internal sealed class TokenFilling
{
    private const int TokensPerStatement = 500;
    private const int RowsPerStatement = 200;
    private readonly Dictionary<SavedTokens, List<(IUpdateEntry Entry, IReadOnlyList<byte[]> Tokens)>> _due = [];

    /// <summary>Those of a save; null where it writes no property with a text index.</summary>
    public static TokenFilling? Of(IList<IUpdateEntry> entries, ContextScope scope)
    {
        if (!SavePlan.HasTokens(scope.Context.Model))
        {
            return null;
        }

        var filling = new TokenFilling();
        foreach (var entry in entries.Where(static entry => entry.EntityState is EntityState.Added or EntityState.Modified))
        {
            foreach (var tokens in SavePlan.Of(entry.EntityType).Tokens)
            {
                if (entry.EntityState == EntityState.Added || entry.IsModified(tokens.Source))
                {
                    filling.Add(tokens, entry, scope);
                }
            }
        }

        return filling._due.Count == 0 ? null : filling;
    }

    /// <summary>The statements, in order; made as they are asked for.</summary>
    public IEnumerable<DbCommand> Commands(DbContext context)
    {
        var sql = context.GetService<ISqlGenerationHelper>();
        foreach (var (tokens, rows) in _due)
        {
            foreach (var some in rows.Chunk(RowsPerStatement))
            {
                foreach (var command in Commands(context, sql, tokens, some))
                {
                    yield return command;
                }
            }
        }
    }

    private static IEnumerable<DbCommand> Commands(DbContext context, ISqlGenerationHelper sql, SavedTokens tokens, (IUpdateEntry Entry, IReadOnlyList<byte[]> Tokens)[] rows)
    {
        var statement = new TokenStatement(context, sql, tokens);
        foreach (var (entry, _) in rows)
        {
            statement.Delete(entry);
        }

        int count = 0;
        foreach (var (entry, values) in rows)
        {
            foreach (byte[] token in values)
            {
                if (count == TokensPerStatement)
                {
                    yield return statement.Command();
                    statement = new TokenStatement(context, sql, tokens);
                    count = 0;
                }

                statement.Insert(entry, token);
                count++;
            }
        }

        yield return statement.Command();
    }

    private void Add(SavedTokens tokens, IUpdateEntry entry, ContextScope scope)
    {
        if (!_due.TryGetValue(tokens, out var rows))
        {
            _due.Add(tokens, rows = []);
        }

        string? value = (string?)entry.GetCurrentValue(tokens.Source);
        rows.Add((entry, value is null ? [] : tokens.TokensOf(value, scope.KeysOf(tokens.Tenant))));
    }
}
