using ColumnCrypt.Metadata;

namespace ColumnCrypt.Tests.Metadata;

// SPEC-STATE-1
public sealed class StateTableTests
{
    [Theory]
    [InlineData(KeyState.PreActive, false, false, true)]
    [InlineData(KeyState.Active, true, true, true)]
    [InlineData(KeyState.Deactivated, false, true, true)]
    [InlineData(KeyState.Compromised, false, true, true)]
    [InlineData(KeyState.Suspended, false, false, true)]
    [InlineData(KeyState.Destroyed, false, false, false)]
    public void KeyOfAnActiveTenant_MayDoWhatItsStateAllows(KeyState state, bool encrypt, bool decrypt, bool maintain)
    {
        Assert.Equal(encrypt, StateTable.Allows(state, TenantState.Active, KeyOperation.Encrypt));
        Assert.Equal(decrypt, StateTable.Allows(state, TenantState.Active, KeyOperation.Decrypt));
        Assert.Equal(maintain, StateTable.Allows(state, TenantState.Active, KeyOperation.Maintain));
    }

    [Fact]
    public void KeyOfATenantScheduledToBeShredded_MayOnlyBeMaintained() => Assert.All(Enum.GetValues<KeyState>(), static state =>
    {
        Assert.False(StateTable.Allows(state, TenantState.ShredScheduled, KeyOperation.Encrypt));
        Assert.False(StateTable.Allows(state, TenantState.ShredScheduled, KeyOperation.Decrypt));
        Assert.Equal(state != KeyState.Destroyed, StateTable.Allows(state, TenantState.ShredScheduled, KeyOperation.Maintain));
    });

    [Fact]
    public void KeyOfAShreddedTenant_MayNothing() => Assert.All(
        Enum.GetValues<KeyState>().SelectMany(static state => Enum.GetValues<KeyOperation>().Select(operation => (state, operation))),
        static pair => Assert.False(StateTable.Allows(pair.state, TenantState.Shredded, pair.operation)));

    [Fact]
    public void Destroyed_IsTheEnd()
    {
        Assert.All(Enum.GetValues<KeyState>(), static to => Assert.False(StateTable.AllowsTransition(KeyState.Destroyed, to)));
        Assert.All(Enum.GetValues<KeyState>(), static state => Assert.False(StateTable.AllowsTransition(state, state)));
        Assert.False(StateTable.AllowsTransition(KeyState.Compromised, KeyState.Active));
        Assert.False(StateTable.AllowsTransition(KeyState.Deactivated, KeyState.Active));
        Assert.True(StateTable.AllowsTransition(KeyState.PreActive, KeyState.Active));
        Assert.True(StateTable.AllowsTransition(KeyState.Active, KeyState.Deactivated));
    }
}
