using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
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
        var window = ContextWindow.Current;
        window.OpenForWriting(scope.Context);
        try
        {
            foreach (var entry in entries)
            {
                if (entry.EntityState is EntityState.Added or EntityState.Modified && SavePlan.Of(entry.EntityType).Indexes is { Count: > 0 } indexes)
                {
                    Fill(entry.ToEntityEntry(), indexes);
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

    private static void Fill(EntityEntry entry, IReadOnlyList<SavedIndex> indexes)
    {
        foreach (var index in indexes)
        {
            var stored = entry.Property(index.Index);
            if (entry.State == EntityState.Added || index.Sources.Any(source => entry.Property(source).IsModified))
            {
                stored.CurrentValue = index.ValueOf(source => entry.Property(source).CurrentValue);

                // Said, not left to a comparison: what an attached entity's row holds is not known.
                stored.IsModified = entry.State == EntityState.Modified;
            }
            else if (stored.IsModified)
            {
                stored.CurrentValue = stored.OriginalValue;
                stored.IsModified = false;
            }
        }
    }
}
