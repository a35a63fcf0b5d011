using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Operators;
using ColumnCrypt.Search;
using ColumnCrypt.Stepping;

namespace ColumnCrypt.Adopting;

/// <summary>
/// Fills the encrypted column from the plaintext beside it, which leads: what is missing, or decrypts to something else, is encrypted anew, and the
/// indexes follow. A pass that changes nothing has compared every row. As a check it changes nothing, and says which rows differ.
/// </summary>
/// <param name="column">The column. What is read of a row: ciphertext, indexes, plaintext, tenant.</param>
/// <param name="rings">The key rings.</param>
/// <param name="store">The key store.</param>
/// <param name="isCheck">Whether rows are compared alone.</param>
/// <param name="isFirst">
/// Whether the empty value beside NULL, which says NULL too, becomes NULL. Rows of other types in the same table have it as well, which are added all the
/// time: a pass that finds nothing to change must not wait for their end.
/// </param>
internal sealed class FillWork(AdoptedColumn column, KeyRings rings, OperatorStore store, bool isCheck, bool isFirst) : AdoptionWork(rings, store)
{
    private readonly int _elsewhere = 1 + column.Indexes.Count;
    private readonly int _plain = 1 + column.Indexes.Count + column.IndexedElsewhere.Count;

    protected override IndexVersions Versions => column.Versions;

    protected override ValueTask<string?> TenantOfAsync(StepRow row, CancellationToken cancellationToken) =>
        new(row.Values[_plain] is null ? null : RowTenants.Of(column.Adoption.Tenant, row.Values.Length > _plain + 1 ? row.Values[_plain + 1] : null));

    // NULL is the encrypted NULL.
    protected override RowOutcome WithoutKeys(StepRow row) =>
        row.Values.Take(_plain).All(static value => value is null) ? RowOutcome.Nothing
        : row.Values[0] is byte[] { Length: 0 } && row.Values.Take(1.._plain).All(static value => value is null) ? (isFirst ? RowOutcome.Set(new object?[_plain]) : RowOutcome.Nothing)
        : isCheck ? Different()
        : RowOutcome.Set(new object?[_plain]);

    protected override long UsesOf(StepRow row) => IsEmpty(row) && !isCheck ? column.Form.UsesOf(row.Values[_plain]!) : 0;

    protected override RowOutcome Decide(KeyRingLease lease, StepRow row)
    {
        object plain = row.Values[_plain]!;
        bool isRight = !IsEmpty(row) && Holds(lease, (byte[])row.Values[0]!, plain);
        if (isCheck && !isRight)
        {
            return Different();
        }

        object?[] wanted =
        [
            isRight ? row.Values[0] : column.Form.Encrypt(lease, column.Purpose, plain),
            .. column.Indexes.Select(index => column.Form.Index(lease, index.Definition, plain)),
            .. isRight ? row.Values[_elsewhere.._plain] : new object?[_plain - _elsewhere],
        ];
        return isRight && wanted.Skip(1).Zip(row.Values.Skip(1)).All(static pair => AreSame((byte[]?)pair.First, pair.Second as byte[])) ? RowOutcome.Nothing
            : isCheck ? Different()
            : RowOutcome.Set(wanted);
    }

    private static RowOutcome Different() => RowOutcome.Fail("Its plaintext and its ciphertext, or an index of it, are not of one value: a version that knows nothing of the adoption wrote it after it was verified.");

    private static bool IsEmpty(StepRow row) => row.Values[0] is not byte[] { Length: > 0 };

    private static bool AreSame(byte[]? one, byte[]? other) => one is null ? other is null : other is not null && one.AsSpan().SequenceEqual(other);

    // What is no ciphertext of this column and tenant is replaced, for the plaintext leads. What merely cannot be read now is not.
    private bool Holds(KeyRingLease lease, byte[] ciphertext, object plain)
    {
        try
        {
            return column.Form.Holds(lease, column.Purpose, ciphertext, plain);
        }
        catch (Exception error) when (error is CiphertextInvalidException or TenantMismatchException)
        {
            return false;
        }
    }
}
