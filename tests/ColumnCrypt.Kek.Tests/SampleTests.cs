using ColumnCrypt.Configuration;
using ColumnCrypt.Kek.Tests.MlKem;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Samples.Clinic;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Kek.Tests;

/// <summary>The whole sample on each backend: what changes is one registration and one URI.</summary>
public sealed class SampleTests : IDisposable
{
    private readonly Backends _backends = new();
    private readonly TempFolder _folder = new();

    public static TheoryData<string> Names() => [.. Backends.Names];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Names))]
    public async Task Sample_OnEachBackend_ShowsWhatItPromises(string backend) => await RunAsync(backend);

    [Fact, Trait(MlKemSupport.Trait, MlKemSupport.Value)]
    public async Task Sample_OnMlKem_ShowsWhatItPromises() => await RunAsync("mlkem");

    public void Dispose()
    {
        _backends.Dispose();
        _folder.Dispose();
    }

    private async Task RunAsync(string backend)
    {
        string uri = await _backends.CreateAsync(backend);
        var database = new SampleDatabase(new SampleOptions(_folder.Path, null));
        await database.ClearAsync();
        string? commitment = Backends.WrapsPublicly(backend) ? await MakeInstallationAsync(uri) : null;
        using var output = new StringWriter();
        await using (var services = database.BuildServices(cc => Pin(_backends.Use(_backends.Register(cc), uri), commitment)))
        {
            await new Walkthrough(database, services, output).RunAsync(PatientFile.Read(Path.Combine(AppContext.BaseDirectory, "patients.csv")));
            // A hierarchical KEK is listed as the layer, and as its inner KEK.
            Assert.Contains(await services.GetRequiredService<ColumnCryptInstance>().Keys.ListKeksAsync(Token), kek => (kek.KekId == uri || uri == "hierarchical:" + kek.KekId) && kek.AddedAt is not null);
        }

        Assert.Contains("  refused: ", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("  northgate: 140 patients read", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("  hillcrest: cannot be read any more. TenantShreddedException", output.ToString(), StringComparison.Ordinal);
    }

    // As docs/kek/x509.md says: made under another KEK, pinned, moved.
    private async Task<string> MakeInstallationAsync(string uri)
    {
        string first = await _backends.CreateAsync("file");
        string commitment;
        using (var init = Open(cc => _backends.Use(cc, first)))
        {
            commitment = (await init.Keys.InitAsync(cancellationToken: Token)).Commitment;
        }

        using var operators = Open(cc => Pin(_backends.Use(cc, uri), commitment).AllowKek(first, _backends.Unseal));
        Assert.Empty((await operators.Keys.RewrapAsync(new RewrapOptions(uri), cancellationToken: Token)).Failures);
        Assert.Empty((await operators.Keys.RewrapAsync(new RewrapOptions(uri) { From = first, Phase = RewrapPhase.Drop, Force = true }, cancellationToken: Token)).Failures);
        return commitment;
    }

    private ColumnCryptInstance Open(Action<ColumnCryptBuilder> configure) => ColumnCryptInstance.Create(cc =>
    {
        _backends.Register(cc).UseSqliteKeyStore($"Data Source={Path.Combine(_folder.Path, "keys.db")}");
        configure(cc);
    });

    private static ColumnCryptBuilder Pin(ColumnCryptBuilder builder, string? commitment) => commitment is null ? builder : builder.PinInstallation(commitment);
}
