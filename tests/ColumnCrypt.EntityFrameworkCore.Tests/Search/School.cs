using ColumnCrypt.Configuration;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

/// <summary>A database whose tables have the columns of every step of changing an index, and contexts of each step.</summary>
public sealed class School : IAsyncDisposable
{
    private School(DatabaseKind kind) => Database = new TestDatabase(kind);

    public TestDatabase Database { get; }

    public ColumnCryptInstance Keys { get; } = TestKeys.InMemory();

    public static async Task<School> OpenAsync(DatabaseKind kind, Action<ModelBuilder>? model = null)
    {
        var school = new School(kind);
        await using var db = school.As(model ?? Both, null);
        await db.Database.EnsureCreatedAsync();
        return school;
    }

    public static void Old(ModelBuilder m) => Pupils(m, static p => p.HasBlindIndex().IsUnique());

    public static void Both(ModelBuilder m) => Pupils(m, static p =>
    {
        p.HasBlindIndex().IsUnique();
        p.HasBlindIndex().HasVersion(2);
    });

    public static void Retiring(ModelBuilder m) => Pupils(m, static p =>
    {
        p.HasBlindIndex().IsUnique().IsRetiring();
        p.HasBlindIndex().HasVersion(2);
    });

    public static void New(ModelBuilder m) => Pupils(m, static p => p.HasBlindIndex().HasVersion(2).IsUnique());

    public AnyContext As(Action<ModelBuilder> model, string? tenant)
    {
        var db = AnyContext.Open(Database, Keys, model, "none");
        db.Tenant = tenant;
        return db;
    }

    public async Task AddAsync(Action<ModelBuilder> model, string tenant, int from, int count)
    {
        await using var db = As(model, tenant);
        db.AddRange(Enumerable.Range(from, count).Select(id => new Pupil { School = tenant, Id = id, Code = $"code {id}" }));
        await db.SaveChangesAsync();
    }

    public long Count(string where) => Convert.ToInt64(Database.Scalar($"SELECT count(*) FROM \"Pupil\" WHERE {where}"), null);

    public async ValueTask DisposeAsync()
    {
        await Keys.DisposeAsync();
        Database.Dispose();
    }

    public static void Pupils(ModelBuilder m, Action<PropertyBuilder<string?>> index) => m.Entity<Pupil>(pupil =>
    {
        pupil.HasKey(static p => new { p.School, p.Id });
        pupil.HasTenant(static p => p.School);
        index(pupil.Property(static p => p.Code).IsEncrypted());
    });
}
