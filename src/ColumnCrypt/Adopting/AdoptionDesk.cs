using System.Globalization;
using ColumnCrypt.Audit;
using ColumnCrypt.Keys;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;
using ColumnCrypt.Search;

namespace ColumnCrypt.Adopting;

/// <summary>Finds adopted columns in the manifest, says which step each may take, and moves it from state to state with its audit entry. Thread-safe.</summary>
internal sealed class AdoptionDesk(OperatorStore store, KeyBounds bounds, IndexNormalisers normalisers)
{
    /// <summary>The adopted column of that name.</summary>
    /// <exception cref="KeyStateException">There is none such.</exception>
    public async Task<AdoptedColumn> FindAsync(string database, AdoptOptions options, CancellationToken cancellationToken)
    {
        var manifest = await store.ReadManifestAsync(cancellationToken).ConfigureAwait(false);
        return Describe(Find(manifest, database, options.Column), options);
    }

    /// <summary>The row of the adopted column of that name.</summary>
    /// <exception cref="KeyStateException">There is none such.</exception>
    public static ColumnRecord Find(IReadOnlyList<ColumnRecord> manifest, string database, string name)
    {
        var there = manifest.Where(column => column.Database == database).ToList();
        var found = there.Where(column => ColumnName.Of(column) == name || ColumnName.Short(column) == name).ToList();
        return found switch
        {
            [] => throw new KeyStateException(
                $"The manifest names no column '{name}' of the database '{database}'. Start the version of the application that declares AdoptFrom, or AdoptInPlace: it registers its columns before its first write."
                + $" Adopted are: {string.Join(", ", there.Where(static column => column.Adoption.Length > 0).Select(ColumnName.Of).DefaultIfEmpty("none"))}."),
            [{ Adoption.Length: 0 }] => throw new KeyStateException($"The column {name} is not adopted: it was encrypted from its first row, or nothing but that is known of it."),
            [var one] => one,
            _ => throw new KeyStateException($"Several schemas have a column '{name}': say which, {string.Join(" or ", found.Select(ColumnName.Of))}."),
        };
    }

    /// <summary>True where a column can take the step in the state that it is in.</summary>
    public static bool Allows(ColumnAdoption adoption, AdoptStep step) => (step, adoption.State) switch
    {
        (AdoptStep.Adopt, AdoptionState.Dual or AdoptionState.Returned) => true,
        (AdoptStep.Complete, AdoptionState.Verified) => true,
        (AdoptStep.Complete, AdoptionState.Dual) => adoption.IsInPlace,
        (AdoptStep.Clear, AdoptionState.Encrypted or AdoptionState.Cleared) => !adoption.IsInPlace,
        (AdoptStep.Back, not (AdoptionState.Returned or AdoptionState.None)) => true,
        _ => false,
    };

    /// <summary>Objects where the column cannot take the step as it is.</summary>
    /// <exception cref="KeyStateException">It cannot; the message names the next step.</exception>
    public void Demand(AdoptedColumn column, AdoptStep step)
    {
        if (!Allows(column.Adoption, step))
        {
            throw new KeyStateException($"The column {column.Name} is {column.Adoption.State}: {Why(column, step)} {NextStep(column)}");
        }

        if (step is AdoptStep.Complete or AdoptStep.Clear && column.Adoption.State != AdoptionState.Cleared && InForce(column) is var since && since > store.Now)
        {
            throw new KeyStateException(string.Create(
                CultureInfo.InvariantCulture,
                $"The column {column.Name} is {column.Adoption.State} since {column.Adoption.Since:u}, and a node may not have heard of it until {since:u}. Run it again from then on."), isTransient: true);
        }
    }

    /// <summary>When the state of a column is in force on every node.</summary>
    public DateTimeOffset InForce(AdoptedColumn column) => (column.Adoption.Since ?? store.Now) + bounds.RevocationBound;

    /// <summary>What comes next.</summary>
    public static string NextStep(AdoptedColumn column) => column.Adoption.State switch
    {
        AdoptionState.Dual when column.Adoption.IsInPlace => $"Next: columncrypt adopt --column {column.Name} until no plaintext is left, then columncrypt adopt --complete --column {column.Name}.",
        AdoptionState.Dual or AdoptionState.Returned => $"Next: columncrypt adopt --column {column.Name}, once no version runs that writes plaintext alone.",
        AdoptionState.Verified => $"Next: columncrypt adopt --complete --column {column.Name}.",
        AdoptionState.Encrypted when !column.Adoption.IsInPlace => $"Next: columncrypt adopt --clear --column {column.Name}.",
        AdoptionState.Encrypted => "It is done. Put HasTextForm() into the model in the place of AdoptInPlace.",
        AdoptionState.Cleared => $"It is done. Take AdoptFrom out of the model, and drop the column {column.Adoption.PlainColumn}.",
        AdoptionState.Returning => $"Next: columncrypt adopt --back REASON --column {column.Name}, which goes on with it.",
        _ => $"Next: start the version of the application that declares its adoption.",
    };

