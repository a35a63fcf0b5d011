using System.CommandLine;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Keys;

internal sealed class RotateKey : Verb
{
    private readonly Argument<string> _tenant = Parameters.Tenant();
    private readonly Option<string?> _reason = Parameters.Reason(required: false);

    public RotateKey()
        : base(
            "rotate",
            "Publishes the next version of a tenant's data key. It encrypts once the revocation bound is over; rows stay as they are.",
            "columncrypt keys rotate acme --reason \"yearly rotation\"")
    {
        Arguments.Add(_tenant);
        Options.Add(_reason);
    }

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        string tenant = call.Value(_tenant);
        var keys = call.Open();
        if (call.IsDryRun)
        {
            var info = await Lookup.TenantAsync(keys, tenant, cancellationToken).ConfigureAwait(false);
            Lookup.Demand(info.State == TenantState.Active, $"Tenant '{tenant}' is {info.State}: it gets no new key.");
            return Plan.Answer($"The next version of the data key of '{tenant}' would be published.", info);
        }

        return KeyText.Answer(
            await keys.RotateAsync(tenant, cancellationToken, call.Value(_reason)).ConfigureAwait(false),
            "It becomes Active after the revocation bound, on whichever node notices first.");
    }
}
