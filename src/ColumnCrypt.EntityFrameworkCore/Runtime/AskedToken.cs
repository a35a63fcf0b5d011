using ColumnCrypt.Keys;
using ColumnCrypt.Search;

namespace ColumnCrypt.EntityFrameworkCore.Runtime;

/// <summary>Which token of a text a query asks for. Immutable.</summary>
/// <param name="Kind">The kind: <c>prefix:N</c>, or <c>word</c>.</param>
/// <param name="Normaliser">The normaliser.</param>
/// <param name="Bits">The bits that are kept.</param>
/// <param name="Word">Of words: which one of the text, from 0.</param>
internal sealed record AskedToken(string Kind, string Normaliser, int Bits, int Word = 0)
{
    /// <summary>The token. A text without one, too short in its normal form, gives no bytes, which no stored token equals.</summary>
    public byte[] Compute(KeyRingLease keys, IndexDefinition definition, string text) => Kind == "word"
        ? keys.IndexWords(definition, text, IndexUse.Query) is var words && Word < words.Count ? words[Word] : []
        : keys.Index(definition, text, CodecOf<string>.Instance, IndexUse.Query) ?? [];
}
