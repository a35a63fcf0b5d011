using System.Globalization;
using System.Linq.Expressions;
using ColumnCrypt.EntityFrameworkCore.Indexes;
using ColumnCrypt.EntityFrameworkCore.Query;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

// SPEC-IDX-21 SPEC-IDX-22. Issue 4: range by buckets.
public class RangeTests
{
    private const string Kind = "bucket:0:10:300";
    private static readonly TimeSpan s_east = TimeSpan.FromHours(14);

    private static readonly ExpressionType[] s_comparisons =
        [ExpressionType.LessThan, ExpressionType.LessThanOrEqual, ExpressionType.GreaterThan, ExpressionType.GreaterThanOrEqual, ExpressionType.Equal];

    [Fact]
    public async Task Range_OfEveryType_FindsWhatTheComparisonFinds()
    {
        await using var shop = await OpenAsync(DatabaseKind.Sqlite);
        DateTime day = new(2024, 2, 29);
        short[] shorts = [short.MinValue, -101, -100, -50, 0, short.MaxValue];
        ushort[] ushorts = [0, 9, 10, 19, 20, ushort.MaxValue];
        uint[] uints = [0, 999_999_999, 1_000_000_000, 4_000_000_000, 5, uint.MaxValue];
        long[] longs = [long.MinValue, -5_000_000_001, -5_000_000_000, -1, 0, long.MaxValue];
        ulong[] ulongs = [0, (1UL << 63) - 2, (1UL << 63) - 1, 1UL << 63, (1UL << 63) + 1, ulong.MaxValue];
        decimal[] decimals = [decimal.MinValue, -0.7500000000000000000000000001m, -0.75m, 0.000m, 0.2499999m, decimal.MaxValue];
        DateOnly[] dates = [DateOnly.MinValue, new(1899, 12, 31), new(1900, 1, 1), new(1900, 12, 31), new(1901, 1, 1), DateOnly.MaxValue];
        DateTime[] times = [DateTime.MinValue, day.AddHours(12).AddTicks(-1), day.AddHours(12), DateTime.SpecifyKind(day.AddHours(24), DateTimeKind.Utc), day.AddHours(36), DateTime.MaxValue];
        DateTimeOffset[] offsets = [DateTimeOffset.MinValue, new(day, s_east), new(day, TimeSpan.Zero), new(day.AddHours(14), s_east), new(day.AddDays(1), -s_east), DateTimeOffset.MaxValue];
        TimeOnly[] clocks = [TimeOnly.MinValue, new(5, 59, 59), new(6, 0), new(7, 0), new(17, 59, 59), TimeOnly.MaxValue];
        TimeSpan[] spans = [TimeSpan.MinValue, TimeSpan.FromHours(-24).Add(TimeSpan.FromTicks(-1)), TimeSpan.FromHours(-24), TimeSpan.FromHours(-12), TimeSpan.Zero, TimeSpan.MaxValue];
        int?[] ints = [null, 0, 9, 10, int.MinValue, int.MaxValue];
        List<Measure> rows =
        [
            .. Enumerable.Range(0, 6).Select(i => new Measure
            {
                Id = i + 1, TenantId = "a", Short = shorts[i], UShort = ushorts[i], Int = ints[i], UInt = uints[i], Long = longs[i], ULong = ulongs[i], Decimal = decimals[i],
                Date = dates[i], Time = times[i], Offset = offsets[i], Clock = clocks[i], Span = spans[i],
            }),
        ];
        await AddAsync(shop, rows);
        await using var db = shop.As("a");
        string[] wrong =
        [
            .. await WrongAsync(db, rows, static m => m.Short, shorts), .. await WrongAsync(db, rows, static m => m.UShort, ushorts), .. await WrongAsync(db, rows, static m => m.Int, ints),
            .. await WrongAsync(db, rows, static m => m.UInt, uints), .. await WrongAsync(db, rows, static m => m.Long, longs), .. await WrongAsync(db, rows, static m => m.ULong, ulongs),
            .. await WrongAsync(db, rows, static m => m.Decimal, decimals), .. await WrongAsync(db, rows, static m => m.Date, dates), .. await WrongAsync(db, rows, static m => m.Time, times),
            .. await WrongAsync(db, rows, static m => m.Offset, offsets), .. await WrongAsync(db, rows, static m => m.Clock, clocks), .. await WrongAsync(db, rows, static m => m.Span, spans),
        ];
        Assert.Empty(wrong);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Range_OfACompiledQuery_IsAskedAnewForEveryTenantAndBound(DatabaseKind kind)
    {
        await using var shop = await OpenAsync(kind);
        await AddAsync(shop, Numbered("a", 1, 30));
        await AddAsync(shop, Numbered("b", 101, 30));
        var between = EF.CompileQuery(static (AnyContext db, int from, int? to) => db.Set<Measure>().Where(m => m.Int >= from && m.Int < to).Select(m => m.Id));
        var above = EF.CompileAsyncQuery(static (AnyContext db, int from) => db.Set<Measure>().Count(m => m.Int > from));
        foreach (var (tenant, first) in new[] { ("a", 1), ("b", 101), ("a", 1) })
        {
            await using var db = shop.As(tenant);
            foreach (var (from, to) in new[] { (0, 10), (7, 8), (8, 8), (-5, 500), (29, 3), (10, (int?)null) })
            {
                Assert.Equal(Enumerable.Range(0, 30).Where(n => n >= from && n < to).Select(n => first + n), between(db, from, to).Order());
            }

            Assert.Equal(20, await above(db, 9));
            Assert.Equal(0, await above(db, int.MaxValue));
        }
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Bucket_IsWrittenByEveryWayAValueGoesIn(DatabaseKind kind)
    {
        await using var shop = await OpenAsync(kind);
        await AddAsync(shop, Numbered("a", 1, 30));
        await using var db = shop.As("a");
        var one = await db.Set<Measure>().SingleAsync(static m => m.Int == 3);
        one.Int = 75;
        await db.SaveChangesAsync();
        Assert.Equal([4], await db.Set<Measure>().Where(static m => m.Int > 70).Select(static m => m.Id).ToListAsync());

        int value = 999;
        Assert.Equal(10, await db.Set<Measure>().Where(static m => EF.Functions.InRange(m.Int, 10, 19)).ExecuteUpdateAsync(s => s.SetProperty(static m => m.Int, value)));
        Assert.Equal(10, await db.Set<Measure>().CountAsync(static m => m.Int >= 900));
        Assert.Equal(0, await db.Set<Measure>().CountAsync(static m => m.Int >= 10 && m.Int < 20));
        await db.Set<Measure>().Where(static m => m.Id == 4).ExecuteUpdateAsync(static s => s.SetProperty(static m => m.Int, (int?)null));
        Assert.Equal(1L, Number(shop, "SELECT count(*) FROM \"Measure\" WHERE \"Int_range\" IS NULL"));
        Assert.Equal(4, (await db.Set<Measure>().AsNoTracking().SingleAsync(static m => m.Int == null)).Id);
        Assert.Throws<EncryptedQueryException>(() => db.Set<Measure>().Where(static m => m.Int > 5).ExecuteDelete());
        Assert.Equal(10, await db.Set<Measure>().Where(static m => EF.Functions.InRange(m.Int, 110, null)).ExecuteDeleteAsync());
        Assert.Contains(db.Database.GetEncryptedColumns(), static column => column.Index == "Int_range");
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Version_WithOtherBuckets_IsFilledAndAskedStepByStep(DatabaseKind kind)
    {
        await using var shop = await OpenAsync(kind, Both);
        await using (var old = shop.As("a", model: Old))
        {
            old.AddRange(Numbered("a", 1, 50));
            await old.SaveChangesAsync();
        }

        Assert.Equal(20, await FoundAsync(Both));
        Assert.Equal(0, await FoundAsync(Retiring));
        await using (var db = shop.As(null, model: Both))
        {
            Assert.Equal(50, (await db.Database.FillBlindIndexesAsync()).Filled);
            Assert.All(await db.Database.VerifyBlindIndexesAsync(new BlindIndexFillOptions { Recheck = true }), static state => Assert.True(state.IsComplete, state.ToString()));
        }

        Assert.Equal((5L, 17L), (Number(shop, "SELECT count(DISTINCT \"Int_range\") FROM \"Measure\""), Number(shop, "SELECT count(DISTINCT \"Int_range_v2\") FROM \"Measure\"")));
        foreach (Action<ModelBuilder> model in (Action<ModelBuilder>[])[Old, Both, Retiring, New])
        {
            Assert.Equal(20, await FoundAsync(model));
        }

        async Task<int> FoundAsync(Action<ModelBuilder> model)
        {
            await using var db = shop.As("a", model: model);
            return await db.Set<Measure>().CountAsync(static m => m.Int >= 10 && m.Int < 30);
        }

        static void Old(ModelBuilder m) => Change(m, 1);
        static void Both(ModelBuilder m) => Change(m, 2);
        static void Retiring(ModelBuilder m) => Change(m, 3);
        static void New(ModelBuilder m) => Change(m, 4);
        static void Change(ModelBuilder m, int step)
        {
            Model(m);
            var number = m.Entity<Measure>().Property(static x => x.Int);
            number.HasRangeIndex(0, 10, 12).IsRetiring(step >= 3);
            if (step >= 2)
            {
                number.HasRangeIndex(0, 3, 40, version: 2);
            }
        }
    }

    [Fact]
    public async Task Range_OfMoreBucketsThanAllowed_IsRefusedWhenRun_WithTheWayOut()
    {
        await using var shop = await OpenAsync(DatabaseKind.Sqlite, static m =>
        {
            Model(m);
            m.Entity<Measure>().Property(static x => x.Int).HasRangeIndex(0, 1, 257);
        });
        await AddAsync(shop, Numbered("a", 1, 10));
        await using var db = shop.As("a");
        int from = 0;
        var query = db.Set<Measure>().Where(m => m.Int >= from);
        Assert.Contains("257 buckets of Measure.Int; a query may ask for 256. Say both bounds, joined by &&", (await Assert.ThrowsAsync<EncryptedQueryException>(() => query.ToListAsync())).Message, StringComparison.Ordinal);
        from = 1;
        Assert.Equal(9, (await query.ToListAsync()).Count);
        Assert.Equal(10, await db.Set<Measure>().CountAsync(static m => m.Int >= 0 && m.Int < 256));
        await Assert.ThrowsAsync<EncryptedQueryException>(() => db.Set<Measure>().Where(static m => m.Int >= 0).Where(static m => m.Int < 9).ToListAsync());
        await Assert.ThrowsAsync<EncryptedQueryException>(() => db.Set<Measure>().Where(static m => EF.Functions.InRange(m.Int, null, null)).ToListAsync());
    }

    [Fact]
    public async Task Range_BesideACompositeIndex_NarrowsItsRows()
    {
        await using var shop = await OpenAsync(DatabaseKind.Sqlite, static m =>
        {
            Model(m);
            m.Entity<Measure>().HasBlindIndex("measure.short-date", static x => x.Short, static x => x.Date);
        });
        await AddAsync(shop, Enumerable.Range(0, 40).Select(static i => new Measure { Id = i + 1, TenantId = "a", Int = i, Short = (short)(i % 2), Date = new DateOnly(2000, 1, 1 + (i % 4)) }));
        await using var db = shop.As("a");
        short one = 1;
        DateOnly day = new(2000, 1, 2);
        using var log = new CommandListener();
        Assert.Equal([6, 10, 14], await db.Set<Measure>().Where(m => m.Int > 3 && m.Short == one && m.Int <= 13 && m.Date == day).OrderBy(static m => m.Id).Select(static m => m.Id).ToListAsync());
        Assert.Contains("Short_Date_bi", log.Last!.Value.Item1, StringComparison.Ordinal);
        Assert.Equal(10, await db.Set<Measure>().CountAsync(m => m.Date == day));
        Assert.Equal(10, await db.Set<Measure>().CountAsync(m => m.Date == day && m.Short == one));
        Assert.Equal(0, await db.Set<Measure>().CountAsync(m => m.Date == day && m.Short < one));
    }

    [Fact]
    public async Task Range_OfSiblings_IsOfEachOne()
    {
        await using var shop = await OpenAsync(DatabaseKind.Sqlite, static m =>
        {
            m.Entity<Vessel>();
            m.Entity<Ferry>();
            m.Entity<Tug>();
        });
        await using var db = shop.As("a");
        db.AddRange(Enumerable.Range(0, 40).Select(static i => i % 2 == 0 ? (Vessel)new Ferry { Tons = i } : new Tug { Tons = i }));
        await db.SaveChangesAsync();
        Assert.Empty(await db.Set<Vessel>().Where(static v => ((Ferry)v).Tons > 3 && ((Tug)v).Tons < 9).ToListAsync());
        Assert.Equal(3, await db.Set<Vessel>().CountAsync(static v => ((Ferry)v).Tons > 3 && ((Ferry)v).Tons < 9));
        Assert.Equal(3, await db.Set<Vessel>().OfType<Tug>().CountAsync(static t => t.Tons > 3 && t.Tons <= 9));
    }

    [Fact]
    public void Buckets_OfComparisons_AreThoseThatAllOfThemTouch()
    {
        Assert.Equal([1], Of((ExpressionType.GreaterThanOrEqual, 10), (ExpressionType.LessThan, 20)));
        Assert.Equal([1, 2], Of((ExpressionType.GreaterThan, 10), (ExpressionType.LessThanOrEqual, 20)));
        Assert.Equal([1], Of((ExpressionType.GreaterThanOrEqual, 5), (ExpressionType.LessThan, 40), (ExpressionType.LessThanOrEqual, 19L), (ExpressionType.GreaterThan, 10.5m)));
        Assert.Equal([0], Of((ExpressionType.LessThan, 0)));
        Assert.Equal([0], Of((ExpressionType.LessThan, int.MinValue)));
        Assert.Equal([299], Of((ExpressionType.GreaterThan, long.MaxValue)));
        Assert.Equal([3], Of((ExpressionType.Equal, 39)));
        Assert.Empty(Of((ExpressionType.GreaterThan, 20), (ExpressionType.LessThan, 20)));
        Assert.Empty(Of((ExpressionType.LessThan, 20), (ExpressionType.GreaterThan, null)));
        Assert.Null(Assert.Single(RangeValues.ToFind(Kind, "p", [ExpressionType.Equal], [null])));
        Assert.Equal(256, Of((ExpressionType.GreaterThanOrEqual, 440)).Count);
        Assert.Throws<EncryptedQueryException>(() => Of((ExpressionType.GreaterThanOrEqual, 439)));
        Assert.Throws<EncryptedQueryException>(() => RangeValues.ToFindBetween("eq", "p", 1, 2));
        Assert.Empty(RangeValues.ToFindBetween(Kind, "p", 20, 9));

        var (first, again, other) = (RangeValues.ToFindBetween(Kind, "p", 0, 0)[0], RangeValues.ToFindBetween(Kind, "p", 1, 2)[0], RangeValues.ToFindBetween(Kind, "p", 10, 10)[0]);
        Assert.Equal(first, again);
        Assert.Equal(first!.GetHashCode(), again!.GetHashCode());
        Assert.NotEqual(first, other);
        Assert.NotEqual(first, Runtime.BlindIndexValue.Stored([]));
        Assert.NotEqual(first, IndexedValues.ToFindYear<DateOnly>(0));

        // As numbers of buckets: those of all values that have the same bucket.
        static List<int> Of(params (ExpressionType Comparison, object? Bound)[] bounds)
        {
            var all = Enumerable.Range(0, 300).Select(static bucket => RangeValues.ToFindBetween(Kind, "p", bucket * 10, bucket * 10)[0]).ToList();
            return [.. RangeValues.ToFind(Kind, "p", [.. bounds.Select(static b => b.Comparison)], [.. bounds.Select(static b => b.Bound)]).Select(value => all.IndexOf(value))];
        }
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task QueryFilter_MayAskForBucketsAndYears(DatabaseKind kind)
    {
        await using var shop = await OpenAsync(kind, static m =>
        {
            Model(m);
            m.Entity<Measure>().Property(static x => x.Date).HasBlindIndex(BlindIndexPart.Year);
            m.Entity<Measure>().HasQueryFilter(static x => EF.Functions.InRange(x.Int, 10, 15) && EF.Functions.HasYear(x.Date, 2001));
        });
        foreach (var (tenant, first) in new[] { ("a", 1), ("b", 101) })
        {
            await AddAsync(shop, Enumerable.Range(0, 40).Select(i => new Measure { Id = first + i, TenantId = tenant, Int = i, Date = new DateOnly(2000 + (i % 2), 1, 1) }));
            await using var db = shop.As(tenant);
            Assert.Equal([first + 11, first + 13, first + 15, first + 17, first + 19], await db.Set<Measure>().Select(static m => m.Id).Order().ToListAsync());
            Assert.Equal(2, await db.Set<Measure>().CountAsync(static m => m.Int > 15));
        }
    }

    [Fact]
    public async Task QueryFilter_ForOrder_IsRefusedWithTheModel()
    {
        using var database = new TestDatabase();
        await using var keys = TestKeys.InMemory();
        await using var db = AnyContext.Open(database, keys, static m => m.Entity<Measure>().HasQueryFilter(static x => x.Int > 10));
        Assert.Contains("EF.Functions.InRange", Assert.Throws<EncryptionModelException>(() => db.Model).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void InRange_OutsideAQuery_SaysSo() =>
        Assert.Contains("InRange", Assert.Throws<EncryptedQueryException>(() => EF.Functions.InRange(1, null, 2)).Message, StringComparison.Ordinal);

    public class Vessel
    {
        public int Id { get; set; }
    }

    public class Ferry : Vessel
    {
        [Encrypted, RangeIndex(From = "0", Width = "10", Buckets = 5)]
        public int Tons { get; set; }
    }

    public class Tug : Vessel
    {
        [Encrypted, RangeIndex(From = "0", Width = "10", Buckets = 5)]
        public int Tons { get; set; }
    }

    private static void Model(ModelBuilder m)
    {
        m.Entity<Measure>().HasTenant(static x => x.TenantId);
        m.Entity<Measure>().Property(static x => x.Id).ValueGeneratedNever();
    }

    private static async Task<RangeRoom> OpenAsync(DatabaseKind kind, Action<ModelBuilder>? model = null)
    {
        var room = new RangeRoom(kind, model ?? Model);
        await using var db = room.As(null);
        await db.Database.EnsureCreatedAsync();
        return room;
    }

    private static async Task AddAsync(RangeRoom room, IEnumerable<Measure> rows)
    {
        foreach (var ofTenant in rows.GroupBy(static row => row.TenantId))
        {
            await using var db = room.As(ofTenant.Key);
            db.AddRange(ofTenant);
            await db.SaveChangesAsync();
        }
    }

    private static IEnumerable<Measure> Numbered(string tenant, int firstId, int count) =>
        Enumerable.Range(0, count).Select(i => new Measure { Id = firstId + i, TenantId = tenant, Int = i });

    private static long Number(RangeRoom room, string sql) => Convert.ToInt64(room.Database.Scalar(sql), CultureInfo.InvariantCulture);

    private static async Task<List<string>> WrongAsync<T>(AnyContext db, List<Measure> rows, Expression<Func<Measure, T>> property, T[] bounds)
    {
        List<string> wrong = [];
        foreach (var comparison in s_comparisons)
        {
            foreach (var bound in bounds)
            {
                var where = Expression.Lambda<Func<Measure, bool>>(Expression.MakeBinary(comparison, property.Body, Expression.Constant(bound, typeof(T))), property.Parameters);
                string expected = string.Join(',', rows.Where(where.Compile()).Select(static row => row.Id));
                string actual = string.Join(',', (await db.Set<Measure>().AsNoTracking().Where(where).ToListAsync()).Select(static row => row.Id).Order());
                if (actual != expected)
                {
                    wrong.Add($"{where}: {actual} instead of {expected}");
                }
            }
        }

        return wrong;
    }
}
