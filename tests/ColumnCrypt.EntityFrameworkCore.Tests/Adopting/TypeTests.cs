using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Manifest;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>Properties of every kind, composite keys, hierarchies and owned types are adopted alike.</summary>
public class TypeTests
{
    private static readonly string[] s_adopted =
    [
        nameof(Anything.Text), nameof(Anything.Bytes), nameof(Anything.MaybeBytes), nameof(Anything.Flag), nameof(Anything.Small), nameof(Anything.Big), nameof(Anything.Money),
        nameof(Anything.Real), nameof(Anything.Id), nameof(Anything.MaybeId), nameof(Anything.At), nameof(Anything.Since), nameof(Anything.Day), nameof(Anything.Time),
        nameof(Anything.Span), nameof(Anything.Grade), nameof(Anything.MaybeGrade), nameof(Anything.GradeAsText), nameof(Anything.Link), nameof(Anything.Tags),
    ];

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task EveryKind_FromOldToVerified_KeepsItsValues(DatabaseKind kind)
    {
        using var firm = new Firm(kind, Adopting);
        await using (var old = firm.Old(Old))
        {
            old.AddRange(Sample(1), new Special { Region = "north", Number = 2, Text = "least", At = DateTime.UnixEpoch });
            await old.SaveChangesAsync();
        }

        await using (var db = firm.Adopting())
        {
            var read = await ReadAsync(db);
            AssertSame(Sample(1), read[0]);
            AssertSame(new Special { Region = "north", Number = 2, Text = "least", At = DateTime.UnixEpoch }, read[1]);
            Assert.False(db.ChangeTracker.HasChanges());
            var projected = await db.Set<Anything>().OrderBy(a => a.Number)
                .Select(a => new { a.Money, a.MaybeId, a.GradeAsText, a.Bytes, a.Tags, a.Home.Street, Extra = ((Special)a).Extra, Others = a.Others.Select(o => o.Street).ToList() }).FirstAsync();
            Assert.Equal((12.5m, Sample(1).MaybeId, Grade.Senior, "Elm", (int?)5), (projected.Money, projected.MaybeId, projected.GradeAsText, projected.Street, projected.Extra));
            Assert.Equal([["a", "b"], ["Oak"]], [projected.Tags, projected.Others]);

            // Everything is written by this version, changed in place where that is possible.
            db.Add(Sample(3));
            foreach (var anything in read)
            {
                db.Entry(anything).State = EntityState.Modified;
                db.Entry(anything.Home).State = EntityState.Modified;
                anything.Tags.Add("more");
            }

            read[0].Others[0].Street = "Ash";
            await db.SaveChangesAsync();
        }

        await firm.MoveAsync(AdoptionState.Verified);
        var changed = Sample(1);
        changed.Tags.Add("more");
        changed.Others[0].Street = "Ash";
        await using (var db = firm.Adopting())
        {
            var read = await ReadAsync(db);
            AssertSame(changed, read[0]);
            AssertSame(Sample(3), read[2]);
        }

        await using var back = firm.Old(Old);
        AssertSame(changed, (await ReadAsync(back))[0]);
    }

