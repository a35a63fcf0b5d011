using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>Puts <see cref="EncryptedTypeMapping"/> on the runtime model's encrypted properties: also on those of a compiled model, which keeps converters but no mappings of ours.</summary>
internal sealed class EncryptedModelInitializer(IModelRuntimeInitializer inner) : IModelRuntimeInitializer
{
    private const string Done = "ColumnCrypt:Initialized";

    public IModel Initialize(IModel model, bool designTime = true, IDiagnosticsLogger<DbLoggerCategory.Model.Validation>? validationLogger = null)
    {
        var initialized = inner.Initialize(model, designTime, validationLogger);

        // A migration's snapshot, which nothing is read or written through: it holds our annotations and no converters.
        if (designTime && validationLogger is null)
        {
            return initialized;
        }

        var runtime = designTime ? inner.Initialize(model, designTime: false, validationLogger) : initialized;
        runtime.GetOrAddRuntimeAnnotationValue(Done, Attach, runtime);
        return initialized;
    }

    private static object Attach(IModel? model)
    {
        foreach (var property in EncryptionAnnotations.AllProperties(model!).Where(EncryptionAnnotations.IsEncrypted))
        {
            var mapping = property.GetTypeMapping() as RelationalTypeMapping;
            if (EncryptingConverter.MarkerOf(mapping?.Converter) is null || mapping!.Converter!.ProviderClrType != (EncryptionAnnotations.IsText(property) ? typeof(string) : typeof(byte[])) || property is not RuntimeProperty runtime)
            {
                throw new EncryptionModelException(
                    $"{Purposes.Describe(property)} is to be encrypted, but something replaced its converter after ColumnCrypt had set it. Remove the convention or the configuration that does so.");
            }

            if (mapping is not EncryptedTypeMapping)
            {
                runtime.TypeMapping = new EncryptedTypeMapping(mapping);
            }
        }

        return true;
    }
}
