namespace ColumnCrypt.Tests.Keys;

/// <summary>Waits for background work to have happened, without a fixed sleep; fails after 30 seconds.</summary>
internal static class Waiting
{
    public static Task UntilAsync(Func<bool> happened) => UntilAsync(() => Task.FromResult(happened()));

    public static async Task UntilAsync(Func<Task<bool>> happened)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await happened())
        {
            Assert.False(limit.IsCancellationRequested, "What the test waits for has not happened within 30 s.");
            await Task.Delay(1);
        }
    }
}