    /// <summary>Moves a column to another state.</summary>
    /// <param name="column">The column as it is.</param>
    /// <param name="to">The state.</param>
    /// <param name="reason">Why; may be null.</param>
    /// <param name="cancellationToken">Cancels the call before it commits.</param>
    /// <param name="at">Since when it is in that state; null, the default, for now.</param>
    /// <returns>The column as it is then.</returns>
    /// <exception cref="KeyStateException">Somebody else moved it meanwhile.</exception>
    public async Task<AdoptedColumn> MoveAsync(AdoptedColumn column, AdoptionState to, string? reason, CancellationToken cancellationToken, DateTimeOffset? at = null)
    {
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        for (int attempt = 0; attempt < OperatorStore.MaxAttempts; attempt++)
        {
            // A version of the application may have registered another index meanwhile: that is kept.
            var there = await store.ReadManifestAsync(cancellationToken).ConfigureAwait(false);
            var row = there.Single(row => (row.Database, row.Schema, row.Table, row.Column) == (column.Record.Database, column.Record.Schema, column.Record.Table, column.Record.Column));
            var adoption = ColumnAdoption.Parse(row.Adoption);
            if ((adoption.State, adoption.Since) != (column.Adoption.State, column.Adoption.Since))
            {
                throw new KeyStateException($"The column {column.Name} was moved to {adoption.State} by somebody else meanwhile. {NextStep(column with { Adoption = adoption })}", isTransient: true);
            }

            var moved = adoption with { State = to, Since = at ?? store.Now };
            var next = installation.Rows.Sign(row with { Adoption = moved.ToJson(), RowVersion = row.RowVersion + 1 });
            var entry = store.Entries.Make(AuditActions.AdoptMove, detail: $"{ColumnName.Full(row)}: {adoption.State} to {to}{(reason is null ? "" : $"; {reason}")}");
            if (await store.Store.TryWriteColumnsAsync([next], OperatorStore.Chain(installation, entry), cancellationToken).ConfigureAwait(false))
            {
                await store.Session.ReadGenerationAsync(CancellationToken.None).ConfigureAwait(false);
                return column with { Record = next, Adoption = moved };
            }
        }

        throw OperatorStore.Contended($"the column {column.Name}");
    }

    private static string Why(AdoptedColumn column, AdoptStep step) => step switch
    {
        AdoptStep.Adopt => "there is nothing to fill.",
        AdoptStep.Complete when column.Adoption.State is AdoptionState.Encrypted or AdoptionState.Cleared => "plaintext is not written any more.",
        AdoptStep.Complete => "it has to be verified first.",
        AdoptStep.Clear when column.Adoption.IsInPlace => "in place there is no plaintext column to clear.",
        AdoptStep.Clear => "its plaintext is still needed.",
        _ => "it is back.",
    };

    private AdoptedColumn Describe(ColumnRecord row, AdoptOptions options)
    {
        var adoption = ColumnAdoption.Parse(row.Adoption);
        var form = options.Form ?? (adoption.IsConverted ? null : PlainForms.Find(row.Codec)) ?? throw new KeyStateException(
            $"The plaintext of the column {options.Column} stands in the database in a way that only the application understands (codec '{row.Codec}'). Run it from the application: IKeyManager.AdoptAsync with AdoptOptions.Form.");
        if (form.Codec != row.Codec)
        {
            throw new KeyStateException($"The column {options.Column} is encrypted in the encoding '{row.Codec}', and the form that was given is of '{form.Codec}'.");
        }

        return adoption.IsInPlace && row.Codec != "text"
            ? throw new KeyStateException($"The column {options.Column} is adopted in place, and holds '{row.Codec}': only text is. Adopt into a column of its own.")
            : new AdoptedColumn(row, adoption, form, [.. adoption.Indexes.Where(IsFilledHere).Select(index => (index.Column, new IndexDefinition(row.Purpose, index.Kind, index.Normaliser, index.Version, index.Bits)))]);
    }

    private bool IsFilledHere(AdoptionIndex index) => index.Kind is not ("composite" or "word") && normalisers.Knows(index.Normaliser);
}
