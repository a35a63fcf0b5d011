using System.Text.Json.Nodes;

namespace ColumnCrypt.Kek.Tests.Vault;

/// <summary>A call to a real Vault 1.5, and what it answered. Tokens and ids are not in the record.</summary>
/// <param name="Name">What it shows.</param>
/// <param name="Method">The method.</param>
/// <param name="Path">The path.</param>
/// <param name="Request">The body; a text stands for a body that is no JSON.</param>
/// <param name="Status">The status.</param>
/// <param name="Response">The body of the answer, or null.</param>
internal sealed record RecordedExchange(string Name, string Method, string Path, JsonNode? Request, int Status, JsonNode? Response)
{
    /// <summary>The record beside the repository; the test is skipped where it is absent.</summary>
    public static IReadOnlyList<RecordedExchange> Load()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "ColumnCrypt.sln")))
            {
                string path = System.IO.Path.Combine(folder.Parent!.FullName, "shared", "contracts", "vault-transit-exchanges.json");
                Assert.SkipUnless(File.Exists(path), "The recorded exchanges (vault-transit-exchanges.json) are not beside the repository.");
                return [.. JsonNode.Parse(File.ReadAllBytes(path))!.AsArray().Select(static node => Of(node!.AsObject()))];
            }
        }

        Assert.Skip("The tests do not run inside the repository, so there are no recorded exchanges beside it.");
        return [];
    }

    private static RecordedExchange Of(JsonObject node) => new(
        node["name"]!.GetValue<string>(), node["method"]!.GetValue<string>(), node["path"]!.GetValue<string>(), node["request"], node["status"]!.GetValue<int>(), node["response"]);
}
