using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>Finds the plans of the entries of one save, of which many of one type come one after the other. Not thread-safe.</summary>
internal struct RecentPlan
{
    private IEntityType? _type;
    private SavePlan? _plan;

    public SavePlan Of(IEntityType type)
    {
        if (_plan is null || !ReferenceEquals(_type, type))
        {
            _plan = SavePlan.Of(type);
            _type = type;
        }

        return _plan;
    }
}
