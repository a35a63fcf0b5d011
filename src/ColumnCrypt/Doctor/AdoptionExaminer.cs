using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Doctor;

/// <summary>Compares the states of adopted columns with what the audit says of them, because a row of the manifest may be an older one that somebody put back. Not thread-safe.</summary>
internal sealed class AdoptionExaminer
{
    private readonly Dictionary<string, string> _moves = new(StringComparer.Ordinal);

    /// <summary>Takes in an entry of the audit that says to which state a column has gone, in the audit's order.</summary>
    /// <param name="detail">As it is written: NAME: FROM to TO, and perhaps a reason behind a semicolon.</param>
    public void Note(string detail)
    {
        int name = detail.IndexOf(": ", StringComparison.Ordinal);
        string[] words = name < 0 ? [] : detail[(name + 2)..].Split(';')[0].Split(' ');
        if (words is [_, "to", var state])
        {
            _moves[detail[..name]] = state;
        }
    }

    public void Examine(IReadOnlyList<ColumnRecord> manifest, Examination examination)
    {
        var states = manifest.Where(static column => column.Adoption.Length > 0).ToLookup(ColumnName.Of, static column => ColumnAdoption.Parse(column.Adoption).State.ToString(), StringComparer.Ordinal);
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
}
