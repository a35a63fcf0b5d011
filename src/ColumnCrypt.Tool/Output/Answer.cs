namespace ColumnCrypt.Tool.Output;

/// <summary>What a verb answers, in both forms.</summary>
/// <param name="Json">What <c>--json</c> writes.</param>
/// <param name="Text">Writes what a person reads.</param>
/// <param name="IsGood">False where the answer is that something is wrong: the exit code is 1.</param>
internal sealed record Answer(object Json, Action<TextPage> Text, bool IsGood = true);
