using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.EntityFrameworkCore.Options;

/// <summary>Puts a service of ours around one that EF or its provider registered, with the same lifetime.</summary>
internal static class ServiceDecoration
{
    public static IServiceCollection Decorate<TService, TDecorator>(this IServiceCollection services)
        where TService : class
        where TDecorator : TService
    {
        for (var i = services.Count - 1; i >= 0; i--)
        {
            if (services[i].ServiceType == typeof(TService) && !services[i].IsKeyedService)
            {
                var inner = services[i];
                services[i] = ServiceDescriptor.Describe(
                    typeof(TService),
                    provider => ActivatorUtilities.CreateInstance<TDecorator>(provider, Inner(provider, inner)),
                    inner.Lifetime);
                return services;
            }
        }

        throw new EncryptionModelException($"No database provider has registered {typeof(TService).Name}: call UseColumnCrypt after UseSqlite, UseNpgsql or another relational provider.");
    }

    private static object Inner(IServiceProvider provider, ServiceDescriptor inner) =>
        inner.ImplementationInstance
        ?? inner.ImplementationFactory?.Invoke(provider)
        ?? ActivatorUtilities.CreateInstance(provider, inner.ImplementationType!);
}
