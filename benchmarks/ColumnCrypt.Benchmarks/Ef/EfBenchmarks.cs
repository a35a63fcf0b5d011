using BenchmarkDotNet.Attributes;

namespace ColumnCrypt.Benchmarks.Ef;

[MemoryDiagnoser]
public class EfBenchmarks
{
    private const int Rows = 10_000;
    private EfBench _read = null!;
    private EfBench _insert = null!;

    [GlobalSetup]
    public async Task SetUp()
    {
        _read = new EfBench();
        await _read.InsertPlainAsync(Rows);
        await _read.InsertSecretAsync(Rows);
        _insert = new EfBench();
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _read.Dispose();
        _insert.Dispose();
    }

    [IterationCleanup(Targets = [nameof(InsertPlain), nameof(InsertEncrypted)])]
    public void Empty() => _insert.EmptyAsync().GetAwaiter().GetResult();

    [Benchmark]
    public Task<int> ReadPlain() => _read.ReadPlainAsync();

    [Benchmark]
    public Task<int> ReadEncrypted() => _read.ReadSecretAsync();

    [Benchmark]
    public Task InsertPlain() => _insert.InsertPlainAsync(Rows);

    [Benchmark]
    public Task InsertEncrypted() => _insert.InsertSecretAsync(Rows);
}
