using ColumnCrypt.Lifecycle;
using ColumnCrypt.Tool.Output;

namespace ColumnCrypt.Tool.Keys;

/// <summary>Keys as a person reads them.</summary>
internal static class KeyText
{
    public static Answer Answer(KeyInfo key, string remark) => new(key, page =>
    {
        Write(page, key, null);
        page.Line(remark);
    });

    public static void Write(TextPage page, KeyInfo key, string? tenant) => page.Fields(
        ("key", key.KeyId.ToString()),
        ("tenant", tenant),
        ("kind", Kind(key)),
        ("version", $"{key.Version}"),
        ("state", key.State.ToString()),
        ("created", TextPage.Time(key.CreatedAt)),
        ("reserved uses", TextPage.Number(key.ReservedUses)));

    public static string Kind(KeyInfo key) => key.Kind.ToString().ToLowerInvariant();
}
