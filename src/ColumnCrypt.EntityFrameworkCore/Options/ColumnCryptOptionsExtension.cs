using ColumnCrypt.Configuration;
using ColumnCrypt.EntityFrameworkCore.Migrations;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Operations;
using ColumnCrypt.EntityFrameworkCore.Query;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using ColumnCrypt.EntityFrameworkCore.Tenancy;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata.Conventions.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Update;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.EntityFrameworkCore.Options;

/// <summary>
/// What <c>UseColumnCrypt</c> adds to the options. Immutable. Its settings never reach EF's services, so that any number of
/// contexts, tenants and instances share one service provider and one model.
/// </summary>
internal sealed class ColumnCryptOptionsExtension(Func<DbContext, object?>? tenant, ColumnCryptInstance? instance, string instanceName)
    : IDbContextOptionsExtension, IEncryptionSettings
{
    private static readonly Type[] s_decorated =
    [
        typeof(IDatabase), typeof(IRelationalCommandDiagnosticsLogger), typeof(ICommandBatchPreparer), typeof(IExecutionStrategyFactory), typeof(IModelRuntimeInitializer),
        typeof(IQueryTranslationPreprocessorFactory), typeof(IQueryTranslationPostprocessorFactory), typeof(IMigrationsModelDiffer),
        typeof(IStructuralTypeMaterializerSource),
    ];

    public Func<DbContext, object?>? Tenant => tenant;

    public ColumnCryptInstance? Instance => instance;

    public string InstanceName => instanceName;

    public DbContextOptionsExtensionInfo Info => new ColumnCryptOptionsInfo(this);

    public void ApplyServices(IServiceCollection services) =>
        services
            .AddScoped<ContextScope>()
            .AddScoped<IResettableService>(static provider => provider.GetRequiredService<ContextScope>())
            .AddScoped<IConventionSetPlugin, ColumnCryptConventions>()
            .AddScoped<IConventionSetPlugin, IndexedFilters>()
            .AddScoped<IMethodCallTranslatorPlugin, StoredTextTranslator>()
            .Decorate<IDatabase, EncryptingDatabase>()
            .Decorate<IRelationalCommandDiagnosticsLogger, WriteWindowLogger>()
            .Decorate<ICommandBatchPreparer, BatchWindow>()
            .Decorate<IExecutionStrategyFactory, KeyAwaitingStrategyFactory>()
            .Decorate<IModelRuntimeInitializer, EncryptedModelInitializer>()
            .Decorate<IQueryTranslationPreprocessorFactory, EncryptedQueryPreprocessorFactory>()
            .Decorate<IQueryTranslationPostprocessorFactory, EncryptedQueryPostprocessorFactory>()
            .Decorate<IStructuralTypeMaterializerSource, AdoptedMaterializer>()
            .Decorate<IMigrationsModelDiffer, EncryptionDiffer>();

    public void Validate(IDbContextOptions options)
    {
        var core = options.FindExtension<CoreOptionsExtension>();
        if (core?.InternalServiceProvider is not null)
        {
            throw new EncryptionModelException(
                "UseInternalServiceProvider replaces the services that encrypt. Remove it: EF shares one internal service provider among contexts by itself.");
        }

        var replaced = core?.ReplacedServices?.Keys.Select(static key => key.Item1).FirstOrDefault(s_decorated.Contains);
        if (replaced is not null)
        {
            throw new EncryptionModelException(
                $"ReplaceService<{replaced.Name}, …>() replaces a service that encrypts. Remove it, or decorate the service in an options extension that is added before UseColumnCrypt.");
        }

        var extensions = options.Extensions.ToList();
        int provider = extensions.FindIndex(static extension => extension.Info.IsDatabaseProvider);
        if (provider > extensions.IndexOf(this))
        {
            throw new EncryptionModelException("Call UseColumnCrypt after UseSqlite, UseNpgsql or another relational provider: it builds on their services.");
        }

        if (provider >= 0 && extensions[provider] is not RelationalOptionsExtension)
        {
            throw new EncryptionModelException(
                "UseColumnCrypt needs a relational provider, and EF's InMemory provider is none. For tests use SQLite in memory: "
                + "UseSqlite(connection) with a SqliteConnection(\"Data Source=:memory:\") that stays open, and AddColumnCrypt(cc => cc.UseInMemoryKeys()).");
        }
    }
}
