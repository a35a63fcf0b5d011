using System.Globalization;
using System.Text;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Schema;

namespace ColumnCrypt.PostgreSql;

/// <summary>
/// Makes the script that gives the three roles their rights: column grants say which columns a role may write, row-level security in
/// which states. What a role has been granted on the key tables before is taken away first.
/// </summary>
internal sealed class PostgreSqlRoles
{
    private const int MaxIdentifierBytes = 63;
    private const string Unlocked = $"state IN ('{nameof(KeyState.PreActive)}', '{nameof(KeyState.Active)}')";
    private const string OfATenant = "kind IN ('data', 'index', 'intermediate')";

    private readonly StringBuilder _script = new();
    private readonly PostgreSqlDialect _dialect;
    private readonly string _schema;
    private readonly string _application;
    private readonly string _operator;
    private readonly string _auditor;

    private PostgreSqlRoles(PostgreSqlDialect dialect, string schema, string application, string @operator, string auditor)
    {
        string[] roles = [application, @operator, auditor];
        if (roles.Any(static role => string.IsNullOrEmpty(role) || Encoding.UTF8.GetByteCount(role) > MaxIdentifierBytes || role.Contains('\0', StringComparison.Ordinal))
            || roles.Distinct(StringComparer.Ordinal).Count() < roles.Length)
        {
            throw new EncryptionModelException(string.Create(
                CultureInfo.InvariantCulture, $"The roles of application, operator and auditor are three, each with a name of 1 to {MaxIdentifierBytes} bytes without NUL."));
        }

        (_dialect, _schema) = (dialect, Quote(schema));
        (_application, _operator, _auditor) = (Quote(application), Quote(@operator), Quote(auditor));
    }

    public static string Script(PostgreSqlDialect dialect, string schema, string application, string @operator, string auditor)
    {
        var roles = new PostgreSqlRoles(dialect, schema, application, @operator, auditor);
        roles.Write();
        return roles._script.ToString();
    }

    private void Write()
    {
        Add("BEGIN");
        Add("SET LOCAL lock_timeout = '3s'");
        Add($"GRANT USAGE ON SCHEMA {_schema} TO {_application}, {_operator}, {_auditor}");
        foreach (var table in KeyTableSchema.Tables)
        {
            Add($"REVOKE ALL ON {_dialect.Qualify(table)} FROM PUBLIC, {_application}, {_operator}, {_auditor}");
            Grant("SELECT", table, _operator);
            Grant("SELECT", table, _auditor);
        }

        foreach (var table in KeyTableSchema.Tables.Where(static table => table != KeyTableSchema.Audit))
        {
            Grant("INSERT, UPDATE", table, _operator);
        }

        Grant("DELETE", KeyTableSchema.Node, _operator);
        WriteApplication();
        WriteStates();
        WriteAudit();
        Add("COMMIT");
    }

    private void WriteApplication()
    {
        KeyTable[] read = [KeyTableSchema.Schema, KeyTableSchema.Tenant, KeyTableSchema.Key, KeyTableSchema.Wrap, KeyTableSchema.Kek, KeyTableSchema.Column, KeyTableSchema.Node];
        foreach (var table in read)
        {
            Grant("SELECT", table, _application);
        }

        foreach (var table in read.Where(static table => table != KeyTableSchema.Schema))
        {
            Grant("INSERT", table, _application);
        }

        Grant("UPDATE (generation)", KeyTableSchema.Schema, _application);
        Grant("UPDATE (generation, row_version, mac)", KeyTableSchema.Tenant, _application);
        Grant(
            "UPDATE (state, created_at, activated_at, deactivated_at, suspended_at, compromised_at, destroyed_at, reserved_uses, row_version, mac)",
            KeyTableSchema.Key,
            _application);
        Grant("UPDATE (index_columns, index_version, adoption, row_version, mac)", KeyTableSchema.Column, _application);
        Grant("UPDATE (name, started_at, seen_at, keks, mac)", KeyTableSchema.Node, _application);
    }

