using ColumnCrypt.Keys;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tests.Keys;

namespace ColumnCrypt.Tests.Manifest;

/// <summary>What versions of an application register of adopted columns, and what nodes know of them.</summary>
public sealed class AdoptionTests : IDisposable
{
    private static readonly ColumnAdoption s_declared = new()
    {
        PlainColumn = "ssn",
        Tenant = RowTenant.Of("tenant_id", TenantForm.Guid),
        Indexes = [new("ssn_bi", "eq", "digits@1", 1, 256, true)],
    };

    private readonly TestNode _node = new();

    // SPEC-ADOPT-1
    [Fact]
    public void Json_IsCanonical_AndReadBack()
    {
        var whole = s_declared with
        {
            State = AdoptionState.Dual,
            Since = new DateTimeOffset(2026, 11, 30, 12, 0, 0, 5, TimeSpan.Zero),
            IsConverted = true,
            Deadline = new DateTimeOffset(2027, 1, 31, 0, 0, 0, TimeSpan.Zero),
        };
        Assert.Equal(
            """{"state":"dual","since":"2026-11-30T12:00:00.005Z","plain":"ssn","converted":true,"until":"2027-01-31T00:00:00.000Z","tenant":{"column":"tenant_id","form":"guid"},"indexes":[{"column":"ssn_bi","kind":"eq","normaliser":"digits@1","version":1,"bits":256,"unique":true}]}""",
            whole.ToJson());
        Assert.Equal(whole, ColumnAdoption.Parse(whole.ToJson()));
        var least = new ColumnAdoption { Tenant = RowTenant.Always("shared") };
        Assert.Equal("""{"state":"none","tenant":{"constant":"shared"}}""", least.ToJson());
        Assert.Equal(least, ColumnAdoption.Parse(least.ToJson()));
    }

