using System.Globalization;
using System.Text;

namespace ColumnCrypt.Samples.Clinic;

/// <summary>Reads patients.csv: made-up people of three clinics.</summary>
public static class PatientFile
{
    public static IReadOnlyList<Patient> Read(string path) => [.. File.ReadLines(path).Skip(1).Select(Parse)];

    private static Patient Parse(string line)
    {
        var fields = Split(line);
        return new Patient
        {
            Clinic = fields[0],
            Name = fields[1],
            Ssn = fields[2],
            Born = fields[3].Length == 0 ? null : DateOnly.ParseExact(fields[3], "yyyy-MM-dd", CultureInfo.InvariantCulture),
            Ward = int.Parse(fields[4], CultureInfo.InvariantCulture),
            Note = fields[5].Length == 0 ? null : fields[5],
        };
    }

    private static List<string> Split(string line)
    {
        List<string> fields = [];
        var field = new StringBuilder();
        bool quoted = false;
        foreach (char c in line)
        {
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (c == ',' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(c);
            }
        }

        fields.Add(field.ToString());
        return fields;
    }
}
