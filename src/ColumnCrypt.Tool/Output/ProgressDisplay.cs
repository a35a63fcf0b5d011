using System.Globalization;
using ColumnCrypt.Jobs;
using Spectre.Console;

namespace ColumnCrypt.Tool.Output;

/// <summary>Shows how far a job has come: a bar on a terminal, else a line now and then.</summary>
internal sealed class ProgressDisplay(TextWriter writer, int width, bool isTerminal, TimeProvider time)
{
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(5);

    public async Task<T> RunAsync<T>(string title, Func<IProgress<JobProgress>, Task<T>> work)
    {
        if (!isTerminal)
        {
            return await work(new Lines(writer, time)).ConfigureAwait(false);
        }

        var console = Consoles.Create(writer, width, isTerminal: true);
        console.Profile.Capabilities.Interactive = true;
        return await console.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn { Width = Math.Clamp(width - 62, 8, 40) }, new PercentageColumn())
            .StartAsync(context => work(new Bar(context.AddTask(Markup.Escape(title))))).ConfigureAwait(false);
    }

    /// <summary>One line: <c>rewrap: 1,500 of 10,000 processed, 1,499 succeeded, 1 failed, 812/s, 10 s left</c>.</summary>
    public static string Describe(JobProgress progress) =>
        string.Create(CultureInfo.InvariantCulture, $"{progress.Kind}: {progress.Processed:N0}")
            + (progress.Total is { } total ? string.Create(CultureInfo.InvariantCulture, $" of {total:N0}") : "")
            + string.Create(
                CultureInfo.InvariantCulture, $" processed, {progress.Succeeded:N0} succeeded, {progress.Failed:N0} failed, {progress.PerSecond:N0}/s")
            + (progress.Left is { } left ? $", {Span(left)} left" : "");

    private static string Span(TimeSpan span) =>
        span < TimeSpan.FromMinutes(2)
            ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:N0} s")
            : span.ToString(span.Days > 0 ? @"d\.hh\:mm\:ss" : @"h\:mm\:ss", CultureInfo.InvariantCulture);

    private sealed class Lines(TextWriter writer, TimeProvider time) : IProgress<JobProgress>
    {
        private readonly Lock _lock = new();
        private long? _last;

        public void Report(JobProgress value)
        {
            lock (_lock)
            {
                if (_last is { } last && time.GetElapsedTime(last) < s_between && value.Processed != value.Total)
                {
                    return;
                }

                _last = time.GetTimestamp();
                writer.WriteLine(Describe(value));
            }
        }
    }

    private sealed class Bar(ProgressTask task) : IProgress<JobProgress>
    {
        public void Report(JobProgress value)
        {
            task.Description = Markup.Escape(string.Create(
                CultureInfo.InvariantCulture,
                $"{value.Processed:N0} done, {value.Failed:N0} failed, {value.PerSecond:N0}/s{(value.Left is { } left ? $", {Span(left)} left" : "")}"));
            task.IsIndeterminate = value.Total is null;
            task.MaxValue = Math.Max(value.Total ?? 1, 1);
            task.Value = value.Total is null ? 0 : value.Processed;
        }
    }
}
