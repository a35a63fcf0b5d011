using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Audit;

/// <summary>Makes the audit's entries: each with an id that sorts by time, and the name of whoever this process acts for. Thread-safe.</summary>
/// <param name="actor">The actor, at most 200 characters.</param>
/// <param name="time">Gives the time.</param>
internal sealed class AuditEntries(string actor, TimeProvider time)
{
    public string Actor => actor;

    public AuditRecord Make(string action, string? tenant = null, KeyId? keyId = null, string? detail = null)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        return new AuditRecord
        {
            AuditId = Guid.CreateVersion7(now).ToString("N"),
            At = now,
            Actor = actor,
            Action = action,
            Tenant = tenant,
            KeyId = keyId,
            Detail = detail,
        };
    }
}
