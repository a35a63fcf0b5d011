using ColumnCrypt.Configuration;
using ColumnCrypt.Manifest;

namespace ColumnCrypt.EntityFrameworkCore.Runtime;

/// <summary>
/// The states of a model's adopted columns as one operation found them when it began. It keeps to them: the rows that it reads are those of that
/// moment, too. Immutable, thread-safe.
/// </summary>
/// <param name="columns">The adopted columns, by ordinal.</param>
/// <param name="adoptions">Their adoptions; null where a column is not registered yet, so that all is plaintext.</param>
/// <param name="instance">Where reads of plaintext are counted.</param>
internal sealed class AdoptionModes(IReadOnlyList<AdoptedColumn> columns, IReadOnlyList<ColumnAdoption?> adoptions, ColumnCryptInstance instance)
{
    /// <summary>The name under which a query's parameters hold them.</summary>
    public const string Parameter = "columncrypt_adoption";

    public ColumnCryptInstance Instance => instance;

    /// <summary>Those whose plaintext is believed.</summary>
    public IEnumerable<AdoptedColumn> PlainLeading => columns.Where(column => IsPlainLeading(column.Ordinal));

    public AdoptedColumn ColumnAt(int ordinal) => columns[ordinal];

    /// <summary>True while the plaintext is believed.</summary>
    public bool IsPlainLeading(int ordinal) => adoptions[ordinal] is null or { IsPlainLeading: true };

    /// <summary>True while the plaintext is written.</summary>
    public bool WritesPlain(int ordinal) => adoptions[ordinal] is null or { WritesPlain: true };

    /// <summary>True once no row holds plaintext, but for those that somebody writes on the way back or against the rules.</summary>
    public bool IsCleared(int ordinal) => adoptions[ordinal] is { State: AdoptionState.Cleared };

    /// <summary>What they say of queries: equal ones have the same SQL.</summary>
    /// <param name="writes">True where the query writes.</param>
    public string KeyOf(bool writes) => string.Create(
        adoptions.Count,
        (Modes: this, writes),
        static (key, of) =>
        {
            for (int i = 0; i < key.Length; i++)
            {
                key[i] = of.Modes.IsPlainLeading(i) ? 'p' : of.writes && !of.Modes.WritesPlain(i) ? 'e' : 'c';
            }
        });
}
