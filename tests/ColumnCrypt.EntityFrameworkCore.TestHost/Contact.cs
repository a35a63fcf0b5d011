using System.Globalization;

namespace ColumnCrypt.EntityFrameworkCore.TestHost;

/// <summary>A row whose columns are adopted: one into another column, one in place. Both say which row it is and how often it was written.</summary>
public class Contact
{
    public int Id { get; set; }

    public string Tenant { get; set; } = "a";

    public string Phone { get; set; } = "";

    public string Remark { get; set; } = "";

    /// <summary>Writes the row once more.</summary>
    public void Write(int count) => (Phone, Remark) = (TextOf(Id, count), TextOf(Id, count));

    /// <summary>How often it was written; -1 where what it holds is not its own, or its columns are of two writes.</summary>
    /// <param name="version">Who reads: the old version cannot read what was moved in place.</param>
    public int CountAs(AdoptionVersion version) => CountIn(Phone) is var count && (version == AdoptionVersion.Old || count == CountIn(Remark)) ? count : -1;

    /// <summary>What a row holds.</summary>
    public static string TextOf(int id, int count) => string.Create(CultureInfo.InvariantCulture, $"contact {id} {count}");

    private int CountIn(string text) => text.Split(' ') is ["contact", var id, var count] && id == Id.ToString(CultureInfo.InvariantCulture) && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int written) ? written : -1;
}
