using System.Data.Common;
using System.Globalization;
using ColumnCrypt.Format;
using ColumnCrypt.Manifest;
using ColumnCrypt.Rows;
using ColumnCrypt.Stepping;

namespace ColumnCrypt.Adopting;

/// <summary>What the steps of an adoption read and ask of the database. Not thread-safe: it uses one connection.</summary>
internal sealed class AdoptionTables(DbConnection connection, RowDialect dialect, AdoptedColumn column)
{
    private string Table => DataDatabase.TableOf(column.Record);

    private string Cipher => DataDatabase.Quote(column.Record.Column);

    /// <summary>The table as it is filled.</summary>
    public async Task<StepTable> FillAsync(CancellationToken cancellationToken)
    {
        var shape = await ShapeAsync(cancellationToken).ConfigureAwait(false);
        List<StepColumn> read = [Column(column.Record.Column, shape, isSet: true, isGuard: true), .. column.Indexes.Select(index => Column(index.Column, shape, isSet: true, isGuard: false)),
            .. column.IndexedElsewhere.Select(index => Column(index, shape, isSet: true, isGuard: false))];
        if (column.Adoption.PlainColumn is { } plain)
        {
            read.Add(Column(plain, shape, isSet: false, isGuard: true));
        }

        if (column.Adoption.Tenant?.Column is { } tenant)
        {
            read.Add(Column(tenant, shape, isSet: false, isGuard: true));
        }

        return new StepTable(column.Record.Schema, column.Record.Table, TableReader.KeysOf(column.Record, shape), read, null, []);
    }

    /// <summary>The table as its plaintext is written: filled again, or cleared.</summary>
    /// <param name="where">Which rows; null for all.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<StepTable> PlainAsync(string? where, CancellationToken cancellationToken)
    {
        var shape = await ShapeAsync(cancellationToken).ConfigureAwait(false);
        List<StepColumn> read = column.Adoption.PlainColumn is { } plain
            ? [Column(plain, shape, isSet: true, isGuard: true), Column(column.Record.Column, shape, isSet: false, isGuard: true)]
            : [Column(column.Record.Column, shape, isSet: true, isGuard: true)];
        return new StepTable(column.Record.Schema, column.Record.Table, TableReader.KeysOf(column.Record, shape), read, where, []);
    }

    /// <summary>The condition of rows that have plaintext.</summary>
    public string HasPlain => column.Adoption.PlainColumn is { } plain
        ? $"{DataDatabase.Quote(plain)} IS NOT NULL"
        : $"{Cipher} IS NOT NULL AND substr({Cipher}, 1, {TextForm.Prefix.Length.ToString(CultureInfo.InvariantCulture)}) <> '{TextForm.Prefix}'";

    /// <summary>The condition of rows whose ciphertext is missing: only the empty value beside plaintext is, NULL is the encrypted NULL.</summary>
    public string LacksCipher => column.Adoption.IsInPlace ? HasPlain : $"length({Cipher}) = 0 AND {HasPlain}";

    /// <summary>The condition of rows that hold the text form of a value: in place alone.</summary>
    public string HasText => $"substr({Cipher}, 1, {TextForm.Prefix.Length.ToString(CultureInfo.InvariantCulture)}) = '{TextForm.Prefix}'";

    /// <summary>How many rows a condition holds of; of all without one.</summary>
    /// <exception cref="KeyStateException">The role does not see all rows.</exception>
    public async Task<long> CountAsync(string? where, CancellationToken cancellationToken)
    {
        await new DataDatabase(connection).DemandWholeAsync(column.Record.Schema, column.Record.Table, cancellationToken).ConfigureAwait(false);
        var rows = await new DataDatabase(connection).ReadAsync($"SELECT count(*) FROM {Table}{(where is null ? "" : $" WHERE {where}")}", [], cancellationToken).ConfigureAwait(false);
        return Convert.ToInt64(rows[0][0], CultureInfo.InvariantCulture);
    }

    /// <summary>Objects where rows have ciphertext and none has plaintext: key tables that were put back from before it was cleared say that it leads, and to fill would write its NULL over all.</summary>
    /// <exception cref="KeyStateException">It is so.</exception>
    public async Task DemandPlaintextAsync(CancellationToken cancellationToken)
    {
        if (column.Adoption.PlainColumn is { } plain && !await HasAnyAsync(HasPlain, cancellationToken).ConfigureAwait(false) && await HasAnyAsync($"length({Cipher}) > 0", cancellationToken).ConfigureAwait(false))
        {
            throw new KeyStateException(
                $"Not one row of {column.Record.Table} has plaintext in {plain}, and there is ciphertext in {column.Record.Column}: to adopt would write NULL over it. The plaintext was cleared, and the key tables were put back from before "
                + $"(docs/runbooks/restore-during-an-adoption.md). If every value was set to NULL on purpose, set {column.Record.Column} to NULL, too.");
        }
    }

    /// <summary>Objects where an index that only the application fills lacks values.</summary>
    /// <exception cref="KeyStateException">One does.</exception>
    public async Task DemandIndexesAsync(CancellationToken cancellationToken)
    {
        foreach (string index in column.FilledElsewhere)
        {
            long missing = await CountAsync($"{Cipher} IS NOT NULL AND {DataDatabase.Quote(index)} IS NULL", cancellationToken).ConfigureAwait(false);
            if (missing > 0)
            {
                throw new KeyStateException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{missing} rows of {column.Record.Table} have no value in the index {index}, whose normaliser is the application's own. Let the application fill it (FillBlindIndexesAsync), then run this again."));
            }
        }
    }

    /// <summary>Objects where the plaintext column is gone, or cannot be set to NULL.</summary>
    /// <exception cref="KeyStateException">It cannot; the message has the statement.</exception>
    public async Task DemandNullableAsync(CancellationToken cancellationToken)
    {
        if (column.Adoption.PlainColumn is not { } plain)
        {
            return;
        }

        var found = Column(plain, await ShapeAsync(cancellationToken).ConfigureAwait(false), isSet: true, isGuard: true);
        if (!found.Shape.IsNullable)
        {
            throw new KeyStateException(
                $"The column {column.Record.Table}.{plain} is NOT NULL, and its plaintext is to be set to NULL. "
                + (dialect is SqliteRows
                    ? "Let a migration make it optional: SQLite builds the table anew for that."
                    : $"Run ALTER TABLE {Table} ALTER COLUMN {DataDatabase.Quote(plain)} DROP NOT NULL, which changes the catalogue alone.")
                + " Then run this again.");
        }
    }

    private async Task<bool> HasAnyAsync(string where, CancellationToken cancellationToken) =>
        (await new DataDatabase(connection).ReadAsync($"SELECT 1 FROM {Table} WHERE {where} LIMIT 1", [], cancellationToken).ConfigureAwait(false)).Count > 0;

    private async Task<IReadOnlyDictionary<string, ColumnShape>> ShapeAsync(CancellationToken cancellationToken)
    {
        await new DataDatabase(connection).DemandWholeAsync(column.Record.Schema, column.Record.Table, cancellationToken).ConfigureAwait(false);
        return await dialect.ShapeAsync(connection, column.Record.Schema, column.Record.Table, cancellationToken).ConfigureAwait(false);
    }

    private StepColumn Column(string name, IReadOnlyDictionary<string, ColumnShape> shape, bool isSet, bool isGuard) => TableReader.ColumnOf(column.Record, name, shape, isSet, isGuard);
}
