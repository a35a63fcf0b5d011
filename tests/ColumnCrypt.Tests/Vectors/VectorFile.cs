using System.Text.Json;

namespace ColumnCrypt.Tests.Vectors;

/// <summary>A file of known answers.</summary>
internal static class VectorFile
{
    /// <summary>A file of docs/vectors, which ships with the tests.</summary>
    public static JsonElement Own(string name) => Read(Path.Combine(AppContext.BaseDirectory, "vectors", name));

    /// <summary>A file of the shared vectors beside the repository; the test is skipped where they are absent.</summary>
    public static JsonElement Shared(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ColumnCrypt.sln")))
            {
                string path = Path.Combine(folder.Parent!.FullName, "shared", "vectors", name);
                Assert.SkipUnless(File.Exists(path), $"The shared vectors ({name}) are not beside the repository.");
                return Read(path);
            }
        }

        Assert.Skip("The tests do not run inside the repository, so there are no shared vectors beside it.");
        return default;
    }

    public static byte[] Hex(this JsonElement element, string name) => Convert.FromHexString(element.GetProperty(name).GetString()!);

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static JsonElement Read(string path) => JsonDocument.Parse(File.ReadAllBytes(path)).RootElement;
}
