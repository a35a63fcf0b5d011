using ColumnCrypt.Keys;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Doctor;

/// <summary>Compares the states of adopted columns with what the audit says of them, because a row of the manifest may be an older one that somebody put back. Not thread-safe.</summary>
internal sealed class AdoptionExaminer
{
    private readonly Dictionary<string, string> _moves = new(StringComparer.Ordinal);

    /// <summary>Takes in an entry of the audit that says to which state a column has gone, in the audit's order.</summary>
    /// <param name="detail">As it is written: DATABASE/NAME: FROM to TO, and perhaps a reason behind a semicolon.</param>
    public void Note(string detail)
    {
        int name = detail.IndexOf(": ", StringComparison.Ordinal);
        string[] words = name < 0 ? [] : detail[(name + 2)..].Split(';')[0].Split(' ');
        if (words is [_, "to", var state])
        {
            _moves[detail[..name]] = state;
        }
    }

    /// <summary>Examines the rows of the manifest. One that cannot be trusted, or not be read, is named, and stands in no state.</summary>
    public void Examine(Installation installation, IReadOnlyList<ColumnRecord> manifest, Examination examination)
    {
        var states = manifest.Select(column => (Name: ColumnName.Full(column), State: StateOf(installation, column, examination))).ToLookup(static one => one.Name, static one => one.State, StringComparer.Ordinal);
        foreach (var (name, state) in _moves)
        {
            if (!states[name].Contains(state, StringComparer.Ordinal))
            {
                examination.Add(
                    Severity.Error,
                    "adoption.audit-differs",
                    name,
                    "{0} adopted columns are in another state than the audit says, or not known any more, so that plaintext may be believed again: stop what writes to them, put back the key tables' row from a backup, and look who wrote to it.");
            }
        }
    }

    private static string? StateOf(Installation installation, ColumnRecord column, Examination examination)
    {
        if (!installation.Rows.IsValid(column))
        {
            examination.Add(Severity.Error, "row.tampered", $"column {ColumnName.Of(column)}", Examination.Tampered);
            return null;
        }

        try
        {
            return column.Adoption.Length == 0 ? null : ColumnAdoption.Parse(column.Adoption).State.ToString();
        }
        catch (EncryptionModelException)
        {
            examination.Add(
                Severity.Error,
                "adoption.unreadable",
                ColumnName.Of(column),
                "{0} columns have an adoption in the manifest that this ColumnCrypt does not understand: a newer one wrote it. Examine with that one; nodes of this version refuse the column.");
            return null;
        }
    }
}
