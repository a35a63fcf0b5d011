using Xunit;

namespace ColumnCrypt.TestSupport;

/// <summary>What becomes of a test whose server is not installed: skipped, or failed where the run demands every server.</summary>
public static class RequiredServers
{
    /// <summary>The environment variable that, set to 1, turns such a skip into a failure.</summary>
    public const string Variable = "COLUMNCRYPT_REQUIRE_SERVERS";

    /// <summary>Ends the running test.</summary>
    /// <param name="what">What is missing and how to get it, in one line.</param>
    public static void Missing(string what)
    {
        if (Environment.GetEnvironmentVariable(Variable) == "1")
        {
            Assert.Fail($"{what} ({Variable}=1 demands it.)");
        }

        Assert.Skip(what);
    }
}
