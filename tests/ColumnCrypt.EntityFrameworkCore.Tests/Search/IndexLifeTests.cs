using ColumnCrypt.Configuration;
using ColumnCrypt.Metadata;
using ColumnCrypt.Search;
using ColumnCrypt.Store;
using ColumnCrypt.TestSupport;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

/// <summary>The index keys behind lookups and saves.</summary>
public sealed class IndexLifeTests : IAsyncDisposable
{
    private readonly TestDatabase _database = new();
    private readonly GatedKek _kek = new();
    private readonly string _name = Guid.NewGuid().ToString();
    private readonly InMemoryKeyStore _store = new();
    private readonly ColumnCryptInstance _keys;

    public IndexLifeTests()
    {
        _keys = Node();
        using var db = Open();
        db.Database.EnsureCreated();
    }

    [Fact]
    public async Task Lookup_OfATenantWithoutRows_FindsNothingAndMakesNoKey()
    {
        await using var db = Open();
        Assert.False(await db.Members.AnyAsync(static m => m.Name == "Ann"));
        Assert.Empty(await db.Members.Where(static m => m.Name == "Ann").ToListAsync());
        Assert.Equal(0, _kek.Calls);
        db.Add(Row(1, "Ann"));
        await db.SaveChangesAsync();
        Assert.True(await db.Members.AnyAsync(static m => m.Name == "Ann"));
    }

    [Fact]
    public async Task AsynchronousLookupsAndSaves_WithColdKeys_NeverBlock()
    {
        using var loads = new SynchronousLoads(_name);
        await using (var db = Open())
        {
            db.Add(Row(1, "Ann"));
            await db.SaveChangesAsync();
        }

        string name = "Ann";
        foreach (var query in new Func<LibraryContext, Task>[]
                 {
                     async db => Assert.Equal(1, await db.Members.CountAsync(m => m.Name == name)),
                     async db => Assert.Equal(1, (await db.Members.SingleAsync(m => m.Name == name)).Id),
                     async db => Assert.Equal(1, await db.Members.Where(m => m.Name == name).ExecuteUpdateAsync(s => s.SetProperty(static m => m.Email, "e"))),
                     async db => Assert.Equal(1, await db.Members.CountAsync(m => m.Email == "e")),
                     async db => Assert.Equal(1, await db.Members.Where(m => m.Name == name).ExecuteDeleteAsync()),
                 })
        {
            await using var cold = Node();
            await using var db = Open(cold);
            await query(db);
        }

        Assert.Equal(0, loads.Count);
    }

    [Fact]
    public async Task TwoNodes_WhenOneMakesTheIndexKey_FindEachOthersRows()
    {
        await using var other = Node();
        await using var there = Open(other);
        Assert.Equal(0, await there.Members.CountAsync(static m => m.Name == "Ann"));
        await using (var here = Open())
        {
            here.Add(Row(1, "Ann"));
            await here.SaveChangesAsync();
        }

        Assert.Equal(1, await there.Members.CountAsync(static m => m.Name == "Ann"));
        there.Add(Row(2, "Ann"));
        await there.SaveChangesAsync();
        await using var again = Open();
        Assert.Equal(2, await again.Members.CountAsync(static m => m.Name == "Ann"));
    }

    [Fact]
    public async Task IndexOfTheTenantOfAConstant_IsFoundByEveryTenant()
    {
        await using var shop = await Shop.OpenAsync(DatabaseKind.Sqlite, static m => m.Entity<Customer>().HasTenant("shared"));
        await using (var db = shop.As("a"))
        {
            db.Add(new Customer { Id = 1, Ssn = "1", Email = "login@x.org" });
            await db.SaveChangesAsync();
        }

        await using var other = shop.As("b");
        Assert.Equal(1, (await other.Set<Customer>().SingleAsync(static c => c.Email == "login@x.org")).Id);
        Assert.Equal(1, await other.Set<Customer>().Where(static c => c.Email == "login@x.org").ExecuteUpdateAsync(static s => s.SetProperty(static c => c.Ssn, "2")));
        Assert.Equal(1, await other.Set<Customer>().CountAsync(static c => c.Ssn == "2"));
    }

    [Fact]
    public async Task TwoVersionsOfAnIndex_AreBothFilled_AndTheLowerOneIsAsked()
    {
        await using var shop = await Shop.OpenAsync(DatabaseKind.Sqlite, static m => m.Entity<Customer>().Property(static c => c.Email).HasBlindIndex().HasVersion(2));
        await using var db = shop.As("a");
        db.AddRange(new Customer { Id = 1, Email = "x" }, new Customer { Id = 2, Email = "y" });
        await db.SaveChangesAsync();
        Assert.NotEqual(shop.IndexOf(1, "Email_bi"), shop.IndexOf(1, "Email_bi_v2"));
        Assert.NotNull(shop.IndexOf(1, "Email_bi_v2"));
        shop.Database.Execute("UPDATE \"Customer\" SET \"Email_bi_v2\" = NULL");
        Assert.Equal(1, (await db.Set<Customer>().SingleAsync(static c => c.Email == "x")).Id);
    }

