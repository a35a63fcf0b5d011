using System.Diagnostics;
using ColumnCrypt.Configuration;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Samples.Clinic;

/// <summary>What the sample shows, step by step.</summary>
public sealed class Walkthrough(SampleDatabase database, IServiceProvider services, TextWriter output)
{
    private const string Removed = "hillcrest";
    private readonly List<(string What, TimeSpan Took)> _timings = [];

    public async Task RunAsync(IReadOnlyList<Patient> patients)
    {
        var clinics = patients.Select(static patient => patient.Clinic).Distinct().ToList();
        await TimeAsync("create the application's tables", () => InClinicAsync(null, SampleDatabase.CreateTablesAsync));
        foreach (string clinic in clinics)
        {
            var own = patients.Where(patient => patient.Clinic == clinic).ToList();
            await TimeAsync($"insert {own.Count} patients of {clinic}", () => InClinicAsync(clinic, db =>
            {
                db.AddRange(own);
                return db.SaveChangesAsync();
            }));
        }

        await ShowRowsAsync(clinics);
        await ReadAcrossTenantsAsync(clinics[0], clinics[1]);
        await ShredAsync(clinics);
        ShowTimings();
    }

    private async Task ShowRowsAsync(List<string> clinics)
    {
        output.WriteLine("\nThe same rows, as the application sees them and as the database holds them:");
        foreach (string clinic in clinics)
        {
            var patient = (await ReadAsync(clinic))[0];
            var raw = await database.ReadRawAsync(patient.Id);
            output.WriteLine($"  {clinic}, row {patient.Id}");
            foreach (string column in new[] { nameof(Patient.Ward), nameof(Patient.Name), nameof(Patient.Ssn), nameof(Patient.Born), nameof(Patient.Note) })
            {
                output.WriteLine($"    {column,-5} {Show(typeof(Patient).GetProperty(column)!.GetValue(patient)),-40} {Show(raw[column])}");
            }
        }

        await InClinicAsync(clinics[0], db =>
        {
            output.WriteLine("\nEncrypted columns, as db.Database.GetEncryptedColumns() reports them:");
            foreach (var column in db.Database.GetEncryptedColumns())
            {
                output.WriteLine($"  {column.Table}.{column.Column}, purpose {column.Purpose}");
            }

            return Task.CompletedTask;
        });
    }

    private async Task ReadAcrossTenantsAsync(string reader, string owner)
    {
        output.WriteLine($"\nReading rows of {owner} as {reader}, past the query filter:");
        await InClinicAsync(reader, async db =>
        {
            try
            {
                await db.Patients.IgnoreQueryFilters().Where(patient => patient.Clinic == owner).ToListAsync();
                throw new InvalidOperationException($"The rows of {owner} were read as {reader}: this must never happen.");
            }
            catch (TenantMismatchException refused)
            {
                output.WriteLine($"  refused: {refused.Message}");
            }
        });
    }

    private async Task ShredAsync(List<string> clinics)
    {
        output.WriteLine($"\nDestroying the keys of {Removed}. Its rows stay where they are:");
        var keys = services.GetRequiredService<ColumnCryptInstance>().Keys;
        await TimeAsync($"destroy the keys of {Removed}", () => keys.ShredNowAsync(Removed));
        foreach (string clinic in clinics)
        {
            try
            {
                var patients = await ReadAsync(clinic);
                output.WriteLine($"  {clinic}: {patients.Count} patients read");
                if (clinic == Removed)
                {
                    throw new InvalidOperationException($"The rows of {Removed} were read without keys: this must never happen.");
                }
            }
            catch (ColumnCryptException error) when (clinic == Removed)
            {
                output.WriteLine($"  {clinic}: cannot be read any more. {error.GetType().Name}: {error.Message}");
            }
        }
    }

    private void ShowTimings()
    {
        output.WriteLine("\nTimings:");
        foreach (var (what, took) in _timings)
        {
            output.WriteLine($"  {took.TotalMilliseconds,8:0.0} ms  {what}");
        }
    }

    private async Task<List<Patient>> ReadAsync(string clinic)
    {
        List<Patient> patients = [];
        await TimeAsync($"read the patients of {clinic}", () => InClinicAsync(clinic, async db =>
            patients.AddRange(await db.Patients.OrderBy(static patient => patient.Id).ToListAsync())));
        return patients;
    }

    /// <summary>A unit of work of one clinic, as a web application has one for each request.</summary>
    private async Task InClinicAsync(string? clinic, Func<ClinicContext, Task> work)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ClinicContext>();
        db.Tenant = clinic;
        await work(db);
    }

    private async Task TimeAsync(string what, Func<Task> work)
    {
        long start = Stopwatch.GetTimestamp();
        await work();
        _timings.Add((what, Stopwatch.GetElapsedTime(start)));
    }

    private static string Show(object? value) => value switch
    {
        null => "null",
        byte[] bytes => $"{Convert.ToHexStringLower(bytes.AsSpan(0, 1))} {Convert.ToHexStringLower(bytes.AsSpan(1, 4))}… {bytes.Length} bytes",
        DateOnly date => date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!,
    };
}
