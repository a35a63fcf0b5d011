using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using ColumnCrypt.Configuration;
using ColumnCrypt.Kek;
using ColumnCrypt.Store;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ColumnCrypt.Tests.Keys;

/// <summary>What stands before a remote KEK, on the real clock with short times.</summary>
public sealed class ResilienceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Unavailable_OfARemoteKek_IsRetriedUntilItAnswers()
    {
        using var node = new Node();
        node.Kek.Failure = KekFailure.Unavailable;
        var check = node.Instance.CheckKekAsync(node.Kek.Id, Token);
        await Task.Delay(30, Token);
        node.Kek.Failure = null;

        await check;
    }

    [Fact]
    public async Task Unavailable_OfARemoteKekThatStaysSo_IsTypedAfterTheRetries()
    {
        using var node = new Node();
        node.Kek.Failure = KekFailure.Unavailable;

        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => node.EncryptAsync("acme"));

        Assert.Equal(KeyUnavailableReason.Unavailable, error.Reason);
        Assert.True(error.IsTransient);
        Assert.Equal(4, node.Kek.Wraps);
    }

    [Fact]
    public async Task Unavailable_OfALocalKek_IsNotRetried()
    {
        using var node = new Node(capabilities: KekCapabilities.None);
        node.Kek.Failure = KekFailure.Unavailable;

        await Assert.ThrowsAsync<KeyUnavailableException>(() => node.EncryptAsync("acme"));

        Assert.Equal(1, node.Kek.Wraps);
    }

    [Theory]
    [InlineData(KekFailure.Denied)]
    [InlineData(KekFailure.Disabled)]
    [InlineData(KekFailure.Destroyed)]
    [InlineData(KekFailure.WrongContextOrTampered)]
    public async Task WhatIsNotTransient_IsNeverRetried(KekFailure failure)
    {
        using var node = new Node();
        node.Kek.Failure = failure;

        await Assert.ThrowsAsync<KeyUnavailableException>(() => node.EncryptAsync("acme"));

        Assert.Equal(1, node.Kek.Wraps);
    }

    [Fact]
    public async Task Circuit_OnceOpen_FailsAtOnceAndLetsOneTryAgainAfterThePause()
    {
        using var node = new Node(static resilience => resilience.BreakerThreshold = 4);
        await node.EncryptAsync("acme");
        node.Kek.Failure = KekFailure.Unavailable;
        for (int i = 0; i < 12; i++)
        {
            await Assert.ThrowsAsync<KeyUnavailableException>(() => node.EncryptAsync($"tenant-{i}"));
        }

        int wraps = node.Kek.Wraps;
        long start = Stopwatch.GetTimestamp();
        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => node.EncryptAsync("another"));
        Assert.Equal(KeyUnavailableReason.Unavailable, error.Reason);
        Assert.Equal(wraps, node.Kek.Wraps);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromMilliseconds(400));
        await node.EncryptAsync("acme"); // a cached key goes on

        node.Kek.Failure = null;
        await Waiting.UntilAsync(async () =>
        {
            try
            {
                await node.EncryptAsync("another");
                return true;
            }
            catch (KeyUnavailableException)
            {
                return false;
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 64).Select(i => node.EncryptAsync($"later-{i}")));
    }

    [Fact]
    public async Task AKekThatHangs_EndsWithTheAttemptsAndHoldsUpNoOther()
    {
        using var node = new Node(static resilience =>
        {
            resilience.AttemptTimeout = TimeSpan.FromMilliseconds(50);
            resilience.MaxConcurrentCalls = 2;
        });
        node.Other.Gate = new TaskCompletionSource();
        var hanging = Enumerable.Range(0, 40).Select(_ => Assert.ThrowsAsync<KeyUnavailableException>(() => node.Instance.CheckKekAsync(node.Other.Id, Token))).ToList();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < 10; i++)
        {
            await node.Instance.CheckKekAsync(node.Kek.Id, Token);
        }

        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(2));
        Assert.All(await Task.WhenAll(hanging), static error => Assert.Equal(KeyUnavailableReason.Unavailable, error.Reason));
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10));
        Assert.Equal(2, node.Other.MostRunning);
    }

    [Fact]
    public async Task AKekThatHangsAfterMuchSuccess_FailsEveryCallerByTheTimeout()
    {
        using var node = new Node(
            static resilience =>
            {
                resilience.AttemptTimeout = TimeSpan.FromMilliseconds(400);
                resilience.MaxConcurrentCalls = 2;
            },
            timeout: TimeSpan.FromSeconds(1));
        for (int i = 0; i < 300; i++)
        {
            await node.Instance.CheckKekAsync(node.Kek.Id, Token);
        }

        node.Kek.Gate = new TaskCompletionSource();
        long start = Stopwatch.GetTimestamp();
        var errors = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => Assert.ThrowsAsync<KeyUnavailableException>(() => node.Instance.CheckKekAsync(node.Kek.Id, Token))));

        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(3));
        Assert.All(errors, static error => Assert.Equal(KeyUnavailableReason.Unavailable, error.Reason));
    }

    // More callers than slots wait longer than the timeout of a call, for a KEK that is slow and answers.
    [Fact]
    public async Task AKekThatIsSlow_ServesEveryCaller()
    {
        using var node = new Node(static resilience => resilience.MaxConcurrentCalls = 1, timeout: TimeSpan.FromMilliseconds(600));
        node.Kek.Gate = new TaskCompletionSource();
        var waiting = Enumerable.Range(0, 20).Select(_ => node.Instance.CheckKekAsync(node.Kek.Id, Token)).ToList();
        while (waiting.Exists(static call => !call.IsCompleted))
        {
            await Task.Delay(60, Token);
            var gate = node.Kek.Gate;
            node.Kek.Gate = new TaskCompletionSource();
            gate!.SetResult();
        }

        await Task.WhenAll(waiting);
    }

    [Fact]
    public async Task WhatIsNoAnswerOfAKek_IsUnavailable()
    {
        using var node = new Node();
        node.Kek.Fault = new HttpRequestException("the ring is away");

        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => node.EncryptAsync("acme"));

        Assert.Equal(KeyUnavailableReason.Unavailable, error.Reason);
        Assert.Contains(nameof(HttpRequestException), error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("the ring is away", error.Message, StringComparison.Ordinal);
        Assert.Same(node.Kek.Fault, error.InnerException);
    }

    [Fact]
    public async Task Rate_BoundsTheAttemptsInASecond()
    {
        using var node = new Node(static resilience => resilience.MaxCallsPerSecond = 100);
        long start = Stopwatch.GetTimestamp();

        await Task.WhenAll(Enumerable.Range(0, 41).Select(_ => node.Instance.CheckKekAsync(node.Kek.Id, Token)));

        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(390));
    }

    [Fact]
    public void Options_WhenWrong_AreNamedTogether()
    {
        var error = Assert.Throws<EncryptionModelException>(() => new Node(static resilience =>
        {
            resilience.AttemptTimeout = TimeSpan.Zero;
            resilience.MaxRetries = 11;
            resilience.RetryDelay = TimeSpan.Zero;
            resilience.MaxConcurrentCalls = 0;
            resilience.MaxCallsPerSecond = 0;
            resilience.BreakerThreshold = 1;
            resilience.BreakerPause = TimeSpan.Zero;
        }));

        Assert.All(
            ["AttemptTimeout", "MaxRetries", "RetryDelay", "MaxConcurrentCalls", "MaxCallsPerSecond", "BreakerThreshold", "BreakerPause"],
            rule => Assert.Contains(rule, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Health_TellsWhichKekCannotBeUsed()
    {
        using var node = new Node(static resilience => resilience.MaxRetries = 0);
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(node.Instance);
        services.AddHealthChecks().AddCheck<ColumnCryptHealthCheck>("columncrypt");
        await using var provider = services.BuildServiceProvider();
        var health = provider.GetRequiredService<HealthCheckService>();
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync(Token)).Status);

        node.Other.Failure = KekFailure.Disabled;
        var report = (await health.CheckHealthAsync(Token)).Entries["columncrypt"];
        Assert.Equal(HealthStatus.Degraded, report.Status);
        Assert.Equal("Disabled", report.Data[node.Other.Id]);

        node.Kek.Failure = KekFailure.Denied;
        Assert.Equal(HealthStatus.Unhealthy, (await health.CheckHealthAsync(Token)).Status);
    }

    /// <summary>A node over two remote KEKs, of which the second only unwraps.</summary>
    [Fact]
    public async Task Reading_WhileACircuitIsOpen_AsksTheKekBesideItFirst()
    {
        var time = new ManualTimeProvider();
        var tables = new InMemoryKeyStore(time);
        SwitchableKek[] keks = [new("test:one") { Capabilities = KekCapabilities.Remote }, new("test:two") { Capabilities = KekCapabilities.Remote }];
        using var writer = Open("");
        for (int i = 0; i < 5; i++)
        {
            using var lease = await writer.AcquireRingAsync($"t{i}", 1, Token);
        }

        string name = Guid.NewGuid().ToString("N");
        using var reader = Open(name);
        keks[0].Failure = KekFailure.Unavailable;
        for (int i = 0; i < 3; i++)
        {
            using var lease = await reader.AcquireRingAsync($"t{i}", 0, Token);
        }

        var outcomes = new ConcurrentQueue<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, heard) =>
        {
            if (instrument.Name == "columncrypt.kek.calls" && instrument.Meter.Tags?.Any(tag => (string?)tag.Value == name) == true)
            {
                heard.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => outcomes.Enqueue(string.Join(' ', tags.ToArray().Select(static tag => tag.Value))));
        listener.Start();
        using (await reader.AcquireRingAsync("t3", 0, Token))
        {
            Assert.Equal(["unwrap ok"], outcomes);
        }

        // Once the pause is over it is asked first again.
        keks[0].Failure = null;
        time.Advance(TimeSpan.FromSeconds(21));
        int others = keks[1].Unwraps;
        using (await reader.AcquireRingAsync("t4", 0, Token))
        {
            Assert.Equal(others, keks[1].Unwraps);
        }

        ColumnCryptInstance Open(string instance)
        {
            var builder = new ColumnCryptBuilder(instance, null);
            builder.AddKekProvider(new ChoosingProvider(keks)).UseKek(keks[0].Id, Set).AlsoUseKek(keks[1].Id, Set).UseKeyStore(() => new MeddlingKeyStore(tables)).UseTimeProvider(time);
            return new ColumnCryptInstance(builder);
        }

        static void Set(KekOptions options) =>
            (options.Resilience.MaxRetries, options.Resilience.BreakerThreshold, options.Resilience.BreakerPause) = (0, 2, TimeSpan.FromSeconds(20));
    }

    private sealed class Node : IDisposable
    {
        public Node(Action<KekResilienceOptions>? resilience = null, KekCapabilities capabilities = KekCapabilities.Remote, TimeSpan? timeout = null)
        {
            Kek.Capabilities = capabilities;
            Other.Capabilities = capabilities;
            Instance = ColumnCryptInstance.Create(cc =>
            {
                cc.AddKekProvider(new ChoosingProvider([Kek, Other]))
                    .UseKek(Kek.Id, Set)
                    .AllowKek(Other.Id, Set)
                    .UseKeyStore(static () => new InMemoryKeyStore(TimeProvider.System));
                cc.Bounds.KekTimeout = timeout ?? cc.Bounds.KekTimeout;
            });

            void Set(KekOptions options)
            {
                options.Resilience.RetryDelay = TimeSpan.FromMilliseconds(20);
                options.Resilience.BreakerPause = TimeSpan.FromMilliseconds(500);
                resilience?.Invoke(options.Resilience);
            }
        }

        public SwitchableKek Kek { get; } = new("test:one");

        public SwitchableKek Other { get; } = new("test:two");

        public ColumnCryptInstance Instance { get; }

        public async Task EncryptAsync(string tenant)
        {
            using var cipher = await Instance.GetCipherAsync<string>(tenant, "patient.name", 1, cancellationToken: Token);
            Assert.NotNull(cipher.Encrypt("x"));
        }

        public void Dispose() => Instance.Dispose();
    }
}
