using ColumnCrypt.Lifecycle;
using ColumnCrypt.Tool.Output;

namespace ColumnCrypt.Tool.Tenants;

/// <summary>A tenant as a person reads it.</summary>
internal static class TenantText
{
    public static Answer Answer(TenantInfo tenant) => new(tenant, page => Write(page, tenant));

    public static void Write(TextPage page, TenantInfo tenant) => page.Fields(
        ("tenant", tenant.Tenant),
        ("state", tenant.State.ToString()),
        ("created", TextPage.Time(tenant.CreatedAt)),
        ("own KEK", tenant.OwnKek),
        ("legal hold", tenant.Hold),
        ("shred scheduled", TextPage.Time(tenant.ShredScheduledAt)),
        ("shred due", TextPage.Time(tenant.ShredDueAt)),
        ("shredded", TextPage.Time(tenant.ShreddedAt)));
}
