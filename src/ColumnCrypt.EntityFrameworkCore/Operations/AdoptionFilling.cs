using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Update;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>Gives the columns of plaintext of what is saved their values: those of the properties while both are written, none after. Stateless, thread-safe.</summary>
internal static class AdoptionFilling
{
    /// <summary>True where a save touches adopted columns.</summary>
    public static bool IsNeeded(IList<IUpdateEntry> entries, ContextScope scope) =>
        AdoptedColumns.Of(scope.Context.Model) is { Any: true } columns
        && entries.Any(entry => entry.EntityState is EntityState.Added or EntityState.Modified && columns.Of(entry.EntityType).Any());

    /// <summary>Fills them.</summary>
    /// <returns>The entries that are left to save: without those in which nothing but plaintext was set, by hand.</returns>
    public static IList<IUpdateEntry> Fill(IList<IUpdateEntry> entries, ContextScope scope, AdoptionModes modes)
    {
        var columns = AdoptedColumns.Of(scope.Context.Model);
        foreach (var entry in entries)
        {
            if (entry.EntityState is EntityState.Added or EntityState.Modified)
            {
                foreach (var column in columns.Of(entry.EntityType).Where(static column => !column.IsInPlace))
                {
                    Fill(entry, column, modes.WritesPlain(column.Ordinal));
                }
            }
        }

        return entries.Any(static entry => entry.EntityState == EntityState.Unchanged) ? [.. entries.Where(static entry => entry.EntityState != EntityState.Unchanged)] : entries;
    }

    /// <summary>Takes the plaintext of what could not be saved back: the next save may come in another state, to which it would be plaintext set by hand.</summary>
    public static void Undo(IList<IUpdateEntry> entries, ContextScope scope)
    {
        var columns = AdoptedColumns.Of(scope.Context.Model);
        foreach (var entry in entries.Where(static entry => entry.EntityState is EntityState.Added or EntityState.Modified))
        {
            foreach (var column in columns.Of(entry.EntityType).Where(column => !column.IsInPlace && (entry.EntityState == EntityState.Added || entry.IsModified(column.Property))))
            {
                var plaintext = entry.ToEntityEntry().Property(column.Plaintext!);
                plaintext.CurrentValue = entry.EntityState == EntityState.Added ? null : plaintext.OriginalValue;
                plaintext.IsModified = false;
            }
        }
    }

    private static void Fill(IUpdateEntry entry, AdoptedColumn column, bool writesPlain)
    {
        var plaintext = entry.ToEntityEntry().Property(column.Plaintext!);
        if (!writesPlain && IsByHand(plaintext, entry, column))
        {
            throw new ColumnCryptException(
                $"{column.Plaintext!.Name} of a {entry.EntityType.DisplayName()} was set by hand, and {column.Name} is past its plaintext: nothing is written to {column.PlainName} any more. Set {column.Property.Name} instead.");
        }

        if (entry.EntityState == EntityState.Added)
        {
            plaintext.CurrentValue = writesPlain ? entry.GetCurrentValue(column.Property) : null;
        }
        else if (entry.IsModified(column.Property))
        {
            // Said, not left to a comparison: what an attached entity's row holds is not known.
            plaintext.CurrentValue = writesPlain ? entry.GetCurrentValue(column.Property) : null;
            plaintext.IsModified = true;
        }
        else if (plaintext.IsModified)
        {
            plaintext.CurrentValue = plaintext.OriginalValue;
            plaintext.IsModified = false;
        }
    }

    // What a save in an earlier state has left there is what the property has; in an entity that is updated as a whole the property is modified, too.
    private static bool IsByHand(PropertyEntry plaintext, IUpdateEntry entry, AdoptedColumn column) =>
        plaintext.CurrentValue is { } value
        && !column.AreSame(entry.GetCurrentValue(column.Property), value)
        && (entry.EntityState == EntityState.Added || (plaintext.IsModified && !entry.IsModified(column.Property)));
}
