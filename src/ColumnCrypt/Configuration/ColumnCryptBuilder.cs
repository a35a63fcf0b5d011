using System.Data.Common;
using ColumnCrypt.Configuration;
using ColumnCrypt.Kek;
using ColumnCrypt.Keys;
using ColumnCrypt.Ledger;
using ColumnCrypt.Search;
using ColumnCrypt.Signing;
using ColumnCrypt.Store;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Says where the keys of one ColumnCrypt instance live and which KEKs wrap them.</summary>
public sealed class ColumnCryptBuilder
{
    private readonly List<KekRegistration> _keks = [];
    private readonly List<IIndexNormaliser> _normalisers = [];
    private readonly Dictionary<string, IKekProvider> _providers = new(StringComparer.Ordinal);

    internal ColumnCryptBuilder(string name, IServiceProvider? services)
    {
        Name = name;
        Services = services;
        AddKekProvider(new FileKekProvider());
        AddKekProvider(new X509KekProvider(() => TimeProvider));
        AddKekProvider(new KeyringKekProvider());
        AddKekProvider(new MlKemKekProvider());
    }

    /// <summary>The name of the instance; "" for the default one.</summary>
    public string Name { get; }

    /// <summary>The application's services, or null where the instance is made without a container.</summary>
    public IServiceProvider? Services { get; }

    /// <summary>The bounds, to be changed in place.</summary>
    public KeyBounds Bounds { get; } = new();

    /// <summary>The clock: the one given by <see cref="UseTimeProvider"/>, else the container's, else the system's.</summary>
    public TimeProvider TimeProvider => Time ?? Services?.GetService(typeof(TimeProvider)) as TimeProvider ?? TimeProvider.System;

    internal IReadOnlyList<KekRegistration> Keks => _keks;

    internal IReadOnlyDictionary<string, IKekProvider> Providers => _providers;

    internal Action<TenantKek, KekOptions>? TenantKeks { get; private set; }

    internal IReadOnlyList<IIndexNormaliser> IndexNormalisers => _normalisers;

    internal Func<string, string> StoreNameOfTenant { get; private set; } = static _ => "";

    internal Func<string, IKeyStore>? OpenStore { get; private set; }

    internal ILoggerFactory? Logging { get; private set; }

    internal byte[]? PinnedCommitment { get; private set; }

    internal IShredLedger? Ledger { get; private set; }

    internal IOperatorSigner? Signer { get; private set; }

    internal string Actor { get; private set; } = $"{Environment.UserName}@{Environment.MachineName}";

    internal bool PortableCipher { get; private set; }

    internal TimeProvider? Time { get; private set; }

    internal Func<DbConnection, string?>? DatabaseName { get; private set; }

    /// <summary>Wraps new keys under this KEK and allows it for unwrapping. The first one given that is not retired wraps.</summary>
    /// <param name="uri">The KEK's URI, for example <c>file:kek.json</c>.</param>
    /// <param name="configure">Sets what is not in the URI, such as a passphrase.</param>
    public ColumnCryptBuilder UseKek(string uri, Action<KekOptions>? configure = null) => Add(uri, configure, KekRole.Wraps);

    /// <summary>
    /// Wraps every new key under this KEK as well, and unwraps through it where those before it do not answer: two clouds, two regions, or a cloud and a
    /// device. The key is not made where that fails, unless <see cref="KekOptions.MayLag"/> says otherwise. Keys that exist already get their wrap by a
    /// rewrap to this KEK, or by the worker where it may lag.
    /// </summary>
    /// <param name="uri">The KEK's URI.</param>
    /// <param name="configure">Sets what is not in the URI.</param>
    public ColumnCryptBuilder AlsoUseKek(string uri, Action<KekOptions>? configure = null) => Add(uri, configure, KekRole.Also);

    /// <summary>Allows this KEK for unwrapping. A KEK that neither this nor <see cref="UseKek"/> names is never called.</summary>
    /// <param name="uri">The KEK's URI.</param>
    /// <param name="configure">Sets what is not in the URI, such as a passphrase.</param>
    public ColumnCryptBuilder AllowKek(string uri, Action<KekOptions>? configure = null) => Add(uri, configure, KekRole.Unwraps);

