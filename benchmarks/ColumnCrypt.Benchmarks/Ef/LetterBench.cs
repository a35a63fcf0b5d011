using ColumnCrypt.Configuration;
using ColumnCrypt.TestSupport;
using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.Benchmarks.Ef;

/// <summary>Letters of which one or a few are found: by plaintext behind an ordinary index, by a blind index, by a beginning, by words, by a range.</summary>
public sealed class LetterBench : IDisposable
{
    private const int Lookups = 200;
    private const int Page = 5_000;

    // Coprime with every number of rows: what is looked for is spread over them.
    private const int Stride = 7_919;

    private readonly TempFolder _folder = new();
    private readonly ColumnCryptInstance _keys = ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys());
    private readonly DbContextOptions<LetterContext> _options;
    private int _rows;

    /// <param name="postgreSql">Whether on a throw-away PostgreSQL server, else on SQLite.</param>
    public LetterBench(bool postgreSql)
    {
        _options = Databases.On<LetterContext>(postgreSql, _folder.File("letters.db")).UseColumnCrypt(_keys).Options;
        using var db = new LetterContext(_options);
        db.Database.EnsureCreated();
    }

    /// <summary>Adds letters until there are so many.</summary>
    public async Task FillAsync(int rows)
    {
        while (_rows < rows)
        {
            await using var db = new LetterContext(_options);
            int end = Math.Min(rows, _rows + Page);
            for (; _rows < end; _rows++)
            {
                db.Add(new Letter { Number = $"{_rows:00000000}", Sequence = SequenceOf(_rows), Reference = $"reference {_rows:00000000}", Sender = SenderOf(_rows), Notes = $"a letter of sender{_rows} about matter{_rows % 1_000}" });
            }

            await db.SaveChangesAsync();
        }
    }

    public Task FindByNumberAsync() => FindAsync(static (letters, i) =>
    {
        string number = $"{i:00000000}";
        return letters.Where(letter => letter.Number == number);
    });

    public Task FindByReferenceAsync() => FindAsync(static (letters, i) =>
    {
        string reference = $"reference {i:00000000}";
        return letters.Where(letter => letter.Reference == reference);
    });

    public Task FindByBeginningAsync() => FindAsync(static (letters, i) =>
    {
        string beginning = SenderOf(i)[..8];
        return letters.Where(letter => letter.Sender.StartsWith(beginning));
    });

    /// <summary>One of the words is in a thousandth of the rows.</summary>
    public Task FindByWordsAsync() => FindAsync(static (letters, i) =>
    {
        string words = $"sender{i} matter{i % 1_000}";
        return letters.Where(letter => EF.Functions.MatchesWords(letter.Notes, words));
    });

    /// <summary>One of the words is in every row.</summary>
    public Task FindByACommonWordAsync() => FindAsync(static (letters, i) =>
    {
        string words = $"sender{i} letter";
        return letters.Where(letter => EF.Functions.MatchesWords(letter.Notes, words));
    });

    /// <summary>One row of those in its bucket: more with more rows.</summary>
    public Task FindByRangeAsync() => FindAsync(static (letters, i) =>
    {
        int low = SequenceOf(i);
        int high = low + 1;
        return letters.Where(letter => letter.Sequence >= low && letter.Sequence < high);
    });

    public void Dispose()
    {
        _keys.Dispose();
        _folder.Dispose();
    }

    // The first eight letters are the row's own.
    private static string SenderOf(int row) => string.Create(null, $"{unchecked((uint)row * 2_654_435_761u):x8} and company");

    // Each number below 1,024,000 once, spread over them.
    private static int SequenceOf(int row) => (row % 10_240 * 100) + (row / 10_240);

    private async Task FindAsync(Func<IQueryable<Letter>, int, IQueryable<Letter>> query)
    {
        await using var db = new LetterContext(_options);
        for (int i = 0; i < Lookups; i++)
        {
            if ((await query(db.Letters.AsNoTracking(), (int)((long)i * Stride % _rows)).ToListAsync()).Count != 1)
            {
                throw new InvalidOperationException("A lookup found other rows than the one that it was for.");
            }
        }
    }
}
