using ColumnCrypt.Tool.Tests.Support;

namespace ColumnCrypt.Tool.Tests.Verbs;

public sealed class BackupTests
{
    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Backup_WhenRestoredIntoAnEmptyStore_BringsTheKeysBack(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        using var other = new Operator(kind);
        string keyId = await jo.SetUpAsync("acme");
        (await jo.RunAsync("backup", "keys.backup", "--dry-run")).IsDone();
        Assert.False(File.Exists(jo.Folder.File("keys.backup")));
        var made = (await jo.RunAsync("backup", "keys.backup", "--json")).IsDone().Json;
        Assert.Equal((1, 2), ((int)made["tenants"]!, (int)made["keys"]!));
        Assert.Equal(2, (int)made["keks"]![jo.KekA]!);
        (await jo.RunAsync("backup", "keys.backup")).Failed(1, "not written over");
        Assert.Empty(Directory.GetFiles(jo.Folder.Path, "*.new"));

        string[] restore = ["restore", "keys.backup", "--reason", "disk lost"];
        (await jo.RunAsync([.. restore, "--dry-run"])).IsDone();
        (await jo.RunAsync(restore)).Failed(1, "empty");
        (await jo.RunAsync("restore", "none.backup", "--reason", "x")).Failed(1, "none.backup");
        string[] there = ["--connection", other.Connection];
        Assert.Contains("Restored", (await jo.RunAsync([.. restore, .. there])).IsDone().Output, StringComparison.Ordinal);
        Assert.Equal("acme", (string)(await jo.RunAsync(["keys", "show", keyId, "--json", .. there])).IsDone().Json["tenant"]!);

        await File.AppendAllTextAsync(jo.Folder.File("keys.backup"), "x");
        using var third = new Operator(kind);
        Assert.Equal(1, (await jo.RunAsync([.. restore, "--connection", third.Connection])).Code);
    }

    [Theory]
    [MemberData(nameof(Databases.All), MemberType = typeof(Databases))]
    public async Task Doctor_WhenASampleIsUnderAnUnknownKey_SaysSo(DatabaseKind kind)
    {
        using var jo = new Operator(kind);
        string keyId = await jo.SetUpAsync("acme");
        (await jo.RunAsync("doctor")).IsDone();
        string rest = new('a', 2 * (12 + 16));
        await File.WriteAllTextAsync(jo.Folder.File("good.txt"), $"c1{keyId}{rest}\n\n");
        await File.WriteAllTextAsync(jo.Folder.File("bad.txt"), $"c1{new string('0', 32)}{rest}\n");
        int before = (await jo.RunAsync("doctor", "--samples", "good.txt", "--json")).IsDone().Json.AsArray().Count;
        var bad = await jo.RunAsync("doctor", "--samples", "bad.txt", "--json");
        Assert.Equal((1, before + 1), (bad.Code, bad.Json.AsArray().Count));
        Assert.Contains("findings.", (await jo.RunAsync("doctor", "--samples", "bad.txt")).Output, StringComparison.Ordinal);
        (await jo.RunAsync("doctor", "--samples", "none.txt")).Failed(1, "none.txt");
    }
}
