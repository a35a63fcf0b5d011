namespace ColumnCrypt.EntityFrameworkCore.Tests.Load;

/// <summary>How often each contact was written, as its writers say. Thread-safe.</summary>
internal sealed class ContactRows(int rows)
{
    private readonly int[] _tried = new int[rows];
    private readonly int[] _done = new int[rows];

    public int Count => rows;

    /// <summary>How many writes there were.</summary>
    public int Written => _done.Sum();

    /// <summary>How often a row was written at least.</summary>
    public int AtLeast(int id) => Volatile.Read(ref _done[id]);

    /// <summary>How often a row was written at most, once its writers have stopped.</summary>
    public int AtMost(int id) => Volatile.Read(ref _tried[id]);

    public void Try(int id, int count) => Raise(ref _tried[id], count);

    // What an unsaved line of a killed writer said is below what the next one finds.
    public void Done(int id, int count)
    {
        Raise(ref _tried[id], count);
        Raise(ref _done[id], count);
    }

    private static void Raise(ref int value, int to)
    {
        for (int now = Volatile.Read(ref value); now < to; now = Volatile.Read(ref value))
        {
            Interlocked.CompareExchange(ref value, to, now);
        }
    }
}
