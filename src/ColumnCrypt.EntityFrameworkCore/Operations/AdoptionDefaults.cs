using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Update;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>
/// Gives new rows the defaults that the columns of plaintext of adopted properties have in the database, where EF would have left them to it: the database
/// can encrypt none. Stateless, thread-safe.
/// </summary>
internal static class AdoptionDefaults
{
    /// <exception cref="ColumnCryptException">The database computes the default.</exception>
    public static void Fill(IList<IUpdateEntry> entries, ContextScope scope)
    {
        var columns = AdoptedColumns.Of(scope.Context.Model);
        if (!columns.HasDefaults)
        {
            return;
        }

        foreach (var entry in entries.Where(static entry => entry.EntityState == EntityState.Added))
        {
            foreach (var column in columns.Of(entry.EntityType).Where(column => column.Default is not null))
            {
                Fill(entry, column);
            }
        }
    }

    private static void Fill(IUpdateEntry entry, AdoptedColumn column)
    {
        var property = entry.ToEntityEntry().Property(column.Property);
        if (!Equals(property.CurrentValue, column.Property.Sentinel) || column.Default!.Constant?.Equals(column.Property.Sentinel) == true)
        {
            return;
        }

        property.CurrentValue = column.Default.Constant is { } constant ? column.Property.GetValueComparer().Snapshot(constant) : throw new ColumnCryptException(
            $"A new {entry.EntityType.DisplayName()} has no {column.Property.Name}, which the database computes for versions of the application that know {column.PlainName} alone. "
            + $"{column.Name} is adopted, and the database cannot encrypt: set {column.Property.Name} in the application.");
    }
}
