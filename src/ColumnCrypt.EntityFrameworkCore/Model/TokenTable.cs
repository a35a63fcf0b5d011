using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ColumnCrypt.Search;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>
/// The table that holds the tokens of one text property in one index version, as an entity type of the model says it: a row for each token of a row
/// of the property's, with that row's key. Immutable.
/// </summary>
internal sealed record TokenTable
{
    /// <summary>The property, and the column, of a token.</summary>
    public const string Token = "token";

    private static readonly JsonSerializerOptions s_json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    /// <summary>The name of the entity type that declares the property.</summary>
    public required string Owner { get; init; }

    /// <summary>The name of the property.</summary>
    public required string Property { get; init; }

    /// <summary>The purpose of the property.</summary>
    public required string Purpose { get; init; }

    /// <summary>Prefixes, words, or both; of one index version.</summary>
    public required IReadOnlyList<TextPart> Parts { get; init; }

    /// <summary>The index version.</summary>
    [JsonIgnore]
    public int Version => Parts[0].Version;

    /// <summary>What its tokens are.</summary>
    [JsonIgnore]
    public IEnumerable<IndexDefinition> Definitions => Parts.SelectMany(part => part.Definitions(Purpose));

    /// <summary>The name of the table, and of its entity type, for a property.</summary>
    public static string NameOf(IReadOnlyProperty property, int version)
    {
        var owner = (IReadOnlyEntityType)property.DeclaringType;
        string column = property.GetColumnName(StoreObjectIdentifier.Create(owner, StoreObjectType.Table)!.Value) ?? property.Name;
        string suffix = version == 1 ? "_tokens" : string.Create(CultureInfo.InvariantCulture, $"_tokens_v{version}");
        return Uniquifier.Truncate($"{owner.GetTableName()}_{column}", owner.Model.GetMaxIdentifierLength(), suffix);
    }

    /// <summary>What an entity type holds the tokens of, or null.</summary>
    public static TokenTable? Of(IReadOnlyEntityType type) =>
        type.FindAnnotation(EncryptionAnnotations.Tokens)?.Value is string text ? JsonSerializer.Deserialize<TokenTable>(text) : null;

    /// <summary>The tables of a model that hold tokens of a property, with their entity types.</summary>
    public static IEnumerable<(IReadOnlyEntityType Type, TokenTable Table)> Of(IReadOnlyProperty property) =>
        OfModel(property.DeclaringType.Model).Where(t => t.Table.Owner == property.DeclaringType.Name && t.Table.Property == property.Name);

    /// <summary>Every such table of a model.</summary>
    public static IEnumerable<(IReadOnlyEntityType Type, TokenTable Table)> OfModel(IReadOnlyModel model) =>
        model.GetEntityTypes().Select(static type => (Type: type, Table: Of(type))).Where(static t => t.Table is not null)!;

    /// <summary>As an annotation holds it.</summary>
    public string Write() => JsonSerializer.Serialize(this, s_json);
}
