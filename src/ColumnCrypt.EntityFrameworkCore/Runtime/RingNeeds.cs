using ColumnCrypt.Search;

namespace ColumnCrypt.EntityFrameworkCore.Runtime;

/// <summary>
/// The rings that an operation is about to use, how many uses of each data key, and which index versions. Null stands for the context's own
/// tenant. Not thread-safe.
/// </summary>
internal sealed class RingNeeds
{
    private readonly List<(string? Tenant, long Uses, IndexVersions Indexes)> _needs = [];
    private readonly HashSet<string> _emptied = [];
    private bool _emptiesOwn;

    public IReadOnlyList<(string? Tenant, long Uses, IndexVersions Indexes)> All => _needs;

    /// <summary>True where an index is written or asked.</summary>
    public bool HasIndexes => _needs.Exists(static need => need.Indexes != IndexVersions.None);

    /// <summary>The tenants for which something is about to be encrypted.</summary>
    public IEnumerable<string?> Writers => _needs.Where(static need => need.Uses > 0).Select(static need => need.Tenant);

    /// <summary>The tenants of which something is about to be decrypted or looked up alone.</summary>
    public IEnumerable<string?> Readers => _needs.Where(static need => need.Uses == 0).Select(static need => need.Tenant);

    /// <summary>The tenants for which nothing but NULL is about to be written into encrypted columns, which takes no key.</summary>
    public IEnumerable<string?> Emptied => _emptied.Concat(_emptiesOwn ? [null] : (string?[])[]).Where(tenant => !_needs.Exists(need => need.Tenant == tenant));

    /// <summary>Says that NULL is about to be written into an encrypted column.</summary>
    public void AddEmptied(string? tenant)
    {
        if (tenant is null)
        {
            _emptiesOwn = true;
        }
        else
        {
            _emptied.Add(tenant);
        }
    }

    public void Add(string? tenant, long uses) => Add(tenant, uses, IndexVersions.None);

    public void Add(string? tenant, long uses, IndexVersions indexes)
    {
        for (var i = 0; i < _needs.Count; i++)
        {
            if (_needs[i].Tenant == tenant)
            {
                _needs[i] = (tenant, _needs[i].Uses + uses, Union(_needs[i].Indexes, indexes));
                return;
            }
        }

        _needs.Add((tenant, uses, indexes));
    }

    private static IndexVersions Union(IndexVersions one, IndexVersions other) =>
        ReferenceEquals(one, other) || other == IndexVersions.None ? one
        : one == IndexVersions.None ? other
        : new IndexVersions([.. one.Written.Union(other.Written)], [.. one.Queried.Union(other.Queried)]);
}
