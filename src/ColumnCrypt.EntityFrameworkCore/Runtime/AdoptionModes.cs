using ColumnCrypt.Configuration;
using ColumnCrypt.Manifest;

namespace ColumnCrypt.EntityFrameworkCore.Runtime;

/// <summary>
/// The states of a model's adopted columns as one operation found them when it began. It keeps to them: the rows that it reads are those of that
/// moment, too. Immutable, thread-safe.
/// </summary>
/// <param name="columns">The adopted columns, by ordinal.</param>
/// <param name="adoptions">Their adoptions; null where a column is not registered yet, so that all is plaintext, or in place may be.</param>
/// <param name="instance">Where reads of plaintext are counted.</param>
internal sealed class AdoptionModes(IReadOnlyList<AdoptedColumn> columns, IReadOnlyList<ColumnAdoption?> adoptions, ColumnCryptInstance instance)
{
    /// <summary>The name under which a query's parameters hold them.</summary>
    public const string Parameter = "columncrypt_adoption";

    private readonly bool[] _areMixed = [.. columns.Select(column => column.IsInPlace && instance.ReadsPlaintext(adoptions[column.Ordinal] ?? column.Declared))];
    private readonly bool[] _writePlaintext = [.. columns.Select(column => column.IsInPlace && instance.WritesPlaintext(adoptions[column.Ordinal] ?? column.Declared))];

    public ColumnCryptInstance Instance => instance;

    /// <summary>Those in which plaintext and the text form of values may stand.</summary>
    public IEnumerable<AdoptedColumn> Mixed => columns.Where(IsMixed);

    public AdoptedColumn ColumnAt(int ordinal) => columns[ordinal];

    /// <summary>True while the plaintext is believed.</summary>
    public bool IsPlainLeading(int ordinal) => adoptions[ordinal] is null or { IsPlainLeading: true };

    /// <summary>True while the plaintext is written.</summary>
    public bool WritesPlain(int ordinal) => adoptions[ordinal] is null or { WritesPlain: true };

    /// <summary>True once no row holds plaintext, but for those that somebody writes on the way back or against the rules.</summary>
    public bool IsCleared(int ordinal) => adoptions[ordinal] is { State: AdoptionState.Cleared };

    /// <summary>What to do about a row that has no ciphertext although its column was verified; null where the column is not adopted.</summary>
    /// <param name="purpose">The purpose of the column.</param>
    public string? AfterLateRow(string purpose) => columns.FirstOrDefault(column => !column.IsInPlace && column.Purpose == purpose) is not { } column ? null : adoptions[column.Ordinal]?.State switch
    {
        AdoptionState.Verified => $"The column is verified, so that version should be gone: stop it. `columncrypt adopt --complete --column {column.Name}` names every such row of its own type; then `columncrypt adopt --back`, and adopt anew. "
            + "If the row is of another type, which has no such property, ask for the type: OfType, or `is` in a condition.",
        AdoptionState.Encrypted => $"The column is encrypted: see which versions run, then save the row's value through this one. `columncrypt adopt --clear --column {column.Name}` names such rows as long as they hold plaintext.",
        AdoptionState.Returning => $"The column is on its way back: `columncrypt adopt --back REASON --column {column.Name}` goes on with it and names such rows.",
        _ => "See which versions run, then save the row's value through this one. Where there are many, `columncrypt adopt --back REASON` leaves their plaintext as it is, and lets it be adopted anew.",
    };

    /// <summary>The column that is adopted in place under a purpose; null where there is none.</summary>
    public AdoptedColumn? InPlace(string purpose) => columns.FirstOrDefault(column => column.IsInPlace && column.Purpose == purpose);

    /// <summary>True where a column that is adopted in place may hold plaintext.</summary>
    public bool IsMixed(AdoptedColumn column) => _areMixed[column.Ordinal];

    /// <summary>True where plaintext is written into a column that is adopted in place.</summary>
    public bool WritesPlaintext(AdoptedColumn column) => _writePlaintext[column.Ordinal];

    /// <summary>What they say of queries: equal ones have the same SQL.</summary>
    /// <param name="writes">True where the query writes.</param>
    public string KeyOf(bool writes) => string.Create(
        adoptions.Count,
        (Modes: this, writes),
        static (key, of) =>
        {
            for (int i = 0; i < key.Length; i++)
            {
                key[i] = of.Modes.ColumnAt(i) is { IsInPlace: true } column ? of.Modes.IsMixed(column) ? 'm' : 'c'
                    : of.Modes.IsPlainLeading(i) ? 'p' : of.writes && !of.Modes.WritesPlain(i) ? 'e' : 'c';
            }
        });
}
