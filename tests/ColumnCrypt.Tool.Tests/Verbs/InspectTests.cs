using System.Buffers.Text;
using ColumnCrypt.Format;
using ColumnCrypt.Tool.Tests.Support;

namespace ColumnCrypt.Tool.Tests.Verbs;

public sealed class InspectTests
{
    private const string KeyIdText = "3f2a91c4d5e60718293a4b5c6d7e8f90";

    [Fact]
    public async Task Inspect_WhenTheValueIsWrittenInAnyForm_ShowsItsHeaderWithoutKekOrStore()
    {
        using var jo = new Operator();
        jo.Configure("{}");
        byte[] value = Value(KeyIdText, 7);
        await File.WriteAllBytesAsync(jo.Folder.File("value.bin"), value);
        await File.WriteAllTextAsync(jo.Folder.File("value.txt"), TextForm.Encode(value) + "\n");
        string[] forms =
        [
            Convert.ToHexString(value), "0x" + Convert.ToHexStringLower(value), "\\x" + Convert.ToHexStringLower(value), Convert.ToBase64String(value),
            Base64Url.EncodeToString(value), TextForm.Encode(value), "@value.bin", "@" + jo.Folder.File("value.txt"),
        ];
        foreach (string form in forms)
        {
            var view = (await jo.RunAsync("inspect", form, "--json")).IsDone().Json;
            Assert.Equal((1, KeyIdText), ((int)view["suite"]!, (string)view["keyId"]!));
            Assert.Equal((52, 7), ((int)view["storedBytes"]!, (int)view["plaintextBytes"]!));
            Assert.Equal(24, ((string)view["nonce"]!).Length);
            Assert.Null(view["owner"]);
        }

        Assert.Contains(KeyIdText, (await jo.RunAsync("inspect", forms[0])).IsDone().Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Inspect_WhenAStoreIsConfigured_NamesTheOwnerWithoutAKek(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        string keyId = await jo.SetUpAsync("acme");
        jo.Configure($$"""{ "provider": "{{jo.Provider}}", "connection": "{{jo.Connection}}" }""");
        Assert.Equal("acme", (string)(await jo.RunAsync("inspect", Convert.ToHexString(Value(keyId, 1)), "--json")).IsDone().Json["owner"]!["tenant"]!);
        Assert.Contains("acme", (await jo.RunAsync("inspect", Convert.ToHexString(Value(keyId, 1)))).IsDone().Output, StringComparison.Ordinal);
        Assert.Contains("does not know", (await jo.RunAsync("inspect", Convert.ToHexString(Value(KeyIdText, 1)))).IsDone().Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zz!", 2, "usage")]
    [InlineData("cc1:!!", 1, "value-invalid")]
    [InlineData("c1", 1, "value-invalid")]
    [InlineData("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 1, "value-invalid")]
    [InlineData("@nofile", 1, "io")]
    public async Task Inspect_WhenItIsNoValue_SaysSo(string value, int code, string kind)
    {
        using var jo = new Operator();
        var run = await jo.RunAsync("inspect", value, "--json");
        Assert.Equal((code, kind), (run.Code, run.ErrorKind));
    }

    private static byte[] Value(string keyId, int plaintext)
    {
        byte[] value = new byte[ValueFrame.Overhead + plaintext];
        value[0] = ValueFrame.Suite1;
        KeyId.Parse(keyId).CopyTo(value.AsSpan(1));
        value.AsSpan(ValueFrame.NonceOffset).Fill(0xA5);
        return value;
    }
}
