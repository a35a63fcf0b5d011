namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

public enum Reading
{
    Untracked,
    Tracked,
    Split,
}
