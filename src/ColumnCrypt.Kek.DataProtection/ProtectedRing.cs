using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption.ConfigurationModel;
using Microsoft.AspNetCore.DataProtection.Infrastructure;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ColumnCrypt.Kek.DataProtection;

/// <summary>
/// A key ring that is fit to hold a KEK: encrypted at rest, kept where it lasts, and of an application with a name of its own. Thread-safe. Reading the ring blocks, for data
/// protection has no other way.
/// </summary>
internal sealed class ProtectedRing : IDisposable
{
    private const string RepositoryOfEntityFramework = "Microsoft.AspNetCore.DataProtection.EntityFrameworkCore.";
    private const string KeyElement = "key";
    private const string PlaintextElement = "masterKey";

    private readonly string _uri;
    private readonly KeyManagementOptions _options;
    private readonly Func<ServiceProvider>? _build;
    private volatile IServiceProvider _services;

    private ProtectedRing(string uri, IServiceProvider services, KeyManagementOptions options, Func<ServiceProvider>? build) =>
        (_uri, _services, _options, _build) = (uri, services, options, build);

    /// <summary>What protects under the ring's keys.</summary>
    public IDataProtectionProvider Provider => _services.GetRequiredService<IDataProtectionProvider>();

    /// <summary>The security strength of what new keys of the ring encrypt with, in bits; null where it is a configuration of the application's own.</summary>
    public int? SecurityStrength => _options.AuthenticatedEncryptorConfiguration switch
    {
        null or AuthenticatedEncryptorConfiguration { EncryptionAlgorithm: EncryptionAlgorithm.AES_256_CBC or EncryptionAlgorithm.AES_256_GCM } => 256,
        AuthenticatedEncryptorConfiguration { EncryptionAlgorithm: EncryptionAlgorithm.AES_192_CBC or EncryptionAlgorithm.AES_192_GCM } => 192,
        AuthenticatedEncryptorConfiguration => 128,
        _ => null,
    };

    /// <summary>The ring of an application's services. Does no I/O.</summary>
    /// <param name="uri">The KEK, for messages.</param>
    /// <param name="services">What data protection was added to.</param>
    /// <param name="mayBeInDatabase">Whether it may be kept through Entity Framework Core.</param>
    /// <exception cref="EncryptionModelException">The ring is unfit; the message says what to call.</exception>
    public static ProtectedRing Of(string uri, IServiceProvider services, bool mayBeInDatabase) => Of(uri, services, mayBeInDatabase, build: null);

    /// <summary>A ring of its own, in services that end with it. Does no I/O.</summary>
    /// <param name="uri">The KEK, for messages.</param>
    /// <param name="build">Makes services that data protection was added to.</param>
    /// <param name="mayBeInDatabase">Whether it may be kept through Entity Framework Core.</param>
    /// <exception cref="EncryptionModelException">The ring is unfit; the message says what to call.</exception>
    public static ProtectedRing Of(string uri, Func<ServiceProvider> build, bool mayBeInDatabase) => Of(uri, build(), mayBeInDatabase, build);

    private static ProtectedRing Of(string uri, IServiceProvider services, bool mayBeInDatabase, Func<ServiceProvider>? build)
    {
        try
        {
            var options = services.GetService<IOptions<KeyManagementOptions>>()?.Value;
            return options is not null && WhyUnfit(services, options, mayBeInDatabase) is { } why
                ? throw new EncryptionModelException($"The key ring of {uri} cannot hold a KEK: {why}.")
                : new ProtectedRing(uri, services, options ?? new KeyManagementOptions(), build);
        }
        catch
        {
            if (build is not null)
            {
                ((ServiceProvider)services).Dispose();
            }

            throw;
        }
    }

    /// <summary>Reads the whole ring anew.</summary>
    /// <exception cref="KekException">It cannot be read, or one of its keys lies in plaintext.</exception>
    public IReadOnlyCollection<IKey> Read()
    {
        try
        {
            foreach (var key in _options.XmlRepository!.GetAllElements().Where(static element => element.Name.LocalName == KeyElement))
            {
                if (key.Descendants().Any(static element => element.Name.LocalName == PlaintextElement))
                {
                    throw new KekException(
                        KekFailure.Denied,
                        $"The key {(string?)key.Attribute("id")} in the ring of {_uri} lies there in plaintext: it was made before the ring was encrypted, or by an application that does not encrypt it. Rewrap what it wraps, and remove it.");
                }
            }

            return _services.GetRequiredService<IKeyManager>().GetAllKeys();
        }
        catch (Exception error) when (error is not ColumnCryptException)
        {
            throw Unavailable(error);
        }
    }

