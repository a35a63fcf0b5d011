using System.Data.Common;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Schema;

namespace ColumnCrypt.Store.Sql;

/// <summary>Gathers a tenant's keys from a join in which the tenant's row stands once for each key, and a key's once for each wrap.</summary>
internal sealed class TenantRows(KeyStoreDialect dialect)
{
    private readonly List<KeyRecord> _keys = [];
    private readonly HashSet<KeyId> _known = [];
    private readonly List<WrapRecord> _wraps = [];
    private TenantRecord? _tenant;

    public void Add(DbDataReader reader)
    {
        var tenant = new RowReader(reader, KeyTableSchema.Tenant, 0, dialect);
        var key = new RowReader(reader, KeyTableSchema.Key, KeyTableSchema.Tenant.Columns.Count, dialect);
        var wrap = new RowReader(reader, KeyTableSchema.Wrap, KeyTableSchema.Tenant.Columns.Count + KeyTableSchema.Key.Columns.Count, dialect);
        if (_tenant is null && !tenant.IsNull("tenant"))
        {
            _tenant = TenantRow.Read(tenant);
        }

        if (!key.IsNull("key_id") && _known.Add(key.KeyId("key_id")))
        {
            _keys.Add(KeyRow.Read(key));
        }

        if (!wrap.IsNull("key_id"))
        {
            _wraps.Add(WrapRow.Read(wrap));
        }
    }

    public TenantKeys ToTenantKeys() => new(_tenant, _keys, _wraps);
}
