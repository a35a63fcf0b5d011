using System.Reflection;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace ColumnCrypt.EntityFrameworkCore.Design.Tests;

/// <summary>One version of an application: what it says of <see cref="Person"/>.</summary>
public class PersonContext(DbContextOptions<PersonContext> options, Action<EntityTypeBuilder<Person>> build) : DbContext(options)
{
    public Action<EntityTypeBuilder<Person>> Build { get; } = build;

    public static PersonContext Open(TestDatabase database, Assembly? migrations, Action<EntityTypeBuilder<Person>> build, Action<DbContextOptionsBuilder> use)
    {
        var options = new DbContextOptionsBuilder<PersonContext>();
        using var connection = database.Connect();
        _ = database.Kind == DatabaseKind.Sqlite
            ? options.UseSqlite(connection.ConnectionString, o => _ = migrations is null ? o : o.MigrationsAssembly(migrations))
            : options.UseNpgsql(connection.ConnectionString, o => _ = migrations is null ? o : o.MigrationsAssembly(migrations));
        options.ReplaceService<IModelCacheKeyFactory, PerBuild>();
        use(options);
        return new PersonContext(options.Options, build);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        var person = modelBuilder.Entity<Person>().ToTable("people");
        person.Property(static p => p.Ssn).HasColumnName("ssn").HasMaxLength(11);
        person.Property(static p => p.Note).HasColumnName("note");
        person.Property(static p => p.Photo).HasColumnName("photo");
        person.Property(static p => p.Age).HasColumnName("age");
        Build(person);
    }

    private sealed class PerBuild : IModelCacheKeyFactory
    {
        public object Create(DbContext context, bool designTime) => (((PersonContext)context).Build.Method, designTime);
    }
}
