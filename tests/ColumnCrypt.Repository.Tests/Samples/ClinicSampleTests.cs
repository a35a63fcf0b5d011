using System.Diagnostics;
using System.Text;
using ColumnCrypt.TestSupport;
using Npgsql;

namespace ColumnCrypt.Repository.Tests.Samples;

/// <summary>The sample does what the README says of it, on both databases.</summary>
// Must hold 10: the README's first command.
public sealed class ClinicSampleTests : IDisposable
{
    private static readonly string[] s_plaintexts =
        [.. File.ReadLines(Repository.At("samples", "Clinic", "patients.csv")).Skip(1).Take(20).SelectMany(static line => line.Split(',')[1..3])];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sample_WhenRunTwiceOnSqlite_ShowsBothTimesWhatItPromises()
    {
        AssertPromises(Run("--folder", _folder.Path));
        AssertPromises(Run("--folder", _folder.Path));

        var files = Directory.EnumerateFiles(_folder.Path).SelectMany(File.ReadAllBytes).ToArray();
        Assert.True(files.AsSpan().IndexOf("northgate"u8) >= 0);
        Assert.All(s_plaintexts, text => Assert.Equal(-1, files.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text))));
    }

    [Fact]
    public void Sample_WhenRunTwiceOnPostgreSql_ShowsBothTimesWhatItPromises()
    {
        var connectionString = PostgreSqlServer.Shared.CreateDatabase();
        using (var other = new NpgsqlConnection(connectionString))
        {
            other.Open();
            using var command = new NpgsqlCommand("CREATE TABLE somebody_elses (id int); INSERT INTO somebody_elses VALUES (1)", other);
            command.ExecuteNonQuery();
        }

        AssertPromises(Run("--folder", _folder.Path, "--postgres", connectionString));
        AssertPromises(Run("--folder", _folder.Path, "--postgres", connectionString));

        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        using var count = new NpgsqlCommand("SELECT (SELECT count(*) FROM somebody_elses) * 1000 + (SELECT count(*) FROM columncrypt_clinic.\"Patients\")", connection);
        Assert.Equal(1360L, count.ExecuteScalar());
    }

    [Theory]
    [InlineData("--postgres")]
    [InlineData("--what", "x")]
    [InlineData("x")]
    public void Sample_WhenTheCommandLineIsWrong_SaysHowItIsUsed(params string[] arguments)
    {
        var (code, _, error) = Start(arguments);
        Assert.Equal(2, code);
        Assert.Contains("usage:", error, StringComparison.Ordinal);
    }

    private static void AssertPromises(string output)
    {
        Assert.Contains("360 made-up patients of 3 clinics", output, StringComparison.Ordinal);
        Assert.Contains("Test Cedar 001                           c1 ", output, StringComparison.Ordinal);
        Assert.Contains("Patients.Ssn, purpose patient.ssn", output, StringComparison.Ordinal);
        Assert.Contains("  refused: ", output, StringComparison.Ordinal);
        Assert.Contains("  northgate: 140 patients read", output, StringComparison.Ordinal);
        Assert.Contains("  riverside: 120 patients read", output, StringComparison.Ordinal);
        Assert.Contains("  hillcrest: cannot be read any more. TenantShreddedException", output, StringComparison.Ordinal);
        Assert.DoesNotContain("  hillcrest: 100 patients read", output, StringComparison.Ordinal);
        Assert.Contains("ms  insert 140 patients of northgate", output, StringComparison.Ordinal);
        Assert.Contains("Where to look next:", output, StringComparison.Ordinal);
    }

    private static string Run(params string[] arguments)
    {
        var (code, output, error) = Start(arguments);
        Assert.True(code == 0, $"The sample ended with {code}:\n{output}\n{error}");
        return output;
    }

    private static (int Code, string Output, string Error) Start(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["run", "--no-build", "--configuration", Repository.Configuration, "--project", Repository.At("samples", "Clinic"), "--", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
