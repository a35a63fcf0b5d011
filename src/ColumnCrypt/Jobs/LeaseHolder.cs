using System.Diagnostics;
using System.Globalization;

namespace ColumnCrypt.Jobs;

/// <summary>
/// Names the process that holds a lease: <c>actor (machine:process id)</c>. On its own machine a process that has died is seen to be
/// gone, so that its lease need not run out. Should the system have given its id to another process, the lease runs out all the same.
/// </summary>
internal static class LeaseHolder
{
    public static string Current(string actor) =>
        string.Create(CultureInfo.InvariantCulture, $"{actor} ({Environment.MachineName}:{Environment.ProcessId})");

    /// <summary>True where the holder was a process of this machine that does not run any more.</summary>
    public static bool IsGone(string? holder)
    {
        string mine = $" ({Environment.MachineName}:";
        int at = holder?.LastIndexOf(mine, StringComparison.Ordinal) ?? -1;
        return at >= 0
            && int.TryParse(holder.AsSpan(at + mine.Length).TrimEnd(')'), NumberStyles.None, CultureInfo.InvariantCulture, out int process)
            && !IsRunning(process);
    }

    private static bool IsRunning(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
