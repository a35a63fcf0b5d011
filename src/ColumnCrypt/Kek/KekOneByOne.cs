namespace ColumnCrypt.Kek;

/// <summary>Many inputs where the backend takes one at a time.</summary>
internal static class KekOneByOne
{
    /// <summary>Makes a call for each input, one after the other.</summary>
    /// <param name="inputs">The inputs.</param>
    /// <param name="call">Makes the call of one.</param>
    public static async ValueTask<IReadOnlyList<KekOutcome<TOutput>>> RunAsync<TInput, TOutput>(IReadOnlyList<TInput> inputs, Func<TInput, ValueTask<TOutput>> call)
    {
        var outcomes = new KekOutcome<TOutput>[inputs.Count];
        for (int i = 0; i < outcomes.Length; i++)
        {
            try
            {
                outcomes[i] = new KekOutcome<TOutput>(await call(inputs[i]).ConfigureAwait(false));
            }
            catch (KekException error)
            {
                outcomes[i] = new KekOutcome<TOutput>(default, error);
            }
        }

        return outcomes;
    }
}
