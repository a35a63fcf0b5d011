using ColumnCrypt.Crypto;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;

namespace ColumnCrypt.Audit;

/// <summary>
/// Links entries of the audit into a chain and checks them: number, SHA-256 of the entry before, HMAC under the installation key's
/// audit subkey (docs/SPEC.md, section 11). Thread-safe.
/// </summary>
internal sealed class AuditChain(AuditKey key)
{
    /// <summary>What stands for the hash before the first entry: 32 zero bytes.</summary>
    public static readonly byte[] Origin = new byte[32];

    /// <summary>SHA-256 of an entry, its mac included.</summary>
    public static byte[] HashOf(AuditRecord entry) => AuditKey.Hash(entry);

    /// <summary>An entry that stands outside the chain, with its mac.</summary>
    public AuditRecord Sign(AuditRecord entry) => key.Sign(entry);

    /// <summary>True where the mac of an entry, chained or not, is right.</summary>
    public bool IsAuthentic(AuditRecord entry) => key.IsValid(entry);

    /// <summary>The entries, numbered on from the head, each bound to the one before.</summary>
    public IReadOnlyList<AuditRecord> Link(AuditHead head, params IEnumerable<AuditRecord> entries)
    {
        var linked = new List<AuditRecord>();
        long sequence = head.Sequence;
        byte[] hash = head.Last is null ? Origin : HashOf(head.Last);
        foreach (var entry in entries)
        {
            var link = Sign(entry with { Sequence = ++sequence, PreviousHash = hash });
            hash = HashOf(link);
            linked.Add(link);
        }

        return linked;
    }
}
