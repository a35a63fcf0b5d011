using System.Collections.Frozen;

namespace ColumnCrypt.Search;

/// <summary>The normalisers of an instance by name and version. Immutable, thread-safe.</summary>
internal sealed class IndexNormalisers
{
    private readonly FrozenDictionary<string, Lazy<Verdict>> _byName;

    public IndexNormalisers(IEnumerable<IIndexNormaliser> own)
    {
        _byName = BuiltInNormalisers.All.Concat(own).ToFrozenDictionary(
            NormaliserName.Of, static normaliser => new Lazy<Verdict>(() => new Verdict(normaliser, WhyUnusable(normaliser))), StringComparer.Ordinal);
    }

    /// <summary>The normaliser by that name, once it has met its known answers; null for the one that changes nothing.</summary>
    /// <exception cref="EncryptionModelException">There is none, or it does not meet them.</exception>
    public IIndexNormaliser? Get(string name) =>
        string.Equals(name, IndexDefinition.NoNormaliser, StringComparison.Ordinal) ? null
        : Find(name) is { Why: null } verdict ? verdict.Normaliser
        : throw Unusable([Find(name).Why!]);

    /// <summary>True where the normaliser by that name can be used here.</summary>
    public bool Knows(string name) => name == IndexDefinition.NoNormaliser || Find(name).Why is null;

    /// <summary>Demands that every normaliser of these indexes is registered and meets its known answers.</summary>
    /// <exception cref="EncryptionModelException">One does not; the message names all.</exception>
    public void ThrowIfUnusable(IEnumerable<IndexDefinition> indexes)
    {
        var names = indexes.SelectMany(static index => index.NormaliserOfPart).Where(static name => name != IndexDefinition.NoNormaliser).Distinct(StringComparer.Ordinal);
        var mistakes = names.Select(name => Find(name).Why).OfType<string>().ToList();
        if (mistakes.Count > 0)
        {
            throw Unusable(mistakes);
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
            ? $"the normaliser {name} does not meet its known answers on this machine, so that it would not find what others wrote. Is invariant globalisation on, or other Unicode data installed?"
            : null;
    }

    private Verdict Find(string name) => _byName.TryGetValue(name, out var verdict) ? verdict.Value : new Verdict(
        null, $"there is no normaliser '{name}' here, only {string.Join(", ", _byName.Keys.Order(StringComparer.Ordinal))} and those that AddIndexNormaliser registers");

    private static EncryptionModelException Unusable(IEnumerable<string> mistakes) => new($"A blind index cannot be used here: {string.Join("; ", mistakes)}.");

    private readonly record struct Verdict(IIndexNormaliser? Normaliser, string? Why);
}
