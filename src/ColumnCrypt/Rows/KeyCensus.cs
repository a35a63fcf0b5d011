using System.Buffers.Text;
using System.Globalization;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Rows;

/// <summary>Counts the values of columns by the key that they are under. One scan a column, outside a transaction.</summary>
internal static class KeyCensus
{
    // The key id of a text form is in the first 24 characters behind the prefix, which are 18 bytes: the mark, the key id, and one byte of the nonce.
    private const int TextSize = 24;

    /// <summary>The values under each key; plaintext, and what no key made, counts for none.</summary>
    public static async Task<Dictionary<KeyId, long>> CountAsync(DataDatabase database, IEnumerable<ColumnRecord> columns, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<KeyId, long>();
        foreach (var column in columns)
        {
            await database.DemandWholeAsync(column.Schema, column.Table, cancellationToken).ConfigureAwait(false);
            var head = await database.HeadOfAsync(column, "t", TextForm.Prefix.Length + TextSize, cancellationToken).ConfigureAwait(false);
            var rows = await database.ReadAsync(
                $"SELECT {head.Sql}, count(*) FROM {DataDatabase.TableOf(column)} AS t WHERE length(t.{DataDatabase.Quote(column.Column)}) >= {ValueFrame.Overhead.ToString(CultureInfo.InvariantCulture)} GROUP BY 1",
                [],
                cancellationToken).ConfigureAwait(false);
            foreach (object[] row in rows)
            {
                if (IdOf(row[0]) is { } keyId)
                {
                    counts[keyId] = counts.GetValueOrDefault(keyId) + Convert.ToInt64(row[1], CultureInfo.InvariantCulture);
                }
            }
        }

        return counts;
    }

    private static KeyId? IdOf(object value) => value switch
    {
        byte[] { Length: KeyId.Size } bytes => new KeyId(bytes),
        string text when text.StartsWith(TextForm.Prefix, StringComparison.Ordinal) && Base64Url.IsValid(text.AsSpan(TextForm.Prefix.Length), out int size) && size > KeyId.Size =>
            new KeyId(Base64Url.DecodeFromChars(text.AsSpan(TextForm.Prefix.Length)).AsSpan(1, KeyId.Size)),
        _ => null,
    };
}
