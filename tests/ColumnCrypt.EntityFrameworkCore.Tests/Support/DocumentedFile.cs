namespace ColumnCrypt.EntityFrameworkCore.Tests.Support;

/// <summary>A file under docs/ that a test writes. With COLUMNCRYPT_WRITE_DOCS=1 it is written, else it must be current.</summary>
public static class DocumentedFile
{
    public static void Check(string name, string content)
    {
        string path = Path.Combine(Root(), "docs", name);
        if (Environment.GetEnvironmentVariable("COLUMNCRYPT_WRITE_DOCS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, content);
        }

        Assert.True(File.Exists(path) && File.ReadAllText(path) == content, $"docs/{name} is not current: run this test with COLUMNCRYPT_WRITE_DOCS=1 and commit the file.");
    }

    private static string Root()
    {
        for (var folder = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "ColumnCrypt.sln")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException("The repository's root was not found.");
    }
}
