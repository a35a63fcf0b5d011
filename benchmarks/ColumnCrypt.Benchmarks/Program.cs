using BenchmarkDotNet.Running;
using ColumnCrypt.Benchmarks.Short;

// --short: every target of the project in a minute, each as a ratio inside this process; the gate runs it.
// Anything else goes to BenchmarkDotNet: -- --filter '*' takes long and prints full statistics.
if (args is ["--short"])
{
    return await ShortRun.RunAsync(Console.Out);
}

BenchmarkSwitcher.FromAssembly(typeof(ShortRun).Assembly).Run(args);
return 0;
