using ColumnCrypt.Keys;
using ColumnCrypt.TestSupport;

namespace ColumnCrypt.Tests.Keys;

// PEERS 7: nothing is lost from, or left behind in, the cache of rings.
public sealed class RingTableTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly RingTable _table;

    public RingTableTests() => _table = new RingTable(new KeyBounds(), _time);

    [Fact]
    public void Slot_OfATenantWithoutKeys_IsDropped()
    {
        _table.SlotOf(null!, "made-up");
        _table.Sweep();
        Assert.NotNull(_table.Find("made-up"));
        _time.Advance(TimeSpan.FromSeconds(61));
        _table.Sweep();
        Assert.Null(_table.Find("made-up"));
    }

    [Fact]
    public void Ring_LoadedIntoASlotThatWasReplacedMeanwhile_IsClosedAndNotCached()
    {
        var dropped = _table.SlotOf(null!, "acme");
        _time.Advance(TimeSpan.FromSeconds(61));
        _table.Sweep();
        var current = _table.SlotOf(null!, "acme");
        var ring = Ring();

        Assert.False(_table.TryPut(dropped, ring));

        Assert.False(ring.TryAddReference());
        Assert.Null(dropped.Ring);
        Assert.Same(current, _table.Find("acme"));
    }

    [Fact]
    public void Ring_ThatReplacesAFailedOne_TakesOverItsPlaceInTheCacheAlone()
    {
        var slot = _table.SlotOf(null!, "acme");
        var (failed, ring) = (Ring(), Ring());
        Assert.True(_table.TryPut(slot, failed));
        Assert.True(_table.TryPut(slot, ring));
        _table.Evict(slot, failed);

        Assert.False(failed.TryAddReference());
        Assert.Same(ring, slot.Ring);
        Assert.Same(slot, _table.Find("acme"));
        Assert.True(ring.TryAddReference());
    }

    private static KeyRing Ring() => new("acme", null!, null!, null!);
}
