namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

public enum Rank
{
    None,
    Silver,
    Gold,
}
