using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>
/// Says whether the database finds equal in a column of plaintext what a blind index finds equal: values that are the same to the byte. The collation of a
/// database never says otherwise, neither SQLite's nor PostgreSQL's; that of a column may, and its type. Stateless, thread-safe.
/// </summary>
internal static partial class PlaintextCollation
{
    // As Npgsql keeps what a model says of a collation: locale, locale, provider, whether it is deterministic.
    private const string Definition = "Npgsql:CollationDefinition:";

    private static readonly HashSet<string> s_exact = new(StringComparer.OrdinalIgnoreCase)
    {
        "BINARY", "C", "POSIX", "default", "ucs_basic", "unicode", "pg_c_utf8", "pg_unicode_fast",
    };

    /// <summary>What a column has under which it may find other rows than a blind index, as messages name it; null where there is no such thing.</summary>
    public static string? WhyInexact(IReadOnlyProperty property, IRelationalTypeMappingSource types)
    {
        string? type = property.FindAnnotation(RelationalAnnotationNames.ColumnType)?.Value as string;
        if (type is not null && CaselessRegex().IsMatch(type))
        {
            return $"of the type {type}";
        }

        // Blanks at the end are filled up to the length, and count for nothing.
        if (property.ClrType == typeof(string) && KnowsFixedLength(types) && (type is null ? property.IsFixedLength() == true : FixedRegex().IsMatch(type)))
        {
            return type is null ? "of a fixed length" : $"of the type {type}";
        }

        string? collation = property.FindAnnotation(RelationalAnnotationNames.Collation)?.Value as string
            ?? (type is not null && CollateRegex().Match(type) is { Success: true } match ? match.Groups["name"].Value : null);
        return collation is not null && !IsExact(collation, property.DeclaringType.Model) ? $"of the collation {collation}" : null;
    }

    // SQLite has none, whatever a column's type is called.
    private static bool KnowsFixedLength(IRelationalTypeMappingSource types) =>
        types.FindMapping(typeof(string), null, size: 3, fixedLength: true)?.StoreType.Contains("char", StringComparison.OrdinalIgnoreCase) == true;

    // What PostgreSQL brings along is deterministic; what somebody made is what the model says it is.
    private static bool IsExact(string collation, IReadOnlyModel model) =>
        model.GetAnnotations().FirstOrDefault(a => a.Name.StartsWith(Definition, StringComparison.Ordinal) && a.Name[Definition.Length..].Split('.')[^1] == collation) is { Value: string defined }
            ? !defined.EndsWith(",False", StringComparison.OrdinalIgnoreCase)
            : s_exact.Contains(collation) || PredefinedRegex().IsMatch(collation);

    [GeneratedRegex(@"^([A-Za-z]{2,3}(_[A-Z][a-z]{3})?_[A-Z]{2}(\.[A-Za-z0-9-]+)?(@[a-z]+)?|C\.[A-Za-z0-9-]+|[A-Za-z0-9-]+-x-icu)$", RegexOptions.ExplicitCapture)]
    private static partial Regex PredefinedRegex();

    [GeneratedRegex(@"^\s*([^\s(]*\.)?""?citext\b", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex CaselessRegex();

    [GeneratedRegex(@"^\s*(national\s+)?(n?char|character|bpchar)\s*(\(|$|collate\b)", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex FixedRegex();

    [GeneratedRegex(@"\bcollate\s+(""?[^""\s.]+""?\.)?""?(?<name>[^""\s]+)", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex CollateRegex();
}
