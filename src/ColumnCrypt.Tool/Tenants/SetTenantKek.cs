using System.CommandLine;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Tenants;

internal sealed class SetTenantKek : Verb
{
    private readonly Argument<string> _tenant = Parameters.Tenant();
    private readonly Option<string?> _own = new("--own") { Description = "The URI of the tenant's KEK, none of the application's.", HelpName = "URI" };
    private readonly Option<bool> _application = new("--application") { Description = "Gives the tenant the application's KEK back." };
    private readonly Option<string?> _reason = Parameters.Reason();

    public SetTenantKek()
        : base(
            "set-kek",
            "Gives a tenant a KEK of its own: its keys get a wrap under it, each proved, and new keys are wrapped under that one alone. The old wraps go with rewrap --drop.",
            "columncrypt tenants set-kek acme --own file:/etc/app/acme.json --reason \"contract 7\"",
            "columncrypt rewrap --to file:/etc/app/acme.json --from file:/etc/app/kek.json --tenant acme --tenant-kek file:/etc/app/acme.json --drop",
            "columncrypt tenants set-kek acme --application --reason \"contract 7 ended\"")
    {
        Arguments.Add(_tenant);
        Option[] all = [_own, _application, _reason];
        Array.ForEach(all, Options.Add);
    }

    public override string WhenInterrupted => "The keys open as before.";

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        string tenant = call.Value(_tenant);
        string? own = call.Value(_own);
        if (own is null != call.Value(_application))
        {
            throw CliException.Usage("Say which KEK the tenant is to have: --own URI, or --application.");
        }

        var keys = call.OpenForTenant(own);
        if (!call.IsDryRun)
        {
            return TenantText.Answer(await keys.SetTenantKekAsync(tenant, own, call.Value(_reason)!, cancellationToken).ConfigureAwait(false));
        }

        var found = await keys.FindTenantAsync(tenant, cancellationToken).ConfigureAwait(false);
        Lookup.Demand(found is not { State: TenantState.Shredded }, $"Tenant '{tenant}' is shredded.");
        return Plan.Answer($"The keys of '{tenant}' would get a wrap under {own ?? "the application's KEK"}, and its new ones would be wrapped under that one.", found);
    }
}
