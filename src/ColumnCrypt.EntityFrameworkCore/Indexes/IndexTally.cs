namespace ColumnCrypt.EntityFrameworkCore.Indexes;

/// <summary>What a walk has counted. Not thread-safe.</summary>
internal sealed class IndexTally
{
    private const int MaxFailures = 1_000;
    private readonly List<BlindIndexFailure> _failures = [];

    public long Processed { get; set; }

    public long Filled { get; set; }

    public long Changed { get; set; }

    public long Shredded { get; set; }

    public long Failed { get; private set; }

    public IReadOnlyList<BlindIndexFailure> Failures => _failures;

    public void Fail(WalkedColumn column, object[] key, string reason)
    {
        Failed++;
        if (_failures.Count < MaxFailures)
        {
            _failures.Add(new BlindIndexFailure(column.Table, column.Column, column.KeyText(key), reason));
        }
    }
}
