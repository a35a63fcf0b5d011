namespace ColumnCrypt.Benchmarks.Report;

/// <summary>The sizes of values that are measured.</summary>
internal static class Sizes
{
    public static IReadOnlyList<int> All { get; } = [16, 64, 256, 1024, 16 * 1024];

    /// <summary>Fewer repetitions for longer values, so that a round takes about as long.</summary>
    public static int TimesOf(int size, int timesOf64) => Math.Max(500, timesOf64 * 64 / Math.Max(64, size));
}
