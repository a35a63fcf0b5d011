using System.Collections.Frozen;

namespace ColumnCrypt.Search;

/// <summary>The normalisers of an instance by name and version. Immutable, thread-safe.</summary>
internal sealed class IndexNormalisers
{
    private readonly FrozenDictionary<string, IIndexNormaliser> _byName;

    public IndexNormalisers(IEnumerable<IIndexNormaliser> own)
    {
        _byName = BuiltInNormalisers.All.Concat(own).ToFrozenDictionary(NormaliserName.Of, StringComparer.Ordinal);
    }

    /// <summary>The normaliser by that name; null for the one that changes nothing.</summary>
    /// <exception cref="EncryptionModelException">There is none.</exception>
    public IIndexNormaliser? Get(string name) =>
        string.Equals(name, IndexDefinition.NoNormaliser, StringComparison.Ordinal) ? null
        : _byName.TryGetValue(name, out var normaliser) ? normaliser
        : throw new EncryptionModelException(
            $"There is no normaliser '{name}' here: this instance has {string.Join(", ", _byName.Keys.Order(StringComparer.Ordinal))}. Register your own with AddIndexNormaliser.");

    /// <summary>Demands that every normaliser of these indexes is registered and meets its known answers.</summary>
    /// <exception cref="EncryptionModelException">One does not; the message names all.</exception>
    public void ThrowIfUnusable(IEnumerable<IndexDefinition> indexes)
    {
        var used = indexes.SelectMany(static index => index.NormaliserOfPart).Distinct(StringComparer.Ordinal).Select(Get).OfType<IIndexNormaliser>();
        var mistakes = used.Select(WhyUnusable).OfType<string>().ToList();
        if (mistakes.Count > 0)
        {
            throw new EncryptionModelException($"A blind index cannot be used on this machine: {string.Join("; ", mistakes)}.");
        }
    }

    /// <summary>What is wrong with an application's own normalisers.</summary>
    public static IEnumerable<string> WhyUnusable(IReadOnlyList<IIndexNormaliser> own)
    {
        var twice = BuiltInNormalisers.All.Concat(own).GroupBy(NormaliserName.Of, StringComparer.Ordinal).Where(static group => group.Count() > 1);
        return own.Select(WhyUnusable).OfType<string>().Concat(twice.Select(static group => $"two normalisers are named {group.Key}"));
    }

    private static string? WhyUnusable(IIndexNormaliser normaliser)
    {
        string name = NormaliserName.Of(normaliser);
        if (!NormaliserName.IsValid(name) || name == IndexDefinition.NoNormaliser)
        {
            return $"a normaliser is named by 1 to 40 lower-case ASCII letters, digits and hyphens, not 'none', and has a version of 1 or more; '{name}' does not";
        }

        if (normaliser.KnownAnswers.Count == 0)
        {
            return $"the normaliser {name} has no known answers";
        }

        return normaliser.KnownAnswers.Any(answer => normaliser.Normalise(answer.Text) != answer.Form || normaliser.Normalise(answer.Form) != answer.Form)
            ? $"the normaliser {name} does not meet its known answers on this machine: rows written by others would not be found. Is invariant globalisation on, or other Unicode data installed?"
            : null;
    }
}
