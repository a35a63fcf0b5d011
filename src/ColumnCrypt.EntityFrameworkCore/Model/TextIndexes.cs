using System.Reflection;
using System.Text.Json;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>The text indexes that properties declare, and the entity types of the tables that hold their tokens.</summary>
internal static class TextIndexes
{
    /// <summary>What attributes and the fluent configuration declare; the latter's word counts where both name the same part and version.</summary>
    public static IReadOnlyList<TextPart> DeclaredOn(IReadOnlyProperty property)
    {
        var fluent = Read((string?)property.FindAnnotation(EncryptionAnnotations.WantedTextIndexes)?.Value);
        var attributes = TaggedMembers.MemberOf(property)?.GetCustomAttributes<TextIndexAttribute>(inherit: true) ?? [];
        return [.. fluent, .. attributes.SelectMany(TextPart.Of).Where(a => !fluent.Any(f => f.Words == a.Words && f.Version == a.Version))];
    }

    public static string Write(IReadOnlyList<TextPart> parts) => JsonSerializer.Serialize(parts);

    public static IReadOnlyList<TextPart> Read(string? text) => text is null ? [] : JsonSerializer.Deserialize<TextPart[]>(text)!;

    /// <summary>Adds the tables of a property, one for each index version.</summary>
    public static void Add(IMutableProperty property)
    {
        foreach (var version in DeclaredOn(property).GroupBy(static part => part.Version).OrderBy(static v => v.Key))
        {
            Add(property, [.. version.OrderBy(static part => part.Words)]);
        }
    }

    private static void Add(IMutableProperty property, IReadOnlyList<TextPart> parts)
    {
        var owner = (IMutableEntityType)property.DeclaringType;
        var key = owner.FindPrimaryKey()!;
        var table = new TokenTable
        {
            Owner = owner.Name,
            Property = property.Name,
            Purpose = EncryptionAnnotations.PurposeOf(property)!,
            Parts = parts,
        };
        string name = TokenTable.NameOf(property, table.Version);
        var tokens = owner.Model.AddEntityType(name, typeof(Dictionary<string, object>));
        tokens.SetTableName(name);
        tokens.SetSchema(owner.GetSchema());
        tokens.SetAnnotation(EncryptionAnnotations.Tokens, table.Write());

        var token = tokens.AddIndexerProperty(TokenTable.Token, typeof(BlindIndexValue));
        token.IsNullable = false;
        token.SetColumnName(TokenTable.Token);
        token.SetValueConverter(TokenConverter.Create(table.Purpose, table.Version, EncryptionAnnotations.ConstantTenantOf(owner)));
        var from = StoreObjectIdentifier.Create(owner, StoreObjectType.Table)!.Value;
        var columns = key.Properties.Select(principal => Copy(principal, tokens, from)).ToList();

        // The token stands first: a lookup is a range of the key, and brings the rows' keys along.
        tokens.SetPrimaryKey([token, .. columns]);
        var reference = tokens.AddForeignKey(columns, key, owner);
        reference.DeleteBehavior = DeleteBehavior.Cascade;
        reference.IsRequired = true;
        if (tokens.FindIndex(columns) is null)
        {
            tokens.AddIndex(columns);
        }
    }

    private static IMutableProperty Copy(IMutableProperty principal, IMutableEntityType tokens, StoreObjectIdentifier from)
    {
        var column = tokens.AddIndexerProperty(principal.Name, principal.ClrType);
        column.IsNullable = false;
        column.SetColumnName(principal.GetColumnName(from));
        column.SetCollation(principal.GetCollation());
        column.ValueGenerated = ValueGenerated.Never;
        return column;
    }
}
