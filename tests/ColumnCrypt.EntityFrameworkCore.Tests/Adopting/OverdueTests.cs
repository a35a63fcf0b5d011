using ColumnCrypt.Configuration;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Manifest;
using ColumnCrypt.TestSupport;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>The day by which an adoption was to be over: an event and the health check say so, and in place plaintext is refused from then on.</summary>
public class OverdueTests
{
    private static readonly DateOnly s_until = new(2026, 2, 1);

    [Fact]
    public async Task AdoptionBesideThePlaintext_WhoseDayHasPassed_IsToldAndGoesOn()
    {
        var time = new ManualTimeProvider();
        using var firm = new Firm(DatabaseKind.Sqlite, Beside, "acme", time);
        await SaveAsync(firm, 1);
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync(firm)).Status);

        await PassAMonthAsync(firm, time);
        Assert.DoesNotContain(ColumnCryptEventId.AdoptionOverdue, firm.Events.Events);
        await SaveAsync(firm, 2);
        var health = await HealthAsync(firm);
        Assert.Equal(HealthStatus.Unhealthy, health.Status);
        Assert.Contains("columncrypt adopt --column employees.ssn_encrypted", health.Description, StringComparison.Ordinal);
        Assert.Single(firm.Events.Events, ColumnCryptEventId.AdoptionOverdue);
        Assert.Equal(["000-1", "000-2"], await ReadAsync(firm));

        await firm.MoveAsync(AdoptionState.Encrypted);
        Assert.Equal(["000-1", "000-2"], await ReadAsync(firm));
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync(firm)).Status);
        Assert.Single(firm.Events.Events, ColumnCryptEventId.AdoptionOverdue);
    }

    [Fact]
    public async Task AdoptionInPlace_WhoseDayHasPassed_IsTold_AndPlaintextIsRefused()
    {
        var time = new ManualTimeProvider();
        using var firm = new Firm(DatabaseKind.Sqlite, InPlace, "acme", time);
        await SaveAsync(firm, 1);
        firm.Database.Execute("INSERT INTO employees (tenant_id, name, ssn, salary, visits) VALUES ('acme', '', '000-2', 0, 2)");
        Assert.Equal(["000-1", "000-2"], await ReadAsync(firm));
        Assert.Equal(["000-1", "000-2"], await ReadAsync(firm));
        Assert.Single(firm.Events.Events, ColumnCryptEventId.AdoptionPlaintextRead);
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync(firm)).Status);

        await PassAMonthAsync(firm, time);
        Assert.Contains("the day by which its adoption was to be over has passed", (await Assert.ThrowsAsync<CiphertextInvalidException>(() => ReadAsync(firm))).Message, StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Unhealthy, (await HealthAsync(firm)).Status);
        Assert.Single(firm.Events.Events, ColumnCryptEventId.AdoptionOverdue);
        await using (var db = firm.Adopting())
        {
            Assert.Equal(1, await db.Set<Employee>().CountAsync(e => e.Ssn == "000-1"));
            Assert.Equal(0, await db.Set<Employee>().CountAsync(e => e.Ssn == "000-2"));
        }

        // A version with a later day is believed once it has registered; the way back has no day.
        await using (var db = firm.Open(Later))
        {
            db.Add(new Employee { Ssn = "000-3", Visits = 3 });
            await db.SaveChangesAsync();
            Assert.Equal(["000-1", "000-2", "000-3"], await db.Set<Employee>().OrderBy(e => e.Visits).Select(e => e.Ssn).ToListAsync());
        }

        await firm.MoveAsync(AdoptionState.Returned);
        await PassAMonthAsync(firm, time);
        Assert.Equal(["000-1", "000-2", "000-3"], await ReadAsync(firm));
        firm.Database.Execute("DELETE FROM employees WHERE visits = 2");
        await firm.MoveAsync(AdoptionState.Encrypted);
        Assert.Equal(["000-1", "000-3"], await ReadAsync(firm));
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync(firm)).Status);
    }

    [Fact]
    public async Task AdoptionInPlace_WhoseDayHadPassedBeforeItIsRegistered_RefusesPlaintext()
    {
        using var firm = new Firm(DatabaseKind.Sqlite, InPlaceVersions.Overdue, "acme");
        firm.Database.Execute("INSERT INTO employees (tenant_id, name, ssn, salary, visits) VALUES ('acme', '', '000-2', 0, 2)");
        await Assert.ThrowsAsync<CiphertextInvalidException>(() => ReadAsync(firm));
    }

    private static void Beside(ModelBuilder model)
    {
        Versions.Old(model);
        model.Entity<Employee>().HasTenant(static e => e.TenantId);
        model.Entity<Employee>().Property(static e => e.Ssn).IsEncrypted("employee.ssn").HasColumnName("ssn_encrypted").AdoptFrom("ssn", s_until);
    }

    private static void InPlace(ModelBuilder model) => InPlace(model, s_until);

    private static void Later(ModelBuilder model) => InPlace(model, s_until.AddDays(20));

    private static void InPlace(ModelBuilder model, DateOnly until)
    {
        InPlaceVersions.Old(model);
        model.Entity<Employee>().HasTenant(static e => e.TenantId);
        model.Entity<Employee>().Property(static e => e.Ssn).IsEncrypted("employee.ssn").AdoptInPlace(until).HasBlindIndex();
    }

    private static async Task SaveAsync(Firm firm, int number)
    {
        await using var db = firm.Adopting();
        db.Add(new Employee { Ssn = $"000-{number}", Visits = number });
        await db.SaveChangesAsync();
    }

    private static async Task<List<string>> ReadAsync(Firm firm)
    {
        await using var db = firm.Adopting();
        return await db.Set<Employee>().OrderBy(e => e.Visits).Select(e => e.Ssn).ToListAsync();
    }

    // A node polls ten times a second of that clock: there is none for most of the month, and one that has read as the day comes. Then another begins.
    private static async Task PassAMonthAsync(Firm firm, ManualTimeProvider time)
    {
        var last = TimeSpan.FromSeconds(10);
        firm.Keys.Dispose();
        time.Advance(TimeSpan.FromDays(31) - last);
        firm.Restart();
        await ReadAsync(firm);
        time.Advance(last);
        firm.Restart();
    }

    private static Task<HealthCheckResult> HealthAsync(Firm firm)
    {
        var check = new ColumnCryptHealthCheck(firm.Keys);
        return check.CheckHealthAsync(new HealthCheckContext { Registration = new HealthCheckRegistration("columncrypt", check, null, null) }, TestContext.Current.CancellationToken);
    }
}
