using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using ColumnCrypt.Search;

namespace ColumnCrypt.Adopting;

/// <summary>An adopted column as its steps need it. Immutable.</summary>
/// <param name="Record">Its row in the manifest.</param>
/// <param name="Adoption">How far it has come.</param>
/// <param name="Form">How its plaintext stands in the database.</param>
/// <param name="Indexes">The indexes that can be computed here, and the columns that they stand in.</param>
internal sealed record AdoptedColumn(ColumnRecord Record, ColumnAdoption Adoption, PlainForm Form, IReadOnlyList<(string Column, IndexDefinition Definition)> Indexes)
{
    public string Purpose => Record.Purpose;

    public string Name => ColumnName.Of(Record);

    /// <summary>The columns of the indexes that only the application fills. Where a value changes they become NULL, "not filled yet": they told of the value before.</summary>
    public IReadOnlyList<string> IndexedElsewhere { get; } = [.. Adoption.Indexes.Where(index => Indexes.All(own => own.Column != index.Column)).Select(static index => index.Column)];

    /// <summary>The index columns of which every row with a value has one, and that only the application fills.</summary>
    public IEnumerable<string> FilledElsewhere => Adoption.Indexes.Where(index => index.Kind == "eq" && Indexes.All(own => own.Column != index.Column)).Select(static index => index.Column);

    /// <summary>The versions of index keys that are written.</summary>
    public IndexVersions Versions => Indexes.Count == 0 ? IndexVersions.None : new IndexVersions([.. Indexes.Select(static index => index.Definition.Version).Distinct()], []);
}
