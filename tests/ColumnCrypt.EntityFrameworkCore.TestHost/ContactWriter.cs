using System.Globalization;
using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.EntityFrameworkCore.TestHost;

/// <summary>Writes the rows of a range in turn, each once more than it was, and says so before and after.</summary>
public static class ContactWriter
{
    /// <summary>Writes until told to end.</summary>
    /// <param name="application">The application.</param>
    /// <param name="version">The version that writes.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="trying">Hears of a row, and how often it will have been written.</param>
    /// <param name="done">Hears of a row, and how often it was written.</param>
    /// <param name="end">When to end.</param>
    public static async Task RunAsync(Application application, AdoptionVersion version, Range rows, Action<int, int> trying, Action<int, int> done, CancellationToken end)
    {
        for (int id = rows.Start.Value; !end.IsCancellationRequested; id = id + 1 < rows.End.Value ? id + 1 : rows.Start.Value)
        {
            try
            {
                await using var db = application.Open(version);
                var row = await db.Contacts.SingleAsync(c => c.Id == id, CancellationToken.None);
                int count = row.CountAs(version);
                trying(id, count + 1);
                if (count < 0)
                {
                    throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Row {id} is not what it was written as."));
                }

                row.Write(count + 1);
                await db.SaveChangesAsync(CancellationToken.None);
                done(id, count + 1);
            }
            catch (Exception error) when (Application.IsPassing(error))
            {
                // Not saved; the next round tries it anew.
            }

            await Task.Delay(3, CancellationToken.None);
        }
    }
}
