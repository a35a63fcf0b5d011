using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore.Update;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>
/// Opens the write window while EF makes the batches of a save in which a row is deleted and added under one key, as it is where an owned object is
/// replaced: it then compares the values of both as the database has them, before there is a command. Synchronous, on one thread.
/// </summary>
/// <remarks>No two encryptions of a value are the same bytes, so that EF finds every encrypted column changed, and writes it.</remarks>
internal sealed class BatchWindow(ICommandBatchPreparer inner, ContextScope scope) : ICommandBatchPreparer
{
    public IEnumerable<ModificationCommandBatch> BatchCommands(IList<IUpdateEntry> entries, IUpdateAdapter updateAdapter)
    {
        var batches = inner.BatchCommands(entries, updateAdapter);
        return entries.Any(static entry => entry.SharedIdentityEntry is not null) ? InWindow(batches) : batches;
    }

    public IEnumerable<ModificationCommandBatch> CreateCommandBatches(IEnumerable<IReadOnlyModificationCommand> commandSet, bool moreCommandSets) =>
        inner.CreateCommandBatches(commandSet, moreCommandSets);

    public void ResetState() => inner.ResetState();

    public Task ResetStateAsync(CancellationToken cancellationToken = default) => inner.ResetStateAsync(cancellationToken);

    private IEnumerable<ModificationCommandBatch> InWindow(IEnumerable<ModificationCommandBatch> batches)
    {
        using var each = batches.GetEnumerator();
        while (MoveNext(each))
        {
            yield return each.Current;
        }
    }

    private bool MoveNext(IEnumerator<ModificationCommandBatch> batches)
    {
        ContextWindow.Current.OpenForWriting(scope);
        try
        {
            return batches.MoveNext();
        }
        finally
        {
            ContextWindow.Current.CloseForWriting();
        }
    }
}
