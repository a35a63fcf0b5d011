using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Migrations;

/// <summary>
/// Finds the differences of two models as EF does, and refuses those that would make ciphertext of a column of plaintext, or the other way: the
/// database cannot encrypt. What an adoption needs is added to EF's operations.
/// </summary>
internal sealed class EncryptionDiffer(IMigrationsModelDiffer inner, IDatabaseProvider provider, ISqlGenerationHelper sql) : IMigrationsModelDiffer
{
    public bool HasDifferences(IRelationalModel? source, IRelationalModel? target) =>
        inner.HasDifferences(source, target)
        || new ColumnPairs(source, target, []).Any(static pair => EncryptionChange.Of(pair.Source, pair.Target) is not null || EncryptionChange.ConditionOf(pair.Source, pair.Target, "") is not null);

    public IReadOnlyList<MigrationOperation> GetDifferences(IRelationalModel? source, IRelationalModel? target)
    {
        var operations = inner.GetDifferences(source, target);
        var mistakes = new ColumnPairs(source, target, operations).Select(static pair => EncryptionChange.Of(pair.Source, pair.Target)).OfType<string>()
            .Concat(ReplacedColumns.Of(source, target, operations))
            .Concat(RenamedAdoptions.Of(source, target))
            .ToList();
        return mistakes.Count == 0
            ? new AdoptionOperations(provider.Name, sql).Fit(operations, source, target)
            : throw new EncryptionModelException(
                $"No migration can do what the model asks for, because the database cannot encrypt and knows no adoption:{string.Concat(mistakes.Select(static m => $"{Environment.NewLine}- {m}"))}");
    }
}
