using System.Runtime.CompilerServices;
using ColumnCrypt.Configuration;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using ColumnCrypt.Search;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Operations;

/// <summary>
/// Before an instance first serves the blind indexes of a model: their normalisers are registered, and meet their known answers on this
/// machine. Thread-safe.
/// </summary>
internal static class IndexCheck
{
    private const string Annotation = "ColumnCrypt:IndexesChecked";

    /// <exception cref="EncryptionModelException">One of the model's indexes cannot be used here.</exception>
    public static void Run(ContextScope scope, RingNeeds needs)
    {
        if (!needs.HasIndexes)
        {
            return;
        }

        var model = scope.Context.Model;
        var seen = model.GetOrAddRuntimeAnnotationValue(Annotation, static _ => new ConditionalWeakTable<ColumnCryptInstance, object>(), model);
        if (!seen.TryGetValue(scope.Instance, out _))
        {
            scope.Instance.CheckIndexes(DefinitionsOf(model));
            seen.TryAdd(scope.Instance, seen);
        }
    }

    private static IEnumerable<IndexDefinition> DefinitionsOf(IModel model) => EncryptionAnnotations.AllProperties(model)
        .Select(static p => IndexConverter.MarkerOf(p.GetValueConverter()))
        .OfType<IndexMarker>()
        .Select(static m => new IndexDefinition(m.Purpose, m.Kind, m.Normaliser, m.Version, m.Bits))
        .Concat(TokenTable.OfModel(model).SelectMany(static t => t.Table.Definitions));
}
