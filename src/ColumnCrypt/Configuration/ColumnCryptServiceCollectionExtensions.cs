using ColumnCrypt.Configuration;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Lifecycle;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers ColumnCrypt with a service collection.</summary>
public static class ColumnCryptServiceCollectionExtensions
{
    /// <summary>Registers the default instance.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Says where keys live and which KEKs wrap them. Runs when the instance is first resolved.</param>
    /// <remarks>Resolve <see cref="IKeyManager"/> for the life of its keys.</remarks>
    public static IServiceCollection AddColumnCrypt(this IServiceCollection services, Action<ColumnCryptBuilder> configure) =>
        services.AddColumnCrypt("", configure);

    /// <summary>Registers a named instance, for several in one process: <c>UseColumnCrypt(…, name: …)</c> chooses among them.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The name; it is also the service key of the <see cref="ColumnCryptInstance"/>.</param>
    /// <param name="configure">Says where keys live and which KEKs wrap them. Runs when the instance is first resolved.</param>
    public static IServiceCollection AddColumnCrypt(this IServiceCollection services, string name, Action<ColumnCryptBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddKeyedSingleton(name, (provider, _) =>
        {
            var builder = new ColumnCryptBuilder(name, provider);
            configure(builder);
            return new ColumnCryptInstance(builder);
        });
        services.AddKeyedSingleton(name, static (provider, key) => provider.GetRequiredKeyedService<ColumnCryptInstance>(key).Keys);
        if (name.Length == 0)
        {
            services.AddSingleton(static provider => provider.GetRequiredKeyedService<ColumnCryptInstance>(""));
            services.AddSingleton(static provider => provider.GetRequiredKeyedService<IKeyManager>(""));
        }

        return services;
    }

    /// <summary>
    /// Adds the background worker of a process with a KEK identity: it runs approved jobs, destroys what is due, and takes checkpoints of
    /// the audit. Several processes may have one.
    /// </summary>
    /// <param name="services">The services, with <see cref="AddColumnCrypt(IServiceCollection, Action{ColumnCryptBuilder})"/> called on them.</param>
    /// <param name="configure">Changes the options.</param>
    /// <param name="name">The name of the instance. Default: the default one.</param>
    /// <exception cref="ColumnCrypt.EncryptionModelException">Options are out of their bounds; the message has all of them.</exception>
    public static IServiceCollection AddColumnCryptWorker(this IServiceCollection services, Action<KeyWorkerOptions>? configure = null, string name = "")
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        var options = new KeyWorkerOptions();
        configure?.Invoke(options);
        options.Validate();
        return services.AddSingleton<IHostedService>(provider => new KeyWorker(
            provider.GetRequiredKeyedService<IKeyManager>(name),
            options,
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            (provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger(ColumnCryptMetrics.Name)));
    }
}
