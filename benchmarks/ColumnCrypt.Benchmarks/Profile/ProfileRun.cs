using System.Globalization;
using System.Text;
using ColumnCrypt.Benchmarks.Report;
using ColumnCrypt.Benchmarks.Short;

namespace ColumnCrypt.Benchmarks.Profile;

/// <summary>Measures the parts of what has a target and writes docs/profile.md: where the time goes, and why a target that is missed is missed.</summary>
public static class ProfileRun
{
    private static readonly ReportSection[] s_sections =
    [
        new(
            "direct",
            "A value, libcrypto called directly",
            """
            The base is one reused `AesGcm` that encrypts a payload of that size between preallocated spans, with 48 bytes of associated data. Lines that begin with a
            stroke are parts, each measured alone and in a loop, where all its memory is in the cache: they add up to a little less than the whole.

            - The cipher is most of a short value. Within it OpenSSL spends about a third on setting the nonce, during which it looks the length of nonces up by name.
            - Of a nonce the kernel takes four fifths: one call of the system for 32 of them. Where calls of the system are slow (a virtual machine within another one), this part grows.
            - What is left is the lease, the checks of state, the counters.
            - From 1 KiB on the result costs more than the nonce and the lease: memory that the collector hands out is zeroed or touched for the first time. At 16 KiB encrypting into a
              fresh array is by itself close to the target of 1.15; the text is encoded into rented memory before, and that is zeroed after.
            """,
            ValueParts.DirectAsync),
        new("portable", "A value, through AesGcm", "As above. `AesGcm` makes five calls into .NET's shim for a value, each of which empties OpenSSL's queue of errors first: that is what a short value costs.", ValueParts.PortableAsync),
        new(
            "wraps",
            "A DEK under a KEK of this process",
            """
            The base encrypts the same 32 bytes. Each wrap takes one nonce straight from the operating system, never buffered: a KEK lives for years. That call of the system is most
            of a wrap, and the whole difference between wrapping and unwrapping. Where it costs more than the base, the target of 2.3 cannot be reached without buffering.
            """,
            WrapCases.StepsAsync),
        new("nonces", "Nonces", "One nonce of 96 bits. The base encrypts 64 B.", PrimitiveCases.NoncesAsync),
        new(
            "ef",
            "Entity Framework Core",
            """
            The whole operation on the same entity in plaintext, without ColumnCrypt, is 1. *Bytes of that size* is an entity without ColumnCrypt that has `byte[]` columns as long as the ciphertext: what
            the database and Entity Framework take for larger values, whoever made them. *The values protected* is the encryption alone, without Entity Framework. What the encrypted
            operation takes beyond the two is what the hooks cost: a count of uses for each entry, and for each value the search for its context, keys and codec.

            - An insert opens the write window once for each command; SQLite has one command for each row. It is opened by decorating `IRelationalCommandDiagnosticsLogger`, a public
              service. A command interceptor, which was there before, makes Entity Framework build the data of six events for each command: before and after in turn, with little
              else running, 1.46 and 1.64 × plain became 1.31 and 1.19. On a busy machine single runs scatter from 1.1 to 1.8 before and 1.3 to 1.7 after.
            - Looked at and left: decorating `IRelationalCommandBuilderFactory` (its commands serve saves alone, queries rent theirs from the connection); opening one window
              for a whole save (it would stay open over an `await`, and another context on that thread would encrypt under this one's tenant); the type mapping's `CreateParameter` (it knows no context).
            - An indexed insert also pays the database for an index whose values come in random order; names in plaintext come in the order in which they are inserted here.
            """,
            EfParts.RunAsync),
    ];

    /// <param name="folder">The folder of the profile, <c>docs</c>.</param>
    /// <param name="names">The sections to measure; none for all.</param>
    /// <param name="output">Tells how it goes.</param>
    public static async Task RunAsync(string folder, IReadOnlyCollection<string> names, TextWriter output)
    {
        Directory.CreateDirectory(folder);
        var text = new StringBuilder(Head());
        foreach (var section in s_sections.Where(section => names.Count == 0 || names.Contains(section.Name)))
        {
            List<Measurement> measured = [];
            await foreach (var measurement in section.Run())
            {
                await output.WriteLineAsync(measurement.ToString());
                measured.Add(measurement);
            }

            text.Append(Chapter.Write(section, measured, plot: false));
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "profile.md"), text.ToString());
    }

    private static string Head() => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        # Where the time goes

        Made by one command; do not edit:

        ```
        dotnet run -c Release --project benchmarks/ColumnCrypt.Benchmarks -- --profile docs
        ```

        As in [benchmarks.md](benchmarks.md) every figure is a ratio within one process: both sides in turn, 15 rounds after a warm-up, the median.
        {(Interleaved.MeasuresProcessorTime ? "Processor time was compared, not the time that passed.\n" : "")}
        {Machine.Describe()}

        """);
}
