namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

public class Article
{
    public int Id { get; set; }

    public string TenantId { get; set; } = "";

    [Encrypted, TextIndex(PrefixFrom = 3, PrefixTo = 8), TextIndex(Words = true)]
    public string? Text { get; set; }

    public int Pages { get; set; }

    public List<Remark> Remarks { get; set; } = [];
}
