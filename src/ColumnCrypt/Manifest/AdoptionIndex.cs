using ColumnCrypt.Search;

namespace ColumnCrypt.Manifest;

/// <summary>A blind index that is filled along with its column. Immutable.</summary>
/// <param name="Column">The index column.</param>
/// <param name="Kind">The kind with its parameters, as <see cref="IndexDefinition.Kind"/>; <c>composite</c> and <c>word</c> are the application's to fill.</param>
/// <param name="Normaliser">The normaliser with its version; one of the application's own is the application's to fill.</param>
/// <param name="Version">The index version, from 1.</param>
/// <param name="Bits">How many bits are kept: 1 to 256.</param>
/// <param name="IsUnique">Whether the database keeps its values unique.</param>
public sealed record AdoptionIndex(string Column, string Kind, string Normaliser, int Version, int Bits, bool IsUnique);
