using ColumnCrypt.Manifest;

namespace ColumnCrypt.Backup;

/// <summary>An adopted column as a backup has it: steps that were taken after the backup are not in it.</summary>
/// <param name="Database">Its database, as the manifest names it.</param>
/// <param name="Column">The column: <c>table.column</c>, with the schema where there is one.</param>
/// <param name="State">The state; null where a newer ColumnCrypt wrote what this one does not understand.</param>
public sealed record BackedUpAdoption(string Database, string Column, AdoptionState? State);
