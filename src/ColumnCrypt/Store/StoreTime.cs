namespace ColumnCrypt.Store;

/// <summary>Times as the key tables hold them: UTC, milliseconds. What is finer is cut off, never rounded.</summary>
internal static class StoreTime
{
    public static DateTimeOffset Truncate(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);

    public static DateTimeOffset? Truncate(DateTimeOffset? time) => time is { } value ? Truncate(value) : null;
}
