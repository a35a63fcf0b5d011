using System.CommandLine;
using ColumnCrypt.Format;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Keys;

/// <summary>A verb that changes the state of one key.</summary>
internal abstract class KeyVerb : Verb
{
    private readonly Argument<KeyId> _keyId = Parameters.KeyId();
    private readonly Option<string?> _reason = Parameters.Reason();

    protected KeyVerb(string name, string description, string reason)
        : base(name, description, $"columncrypt keys {name} 3f2a91c4d5e60718293a4b5c6d7e8f90 --reason \"{reason}\"")
    {
        Arguments.Add(_keyId);
        Options.Add(_reason);
    }

    /// <summary>The states in which a key can be.</summary>
    protected abstract KeyState[] From { get; }

    /// <summary>What will be so afterwards, where there is no way back; else null.</summary>
    protected virtual string? Consequence => null;

    /// <summary>What a dry run says would happen.</summary>
    protected abstract string Would { get; }

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var keyId = call.Value(_keyId);
        if (Consequence is { } consequence && !call.IsDryRun)
        {
            Confirmation.Demand(call, $"Key {keyId}: {consequence}", keyId.ToString());
        }

        var keys = call.Open();
        if (!call.IsDryRun)
        {
            return await ChangeAsync(call, keys, keyId, call.Value(_reason)!, cancellationToken).ConfigureAwait(false);
        }

        var detail = await Lookup.KeyAsync(keys, keyId, cancellationToken).ConfigureAwait(false);
        Lookup.Demand(detail.Key, Name, From);
        return Plan.Answer($"Key {keyId} of '{detail.Tenant}' {Would}", detail.Key);
    }

    protected abstract Task<Answer> ChangeAsync(Call call, IKeyManager keys, KeyId keyId, string reason, CancellationToken cancellationToken);
}
