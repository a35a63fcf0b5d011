using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Update;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>
/// Before a save that changes some of the properties of a composite index: the others get the values that the row holds, and all are written
/// together, so that the index fits the row whatever the entity knew of it. What somebody else writes to them between that query and the save is
/// overwritten, unless a row version stands in the way.
/// </summary>
internal static class CompositeParts
{
    public static void Complete(IList<IUpdateEntry> entries)
    {
        foreach (var entry in Incomplete(entries))
        {
            Complete(entry, entry.GetDatabaseValues());
        }
    }

    public static async ValueTask CompleteAsync(IList<IUpdateEntry> entries, CancellationToken cancellationToken)
    {
        foreach (var entry in Incomplete(entries))
        {
            Complete(entry, await entry.GetDatabaseValuesAsync(cancellationToken).ConfigureAwait(false));
        }
    }

    private static IEnumerable<EntityEntry> Incomplete(IList<IUpdateEntry> entries)
    {
        foreach (var entry in entries)
        {
            if (entry.EntityState == EntityState.Modified && SavePlan.Of(entry.EntityType).Composites is { Count: > 0 } composites
                && composites.Any(index => index.Sources.Any(entry.IsModified) && !index.Sources.All(entry.IsModified)))
            {
                yield return entry.ToEntityEntry();
            }
        }
    }

    /// <summary>Where the row is gone, the save will find out.</summary>
    private static void Complete(EntityEntry entry, PropertyValues? stored)
    {
        // A property may be part of several: until nothing changes.
        for (bool anyAdded = stored is not null; anyAdded;)
        {
            anyAdded = false;
            foreach (var source in SavePlan.Of(entry.Metadata).Composites.Where(index => index.Sources.Any(s => entry.Property(s).IsModified)).SelectMany(static index => index.Sources))
            {
                var property = entry.Property(source);
                if (!property.IsModified)
                {
                    property.CurrentValue = stored![source];
                    property.IsModified = true;
                    anyAdded = true;
                }
            }
        }
    }
}
