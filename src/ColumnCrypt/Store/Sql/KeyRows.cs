using System.Data.Common;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Schema;

namespace ColumnCrypt.Store.Sql;

/// <summary>Gathers keys with their wraps from a join, ordered by key, in which a key's row and its tenant's stand once for each wrap.</summary>
internal sealed class KeyRows(KeyStoreDialect dialect)
{
    private static readonly int s_tenantOffset = KeyTableSchema.Key.Columns.Count;
    private static readonly int s_wrapOffset = s_tenantOffset + KeyTableSchema.Tenant.Columns.Count;

    private readonly List<KeyWithWraps> _keys = [];
    private List<WrapRecord> _wraps = [];

    public IReadOnlyList<KeyWithWraps> Keys => _keys;

    public void Add(DbDataReader reader)
    {
        var key = new RowReader(reader, KeyTableSchema.Key, 0, dialect);
        var wrap = new RowReader(reader, KeyTableSchema.Wrap, s_wrapOffset, dialect);
        if (_keys.Count == 0 || _keys[^1].Key.KeyId != key.KeyId("key_id"))
        {
            var tenant = new RowReader(reader, KeyTableSchema.Tenant, s_tenantOffset, dialect);
            _wraps = [];
            _keys.Add(new KeyWithWraps(KeyRow.Read(key), tenant.IsNull("tenant") ? null : TenantRow.Read(tenant), _wraps));
        }

        if (!wrap.IsNull("key_id"))
        {
            _wraps.Add(WrapRow.Read(wrap));
        }
    }
}
