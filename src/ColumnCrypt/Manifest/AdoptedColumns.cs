using ColumnCrypt.Metadata;

namespace ColumnCrypt.Manifest;

/// <summary>What the manifest becomes when a version of an application registers a column that is, or was, adopted. Stateless, thread-safe.</summary>
internal static class AdoptedColumns
{
    /// <summary>The row of a column that was not known: a declared adoption begins as <see cref="AdoptionState.Dual"/>.</summary>
    public static ColumnRecord Begin(ColumnRecord column, DateTimeOffset now) => column.Adoption.Length == 0
        ? column
        : column with { Adoption = (ColumnAdoption.Parse(column.Adoption) with { State = AdoptionState.Dual, Since = now }).ToJson() };

    /// <summary>
    /// Refuses a column that is not known and that has the purpose of one whose plaintext is not believed any more: it was renamed, and would begin anew, with
    /// plaintext that is not there leading and its ciphertext in the way.
    /// </summary>
    /// <param name="known">The rows of the manifest.</param>
    /// <param name="name">The column, which is declared adopted.</param>
    /// <param name="purpose">Its purpose.</param>
    /// <exception cref="EncryptionModelException">It is such a column.</exception>
    public static void RefuseRename(IReadOnlyList<ColumnRecord> known, string name, string purpose)
    {
        foreach (var other in known.Where(row => row.Adoption.Length > 0 && row.Purpose == purpose))
        {
            if (ColumnAdoption.Parse(other.Adoption).State is (AdoptionState.Encrypted or AdoptionState.Cleared or AdoptionState.Returning) and var state)
            {
                throw new EncryptionModelException(
                    $"The column {name} is to be adopted and is not known, and {ColumnName.Of(other)}, which is {state}, has its purpose '{purpose}'. If that was renamed, undo it: "
                    + "the adoption would begin anew, and plaintext that is gone would be believed. Rename it once the adoption is out of the model. If it is another column, give it a purpose of its own.");
            }
        }
    }

    /// <summary>The error of a column that is not known, although it was adopted before.</summary>
    public static EncryptionModelException BegunBefore(ColumnRecord column) => new(
        $"The column {ColumnName.Of(column)} is to be adopted and is not known, and holds ciphertext where its plaintext, '{ColumnAdoption.Parse(column.Adoption).PlainColumn}', is NULL: it was adopted before, and its row was taken out of "
        + "columncrypt_column, or the key tables were put back from before (docs/runbooks/restore-during-an-adoption.md). To begin anew would believe that NULL, and write plaintext. Run columncrypt doctor. If every such value "
        + $"was set to NULL on purpose, set {column.Column} to NULL there, too, or to the empty value where it takes none.");

    /// <summary>The row of a known column with what a version of the application declares; null where nothing changes.</summary>
    /// <exception cref="EncryptionModelException">This version must not run beside the column as it is; the message names the next step.</exception>
    public static ColumnRecord? Merge(ColumnRecord before, ColumnRecord now, string name)
    {
        if (before.Adoption.Length == 0)
        {
            return now.Adoption.Length == 0
                ? null
                : throw new EncryptionModelException(
                    $"The column {name} was encrypted before it was declared adopted: what it holds was never compared with the plaintext. Adopt into a new column, or delete its row from columncrypt_column where nothing was written to it.");
        }

        var known = ColumnAdoption.Parse(before.Adoption);
        if (now.Adoption.Length == 0)
        {
            RefuseWithout(known, name);
            return null;
        }

        var declared = ColumnAdoption.Parse(now.Adoption);
        if (declared.PlainColumn != known.PlainColumn)
        {
            throw new EncryptionModelException(
                $"The column {name} is adopted {(known.PlainColumn is { } plain ? $"from '{plain}'" : "in place")}, and the model says {(declared.PlainColumn is { } other ? $"from '{other}'" : "in place")}. Keep what it was, or adopt into a new column.");
        }

        var merged = declared with { State = known.State, Since = known.Since, Indexes = Merge(known.Indexes, declared.Indexes) };
        return merged.Equals(known) ? null : before with { Adoption = merged.ToJson() };
    }

    /// <summary>Refuses a version of the application that has a column without its plaintext, while another version may write that.</summary>
    /// <param name="known">The adoption of the column.</param>
    /// <param name="name">The column.</param>
    /// <exception cref="EncryptionModelException">It must not run now; the message names the next step.</exception>
    public static void RefuseWithout(ColumnAdoption known, string name)
    {
        if (known.WritesPlain)
        {
            throw new EncryptionModelException(
                $"The column {name} is {known.State}, and this version of the application {(known.IsInPlace ? "reads no plaintext in it" : "reads and writes no plaintext beside it")}. {NextStep(known, name)}");
        }
    }

    /// <summary>What has to be done before a version without plaintext may run.</summary>
    private static string NextStep(ColumnAdoption adoption, string name) => adoption.State switch
    {
        AdoptionState.Dual when adoption.IsInPlace => $"Run `columncrypt adopt --column {name}` until no plaintext is left, then `columncrypt adopt --complete --column {name}`.",
        AdoptionState.Dual => $"Run `columncrypt adopt --column {name}` until it is verified, then `columncrypt adopt --complete --column {name}`.",
        AdoptionState.Verified => $"Run `columncrypt adopt --complete --column {name}` first.",
        AdoptionState.Returning => $"It is on its way back to plaintext: keep {(adoption.IsInPlace ? "AdoptInPlace" : "AdoptFrom")} in the model, or let `columncrypt adopt --back REASON --column {name}` come to its end and adopt anew.",
        _ => $"It is on its way back to plaintext: run `columncrypt adopt --column {name}` to adopt it anew, or keep {(adoption.IsInPlace ? "AdoptInPlace" : "AdoptFrom")} in the model.",
    };

    // Old and new versions may declare other indexes: one that any of them has is filled.
    private static List<AdoptionIndex> Merge(IReadOnlyList<AdoptionIndex> known, IReadOnlyList<AdoptionIndex> declared) =>
        [.. known.Where(index => declared.All(other => other.Column != index.Column)).Concat(declared).OrderBy(static index => index.Column, StringComparer.Ordinal)];
}
