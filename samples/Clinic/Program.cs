using System.Security.Cryptography;
using ColumnCrypt.Samples.Clinic;

if (SampleOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(SampleOptions.Usage);
    return 2;
}

var database = new SampleDatabase(options);
await database.ClearAsync();

// A demonstration forgets its passphrase with the process. An application takes its own from COLUMNCRYPT_PASSPHRASE_FILE.
string passphrase = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
database.CreateKek(passphrase);
Console.WriteLine($"KEK: {database.KekFile}");
Console.WriteLine(database.Description);

var patients = PatientFile.Read(Path.Combine(AppContext.BaseDirectory, "patients.csv"));
Console.WriteLine($"{patients.Count} made-up patients of {patients.Select(static patient => patient.Clinic).Distinct().Count()} clinics; each clinic is a tenant with a data key of its own.");

await using (var services = database.BuildServices(passphrase))
{
    await new Walkthrough(database, services, Console.Out).RunAsync(patients);
}

Console.WriteLine(
    """

    Where to look next:
      samples/Clinic/Patient.cs         the attribute
      samples/Clinic/SampleDatabase.cs  the two calls
      docs/queries.md                   which queries ciphertext answers, and which are refused
      SECURITY.md                       what is protected, and first of all what is not
    """);
return 0;
