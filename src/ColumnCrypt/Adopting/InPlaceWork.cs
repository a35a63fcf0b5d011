using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Operators;
using ColumnCrypt.Search;
using ColumnCrypt.Stepping;

namespace ColumnCrypt.Adopting;

/// <summary>
/// Encrypts plaintext where it stands, in the text form of values, and decrypts what is encrypted already. Text that begins as a value does and is
/// none is left alone.
/// </summary>
/// <param name="column">The column. What is read of a row: the text, indexes, tenant.</param>
/// <param name="rings">The key rings.</param>
/// <param name="store">The key store.</param>
internal sealed class InPlaceWork(AdoptedColumn column, KeyRings rings, OperatorStore store) : AdoptionWork(rings, store)
{
    private readonly int _elsewhere = 1 + column.Indexes.Count;
    private readonly int _tenant = 1 + column.Indexes.Count + column.IndexedElsewhere.Count;

    protected override IndexVersions Versions => column.Versions;

    protected override ValueTask<string?> TenantOfAsync(StepRow row, CancellationToken cancellationToken) =>
        new(row.Values[0] is null ? null : RowTenants.Of(column.Adoption.Tenant, row.Values.Length > _tenant ? row.Values[_tenant] : null));

    protected override RowOutcome WithoutKeys(StepRow row) => RowOutcome.Nothing;

    protected override long UsesOf(StepRow row) => IsEncrypted(row) ? 0 : column.Form.UsesOf(row.Values[0]!);

    protected override RowOutcome Decide(KeyRingLease lease, StepRow row)
    {
        bool isRight = IsEncrypted(row);
        object plain = isRight ? column.Form.Decrypt(lease, column.Purpose, TextForm.Decode((string)row.Values[0]!), asText: true) : row.Values[0]!;
        object?[] wanted =
        [
            isRight ? row.Values[0] : TextForm.Encode(column.Form.Encrypt(lease, column.Purpose, plain)),
            .. column.Indexes.Select(index => column.Form.Index(lease, index.Definition, plain)),
            .. isRight ? row.Values[_elsewhere.._tenant] : new object?[_tenant - _elsewhere],
        ];
        return isRight && wanted.Skip(1).Zip(row.Values.Skip(1)).All(static pair => ((byte[]?)pair.First).AsSpan().SequenceEqual(pair.Second as byte[])) ? RowOutcome.Nothing : RowOutcome.Set(wanted);
    }

    private static bool IsEncrypted(StepRow row) => ((string)row.Values[0]!).StartsWith(TextForm.Prefix, StringComparison.Ordinal);
}
