using ColumnCrypt.Format;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Keys;

internal sealed class CompromiseKey()
    : KeyVerb(
        "compromise",
        "Declares a key known to others: it decrypts on and never encrypts again; a successor is made at once.",
        "found in a core dump")
{
    protected override KeyState[] From => [KeyState.PreActive, KeyState.Active, KeyState.Deactivated, KeyState.Suspended];

    protected override string Consequence => "it will be Compromised for ever, and what is under it has to be re-encrypted.";

    protected override string Would => "would be Compromised; were it Active, a successor would be made at once.";

    protected override async Task<Answer> ChangeAsync(Call call, IKeyManager keys, KeyId keyId, string reason, CancellationToken cancellationToken)
    {
        var report = await keys.CompromiseAsync(keyId, reason, cancellationToken).ConfigureAwait(false);
        var columns = report.Columns.Select(static column => new DependentColumn(column.Database, column.Schema, column.Table, column.Column, column.Purpose)).ToList();
        return new Answer(new { report.Key, report.Successor, Columns = columns, report.ReservedUses }, page =>
        {
            KeyText.Write(page, report.Key, null);
            page.Line(report.Successor is { } successor ? $"Successor: {successor.KeyId}, version {successor.Version}." : "It did not encrypt, so it has no successor.");
            page.Line($"At most {TextPage.Number(report.ReservedUses)} values are under it, in these columns; re-encrypt them:");
            page.Table(["DATABASE", "TABLE", "COLUMN", "PURPOSE"], columns.Select(static column => (IReadOnlyList<string?>)
                [column.Database, column.Schema is { Length: > 0 } schema ? $"{schema}.{column.Table}" : column.Table, column.Column, column.Purpose]));
            page.Line($"How many in each: columncrypt keys rows {report.Key.KeyId} --read-connection STRING");
        });
    }
}
