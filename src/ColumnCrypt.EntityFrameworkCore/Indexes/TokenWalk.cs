using System.Collections;
using System.Data.Common;

namespace ColumnCrypt.EntityFrameworkCore.Indexes;

/// <summary>
/// Brings the tokens of one page of rows to what they should be, in one transaction, each row only if its ciphertext is still what was read. Not
/// thread-safe.
/// </summary>
internal sealed class TokenWalk(IndexSession session, TokenColumn column, bool recheck)
{
    private const int TokensPerStatement = 500;

    /// <summary>The rows whose tokens are not what they should be, with those that they have.</summary>
    public async Task<List<(IndexedRow Row, bool HasSome)>> WrongAsync(IReadOnlyList<IndexedRow> rows, CancellationToken cancellationToken)
    {
        // Without a recheck only rows that have none are here.
        var stored = recheck && rows.Count > 0 ? await StoredAsync(rows, cancellationToken).ConfigureAwait(false) : [];
        List<(IndexedRow, bool)> wrong = [];
        foreach (var row in rows)
        {
            var has = (HashSet<string>?)stored[row.Key] ?? [];
            if (!has.SetEquals(row.Right.Select(static token => Convert.ToHexString(token!))))
            {
                wrong.Add((row, has.Count > 0));
            }
        }

        return wrong;
    }

    /// <summary>Gives rows the tokens that they should have.</summary>
    /// <returns>How many rows still had the value that was read.</returns>
    public Task<long> FillAsync(IReadOnlyList<IndexedRow> rows, CancellationToken cancellationToken) => session.InTransactionAsync(
        async transaction =>
        {
            long filled = 0;
            foreach (var row in rows)
            {
                if ((await session.ReadAsync(column.Hold(row.IsNull), [.. row.Key, .. row.Values], cancellationToken, transaction).ConfigureAwait(false)).Count > 0)
                {
                    await FillAsync(row, transaction, cancellationToken).ConfigureAwait(false);
                    filled++;
                }
            }

            return filled;
        },
        cancellationToken);

    private async Task FillAsync(IndexedRow row, DbTransaction transaction, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync(column.Delete(), row.Key, transaction, cancellationToken).ConfigureAwait(false);
        foreach (byte[]?[] some in row.Right.Chunk(TokensPerStatement))
        {
            await session.ExecuteAsync(column.Insert(some.Length), [.. row.Key, .. some], transaction, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<Hashtable> StoredAsync(IReadOnlyList<IndexedRow> rows, CancellationToken cancellationToken)
    {
        var stored = new Hashtable(StructuralComparisons.StructuralEqualityComparer);
        foreach (object[] token in await session.ReadAsync(column.Between(), [.. rows[0].Key, .. rows[^1].Key], cancellationToken).ConfigureAwait(false))
        {
            object[] key = token[..^1];
            if (stored[key] is not HashSet<string> has)
            {
                stored[key] = has = new HashSet<string>(StringComparer.Ordinal);
            }

            has.Add(Convert.ToHexString((byte[])token[^1]));
        }

        return stored;
    }
}
