using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Design.Internal;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations.Design;
using Microsoft.EntityFrameworkCore.Scaffolding;
using Microsoft.EntityFrameworkCore.Sqlite.Design.Internal;
using Npgsql.EntityFrameworkCore.PostgreSQL.Design.Internal;

namespace ColumnCrypt.EntityFrameworkCore.Design.Tests;

/// <summary>The operations of <c>dotnet ef</c>.</summary>
internal static class DesignTime
{
    public static ScaffoldedMigration AddMigration(DbContext context, string name) =>
        Services(context).GetRequiredService<IMigrationsScaffolder>().ScaffoldMigration(name, "Shop", language: "C#");

    public static IEnumerable<string> CompileModel(DbContext context) =>
        Services(context).GetRequiredService<ICompiledModelCodeGeneratorSelector>()
            .Select(new CompiledModelCodeGenerationOptions { Language = "C#" })
            .GenerateModel(
                context.GetService<IDesignTimeModel>().Model,
                new CompiledModelCodeGenerationOptions { ContextType = context.GetType(), ModelNamespace = "Shop.Compiled", UseNullableReferenceTypes = true, Language = "C#" })
            .Select(static file => file.Code);

    public static Assembly Build(IEnumerable<string> sources)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(static path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            $"Generated{Guid.NewGuid():N}",
            sources.Append("global using System; global using System.Collections.Generic; global using System.Linq;").Select(static source => CSharpSyntaxTree.ParseText(source)),
            references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        using var assembly = new MemoryStream();
        var result = compilation.Emit(assembly);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics.Where(static d => d.Severity == DiagnosticSeverity.Error).Take(10)));
        return Assembly.Load(assembly.ToArray());
    }

    private static ServiceProvider Services(DbContext context)
    {
        var services = new ServiceCollection().AddEntityFrameworkDesignTimeServices().AddDbContextDesignTimeServices(context);
        IDesignTimeServices provider = context.Database.IsSqlite() ? new SqliteDesignTimeServices() : new NpgsqlDesignTimeServices();
        provider.ConfigureDesignTimeServices(services);
        return services.BuildServiceProvider();
    }
}
