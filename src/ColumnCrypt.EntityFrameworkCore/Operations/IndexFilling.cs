using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Update;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>
/// Gives the index columns of what is saved their values, once the keys are there. It sees the entries that EF is about to write, however they
/// came to be added or modified, so that an index cannot be stale.
/// </summary>
internal static class IndexFilling
{
    /// <summary>Fills the index columns.</summary>
    /// <returns>The entries that are left to save: without those in which nothing but an index column was set, by hand.</returns>
    public static IList<IUpdateEntry> Fill(IList<IUpdateEntry> entries, ContextScope scope)
    {
        bool anyLeft = false;
        var plans = default(RecentPlan);
        var window = ContextWindow.Current;
        window.OpenForWriting(scope.Context);
        try
        {
            foreach (var entry in entries)
            {
                if (entry.EntityState is EntityState.Added or EntityState.Modified && plans.Of(entry.EntityType).Indexes is { Count: > 0 } indexes)
                {
                    Fill(entry, indexes);
                    anyLeft |= entry.EntityState == EntityState.Unchanged;
                }
            }
        }
        finally
        {
            window.CloseForWriting();
        }

        return anyLeft ? [.. entries.Where(static entry => entry.EntityState != EntityState.Unchanged)] : entries;
    }

    private static void Fill(IUpdateEntry entry, IReadOnlyList<SavedIndex> indexes)
    {
        var tracked = entry.ToEntityEntry();
        bool isNew = entry.EntityState == EntityState.Added;
        foreach (var index in indexes)
        {
            var stored = tracked.Property(index.Index);
            if (isNew)
            {
                stored.CurrentValue = index.ValueOf(entry);
            }
            else if (IsAnyModified(entry, index.Sources))
            {
                // Said, not left to a comparison: what an attached entity's row holds is not known.
                stored.CurrentValue = index.ValueOf(entry);
                stored.IsModified = true;
            }
            else if (stored.IsModified)
            {
                stored.CurrentValue = stored.OriginalValue;
                stored.IsModified = false;
            }
        }
    }

    private static bool IsAnyModified(IUpdateEntry entry, IReadOnlyList<IProperty> sources)
    {
        foreach (var source in sources)
        {
            if (entry.IsModified(source))
            {
                return true;
            }
        }

        return false;
    }
}
