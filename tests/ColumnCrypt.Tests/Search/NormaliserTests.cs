using System.Diagnostics;
using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Search;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Tests.Search;

// SPEC-IDX-4 SPEC-IDX-5
public sealed class NormaliserTests
{
    private const string InvariantSwitch = "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT";

    private static readonly IndexDefinition[] s_all =
        [new("p", "eq", "ci@1"), new("p", "eq", "digits@1"), new("p", "eq", "email@1"), new("p", "eq", "phone@1"), new("p", "eq", "trimmed@1"), new("p", "composite", "none@1,ci@1")];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void CheckIndexes_WhereUnicodeDataIsThere_PassesEveryOne_AndUnderInvariantGlobalisationRefuses()
    {
        using var instance = ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys());
        if (Environment.GetEnvironmentVariable(InvariantSwitch) is null)
        {
            instance.CheckIndexes(s_all);
            return;
        }

        var error = Assert.Throws<EncryptionModelException>(() => instance.CheckIndexes(s_all));
        Assert.Contains("ci@1", error.Message, StringComparison.Ordinal);
        Assert.Contains("email@1", error.Message, StringComparison.Ordinal);
        using var lease = instance.AcquireRing("a", 0);
        Assert.Throws<EncryptionModelException>(() => lease.Index(s_all[0], "x", ValueCodecs.For<string>(), IndexUse.Write));
    }

    [Fact]
    public async Task CheckIndexes_InAProcessUnderInvariantGlobalisation_Refuses()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["-method", $"*.{nameof(CheckIndexes_WhereUnicodeDataIsThere_PassesEveryOne_AndUnderInvariantGlobalisationRefuses)}"])
        {
            RedirectStandardOutput = true,
            Environment = { [InvariantSwitch] = "1" },
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) is "dotnet")
        {
            start.ArgumentList.Insert(0, typeof(NormaliserTests).Assembly.Location);
        }

        using var process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        Assert.Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0", output, StringComparison.Ordinal);
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public void OwnNormaliser_WhenRegistered_IsUsed()
    {
        using var instance = ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys().AddIndexNormaliser(new Own("vowels", 2, static text => new string([.. text.Where("aeiou".Contains)]), new NormaliserAnswer("hello", "eo"))));
        instance.CheckIndexes([new IndexDefinition("p", "eq", "vowels@2")]);
        using var lease = instance.AcquireRing("a", 1, new IndexVersions([1], []));
        var index = new IndexDefinition("p", "eq", "vowels@2");
        Assert.Equal(lease.Index(index, "hello", ValueCodecs.For<string>(), IndexUse.Write), lease.Index(index, "melon", ValueCodecs.For<string>(), IndexUse.Query));
        var error = Assert.Throws<EncryptionModelException>(() => instance.CheckIndexes([new IndexDefinition("p", "eq", "vowels@1")]));
        Assert.Contains("vowels@2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OwnNormalisers_ThatAreWrong_AreAllNamedWhenTheInstanceIsMade()
    {
        var error = Assert.Throws<EncryptionModelException>(static () => ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys()
            .AddIndexNormaliser(new Own("wrong", 1, static text => text, new NormaliserAnswer("a", "b")))
            .AddIndexNormaliser(new Own("twice", 1, static text => text + "x", new NormaliserAnswer("a", "ax")))
            .AddIndexNormaliser(new Own("silent", 1, static text => text))
            .AddIndexNormaliser(new Own("Upper", 1, static text => text, new NormaliserAnswer("a", "a")))
            .AddIndexNormaliser(new Own("none", 1, static text => text, new NormaliserAnswer("a", "a")))
            .AddIndexNormaliser(new Own("ci", 1, static text => text, new NormaliserAnswer("a", "a")))
            .AddIndexNormaliser(new Own("zero", 0, static text => text, new NormaliserAnswer("a", "a")))));
        Assert.All(["wrong@1", "twice@1", "silent@1", "Upper@1", "none@1", "named ci@1", "zero@0"], name => Assert.Contains(name, error.Message, StringComparison.Ordinal));
    }

    private sealed class Own(string name, int version, Func<string, string> normalise, params NormaliserAnswer[] answers) : IIndexNormaliser
    {
        public string Name => name;

        public int Version => version;

        public IReadOnlyList<NormaliserAnswer> KnownAnswers => answers;

        public string Normalise(string text) => normalise(text);
    }
}
