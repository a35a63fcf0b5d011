using ColumnCrypt.Columns;
using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>The blind indexes that a property declares, as a cipher of its column computes them.</summary>
internal static class CipherIndexes
{
    public static ColumnIndexes Of(IProperty property) => new()
    {
        Columns = [.. BlindIndexes.Of(property).Cast<IProperty>().SelectMany(ColumnsOf)],
        Tokens = [.. TokenTable.Of(property).SelectMany(static t => t.Table.Parts.Select(part => TokensOf(t.Type.GetTableName()!, part)))],
        AllowSmallDomain = "The model was built with it.",
    };

    // One for each name: the tables of a hierarchy may differ in it.
    private static IEnumerable<ColumnIndex> ColumnsOf(IProperty index)
    {
        var marker = IndexConverter.MarkerOf(index.GetTypeMapping().Converter)!;
        return index.GetTableColumnMappings().Select(static mapping => mapping.Column.Name).Distinct().Select(column => new ColumnIndex(column)
        {
            Kind = marker.Kind,
            Normaliser = marker.Normaliser,
            Version = marker.Version,
            Bits = marker.Bits,
            Purpose = marker.Purpose,
        });
    }

    private static ColumnTokens TokensOf(string table, TextPart part) => new(table)
    {
        PrefixFrom = part.From,
        PrefixTo = part.To,
        Words = part.Words,
        Normaliser = part.Form,
        Version = part.Version,
        Bits = part.Bits,
    };
}
