using System.CommandLine;
using ColumnCrypt.Format;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Configuration;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Keys;

internal sealed class DestroyKey : KeyVerb
{
    private readonly Option<string?> _connection = new("--read-connection")
    {
        Description = "Counts the rows under the key first, in the application's database, and refuses where there is one.",
        HelpName = "STRING",
    };

    public DestroyKey()
        : base("destroy", "Destroys one key under which no row is left. An Active one is refused. There is no way back.", "all rows are re-encrypted") => Options.Add(_connection);

    protected override KeyState[] From => [KeyState.PreActive, KeyState.Deactivated, KeyState.Compromised, KeyState.Suspended];

    protected override string Consequence => "it will be destroyed, and every row under it is lost for good.";

    protected override string Would => "would be destroyed, and every row under it lost.";

    protected override async Task<Answer> ChangeAsync(Call call, IKeyManager keys, KeyId keyId, string reason, CancellationToken cancellationToken) =>
        KeyText.Answer(await DestroyAsync(call, keys, keyId, reason, cancellationToken).ConfigureAwait(false), "Other nodes follow within the revocation bound.");

    private async Task<KeyInfo> DestroyAsync(Call call, IKeyManager keys, KeyId keyId, string reason, CancellationToken cancellationToken)
    {
        if (call.Value(_connection) is not { } connection)
        {
            return await keys.DestroyAsync(keyId, reason, cancellationToken).ConfigureAwait(false);
        }

        var data = KeyStores.OpenData(call.SettingsOf(connection), isReadOnly: true);
        await using (data.ConfigureAwait(false))
        {
            return await keys.DestroyAsync(keyId, reason, data, cancellationToken).ConfigureAwait(false);
        }
    }
}
