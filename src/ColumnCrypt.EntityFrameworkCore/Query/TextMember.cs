using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>One part of a text index as queries see it.</summary>
/// <param name="Table">The name of the entity type whose rows are the tokens.</param>
/// <param name="Part">Prefixes or words.</param>
/// <param name="Key">The properties of the key that names a row in both entity types.</param>
internal sealed record TextMember(string Table, TextPart Part, IReadOnlyList<(string Name, Type Type)> Key)
{
    /// <summary>The parts of a property's text indexes in the order in which they are asked, as <see cref="IndexedMember.Of"/> has it.</summary>
    public static IReadOnlyList<TextMember> Of(IReadOnlyProperty property) =>
    [
        .. TokenTable.Of(property)
            .SelectMany(static t => t.Table.Parts.Select(part => new TextMember(t.Type.Name, part, KeyOf(t.Type))))
            .OrderBy(static t => t.Part.Retiring)
            .ThenBy(static t => t.Part.Version),
    ];

    private static List<(string, Type)> KeyOf(IReadOnlyEntityType type) => [.. type.GetForeignKeys().Single().Properties.Select(static p => (p.Name, p.ClrType))];
}
