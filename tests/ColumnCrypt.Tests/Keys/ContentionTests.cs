using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Tests.Keys;

// Must hold: threads that share keys, with rotation and eviction of rings and of cipher contexts meanwhile, never see a wrong value.
// 5,000,000 operations; COLUMNCRYPT_LONG=1 runs 100,000,000.
public sealed class ContentionTests
{
    private const int Tenants = 5;
    private const int Columns = 3;
    private const int Batch = 500;
    private const int Rotations = 30;

    private static readonly string[] s_purposes = ["person.name", "person.email", "person.phone"];
    private static readonly long s_operations = Environment.GetEnvironmentVariable("COLUMNCRYPT_LONG") == "1" ? 100_000_000 : 5_000_000;

    [Fact]
    public async Task Threads_TwoFourAndEight_UnderRotationAndEviction_NeverSeeAWrongValue()
    {
        foreach (int threads in (int[])[2, 4, 8])
        {
            using var node = new TestNode(bounds: static bounds =>
            {
                bounds.MaxCachedKeys = 6;
                bounds.MaxCipherContexts = 8;
            });
            var load = new Load(node, s_operations / 3, Rotations);
            int unwraps = node.Kek.Unwraps;

            await Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Task.Run(() => load.RunAsync(thread))));

            Assert.Equal(0, load.Wrong);
            Assert.True(load.Done >= s_operations / 3);
            Assert.Equal(Rotations, load.Rotated);
            Assert.True(node.Kek.Unwraps - unwraps > Rotations, "no ring was evicted");
            int keys = 0;
            for (int tenant = 0; tenant < Tenants; tenant++)
            {
                keys += (await node.Instance.Keys.ListKeysAsync($"tenant-{tenant}")).Count;
            }

            Assert.Equal(Tenants + Rotations, keys);
        }
    }

    private sealed class Load(TestNode node, long operations, int rotations)
    {
        private readonly SemaphoreSlim _rotating = new(1);
        private long _done;
        private int _wrong;
        private int _rotated;

        public long Done => Volatile.Read(ref _done);

        public int Wrong => Volatile.Read(ref _wrong);

        public int Rotated => Volatile.Read(ref _rotated);

        public async Task RunAsync(int thread)
        {
            var written = new Dictionary<string, byte[]>[Tenants];
            for (int round = thread; Done < operations; round++)
            {
                string tenant = $"tenant-{round % Tenants}";
                var before = written[round % Tenants] ??= [];
                using (var lease = await node.Instance.AcquireRingAsync(tenant, Batch, TestContext.Current.CancellationToken))
                {
                    for (int i = 0; i < Batch / 2; i++)
                    {
                        string purpose = s_purposes[i % Columns];
                        string text = $"{tenant} {purpose} {thread} {round} {i}";
                        byte[] value = lease.Encrypt(purpose, text, ValueCodecs.For<string>());
                        Check(text, lease.Decrypt(purpose, value, ValueCodecs.For<string>()));
                        if (i >= (Batch / 2) - Columns)
                        {
                            before[text] = value;
                        }
                    }

                    // Values of earlier rounds, and so of earlier keys.
                    foreach (var (text, value) in before)
                    {
                        Check(text, lease.Decrypt(text.Split(' ')[1], value, ValueCodecs.For<string>()));
                    }
                }

                if (before.Count > 10 * Columns)
                {
                    before.Clear();
                }

                Interlocked.Add(ref _done, Batch);
                await RotateWhereDueAsync(tenant);
            }
        }

        private void Check(string expected, string read)
        {
            if (expected != read)
            {
                Interlocked.Increment(ref _wrong);
            }
        }

        private async Task RotateWhereDueAsync(string tenant)
        {
            if (!await _rotating.WaitAsync(0))
            {
                return;
            }

            try
            {
                while (_rotated < rotations && Done >= operations / rotations * _rotated)
                {
                    var published = await node.Instance.Keys.RotateAsync(tenant);
                    await Waiting.UntilAsync(async () =>
                    {
                        (await node.Instance.AcquireRingAsync(tenant, 0, TestContext.Current.CancellationToken)).Dispose();
                        node.Time.Advance(TimeSpan.FromSeconds(10));
                        return (await node.Instance.Keys.ListKeysAsync(tenant)).Single(key => key.KeyId == published.KeyId).State == KeyState.Active;
                    });
                    _rotated++;
                }
            }
            finally
            {
                _rotating.Release();
            }
        }
    }

}
