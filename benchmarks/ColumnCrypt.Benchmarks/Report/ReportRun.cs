using System.Globalization;
using System.Text;
using System.Text.Json;
using ColumnCrypt.Benchmarks.Short;

namespace ColumnCrypt.Benchmarks.Report;

/// <summary>Measures everything and writes docs/benchmarks.md, its plots and the raw results.</summary>
public static class ReportRun
{
    private const string Command = "dotnet run -c Release --project benchmarks/ColumnCrypt.Benchmarks -- --report docs";

    private static readonly ReportSection[] s_sections =
    [
        new("primitive", "The cipher alone", "The base is one reused `AesGcm` that encrypts a payload between preallocated spans, with 48 bytes of associated data; each line's is that of its size.", PrimitiveCases.RunAsync),
        new("nonces", "Nonces", "One nonce of 96 bits. The base encrypts 64 B.", PrimitiveCases.NoncesAsync),
        new("lookups", "Keys at hand", "What comes before the cipher, warm. The base encrypts 64 B.", RingCases.LookupsAsync),
        new("value", "One value", "A string of ASCII, protected and unprotected with each provider. The base is one reused `AesGcm` that encrypts the same payload between preallocated spans, with 48 bytes of associated data.", SizeCases.RunAsync),
        new("types", "By type", "One value of each type; the base as above, for the size of its encoding.", SizeCases.TypesAsync),
        new("indexes", "Blind indexes by kind", "One index value, normalised, encoded and computed. The base encrypts 64 B.", RingCases.IndexesAsync),
        new("peers", "Constructions of others", "A string of 64 B, encrypted by constructions that are common elsewhere, written here as carefully as each allows.", SizeCases.PeersAsync),
        new("contention", "Threads under one key", "As many threads with an `AesGcm` of their own, which share nothing, are 1.", ContentionCases.CurveAsync),
        new("ef", "Entity Framework Core", "The same entity in plaintext, without ColumnCrypt, is 1. Strings of about 30 characters.", EfMatrixCases.RunAsync),
        new("search", "Searching", "One of three strings indexed: an ordinary index on plaintext is 1.", SearchCases.BothAsync),
        new("curve", "Lookups by rows", "One row found among so many, 200 times; a lookup of plaintext by equality behind an ordinary index, in the same table, is 1. COLUMNCRYPT_LONG=1 goes to 1,000,000 rows.", LookupCases.RunAsync),
        new("columns", "By encrypted columns", "As above, by the number of encrypted strings in a row.", EfMatrixCases.ColumnsAsync),
        new("tenants", "Growth by tenants", "A request acquires its tenant's ring, protects and unprotects 30 values in three columns, and gives the ring back; tenants in turn, all warm. One tenant is 1.", GrowthCases.TenantsAsync),
        new("versions", "Growth by DEK versions", "One tenant's values under so many versions, read in turn. One version is 1.", GrowthCases.VersionsAsync),
        new("memory", "Memory by tenants", "The growth of the process's working set, key tables in memory included.", MemoryCases.CurveAsync),
        new("wraps", "Wrapping keys", "A DEK of 32 bytes under a `file:` KEK of 12 letters of tenant, in the process alone: no database. The base encrypts the same 32 bytes. A rewrap opens under one KEK and wraps under another.", WrapCases.StepsAsync),
        new("cold", "Cold start", "What a node asks for when it meets a tenant for the first time.", ColdStartCases.RunAsync),
        new("coldgrowth", "Cold start by tenants", "A new process opens 50 tenants' rings one after the other, the key tables being in a SQLite file of so many tenants. With 50 tenants in it is 1.", ColdStartCurve.RunAsync),
    ];

    /// <param name="folder">The folder of the report, <c>docs</c>.</param>
    /// <param name="names">The sections to measure; none for all.</param>
    /// <param name="output">Tells how it goes.</param>
    public static async Task RunAsync(string folder, IReadOnlyCollection<string> names, TextWriter output)
    {
        string plots = Path.Combine(folder, "benchmarks");
        Directory.CreateDirectory(plots);
        var raw = new Dictionary<string, IReadOnlyList<Measurement>>(StringComparer.Ordinal);
        var text = new StringBuilder(Head());
        foreach (var section in s_sections.Where(section => names.Count == 0 || names.Contains(section.Name)))
        {
            List<Measurement> measured = [];
            await foreach (var measurement in section.Run())
            {
                await output.WriteLineAsync(measurement.ToString());
                measured.Add(measurement);
            }

            raw.Add(section.Name, measured);
            await File.WriteAllTextAsync(Path.Combine(plots, $"{section.Name}.svg"), BarChart.Draw(measured));
            text.Append(Chapter.Write(section, measured, plot: true));
        }

        await File.WriteAllTextAsync(Path.Combine(plots, "results.json"), JsonSerializer.Serialize(raw, new JsonSerializerOptions { WriteIndented = true }) + "\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "benchmarks.md"), text.ToString());
    }

    private static string Head() => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        # Benchmarks

        Made by one command; do not edit:

        ```
        {Command}
        ```

        Every figure is a ratio within one process, or a count: both sides in turn, 15 rounds after a warm-up, the median. Lower is better. A target is
        what [the project set itself](development.md#measured); the stroke in a plot. What is over its target stands here as it is. Raw results:
        [results.json](benchmarks/results.json). Why: [profile.md](profile.md).{(Interleaved.MeasuresProcessorTime ? " Processor time was compared, not the time that passed." : "")}

        {Machine.Describe()}

        """);
}
