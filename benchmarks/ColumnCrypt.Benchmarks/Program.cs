using BenchmarkDotNet.Running;
using ColumnCrypt.Benchmarks.Profile;
using ColumnCrypt.Benchmarks.Report;
using ColumnCrypt.Benchmarks.Short;

// --short: every target of the project in a minute, each as a ratio inside this process; the gate runs it.
// --report docs: everything, some minutes; writes docs/benchmarks.md with its plots and raw results.
// --profile docs: the parts of what has a target; writes docs/profile.md.
// Anything else goes to BenchmarkDotNet: -- --filter '*' takes long and prints full statistics.
// Names after either run these cases alone: -- --short ef, -- --report /tmp/report wraps memory.
if (args is ["--short", .. var cases])
{
    return await ShortRun.RunAsync(cases, Console.Out);
}

if (args is ["--report", var folder, .. var sections])
{
    await ReportRun.RunAsync(folder, sections, Console.Out);
    return 0;
}

if (args is ["--profile", var target, .. var parts])
{
    await ProfileRun.RunAsync(target, parts, Console.Out);
    return 0;
}

BenchmarkSwitcher.FromAssembly(typeof(ShortRun).Assembly).Run(args);
return 0;
