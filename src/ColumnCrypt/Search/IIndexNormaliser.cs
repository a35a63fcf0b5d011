namespace ColumnCrypt.Search;

/// <summary>
/// Gives texts that shall count as equal one form, before they are indexed. Thread-safe. Must give the same form on every machine, in every
/// culture, for ever: what it gives decides which rows are found. A change of its rules is a new <see cref="Version"/>, and a new index
/// version (docs/SPEC.md, section 13).
/// </summary>
/// <remarks>Leakage: more values share one index value, so that the database shows which rows hold values that differ in form alone.</remarks>
public interface IIndexNormaliser
{
    /// <summary>The name: 1 to 40 lower-case ASCII letters, digits and hyphens. Bound into the subkey.</summary>
    string Name { get; }

    /// <summary>The version of its rules, from 1. Bound into the subkey.</summary>
    int Version { get; }

    /// <summary>
    /// Texts and their forms, at least one. Checked when an instance starts, so that a platform whose Unicode data or globalisation mode
    /// gives other forms is noticed before a row is written.
    /// </summary>
    IReadOnlyList<NormaliserAnswer> KnownAnswers { get; }

    /// <summary>The form of a text. Must not throw for any text, and give the form of a form unchanged.</summary>
    /// <param name="text">The text; never null.</param>
    string Normalise(string text);
}
