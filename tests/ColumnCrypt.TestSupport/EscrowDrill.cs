using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Store;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.TestSupport;

/// <summary>The drill of docs/runbooks/kek-lost.md: the KEK and the key tables are gone, a backup and the escrow's private half are there.</summary>
/// <param name="lost">The key store before; the drill does not touch it once it is lost.</param>
/// <param name="restored">Opens the new key store, empty at first, as each process would.</param>
public sealed class EscrowDrill(IKeyStore lost, Func<IKeyStore> restored) : IDisposable
{
    private const string Secret = "the passphrase of a test";

    private readonly TempFolder _folder = new();
    private readonly EscrowFile _escrow = new();
    private readonly MemoryStream _backup = new();
    private readonly List<(string Tenant, string Text, byte[] Value)> _values = [];
    private string _commitment = "";

    private string Old => "file:" + _folder.File("old.json");

    private string New => "file:" + _folder.File("new.json");

    /// <summary>A node works, at first without an escrow; a backup is made, and the KEK is lost.</summary>
    public async Task LoseAsync(int tenants)
    {
        MakeKek("old.json");
        using var early = ColumnCryptInstance.Create(cc => cc.UseKek(Old, Passphrase).UseKeyStore(() => lost));
        _commitment = (await early.Keys.InitAsync()).Commitment;
        for (int i = 0; i < tenants / 2; i++)
        {
            await WriteAsync(early, $"t{i}", $"before {i}");
        }

        using var node = ColumnCryptInstance.Create(cc => cc.UseKek(Old, Passphrase).EscrowTo(_escrow.Uri).UseKeyStore(() => lost));
        for (int i = tenants / 2; i < tenants; i++)
        {
            await WriteAsync(node, $"t{i}", $"before {i}");
        }

        await node.Keys.RewrapAsync(new RewrapOptions(_escrow.Uri));
        await node.Keys.RotateAsync("t0");
        await node.Keys.BackupAsync(_backup);
        File.Delete(_folder.File("old.json"));
    }

    /// <summary>Whoever holds the private half restores the backup with it alone.</summary>
    /// <returns>Each value as it was written and as it is read.</returns>
    public async Task<IReadOnlyList<(string Written, string Read)>> RestoreAsync()
    {
        _escrow.PutPrivateHalf();
        using var recovery = ColumnCryptInstance.Create(cc => cc.UseKek(_escrow.Uri, Open).PinInstallation(_commitment).UseKeyStore(restored));
        await recovery.Keys.RestoreAsync(_backup, "drill");
        return await ReadAsync(recovery);
    }

    /// <summary>He moves the keys to a new KEK.</summary>
    public async Task<RewrapResult> RewrapAsync()
    {
        MakeKek("new.json");
        using var recovery = ColumnCryptInstance.Create(cc => cc.UseKek(New, Passphrase).AllowKek(_escrow.Uri, Open).PinInstallation(_commitment).UseKeyStore(restored));
        return await recovery.Keys.RewrapAsync(new RewrapOptions(New));
    }

    /// <summary>Nodes go on with the new KEK alone.</summary>
    /// <returns>Each value as it was written and as it is read, new ones among them.</returns>
    public async Task<IReadOnlyList<(string Written, string Read)>> GoOnAsync()
    {
        _escrow.PutPublicHalf();
        using var node = ColumnCryptInstance.Create(cc => cc.UseKek(New, Passphrase).EscrowTo(_escrow.Uri).UseKeyStore(restored));
        await WriteAsync(node, "t0", "after");
        await WriteAsync(node, "new tenant", "after");
        return await ReadAsync(node);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _folder.Dispose();
        _escrow.Dispose();
        _backup.Dispose();
    }

    private static void Passphrase(KekOptions options) => options.Passphrase = Secret;

    private static void Open(KekOptions options) => options.Passphrase = EscrowFile.Passphrase;

    private void MakeKek(string name) => FileKek.Create(_folder.File(name), Secret, new FileKekOptions { Iterations = 100_000 });

    private async Task WriteAsync(ColumnCryptInstance instance, string tenant, string text)
    {
        using var lease = await instance.AcquireRingAsync(tenant, 1, default);
        _values.Add((tenant, text, lease.Encrypt("p", text, ValueCodecs.For<string>())));
    }

    private async Task<IReadOnlyList<(string Written, string Read)>> ReadAsync(ColumnCryptInstance instance)
    {
        var read = new List<(string, string)>();
        foreach (var (tenant, text, value) in _values)
        {
            using var lease = await instance.AcquireRingAsync(tenant, 0, default);
            read.Add((text, lease.Decrypt("p", value, ValueCodecs.For<string>())));
        }

        return read;
    }
}