    private void WriteStates()
    {
        foreach (var table in (KeyTable[])[KeyTableSchema.Tenant, KeyTableSchema.Key, KeyTableSchema.Wrap, KeyTableSchema.Kek])
        {
            Secure(table);
            Policy("read", table, $"FOR SELECT TO {_application}, {_auditor} USING (true)");
            Policy("operator", table, $"FOR ALL TO {_operator} USING (true) WITH CHECK (true)");
        }

        const string Untouched = $"state = '{nameof(TenantState.Active)}' AND hold IS NULL AND shred_scheduled_at IS NULL AND shred_due_at IS NULL AND shredded_at IS NULL";
        Policy("application_insert", KeyTableSchema.Tenant, $"FOR INSERT TO {_application} WITH CHECK ({Untouched})");
        Policy("application_update", KeyTableSchema.Tenant, $"FOR UPDATE TO {_application} USING (state = '{nameof(TenantState.Active)}')");
        Policy("application_insert", KeyTableSchema.Key, $"FOR INSERT TO {_application} WITH CHECK ({OfATenant} AND {Unlocked})");
        Policy(
            "application_update",
            KeyTableSchema.Key,
            $"""
            FOR UPDATE TO {_application} USING ({OfATenant} AND {Unlocked})
                WITH CHECK (({Unlocked} OR state = '{nameof(KeyState.Deactivated)}') AND compromised_at IS NULL AND destroyed_at IS NULL)
            """);
        Policy(
            "application_insert",
            KeyTableSchema.Wrap,
            $"""
            FOR INSERT TO {_application} WITH CHECK (wrapped IS NOT NULL AND valid_to IS NULL AND EXISTS (
                SELECT FROM {_dialect.Qualify(KeyTableSchema.Key)} k WHERE k.key_id = {KeyTableSchema.Wrap.Name}.key_id AND k.row_version = 1 AND k.{OfATenant} AND k.{Unlocked}))
            """);
        Policy("application_insert", KeyTableSchema.Kek, $"FOR INSERT TO {_application} WITH CHECK (state = '{nameof(KekState.Active)}')");

        // Who makes a key locks the rows of its KEKs for share, for which PostgreSQL demands a right to update: this one updates nothing.
        Grant("UPDATE (added_at)", KeyTableSchema.Kek, _application);
        Policy("application_lock", KeyTableSchema.Kek, $"FOR UPDATE TO {_application} USING (true) WITH CHECK (false)");
    }

    private void WriteAudit()
    {
        var table = KeyTableSchema.Audit;
        Grant("INSERT (audit_id, at, actor, action, tenant, key_id, detail, mac)", table, _application);
        Grant("INSERT, UPDATE (sequence, previous_hash, mac)", table, _operator);
        Secure(table);
        Policy("read", table, $"FOR SELECT TO {_operator}, {_auditor} USING (true)");
        Policy("operator_insert", table, $"FOR INSERT TO {_operator} WITH CHECK (true)");
        Policy("operator_update", table, $"FOR UPDATE TO {_operator} USING (sequence IS NULL) WITH CHECK (sequence IS NOT NULL)");
        Policy("application_insert", table, $"FOR INSERT TO {_application} WITH CHECK (sequence IS NULL AND previous_hash IS NULL)");
    }

    private void Secure(KeyTable table) => Add($"ALTER TABLE {_dialect.Qualify(table)} ENABLE ROW LEVEL SECURITY");

    private void Grant(string rights, KeyTable table, string role) => Add($"GRANT {rights} ON {_dialect.Qualify(table)} TO {role}");

    private void Policy(string name, KeyTable table, string rule)
    {
        string policy = $"columncrypt_{name} ON {_dialect.Qualify(table)}";
        Add($"DROP POLICY IF EXISTS {policy}");
        Add($"CREATE POLICY {policy} {rule}");
    }

    private void Add(string statement) => _script.Append(statement).Append(";\n");

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
