namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

/// <summary>Someone whose blind index is being changed; its key has two columns.</summary>
public class Pupil
{
    public string School { get; set; } = "";

    public int Id { get; set; }

    public string? Code { get; set; }
}
