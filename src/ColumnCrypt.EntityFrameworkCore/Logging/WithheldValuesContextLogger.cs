using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.EntityFrameworkCore.Logging;

/// <summary>What <c>LogTo</c> writes, without a named event.</summary>
internal sealed class WithheldValuesContextLogger(IDbContextLogger inner, EventId withheld) : IDbContextLogger
{
    public bool ShouldLog(EventId eventId, LogLevel logLevel) => eventId.Id != withheld.Id && inner.ShouldLog(eventId, logLevel);

    public void Log(EventData eventData) => inner.Log(eventData);
}