    // SPEC-ADOPT-1
    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"state":"Dual"}""")]
    [InlineData("""{"state":"gone"}""")]
    [InlineData("""{"state":"dual","new":1}""")]
    [InlineData("""{"plain":"ssn","state":"dual"}""")]
    [InlineData("""{"state":"dual","tenant":{"column":"t","form":"bytes"}}""")]
    [InlineData("""{"state":"dual","since":"yesterday"}""")]
    public void Json_OfANewerVersion_IsRefused(string json) => Assert.Throws<EncryptionModelException>(() => ColumnAdoption.Parse(json));

    // SPEC-ADOPT-2
    [Fact]
    public async Task FirstRegistration_BeginsDual_AndNodesKnowIt()
    {
        await _node.Instance.PrepareAdoptionsAsync("acme", "clinic", TestContext.Current.CancellationToken);
        Assert.Null(Find(_node));
        await RegisterAsync(_node, Column());

        Assert.Equal(AdoptionState.Dual, Find(_node)!.State);
        Assert.Equal(_node.Time.GetUtcNow().ToUnixTimeMilliseconds(), Find(_node)!.Since!.Value.ToUnixTimeMilliseconds());
        using var other = new TestNode(_node);
        await RegisterAsync(other, Column());
        await other.Instance.PrepareAdoptionsAsync("acme", "clinic", TestContext.Current.CancellationToken);
        Assert.Equal(AdoptionState.Dual, Find(other)!.State);
        Assert.Equal(1, (await RowAsync()).RowVersion);
    }

    // SPEC-ADOPT-2
    [Theory]
    [InlineData(AdoptionState.Dual, "columncrypt adopt --column Patients.ssn_encrypted")]
    [InlineData(AdoptionState.Verified, "adopt --complete")]
    [InlineData(AdoptionState.Returning, "way back")]
    [InlineData(AdoptionState.Returned, "way back")]
    public async Task NewVersion_WhileOldOnesMayRun_IsRefusedWithTheNextStep(AdoptionState state, string step)
    {
        await MoveAsync(state);

        var error = await Assert.ThrowsAsync<EncryptionModelException>(() => RegisterAsync(_node, Column() with { Adoption = "" }));
        Assert.Contains(step, error.Message, StringComparison.Ordinal);
    }

    // SPEC-ADOPT-2
    [Theory]
    [InlineData(AdoptionState.Encrypted)]
    [InlineData(AdoptionState.Cleared)]
    public async Task NewVersion_OnceItIsEncrypted_RunsBesideTheAdoptingOne(AdoptionState state)
    {
        await MoveAsync(state);
        var before = await RowAsync();
        await RegisterAsync(_node, Column() with { Adoption = "" });
        using var adopting = new TestNode(_node);
        await RegisterAsync(adopting, Column());

        Assert.Equal(before.RowVersion, (await RowAsync()).RowVersion);
        Assert.Equal(state, ColumnAdoption.Parse((await RowAsync()).Adoption).State);
    }

    // SPEC-ADOPT-2
    [Theory]
    [InlineData(AdoptionState.Dual, true)]
    [InlineData(AdoptionState.Verified, true)]
    [InlineData(AdoptionState.Encrypted, false)]
    [InlineData(AdoptionState.Cleared, false)]
    [InlineData(AdoptionState.Returning, true)]
    [InlineData(AdoptionState.Returned, true)]
    public async Task NewVersion_ThatOnlyReads_IsRefusedWhilePlaintextIsWritten(AdoptionState state, bool isRefused)
    {
        Assert.Throws<KeyUnavailableException>(() => _node.Instance.DemandReadable("acme", "clinic", [Place(Column())]));
        await MoveAsync(state);
        using var node = new TestNode(_node);
        await node.Instance.PrepareAdoptionsAsync("acme", "clinic", TestContext.Current.CancellationToken);
        node.Instance.DemandReadable("acme", "clinic", [Place(Column()) with { Column = "name" }]);
        var error = Record.Exception(() => node.Instance.DemandReadable("acme", "clinic", [Place(Column())]));
        if (isRefused)
        {
            Assert.Contains("columncrypt adopt", Assert.IsType<EncryptionModelException>(error).Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.Null(error);
        }

        static (string Schema, string Table, string Column) Place(ColumnRecord column) => (column.Schema, column.Table, column.Column);
    }

    // SPEC-ADOPT-4
    [Theory]
    [InlineData(AdoptionState.None, true, false, false)]
    [InlineData(AdoptionState.Dual, true, false, false)]
    [InlineData(AdoptionState.Verified, false, false, false)]
    [InlineData(AdoptionState.Encrypted, false, false, false)]
    [InlineData(AdoptionState.Cleared, false, false, false)]
    [InlineData(AdoptionState.Returning, true, true, true)]
    [InlineData(AdoptionState.Returned, true, true, true)]
    public void InPlace_PlaintextIsReadUntilTheDay_AndWrittenOnTheWayBackOnceEveryNodeReadsIt(AdoptionState state, bool before, bool after, bool writes)
    {
        var now = _node.Time.GetUtcNow();
        var adoption = new ColumnAdoption { State = state, Since = now - new KeyBounds().RevocationBound, Deadline = now.AddTicks(1) };
        Assert.Equal(before, _node.Instance.ReadsPlaintext(adoption));
        Assert.Equal(before, _node.Instance.ReadsPlaintext(adoption with { Deadline = null }));
        Assert.Equal(after, _node.Instance.ReadsPlaintext(adoption with { Deadline = now }));
        Assert.Equal(writes, _node.Instance.WritesPlaintext(adoption));
        Assert.Equal(state == AdoptionState.Returned, _node.Instance.WritesPlaintext(adoption with { Since = now }));
    }

    [Fact]
    public async Task Column_ThatWasEncryptedBefore_IsNotAdopted()
    {
        await RegisterAsync(_node, Column() with { Adoption = "" });

        var error = await Assert.ThrowsAsync<EncryptionModelException>(() => RegisterAsync(_node, Column()));
        Assert.Contains("Patients.ssn_encrypted", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Declaration_OfAnotherPlainColumn_IsRefused_AndOneOfMoreIndexesIsKept()
    {
        await RegisterAsync(_node, Column());
        using var newer = new TestNode(_node);
        await RegisterAsync(newer, Column(s_declared with { Indexes = [new("ssn_last4", "last4", "digits@1", 1, 32, false)] }));
        Assert.Equal(["ssn_bi", "ssn_last4"], ColumnAdoption.Parse((await RowAsync()).Adoption).Indexes.Select(static index => index.Column));

        var error = await Assert.ThrowsAsync<EncryptionModelException>(() => RegisterAsync(newer, Column(s_declared with { PlainColumn = "other" })));
        Assert.Contains("'ssn'", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<EncryptionModelException>(() => RegisterAsync(newer, Column(s_declared with { PlainColumn = null })));
    }

    // SPEC-ADOPT-3
    [Fact]
    public async Task Change_IsKnownWithThePoll_AndWithoutTheStoreNothingIs()
    {
        await RegisterAsync(_node, Column());
        using var other = new TestNode(_node, bounds => (bounds.RevocationBound, bounds.PollInterval) = (TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(10)));
        await other.EncryptAsync("acme", "x");
        await other.Instance.PrepareAdoptionsAsync("acme", "clinic", TestContext.Current.CancellationToken);
        await MoveAsync(AdoptionState.Verified);

        other.Time.Advance(TimeSpan.FromSeconds(10));
        await Waiting.UntilAsync(() => Task.FromResult(Find(other)!.State == AdoptionState.Verified));

        other.Store.Unreachable = true;
        other.Time.Advance(TimeSpan.FromSeconds(61));
        Assert.Throws<KeyUnavailableException>(() => Find(other));

        // The poll that brought the change may be under way still, and joined.
        await Waiting.UntilAsync(async () => await Record.ExceptionAsync(() => other.Instance.PrepareAdoptionsAsync("acme", "clinic", TestContext.Current.CancellationToken).AsTask()) is KeyUnavailableException);
        other.Store.Unreachable = false;
        await other.Instance.PrepareAdoptionsAsync("acme", "clinic", TestContext.Current.CancellationToken);
        Assert.Equal(AdoptionState.Verified, Find(other)!.State);
    }

    [Fact]
    public void Column_ThatNobodyPrepared_IsNotAnswered() => Assert.Throws<KeyUnavailableException>(() => Find(_node));

    // SPEC-ADOPT-1
    [Fact]
    public async Task State_ThatSomebodyEdited_IsNotBelieved()
    {
        await RegisterAsync(_node, Column());
        using var other = new TestNode(_node);
        other.Store.Columns = static rows => [.. rows.Select(static row => row with { Adoption = row.Adoption.Replace("dual", "encrypted", StringComparison.Ordinal) })];

        var error = await Assert.ThrowsAsync<KeyUnavailableException>(() => other.Instance.PrepareAdoptionsAsync("acme", "clinic", TestContext.Current.CancellationToken).AsTask());
        Assert.Equal(KeyUnavailableReason.Tampered, error.Reason);
    }

    // Of two nodes that begin at once, one looks while the other has begun and written.
    [Fact]
    public async Task Column_ThatLooksAdoptedBefore_IsRefused_UnlessAnotherNodeHasBegunMeanwhile()
    {
        ColumnRecord[] columns = [Column()];
        var refused = await Assert.ThrowsAsync<EncryptionModelException>(() => BeginAsync(static () => Task.CompletedTask));
        Assert.Contains("it was adopted before", refused.Message, StringComparison.Ordinal);
        Assert.Empty(await _node.Tables.ReadColumnsAsync("clinic", default));

        using var other = new TestNode(_node);
        await BeginAsync(() => RegisterAsync(other, columns));
        Assert.Equal(AdoptionState.Dual, ColumnAdoption.Parse((await RowAsync()).Adoption).State);

        Task BeginAsync(Func<Task> meanwhile) => _node.Instance.RegisterColumnsAsync(
            "acme",
            "clinic",
            columns,
            async (_, _) =>
            {
                await meanwhile();
                return true;
            },
            TestContext.Current.CancellationToken).AsTask();
    }

    public void Dispose() => _node.Dispose();

    private async Task<ColumnRecord> RowAsync() => Assert.Single(await _node.Tables.ReadColumnsAsync("clinic", default));

    private async Task MoveAsync(AdoptionState state)
    {
        if ((await _node.Tables.ReadColumnsAsync("clinic", default)).Count == 0)
        {
            using var first = new TestNode(_node);
            await RegisterAsync(first, Column());
        }

        using var held = await _node.Instance.AcquireRingAsync("acme", 1, TestContext.Current.CancellationToken);
        var rows = (await held.Ring.Session.GetInstallationAsync(create: false, default))!.Rows;
        var row = await RowAsync();
        var moved = row with { Adoption = (ColumnAdoption.Parse(row.Adoption) with { State = state }).ToJson(), RowVersion = row.RowVersion + 1 };
        Assert.True(await _node.Tables.TryWriteColumnsAsync([rows.Sign(moved)], null, default));
    }

    private static ColumnAdoption? Find(TestNode node) => node.Instance.FindAdoption("acme", "clinic", "", "Patients", "ssn_encrypted", "patient.ssn");

    private static Task RegisterAsync(TestNode node, params ColumnRecord[] columns) =>
        node.Instance.RegisterColumnsAsync("acme", "clinic", columns, TestContext.Current.CancellationToken).AsTask();

    private static ColumnRecord Column(ColumnAdoption? adoption = null) => new()
    {
        Database = "clinic", Schema = "", Table = "Patients", Column = "ssn_encrypted", Purpose = "patient.ssn", Codec = "text", KeyColumns = "[\"Id\"]",
        Adoption = (adoption ?? s_declared).ToJson(),
    };
}
