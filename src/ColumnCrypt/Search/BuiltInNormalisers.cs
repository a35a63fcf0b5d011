namespace ColumnCrypt.Search;

/// <summary>The normalisers that every instance has.</summary>
internal static class BuiltInNormalisers
{
    public static IReadOnlyList<IIndexNormaliser> All { get; } = [new CaseInsensitiveNormaliser(), new DigitsNormaliser(), new EmailNormaliser(), new PhoneNormaliser(), new TrimmedNormaliser()];
}
