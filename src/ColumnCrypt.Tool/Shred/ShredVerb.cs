using System.CommandLine;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Tenants;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Shred;

/// <summary>A verb about the keys of one tenant.</summary>
internal abstract class ShredVerb : Verb
{
    private readonly Argument<string> _tenant = Parameters.Tenant();
    private readonly Option<string?> _reason;

    protected ShredVerb(string name, string description, string example, bool demandsReason = true)
        : base(name, description, example)
    {
        _reason = Parameters.Reason(demandsReason);
        Arguments.Add(_tenant);
        Options.Add(_reason);
    }

    /// <summary>What a dry run says would happen to the tenant.</summary>
    protected abstract string Would { get; }

    /// <summary>Whether keys are destroyed.</summary>
    protected virtual bool Destroys => false;

    /// <summary>What will be so afterwards, where a slip would hurt; else null.</summary>
    protected virtual string? Consequence => null;

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        string tenant = call.Value(_tenant);
        if (Consequence is { } consequence && !call.IsDryRun)
        {
            Confirmation.Demand(call, $"Tenant '{tenant}': {consequence}", tenant);
        }

        var keys = Destroys && !call.IsDryRun ? call.OpenToShred() : call.Open();
        if (!call.IsDryRun)
        {
            return TenantText.Answer(await ChangeAsync(call, keys, tenant, call.Value(_reason), cancellationToken).ConfigureAwait(false));
        }

        var info = await Lookup.TenantAsync(keys, tenant, cancellationToken).ConfigureAwait(false);
        Lookup.Demand(Objection(info) is null, $"Tenant '{tenant}' {Objection(info)}.");
        return Plan.Answer($"Tenant '{tenant}' {Would}", info);
    }

    /// <summary>Why the tenant's state does not allow it; null where it does.</summary>
    protected abstract string? Objection(TenantInfo tenant);

    protected abstract Task<TenantInfo> ChangeAsync(Call call, IKeyManager keys, string tenant, string? reason, CancellationToken cancellationToken);
}
