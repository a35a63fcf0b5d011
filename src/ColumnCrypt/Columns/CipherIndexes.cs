using System.Globalization;
using ColumnCrypt.Search;

namespace ColumnCrypt.Columns;

/// <summary>The blind indexes that a cipher was made with, found by the column or table that holds them. Immutable, thread-safe.</summary>
internal sealed class CipherIndexes
{
    private readonly string _purpose;
    private readonly (string Name, IndexDefinition Definition)[] _columns;
    private readonly (string Name, IndexDefinition[] Definitions)[] _tables;

    private CipherIndexes(string purpose, (string Name, IndexDefinition Definition)[] columns, (string Name, IndexDefinition[] Definitions)[] tables)
    {
        _purpose = purpose;
        _columns = columns;
        _tables = tables;
        int[] versions = [.. Definitions.Select(static definition => definition.Version).Distinct()];
        ToWrite = versions.Length == 0 ? IndexVersions.None : new IndexVersions(versions, []);
        ToRead = versions.Length == 0 ? IndexVersions.None : new IndexVersions([], versions);
    }

    /// <summary>The versions, for values that are about to be written.</summary>
    public IndexVersions ToWrite { get; }

    /// <summary>The versions, for values that are about to be compared.</summary>
    public IndexVersions ToRead { get; }

    public IEnumerable<IndexDefinition> Definitions => _columns.Select(static c => c.Definition).Concat(_tables.SelectMany(static t => t.Definitions));

    /// <summary>Reads what is declared.</summary>
    /// <exception cref="EncryptionModelException">It cannot be.</exception>
    public static CipherIndexes Of(string purpose, Type type, ColumnIndexes declared)
    {
        var indexes = new CipherIndexes(
            purpose,
            [.. declared.Columns.Select(index => (index.Column, new IndexDefinition(index.Purpose ?? purpose, index.Kind, index.Normaliser, index.Version, index.Bits)))],
            [.. declared.Tokens.GroupBy(static tokens => tokens.Table).Select(table => (table.Key, table.SelectMany(tokens => DefinitionsOf(purpose, tokens)).ToArray()))]);
        string? why =
            declared.Columns.GroupBy(static index => index.Column).FirstOrDefault(static group => group.Count() > 1) is { } twice ? $"has two indexes in '{twice.Key}'"
            : indexes._columns.Any(static c => c.Definition.Parsed is WordKind) ? "has an index of words in a column: their tokens are in a table"
            : declared.Tokens.Count > 0 && type != typeof(string) ? $"is a {type.Name}: only a text has tokens"
            : declared.Tokens.FirstOrDefault(static t => t.PrefixTo < t.PrefixFrom || (t.PrefixTo == 0 && !t.Words)) is { } wrong
            ? $"names no tokens for '{wrong.Table}': say which with PrefixFrom and PrefixTo, or Words"
            : SmallDomain.WhyRefused(type, [.. indexes.Definitions.Select(static d => d.Kind).Distinct()], declared.AllowSmallDomain);
        return why is null ? indexes : throw new EncryptionModelException($"The column of '{purpose}' {why}.");
    }

    /// <summary>The index of a column; of the only one where none is named.</summary>
    /// <exception cref="EncryptionModelException">There is none such.</exception>
    public IndexDefinition InColumn(string? name, bool isComposite)
    {
        IndexDefinition? found = null;
        int count = 0;
        foreach (var column in _columns)
        {
            if (column.Definition.Parsed is CompositeKind == isComposite && (name is null || name == column.Name))
            {
                found = column.Definition;
                count++;
            }
        }

        return count == 1 ? found! : throw Unknown(name, isComposite ? "composite index" : "blind index", _columns.Select(static c => c.Name));
    }

    /// <summary>The tokens of a table; of the only one where none is named.</summary>
    /// <exception cref="EncryptionModelException">There is none such.</exception>
    public IndexDefinition[] InTable(string? name)
    {
        foreach (var table in _tables)
        {
            if (name is null ? _tables.Length == 1 : name == table.Name)
            {
                return table.Definitions;
            }
        }

        throw Unknown(name, "text index", _tables.Select(static t => t.Name));
    }

    private static IEnumerable<IndexDefinition> DefinitionsOf(string purpose, ColumnTokens tokens)
    {
        for (int length = tokens.PrefixFrom; length <= tokens.PrefixTo && tokens.PrefixTo > 0; length++)
        {
            string kind = string.Create(CultureInfo.InvariantCulture, $"{TextPartKind.PrefixName}{length}");
            yield return new IndexDefinition(purpose, kind, tokens.Normaliser ?? IndexDefinition.NoNormaliser, tokens.Version, tokens.Bits);
        }

        if (tokens.Words)
        {
            yield return new IndexDefinition(purpose, WordKind.Instance.Text, tokens.Normaliser ?? BlindIndexNormaliser.CaseInsensitive, tokens.Version);
        }
    }

    private EncryptionModelException Unknown(string? name, string what, IEnumerable<string> known) => new(
        $"The cipher of '{_purpose}' has {(name is null ? $"not exactly one {what}: name one" : $"no {what} '{name}'")}. It was made with {(known.Any() ? string.Join(", ", known) : "none")}.");
}
