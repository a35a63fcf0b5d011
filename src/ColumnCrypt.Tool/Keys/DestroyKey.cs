using ColumnCrypt.Format;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Output;

namespace ColumnCrypt.Tool.Keys;

internal sealed class DestroyKey()
    : KeyVerb("destroy", "Destroys one key under which no row is left. An Active one is refused. There is no way back.", "all rows are re-encrypted")
{
    protected override KeyState[] From => [KeyState.PreActive, KeyState.Deactivated, KeyState.Compromised, KeyState.Suspended];

    protected override string Consequence => "it will be destroyed, and every row under it is lost for good.";

    protected override string Would => "would be destroyed, and every row under it lost.";

    protected override async Task<Answer> ChangeAsync(IKeyManager keys, KeyId keyId, string reason, CancellationToken cancellationToken) =>
        KeyText.Answer(
        await keys.DestroyAsync(keyId, reason, cancellationToken).ConfigureAwait(false), "Other nodes follow within the revocation bound.");
}
