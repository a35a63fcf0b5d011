using ColumnCrypt.Stepping;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Quartz;

namespace ColumnCrypt.Quartz.TestHost;

/// <summary>A node of a Quartz cluster that has a KEK identity.</summary>
public static class FleetNode
{
    /// <summary>Makes the host of a node.</summary>
    /// <param name="connectionString">The database of the key tables and of Quartz's.</param>
    /// <param name="oldKek">The URI of the old KEK, which wraps.</param>
    /// <param name="newKek">The URI of the new one, which is allowed.</param>
    /// <param name="name">The node's name.</param>
    /// <param name="rowsPerSecond">How fast it walks rows of the database; null where it walks none.</param>
    public static IHost Build(string connectionString, string oldKek, string newKek, string name, double? rowsPerSecond = null)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddColumnCrypt(cc =>
        {
            cc.UseKek(oldKek).AllowKek(newKek).UsePostgreSqlKeyStore(connectionString).UseActor(name);
            if (rowsPerSecond is not null)
            {
                // A walk waits for the bound.
                (cc.Bounds.RevocationBound, cc.Bounds.PollInterval) = (TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(100));
            }
        });
        if (rowsPerSecond is { } rate)
        {
            var data = NpgsqlDataSource.Create(connectionString);
            string own = new NpgsqlConnectionStringBuilder(connectionString).Database!;
            builder.Services.AddSingleton(new RowJobSources(database => database == own ? data : null, new StepOptions { MaxPerSecond = rate }));
        }

        builder.Services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(scheduler => (scheduler.InstanceName, scheduler.InstanceId) = ("columncrypt-test", name));
            quartz.UseDefaultThreadPool(2);
            quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(Npgsql.NpgsqlFactory.Instance, connectionString);
                store.UseClustering(cluster => (cluster.CheckinInterval, cluster.CheckinMisfireThreshold) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)));
                store.ProvisionSchema();
            });
        });
        builder.Services.AddQuartzHostedService(options => options.WaitForJobsToComplete = true);
        return builder.Build();
    }
}
