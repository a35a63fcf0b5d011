using System.Diagnostics;
using Xunit;

namespace ColumnCrypt.Store.Tests.Hosts;

/// <summary>Waits for what another process does.</summary>
internal static class Eventually
{
    /// <summary>Waits until it has happened, and gives how long that took; fails after 30 s.</summary>
    public static async Task<TimeSpan> UntilAsync(Func<Task<bool>> happened)
    {
        var watch = Stopwatch.StartNew();
        while (!await happened())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), "What the test waits for has not happened within 30 s.");
            await Task.Delay(20);
        }

        return watch.Elapsed;
    }
}
