using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;
using ColumnCrypt.Tests.Keys;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tests.Hierarchy;

// SPEC-WRAP-17
/// <summary>Somebody who writes to the key tables, against intermediate keys.</summary>
public sealed class HierarchicalTamperingTests : IDisposable
{
    private readonly HierarchicalNodes _nodes = new(static bounds => bounds.MaxKeysPerIntermediate = 1);

    [Fact]
    public async Task Wrap_WhenItNamesAnotherIntermediateKey_IsRefused()
    {
        byte[] value = await _nodes.Node.EncryptAsync("acme", "x");
        await _nodes.Node.EncryptAsync("globex", "x");
        string[] ids = [.. (await _nodes.KeysAsync(KeyKind.Intermediate)).Select(static key => key.Key.KeyId.ToString())];
        Assert.Equal(2, ids.Length);
        var key = (await _nodes.KeysAsync(KeyKind.Data)).Single(static key => key.Key.Tenant == "acme");
        string[] others = [.. ids.Where(id => id != key.Wraps.Single().KekVersion), new KeyId(new byte[KeyId.Size]).ToString(), key.Key.KeyId.ToString(), "", "x", key.Wraps.Single().KekVersion.ToUpperInvariant()];
        foreach (string other in others)
        {
            await AssertRefusedAsync(value, (_, rows) => rows with { Wraps = [.. rows.Wraps.Select(wrap => wrap.KekId == HierarchicalNodes.Layer ? wrap with { KekVersion = other } : wrap)] });
        }
    }

    [Fact]
    public async Task Wrap_OfAnotherTenant_IsRefused()
    {
        byte[] value = await _nodes.Node.EncryptAsync("acme", "x");
        await _nodes.Node.EncryptAsync("globex", "x");
        var foreign = (await _nodes.KeysAsync(KeyKind.Data)).Single(static key => key.Key.Tenant == "globex").Wraps.Single();
        await AssertRefusedAsync(value, (tenant, rows) => tenant != "acme" ? rows : rows with { Wraps = [foreign with { KeyId = rows.Keys.Single().KeyId }] });
    }

    [Fact]
    public async Task Intermediate_WhenItsRowWasChanged_IsRefused()
    {
        byte[] value = await _nodes.Node.EncryptAsync("acme", "x");
        Func<KeyRecord, KeyRecord>[] changes =
        [
            static row => row with { State = KeyState.Deactivated },
            static row => row with { Version = 7 },
            static row => row with { Kind = KeyKind.Data },
            static row => row with { Mac = new byte[32] },
            static row => row with { Commitment = new byte[32] },
        ];
        foreach (var change in changes)
        {
            await AssertRefusedAsync(value, (_, rows) => rows with { Keys = [.. rows.Keys.Select(row => row.Kind == KeyKind.Intermediate ? change(row) : row)] });
        }

        await AssertRefusedAsync(value, static (tenant, rows) => tenant.Length > 0 ? rows : rows with { Keys = [.. rows.Keys.Where(static row => row.Kind != KeyKind.Intermediate)] });
    }

    [Fact]
    public async Task Intermediate_UnderAnotherIntermediateKey_IsNotFollowed()
    {
        byte[] value = await _nodes.Node.EncryptAsync("acme", "x");
        await AssertRefusedAsync(value, static (tenant, rows) => tenant.Length > 0 ? rows : rows with
        {
            Wraps = [.. rows.Wraps.Select(wrap => rows.Keys.Single(key => key.KeyId == wrap.KeyId).Kind == KeyKind.Intermediate
                ? wrap with { KekId = HierarchicalNodes.Layer, KekVersion = wrap.KeyId.ToString() } : wrap)],
        });
    }

    [Fact]
    public async Task Kek_ThatTheConfigurationDoesNotName_IsNotAskedForAnIntermediateKey()
    {
        byte[] value = await _nodes.Node.EncryptAsync("acme", "x");

        // It reads the installation through the KEK that both know, and has no hierarchical one.
        using var plain = new TestNode(_nodes.Node, kek: _nodes.Node.Kek.Twin());
        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => plain.DecryptAsync("acme", value));
        Assert.Equal(KeyUnavailableReason.KekNotAllowed, error.Reason);
        await AssertRefusedAsync(value, static (tenant, rows) => tenant.Length > 0 ? rows : rows with
        {
            Wraps = [.. rows.Wraps.Select(wrap => rows.Keys.Single(key => key.KeyId == wrap.KeyId).Kind == KeyKind.Intermediate ? wrap with { KekId = "test:stranger" } : wrap)],
        });
    }

    public void Dispose() => _nodes.Dispose();

    private async Task AssertRefusedAsync(byte[] value, Func<string, TenantKeys, TenantKeys> meddling)
    {
        var node = _nodes.Sibling();
        node.Store.Rows = meddling;
        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => node.DecryptAsync("acme", value));
        Assert.Contains(error.Reason, new[] { KeyUnavailableReason.Tampered, KeyUnavailableReason.KekNotAllowed });
        node.Store.Rows = static (_, rows) => rows;
        Assert.Equal("x", await _nodes.Sibling().DecryptAsync("acme", value));
    }
}
