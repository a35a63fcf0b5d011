namespace ColumnCrypt.Tests.Columns;

/// <summary>What one call allocates: the least of some rounds, for what the runtime itself does now and then falls into one of them.</summary>
internal static class Allocation
{
    public static long Of(Action work)
    {
        const int Rounds = 5;
        const int Times = 1_000;
        long least = long.MaxValue;
        for (int round = 0; round <= Rounds; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Times; i++)
            {
                work();
            }

            // The first is the warm-up.
            least = round == 0 ? least : Math.Min(least, (GC.GetAllocatedBytesForCurrentThread() - before) / Times);
        }

        return least;
    }
}
