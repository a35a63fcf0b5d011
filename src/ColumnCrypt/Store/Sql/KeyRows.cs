using System.Data.Common;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Schema;

namespace ColumnCrypt.Store.Sql;

/// <summary>Gathers keys with their wraps from a join, ordered by key, in which a key's row and its tenant's state stand once for each wrap.</summary>
internal sealed class KeyRows(KeyStoreDialect dialect)
{
    /// <summary>The name of the column with the state of the key's tenant.</summary>
    public const string TenantState = "tenant_state";

    private static readonly int s_stateOrdinal = KeyTableSchema.Key.Columns.Count;

    private readonly List<KeyWithWraps> _keys = [];
    private List<WrapRecord> _wraps = [];

    public IReadOnlyList<KeyWithWraps> Keys => _keys;

    public void Add(DbDataReader reader)
    {
        var key = new RowReader(reader, KeyTableSchema.Key, 0, dialect);
        var wrap = new RowReader(reader, KeyTableSchema.Wrap, s_stateOrdinal + 1, dialect);
        if (_keys.Count == 0 || _keys[^1].Key.KeyId != key.KeyId("key_id"))
        {
            _wraps = [];
            _keys.Add(new KeyWithWraps(KeyRow.Read(key), ReadState(reader), _wraps));
        }

        if (!wrap.IsNull("key_id"))
        {
            _wraps.Add(WrapRow.Read(wrap));
        }
    }

    // The column stands alone, so its table is read as one of a single column.
    private TenantState? ReadState(DbDataReader reader) => reader.IsDBNull(s_stateOrdinal)
        ? null
        : new RowReader(reader, KeyTableSchema.Tenant, s_stateOrdinal - KeyTableSchema.Tenant.OrdinalOf("state"), dialect).State<TenantState>("state");
}
