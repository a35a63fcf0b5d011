using ColumnCrypt.Stepping;

namespace ColumnCrypt.Adopting;

/// <summary>
/// Sets plaintext to NULL where there is ciphertext in its place, or the NULL that a version without the plaintext column has written. What is read of a
/// row: plaintext and ciphertext.
/// </summary>
internal sealed class ClearWork : IRowWork
{
    public Task<RowOutcome[]> DecideAsync(IReadOnlyList<StepRow> page, CancellationToken cancellationToken) => Task.FromResult<RowOutcome[]>(
    [
        .. page.Select(static row => row.Values[0] is null ? RowOutcome.Nothing
            : row.Values[1] is null or byte[] { Length: > 0 } ? RowOutcome.Set(new object?[1])
            : RowOutcome.Fail("It has plaintext and no ciphertext: something wrote it that is no version of the application. Save it again through the application.")),
    ]);
}
