using System.CommandLine;
using System.Globalization;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Keks;

internal sealed class CheckKek : Verb
{
    private readonly Argument<string> _kek = Parameters.Kek();

    public CheckKek()
        : base(
            "check",
            "Proves a KEK live: wraps and unwraps a throw-away key, and sees that a wrong context is refused.",
            "columncrypt keks check file:kek.json") =>
        Arguments.Add(_kek);

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        string kekId = call.Value(_kek);
        var check = await call.Open(kekId).CheckKekAsync(kekId, cancellationToken).ConfigureAwait(false);
        return new Answer(
            check,
            page => page.Fields(
            [
                ("KEK", check.KekId),
                ("version", check.KekVersion.Length == 0 ? null : check.KekVersion),
                ("wrap", Milliseconds(check.Wrap)),
                ("unwrap", Milliseconds(check.Unwrap)),
                ("wrong context", check.RefusesWrongContext ? "refused, as it must be" : "NOT refused: do not use this KEK"),
                .. check.Details.Select(static detail => (detail.Key, (string?)detail.Value)),
            ]),
            check.RefusesWrongContext);
    }

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:N1} ms");
}
