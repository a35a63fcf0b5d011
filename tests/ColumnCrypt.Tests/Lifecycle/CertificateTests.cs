using ColumnCrypt.Shredding;
using ColumnCrypt.Signing;
using ColumnCrypt.Store;
using ColumnCrypt.Tests.Keys;
using ColumnCrypt.TestSupport;

namespace ColumnCrypt.Tests.Lifecycle;

// SPEC-SIGN-1 SPEC-CERT-1 SPEC-CERT-2 SPEC-CERT-3
public sealed class CertificateTests : IDisposable
{
    private const string Passphrase = "six random words make one";
    private readonly TempFolder _folder = new();
    private readonly FileSigningKey _signer;

    public CertificateTests() => _signer = FileSigningKey.Create(_folder.File("signing.pem"), Passphrase);

    public void Dispose()
    {
        _signer.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Certificate_OfAShreddedTenant_SaysWhatIsTrue_AndVerifies()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        await node.Instance.Keys.HoldAsync("acme", "court order 7");
        await node.Instance.Keys.ReleaseAsync("acme", "order lifted");
        await Assert.ThrowsAsync<KeyStateException>(() => node.Instance.Keys.CertifyShredAsync("acme", _signer));
        await node.Instance.Keys.ShredNowAsync("acme", default, "contract ended");
        string text = await node.Instance.Keys.CertifyShredAsync("acme", _signer);

        var verdict = await node.Instance.Keys.VerifyShredAsync(text, _signer.Fingerprint);
        Assert.True(verdict.IsValid, string.Join(' ', verdict.Findings));
        var certificate = verdict.Certificate!;
        Assert.Equal(["shred.hold", "shred.release", "shred.mark", "shred.destroy"], certificate.History.Select(static e => e.Action));
        Assert.Equal("test:kek", Assert.Single(certificate.Keks).KekId);
        Assert.False(certificate.BackupProof.IsBackupProof);
        Assert.Contains("test:kek", Assert.Single(certificate.BackupProof.Because), StringComparison.Ordinal);
        Assert.Contains(verdict.Claims, static claim => claim.Contains("not that the values are unrecoverable", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Certificate_ChangedInAnyByte_OrOfAnotherSigner_Fails()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        await node.Instance.Keys.ShredNowAsync("acme");
        string text = await node.Instance.Keys.CertifyShredAsync("acme", _signer);
        Assert.True(ErasureCertificate.Check(text, _signer.Fingerprint).IsValid);
        for (int i = 0; i < text.Length; i++)
        {
            foreach (char other in (char[])[(char)(text[i] ^ 1), ' ', 'A'])
            {
                if (text[i] != other)
                {
                    Assert.False(ErasureCertificate.Check($"{text[..i]}{other}{text[(i + 1)..]}", _signer.Fingerprint).IsValid, $"byte {i}");
                }
            }

            Assert.False(ErasureCertificate.Check(text.Remove(i, 1), _signer.Fingerprint).IsValid, $"byte {i} removed");
        }

        Assert.False(ErasureCertificate.Check(text + "\n", _signer.Fingerprint).IsValid);
        using var other2 = FileSigningKey.Create(_folder.File("other.pem"), Passphrase);
        Assert.False(ErasureCertificate.Check(text, other2.Fingerprint).IsValid);
    }

    [Fact]
    public async Task Certificate_WhileAKeyIsLeft_Fails()
    {
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        var before = await StoreOfAsync(node);
        await node.Instance.Keys.ShredNowAsync("acme");
        string text = await node.Instance.Keys.CertifyShredAsync("acme", _signer);
        using var restored = new TestNode(node, tables: before);
        Assert.False((await restored.Instance.Keys.VerifyShredAsync(text, _signer.Fingerprint)).IsValid);
    }

    // Must hold 3: not backup-proof is true, and so is backup-proof.
    [Fact]
    public async Task Backup_FromBeforeTheShred_OpensWhileTheKekLives_AndNoMoreOnceItIsDestroyed()
    {
        using var keks = new TwoKeks();
        byte[] value = await keks.Node.EncryptAsync("acme", "x");
        byte[] survivor = await keks.Node.EncryptAsync("globex", "y");
        var backup = await StoreOfAsync(keks.Node);
        await keks.Node.Instance.Keys.ShredNowAsync("acme");
        string text = await keks.Node.Instance.Keys.CertifyShredAsync("acme", _signer);

        var verdict = await keks.Node.Instance.Keys.VerifyShredAsync(text, _signer.Fingerprint, backup);
        Assert.False(verdict.IsValid);
        Assert.Contains(verdict.Findings, static finding => finding.Contains("opens under the KEK test:old", StringComparison.Ordinal));
        using (var restored = new TestNode(keks.Node, tables: backup))
        {
            Assert.Equal("x", await restored.DecryptAsync("acme", value));
        }

        // The cheap way to backup-proof: rewrap the survivors, drop, retire, destroy.
        var operators = keks.Both().Instance.Keys;
        await operators.RewrapAsync(new("test:new"));
        await operators.RewrapAsync(new("test:new") { Phase = ColumnCrypt.Rewrap.RewrapPhase.Drop, Force = true });
        await operators.RetireKekAsync("test:old", "test");
        await operators.DestroyKekAsync("test:old", keks.Node.Time.GetUtcNow() + TimeSpan.FromDays(7), "test");
        using var fresh = keks.OnlyNew();
        Assert.False((await CertifyAsync()).BackupProof.IsBackupProof);
        keks.Node.Time.Advance(TimeSpan.FromDays(8));
        var proof = await CertifyAsync();
        Assert.True(proof.BackupProof.IsBackupProof, string.Join(' ', proof.BackupProof.Because));
        Assert.NotNull(proof.PreviousCertificate);
        Assert.Equal("y", await fresh.DecryptAsync("globex", survivor));

        // What is left of the old KEK is nothing: a node with the new one alone cannot open the backup.
        using var late = new TestNode(keks.Node, tables: backup, kek: keks.New);
        await Assert.ThrowsAsync<KeyUnavailableException>(() => late.DecryptAsync("acme", value));
        string last = await fresh.Instance.Keys.CertifyShredAsync("acme", _signer);
        Assert.True((await fresh.Instance.Keys.VerifyShredAsync(last, _signer.Fingerprint, backup)).IsValid);

        async Task<ErasureCertificate> CertifyAsync()
        {
            string again = await fresh.Instance.Keys.CertifyShredAsync("acme", _signer);
            return ErasureCertificate.Check(again, _signer.Fingerprint).Certificate!;
        }
    }

    [Fact]
    public void SigningKey_WithAWrongPassphrase_OrDamaged_IsATypedError()
    {
        string path = _folder.File("signing.pem");
        Assert.Throws<ColumnCrypt.Kek.KekException>(() => FileSigningKey.Open(path, "another passphrase"));
        Assert.Throws<ColumnCrypt.Kek.KekException>(() => FileSigningKey.Create(path, Passphrase));
        using (var again = FileSigningKey.Open(path, Passphrase))
        {
            Assert.Equal(_signer.Fingerprint, again.Fingerprint);
        }

        string pem = File.ReadAllText(path);
        int middle = pem.Length / 2;
        File.WriteAllText(path, $"{pem[..middle]}{(pem[middle] == 'A' ? 'B' : 'A')}{pem[(middle + 1)..]}");
        Assert.Throws<ColumnCrypt.Kek.KekException>(() => FileSigningKey.Open(path, Passphrase));
    }

    private static async Task<IKeyStore> StoreOfAsync(TestNode node)
    {
        var copy = new InMemoryKeyStore(node.Time);
        var tenants = await node.Tables.Inventory.ReadTenantsAsync("", 5_000, default);
        var keys = await node.Tables.Inventory.ReadKeysAsync(null, null, 5_000, default);
        await copy.Inventory.RestoreAsync(new StoreRows(tenants, keys, await node.Tables.ReadKeksAsync(default), [], []), default);
        return copy;
    }
}
