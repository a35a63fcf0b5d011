using ColumnCrypt.Format;
using ColumnCrypt.Jobs;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Configuration;
using ColumnCrypt.Tool.Running;

namespace ColumnCrypt.Tool.Verbs;

/// <summary>Finds what a verb is about; one that does not exist is an error.</summary>
internal static class Lookup
{
    public static async Task<TenantInfo> TenantAsync(IKeyManager keys, string tenant, CancellationToken cancellationToken) =>
        await keys.FindTenantAsync(tenant, cancellationToken).ConfigureAwait(false)
        ?? throw NotFound($"The key store knows no tenant '{tenant}'. Ids are compared byte by byte.");

    public static async Task<KeyDetail> KeyAsync(IKeyManager keys, KeyId keyId, CancellationToken cancellationToken) =>
        await keys.FindKeyAsync(keyId, cancellationToken).ConfigureAwait(false) ?? throw NotFound($"The key store knows no key {keyId}.");

    /// <summary>A KEK; of a hierarchical one the inner KEK, as the verbs take it.</summary>
    public static async Task<KekInfo> KekAsync(IKeyManager keys, string kekId, CancellationToken cancellationToken) =>
        (await keys.ListKeksAsync(cancellationToken).ConfigureAwait(false)).FirstOrDefault(kek => kek.KekId == new KekSetting(kekId, KekUse.Unwraps).Opened)
        ?? throw NotFound($"Neither the key store nor the configuration knows the KEK {kekId}. URIs are compared byte by byte: columncrypt keks list.");

    public static async Task<JobInfo> JobAsync(IKeyManager keys, string jobId, CancellationToken cancellationToken) =>
        await keys.FindJobAsync(jobId, cancellationToken).ConfigureAwait(false) ?? throw NotFound($"The key store knows no job {jobId}.");

    /// <summary>For a dry run: a state that does not allow what is asked.</summary>
    public static void Demand(bool allowed, string otherwise)
    {
        if (!allowed)
        {
            throw new KeyStateException(otherwise);
        }
    }

    /// <summary>For a dry run: the state of a key.</summary>
    public static void Demand(KeyInfo key, string verb, params KeyState[] states) =>
        Demand(states.Contains(key.State), $"Key {key.KeyId} is {key.State}; to {verb} it, it must be {string.Join(" or ", states)}.");

    private static CliException NotFound(string message) => new("not-found", message);
}
