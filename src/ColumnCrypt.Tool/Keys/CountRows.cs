using System.CommandLine;
using System.Data.Common;
using ColumnCrypt.Format;
using ColumnCrypt.Tool.Configuration;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Keys;

internal sealed class CountRows : Verb
{
    private readonly Argument<KeyId> _keyId = Parameters.KeyId();
    private readonly Option<string> _connection = new("--read-connection")
    {
        Description = "A connection string of the application's database, or of a replica, on the same provider. It reads every row of the encrypted tables once.",
        HelpName = "STRING",
        Required = true,
    };

    public CountRows()
        : base(
            "rows",
            "Counts the rows under a key, in each encrypted column.",
            "columncrypt keys rows 3f2a91c4d5e60718293a4b5c6d7e8f90 --read-connection \"Host=replica;Database=clinic;Username=reader\"")
    {
        Arguments.Add(_keyId);
        Options.Add(_connection);
    }

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var keyId = call.Value(_keyId);
        var keys = call.Open();
        await Lookup.KeyAsync(keys, keyId, cancellationToken).ConfigureAwait(false);
        var data = KeyStores.OpenData(call.SettingsOf(call.Value(_connection)!), isReadOnly: true);
        await using (data.ConfigureAwait(false))
        {
            var columns = (await keys.CountRowsAsync(keyId, data, cancellationToken).ConfigureAwait(false))
                .Select(static one => new DependentColumn(one.Column.Database, one.Column.Schema, one.Column.Table, one.Column.Column, one.Column.Purpose, one.Rows)).ToList();
            return new Answer(new { KeyId = keyId, Rows = columns.Sum(static column => column.Rows ?? 0), Columns = columns }, page =>
            {
                page.Table(["DATABASE", "TABLE", "COLUMN", "ROWS"], columns.Select(static column => (IReadOnlyList<string?>)
                    [column.Database, column.Schema is { Length: > 0 } schema ? $"{schema}.{column.Table}" : column.Table, column.Column, column.Rows is { } rows ? TextPage.Number(rows) : "not read"]));
                page.Line($"{TextPage.Number(columns.Sum(static column => column.Rows ?? 0))} values are under key {keyId}.");
            });
        }
    }
}
