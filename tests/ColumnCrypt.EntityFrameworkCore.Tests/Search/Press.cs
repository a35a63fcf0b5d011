using ColumnCrypt.Configuration;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

/// <summary>A database with articles of any tenant, and the keys to it.</summary>
public sealed class Press : IAsyncDisposable
{
    private readonly Action<ModelBuilder> _model;

    private Press(DatabaseKind kind, Action<ModelBuilder> model)
    {
        _model = model;
        Database = new TestDatabase(kind);
    }

    public TestDatabase Database { get; }

    public ColumnCryptInstance Keys { get; } = TestKeys.InMemory();

    public static async Task<Press> OpenAsync(DatabaseKind kind, Action<ModelBuilder>? model = null)
    {
        var press = new Press(kind, model ?? Model);
        await using var db = press.As("a");
        await db.Database.EnsureCreatedAsync();
        return press;
    }

    public static void Model(ModelBuilder m)
    {
        m.Entity<Article>().HasTenant(static a => a.TenantId);
        m.Entity<Remark>().HasKey(static r => new { r.ArticleId, r.Day });
        m.Entity<Remark>().Property(static r => r.Day).HasConversion(static d => d.DayNumber, static n => DateOnly.FromDayNumber(n));
    }

    public AnyContext As(string? tenant, Action<DbContextOptionsBuilder>? more = null, Action<ModelBuilder>? model = null) =>
        AnyContext.Open(Database, Keys, model ?? _model, tenant, more);

    /// <summary>The tokens of a row, as hexadecimal, in their order.</summary>
    public string TokensOf(int id, string table = "Article_Text_tokens") => Convert.ToString(
        Database.Scalar(Database.Kind == DatabaseKind.Sqlite
            ? $"SELECT group_concat(hex(\"token\"), ' ' ORDER BY \"token\") FROM \"{table}\" WHERE \"Id\" = {id}"
            : $"SELECT string_agg(upper(encode(\"token\", 'hex')), ' ' ORDER BY \"token\") FROM \"{table}\" WHERE \"Id\" = {id}"),
        System.Globalization.CultureInfo.InvariantCulture) ?? "";

    public long Count(string table = "Article_Text_tokens") => Convert.ToInt64(Database.Scalar($"SELECT count(*) FROM \"{table}\""), System.Globalization.CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await Keys.DisposeAsync();
        Database.Dispose();
    }
}
