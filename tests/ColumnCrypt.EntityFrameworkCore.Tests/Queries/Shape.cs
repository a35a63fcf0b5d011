using System.Runtime.CompilerServices;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Queries;

/// <summary>A query, run alike against a database and in memory.</summary>
public sealed record Shape(string Group, string Code, Func<Rows, object?> Run)
{
    public static Shape Of(string group, Func<Rows, object?> run, [CallerArgumentExpression(nameof(run))] string code = "") =>
        new(group, code.Replace("r => ", "", StringComparison.Ordinal), run);
}
