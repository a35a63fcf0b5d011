using ColumnCrypt.Kek;
using ColumnCrypt.Tool.Tests.Support;

namespace ColumnCrypt.Tool.Tests.Verbs;

public sealed class ShareTests
{
    [Fact]
    public async Task Kek_WhenSplitToFiles_OpensWithThreeOfFiveAndNotWithThePassphrase()
    {
        using var jo = new Operator();
        await jo.SetUpAsync("acme");
        Directory.CreateDirectory(jo.Folder.File("out"));
        string[] split = ["keks", "split", jo.KekA, "--shares", "5", "--threshold", "3", "--out", "out", "--passphrase-file", "a.txt"];
        (await jo.RunAsync([.. split, "--dry-run"])).IsDone();
        Assert.Null(FileKek.SharesOf(jo.Folder.File("a.json")));
        var made = (await jo.RunAsync([.. split, "--json"])).IsDone().Json;
        var files = made["files"]!.AsArray().Select(static file => (string)file!).ToList();
        Assert.Equal(Enumerable.Range(1, 5).Select(number => jo.Folder.File($"out/a-share-{number}.txt")), files);
        Assert.Equal((string)made["set"]!, FileKek.SharesOf(jo.Folder.File("a.json"))!.Set);
        if (!OperatingSystem.IsWindows())
        {
            foreach (string file in files)
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            }
        }

        string[] given = ["--share-file", "out/a-share-5.txt", "--share-file", "out/a-share-1.txt", "--share-file", "out/a-share-2.txt"];
        (await jo.RunAsync(["status", .. given])).IsDone();
        (await jo.RunAsync(["status", .. given[..4]])).Failed(1, "needs 3 different shares");
        (await jo.RunAsync("status")).Failed(2, "--share-file");
        jo.Variables["COLUMNCRYPT_SHARE_FILES"] = string.Join(Path.PathSeparator, files.Take(3));
        (await jo.RunAsync("status")).IsDone();
        jo.Variables.Clear();
        (await jo.RunAsync([.. split])).Failed(1, "exists");
        Directory.Delete(jo.Folder.File("out"), recursive: true);
        (await jo.RunAsync([.. split])).Failed(1, "does not exist");
    }

    [Fact]
    public async Task Kek_WhenSharesAreTyped_AsksForAsManyAsItNeeds()
    {
        using var jo = new Operator();
        await jo.SetUpAsync("acme");
        var printed = (await jo.RunAsync("keks", "split", jo.KekA, "--shares", "3", "--threshold", "2", "--passphrase-file", "a.txt")).IsDone().Output.Split('\n');
        Assert.All(printed[..3], static line => Assert.StartsWith("CCS1-", line, StringComparison.Ordinal));
        jo.Secrets = new([printed[2], printed[0], "canary that is not asked for"]);
        (await jo.RunAsync("status")).IsDone();
        Assert.Single(jo.Secrets);
        jo.Secrets = new([printed[2], ""]);
        (await jo.RunAsync("status")).Failed(1, "1 were given");
        string misread = printed[1].Remove(20, 1).Insert(20, printed[1][20] == 'A' ? "B" : "A");
        jo.Secrets = new([printed[2], misread]);
        Assert.DoesNotContain(misread[10..30], (await jo.RunAsync("status")).Failed(1, "Share 2").Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kek_WhenJoined_OpensWithTheNewPassphrase()
    {
        using var jo = new Operator();
        await jo.SetUpAsync("acme");
        (await jo.RunAsync("keks", "join", jo.KekA, "--passphrase-file", "b.txt")).Failed(1, "nothing to join");
        var split = (await jo.RunAsync("keks", "split", jo.KekA, "--shares", "2", "--threshold", "2", "--passphrase-file", "a.txt", "--json")).IsDone();
        Assert.Empty(split.Json["files"]!.AsArray());
        string[] lines = split.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        (await jo.RunAsync("keks", "split", jo.KekA, "--shares", "2", "--threshold", "2", "--passphrase-file", "a.txt")).Failed(1, "already");
        await File.WriteAllTextAsync(jo.Folder.File("one.txt"), lines[0] + "\n");
        await File.WriteAllTextAsync(jo.Folder.File("two.txt"), lines[1] + "\n");
        string[] join = ["keks", "join", jo.KekA, "--share-file", "two.txt", "--share-file", "one.txt", "--passphrase-file", "b.txt"];
        (await jo.RunAsync([.. join, "--dry-run"])).IsDone();
        (await jo.RunAsync(join)).IsDone();
        jo.Secrets = new([Operator.OtherPassphrase]);
        jo.Configure($$"""{ "provider": "{{jo.Provider}}", "connection": "{{jo.Connection}}", "keks": ["{{jo.KekA}}"] }""");
        (await jo.RunAsync("status")).IsDone();
    }

    [Theory]
    [InlineData("a number from 2 to 255", "1", "1")]
    [InlineData("more than --shares", "2", "3")]
    [InlineData("a number from 2 to 255", "256", "3")]
    public async Task Split_WhenNobodyShouldSplitSo_IsAUsageError(string says, string shares, string threshold)
    {
        using var jo = new Operator();
        var run = await jo.RunAsync("keks", "split", jo.KekA, "--shares", shares, "--threshold", threshold, "--passphrase-file", "a.txt");
        run.Failed(2, says);
        (await jo.RunAsync("keks", "split", "aws-kms:alias/x", "--shares", "3", "--threshold", "2")).Failed(2, "file:");
    }
}
