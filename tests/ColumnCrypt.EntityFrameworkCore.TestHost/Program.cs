using System.Globalization;
using ColumnCrypt.EntityFrameworkCore.Indexes;
using ColumnCrypt.EntityFrameworkCore.TestHost;
using Microsoft.EntityFrameworkCore;

// Usage: PROVIDER ROWS KEYS KEKFILE BATCH RATE. Fills the index values that rows lack. Says how many rows it has looked at after each batch, and
// at last "done", with how many it has filled and how many have failed.
// Or: PROVIDER ROWS KEYS KEKFILE contacts VERSION FROM TO BOUND. Writes those contacts, and says "try ROW COUNT" before and "done ROW COUNT" after each.
// Ends when its standard input does: it never outlives its parent.
_ = Task.Run(async () =>
{
    await Console.In.ReadToEndAsync();
    Environment.Exit(2);
});

if (args[4] == "contacts")
{
    await using var contacts = new Application(args[0], args[1], args[2], args[3], TimeSpan.Parse(args[8], CultureInfo.InvariantCulture));
    await ContactWriter.RunAsync(
        contacts,
        Enum.Parse<AdoptionVersion>(args[5]),
        int.Parse(args[6], CultureInfo.InvariantCulture)..int.Parse(args[7], CultureInfo.InvariantCulture),
        static (row, count) => Console.WriteLine($"try {row} {count}"),
        static (row, count) => Console.WriteLine($"done {row} {count}"),
        CancellationToken.None);
    return;
}

var how = new BlindIndexFillOptions { BatchSize = int.Parse(args[4], CultureInfo.InvariantCulture), MaxPerSecond = int.Parse(args[5], CultureInfo.InvariantCulture) };
await using var application = new Application(args[0], args[1], args[2], args[3]);
await using var db = application.Open(Step.Both, null);
var filled = await db.Database.FillBlindIndexesAsync(how, new Said());
Console.WriteLine($"done {filled.Filled} {filled.Failed}");
