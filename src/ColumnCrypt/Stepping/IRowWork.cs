namespace ColumnCrypt.Stepping;

/// <summary>Says what becomes of rows. May be called again for a row that others changed meanwhile; writes nothing itself.</summary>
internal interface IRowWork
{
    /// <summary>An outcome for each row of a page, in its order.</summary>
    /// <exception cref="KeyUnavailableException">Keys cannot be used now; where it is transient, the page is asked again later.</exception>
    Task<RowOutcome[]> DecideAsync(IReadOnlyList<StepRow> page, CancellationToken cancellationToken);
}
