using System.CommandLine;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Keys;

internal sealed class ListKeys : Verb
{
    private readonly Argument<string> _tenant = Parameters.Tenant();

    public ListKeys()
        : base("list", "Lists the keys of a tenant, oldest first.", "columncrypt keys list acme") => Arguments.Add(_tenant);

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var keys = await call.Open().ListKeysAsync(call.Value(_tenant), cancellationToken).ConfigureAwait(false);
        return new Answer(keys, page =>
        {
            if (keys.Count == 0)
            {
                page.Line("None.");
                return;
            }

            page.Table(
                ["KEY", "KIND", "VER", "STATE", "CREATED"],
                keys.Select(static key => (IReadOnlyList<string?>)
                    [key.KeyId.ToString(), KeyText.Kind(key), $"{key.Version}", key.State.ToString(), TextPage.Time(key.CreatedAt)[..10]]));
        });
    }
}
