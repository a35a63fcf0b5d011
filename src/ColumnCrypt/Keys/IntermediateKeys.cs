namespace ColumnCrypt.Keys;

/// <summary>The intermediate keys of one installation: which of them wraps the next key, and each by its id.</summary>
/// <param name="Supply">Chooses the one for a new wrap.</param>
/// <param name="Cache">Gives each.</param>
/// <param name="Loader">Opens each anew.</param>
internal sealed record IntermediateKeys(IntermediateSupply Supply, IntermediateCache Cache, IntermediateLoader Loader);
