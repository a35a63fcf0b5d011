using System.Globalization;
using ColumnCrypt.Quartz.TestHost;
using Microsoft.Extensions.Hosting;

// Usage: CONNECTION OLDKEK NEWKEK NAME [ROWS-PER-SECOND]. Says "ready" once it takes part in the cluster. Ends when its standard input does.
using var host = FleetNode.Build(args[0], args[1], args[2], args[3], args.Length > 4 ? double.Parse(args[4], CultureInfo.InvariantCulture) : null);
await host.StartAsync();
Console.WriteLine("ready");
await Console.In.ReadToEndAsync();
await host.StopAsync();
