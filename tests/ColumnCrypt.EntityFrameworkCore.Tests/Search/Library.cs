using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;
using ColumnCrypt.Configuration;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

/// <summary>A database with the rows of two tenants, and what every query of theirs should answer.</summary>
public sealed class Library : IAsyncDisposable
{
    private static readonly JsonSerializerOptions s_json = new() { ReferenceHandler = ReferenceHandler.IgnoreCycles };
    private readonly TestDatabase _database;
    private readonly ColumnCryptInstance _keys = TestKeys.InMemory();
    private readonly Dictionary<string, List<Member>> _members;

    private Library(DatabaseKind kind)
    {
        _database = new TestDatabase(kind);
        _members = Tenants.ToDictionary(static t => t, static t => LibraryRows.Sample(t), StringComparer.Ordinal);
    }

    public static IReadOnlyList<string> Tenants { get; } = ["a", "b"];

    public TestDatabase Database => _database;

    public static async Task<Library> OpenAsync(DatabaseKind kind)
    {
        var library = new Library(kind);
        await using (var db = library.As("a"))
        {
            await db.Database.EnsureCreatedAsync();
        }

        foreach (string tenant in Tenants)
        {
            await using var db = library.As(tenant);
            db.AddRange(LibraryRows.Sample(tenant));
            await db.SaveChangesAsync();
        }

        return library;
    }

    public LibraryContext As(string tenant)
    {
        var options = new DbContextOptionsBuilder<LibraryContext>();
        _database.Configure(options);
        options.UseColumnCrypt(static c => c.Tenant, _keys);
        return new LibraryContext(options.Options) { Tenant = tenant };
    }

    public LibraryRows InMemory(string tenant) => LibraryRows.InMemory(_members[tenant]);

    /// <summary>What a shape does, for each tenant and way of reading alike: "works", "refused", "not EF", or what is wrong.</summary>
    public string Outcome(LibraryShape shape)
    {
        List<string> outcomes = [];
        foreach (string tenant in Tenants)
        {
            string expected = Answer(() => shape.InMemory(InMemory(tenant)));
            outcomes.AddRange(Enum.GetValues<Reading>().Select(reading =>
            {
                using var db = As(tenant);
                return Outcome(() => shape.Run(LibraryRows.InDatabase(db, reading)), expected);
            }));
        }

        var different = outcomes.Distinct().ToList();
        return different.Count == 1 ? different[0] : $"WRONG, differs by tenant or way of reading: {string.Join(" / ", different)}";
    }

    public static string Outcome(Func<object?> query, string expected)
    {
        try
        {
            string actual = Text(query());
            return actual == expected ? "works" : $"WRONG {actual} instead of {expected}";
        }
        catch (EncryptedQueryException error)
        {
            bool namesTheWayOut = error.Message.Contains("in memory", StringComparison.Ordinal) || error.Message.Contains("EF.Functions", StringComparison.Ordinal) || error.Message.Contains("Pass it", StringComparison.Ordinal);
            return namesTheWayOut ? "refused" : $"WRONG, refused without a way out: {error.Message}";
        }
        catch (InvalidOperationException error) when (error.Message.Contains("could not be translated", StringComparison.Ordinal))
        {
            return "not EF";
        }
        catch (Exception error)
        {
            return Answer(() => throw error) == expected ? "works" : $"WRONG {error.GetType().Name}: {error.Message} instead of {expected}";
        }
    }

    /// <summary>An answer, or the kind of exception that stands for one.</summary>
    public static string Answer(Func<object?> query)
    {
        try
        {
            return Text(query());
        }
        catch (Exception error) when (error is InvalidOperationException or NullReferenceException)
        {
            return error.GetType().Name;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _keys.DisposeAsync();
        _database.Dispose();
    }

    private static string Text(object? answer) => answer is IEnumerable rows and not string
        ? string.Join("; ", rows.Cast<object?>().Select(One).Order(StringComparer.Ordinal))
        : One(answer);

    private static string One(object? row) => row switch
    {
        Member m => $"{m.Id} {m.Name} {m.Email ?? "-"} {m.Age} {m.Score} {m.Token} {m.Born:O} {m.Rank} {m.Nick ?? "-"} {m.Code ?? "-"}",
        Loan l => $"{l.Id} {l.Title} {l.Second ?? "-"}",
        _ => JsonSerializer.Serialize(row, s_json),
    };
}
