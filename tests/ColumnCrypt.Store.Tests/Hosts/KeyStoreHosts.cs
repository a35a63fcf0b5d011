using ColumnCrypt.TestSupport;
using Xunit;

namespace ColumnCrypt.Store.Tests.Hosts;

/// <summary>The registry of all key stores: whoever is listed here answers to the whole contract.</summary>
public static class KeyStoreHosts
{
    private static readonly Lazy<PgBouncer> s_bouncer = new(static () => PgBouncer.Start(poolSize: 2));

    private static readonly Dictionary<string, Func<KeyStoreHost>> s_all = new(StringComparer.Ordinal)
    {
        ["memory"] = static () => new InMemoryHost(),
        ["sqlite"] = static () => new SqliteHost(),
        ["postgresql"] = static () => new PostgreSqlHost(),
        ["postgresql, schema tenant_keys"] = static () => new PostgreSqlHost("tenant_keys"),
        ["postgresql, through PgBouncer"] = static () => new PostgreSqlHost(bouncer: s_bouncer.Value),
    };

    public static TheoryData<string> All => [.. s_all.Keys];

    public static TheoryData<string> Sql => [.. s_all.Keys.Where(static name => name != "memory")];

    public static KeyStoreHost Create(string name) => s_all[name]();

    public static SqlHost CreateSql(string name) => (SqlHost)s_all[name]();
}
