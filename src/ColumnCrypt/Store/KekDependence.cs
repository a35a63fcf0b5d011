namespace ColumnCrypt.Store;

/// <summary>How far keys depend on one KEK.</summary>
/// <param name="Keys">Keys, Destroyed ones aside, that have a wrap with bytes under it.</param>
/// <param name="OnlyHere">Those of them that have no other wrap with bytes: without the KEK they are lost.</param>
public sealed record KekDependence(long Keys, long OnlyHere);
