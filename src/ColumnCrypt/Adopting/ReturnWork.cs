using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Operators;
using ColumnCrypt.Search;
using ColumnCrypt.Stepping;

namespace ColumnCrypt.Adopting;

/// <summary>Fills the plaintext column from the encrypted one, which leads; in place, decrypts where it stands.</summary>
/// <param name="column">The column. What is read of a row: plaintext and ciphertext; in place, the text.</param>
/// <param name="asText">Whether the database takes plaintext as text.</param>
/// <param name="rings">The key rings.</param>
/// <param name="store">The key store.</param>
internal sealed class ReturnWork(AdoptedColumn column, bool asText, KeyRings rings, OperatorStore store) : AdoptionWork(rings, store)
{
    protected override IndexVersions Versions => IndexVersions.None;

    protected override async ValueTask<string?> TenantOfAsync(StepRow row, CancellationToken cancellationToken) =>
        Ciphertext(row) is { } ciphertext ? await OwnerOfAsync(ciphertext, column.Purpose, cancellationToken).ConfigureAwait(false) : null;

    protected override RowOutcome WithoutKeys(StepRow row) => column.Adoption.IsInPlace || row.Values[0] is null ? RowOutcome.Nothing : RowOutcome.Set(new object?[1]);

    protected override long UsesOf(StepRow row) => 0;

    protected override RowOutcome Decide(KeyRingLease lease, StepRow row)
    {
        byte[] ciphertext = Ciphertext(row)!;
        if (column.Adoption.IsInPlace && column.Form.Decrypt(lease, column.Purpose, ciphertext, asText: true) is string text)
        {
            return text.StartsWith(TextForm.Prefix, StringComparison.Ordinal)
                ? RowOutcome.Fail($"Its plaintext begins with '{TextForm.Prefix}', as no plaintext may that stands where such values do: it could not be told from one. Change it, then run this again.")
                : RowOutcome.Set(text);
        }

        return row.Values[0] is { } plain && column.Form.Holds(lease, column.Purpose, ciphertext, plain)
            ? RowOutcome.Nothing
            : RowOutcome.Set(column.Form.Decrypt(lease, column.Purpose, ciphertext, asText));
    }

    // An empty value is no ciphertext: the row was written by a version that knows none. Beside NULL it is a row without a value, or one of another type.
    private byte[]? Ciphertext(StepRow row) => column.Adoption.IsInPlace
        ? row.Values[0] is string text && text.StartsWith(TextForm.Prefix, StringComparison.Ordinal) ? TextForm.Decode(text) : null
        : row.Values is [null, byte[] { Length: 0 }] ? null : row.Values[1] as byte[];
}
