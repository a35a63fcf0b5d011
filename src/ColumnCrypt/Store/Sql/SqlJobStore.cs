using System.Data.Common;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Schema;

namespace ColumnCrypt.Store.Sql;

/// <summary>Jobs and nodes in a database.</summary>
internal sealed class SqlJobStore(SqlConnections connections, KeyStoreDialect dialect, SqlChain chain) : IJobStore
{
    private readonly string _insert = SqlText.Insert(dialect, KeyTableSchema.Job);

    private readonly string _update = $"""
        UPDATE {dialect.Qualify(KeyTableSchema.Job)} SET {SqlText.Assignments(KeyTableSchema.Job, "job_id")}
        WHERE job_id = @job_id AND row_version = @row_version - 1
        """;

    private readonly string _find = $"SELECT {SqlText.Columns("j", KeyTableSchema.Job)} FROM {dialect.Qualify(KeyTableSchema.Job)} j WHERE job_id = @job_id";

    private readonly string _read = $"""
        SELECT {SqlText.Columns("j", KeyTableSchema.Job)} FROM {dialect.Qualify(KeyTableSchema.Job)} j
        WHERE job_id > @job_id ORDER BY job_id LIMIT @limit
        """;

    private readonly string _report = $"""
        INSERT INTO {dialect.Qualify(KeyTableSchema.Node)} (node_id, name, started_at, seen_at, keks, mac)
        VALUES (@node_id, @name, @started_at, @seen_at, @keks, @mac)
        ON CONFLICT (node_id) DO UPDATE SET name = excluded.name, started_at = excluded.started_at, seen_at = excluded.seen_at, keks = excluded.keks, mac = excluded.mac
        """;

    private readonly string _readNodes = SqlText.Invariant($"""
        SELECT {SqlText.Columns("n", KeyTableSchema.Node)} FROM {dialect.Qualify(KeyTableSchema.Node)} n
        WHERE seen_at >= @seen_at ORDER BY node_id LIMIT {StoreArguments.MaxPage}
        """);

    private readonly string _removeNodes = $"DELETE FROM {dialect.Qualify(KeyTableSchema.Node)} WHERE seen_at < @seen_at";

    public Task<bool> TryAddAsync(JobRecord job, ChainEntries? chain, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        return WriteAsync(_insert, job, chain, cancellationToken);
    }

    public Task<JobRecord?> FindAsync(string jobId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(jobId);
        return connections.RunAsync(
            async call => (await call.ListAsync(_find, row => row.Set("job_id", jobId), ReadJob).ConfigureAwait(false)).SingleOrDefault(), cancellationToken);
    }

    public Task<IReadOnlyList<JobRecord>> ReadAsync(string after, int limit, CancellationToken cancellationToken)
    {
        StoreArguments.CheckPage(after, limit);
        return connections.RunAsync<IReadOnlyList<JobRecord>>(
            async call => await call.ListAsync(
                _read,
                row =>
                {
                    row.Set("job_id", after);
                    row.Set("limit", limit);
                },
                ReadJob).ConfigureAwait(false),
            cancellationToken);
    }

    public Task<bool> TryUpdateAsync(JobRecord job, ChainEntries? chain, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        return WriteAsync(_update, job, chain, cancellationToken);
    }

    /// <summary>Writes a job's next row within a transaction that holds the chain's lock; false where it stands in another version.</summary>
    public async Task<bool> TryUpdateAsync(SqlCall call, JobRecord job) =>
        await call.ExecuteAsync(_update, row => JobRow.Write(row, job)).ConfigureAwait(false) == 1;

    public Task ReportNodeAsync(NodeRecord node, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(node);
        return connections.RunAsync(call => call.ExecuteAsync(_report, row => NodeRow.Write(row, node)), cancellationToken);
    }

    public Task<IReadOnlyList<NodeRecord>> ReadNodesAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        connections.RunAsync<IReadOnlyList<NodeRecord>>(
            async call => await call.ListAsync(
                _readNodes, row => row.Set("seen_at", since), reader => NodeRow.Read(new(reader, KeyTableSchema.Node, 0, dialect))).ConfigureAwait(false),
            cancellationToken);

    public Task RemoveNodesAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        connections.RunAsync(call => call.ExecuteAsync(_removeNodes, row => row.Set("seen_at", before)), cancellationToken);

    private Task<bool> WriteAsync(string statement, JobRecord job, ChainEntries? entries, CancellationToken cancellationToken) => connections.RunAsync(
        async call =>
        {
            await call.BeginAsync().ConfigureAwait(false);
            if (entries is not null)
            {
                await chain.LockAsync(call).ConfigureAwait(false);
            }

            if (await call.ExecuteAsync(statement, row => JobRow.Write(row, job)).ConfigureAwait(false) == 0)
            {
                return false;
            }

            await chain.AppendAsync(call, entries).ConfigureAwait(false);
            await call.CommitAsync().ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    private JobRecord ReadJob(DbDataReader reader) => JobRow.Read(new(reader, KeyTableSchema.Job, 0, dialect));
}