    /// <summary>
    /// Wraps every new key, the installation key included, under this KEK as well: for recovery by whoever holds its private half. The key
    /// is not made where that fails. Nothing is unwrapped through it here, so it demands no <see cref="PinInstallation"/>. Keys that exist
    /// already get their escrow by a rewrap.
    /// </summary>
    /// <param name="uri">The KEK's URI, for example <c>x509:escrow.pem</c> with a certificate alone.</param>
    /// <param name="configure">Sets what is not in the URI.</param>
    public ColumnCryptBuilder EscrowTo(string uri, Action<KekOptions>? configure = null) => Add(uri, configure, KekRole.Escrow);

    /// <summary>
    /// Lets tenants have KEKs of their own (bring your own key), as <c>IKeyManager.SetTenantKekAsync</c> has noted in their rows: their new keys
    /// are wrapped under that KEK alone, without escrow, so that without it nobody reads them. Without this call a tenant that has one cannot be
    /// read.
    /// </summary>
    /// <param name="configure">
    /// Sets what is not in the URI, such as a passphrase: credentials of that tenant, for nothing is taken from the environment. Called once for
    /// each tenant's KEK, when it is first needed, possibly by several threads at once.
    /// </param>
    public ColumnCryptBuilder UseTenantKeks(Action<TenantKek, KekOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        TenantKeks = configure;
        return this;
    }

    /// <summary>Registers a KEK backend for the scheme that it names.</summary>
    /// <param name="provider">The backend.</param>
    public ColumnCryptBuilder AddKekProvider(IKekProvider provider)
    {
        ArgumentNullException.ThrowIfNull(provider);
        _providers[provider.Scheme] = provider;
        return this;
    }

    /// <summary>Keeps the keys of every tenant in one store.</summary>
    /// <param name="open">Opens the store; called once, when the first key is needed.</param>
    public ColumnCryptBuilder UseKeyStore(Func<IKeyStore> open)
    {
        ArgumentNullException.ThrowIfNull(open);
        return UseKeyStore(static _ => "", _ => open());
    }

    /// <summary>Keeps the keys of a tenant in the store that a delegate names: for a database per tenant.</summary>
    /// <param name="nameOfTenant">Gives the name of a tenant's store, for example a connection string. Always the same for one tenant.</param>
    /// <param name="open">Opens a store by that name; called once for each name.</param>
    public ColumnCryptBuilder UseKeyStore(Func<string, string> nameOfTenant, Func<string, IKeyStore> open)
    {
        ArgumentNullException.ThrowIfNull(nameOfTenant);
        ArgumentNullException.ThrowIfNull(open);
        StoreNameOfTenant = nameOfTenant;
        OpenStore = open;
        return this;
    }

    /// <summary>
    /// Keeps the keys, and the KEK, in the memory of this process: for the tests of an application. All is lost with the process.
    /// </summary>
    public ColumnCryptBuilder UseInMemoryKeys() =>
        AddKekProvider(new InMemoryKekProvider()).UseKek(InMemoryKekProvider.Uri).UseKeyStore(() => new InMemoryKeyStore(TimeProvider));

    /// <summary>
    /// Demands that the installation key is the one with this commitment, which <c>IKeyManager.InitAsync</c> returns: then nobody
    /// who writes to the key tables can put another in its place.
    /// </summary>
    /// <param name="commitment">64 hex digits.</param>
    public ColumnCryptBuilder PinInstallation(string commitment)
    {
        ArgumentNullException.ThrowIfNull(commitment);
        try
        {
            PinnedCommitment = Convert.FromHexString(commitment);
        }
        catch (FormatException error)
        {
            throw new ColumnCrypt.EncryptionModelException("PinInstallation takes the 64 hex digits that IKeyManager.InitAsync returns as the commitment.", error);
        }

        return PinnedCommitment.Length == 32
            ? this
            : throw new ColumnCrypt.EncryptionModelException("PinInstallation takes the 64 hex digits that IKeyManager.InitAsync returns as the commitment.");
    }

