namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

/// <summary>A row with a key of two columns, one of them converted.</summary>
public class Remark
{
    public int ArticleId { get; set; }

    public Article? Article { get; set; }

    public DateOnly Day { get; set; }

    [Encrypted, TextIndex(PrefixFrom = 2, PrefixTo = 3, Words = true)]
    public string? Text { get; set; }
}
