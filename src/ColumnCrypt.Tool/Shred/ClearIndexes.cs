using System.CommandLine;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Configuration;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Shred;

internal sealed class ClearIndexes : Verb
{
    private readonly Argument<string> _tenant = Parameters.Tenant();
    private readonly Option<string> _connection = new("--data-connection")
    {
        Description = "A connection string of the application's database, on the same provider, that may change the index columns.",
        HelpName = "STRING",
        Required = true,
    };

    public ClearIndexes()
        : base(
            "indexes",
            "Clears the blind index columns of a shredded tenant's rows.",
            "columncrypt shred indexes acme --data-connection \"Host=db;Database=clinic;Username=clinic_owner\"")
    {
        Arguments.Add(_tenant);
        Options.Add(_connection);
    }

    public override string WhenInterrupted => "What is cleared stays cleared.";

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        string tenant = call.Value(_tenant);
        var keys = call.Open();
        if (call.IsDryRun)
        {
            var info = await Lookup.TenantAsync(keys, tenant, cancellationToken).ConfigureAwait(false);
            Lookup.Demand(info.State == TenantState.Shredded, $"Tenant '{tenant}' is not shredded: its indexes are in use.");
            return Plan.Answer($"The index columns of the rows of '{tenant}' would be cleared.", info);
        }

        var data = KeyStores.OpenData(call.SettingsOf(call.Value(_connection)!), isReadOnly: false);
        await using (data.ConfigureAwait(false))
        {
            long cleared = await keys.ClearIndexesAsync(tenant, data, cancellationToken).ConfigureAwait(false);
            return new Answer(new { Tenant = tenant, Cleared = cleared }, page => page.Line($"The index columns of {TextPage.Number(cleared)} rows were cleared."));
        }
    }
}
