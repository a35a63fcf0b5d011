using System.Runtime.CompilerServices;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

/// <summary>A query, run alike against a database and in memory; where it calls a function of EF, memory has an equivalent.</summary>
public sealed record LibraryShape(string Group, string Code, Func<LibraryRows, object?> Run, Func<LibraryRows, object?> InMemory)
{
    public static LibraryShape Of(
        string group, Func<LibraryRows, object?> run, Func<LibraryRows, object?>? inMemory = null, [CallerArgumentExpression(nameof(run))] string code = "") =>
        new(group, code.Replace("r => ", "", StringComparison.Ordinal), run, inMemory ?? run);
}
