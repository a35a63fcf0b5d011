using System.Data.Common;
using System.Text;
using ColumnCrypt.Store.Schema;

namespace ColumnCrypt.Store.Sql;

/// <summary>
/// What differs between databases for <see cref="SqlKeyStore"/>. Immutable and thread-safe. The database must know
/// <c>ON CONFLICT</c>, <c>RETURNING</c>, <c>UPDATE … FROM</c>, <c>WITH</c>, comparison of row values, and parameters written <c>@name</c>.
/// </summary>
public abstract class KeyStoreDialect
{
    /// <summary>What the key store is called in messages: where its tables are, without any secret.</summary>
    public abstract string Place { get; }

    /// <summary>Appended to a SELECT that keeps others from changing the row until the transaction ends. Default: nothing.</summary>
    public virtual string LockForShare => "";

    /// <summary>
    /// A left join of at most one row, found by its index for each row on the left. Default: a join, for databases that do it so by themselves.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="alias">Its name in the statement.</param>
    /// <param name="condition">Which row.</param>
    public virtual string LookUp(string table, string alias, string condition) => $"LEFT JOIN {table} {alias} ON {condition}";

    /// <summary>Appended to a SELECT that keeps others from locking the row until the transaction ends. Default: nothing.</summary>
    public virtual string LockForUpdate => "";

    /// <summary>
    /// Whether a parameter may be an array, and <c>unnest(@a, @b)</c> makes rows of several: a statement then covers many rows at
    /// once, else it runs once for each. Default: false.
    /// </summary>
    public virtual bool TakesArrays => false;

    /// <summary>
    /// An expression that the statement which raises the generation counter evaluates, and which tells listeners of it when the
    /// transaction commits. Null, the default: nobody is told.
    /// </summary>
    public virtual string? Announcement => null;

    /// <summary>The database's name for a column type.</summary>
    /// <param name="type">The type.</param>
    public abstract string TypeName(KeyColumnType type);

    /// <summary>The quoted name of a table, with its schema where the database has schemas.</summary>
    /// <param name="table">The table.</param>
    public abstract string Qualify(KeyTable table);

    /// <summary>Begins a transaction that will write.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public abstract ValueTask<DbTransaction> BeginWriteAsync(DbConnection connection, CancellationToken cancellationToken);

    /// <summary>A time as a parameter's value.</summary>
    /// <param name="time">The time: UTC, milliseconds.</param>
    public abstract object WriteTime(DateTimeOffset time);

    /// <summary>Reads a time.</summary>
    /// <param name="reader">A reader on a row.</param>
    /// <param name="ordinal">The column, which is not NULL.</param>
    public abstract DateTimeOffset ReadTime(DbDataReader reader, int ordinal);

    /// <summary>What an error means.</summary>
    /// <param name="error">The error.</param>
    public abstract KeyStoreFault Classify(DbException error);

    /// <summary>The statement that begins the transaction which creates the tables, for scripts.</summary>
    protected abstract string BeginScript { get; }

    /// <summary>Statements that create the tables need before their transaction.</summary>
    public virtual IReadOnlyList<string> BeforeCreate => [];

    /// <summary>Statements that the transaction which creates the tables begins with, such as the lock that creators queue for.</summary>
    public virtual IReadOnlyList<string> CreatePreamble => [];

    /// <summary>
    /// The script that creates the tables where they are missing, to be run by a DBA. It changes nothing where they exist.
    /// </summary>
    public string CreateScript()
    {
        var script = new StringBuilder();
        foreach (var statement in (string[])[.. BeforeCreate, BeginScript, .. CreatePreamble, .. CreateStatements, "COMMIT"])
        {
            script.Append(statement).Append(";\n");
        }

        return script.ToString();
    }

    /// <summary>
    /// The script that adds what tables of an earlier ColumnCrypt lack, to be run by their owner. It writes no row, and changes nothing where nothing is
    /// lacking.
    /// </summary>
    public string UpgradeScript()
    {
        var script = new StringBuilder();
        foreach (var statement in (string[])[BeginScript, .. CreatePreamble, .. KeyTableSchema.Tables.SelectMany(table => Upgrades(table, new HashSet<string>())), "COMMIT"])
        {
            script.Append(statement).Append(";\n");
        }

        return script.ToString();
    }

    /// <summary>The statement that adds a column to a table which may have it, or, where the database knows none such, to one that has not.</summary>
    /// <param name="table">The qualified, quoted name of the table.</param>
    /// <param name="definition">The column's name, type, constraint and default.</param>
    protected virtual string AddColumn(string table, string definition) => $"ALTER TABLE {table} ADD COLUMN {definition}";

    /// <summary>A name in double quotes.</summary>
    /// <param name="name">The name.</param>
    protected static string Quote(string name) => KeyTableScript.Quote(name);

    internal KeyUnavailableException NotInitialized(Exception? error) => new(
        KeyUnavailableReason.NotInitialized,
        $"There are no key tables in {Place}. Call IKeyManager.InitAsync once, or run the store's CreateScript(), or a migration "
        + "with migrationBuilder.CreateColumnCryptTables(), or set CreateTables = true.",
        error);

    internal KeyUnavailableException Outdated(Exception error) => new(
        KeyUnavailableReason.NotInitialized,
        $"The key tables in {Place} are of an earlier ColumnCrypt and lack a column. Run columncrypt init --upgrade, or let their owner run what "
        + "columncrypt init --upgrade --script prints; or call IKeyManager.InitAsync. No row is written, and earlier versions run on.",
        error);

    /// <summary>The statements that add what a table of an earlier ColumnCrypt lacks.</summary>
    /// <param name="table">The table.</param>
    /// <param name="there">The columns that it has.</param>
    internal IEnumerable<string> Upgrades(KeyTable table, IReadOnlySet<string> there) =>
        KeyTableScript.Lacking(table, there).Select(column => AddColumn(Qualify(table), KeyTableScript.Definition(column, TypeName)));

    internal IEnumerable<string> CreateStatements => KeyTableScript.Statements(TypeName, Qualify);
}