    [Fact]
    public async Task Normaliser_OfTheApplication_MustBeRegistered()
    {
        static void Model(ModelBuilder m) => m.Entity<Customer>().Property(static c => c.City).IsEncrypted("city").HasBlindIndex().HasNormaliser("vowels@1");
        await using (var unregistered = await Shop.OpenAsync(DatabaseKind.Sqlite, Model))
        {
            await using var db = unregistered.As("a");
            db.Add(new Customer { City = "Oslo" });
            Assert.Contains("vowels@1", (await Assert.ThrowsAsync<EncryptionModelException>(() => db.SaveChangesAsync())).Message, StringComparison.Ordinal);
        }

        using var database = new TestDatabase();
        await using var keys = ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys().AddIndexNormaliser(new WithoutVowels()));
        await using var registered = AnyContext.Open(database, keys, Model, "a");
        await registered.Database.EnsureCreatedAsync();
        registered.AddRange(new Customer { City = "Oslo" }, new Customer { City = "Bern" });
        await registered.SaveChangesAsync();
        Assert.Equal("Oslo", (await registered.Set<Customer>().SingleAsync(static c => EF.Functions.IndexMatches(c.City, "sl"))).City);
    }

    [Fact]
    public async Task Manifest_OfIndexedColumns_ListsTheirIndexes()
    {
        await using var db = Open();
        db.Add(Row(1, "Ann"));
        await db.SaveChangesAsync();
        var columns = (await _store.ReadColumnsAsync("app.db", CancellationToken.None)).Where(static c => c.Table == "Members").ToDictionary(static c => c.Column);
        Assert.Equal(("[\"Name_bi\"]", 1), (columns["Name"].IndexColumns, columns["Name"].IndexVersion));
        Assert.Equal(("[\"Born_bi\",\"Born_year\"]", 1), (columns["Born"].IndexColumns, columns["Born"].IndexVersion));
        Assert.Equal(("", 0), (columns["Note"].IndexColumns, columns["Note"].IndexVersion));
        Assert.Equal("Name_bi", db.Database.GetEncryptedColumns().Single(static c => c is { Table: "Members", Column: "Name" }).Index);
    }

    [Fact]
    public async Task IndexKeys_OfATenant_AreOnePerVersionHoweverManyIndexes()
    {
        await using (var db = Open())
        {
            db.AddRange(Enumerable.Range(1, 50).Select(static i => Row(i, $"name {i}")));
            await db.SaveChangesAsync();
        }

        // One data key, one index key, one installation key; each wrapped, and none unwrapped twice.
        int calls = _kek.Calls;
        await using (var db = Open())
        {
            for (int i = 1; i <= 50; i++)
            {
                string name = $"name {i}";
                Assert.Equal(i, (await db.Members.SingleAsync(m => m.Name == name)).Id);
            }
        }

        Assert.Equal(calls, _kek.Calls);
        Assert.InRange(calls, 3, 6);
    }

    [Fact]
    public async Task Lookup_AfterFromSql_AndInLiterals_IsRightOrSaysWhy()
    {
        await using var db = Open();
        db.AddRange(Row(1, "Ann"), Row(2, "Bob"));
        await db.SaveChangesAsync();
        string name = "Bob";
        Assert.Equal(2, (await db.Members.FromSqlRaw("""SELECT * FROM "Members" """).SingleAsync(m => m.Name == name)).Id);
        Assert.Equal(2, (await db.Members.SingleAsync(static m => m.Name == EF.Constant("Bob"))).Id);
        Assert.Equal(2, (await db.Members.SingleAsync(m => m.Name == EF.Parameter(name))).Id);
        Assert.Equal(2, (await db.Members.SingleAsync(m => EF.Property<string>(m, "Name") == name)).Id);
        Assert.Contains("ToQueryString", Assert.Throws<ColumnCryptException>(() => db.Members.Where(m => m.Name == name).ToQueryString()).Message, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _keys.DisposeAsync();
        _database.Dispose();
    }

    private static Member Row(int id, string name) => new() { Id = id, TenantId = "a", Name = name };

    private ColumnCryptInstance Node() => new ServiceCollection()
        .AddColumnCrypt(_name, cc => cc.AddKekProvider(_kek).UseKek(GatedKek.Uri).UseKeyStore(() => _store))
        .BuildServiceProvider()
        .GetRequiredKeyedService<ColumnCryptInstance>(_name);

    private LibraryContext Open(ColumnCryptInstance? keys = null)
    {
        var options = new DbContextOptionsBuilder<LibraryContext>();
        _database.Configure(options);
        return new LibraryContext(options.UseColumnCrypt(static c => c.Tenant, keys ?? _keys).Options) { Tenant = "a" };
    }

    private sealed class WithoutVowels : IIndexNormaliser
    {
        public string Name => "vowels";

        public int Version => 1;

        public IReadOnlyList<NormaliserAnswer> KnownAnswers { get; } = [new("Oslo", "sl")];

        public string Normalise(string text) => string.Concat(text.ToLowerInvariant().Where(static c => !"aeiou".Contains(c, StringComparison.Ordinal)));
    }
}
