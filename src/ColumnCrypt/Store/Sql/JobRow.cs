using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store.Sql;

/// <summary>A <see cref="JobRecord"/> as a row.</summary>
internal static class JobRow
{
    public static JobRecord Read(RowReader row) => new()
    {
        JobId = row.Text("job_id"),
        Kind = row.Text("kind"),
        Target = row.TextOrNull("target"),
        State = row.State<JobState>("state"),
        Cursor = row.TextOrNull("cursor"),
        Processed = row.Int64("processed"),
        Succeeded = row.Int64("succeeded"),
        Failed = row.Int64("failed"),
        LeaseOwner = row.TextOrNull("lease_owner"),
        LeaseUntil = row.TimeOrNull("lease_until"),
        FencingToken = row.Int64("fencing_token"),
        RequestedBy = row.Text("requested_by"),
        RequestedAt = row.Time("requested_at"),
        RowVersion = row.Int64("row_version"),
        Mac = row.BytesOrNull("mac"),
    };

    public static void Write(RowWriter row, JobRecord job)
    {
        row.Set("job_id", job.JobId);
        row.Set("kind", job.Kind);
        row.Set("target", job.Target);
        row.Set("state", job.State.ToString());
        row.Set("cursor", job.Cursor);
        row.Set("processed", job.Processed);
        row.Set("succeeded", job.Succeeded);
        row.Set("failed", job.Failed);
        row.Set("lease_owner", job.LeaseOwner);
        row.Set("lease_until", job.LeaseUntil);
        row.Set("fencing_token", job.FencingToken);
        row.Set("requested_by", job.RequestedBy);
        row.Set("requested_at", job.RequestedAt);
        row.Set("row_version", job.RowVersion);
        row.Set("mac", job.Mac);
    }
}
