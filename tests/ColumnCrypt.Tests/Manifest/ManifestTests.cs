using ColumnCrypt.Metadata;
using ColumnCrypt.Tests.Keys;

namespace ColumnCrypt.Tests.Manifest;

public sealed class ManifestTests : IDisposable
{
    private readonly TestNode _node = new();

    [Fact]
    public async Task Column_UnderAnotherPurposeOrCodec_IsRefusedWithTheWayBack()
    {
        await RegisterAsync(Column("Name", "Patient.Name"));

        var purpose = await Assert.ThrowsAsync<EncryptionModelException>(() => RegisterAsync(Column("Name", "Person.Name")));
        Assert.Contains("[Encrypted(\"Patient.Name\")]", purpose.Message, StringComparison.Ordinal);
        var codec = await Assert.ThrowsAsync<EncryptionModelException>(() => RegisterAsync(Column("Name", "Patient.Name", "bytes")));
        Assert.Contains("'text'", codec.Message, StringComparison.Ordinal);
        Assert.Equal("Patient.Name", Assert.Single(await _node.Tables.ReadColumnsAsync("clinic", default)).Purpose);
    }

    [Fact]
    public async Task Purpose_ThatIsGoneWhileAnotherIsNew_IsTakenForARename()
    {
        await RegisterAsync(Column("Name", "Patient.Name"));

        var error = await Assert.ThrowsAsync<EncryptionModelException>(() => RegisterAsync(Column("FullName", "Patient.FullName")));
        Assert.Contains("[Encrypted(\"Patient.Name\")]", error.Message, StringComparison.Ordinal);
        Assert.Contains("columncrypt_column", error.Message, StringComparison.Ordinal);
        Assert.Single(await _node.Tables.ReadColumnsAsync("clinic", default));

        await RegisterAsync(Column("FullName", "Patient.Name"));
    }

    [Fact]
    public async Task Purpose_WhoseRowIsDeleted_MakesRoomForAnother()
    {
        await RegisterAsync(Column("Name", "Patient.Name"));
        using var later = new TestNode(_node);
        later.Store.Columns = static rows => [.. rows.Where(static row => row.Column != "Name")];

        await RegisterAsync(later, Column("Remark", "Patient.Remark"));

        Assert.Equal(["Name", "Remark"], (await _node.Tables.ReadColumnsAsync("clinic", default)).Select(static row => row.Column).Order());
    }

    [Fact]
    public async Task OldAndNewVersions_SideBySide_AreBothServed()
    {
        await RegisterAsync(Column("Name", "Patient.Name"));
        using var newer = new TestNode(_node);
        await RegisterAsync(newer, Column("Name", "Patient.Name"), Column("Note", "Patient.Note"));
        using var older = new TestNode(_node);

        await RegisterAsync(older, Column("Name", "Patient.Name"));
    }

    [Fact]
    public async Task IndexColumns_OfAnyVersionThatRan_AreAllNamed()
    {
        var one = Column("Name", "Patient.Name") with { IndexColumns = """["Name_bi"]""", IndexVersion = 1 };
        var two = one with { IndexColumns = """["Name_bi","Name_bi_v2"]""", IndexVersion = 2 };
        await RegisterAsync(Column("Name", "Patient.Name"), Column("Note", "Patient.Note"));
        foreach (var column in new[] { one, two, one with { IndexColumns = """["Name_bi_v2"]""", IndexVersion = 2 }, one })
        {
            using var node = new TestNode(_node);
            await RegisterAsync(node, column, Column("Note", "Patient.Note"));
        }

        var rows = await _node.Tables.ReadColumnsAsync("clinic", default);
        var name = rows.Single(static row => row.Column == "Name");
        Assert.Equal(two.IndexColumns, name.IndexColumns);
        Assert.Equal((2, 3L), (name.IndexVersion, name.RowVersion));
        Assert.Equal(1, rows.Single(static row => row.Column == "Note").RowVersion);
    }

    [Fact]
    public async Task IndexColumns_OfManyNodesAtOnce_AreAllNamed()
    {
        var nodes = Enumerable.Range(1, 8).Select(i => (Node: new TestNode(_node), Column: Column("Name", "Patient.Name") with { IndexColumns = $"[\"Name_bi_v{i}\"]", IndexVersion = i })).ToList();
        await Task.WhenAll(nodes.Select(static n => RegisterAsync(n.Node, n.Column)));
        nodes.ForEach(static n => n.Node.Dispose());

        var name = Assert.Single(await _node.Tables.ReadColumnsAsync("clinic", default));
        Assert.All(nodes, n => Assert.Contains($"\"Name_bi_v{n.Column.IndexVersion}\"", name.IndexColumns, StringComparison.Ordinal));
        Assert.Equal((8, 8L), (name.IndexVersion, name.RowVersion));
    }

    [Fact]
    public async Task Column_ThatCanNeitherBeReadNorWritten_IsGivenUp()
    {
        await RegisterAsync(Column("Name", "Patient.Name"));
        using var later = new TestNode(_node);
        later.Store.Columns = static _ => [];

        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => RegisterAsync(later, Column("Name", "Patient.Name")));
        Assert.Contains("columncrypt_column", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _node.Dispose();

    private Task RegisterAsync(params ColumnRecord[] columns) => RegisterAsync(_node, columns);

    private static Task RegisterAsync(TestNode node, params ColumnRecord[] columns) =>
        node.Instance.RegisterColumnsAsync("acme", "clinic", columns, TestContext.Current.CancellationToken).AsTask();

    private static ColumnRecord Column(string name, string purpose, string codec = "text") =>
        new() { Database = "clinic", Schema = "", Table = "Patients", Column = name, Purpose = purpose, Codec = codec, KeyColumns = "[\"Id\"]" };
}
