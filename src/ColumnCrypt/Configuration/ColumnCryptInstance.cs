using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Configuration;

/// <summary>One configured ColumnCrypt: its key store, its KEKs and its cache of key rings. Thread-safe. One per process and name.</summary>
public sealed class ColumnCryptInstance : IAsyncDisposable, IDisposable
{
    internal ColumnCryptInstance(ColumnCryptBuilder builder) => Name = builder.Name;

    /// <summary>The name; "" for the default instance.</summary>
    public string Name { get; }

    /// <summary>Makes an instance without a dependency-injection container. Does no I/O.</summary>
    /// <param name="configure">Says where keys live and which KEKs wrap them.</param>
    /// <exception cref="EncryptionModelException">The configuration is wrong; the message names every mistake.</exception>
    public static ColumnCryptInstance Create(Action<ColumnCryptBuilder> configure) => throw new NotImplementedException();

    /// <summary>The ring of a tenant, loaded where it is not cached.</summary>
    /// <param name="tenant">The tenant id.</param>
    /// <param name="uses">
    /// How many uses of the data key are about to follow, 0 where the ring is only read. With 1 or more, the tenant's first key
    /// is made where there is none, and the uses are reserved.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait; a load that others wait for goes on.</param>
    public ValueTask<KeyRingLease> AcquireRingAsync(string tenant, long uses, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>As <see cref="AcquireRingAsync"/>. Blocks the thread once where the ring is cold, or where uses must be reserved.</summary>
    public KeyRingLease AcquireRing(string tenant, long uses) => throw new NotImplementedException();

    /// <summary>
    /// Compares the encrypted columns of an application with the manifest and writes those that are new. Called before a first
    /// write; returns at once where the same columns were registered before.
    /// </summary>
    /// <param name="tenant">The tenant whose key store holds the manifest.</param>
    /// <param name="database">The database, as the application names it.</param>
    /// <param name="columns">All encrypted columns of the application in that database; Mac and RowVersion are set here.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="EncryptionModelException">A known column has another purpose or codec than before.</exception>
    public ValueTask RegisterColumnsAsync(string tenant, string database, IReadOnlyList<ColumnRecord> columns, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc cref="RegisterColumnsAsync"/>
    /// <remarks>Blocks the thread once per set of columns.</remarks>
    public void RegisterColumns(string tenant, string database, IReadOnlyList<ColumnRecord> columns) => throw new NotImplementedException();

    /// <summary>Ends background work and zeroes every key that nobody leases.</summary>
    public void Dispose() => throw new NotImplementedException();

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
