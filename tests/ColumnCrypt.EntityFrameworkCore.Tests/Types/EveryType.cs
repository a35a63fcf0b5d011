using System.ComponentModel.DataAnnotations.Schema;
using System.Net;
using System.Numerics;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Types;

public enum Mood : byte
{
    Calm,
    Merry = 200,
}

public sealed record Contact(string Phone, List<string> Notes);

public readonly record struct Celsius(double Degrees);

/// <summary>One encrypted property of each type.</summary>
public class EveryType
{
    public int Id { get; set; }

    [Encrypted] public string Text { get; set; } = "";

    [Encrypted] public string? TextOrNull { get; set; }

    [Encrypted] public byte[] Bytes { get; set; } = [];

    [Encrypted] public byte[]? BytesOrNull { get; set; }

    [Encrypted] public bool Bool { get; set; }

    [Encrypted] public bool? BoolOrNull { get; set; }

    [Encrypted] public sbyte Int8 { get; set; }

    [Encrypted] public byte UInt8 { get; set; }

    [Encrypted] public short Int16 { get; set; }

    [Encrypted] public ushort UInt16 { get; set; }

    [Encrypted] public int Int32 { get; set; }

    [Encrypted] public int? Int32OrNull { get; set; }

    [Encrypted] public uint UInt32 { get; set; }

    [Encrypted] public long Int64 { get; set; }

    [Encrypted] public long? Int64OrNull { get; set; }

    [Encrypted] public ulong UInt64 { get; set; }

    [Encrypted] public Int128 Int128 { get; set; }

    [Encrypted] public UInt128 UInt128 { get; set; }

    [Encrypted] public Half Half { get; set; }

    [Encrypted] public float Single { get; set; }

    [Encrypted] public double Double { get; set; }

    [Encrypted] public double? DoubleOrNull { get; set; }

    [Encrypted] public decimal Decimal { get; set; }

    [Encrypted] public decimal? DecimalOrNull { get; set; }

    [Encrypted] public char Char { get; set; }

    [Encrypted] public Guid Guid { get; set; }

    [Encrypted] public Guid? GuidOrNull { get; set; }

    [Encrypted] public DateTime DateTime { get; set; }

    [Encrypted] public DateTime? DateTimeOrNull { get; set; }

    [Encrypted] public DateTimeOffset DateTimeOffset { get; set; }

    [Encrypted] public DateTimeOffset? DateTimeOffsetOrNull { get; set; }

    [Encrypted] public DateOnly Date { get; set; }

    [Encrypted] public DateOnly? DateOrNull { get; set; }

    [Encrypted] public TimeOnly Time { get; set; }

    [Encrypted] public TimeOnly? TimeOrNull { get; set; }

    [Encrypted] public TimeSpan Duration { get; set; }

    [Encrypted] public TimeSpan? DurationOrNull { get; set; }

    [Encrypted] public Mood Mood { get; set; }

    [Encrypted] public Mood? MoodOrNull { get; set; }

    [Encrypted] public Mood MoodAsText { get; set; }

    [Encrypted] public Uri? Uri { get; set; }

    [Encrypted] public IPAddress? Address { get; set; }

    [Encrypted] public BigInteger BigInteger { get; set; }

    [Encrypted] public List<string> Texts { get; set; } = [];

    [Encrypted] public int[] Numbers { get; set; } = [];

    [Encrypted] public List<DateOnly>? DatesOrNull { get; set; }

    [Encrypted] public Dictionary<string, int> Map { get; set; } = [];

    [Encrypted] public Contact? Contact { get; set; }

    [Encrypted] public Celsius Celsius { get; set; }

    [Encrypted] public Celsius? CelsiusOrNull { get; set; }

    [Encrypted, Column(TypeName = "varchar(10)")] public string WithFacets { get; set; } = "";
}

public class EveryTypeContext(DbContextOptions<EveryTypeContext> options) : DbContext(options)
{
    public DbSet<EveryType> Rows => Set<EveryType>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<EveryType>(static row =>
    {
        row.Property(static r => r.MoodAsText).HasConversion<string>();
        row.Property(static r => r.Celsius).HasConversion(static v => v.Degrees, static v => new Celsius(v));
        row.Property(static r => r.CelsiusOrNull).HasConversion(new ValueConverter<Celsius, double>(static v => v.Degrees, static v => new Celsius(v)));
        row.Property(static r => r.Decimal).HasPrecision(3, 1);
        row.Property(static r => r.Text).IsUnicode(false).IsFixedLength();
    });
}
