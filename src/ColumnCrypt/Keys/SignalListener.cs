using System.Threading.Channels;
using ColumnCrypt.Crypto;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Store;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Keys;

/// <summary>
/// Listens to the signal of one store and has its generation counter read when it speaks; many signals while one reading is under way are
/// one more reading. A lost signal is sought again after 1 s, each time after twice as long, to a minute, give or take a quarter. Ends when
/// disposed, without being waited for.
/// </summary>
internal sealed class SignalListener(IGenerationSignal signal, Func<Task> read, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _ending = new();
    private readonly Channel<bool> _raised = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private int _lost;

    public void Start()
    {
        _ = Task.Run(ListenAsync);
        _ = Task.Run(ReadAsync);
    }

    // A driver may call its server from within a cancellation; whoever disposes does not wait for that.
    public void Dispose()
    {
        _raised.Writer.TryComplete();
        _ = _ending.CancelAsync();
    }

    private async Task ListenAsync()
    {
        int failures = 0;
        while (!_ending.IsCancellationRequested)
        {
            long start = time.GetTimestamp();
            Exception? lost = null;
            try
            {
                await signal.ListenAsync(OnChanged, _ending.Token).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                lost = error;
            }

            if (!_ending.IsCancellationRequested && Interlocked.Exchange(ref _lost, 1) == 0)
            {
                logger.ListenerLost(lost);
            }

            failures = time.GetElapsedTime(start) >= s_longest ? 1 : failures + 1;
            await Task.Delay(DelayAfter(failures), time, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void OnChanged()
    {
        if (Interlocked.Exchange(ref _lost, 0) == 1)
        {
            logger.ListenerBack();
        }

        _raised.Writer.TryWrite(true);
    }

    private async Task ReadAsync()
    {
        await foreach (var _ in _raised.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            await read().ConfigureAwait(false);
        }
    }

    private static TimeSpan DelayAfter(int failures)
    {
        Span<byte> random = stackalloc byte[1];
        SystemRandom.Fill(random);
        double spread = 0.75 + (random[0] / 510.0);
        return Math.Min(s_longest.TotalSeconds, s_shortest.TotalSeconds * Math.Pow(2, Math.Min(failures, 16) - 1)) * spread * TimeSpan.FromSeconds(1);
    }
}
