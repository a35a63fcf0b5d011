namespace ColumnCrypt.Search;

/// <summary>
/// <c>email@1</c>: white space at both ends is dropped, then as <c>ci@1</c>, then white space once more: <c>ci@1</c> may make some. Nothing else is guessed: dots and tags in front of the @ count,
/// and a domain in punycode is not the same as in Unicode.
/// </summary>
internal sealed class EmailNormaliser : IIndexNormaliser
{
    public string Name => "email";

    public int Version => 1;

    public IReadOnlyList<NormaliserAnswer> KnownAnswers { get; } =
        [new(" Zoe@Example.ORG ", "zoe@example.org"), new("z.o.e+tag@example.org", "z.o.e+tag@example.org"), new("JÖRG@BÜRO.example", "jörg@büro.example"), new("ｚ@a", "z@a"), new("\u00A8a@b", "\u0308a@b"), new("", "")];

    public string Normalise(string text) => TrimmedNormaliser.Trim(CaseInsensitiveNormaliser.Fold(TrimmedNormaliser.Trim(text)));
}
