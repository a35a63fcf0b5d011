using ColumnCrypt.Configuration;
using ColumnCrypt.Lifecycle;

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
}
