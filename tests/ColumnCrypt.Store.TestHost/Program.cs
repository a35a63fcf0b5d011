using ColumnCrypt.Store.TestHost;

// Usage: PROVIDER CONNECTION KEKFILE TENANT ROWS HALTPOINT. Says "ready", waits for a line, writes the rows and names the key of
// each. At the halt point it says "halted" and stands still. Ends when its standard input does: it never outlives its parent.
if (args[0] == "step")
{
    await StepHost.RunAsync(args);
    return;
}

var (provider, connectionString, kekFile, tenant) = (args[0], args[1], args[2], args[3]);
var rows = int.Parse(args[4], System.Globalization.CultureInfo.InvariantCulture);
var haltPoint = Enum.Parse<HaltPoint>(args[5]);

await using var node = new Node(provider, connectionString, kekFile, HaltAsync);
Console.WriteLine("ready");
await Console.In.ReadLineAsync();
_ = Task.Run(async () =>
{
    await Console.In.ReadToEndAsync();
    Environment.Exit(2);
});

for (var row = 0; row < rows; row++)
{
    var key = await node.WriteAsync(tenant, $"{Environment.ProcessId}/{row}", () => HaltAsync(HaltPoint.Encrypted));
    Console.WriteLine(key);
}

async Task HaltAsync(HaltPoint point)
{
    if (point == haltPoint)
    {
        Console.WriteLine("halted");
        await Task.Delay(Timeout.InfiniteTimeSpan);
    }
}
