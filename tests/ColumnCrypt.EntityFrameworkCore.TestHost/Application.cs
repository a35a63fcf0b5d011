using ColumnCrypt.Configuration;
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
    public Application(string provider, string rows, string keys, string kekFile)
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

    public ValueTask DisposeAsync() => Keys.DisposeAsync();
}
