using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.EntityFrameworkCore.Tenancy;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.EntityFrameworkCore.Safety;

/// <summary>
/// Refuses a context that should encrypt and does not: when it is made, by the types of its sets, and before its first query and
/// each save, by its whole model. What it throws reaches the application.
/// </summary>
internal sealed class ContextObserver : IObserver<KeyValuePair<string, object?>>
{
    private static readonly string s_ofCommands = DbLoggerCategory.Database.Command.Name;

    private static readonly HashSet<string> s_events =
    [
        CoreEventId.ContextInitialized.Name!, CoreEventId.QueryCompilationStarting.Name!, CoreEventId.SaveChangesStarting.Name!,
    ];

    private readonly ConcurrentDictionary<Type, bool> _taggedContexts = new();
    private readonly ConditionalWeakTable<IModel, object> _taggedModels = [];

    /// <summary>True for the events that it wants. EF asks several times for each command, of which it wants none.</summary>
    public static bool Wants(string name) => !name.StartsWith(s_ofCommands, StringComparison.Ordinal) && s_events.Contains(name);

    public void OnNext(KeyValuePair<string, object?> value)
    {
        // Where anybody listens to an event everybody gets it, also those of contexts that are being disposed.
        if (!Wants(value.Key))
        {
            return;
        }

        switch (value.Value)
        {
            case ContextInitializedEventData { Context: { } context } data when !Encrypts(data.ContextOptions) && _taggedContexts.GetOrAdd(context.GetType(), HasTaggedSet):
                throw Forgotten(context);
            case DbContextEventData { Context: { } context }
                when (bool)_taggedModels.GetValue(context.Model, static model => HasTaggedType(model)) && !Encrypts(context.GetInfrastructure().GetRequiredService<IDbContextOptions>()):
                throw Forgotten(context);
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    private static bool Encrypts(IDbContextOptions options) => options.Extensions.OfType<IEncryptionSettings>().Any();

    private static bool HasTaggedSet(Type context) => context.GetProperties()
        .Select(static property => property.PropertyType)
        .Where(static type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(DbSet<>))
        .Any(static type => TaggedMembers.AnyWithin(type.GetGenericArguments()[0]));

    private static object HasTaggedType(IModel model) =>
        model.GetEntityTypes().Any(static type => TaggedMembers.AnyWithin(type.ClrType));

    private static EncryptionModelException Forgotten(DbContext context) => new(
        $"{context.GetType().Name} has types with [Encrypted] members, but its options lack UseColumnCrypt: nothing of them would be stored. "
        + "Call UseColumnCrypt after UseSqlite, UseNpgsql or another relational provider, also in a design-time factory; "
        + "EF's InMemory provider and UseInternalServiceProvider cannot encrypt.");
}
