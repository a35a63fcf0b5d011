using ColumnCrypt.Keys;

namespace ColumnCrypt.EntityFrameworkCore.Runtime;

/// <summary>Ends reading across tenants when it is disposed, unless the context was returned to its pool before. Disposing twice is harmless.</summary>
internal sealed class AcrossTenantsScope(ContextScope scope, CrossTenantAccess access) : IDisposable
{
    public void Dispose() => scope.Close(access);
}
