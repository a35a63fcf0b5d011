using ColumnCrypt;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

using var connection = new SqliteConnection("Data Source=:memory:");
connection.Open();
try
{
    using var db = new ForgetfulContext(new DbContextOptionsBuilder<ForgetfulContext>().UseSqlite(connection).Options);
    db.Database.EnsureCreated();
    db.Add(new Note { Text = "plaintext" });
    db.SaveChanges();
    Console.WriteLine("saved");
    return 1;
}
catch (Exception error)
{
    Console.WriteLine(error.GetType().Name + ": " + error.Message);
    return 0;
}

public sealed class Note
{
    public int Id { get; set; }

    [Encrypted]
    public string? Text { get; set; }
}

public sealed class ForgetfulContext(DbContextOptions<ForgetfulContext> options) : DbContext(options)
{
    public DbSet<Note> Notes => Set<Note>();
}