    [Fact]
    public async Task Declaration_InTheManifest_SaysWhatAStepperNeeds()
    {
        using var firm = new Firm(DatabaseKind.Sqlite, Adopting);
        await using (var db = firm.Adopting())
        {
            db.Add(Sample(1));
            await db.SaveChangesAsync();
        }

        var rows = (await firm.ManifestAsync()).ToDictionary(static row => row.Column);
        var text = ColumnAdoption.Parse(rows["Text_encrypted"].Adoption);
        Assert.Equal((AdoptionState.Dual, "Text", false), (text.State, text.PlainColumn, text.IsConverted));
        Assert.Equal(new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero), text.Deadline);
        Assert.Equal(RowTenant.Of("Region", TenantForm.Text), text.Tenant);
        Assert.Equal([new AdoptionIndex("Text_encrypted_bi", "eq", "", 1, 256, false)], text.Indexes.Select(static i => i with { Normaliser = "" }));
        Assert.Equal("[\"Region\",\"Number\"]", rows["Text_encrypted"].KeyColumns);
        Assert.False(ColumnAdoption.Parse(rows["GradeAsText_encrypted"].Adoption).IsConverted);
        Assert.True(ColumnAdoption.Parse(rows["Link_encrypted"].Adoption).IsConverted != (rows["Link_encrypted"].Codec == "text"));
        Assert.Equal(RowTenant.Of("Region", TenantForm.Text), ColumnAdoption.Parse(rows["Home_Street_encrypted"].Adoption).Tenant);
        Assert.Equal(RowTenant.Of("AnythingRegion", TenantForm.Text), ColumnAdoption.Parse(rows["Street_encrypted"].Adoption).Tenant);
    }

    private static void Adopting(ModelBuilder model)
    {
        Old(model);
        var anything = model.Entity<Anything>().HasTenant(static a => a.Region);
        foreach (string name in s_adopted)
        {
            Adopt(anything.Property(name), name);
        }

        anything.Property(static a => a.Text).HasBlindIndex();
        Adopt(model.Entity<Special>().Property(static s => s.Extra), "Extra");
        anything.OwnsOne(static a => a.Home, static home => Adopt(home.Property(static p => p.Street), "Home_Street"));
        anything.OwnsMany(static a => a.Others, static others => Adopt(others.Property(static p => p.Street), "Street", "place.other"));
    }

    private static void Adopt(PropertyBuilder property, string column, string? purpose = null) =>
        property.IsEncrypted(purpose ?? $"anything.{column}").HasColumnName($"{column}_encrypted").AdoptFrom(column, Versions.Until);

    private static void Old(ModelBuilder model)
    {
        var anything = model.Entity<Anything>();
        anything.HasKey(static a => new { a.Region, a.Number });
        anything.Property(static a => a.Money).HasPrecision(18, 4);
        anything.Property(static a => a.Text).HasMaxLength(40);
        anything.Property(static a => a.GradeAsText).HasConversion<string>();
        anything.OwnsOne(static a => a.Home);
        anything.OwnsMany(static a => a.Others, static others =>
        {
            others.ToTable("others");
            others.Property<int>("Id");
            others.HasKey("Id");
        });
        model.Entity<Special>();
    }

    private static Special Sample(int number) => new()
    {
        Region = "north",
        Number = number,
        Text = "täxt",
        Bytes = [1, 2],
        MaybeBytes = [3],
        Flag = true,
        Small = -3,
        Big = long.MaxValue,
        Money = 12.5m,
        Real = 0.25,
        Id = new Guid(7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7),
        MaybeId = new Guid(8, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7),
        At = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc),
        Since = new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.Zero),
        Day = new DateOnly(2001, 2, 3),
        Time = new TimeOnly(4, 5, 6),
        Span = TimeSpan.FromMinutes(90),
        Grade = Grade.Senior,
        MaybeGrade = Grade.Junior,
        GradeAsText = Grade.Senior,
        Link = new Uri("https://example.test/a"),
        Tags = ["a", "b"],
        Extra = 5,
        Home = new() { Street = "Elm" },
        Others = { new Place { Street = "Oak" } },
    };

    private static Task<List<Special>> ReadAsync(DbContext db) => db.Set<Special>().OrderBy(a => a.Number).ToListAsync();

    private static void AssertSame(Special expected, Special actual)
    {
        Assert.Equal((expected.Extra, expected.Home.Street), (actual.Extra, actual.Home.Street));
        Assert.Equal(expected.Others.Select(static o => o.Street), actual.Others.Select(static o => o.Street));
        foreach (string name in s_adopted)
        {
            var property = typeof(Anything).GetProperty(name)!;
            object? value = property.GetValue(actual);
            Assert.Equal(property.GetValue(expected), name == nameof(Anything.At) ? DateTime.SpecifyKind((DateTime)value!, DateTimeKind.Utc) : value);
        }
    }
}
