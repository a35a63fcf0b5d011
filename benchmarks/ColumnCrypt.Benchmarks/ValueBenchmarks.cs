using BenchmarkDotNet.Attributes;

namespace ColumnCrypt.Benchmarks;

[MemoryDiagnoser]
public class ValueBenchmarks
{
    private ValueBench<string> _bench = null!;

    [Params(16, 64, 256, 1024, 16 * 1024)]
    public int Size { get; set; }

    [Params(false, true)]
    public bool Portable { get; set; }

    [GlobalSetup]
    public void SetUp() => _bench = new ValueBench<string>(new string('x', Size), Portable);

    [GlobalCleanup]
    public void CleanUp() => _bench.Dispose();

    [Benchmark(Baseline = true)]
    public void Base() => _bench.BaseEncrypt();

    [Benchmark]
    public byte[] Protect() => _bench.Protect();

    [Benchmark]
    public bool TryProtect() => _bench.TryProtect();

    [Benchmark]
    public string Unprotect() => _bench.Unprotect();

    [Benchmark]
    public byte[] Index() => _bench.Index();
}
