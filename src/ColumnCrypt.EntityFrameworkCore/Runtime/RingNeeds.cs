namespace ColumnCrypt.EntityFrameworkCore.Runtime;

/// <summary>The rings that an operation is about to use, and how many uses of each data key. Null stands for the context's own tenant. Not thread-safe.</summary>
internal sealed class RingNeeds
{
    private readonly List<(string? Tenant, long Uses)> _needs = [];

    public IReadOnlyList<(string? Tenant, long Uses)> All => _needs;

    /// <summary>The tenants for which something is about to be encrypted.</summary>
    public IEnumerable<string?> Writers => _needs.Where(static need => need.Uses > 0).Select(static need => need.Tenant);

    public void Add(string? tenant, long uses)
    {
        for (var i = 0; i < _needs.Count; i++)
        {
            if (_needs[i].Tenant == tenant)
            {
                _needs[i] = (tenant, _needs[i].Uses + uses);
                return;
            }
        }

        _needs.Add((tenant, uses));
    }
}
