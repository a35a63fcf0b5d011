using System.Data.Common;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store.Sql;

/// <summary>Gathers <see cref="StoreCounts"/> from rows of (what, name, second name, count).</summary>
internal sealed class CountRows(KeyStoreDialect dialect)
{
    private readonly Dictionary<TenantState, long> _tenants = [];
    private readonly Dictionary<(KeyKind Kind, KeyState State), long> _keys = [];
    private readonly Dictionary<string, long> _wraps = new(StringComparer.Ordinal);
    private long? _generation;

    public void Add(DbDataReader reader)
    {
        var (name, second, count) = (reader.GetString(1), reader.GetString(2), reader.GetInt64(3));
        switch (reader.GetString(0))
        {
            case "tenant":
                _tenants.Add(Parse<TenantState>("columncrypt_tenant", name), count);
                break;
            case "key":
                _keys.Add((KeyKindNames.Parse(name), Parse<KeyState>("columncrypt_key", second)), count);
                break;
            case "wrap":
                _wraps.Add(name, count);
                break;
            default:
                _generation = count;
                break;
        }
    }

    public StoreCounts ToCounts() => new(_tenants, _keys, _wraps, _generation ?? throw dialect.NotInitialized(null));

    private TState Parse<TState>(string table, string name)
        where TState : struct, Enum => Enum.GetNames<TState>().Contains(name, StringComparer.Ordinal)
            ? Enum.Parse<TState>(name)
            : throw new KeyUnavailableException(
                KeyUnavailableReason.Tampered,
                $"{table}.state in {dialect.Place} holds the unknown state '{name}'. Compare the key tables with a backup; a newer ColumnCrypt may have written it.");
}
