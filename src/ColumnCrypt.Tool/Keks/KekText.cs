using ColumnCrypt.Lifecycle;
using ColumnCrypt.Tool.Output;

namespace ColumnCrypt.Tool.Keks;

/// <summary>A KEK as a person reads it.</summary>
internal static class KekText
{
    public static Answer Answer(KekInfo kek, string remark) => new(kek, page =>
    {
        page.Fields(
            ("KEK", kek.KekId),
            ("state", State(kek)),
            ("allowed", kek.IsAllowed ? "yes" : "no"),
            ("priority", $"{kek.Priority}"),
            ("added", TextPage.Time(kek.AddedAt)),
            ("retired", TextPage.Time(kek.RetiredAt)),
            ("destroyed", TextPage.Time(kek.DestroyedAt)),
            ("keys under it", TextPage.Number(kek.Dependence.Keys)),
            ("only under it", TextPage.Number(kek.Dependence.OnlyHere)));
        page.Line(remark);
    });

    public static string State(KekInfo kek) => kek.State?.ToString() ?? "configured";
}
