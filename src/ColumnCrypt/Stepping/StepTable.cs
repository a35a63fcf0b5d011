using ColumnCrypt.Rows;

namespace ColumnCrypt.Stepping;

/// <summary>A table as a pass walks it. Immutable.</summary>
/// <param name="Schema">Its schema; "" where the database has none.</param>
/// <param name="Name">Its name.</param>
/// <param name="Keys">The columns of its primary key, in order.</param>
/// <param name="Columns">The columns that are read beside them.</param>
/// <param name="Where">Which rows are walked, in SQL whose parameters are <paramref name="Parameters"/>; null for all.</param>
/// <param name="Parameters">The parameters of <paramref name="Where"/>.</param>
internal sealed record StepTable(
    string Schema, string Name, IReadOnlyList<StepColumn> Keys, IReadOnlyList<StepColumn> Columns, string? Where, IReadOnlyList<(string Name, object Value)> Parameters)
{
    /// <summary>The table as SQL has it.</summary>
    public string Sql => DataDatabase.TableOf(Schema, Name);

    /// <summary>The table in messages.</summary>
    public string Text => Schema.Length == 0 ? Name : $"{Schema}.{Name}";

    public IEnumerable<StepColumn> Sets => Columns.Where(static column => column.IsSet);

    /// <summary>Where the guards stand among the columns.</summary>
    public IEnumerable<int> Guards => Enumerable.Range(0, Columns.Count).Where(i => Columns[i].IsGuard);
}