    /// <summary>Why a call failed.</summary>
    /// <param name="error">What data protection threw.</param>
    /// <param name="keyId">The key of the ring that the wrap names; null where a wrap was to be made.</param>
    /// <param name="context">The context, for the message.</param>
    public KekException Translate(Exception error, Guid? keyId, WrapContext context)
    {
        if (error is not CryptographicException || keyId is not { } id)
        {
            return Unavailable(error);
        }

        var key = Read().FirstOrDefault(key => key.KeyId == id);
        if (key is null)
        {
            return new(KekFailure.WrongContextOrTampered, $"The {context} was wrapped by the key {id}, which is not in the ring of {_uri}. Put the key back, from a backup of the ring, or the ring that it is of.", error);
        }

        if (key.IsRevoked)
        {
            return new(KekFailure.Disabled, $"The {context} was wrapped by the key {id} of the ring of {_uri}, which is revoked. What it wraps is lost to this application unless the revocation is taken out of the ring.", error);
        }

        return WhyUnreadable(key) switch
        {
            null => new(KekFailure.WrongContextOrTampered, $"The wrap of the {context} was changed, or belongs to another tenant, key or installation. Compare the key tables with a backup.{(_build is null ? " Where what the ring is encrypted with was away for a while, restart the application." : "")}", error),
            CryptographicException why => new(KekFailure.Denied, $"The key {id} of the ring of {_uri} cannot be decrypted: this process lacks what the ring is encrypted with, such as its certificate.", why),
            var why => Unavailable(why),
        };
    }

    /// <summary>
    /// Forgets what was read of the ring, for data protection keeps a key that could not be decrypted as one that cannot, for a day. Does nothing with the ring of an application, which only its next start
    /// reads anew.
    /// </summary>
    /// <returns>False where nothing was forgotten.</returns>
    public bool TryForget()
    {
        // Whoever is using what was before ends well with it.
        _services = _build?.Invoke() ?? _services;
        return _build is not null;
    }

    public void Dispose()
    {
        if (_build is not null)
        {
            ((ServiceProvider)_services).Dispose();
        }
    }

    // Of a key that was read just now. What decrypts it may be far away, and fail with anything.
    private static Exception? WhyUnreadable(IKey key)
    {
        try
        {
            key.CreateEncryptor();
            return null;
        }
        catch (Exception error)
        {
            return error;
        }
    }

    private KekException Unavailable(Exception error) =>
        new(KekFailure.Unavailable, $"The key ring of {_uri} cannot be read or written, or has no key to wrap with: {error.GetType().Name}. See the log of Microsoft.AspNetCore.DataProtection.", error);

    private static string? WhyUnfit(IServiceProvider services, KeyManagementOptions options, bool mayBeInDatabase)
    {
        if (services.GetService<IDataProtectionProvider>() is null or EphemeralDataProtectionProvider)
        {
            return "there is none that outlives the process. Call services.AddDataProtection() and say where its keys are kept";
        }

        if (options.XmlRepository is null)
        {
            return "where its keys are kept is left to the host, which may be nowhere. Call PersistKeysToFileSystem or another of its kind";
        }

        if (options.XmlEncryptor is null or NullXmlEncryptor)
        {
            return "it is not encrypted at rest. Call ProtectKeysWithCertificate or another of its kind";
        }

        string? name = services.GetService<IOptions<DataProtectionOptions>>()?.Value.ApplicationDiscriminator;
        if (string.IsNullOrWhiteSpace(name) || name == services.GetService<IApplicationDiscriminator>()?.Discriminator)
        {
            return "its application has no name but the folder that it runs in, and in another folder nothing could be unwrapped. Call SetApplicationName";
        }

        return options.XmlRepository.GetType().FullName!.StartsWith(RepositoryOfEntityFramework, StringComparison.Ordinal) && !mayBeInDatabase
            ? "it is kept in a database, perhaps the very one of the key tables. Keep it elsewhere, or say that it is another one: DataProtection(ring => ring.AllowRingInDatabase = true)"
            : null;
    }
}
