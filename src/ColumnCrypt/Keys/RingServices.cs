using ColumnCrypt.Audit;
using ColumnCrypt.Crypto;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Ledger;
using ColumnCrypt.Search;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Keys;

/// <summary>What every part of the ring needs from its instance.</summary>
internal sealed record RingServices(TimeProvider Time, ILogger Logger, ColumnCryptMetrics Metrics, SecretMemory Memory, NonceSource Nonces, AeadContexts Ciphers, AuditEntries Entries, IShredLedger? Ledger, IndexNormalisers Normalisers)
{
    /// <summary>The time, UTC, in whole milliseconds, as the key tables keep it.</summary>
    public DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(Time.GetUtcNow().ToUnixTimeMilliseconds());
}
