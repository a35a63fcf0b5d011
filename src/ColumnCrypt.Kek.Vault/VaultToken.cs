using System.Text.Json;
using ColumnCrypt.Kek.Vault.Http;

namespace ColumnCrypt.Kek.Vault;

/// <summary>A token, and how long it lives. Thread-safe.</summary>
internal sealed class VaultToken
{
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(3_650);
    private volatile bool _hasWorked;

    /// <param name="value">The token itself.</param>
    /// <param name="seconds">How long it lives; null or 0 for ever, or where that is not known.</param>
    /// <param name="isRenewable">True where it may be renewed.</param>
    /// <param name="now">When that was said.</param>
    public VaultToken(string value, long? seconds, bool isRenewable, DateTimeOffset now)
    {
        Value = value;
        IsRenewable = isRenewable;
        Lease = seconds is > 0 and { } known ? TimeSpan.FromSeconds(Math.Min(known, s_longest.TotalSeconds)) : null;
        ExpiresAt = now + Lease;
    }

    public string Value { get; }

    /// <summary>How long it lived when it was given or renewed; null for ever, or where that is not known.</summary>
    public TimeSpan? Lease { get; }

    public DateTimeOffset? ExpiresAt { get; }

    public bool IsRenewable { get; }

    /// <summary>True once Vault has taken it for a call.</summary>
    public bool HasWorked
    {
        get => _hasWorked;
        set => _hasWorked = value;
    }

    /// <summary>What a login or a renewal returns; null where it holds no token.</summary>
    public static VaultToken? Of(JsonElement auth, DateTimeOffset now) => VaultAnswer.Text(auth, "client_token") is { Length: > 0 } value
        ? new VaultToken(value, VaultAnswer.Number(auth, "lease_duration"), VaultAnswer.IsTrue(auth, "renewable"), now)
        : null;
}
