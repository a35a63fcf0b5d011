using System.Data.Common;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Schema;

namespace ColumnCrypt.Store.Sql;

/// <summary>The transactions of a <see cref="SqlKeyStore"/>: each is committed wholly when its method returns true, and else not at all.</summary>
internal sealed class SqlWrites(KeyStoreDialect dialect, SqlStatements sql, SqlChain chain, TimeProvider time)
{
    // The order of the locks is the same wherever there are several: generation, which is the chain's too, tenants by id, KEKs by id,
    // keys, wraps, jobs, audit. So two nodes wait for each other at most, never in a circle.
    public async Task<bool> TryInsertKeyAsync(SqlCall call, NewKey key)
    {
        await call.BeginAsync().ConfigureAwait(false);
        if (key.Tenant is { } tenant)
        {
            await call.ExecuteAsync(sql.InsertTenant, row => TenantRow.Write(row, tenant)).ConfigureAwait(false);
            if (!await LockActiveAsync(call, tenant).ConfigureAwait(false))
            {
                return false;
            }
        }

        foreach (var kek in key.Keks.OrderBy(static kek => kek.KekId, StringComparer.Ordinal))
        {
            await call.ExecuteAsync(sql.InsertKek, row => KekRow.Write(row, kek)).ConfigureAwait(false);
        }

        foreach (string kekId in key.Wraps.Select(static wrap => wrap.KekId).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var states = await call.ListAsync(sql.LockKek, row => row.Set("kek_id", kekId), static reader => reader.GetString(0)).ConfigureAwait(false);
            StoreArguments.DemandActive(kekId, states.SingleOrDefault());
        }

        if (await call.ExecuteAsync(sql.InsertKey, row => KeyRow.WriteNew(row, key.Key)).ConfigureAwait(false) == 0)
        {
            return false;
        }

        foreach (var wrap in key.Wraps)
        {
            if (await call.ExecuteAsync(sql.InsertWrap, row => WrapRow.Write(row, wrap)).ConfigureAwait(false) == 0)
            {
                return false;
            }
        }

        await chain.AddAsync(call, key.Entry).ConfigureAwait(false);
        await call.CommitAsync().ConfigureAwait(false);
        return true;
    }

    public async Task<bool> TryChangeAsync(SqlCall call, Func<long, KeyChange> makeChange)
    {
        await call.BeginAsync().ConfigureAwait(false);
        var drawn = await call.ListAsync(sql.DrawGeneration, null, static reader => reader.GetInt64(0)).ConfigureAwait(false);
        var generation = drawn is [var next] ? next : throw dialect.NotInitialized(null);
        var change = makeChange(generation);
        StoreArguments.Check(change, generation);
        if (!await TryWriteTenantAsync(call, change.Tenant).ConfigureAwait(false))
        {
            return false;
        }

        foreach (var key in change.Keys)
        {
            if (!await TryUpdateKeyAsync(call, key).ConfigureAwait(false))
            {
                return false;
            }

            if (change.DropWraps)
            {
                await DropWrapsAsync(call, key.KeyId).ConfigureAwait(false);
            }
        }

        await chain.AppendAsync(call, change.Chain).ConfigureAwait(false);
        await chain.AddAsync(call, change.Entry).ConfigureAwait(false);
        await call.CommitAsync().ConfigureAwait(false);
        return true;
    }

    // The wraps of a new key are under the KEK of the policy that its maker has read: under another one they are not wanted.
    private async Task<bool> LockActiveAsync(SqlCall call, TenantRecord wanted)
    {
        string tenant = wanted.Tenant;
        var locked = await LockTenantAsync(call, sql.LockTenantForShare, tenant).ConfigureAwait(false);
        if (locked.Count == 0)
        {
            // A role that may lock Active tenants only sees no other while it locks. One that is Active again was not a moment ago.
            locked = await LockTenantAsync(call, sql.ReadTenantState, tenant).ConfigureAwait(false);
            StoreArguments.DemandActive(tenant, locked.Single().State);
            return false;
        }

        StoreArguments.DemandActive(tenant, locked.Single().State);
        return locked.Single().KekPolicy == wanted.KekPolicy;
    }

