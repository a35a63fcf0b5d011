using System.Collections.Concurrent;
using System.Globalization;
using Xunit;

namespace ColumnCrypt.Store.Tests.Stepping;

/// <summary>
/// Four writers and four readers at work on a table whose values say which row and which version they are: no reader sees a wrong value or an older
/// one than was committed before it began, and at the end every row holds what was written last.
/// </summary>
/// <param name="ward">The ward.</param>
/// <param name="rows">How many rows there are, with the ids from 0.</param>
/// <param name="write">Writes a text into a row.</param>
/// <param name="read">Reads a row's text.</param>
internal sealed class Bustle(Ward ward, int rows, Func<Ward, int, string, Task> write, Func<Ward, int, Task<string?>> read)
{
    /// <summary>What every text begins with.</summary>
    public const string Mark = "in the clear ";

    private const int Workers = 4;
    private readonly ConcurrentDictionary<int, int> _versions = new();
    private long _written;
    private long _read;

    public long Written => _written;

    public long Read => _read;

    public static string Text(int id, int version) => string.Create(CultureInfo.InvariantCulture, $"{Mark}{id}:{version}");

    /// <summary>Works until a task is done, and fails as soon as a worker does.</summary>
    public async Task WhileAsync(Task work, int seed)
    {
        using var stop = new CancellationTokenSource();
        var workers = Enumerable.Range(0, Workers).SelectMany(worker => new[]
        {
            Task.Run(() => WriteAsync(worker, new Random(seed + worker), stop.Token)), Task.Run(() => ReadAsync(new Random(seed + Workers + worker), stop.Token)),
        }).ToList();
        await Task.WhenAny([work, .. workers]);
        await stop.CancelAsync();
        await Task.WhenAll([.. workers, work]);
    }

    /// <summary>Every row as it has to be now.</summary>
    public string Expected(int id) => Text(id, _versions.GetValueOrDefault(id));

    // A row has one writer, so that the last version is known.
    private async Task WriteAsync(int worker, Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            int id = (random.Next(rows / Workers) * Workers) + worker;
            int version = _versions.GetValueOrDefault(id) + 1;
            await write(ward, id, Text(id, version));
            _versions[id] = version;
            Interlocked.Increment(ref _written);
            await Task.Delay(2, CancellationToken.None);
        }
    }

    private async Task ReadAsync(Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            int id = random.Next(rows);
            int before = _versions.GetValueOrDefault(id);
            string[] parts = (await read(ward, id) ?? "missing:-1").Split(':');
            Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{Mark}{id}"), parts[0]);
            Assert.True(int.Parse(parts[1], CultureInfo.InvariantCulture) >= before, $"row {id}: {parts[1]} after {before}");
            Interlocked.Increment(ref _read);
            await Task.Delay(1, CancellationToken.None);
        }
    }
}
