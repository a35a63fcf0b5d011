using ColumnCrypt.Format;
using ColumnCrypt.Kek.Vault;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.Tests.Vault;

/// <summary>Tokens live, are renewed and end, by a clock that the test moves.</summary>
public sealed class VaultTokenTests : IDisposable
{
    private static readonly WrapContext s_context = new(new KeyId(new byte[16]), "acme", new KeyId(Enumerable.Repeat((byte)7, 16).ToArray()), KeyKind.Data);

    private readonly ManualTimeProvider _time = new();
    private readonly VaultServer _server;

    public VaultTokenTests() => _server = new VaultServer(_time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task AppRole_LogsInOnceForAllCallers()
    {
        string name = await _server.CreateKeyAsync();
        var (roleId, secretId) = await _server.CreateRoleAsync(name, uses: 1);
        using var kek = Opened(name, VaultCredential.AppRole(roleId, secretId));
        await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => WrapAsync(kek)));
        Assert.Equal(1, _server.Count("approle/login"));
    }

    [Fact]
    public async Task AppRole_IsRenewedBeforeItExpires_WithoutACall()
    {
        string name = await _server.CreateKeyAsync();
        var (roleId, secretId) = await _server.CreateRoleAsync(name, lease: "60s", longest: "0s", uses: 1);
        using var kek = Opened(name, VaultCredential.AppRole(roleId, secretId));
        await WrapAsync(kek);
        for (int renewals = 1; renewals <= 5; renewals++)
        {
            await AdvanceAsync(kek, TimeSpan.FromSeconds(41), () => _server.Count("renew-self") >= renewals);
        }

        await WrapAsync(kek);
        Assert.Equal(1, _server.Count("approle/login"));
    }

    [Fact]
    public async Task AppRole_NearTheEndOfAllRenewals_LogsInAgainAheadOfIt()
    {
        string name = await _server.CreateKeyAsync();
        var (roleId, secretId) = await _server.CreateRoleAsync(name, lease: "60s", longest: "100s");
        using var kek = Opened(name, VaultCredential.AppRole(roleId, secretId));
        await WrapAsync(kek);
        await AdvanceAsync(kek, TimeSpan.FromSeconds(41), () => _server.Count("renew-self") == 1);
        Assert.Equal(1, _server.Count("approle/login"));
        await AdvanceAsync(kek, TimeSpan.FromSeconds(41), () => _server.Count("approle/login") == 2);
        await WrapAsync(kek);
        Assert.Equal(2, _server.Count("approle/login"));
    }

    // The secret id is used up: what was renewed counts to its very end.
    [Fact]
    public async Task AppRole_NearTheEndOfAllRenewals_UsesItsTokenUpWhereItCannotLogInAgain()
    {
        string name = await _server.CreateKeyAsync();
        var (roleId, secretId) = await _server.CreateRoleAsync(name, lease: "60s", longest: "100s", uses: 1);
        using var kek = Opened(name, VaultCredential.AppRole(roleId, secretId));
        await WrapAsync(kek);
        await AdvanceAsync(kek, TimeSpan.FromSeconds(41), () => _server.Count("renew-self") == 1);
        await AdvanceAsync(kek, TimeSpan.FromSeconds(41), () => _server.Count("approle/login") == 2);
        await AdvanceAsync(kek, TimeSpan.FromSeconds(17), static () => true);
        await WrapAsync(kek);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(KekFailure.Denied, (await Assert.ThrowsAsync<KekException>(() => WrapAsync(kek))).Failure);
    }

    [Fact]
    public async Task AppRole_WhenItsTokenIsRevoked_LogsInAgainOnce()
    {
        string name = await _server.CreateKeyAsync();
        var (roleId, secretId) = await _server.CreateRoleAsync(name);
        using var kek = Opened(name, VaultCredential.AppRole(roleId, secretId));
        await WrapAsync(kek);
        _server.Double.Revoke(_server.Http.Calls.Last().Header("X-Vault-Token")!);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => WrapAsync(kek)));
        Assert.Equal(2, _server.Count("approle/login"));
    }

    [Fact]
    public async Task AppRole_WhenItsRightsAreTaken_IsDeniedAndDoesNotLogInAgain()
    {
        string name = await _server.CreateKeyAsync();
        var (roleId, secretId) = await _server.CreateRoleAsync(name);
        using var kek = Opened(name, VaultCredential.AppRole(roleId, secretId));
        await WrapAsync(kek);
        await _server.AdministerAsync(HttpMethod.Put, $"sys/policies/acl/{name}", new { policy = "" });
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(KekFailure.Denied, (await Assert.ThrowsAsync<KekException>(() => WrapAsync(kek))).Failure);
        }

        Assert.Equal(1, _server.Count("approle/login"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AppRole_WhenItMayNotLogIn_IsDeniedAndShowsNoSecret(bool isRoleKnown)
    {
        string name = await _server.CreateKeyAsync();
        var (roleId, secretId) = await _server.CreateRoleAsync(name);
        using var kek = Opened(name, VaultCredential.AppRole(isRoleKnown ? roleId : "hunter2", isRoleKnown ? "hunter2" : secretId));
        var error = await Assert.ThrowsAsync<KekException>(() => WrapAsync(kek));
        Assert.Equal(KekFailure.Denied, error.Failure);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(secretId, error.ToString(), StringComparison.Ordinal);
    }

    // A caller that gives up does not use up a secret id for nothing.
    [Fact]
    public async Task AppRole_WhenTheFirstCallerGivesUp_TheLoginGoesOn()
    {
        string name = await _server.CreateKeyAsync();
        var (roleId, secretId) = await _server.CreateRoleAsync(name, uses: 1);
        using var kek = Opened(name, VaultCredential.AppRole(roleId, secretId));
        _server.Http.Pause();
        using var impatient = new CancellationTokenSource();
        var first = kek.WrapAsync(new byte[32], s_context, impatient.Token).AsTask();
        await UntilAsync(() => _server.Count("approle/login") == 1);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        _server.Http.Resume();
        await WrapAsync(kek);
        Assert.Equal(1, _server.Count("approle/login"));
    }

    [Fact]
    public async Task AppRoleFile_IsReadAtEachLogin()
    {
        using var folder = new TempFolder();
        string name = await _server.CreateKeyAsync();
        var (roleId, secretId) = await _server.CreateRoleAsync(name);
        await File.WriteAllTextAsync(folder.File("secret-id"), "stale\n", Token);
        using var kek = Opened(name, VaultCredential.AppRoleFile(roleId, folder.File("secret-id")));
        Assert.Equal(KekFailure.Denied, (await Assert.ThrowsAsync<KekException>(() => WrapAsync(kek))).Failure);
        await File.WriteAllTextAsync(folder.File("secret-id"), secretId + "\n", Token);
        await WrapAsync(kek);
    }

    [Fact]
    public async Task Token_IsRenewedAfterItsOwnWord()
    {
        string name = await _server.CreateKeyAsync();
        using var kek = Opened(name, VaultCredential.Token(_server.Double.Issue(name, TimeSpan.FromHours(1))));
        await WrapAsync(kek);
        await AdvanceAsync(kek, TimeSpan.FromMinutes(41), () => _server.Count("renew-self") == 1);
        await AdvanceAsync(kek, TimeSpan.FromMinutes(30), static () => true);
        await WrapAsync(kek);
    }

    [Fact]
    public async Task Token_ThatLivesForEver_IsNotRenewed()
    {
        string name = await _server.CreateKeyAsync();
        using var kek = Opened(name, VaultCredential.Token(_server.Double.Issue(name)));
        await WrapAsync(kek);
        Assert.Equal(0, _time.ActiveTimers);
    }

    [Fact]
    public async Task Token_WhenItHasExpired_IsDenied()
    {
        string name = await _server.CreateKeyAsync();
        using var kek = Opened(name, VaultCredential.Token(_server.Double.Issue(name, TimeSpan.FromMinutes(1), isRenewable: false)));
        await WrapAsync(kek);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(KekFailure.Denied, (await Assert.ThrowsAsync<KekException>(() => WrapAsync(kek))).Failure);
    }

    [Fact]
    public async Task TokenFile_IsReadAgainOnceItsTokenHasEnded()
    {
        using var folder = new TempFolder();
        string name = await _server.CreateKeyAsync();
        string first = _server.Double.Issue(name);
        await File.WriteAllTextAsync(folder.File("token"), first, Token);
        using var kek = Opened(name, VaultCredential.TokenFile(folder.File("token")));
        await WrapAsync(kek);
        await File.WriteAllTextAsync(folder.File("token"), _server.Double.Issue(name) + "\n", Token);
        _server.Double.Revoke(first);
        await WrapAsync(kek);
    }

    [Fact]
    public async Task TokenFile_ThatIsStaleAtFirst_IsReadAgain()
    {
        using var folder = new TempFolder();
        string name = await _server.CreateKeyAsync();
        await File.WriteAllTextAsync(folder.File("token"), "stale", Token);
        using var kek = Opened(name, VaultCredential.TokenFile(folder.File("token")));
        Assert.Equal(KekFailure.Denied, (await Assert.ThrowsAsync<KekException>(() => WrapAsync(kek))).Failure);
        await File.WriteAllTextAsync(folder.File("token"), _server.Double.Issue(name), Token);
        await WrapAsync(kek);
    }

    [Fact]
    public async Task Token_WhenVaultIsSealedAtFirst_IsRenewedAllTheSame()
    {
        string name = await _server.CreateKeyAsync();
        using var kek = Opened(name, VaultCredential.Token(_server.Double.Issue(name, TimeSpan.FromHours(1))));
        _server.Double.IsSealed = true;
        Assert.Equal(KekFailure.Unavailable, (await Assert.ThrowsAsync<KekException>(() => WrapAsync(kek))).Failure);
        _server.Double.IsSealed = false;
        await WrapAsync(kek);
        await AdvanceAsync(kek, TimeSpan.FromMinutes(41), () => _server.Count("renew-self") == 1);
    }

    [Fact]
    public async Task Renewal_WhenVaultIsSealed_IsTriedAgain()
    {
        string name = await _server.CreateKeyAsync();
        var (roleId, secretId) = await _server.CreateRoleAsync(name, uses: 1);
        using var kek = Opened(name, VaultCredential.AppRole(roleId, secretId));
        await WrapAsync(kek);
        _server.Double.IsSealed = true;
        await AdvanceAsync(kek, TimeSpan.FromSeconds(41), () => _server.Count("renew-self") == 1);
        _server.Double.IsSealed = false;
        await AdvanceAsync(kek, TimeSpan.FromSeconds(8), () => _server.Count("renew-self") == 2);
        await AdvanceAsync(kek, TimeSpan.FromSeconds(20), static () => true);
        await WrapAsync(kek);
        Assert.Equal(1, _server.Count("approle/login"));
    }

    [Fact]
    public async Task Dispose_EndsTheRenewals()
    {
        string name = await _server.CreateKeyAsync();
        var (roleId, secretId) = await _server.CreateRoleAsync(name);
        var kek = Opened(name, VaultCredential.AppRole(roleId, secretId));
        await WrapAsync(kek);
        Assert.Equal(1, _time.ActiveTimers);
        kek.Dispose();
        Assert.Equal(0, _time.ActiveTimers);
    }

    private VaultKek Opened(string name, VaultCredential credential) => (VaultKek)_server.Open(name, vault => vault.Credential = credential);

    private static async Task WrapAsync(VaultKek kek) => Assert.Equal("v1", (await kek.WrapAsync(new byte[32], s_context, Token)).KekVersion);

    // A renewal runs beside the test, which waits for it.
    private async Task AdvanceAsync(VaultKek kek, TimeSpan by, Func<bool> done)
    {
        _time.Advance(by);
        await kek.Session.Renewing;
        Assert.True(done());
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            await Task.Delay(5, patience.Token);
        }
    }
}
