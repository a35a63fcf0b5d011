using System.Diagnostics;

namespace ColumnCrypt.Benchmarks.Short;

/// <summary>Compares two pieces of work inside one process: A B A B …, so that whatever slows the machine slows both.</summary>
public static class Interleaved
{
    private const int Rounds = 15;
    private const int WarmUp = 3;

    // The runtime compiles a hot method three times, each time only after 100 ms without new ones: what is measured before is not what serves.
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(1);

    /// <summary>Where much else runs: what this process was given is compared, instead of what passed meanwhile. Waits, as for a database, count for nothing then.</summary>
    public static bool MeasuresProcessorTime { get; } = Environment.GetEnvironmentVariable("COLUMNCRYPT_BENCH_CLOCK") == "processor";

    /// <summary>The median, over the rounds, of the time of <paramref name="work"/> in units of the time of <paramref name="measure"/>.</summary>
    public static async Task<double> RatioAsync(Func<Task> measure, Func<Task> work, Func<Task>? between = null)
    {
        var ratios = new List<double>(Rounds);
        long start = Stopwatch.GetTimestamp();
        for (int round = -WarmUp; round < Rounds; round++)
        {
            if (round == 0 && Stopwatch.GetElapsedTime(start) < s_warmUp)
            {
                round = -1;
            }

            double one = await TimeAsync(measure, between);
            double other = await TimeAsync(work, between);
            if (round >= 0)
            {
                ratios.Add(other / one);
            }
        }

        ratios.Sort();
        return ratios[Rounds / 2];
    }

    /// <inheritdoc cref="RatioAsync(Func{Task}, Func{Task}, Func{Task})"/>
    public static Task<double> RatioAsync(Action measure, Action work, int times) => RatioAsync(Repeat(measure, times), Repeat(work, times));

    private static Func<Task> Repeat(Action work, int times) => () =>
    {
        for (int i = 0; i < times; i++)
        {
            work();
        }

        return Task.CompletedTask;
    };

    private static double Now() => MeasuresProcessorTime ? Environment.CpuUsage.TotalTime.TotalMilliseconds : Stopwatch.GetElapsedTime(0).TotalMilliseconds;

    private static async Task<double> TimeAsync(Func<Task> work, Func<Task>? between)
    {
        double start = Now();
        await work();
        double took = Now() - start;
        if (between is not null)
        {
            await between();
        }

        return took;
    }
}
