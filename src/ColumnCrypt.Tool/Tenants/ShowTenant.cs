using System.CommandLine;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Tenants;

internal sealed class ShowTenant : Verb
{
    private readonly Argument<string> _tenant = Parameters.Tenant();

    public ShowTenant()
        : base("show", "Shows a tenant: its state, hold and shred.", "columncrypt tenants show acme") => Arguments.Add(_tenant);

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken) =>
        TenantText.Answer(await Lookup.TenantAsync(call.Open(), call.Value(_tenant), cancellationToken).ConfigureAwait(false));
}
