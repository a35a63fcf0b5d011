using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Kek.Tests.Vault;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Store;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Kek.Tests;

/// <summary>A rewrap sends the keys of a page together to a KEK that takes several, and each key fails alone.</summary>
public sealed class BatchTests : IDisposable
{
    private const string Secret = "the passphrase of a test";

    private readonly TempFolder _folder = new();
    private readonly InMemoryKeyStore _store = new(TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string File => "file:" + _folder.File("kek.json");

    public void Dispose() => _folder.Dispose();

    // One more key than tenants: that of the installation. Pages of 500, and each key is wrapped and proved.
    [Fact]
    public async Task Rewrap_Of1000Keys_MakesFewCallsAndEachIsOfManyKeys()
    {
        var values = await FillAsync(999);
        var kek = new BatchKek(100);
        using (var operators = Open(kek, BatchKek.Uri, File))
        {
            var result = await operators.Keys.RewrapAsync(new RewrapOptions(BatchKek.Uri), cancellationToken: Token);
            Assert.Equal((1_000, 1_000), (result.Processed, result.Succeeded));
            Assert.Equal((20, 0), (kek.Batches, kek.Singles));
        }

        using var fresh = Open(kek, BatchKek.Uri);
        foreach (string tenant in new[] { "t000000", "t000500", "t000998" })
        {
            using var lease = await fresh.AcquireRingAsync(tenant, 0, Token);
            Assert.Equal(tenant, lease.Decrypt("p", values[tenant], ValueCodecs.For<string>()));
        }
    }

    [Fact]
    public async Task Rewrap_WhenOneKeyIsRefused_MovesTheOthers()
    {
        await FillAsync(50);
        var kek = new BatchKek(100) { Refused = "t000017" };
        using var operators = Open(kek, BatchKek.Uri, File);
        var result = await operators.Keys.RewrapAsync(new RewrapOptions(BatchKek.Uri), cancellationToken: Token);
        Assert.Equal((51, 50), (result.Processed, result.Succeeded));
        Assert.Contains("Not this one.", Assert.Single(result.Failures).Reason, StringComparison.Ordinal);
        Assert.Equal(2, kek.Batches);
    }

    [Fact]
    public async Task Rewrap_WhenACallIsUnavailable_IsRepeatedAsOne()
    {
        await FillAsync(50);
        var kek = new BatchKek(100);
        kek.Fail(calls: 2);
        using var operators = Open(kek, BatchKek.Uri, File);
        var result = await operators.Keys.RewrapAsync(new RewrapOptions(BatchKek.Uri), cancellationToken: Token);
        Assert.Equal((51, 51), (result.Processed, result.Succeeded));
        Assert.Equal(4, kek.Batches);
    }

    [Fact]
    public async Task Rewrap_WhenResultsAreMissing_EndsAndMovesNothing()
    {
        await FillAsync(3);
        var kek = new BatchKek(100) { IsForgetful = true };
        using var operators = Open(kek, BatchKek.Uri, File);
        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => operators.Keys.RewrapAsync(new RewrapOptions(BatchKek.Uri), cancellationToken: Token));
        Assert.Contains("3 results for 4 keys", error.Message, StringComparison.Ordinal);
        Assert.All(await _store.Inventory.ReadKeysAsync(null, null, 10, Token), static key => Assert.Single(key.Wraps));
    }

    // The application's configuration does not know such a KEK, so that its keys are moved one by one; a call that waited for others would wait for ever.
    [Fact]
    public async Task Rewrap_ToATenantsOwnKekThatTakesSeveral_CallsItForEachKey()
    {
        await FillAsync(3);
        var kek = new BatchKek(100);
        using var operators = ColumnCryptInstance.Create(cc => cc
            .AddKekProvider(kek).UseKeyStore(() => _store).UseKek(File, static o => o.Passphrase = Secret).UseTenantKeks(static (_, _) => { }));
        await operators.Keys.SetTenantKekAsync("t000001", BatchKek.Uri, "contract", Token).WaitAsync(TimeSpan.FromSeconds(60), Token);
        var options = new RewrapOptions(BatchKek.Uri) { Tenants = new HashSet<string> { "t000001" }, From = File, Phase = RewrapPhase.Drop, Force = true };
        var dropped = await operators.Keys.RewrapAsync(options, cancellationToken: Token).WaitAsync(TimeSpan.FromSeconds(60), Token);
        Assert.Empty(dropped.Failures);
        Assert.Equal(0, kek.Batches);
        var key = (await operators.Keys.ListKeysAsync("t000001", Token)).Single();
        Assert.Equal([BatchKek.Uri], (await operators.Keys.FindKeyAsync(key.KeyId, Token))!.Wraps.Where(static wrap => !wrap.IsDropped).Select(static wrap => wrap.KekId));
    }

    // Speed: Vault rewraps in batches, on the server. A call for each 250 keys of a page of 500, for each of: encrypt, decrypt to prove it; then rewrap, decrypt.
    [Fact]
    public async Task Vault_Of1000Keys_IsAskedAFewTimes()
    {
        using var vault = new VaultServer();
        string name = await vault.CreateKeyAsync();
        string uri = $"vault:transit/{name}";
        await FillAsync(999);
        using var operators = ColumnCryptInstance.Create(cc => cc
            .AddVault(vault.Configure).UseKek(uri).AllowKek(File, static o => o.Passphrase = Secret).UseKeyStore(() => _store));
        int before = vault.Http.Calls.Count;
        var added = await operators.Keys.RewrapAsync(new RewrapOptions(uri), cancellationToken: Token);
        Assert.Equal((1_000, 1_000), (added.Processed, added.Succeeded));
        Assert.Equal((4, 4), (vault.Count("encrypt/" + name), vault.Count("decrypt/" + name)));
        Assert.InRange(vault.Http.Calls.Count - before, 8, 12);

        await vault.AdministerAsync(HttpMethod.Post, $"transit/keys/{name}/rotate");
        before = vault.Http.Calls.Count;
        var renewed = await operators.Keys.RewrapAsync(new RewrapOptions(uri) { From = uri }, cancellationToken: Token);
        Assert.Equal((1_000, 1_000), (renewed.Processed, renewed.Succeeded));
        Assert.Equal((4, 8), (vault.Count("rewrap/" + name), vault.Count("decrypt/" + name)));
        Assert.InRange(vault.Http.Calls.Count - before, 8, 12);
        Assert.All(await _store.Inventory.ReadKeysAsync(null, null, 1_000, Token), static key => Assert.Contains(key.Wraps, static wrap => wrap.KekVersion == "v2"));
    }

    private async Task<IReadOnlyDictionary<string, byte[]>> FillAsync(int tenants)
    {
        FileKek.Create(_folder.File("kek.json"), Secret, new FileKekOptions { Iterations = 100_000 });
        return await ManyKeys.FillAsync(_store, tenants, cc => cc.UseKek(File, static o => o.Passphrase = Secret));
    }

    private ColumnCryptInstance Open(BatchKek kek, params string[] uris) => ColumnCryptInstance.Create(cc =>
    {
        cc.AddKekProvider(kek).UseKeyStore(() => _store).UseKek(uris[0], static o => o.Resilience.RetryDelay = TimeSpan.FromMilliseconds(1));
        foreach (string uri in uris[1..])
        {
            cc.AllowKek(uri, static o => o.Passphrase = Secret);
        }
    });
}
