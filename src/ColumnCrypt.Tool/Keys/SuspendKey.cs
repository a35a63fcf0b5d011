using ColumnCrypt.Format;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Keys;

internal sealed class SuspendKey() : KeyVerb("suspend", "Holds a key back: it neither encrypts nor decrypts until it is resumed.", "incident 42")
{
    protected override KeyState[] From => [KeyState.PreActive, KeyState.Active, KeyState.Deactivated];

    protected override string Would => "would be suspended.";

    protected override async Task<Answer> ChangeAsync(Call call, IKeyManager keys, KeyId keyId, string reason, CancellationToken cancellationToken) =>
        KeyText.Answer(
        await keys.SuspendAsync(keyId, reason, cancellationToken).ConfigureAwait(false), "In force on every node within the revocation bound.");
}
