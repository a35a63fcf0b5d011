using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Backup;

/// <summary>The adopted columns among the rows of a backup. Not thread-safe.</summary>
internal sealed class AdoptionList
{
    private readonly List<BackedUpAdoption> _columns = [];

    /// <summary>What was added, in its order.</summary>
    public IReadOnlyList<BackedUpAdoption> Columns => _columns;

    public void Add(ColumnRecord column)
    {
        if (column.Adoption.Length > 0)
        {
            _columns.Add(new BackedUpAdoption(column.Database, ColumnName.Of(column), StateOf(column)));
        }
    }

    // A backup is put back whole, also where a newer version made it.
    private static AdoptionState? StateOf(ColumnRecord column)
    {
        try
        {
            return ColumnAdoption.Parse(column.Adoption).State;
        }
        catch (EncryptionModelException)
        {
            return null;
        }
    }
}
