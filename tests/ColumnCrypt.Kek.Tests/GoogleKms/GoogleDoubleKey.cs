using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace ColumnCrypt.Kek.Tests.GoogleKms;

/// <summary>A key of a <see cref="GoogleDouble"/>, with one version.</summary>
internal sealed class GoogleDoubleKey
{
    public GoogleDoubleKey(string name)
    {
        Name = name;
        Rotate();
    }

    public string Name { get; }

    public byte[] Id { get; } = RandomNumberGenerator.GetBytes(16);

    public List<GoogleKeyVersion> Versions { get; } = [];

    public int Primary { get; set; }

    public string Purpose { get; set; } = "ENCRYPT_DECRYPT";

    /// <summary>Members that the service gives as they were set.</summary>
    public JsonObject More { get; } = [];

    public GoogleKeyVersion? Version(int number) => Versions.Find(version => version.Number == number);

    public void Rotate()
    {
        Versions.Add(new GoogleKeyVersion(Versions.Count + 1, Id));
        Primary = Versions.Count;
    }

    public JsonObject Describe()
    {
        var key = new JsonObject { ["name"] = Name, ["purpose"] = Purpose, ["createTime"] = "2026-01-01T00:00:00Z" };
        if (Version(Primary) is { } primary)
        {
            key["primary"] = primary.Describe(Name);
        }

        foreach (var (member, value) in More)
        {
            key[member] = value?.DeepClone();
        }

        return key;
    }
}