    /// <summary>
    /// Consults this ledger before a key is unwrapped, and writes a tenant's keys to it before they are destroyed: a backup that is put
    /// back gives none of them back. Once configured it must be readable, or no key is unwrapped.
    /// </summary>
    /// <param name="ledger">The ledger, kept outside the database; not disposed with the instance.</param>
    public ColumnCryptBuilder UseShredLedger(IShredLedger ledger)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        Ledger = ledger;
        return this;
    }

    /// <summary>Signs the checkpoints of the audit with the operator's key. For operators and workers, not for applications.</summary>
    /// <param name="signer">The key; not disposed with the instance.</param>
    public ColumnCryptBuilder UseSigner(IOperatorSigner signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        Signer = signer;
        return this;
    }

    /// <summary>
    /// Registers a normaliser of your own, beside <c>ci</c>, <c>digits</c>, <c>email</c>, <c>phone</c> and <c>trimmed</c>. Its known answers are
    /// checked when the instance is made.
    /// </summary>
    /// <param name="normaliser">The normaliser; several versions of one name may be registered side by side.</param>
    public ColumnCryptBuilder AddIndexNormaliser(IIndexNormaliser normaliser)
    {
        ArgumentNullException.ThrowIfNull(normaliser);
        _normalisers.Add(normaliser);
        return this;
    }

    /// <summary>Names whom this instance acts for in the audit and in leases. Default: the operating system's user and machine.</summary>
    /// <param name="actor">1 to 200 characters on one line.</param>
    public ColumnCryptBuilder UseActor(string actor)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(actor);
        Actor = actor.Length <= 200 && !actor.Any(char.IsControl)
            ? actor
            : throw new ColumnCrypt.EncryptionModelException("UseActor takes 1 to 200 characters on one line.");
        return this;
    }

    /// <summary>
    /// Encrypts and decrypts values through .NET's <c>AesGcm</c> alone, on Linux too, where the OpenSSL that .NET has loaded is called directly
    /// otherwise. The environment variable <c>COLUMNCRYPT_AEAD=portable</c> does the same. What is stored is the same either way.
    /// </summary>
    public ColumnCryptBuilder UsePortableCipher()
    {
        PortableCipher = true;
        return this;
    }

    /// <summary>
    /// Says how the manifest names the application's databases, where their own names do not tell them apart: shards of one name on several servers,
    /// a SQLite file of one name in every tenant's folder. What is counted, re-encrypted and adopted is a database by its name. Default: the name of the
    /// server's database, or of the SQLite file.
    /// </summary>
    /// <param name="name">
    /// Gives the name of a connection's database, for example of its <see cref="DbConnection.DataSource"/>; null for its own. Does no I/O; called by several
    /// threads at once, and not again for a connection string that is known. Always the same for one database, also on a replica, in every application and in the operators' command (<c>--data-name</c>).
    /// </param>
    public ColumnCryptBuilder NameDatabases(Func<DbConnection, string?> name)
    {
        ArgumentNullException.ThrowIfNull(name);
        DatabaseName = name;
        return this;
    }

    /// <summary>Takes the time from this provider. Default: the one of the container, else <see cref="TimeProvider.System"/>.</summary>
    /// <param name="time">The provider.</param>
    public ColumnCryptBuilder UseTimeProvider(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        Time = time;
        return this;
    }

    /// <summary>Logs through this factory. Default: the one of the container, else nowhere.</summary>
    /// <param name="logging">The factory; not disposed with the instance.</param>
    public ColumnCryptBuilder UseLoggerFactory(ILoggerFactory logging)
    {
        ArgumentNullException.ThrowIfNull(logging);
        Logging = logging;
        return this;
    }

    private ColumnCryptBuilder Add(string uri, Action<KekOptions>? configure, KekRole role)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(uri);
        var options = new KekOptions();
        configure?.Invoke(options);
        _keks.Add(new KekRegistration(uri, options, role));
        return this;
    }
}
