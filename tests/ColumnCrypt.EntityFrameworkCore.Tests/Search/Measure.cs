namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

/// <summary>A row with a range index of every type that can have one.</summary>
public class Measure
{
    public int Id { get; set; }

    public string TenantId { get; set; } = "";

    [Encrypted, RangeIndex(From = "-100", Width = "50", Buckets = 4)]
    public short Short { get; set; }

    [Encrypted, RangeIndex(From = "10", Width = "10", Buckets = 4)]
    public ushort UShort { get; set; }

    [Encrypted, RangeIndex(From = "0", Width = "10", Buckets = 12)]
    public int? Int { get; set; }

    [Encrypted, RangeIndex(From = "0", Width = "1000000000", Buckets = 5)]
    public uint UInt { get; set; }

    [Encrypted, RangeIndex(From = "-5000000000", Width = "2500000000", Buckets = 4)]
    public long Long { get; set; }

    [Encrypted, RangeIndex(From = "9223372036854775807", Width = "1", Buckets = 3)]
    public ulong ULong { get; set; }

    [Encrypted, RangeIndex(From = "-0.75", Width = "0.25", Buckets = 6)]
    public decimal Decimal { get; set; }

    [Encrypted, RangeIndex(From = "1900-01-01", Width = "365", Buckets = 130)]
    public DateOnly Date { get; set; }

    [Encrypted, RangeIndex(From = "2024-02-29T12:00:00", Width = "0.5", Buckets = 4)]
    public DateTime Time { get; set; }

    [Encrypted, RangeIndex(From = "2024-02-29", Width = "1", Buckets = 4)]
    public DateTimeOffset Offset { get; set; }

    [Encrypted, RangeIndex(From = "06:00:00", Width = "3600", Buckets = 12)]
    public TimeOnly Clock { get; set; }

    [Encrypted, RangeIndex(From = "-1.00:00:00", Width = "43200", Buckets = 4)]
    public TimeSpan Span { get; set; }
}
