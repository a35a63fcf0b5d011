using ColumnCrypt.Format;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Keys;

internal sealed class ResumeKey() : KeyVerb("resume", "Resumes a suspended key.", "incident 42 is closed")
{
    protected override KeyState[] From => [KeyState.Suspended];

    protected override string Would => "would be resumed.";

    protected override async Task<Answer> ChangeAsync(Call call, IKeyManager keys, KeyId keyId, string reason, CancellationToken cancellationToken) =>
        KeyText.Answer(
        await keys.ResumeAsync(keyId, reason, cancellationToken).ConfigureAwait(false), "In force on every node within the revocation bound.");
}
