using System.CommandLine;
using ColumnCrypt.Format;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Keys;

internal sealed class ShowKey : Verb
{
    private readonly Argument<KeyId> _keyId = Parameters.KeyId();

    public ShowKey()
        : base(
            "show",
            "Shows a key with every wrap that it has or had.",
            "columncrypt keys show 3f2a91c4d5e60718293a4b5c6d7e8f90") => Arguments.Add(_keyId);

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var detail = await Lookup.KeyAsync(call.Open(), call.Value(_keyId), cancellationToken).ConfigureAwait(false);
        return new Answer(detail, page =>
        {
            KeyText.Write(page, detail.Key, detail.Tenant.Length == 0 ? null : detail.Tenant);
            page.Line("");
            page.Table(["WRAPPED BY", "VER", "FROM", "STATE", "VERIFIED"], detail.Wraps.Select(Row));
        });
    }

    private static IReadOnlyList<string?> Row(WrapInfo wrap) =>
    [
        wrap.KekId,
        wrap.KekVersion.Length == 0 ? null : wrap.KekVersion,
        TextPage.Time(wrap.ValidFrom)[..10],
        wrap.IsDropped ? $"dropped {TextPage.Time(wrap.ValidTo)?[..10]}" : "live",
        TextPage.Time(wrap.VerifiedAt)?[..10],
    ];
}
