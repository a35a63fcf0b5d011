using System.CommandLine;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Tool.Jobs;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Rewrap;

internal sealed class RewrapKeys : Verb
{
    private readonly Option<string> _to = new("--to") { Description = "The KEK that keys move to.", HelpName = "URI", Required = true };
    private readonly Option<string?> _from = new("--from") { Description = "The KEK that they leave. Default: every other one.", HelpName = "URI" };
    private readonly Option<string[]> _tenants = new("--tenant")
    {
        Description = "Works on the keys of this tenant alone, and the installation key. Repeatable. Where the tenant has a KEK of its own, --to is that one.",
        HelpName = "TENANT",
    };
    private readonly Option<bool> _drop = new("--drop")
    {
        Description = "The second run: clears the old wraps of keys that have a verified new one.",
    };
    private readonly Option<bool> _force = new("--force") { Description = "Drops although a live node has not yet unwrapped through the new KEK." };
    private readonly Option<double?> _rate = Parameters.Number("--rate", "How many keys a second at most.", 0.001, 1_000_000);
    private readonly Option<int?> _batch = Parameters.Number("--batch", "How many keys a transaction has. Default: 500.", 1, 1_000);
    private readonly Option<(int Index, int Count)?> _partition = Partitions.Option("--partition");
    private readonly Option<bool> _enqueue = new("--enqueue")
    {
        Description = "Only asks for it; needs no KEK. A worker does it once an operator has approved the job.",
    };

    public RewrapKeys()
        : base(
            "rewrap",
            "Moves the wraps of all keys to another KEK, without touching a row of data. The first run adds and verifies new wraps; a second one, with --drop, clears the old ones.",
            "columncrypt rewrap --to file:/etc/app/new.json --dry-run",
            "columncrypt rewrap --to file:/etc/app/new.json --rate 500",
            "columncrypt rewrap --to file:/etc/app/new.json --from file:/etc/app/old.json --drop --yes")
    {
        Option[] all = [_to, _from, _tenants, _drop, _force, _rate, _batch, _partition, _enqueue];
        Array.ForEach(all, Options.Add);
    }

    public override string WhenInterrupted => "What is moved stays moved, and no key is half moved.";

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var options = Read(call);
        if (call.Value(_enqueue))
        {
            return call.IsDryRun
                ? Plan.Answer($"A rewrap to {options.To} would be asked for.")
                : JobText.Answer(
                    await call.OpenWithoutKek(options.To).Keys.EnqueueRewrapAsync(options, cancellationToken).ConfigureAwait(false),
                    "An operator approves it with columncrypt jobs approve, a worker or columncrypt jobs run executes it.");
        }

        if (options is { Phase: RewrapPhase.Drop, DryRun: false })
        {
            Confirmation.Demand(call, $"{Dropped(options)} will be cleared{(options.Tenants is null ? "" : $", of {string.Join(", ", options.Tenants)}")}.", options.To);
        }

        var keys = call.Open(call.Named(options.To), call.Named(options.From));
        var result = await call.Progress().RunAsync("rewrap", progress => keys.RewrapAsync(options, progress, cancellationToken)).ConfigureAwait(false);
        return RewrapText.Answer(result, options);
    }

    // What From does not name may be an escrow, and stays.
    private static string Dropped(RewrapOptions options) => options.From is { } from
        ? $"Every wrap under {from}"
        : $"Every wrap under another KEK of this configuration than {options.To}, escrow ones left out,";

    private RewrapOptions Read(Call call)
    {
        var (partition, partitions) = call.Value(_partition) ?? (0, 1);
        if (call.Value(_force) && !call.Value(_drop))
        {
            throw CliException.Usage("--force is about dropping old wraps: it goes with --drop.");
        }

        return new RewrapOptions(call.Value(_to)!)
        {
            From = call.Value(_from),
            Tenants = call.Value(_tenants) is { Length: > 0 } tenants ? tenants.ToHashSet(StringComparer.Ordinal) : null,
            Phase = call.Value(_drop) ? RewrapPhase.Drop : RewrapPhase.Add,
            DryRun = call.IsDryRun,
            Force = call.Value(_force),
            MaxPerSecond = call.Value(_rate),
            BatchSize = call.Value(_batch) ?? 500,
            Partition = partition,
            Partitions = partitions,
        };
    }
}
