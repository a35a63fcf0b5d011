using System.Data.Common;
using ColumnCrypt.Configuration;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.EntityFrameworkCore.TestHost;

/// <summary>An application of accounts: its rows in a database, its keys in another, or in the same one on a server.</summary>
public sealed class Application : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly bool _isServer;
    private readonly string _rows;

    /// <summary>Makes the application. Does no I/O.</summary>
    /// <param name="provider"><c>postgresql</c> or <c>sqlite</c>.</param>
    /// <param name="rows">The connection string of the rows.</param>
    /// <param name="keys">The connection string of the keys.</param>
    /// <param name="kekFile">The KEK's file; its passphrase is in the environment.</param>
    /// <param name="bound">The revocation bound; null for the default.</param>
    public Application(string provider, string rows, string keys, string kekFile, TimeSpan? bound = null)
    {
        _isServer = provider == "postgresql";
        _rows = rows;
        Keys = ColumnCryptInstance.Create(cc =>
        {
            cc.UseKek($"file:{kekFile}");
            _ = _isServer
                ? cc.UsePostgreSqlKeyStore(keys, static o => (o.CreateTables, o.Timeout) = (true, s_patience))
                : cc.UseSqliteKeyStore(keys, static o => o.Timeout = s_patience);
            cc.Bounds.KekTimeout = s_patience;
            if (bound is { } given)
            {
                (cc.Bounds.RevocationBound, cc.Bounds.PollInterval) = (given, TimeSpan.FromMilliseconds(100));
            }
        });
    }

    public ColumnCryptInstance Keys { get; }

    public AccountContext Open(Step step, string? tenant)
    {
        var options = new DbContextOptionsBuilder<AccountContext>();
        _ = _isServer ? options.UseNpgsql(_rows) : options.UseSqlite(_rows);
        options.UseColumnCrypt<AccountContext>(static context => context.Tenant, Keys);
        return new AccountContext(options.Options, step) { Tenant = tenant };
    }

    /// <summary>The application of contacts; the old version knows nothing of ColumnCrypt.</summary>
    public ContactContext Open(AdoptionVersion version)
    {
        var options = new DbContextOptionsBuilder<ContactContext>();
        _ = _isServer ? options.UseNpgsql(_rows) : options.UseSqlite(_rows);
        if (version != AdoptionVersion.Old)
        {
            options.UseColumnCrypt(static _ => "a", Keys);
        }

        return new ContactContext(options.Options, version);
    }

    /// <summary>True for what passes by itself on a busy machine: nothing was written.</summary>
    public static bool IsPassing(Exception error) => error.GetBaseException() is ColumnCryptException { IsTransient: true } or DbException { IsTransient: true } or SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_BUSY };

    public ValueTask DisposeAsync() => Keys.DisposeAsync();
}
