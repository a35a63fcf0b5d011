namespace ColumnCrypt.Benchmarks.Ef;

/// <summary>An entity of up to thirty strings; a context maps as many of them as it is told.</summary>
public class Wide
{
    public int Id { get; set; }

    public string C00 { get; set; } = "";

    public string C01 { get; set; } = "";

    public string C02 { get; set; } = "";

    public string C03 { get; set; } = "";

    public string C04 { get; set; } = "";

    public string C05 { get; set; } = "";

    public string C06 { get; set; } = "";

    public string C07 { get; set; } = "";

    public string C08 { get; set; } = "";

    public string C09 { get; set; } = "";

    public string C10 { get; set; } = "";

    public string C11 { get; set; } = "";

    public string C12 { get; set; } = "";

    public string C13 { get; set; } = "";

    public string C14 { get; set; } = "";

    public string C15 { get; set; } = "";

    public string C16 { get; set; } = "";

    public string C17 { get; set; } = "";

    public string C18 { get; set; } = "";

    public string C19 { get; set; } = "";

    public string C20 { get; set; } = "";

    public string C21 { get; set; } = "";

    public string C22 { get; set; } = "";

    public string C23 { get; set; } = "";

    public string C24 { get; set; } = "";

    public string C25 { get; set; } = "";

    public string C26 { get; set; } = "";

    public string C27 { get; set; } = "";

    public string C28 { get; set; } = "";

    public string C29 { get; set; } = "";
}
