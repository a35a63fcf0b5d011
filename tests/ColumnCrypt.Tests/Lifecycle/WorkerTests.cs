using ColumnCrypt.Audit;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Metadata;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Signing;
using ColumnCrypt.Tests.Keys;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;

namespace ColumnCrypt.Tests.Lifecycle;

// SPEC-LIFE-8 SPEC-AUDIT-1
public sealed class WorkerTests
{
    // It would fail with every round.
    [Fact]
    public async Task Job_ThatALastingErrorEnds_IsStoppedWithItsReason_AndOneOfAnotherConfigurationIsLeft()
    {
        using var escrow = new EscrowFile();
        using var node = new TestNode();
        await node.EncryptAsync("acme", "x");
        using var other = new TestNode(node, configure: cc => cc.EscrowTo(escrow.Uri));
        var drop = await other.Instance.Keys.EnqueueRewrapAsync(new RewrapOptions(escrow.Uri) { Phase = RewrapPhase.Drop });
        await other.Instance.Keys.ApproveJobAsync(drop.JobId);

        // A node that does not know the KEK leaves the job to one that does.
        Assert.Equal(KeyUnavailableReason.KekNotAllowed, (await Assert.ThrowsAsync<KeyUnavailableException>(() => node.Instance.Keys.RunJobsAsync())).Reason);
        Assert.Equal(JobState.Ready, Assert.Single(await node.Instance.Keys.ListJobsAsync()).State);
        await Assert.ThrowsAsync<KeyStateException>(() => other.Instance.Keys.RunJobsAsync());
        var stopped = Assert.Single(await node.Instance.Keys.ListJobsAsync());
        Assert.Equal(JobState.Stopped, stopped.State);
        Assert.Contains("An escrow is kept beside the KEK", stopped.Reason, StringComparison.Ordinal);
        Assert.Equal(0, await other.Instance.Keys.RunJobsAsync());
        Assert.Equal(JobState.Ready, (await other.Instance.Keys.ApproveJobAsync(drop.JobId)).State);
    }

    [Fact]
    public async Task Worker_RunsApprovedJobs_DestroysWhatIsDue_AndKeepsSignedCheckpoints()
    {
        using var folder = new TempFolder();
        using var signer = FileSigningKey.Create(folder.File("signing.pem"), "six random words make one");
        using var node = new TestNode(configure: cc => cc.UseSigner(signer));
        await node.EncryptAsync("acme", "x");
        await node.EncryptAsync("globex", "y");
        var keys = node.Instance.Keys;
        await keys.ScheduleShredAsync("acme", "test", TimeSpan.Zero);
        var job = await keys.EnqueueRewrapAsync(new(node.Kek.Id));
        await keys.ApproveJobAsync(job.JobId);
        var kept = new List<AuditCheckpoint>();
        bool full = true;
        var options = new KeyWorkerOptions
        {
            Keep = (checkpoint, _) =>
            {
                kept.Add(full ? throw new IOException("the disk is full") : checkpoint);
                return Task.CompletedTask;
            },
        };
        using var worker = new KeyWorker(keys, options, node.Time, NullLogger.Instance);

        await worker.RunOnceAsync(default);
        Assert.Equal(JobState.Completed, (await keys.ListJobsAsync()).Single().State);
        Assert.Equal(TenantState.Shredded, (await keys.FindTenantAsync("acme"))!.State);
        Assert.Empty(kept);
        full = false;
        await worker.RunOnceAsync(default);
        await worker.RunOnceAsync(default);
        Assert.True(Assert.Single(kept).IsSignedBy(signer.Fingerprint));
        Assert.False((kept[0] with { Sequence = kept[0].Sequence + 1 }).IsSignedBy(signer.Fingerprint));
        Assert.True((await keys.VerifyAuditAsync(kept[0])).IsValid);
        Assert.Equal(0, (await keys.VerifyAuditAsync()).Unchained);
        node.Time.Advance(TimeSpan.FromMinutes(5));
        await worker.RunOnceAsync(default);
        Assert.Equal(2, kept.Count);
    }

    [Fact]
    public async Task Key_AtTheEndOfItsCryptoperiod_IsSucceededByItself()
    {
        using var node = new TestNode(bounds: static bounds => (bounds.Cryptoperiod, bounds.IdleEviction) = (TimeSpan.FromDays(1), TimeSpan.FromDays(30)));
        byte[] old = await node.EncryptAsync("acme", "x");
        node.Time.Advance(TimeSpan.FromHours(23));
        Assert.Single(await node.Instance.Keys.ListKeysAsync("acme"));
        await Waiting.UntilAsync(async () =>
        {
            node.Time.Advance(TimeSpan.FromMinutes(10));
            await node.DecryptAsync("acme", old);
            return (await node.Instance.Keys.ListKeysAsync("acme")) is [{ State: KeyState.Deactivated }, { State: KeyState.Active }];
        });
        Assert.Equal("x", await node.DecryptAsync("acme", old));
    }
}
