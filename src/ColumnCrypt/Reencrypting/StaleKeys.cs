using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;

namespace ColumnCrypt.Reencrypting;

/// <summary>The data keys under which no row should stay, and those that are passed over, with the reason. Immutable.</summary>
internal sealed class StaleKeys
{
    private const int PageSize = 1_000;

    private readonly Dictionary<KeyId, KeyRecord> _moved = [];
    private readonly Dictionary<KeyId, (KeyRecord Key, string Why)> _skipped = [];

    /// <summary>The keys whose rows are moved.</summary>
    public IReadOnlyCollection<KeyRecord> Moved => _moved.Values;

    /// <summary>When the last of them ceased to encrypt on the node that changed its state; null where there is none.</summary>
    public DateTimeOffset? LastChange => _moved.Values.Max(static key => key.CompromisedAt ?? key.DeactivatedAt);

    /// <summary>The key where its rows are moved; else null.</summary>
    public KeyRecord? Find(KeyId keyId) => _moved.GetValueOrDefault(keyId);

    /// <summary>Reads all keys of the store, every one of them checked.</summary>
    public static async Task<StaleKeys> ReadAsync(OperatorStore store, Installation installation, IReadOnlySet<string>? tenants, CancellationToken cancellationToken)
    {
        var stale = new StaleKeys();
        KeyId? after = null;
        while (true)
        {
            var page = await store.Store.Inventory.ReadKeysAsync(after, null, PageSize, cancellationToken).ConfigureAwait(false);
            foreach (var key in page.Where(static key => key.Key.Kind == KeyKind.Data))
            {
                installation.Rows.Verify(key.Key);
                if (key.Tenant is { } tenant)
                {
                    installation.Rows.Verify(tenant);
                }

                stale.Add(key.Key, key.Tenant, tenants);
            }

            if (page.Count < PageSize)
            {
                return stale;
            }

            after = page[^1].Key.KeyId;
        }
    }

    /// <summary>What is said of a key under which values were counted; null where nothing is to be said of it, for it is to have them.</summary>
    public KeyRemainder? Describe(KeyId keyId, long values, IReadOnlySet<KeyId> right) =>
        _moved.TryGetValue(keyId, out var moved) ? new KeyRemainder(keyId, moved.Tenant, moved.State, values, null)
        : _skipped.TryGetValue(keyId, out var skipped) ? new KeyRemainder(keyId, skipped.Key.Tenant, skipped.Key.State, values, skipped.Why)
        : right.Contains(keyId) ? null
        : new KeyRemainder(keyId, "", null, values, "This key store does not hold the key: its rows cannot be read with it.");

    /// <summary>The data keys that rows are right to be under.</summary>
    public HashSet<KeyId> Right { get; } = [];

    private void Add(KeyRecord key, TenantRecord? tenant, IReadOnlySet<string>? tenants)
    {
        if (WhyNot(key, tenant, tenants) is { } why)
        {
            _skipped.Add(key.KeyId, (key, why));
        }
        else if (key.State is KeyState.Deactivated or KeyState.Compromised)
        {
            _moved.Add(key.KeyId, key);
        }
        else
        {
            Right.Add(key.KeyId);
        }
    }

    private static string? WhyNot(KeyRecord key, TenantRecord? tenant, IReadOnlySet<string>? tenants) => (key.State, tenant?.State) switch
    {
        (KeyState.Destroyed, _) or (_, TenantState.Shredded) => "The key is destroyed: its rows are lost.",
        (KeyState.Suspended, _) => "The key is Suspended: resume it, or declare it compromised, and run this again.",
        (KeyState.Deactivated or KeyState.Compromised, TenantState.ShredScheduled) => "The tenant is to be shredded.",
        (KeyState.Deactivated or KeyState.Compromised, _) when tenants?.Contains(key.Tenant) == false => "Its tenant was not named.",
        _ => null,
    };
}
