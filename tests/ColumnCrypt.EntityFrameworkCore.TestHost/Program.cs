using System.Globalization;
using ColumnCrypt.EntityFrameworkCore.Indexes;
using ColumnCrypt.EntityFrameworkCore.TestHost;
using Microsoft.EntityFrameworkCore;

// Usage: PROVIDER ROWS KEYS KEKFILE BATCH RATE. Fills the index values that rows lack. Says how many rows it has looked at after each batch, and
// at last "done", with how many it has filled and how many have failed. Ends when its standard input does: it never outlives its parent.
var how = new BlindIndexFillOptions { BatchSize = int.Parse(args[4], CultureInfo.InvariantCulture), MaxPerSecond = int.Parse(args[5], CultureInfo.InvariantCulture) };
_ = Task.Run(async () =>
{
    await Console.In.ReadToEndAsync();
    Environment.Exit(2);
});

await using var application = new Application(args[0], args[1], args[2], args[3]);
await using var db = application.Open(Step.Both, null);
var filled = await db.Database.FillBlindIndexesAsync(how, new Said());
Console.WriteLine($"done {filled.Filled} {filled.Failed}");
