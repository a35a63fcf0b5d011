using System.CommandLine;
using System.Globalization;
using ColumnCrypt.Search;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Indexes;

internal sealed class PlanIndex : Verb
{
    private const long MaxRows = 1_000_000_000_000;

    private readonly Option<long?> _rows = Parameters.Number("--rows", "The rows of one tenant that have a value.", 1, MaxRows);
    private readonly Option<long?> _distinct = Parameters.Number("--distinct", "How many different values they hold.", 1, MaxRows);
    private readonly Option<long?> _mostFrequent = Parameters.Number("--most-frequent", "How many rows hold the most frequent value. Without it, as many as any.", 1, MaxRows);
    private readonly Option<int?> _otherBits = Parameters.Number("--other-bits", "The bits of other indexes on the same property, added up.", 0, 256);

    public PlanIndex()
        : base(
            "plan",
            "Proposes the bits of a blind index and the buckets of a range index from counts, and says why. Needs no key store and no KEK.",
            "columncrypt index plan --rows 50000 --distinct 40000",
            "columncrypt index plan --rows 50000 --distinct 900 --most-frequent 1200 --json")
    {
        _rows.Required = true;
        _distinct.Required = true;
        Options.Add(_rows);
        Options.Add(_distinct);
        Options.Add(_mostFrequent);
        Options.Add(_otherBits);
    }

    public override Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        try
        {
            var plan = IndexPlan.Make(call.Value(_rows)!.Value, call.Value(_distinct)!.Value, call.Value(_mostFrequent), call.Value(_otherBits) ?? 0);
            var reasons = Reasons(plan).ToList();
            return Task.FromResult<Answer?>(new Answer(new PlanView(plan.Bits, plan.Buckets, Rounded(plan.RowsPerLookup), Rounded(plan.Prominence), plan.IsSlow, reasons), page =>
            {
                page.Fields(
                    ("bits", plan.Bits?.ToString(CultureInfo.InvariantCulture) ?? "none: see below"),
                    ("buckets", plan.Buckets is { } buckets ? TextPage.Number(buckets) : "none: see below"),
                    ("rows per lookup", plan.RowsPerLookup is { } rows ? Short(rows) : null),
                    ("prominence", plan.Prominence is { } times ? Short(times) + " × the average index value" : null));
                reasons.ForEach(page.Line);
            }));
        }
        catch (EncryptionModelException error)
        {
            throw CliException.Usage(error.Message);
        }
    }

    private static IEnumerable<string> Reasons(IndexPlan plan)
    {
        yield return $"At least {Bits(plan.FewestBits)}: a lookup reads at most √R = {Short(Math.Sqrt(plan.Rows))} rows (CipherSweet: C = R / 2^bits is at most √R).";
        yield return $"At most {Bits(plan.MostBitsByCoincidence)}: two rows share an index value by chance (CipherSweet: C is at least 2{Others(plan)}).";
        yield return $"At most {Bits(plan.MostBitsByValues)}: two of {TextPage.Number(plan.Distinct)} different values share an index value (AWS beacons{Others(plan)}).";
        yield return $"At most {Bits(plan.MostBitsByFrequency)}: the most frequent value, in {TextPage.Number(plan.MostFrequent)} rows, shows in at most twice as many rows as another index value.";
        if (plan.Bits is null)
        {
            yield return "No truncated index hides these values. Filter after decryption, index them together with another property, or take all 256 bits and accept that frequencies show.";
        }
        else if (plan.IsSlow)
        {
            yield return $"{Bits(plan.Bits.Value)} hide what the rules demand, but a lookup reads more than √R rows. More bits are faster and show more.";
        }

        yield return plan.Buckets is null
            ? "No buckets: fewer than 4 different values."
            : $"Buckets: about √R, two different values or more in each, at most {TextPage.Number(RangeBuckets.MaxCount)}. Put their edges where the data is.";
        yield return "A unique index has all 256 bits: it shows which values are equal, and in one table none are.";
    }

    private static string Others(IndexPlan plan) => plan.OtherBits == 0 ? "" : $"; {Bits(plan.OtherBits)} of other indexes are taken off";

    private static string Bits(int bits) => bits == 1 ? "1 bit" : string.Create(CultureInfo.InvariantCulture, $"{bits} bits");

    private static double? Rounded(double? number) => number is { } value ? Math.Round(value, 2) : null;

    private static string Short(double number) => number.ToString(number < 100 ? "0.##" : "N0", CultureInfo.InvariantCulture);
}
