using ColumnCrypt.Configuration;
using ColumnCrypt.EntityFrameworkCore.Tenancy;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Search;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.EntityFrameworkCore.Runtime;

/// <summary>
/// The keys of one context: its tenant, the rings that it holds, and what the next operation needs. One per context, as EF's own
/// scoped services are; gives everything back when the context is disposed or returns to its pool. Not thread-safe, as a context is not.
/// </summary>
internal sealed class ContextScope : IResettableService, IDisposable
{
    private readonly IDbContextOptions _options;
    private readonly IEncryptionSettings _settings;
    private ColumnCryptInstance? _instance;
    private RingNeeds _needs = new();
    private KeyRingLease? _own;
    private Dictionary<string, KeyRingLease>? _constant;
    private CrossTenantLease? _across;

    public ContextScope(ICurrentDbContext current, IDbContextOptions options)
    {
        Context = current.Context;
        _options = options;
        _settings = options.Extensions.OfType<IEncryptionSettings>().First();
        Tenant = new TenantSource(_settings, Context);
    }

    /// <summary>The scope of a context.</summary>
    /// <exception cref="EncryptionModelException">Its options lack <c>UseColumnCrypt</c>.</exception>
    public static ContextScope Demand(DbContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.GetInfrastructure().GetService<ContextScope>()
            ?? throw new EncryptionModelException($"The options of {context.GetType().Name} lack UseColumnCrypt. Call it after UseSqlite, UseNpgsql or another relational provider.");
    }

    public DbContext Context { get; }

    public TenantSource Tenant { get; }

    /// <summary>True while EF builds a command of this context.</summary>
    public bool IsWriting { get; set; }

    /// <summary>True where the query that was compiled last touches adopted columns.</summary>
    public bool ReadsAdopted { get; set; }

    /// <summary>The states of the adopted columns as the operation that began last found them; null where none did.</summary>
    public AdoptionModes? Adoptions { get; set; }

    /// <summary>While a query is compiled: the columns in which plaintext and the text form of values may stand.</summary>
    public IReadOnlyList<AdoptedColumn> Mixed { get; set; } = [];

    public ColumnCryptInstance Instance => _instance ??= _settings.Instance ?? Resolve();

    /// <summary>Says what the operation that starts next needs.</summary>
    public void Announce(string? tenant, long uses) => _needs.Add(tenant, uses);

    /// <summary>Says which index versions the operation that starts next needs.</summary>
    public void Announce(string? tenant, IndexVersions indexes) => _needs.Add(tenant, 0, indexes);

    public RingNeeds TakeNeeds()
    {
        var needs = _needs;
        if (needs.All.Count > 0)
        {
            _needs = new RingNeeds();
        }

        return needs;
    }

    /// <summary>Starts an operation: reads the tenant and waits for the rings.</summary>
    public async ValueTask BeginAsync(RingNeeds needs, CancellationToken cancellationToken)
    {
        DropOtherTenant();
        foreach (var (tenant, uses, indexes) in needs.All)
        {
            if (tenant is null && Tenant.Across is { } access)
            {
                _across?.Dispose();
                _across = null;
                _across = await access.AcquireAsync(cancellationToken).ConfigureAwait(false);
                if (uses == 0 && indexes == IndexVersions.None)
                {
                    continue;
                }
            }

            Release(tenant);
            Hold(tenant, await Instance.AcquireRingAsync(tenant ?? Tenant.Get(), uses, indexes, cancellationToken).ConfigureAwait(false));
        }
    }

    /// <inheritdoc cref="BeginAsync"/>
    public void Begin(RingNeeds needs)
    {
        DropOtherTenant();
        foreach (var (tenant, uses, indexes) in needs.All)
        {
            if (tenant is null && Tenant.Across is { } access)
            {
                _across?.Dispose();
                _across = null;
                _across = access.Acquire();
                if (uses == 0 && indexes == IndexVersions.None)
                {
                    continue;
                }
            }

            Release(tenant);
            Hold(tenant, Instance.AcquireRing(tenant ?? Tenant.Get(), uses, indexes));
        }
    }

    /// <summary>The keys of a tenant, null standing for the context's own. Waits synchronously only where no operation has awaited them.</summary>
    public KeyRingLease KeysOf(string? tenant) => Held(tenant) ?? Hold(tenant, Instance.AcquireRing(tenant ?? Tenant.Get(), 0));

    /// <summary>Decrypts a value for its column: under the tenant's keys, or, across tenants, under those of the tenant that it belongs to.</summary>
    public T Decrypt<T>(string? tenant, string purpose, byte[] value, ValueCodec<T> codec) => tenant is null && Tenant.Across is { } access
        ? (_across ??= access.Acquire()).Decrypt(purpose, value, codec)
        : KeysOf(tenant).Decrypt(purpose, value, codec);

    /// <summary>Ends a save: nothing more is written, for no tenant.</summary>
    public void EndSave()
    {
        IsWriting = false;
        if (Tenant.Saved is not null)
        {
            Tenant.Saved = null;
            Release(null);
        }
    }

    /// <summary>Ends reading across tenants.</summary>
    public void Close(CrossTenantAccess access)
    {
        if (Tenant.Close(access))
        {
            _across?.Dispose();
            _across = null;
        }
    }

    /// <inheritdoc/>
    public void ResetState()
    {
        Tenant.Clear();
        Dispose();
    }

    /// <inheritdoc/>
    public Task ResetStateAsync(CancellationToken cancellationToken = default)
    {
        ResetState();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        IsWriting = false;
        Adoptions = null;
        _needs = new RingNeeds();
        _own?.Dispose();
        _own = null;
        _across?.Dispose();
        _across = null;
        foreach (var held in _constant?.Values ?? Enumerable.Empty<KeyRingLease>())
        {
            held.Dispose();
        }

        _constant = null;
    }

    private KeyRingLease? Held(string? tenant) => tenant is null ? _own : _constant?.GetValueOrDefault(tenant);

    // What the last operation has left of its uses goes back before the next one takes its own: UnlockAsync sets them aside for it.
    private void Release(string? tenant)
    {
        Held(tenant)?.Dispose();
        if (tenant is null)
        {
            _own = null;
        }
        else
        {
            _constant?.Remove(tenant);
        }
    }

    private KeyRingLease Hold(string? tenant, KeyRingLease held)
    {
        if (tenant is null)
        {
            _own = held;
        }
        else
        {
            (_constant ??= new(StringComparer.Ordinal))[tenant] = held;
        }

        return held;
    }

    private void DropOtherTenant()
    {
        if (_own is not null && Tenant.Find() != _own.Tenant)
        {
            Release(null);
        }
    }

    private ColumnCryptInstance Resolve()
    {
        var services = _options.FindExtension<CoreOptionsExtension>()?.ApplicationServiceProvider;
        return services?.GetKeyedService<ColumnCryptInstance>(_settings.InstanceName)
            ?? throw new EncryptionModelException(
                $"{Context.GetType().Name} finds no ColumnCrypt instance{(_settings.InstanceName.Length == 0 ? "" : $" named '{_settings.InstanceName}'")}: "
                + "call services.AddColumnCrypt(…) and make the context through dependency injection, or hand a ColumnCryptInstance to UseColumnCrypt.");
    }
}
