using ColumnCrypt;
using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Microsoft.EntityFrameworkCore;

/// <summary>Configures a text index. What cannot be is refused when the model is built. Not thread-safe, as a model builder is not.</summary>
public sealed class TextIndexBuilder
{
    private readonly IMutableProperty _property;
    private IReadOnlyList<TextPart> _parts;

    internal TextIndexBuilder(IMutableProperty property, IEnumerable<TextPart> parts)
    {
        _property = property;
        _parts = [.. parts];
        Become(static part => part);
    }

    /// <summary>Keeps fewer bits of a prefix's token: the database shows less, and a lookup finds other rows too. Words need all of them.</summary>
    /// <param name="bits">1 to 256 leftmost bits.</param>
    public TextIndexBuilder HasBits(int bits) => Become(part => part with { Bits = bits });

    /// <summary>Values of one normal form are found together; prefixes then through <c>EF.Functions.HasPrefix</c>.</summary>
    /// <param name="normaliser">Name and version, for example <see cref="BlindIndexNormaliser.CaseInsensitive"/>.</param>
    public TextIndexBuilder HasNormaliser(string normaliser)
    {
        ArgumentException.ThrowIfNullOrEmpty(normaliser);
        return Become(part => part with { Normaliser = normaliser });
    }

    /// <summary>Says that the tokens are written still, and asked no more: the last step before they are removed. Needs another version that is complete.</summary>
    /// <param name="retiring">False takes it back.</param>
    public TextIndexBuilder IsRetiring(bool retiring = true) => Become(part => part with { Retiring = retiring });

    /// <summary>Allows the index beside a blind index of the whole value or of its last four characters.</summary>
    /// <param name="reason">Why this may be shown to whoever reads the database.</param>
    public TextIndexBuilder AllowSmallDomain(string reason)
    {
        ArgumentException.ThrowIfNullOrEmpty(reason);
        return Become(part => part with { AllowSmallDomain = reason });
    }

    private TextIndexBuilder Become(Func<TextPart, TextPart> change)
    {
        _parts = [.. _parts.Select(change)];
        var others = TextIndexes.Read((string?)_property.FindAnnotation(EncryptionAnnotations.WantedTextIndexes)?.Value)
            .Where(other => !_parts.Any(part => part.Words == other.Words && part.Version == other.Version));
        _property.SetAnnotation(EncryptionAnnotations.WantedTextIndexes, TextIndexes.Write([.. others, .. _parts]));
        return this;
    }
}
