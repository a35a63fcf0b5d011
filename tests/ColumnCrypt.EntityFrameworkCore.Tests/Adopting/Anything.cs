namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>An entity with a composite key, of a hierarchy, with owned parts, and a property of every kind.</summary>
public class Anything
{
    public string Region { get; set; } = "";

    public int Number { get; set; }

    public string Text { get; set; } = "";

    public byte[] Bytes { get; set; } = [];

    public byte[]? MaybeBytes { get; set; }

    public bool Flag { get; set; }

    public short Small { get; set; }

    public long Big { get; set; }

    public decimal Money { get; set; }

    public double Real { get; set; }

    public Guid Id { get; set; }

    public Guid? MaybeId { get; set; }

    public DateTime At { get; set; }

    public DateTimeOffset? Since { get; set; }

    public DateOnly Day { get; set; }

    public TimeOnly? Time { get; set; }

    public TimeSpan Span { get; set; }

    public Grade Grade { get; set; }

    public Grade? MaybeGrade { get; set; }

    public Grade GradeAsText { get; set; }

    public Uri? Link { get; set; }

    public List<string> Tags { get; set; } = [];

    public Place Home { get; set; } = new();

    public List<Place> Others { get; } = [];
}

public class Special : Anything
{
    public int? Extra { get; set; }
}

public class Place
{
    public string Street { get; set; } = "";
}
