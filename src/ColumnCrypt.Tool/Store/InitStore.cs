using System.CommandLine;
using ColumnCrypt.Tool.Configuration;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Store;

internal sealed class InitStore : Verb
{
    private readonly Option<bool> _script = new("--script")
    {
        Description = "Prints the SQL that makes the key tables, for a DBA; needs no KEK and no connection.",
    };
    private readonly Option<bool> _upgrade = new("--upgrade") { Description = "Adds what the tables of an older version lack; with --script prints the SQL of that alone." };
    private readonly Option<string?> _roles = new("--roles")
    {
        Description = "With --script on PostgreSQL: the grants of three roles that exist.",
        HelpName = "APP,OPERATOR,AUDITOR",
    };

    public InitStore()
        : base(
            "init",
            "Makes the key tables and the installation key where they are missing, and prints the commitment to pin.",
            "columncrypt init",
            "columncrypt init --script --provider postgresql --schema keys --roles clinic_app,clinic_operator,clinic_auditor | psql clinic",
            "columncrypt init --upgrade --script --provider postgresql --schema keys")
    {
        Options.Add(_script);
        Options.Add(_upgrade);
        Options.Add(_roles);
    }

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        if (call.Value(_script))
        {
            string script = KeyStores.Script(call.Settings, Roles(call), call.Value(_upgrade));
            if (!call.IsJson)
            {
                await call.Environment.Output.WriteLineAsync(script.TrimEnd()).ConfigureAwait(false);
                return null;
            }

            return new Answer(new { Script = script }, static _ => { });
        }

        if (call.Value(_roles) is not null)
        {
            throw CliException.Usage("--roles goes with --script: grants are a DBA's to run.");
        }

        return call.IsDryRun ? await PlanAsync(call, cancellationToken).ConfigureAwait(false) : await InitAsync(call, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Answer> InitAsync(Call call, CancellationToken cancellationToken)
    {
        if (call.Value(_upgrade))
        {
            await call.Open().ListKeksAsync(cancellationToken).ConfigureAwait(false);
        }

        var installation = await call.OpenToInitialize().InitAsync(null, cancellationToken).ConfigureAwait(false);
        return new Answer(installation, page =>
        {
            page.Fields(("installation", installation.KeyId.ToString()), ("commitment", installation.Commitment));
            page.Line("Pin it: cc.PinInstallation(\"…\") in the application, \"pin\" in columncrypt.json.");
        });
    }

    private static async Task<Answer> PlanAsync(Call call, CancellationToken cancellationToken)
    {
        try
        {
            var status = await call.Open().GetStatusAsync(cancellationToken).ConfigureAwait(false);
            return Plan.Answer($"Nothing but missing tables would be made: installation {status.InstallationId} exists.", StatusView.Of(status));
        }
        catch (KeyUnavailableException error) when (error.Reason == KeyUnavailableReason.NotInitialized)
        {
            return Plan.Answer("The key tables and an installation key would be made where they are missing.");
        }
    }

    private (string Application, string Operator, string Auditor)? Roles(Call call) =>
        call.Value(_roles)?.Split(',', StringSplitOptions.TrimEntries) switch
    {
        null => null,
        [{ Length: > 0 } application, { Length: > 0 } @operator, { Length: > 0 } auditor] => (application, @operator, auditor),
        _ => throw CliException.Usage("--roles takes three names: APP,OPERATOR,AUDITOR."),
    };
}
