using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Kek.DataProtection;

/// <summary>Opens the KEKs of ASP.NET Core Data Protection.</summary>
/// <param name="defaults">The ring of a KEK that does not name one itself.</param>
/// <param name="services">The application's services, or null where there are none.</param>
internal sealed class DataProtectionKekProvider(DataProtectionKekOptions defaults, IServiceProvider? services) : IKekProvider
{
    private const int MaximumNameLength = 200;

    public string Scheme => "data-protection";

    public IKeyEncryptionKey Open(string uri, KekOptions options)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(options);
        string name = uri[(Scheme.Length + 1)..];
        if (name.Length is 0 or > MaximumNameLength || name.Any(static character => char.IsControl(character) || char.IsWhiteSpace(character)))
        {
            throw new EncryptionModelException($"'{uri}' names no KEK: behind the colon stands a name of 1 to {MaximumNameLength} characters without blanks, data-protection:clinic.");
        }

        var own = options.Of<DataProtectionKekOptions>();
        if (options.IsTenantsOwn && own is { Ring: null, Services: null })
        {
            throw new EncryptionModelException(
                $"{uri} is a tenant's own KEK and needs that tenant's ring: set DataProtection(ring => ring.Ring = …) in UseTenantKeks. The ring of this application is another's.");
        }

        return new DataProtectionKek(uri, name, RingOf(uri, own, options.IsTenantsOwn));
    }

    private ProtectedRing RingOf(string uri, DataProtectionKekOptions own, bool isTenantsOwn)
    {
        bool mayBeInDatabase = own.AllowRingInDatabase || (!isTenantsOwn && defaults.AllowRingInDatabase);
        if (own.Ring is { } configure)
        {
            return ProtectedRing.Of(uri, () => Build(configure), mayBeInDatabase);
        }

        if (own.Services is { } given)
        {
            return ProtectedRing.Of(uri, given, mayBeInDatabase);
        }

        if (defaults.Ring is { } common)
        {
            return ProtectedRing.Of(uri, () => Build(common), mayBeInDatabase);
        }

        return (defaults.Services ?? services) is { } application
            ? ProtectedRing.Of(uri, application, mayBeInDatabase)
            : throw new EncryptionModelException($"{uri} is in the ring of no application here: say which one with cc.AddDataProtection(ring => ring.Ring = …).");
    }

    private static ServiceProvider Build(Action<IDataProtectionBuilder> configure)
    {
        var services = new ServiceCollection();
        configure(services.AddDataProtection());
        return services.BuildServiceProvider();
    }
}
