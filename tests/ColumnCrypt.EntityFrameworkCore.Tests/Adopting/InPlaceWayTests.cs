using System.Globalization;
using System.Text;
using ColumnCrypt.Adopting;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using ColumnCrypt.Reencrypting;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>The whole way of columns that stay text, there and back, by the command, while an old version writes.</summary>
public class InPlaceWayTests
{
    private const int Rows = 60;
    private const string Canary = "canary-of-a-note";

    private static readonly string[] s_columns = ["employees.ssn", "employees.note", "employees.name"];

    // Until a change is in force on every node.
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(3.2);

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Adoption_ThereAndBack_LosesNothing(DatabaseKind kind)
    {
        using var firm = new Firm(kind, InPlaceVersions.Adopting, "acme");
        await using (var old = firm.Old(InPlaceVersions.Old))
        {
            old.AddRange(Enumerable.Range(0, Rows).Select(static i => new Employee { Name = $"e{i}", Visits = i, Ssn = SsnOf(i), Note = i % 7 == 3 ? null : NoteOf(i, 0) }));
            await old.SaveChangesAsync();
        }

        using var keys = firm.Node();
        await using var data = firm.Data();
        await keys.Keys.InitAsync();

        // Nothing is registered before the adopting version has written.
        Assert.Contains("Start the version", (await Assert.ThrowsAsync<KeyStateException>(() => StepAsync(AdoptStep.Adopt))).Message, StringComparison.Ordinal);
        await WriteAsync(firm, 0, 1);
        await RefusedAsync(AdoptStep.Complete, "may not have heard");
        await RefusedAsync(AdoptStep.Clear, "in place there is no plaintext column");

        // Old and adopting versions write while the rows are moved; no change is lost.
        using var stop = new CancellationTokenSource();
        var counts = new int[Rows];
        var old1 = Task.Run(() => WriteOldAsync(firm, counts, stop.Token));
        var new1 = Task.Run(() => WriteNewAsync(firm, counts, stop.Token));
        await StepAsync(AdoptStep.Adopt, fillOnly: true);
        await StepAsync(AdoptStep.Adopt, fillOnly: true);
        await Task.Delay(s_bound);
        await stop.CancelAsync();
        await Task.WhenAll(old1, new1);
        await AssertRowsAsync(firm, counts);
        await using (var old = firm.Old(InPlaceVersions.Old))
        {
            await old.Employees.Where(e => e.Visits == 5).ExecuteUpdateAsync(s => s.SetProperty(e => e.Note, "late"));
        }

        Assert.Contains("rows of employees.note have no ciphertext", (await Assert.ThrowsAsync<KeyStateException>(() => StepAsync(AdoptStep.Complete, only: "employees.note"))).Message, StringComparison.Ordinal);
        await WriteAsync(firm, 5, counts[5] + 1);
        counts[5]++;
        await StepAsync(AdoptStep.Adopt);
        await StepAsync(AdoptStep.Complete, end: AdoptionState.Encrypted);
        await RefusedAsync(AdoptStep.Adopt, "HasTextForm()");
        await RefusedAsync(AdoptStep.Complete, "HasTextForm()");
        await Task.Delay(s_bound);
        Assert.Equal(0L, Convert.ToInt64(firm.Database.Scalar("SELECT count(*) FROM employees WHERE ssn NOT LIKE 'cc1:%' OR name NOT LIKE 'cc1:%' OR note NOT LIKE 'cc1:%'"), CultureInfo.InvariantCulture));
        await AssertRowsAsync(firm, counts);
        firm.Database.Execute(kind == DatabaseKind.Sqlite ? "VACUUM" : "VACUUM FULL employees");
        Assert.Equal(-1, firm.Database.Everything().AsSpan().IndexOf(Encoding.UTF8.GetBytes(Canary)));

        // The version that follows works beside it; re-encryption leaves the indexes as they are.
        await using (var db = firm.Open(InPlaceVersions.New))
        {
            (await db.Set<Employee>().SingleAsync(e => e.Ssn == SsnOf(1))).Note = NoteOf(1, ++counts[1]);
            await db.SaveChangesAsync();
        }

        string[] ciphertexts = Column(firm, "ssn"), indexes = Column(firm, "encode_bi(ssn_bi)");
        var active = (await keys.Keys.ListKeysAsync("acme")).Single(static key => key is { Kind: KeyKind.Data, State: KeyState.Active });
        await keys.Keys.CompromiseAsync(active.KeyId, "test");
        await Task.Delay(s_bound);
        var moved = await keys.Keys.ReencryptAsync(new ReencryptOptions { Verify = true }, data);
        Assert.Empty(moved.Failures);
        Assert.Equal([active.KeyId], moved.Emptied);
        Assert.Empty(ciphertexts.Intersect(Column(firm, "ssn")));
        Assert.Equal(indexes, Column(firm, "encode_bi(ssn_bi)"));
        await AssertRowsAsync(firm, counts);

        // The way back, while it is written.
        using var end = new CancellationTokenSource();
        var new2 = Task.Run(() => WriteNewAsync(firm, counts, end.Token));
        await StepAsync(AdoptStep.Back, end: AdoptionState.Returned);
        await end.CancelAsync();
        await new2;
        await RefusedAsync(AdoptStep.Back, "it is back");
        await AssertRowsAsync(firm, counts);
        await using (var old = firm.Old(InPlaceVersions.Old))
        {
            Assert.Equal(
                Enumerable.Range(0, Rows).Select(i => (SsnOf(i), i % 7 == 3 && counts[i] == 0 ? null : NoteOf(i, counts[i]), $"e{i}")),
                (await old.Employees.AsNoTracking().OrderBy(e => e.Visits).ToListAsync()).Select(static e => (e.Ssn, e.Note, e.Name)));
        }

        async Task StepAsync(AdoptStep step, bool fillOnly = false, AdoptionState end = AdoptionState.Dual, string? only = null)
        {
            foreach (string column in only is null ? s_columns : [only])
            {
                var result = await keys.Keys.AdoptAsync(new AdoptOptions(column) { Step = step, FillOnly = fillOnly, MaxBatchSize = 20, Reason = "a test" }, data);
                Assert.Empty(result.Failures);
                Assert.Equal(end, result.State);
            }
        }

        async Task RefusedAsync(AdoptStep step, string why) =>
            Assert.Contains(why, (await Assert.ThrowsAsync<KeyStateException>(() => StepAsync(step))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task ValueThatBeginsAsItsTextFormDoes_OnTheWayBack_IsNamedAndLeft(DatabaseKind kind)
    {
        using var firm = new Firm(kind, InPlaceVersions.Adopting, "acme");
        await using (var db = firm.Adopting())
        {
            db.AddRange(new Employee { Visits = 1, Ssn = "cc1:mine" }, new Employee { Visits = 2, Ssn = "000-2" });
            await db.SaveChangesAsync();
        }

        using var keys = firm.Node();
        await using var data = firm.Data();
        var options = new AdoptOptions("employees.ssn") { Step = AdoptStep.Back, Reason = "a test" };
        var result = await keys.Keys.AdoptAsync(options, data);
        Assert.Equal(AdoptionState.Returning, result.State);
        Assert.Contains("begins with 'cc1:'", Assert.Single(result.Failures).Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("mine", result.Failures[0].Reason, StringComparison.Ordinal);
        firm.Restart();
        await using (var db = firm.Adopting())
        {
            var one = await db.Set<Employee>().SingleAsync(e => e.Visits == 1);
            Assert.Equal("cc1:mine", one.Ssn);
            one.Ssn = "mine";
            await db.SaveChangesAsync();
        }

        Assert.Equal(AdoptionState.Returned, (await keys.Keys.AdoptAsync(options, data)).State);
        Assert.Equal(["mine", "000-2"], Column(firm, "ssn"));
    }

    private static string SsnOf(int number) => string.Create(CultureInfo.InvariantCulture, $"000-{number}");

    private static string NoteOf(int number, int count) => string.Create(CultureInfo.InvariantCulture, $"{Canary} {number} {count}");

    private static string[] Column(Firm firm, string column)
    {
        column = column.Replace("encode_bi(ssn_bi)", firm.Database.Kind == DatabaseKind.Sqlite ? "hex(ssn_bi)" : "encode(ssn_bi, 'hex')", StringComparison.Ordinal);
        using var connection = firm.Database.Connect();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT {column} FROM employees ORDER BY visits";
        using var reader = command.ExecuteReader();
        List<string> values = [];
        while (reader.Read())
        {
            values.Add(reader.GetString(0));
        }

        return [.. values];
    }

    private static async Task WriteAsync(Firm firm, int number, int count)
    {
        await using var db = firm.Adopting();
        (await db.Set<Employee>().SingleAsync(e => e.Ssn == SsnOf(number))).Note = NoteOf(number, count);
        await db.SaveChangesAsync();
    }

    // The even rows. An old version cannot search for what is moved: it names rows by another column.
    private static async Task WriteOldAsync(Firm firm, int[] counts, CancellationToken stop)
    {
        for (int i = 0; !stop.IsCancellationRequested; i = (i + 2) % Rows)
        {
            await using var old = firm.Old(InPlaceVersions.Old);
            await old.Employees.Where(e => e.Visits == i).ExecuteUpdateAsync(s => s.SetProperty(e => e.Note, NoteOf(i, counts[i] + 1)), CancellationToken.None);
            counts[i]++;
            await Task.Delay(10, CancellationToken.None);
        }
    }

    private static async Task WriteNewAsync(Firm firm, int[] counts, CancellationToken stop)
    {
        for (int i = 1; !stop.IsCancellationRequested; i = i + 2 < Rows ? i + 2 : 1)
        {
            try
            {
                await WriteAsync(firm, i, counts[i] + 1);
                counts[i]++;
            }
            catch (ColumnCryptException error) when (error.IsTransient)
            {
                // On a machine so busy that this node has not polled for the bound: nothing was saved.
            }

            await Task.Delay(10, CancellationToken.None);
        }
    }

    private static async Task AssertRowsAsync(Firm firm, int[] counts)
    {
        await using var db = firm.Adopting();
        counts[0] = Math.Max(counts[0], 1);
        var rows = await db.Set<Employee>().AsNoTracking().OrderBy(e => e.Visits).ToListAsync();
        Assert.Equal(Enumerable.Range(0, Rows).Select(i => (SsnOf(i), i % 7 == 3 && counts[i] == 0 ? null : NoteOf(i, counts[i]), $"e{i}")), rows.Select(static e => (e.Ssn, e.Note, e.Name)));
        foreach (int i in (int[])[0, 7, 11, 30, Rows - 1])
        {
            Assert.Equal(i, (await db.Set<Employee>().AsNoTracking().SingleAsync(e => e.Ssn == SsnOf(i))).Visits);
            Assert.Equal(counts[i] == 0 && i % 7 == 3 ? [] : [i], await db.Set<Employee>().Where(e => e.Note == NoteOf(i, counts[i])).Select(e => e.Visits).ToListAsync());
        }
    }
}
