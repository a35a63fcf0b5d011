using System.Reflection;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Design;

namespace ColumnCrypt.EntityFrameworkCore.Design.Tests;

/// <summary>The migrations of an application, version by version, as <c>dotnet ef</c> makes and runs them.</summary>
internal sealed class PersonMigrations(TestDatabase database)
{
    private readonly List<string> _sources = [];
    private string? _snapshot;
    private Assembly? _built;

    /// <summary>The code of the next migration; it stays only where <see cref="Take"/> says so.</summary>
    public ScaffoldedMigration Add(string name, Action<EntityTypeBuilder<Person>> build)
    {
        using var db = Open(build);
        return DesignTime.AddMigration(db, name);
    }

    public void Take(ScaffoldedMigration migration)
    {
        _sources.Add(migration.MigrationCode);
        _sources.Add(migration.MetadataCode);
        _snapshot = migration.SnapshotCode;
        _built = DesignTime.Build([.. _sources, _snapshot]);
    }

    /// <summary>Makes a migration and runs it.</summary>
    /// <returns>Its code.</returns>
    public string Run(string name, Action<EntityTypeBuilder<Person>> build)
    {
        var migration = Add(name, build);
        Take(migration);
        using var db = Open(build);
        Assert.False(db.Database.HasPendingModelChanges());
        db.Database.Migrate();
        return migration.MigrationCode;
    }

    public string Script(Action<EntityTypeBuilder<Person>> build, string from)
    {
        using var db = Open(build);
        return db.GetService<IMigrator>().GenerateScript(from, null, database.Kind == DatabaseKind.Sqlite ? MigrationsSqlGenerationOptions.Default : MigrationsSqlGenerationOptions.Idempotent);
    }

    public PersonContext Open(Action<EntityTypeBuilder<Person>> build) => PersonContext.Open(database, _built, build, static options => options.UseColumnCrypt(name: "absent at design time"));
}
