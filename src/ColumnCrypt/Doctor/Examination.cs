using System.Globalization;

namespace ColumnCrypt.Doctor;

/// <summary>Gathers findings: counts them by kind, and keeps the first five names of each. Not thread-safe.</summary>
internal sealed class Examination
{
    /// <summary>The sentence of <c>row.tampered</c>.</summary>
    public const string Tampered = "{0} rows are not as ColumnCrypt wrote them: compare the key tables with a backup.";

    private const int Named = 5;
    private readonly Dictionary<string, (Severity Severity, string Text, long Count, List<string> Names)> _found = new(StringComparer.Ordinal);

    /// <param name="severity">How bad it is.</param>
    /// <param name="code">The kind.</param>
    /// <param name="name">The row.</param>
    /// <param name="text">The sentence, once a kind; <c>{0}</c> stands for how many.</param>
    public void Add(Severity severity, string code, string name, string text)
    {
        var found = _found.GetValueOrDefault(code, (severity, text, 0, []));
        if (found.Names.Count < Named)
        {
            found.Names.Add(name);
        }

        _found[code] = found with { Count = found.Count + 1 };
    }

    public IReadOnlyList<Finding> Result() =>
    [
        .. _found
            .OrderByDescending(static found => found.Value.Severity)
            .ThenBy(static found => found.Key, StringComparer.Ordinal)
            .Select(static found => new Finding(
                found.Value.Severity,
                found.Key,
                found.Value.Count,
                $"{string.Format(CultureInfo.InvariantCulture, found.Value.Text, found.Value.Count)} ({string.Join(", ", found.Value.Names)}{(found.Value.Count > Named ? ", …" : "")})")),
    ];
}
