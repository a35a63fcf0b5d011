using System.Collections;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>Finds the owners of owned objects among what a context tracks: an owned object often has no way to its owner. For one save; not thread-safe.</summary>
internal sealed class TrackedOwners(DbContext context)
{
    private readonly Dictionary<(IEntityType Root, IKey Key), Hashtable> _byKey = [];
    private List<EntityEntry>? _entries;

    /// <summary>The entity whose row, or whose rows' parent, an owned object is; null where it is not tracked.</summary>
    public EntityEntry? RootOf(EntityEntry owned)
    {
        EntityEntry? entry = owned;
        while (entry?.Metadata.FindOwnership() is { } ownership)
        {
            object?[] key = [.. ownership.Properties.Select(property => entry.CurrentValues[property])];
            entry = (EntityEntry?)ByKey(ownership)[key];
        }

        return entry;
    }

    private Hashtable ByKey(IForeignKey ownership)
    {
        var wanted = (ownership.PrincipalEntityType.GetRootType(), ownership.PrincipalKey);
        if (!_byKey.TryGetValue(wanted, out var found))
        {
            found = new Hashtable(StructuralComparisons.StructuralEqualityComparer);
            foreach (var entry in Entries().Where(e => e.Metadata.GetRootType() == wanted.Item1))
            {
                found[wanted.PrincipalKey.Properties.Select(property => entry.CurrentValues[property]).ToArray()] = entry;
            }

            _byKey.Add(wanted, found);
        }

        return found;
    }

    /// <summary>Changes have been detected by now; to detect them again could change what is being saved.</summary>
    private List<EntityEntry> Entries()
    {
        if (_entries is null)
        {
            bool detects = context.ChangeTracker.AutoDetectChangesEnabled;
            context.ChangeTracker.AutoDetectChangesEnabled = false;
            try
            {
                _entries = [.. context.ChangeTracker.Entries()];
            }
            finally
            {
                context.ChangeTracker.AutoDetectChangesEnabled = detects;
            }
        }

        return _entries;
    }
}
