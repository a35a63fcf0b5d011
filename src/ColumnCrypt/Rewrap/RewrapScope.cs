using ColumnCrypt.Kek;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;

namespace ColumnCrypt.Rewrap;

/// <summary>Says which keys and which wraps a rewrap is about. Thread-safe; calls no KEK.</summary>
/// <param name="options">What moves where.</param>
/// <param name="keks">The KEKs that the configuration allows.</param>
/// <param name="escrowVersion">The version of the new KEK where it is an escrow; else null.</param>
internal sealed class RewrapScope(RewrapOptions options, KekCaller keks, string? escrowVersion)
{
    /// <summary>True where wraps under the new KEK cannot be proved here.</summary>
    public bool IsEscrow => escrowVersion is not null;

    /// <summary>The scope of a run; asks an escrow KEK for its version.</summary>
    public static async Task<RewrapScope> OfAsync(RewrapOptions options, KekCaller keks, CancellationToken cancellationToken) => new(
        options,
        keks,
        options.Phase == RewrapPhase.Add && keks.MayBeEscrow(options.To) && await keks.IsEscrowAsync(options.To, cancellationToken).ConfigureAwait(false)
            ? await keks.VersionAsync(options.To, cancellationToken).ConfigureAwait(false)
            : null);

    /// <summary>The new KEK where it is a tenant's own; null where it is the application's.</summary>
    public string? OwnTarget => keks.IsAllowed(options.To) ? null : options.To;

    /// <summary>True for a key that is left alone, because its tenant's KEK is another one, or the new KEK is another tenant's.</summary>
    public bool IsForeign(KeyWithWraps key) => !options.ChangesPolicy && key.Tenant?.KekPolicy != OwnTarget;

    /// <summary>The wraps that have their bytes.</summary>
    public static List<WrapRecord> Alive(KeyWithWraps key) => [.. key.Wraps.Where(static wrap => wrap.Wrapped is not null)];

    /// <summary>The KEK id under which the new wrap of a key stands: that of an intermediate key, or of the inner KEK, where the new KEK is hierarchical.</summary>
    public string ToOf(KeyWithWraps key) => HierarchicalUri.WrapIdOf(options.To, key.Key.Tenant);

    /// <summary>The KEK id of the old wraps of a key; null for every other than the new one.</summary>
    public string? FromOf(KeyWithWraps key) => options.From is { } from ? HierarchicalUri.WrapIdOf(from, key.Key.Tenant) : null;

    public bool Concerns(KeyWithWraps key) =>
        key.Key.State != KeyState.Destroyed && IsNamed(key) && !IsBelow(key) && !(options.OnlyMissing && Alive(key).Exists(wrap => wrap.KekId == ToOf(key)));

    /// <summary>True for the wrap that a first run wants to be there.</summary>
    public bool IsDone(KeyWithWraps key, WrapRecord wrap) => wrap.KekId == ToOf(key) && (escrowVersion is null ? wrap.VerifiedAt is not null : wrap.KekVersion == escrowVersion);

    /// <summary>True for a wrap that a second run drops.</summary>
    public bool IsOld(KeyWithWraps key, WrapRecord wrap) =>
        FromOf(key) is { } from ? wrap.KekId == from : wrap.KekId != ToOf(key) && keks.IsAllowed(wrap.KekId) && !keks.MayBeEscrow(wrap.KekId) && !keks.IsAlso(wrap.KekId);

    /// <summary>
    /// True for a key that has a wrap under the old KEK, where one is named. An intermediate key needs none where tenants' keys come below it: it must open under the new KEK by then.
    /// </summary>
    public bool IsFrom(KeyWithWraps key) =>
        options.From is not { } from
        || Alive(key).Exists(wrap => wrap.KekId == FromOf(key))
        || (key.Key.Kind == KeyKind.Intermediate && HierarchicalUri.IsHierarchical(options.To) && !HierarchicalUri.IsHierarchical(from));

    /// <summary>True for a key that a first run has not come past, or not moved.</summary>
    public bool IsMissing(KeyWithWraps key) => Concerns(key) && !IsForeign(key) && IsFrom(key) && Alive(key) is { Count: > 0 } alive && !alive.Exists(wrap => IsDone(key, wrap));

    /// <summary>True for a wrap of which this configuration does not know whether it is an escrow.</summary>
    public bool IsUnknown(KeyWithWraps key, WrapRecord wrap) => options.From is null && wrap.KekId != ToOf(key) && !keks.IsAllowed(wrap.KekId);

    /// <summary>True for a key that a run would have to change.</summary>
    public bool Moves(KeyWithWraps key)
    {
        var alive = Alive(key);
        return Concerns(key) && !IsForeign(key) && alive.Count > 0 && (options.Phase == RewrapPhase.Drop
            ? alive.Exists(wrap => IsOld(key, wrap))
            : IsFrom(key) && ((FromOf(key) == ToOf(key) && !IsEscrow) || !alive.Exists(wrap => IsDone(key, wrap))));
    }

    // Wraps under intermediate keys stay as they are where these come under another KEK, or under a newer version of it. There is nothing to prove either: no wrap
    // takes their place.
    private bool IsBelow(KeyWithWraps key) =>
        key.Key.Tenant.Length > 0 && ToOf(key) == HierarchicalUri.Layer && Alive(key) is { Count: > 0 } alive && alive.TrueForAll(static wrap => wrap.KekId == HierarchicalUri.Layer);

    private bool IsNamed(KeyWithWraps key) =>
        options.Tenants is not { } tenants || tenants.Contains(key.Key.Tenant) || (options.Phase == RewrapPhase.Add && key.Key.Tenant.Length == 0);
}