    private async Task<bool> TryWriteTenantAsync(SqlCall call, TenantRecord tenant)
    {
        if (tenant.RowVersion == 1)
        {
            return await call.ExecuteAsync(sql.InsertTenant, row => TenantRow.Write(row, tenant)).ConfigureAwait(false) == 1;
        }

        var locked = await LockTenantAsync(call, sql.LockTenantForUpdate, tenant.Tenant).ConfigureAwait(false);
        return locked is [var before] && await TryUpdateTenantAsync(call, before, tenant).ConfigureAwait(false);
    }

    private async Task<bool> TryUpdateTenantAsync(SqlCall call, TenantRecord before, TenantRecord after)
    {
        var same = before with { Generation = after.Generation, RowVersion = after.RowVersion, Mac = after.Mac };
        return same == StoreCopy.Of(after) with { Mac = after.Mac }
            ? await call.ExecuteAsync(
                sql.UpdateTenantVersion,
                row =>
                {
                    row.Set("tenant", after.Tenant);
                    row.Set("generation", after.Generation);
                    row.Set("row_version", after.RowVersion);
                    row.Set("mac", after.Mac);
                }).ConfigureAwait(false) == 1
            : await call.ExecuteAsync(sql.UpdateTenant, row => TenantRow.Write(row, after)).ConfigureAwait(false) == 1;
    }

    private async Task<bool> TryUpdateKeyAsync(SqlCall call, KeyRecord key)
    {
        try
        {
            return await call.ExecuteAsync(sql.UpdateKey, row => KeyRow.Write(row, key)).ConfigureAwait(false) == 1;
        }
        catch (DbException error) when (dialect.Classify(error) == KeyStoreFault.Duplicate)
        {
            // Another key became Active since the caller read: it reads again.
            return false;
        }
    }

    private Task<int> DropWrapsAsync(SqlCall call, KeyId keyId) => call.ExecuteAsync(
        sql.DropWraps,
        row =>
        {
            row.Set("key_id", keyId);
            row.Set("valid_to", time.GetUtcNow());
        });

    private Task<List<TenantRecord>> LockTenantAsync(SqlCall call, string statement, string tenant) => call.ListAsync(
        statement,
        row => row.Set("tenant", tenant),
        reader => TenantRow.Read(new(reader, KeyTableSchema.Tenant, 0, dialect)));

    public async Task<bool> TryWriteColumnsAsync(SqlCall call, IReadOnlyList<ColumnRecord> columns, ChainEntries? entries)
    {
        await call.BeginAsync().ConfigureAwait(false);
        if (columns.Any(static column => column.Adoption.Length > 0))
        {
            // Nodes read the manifest again when the counter moves. This locks the chain's row as well.
            await call.ListAsync(sql.DrawGeneration, null, static reader => reader.GetInt64(0)).ConfigureAwait(false);
        }
        else if (entries is not null)
        {
            await chain.LockAsync(call).ConfigureAwait(false);
        }

        foreach (var column in columns
            .OrderBy(static column => column.Database, StringComparer.Ordinal)
            .ThenBy(static column => column.Schema, StringComparer.Ordinal)
            .ThenBy(static column => column.Table, StringComparer.Ordinal)
            .ThenBy(static column => column.Column, StringComparer.Ordinal))
        {
            if (await call.ExecuteAsync(column.RowVersion == 1 ? sql.InsertColumn : sql.UpdateColumn, row => ColumnRow.Write(row, column)).ConfigureAwait(false) == 0)
            {
                return false;
            }
        }

        await chain.AppendAsync(call, entries).ConfigureAwait(false);
        await call.CommitAsync().ConfigureAwait(false);
        return true;
    }
}
