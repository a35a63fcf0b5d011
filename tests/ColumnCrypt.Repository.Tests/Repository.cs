using System.Reflection;

namespace ColumnCrypt.Repository.Tests;

/// <summary>The checkout that these tests were built from.</summary>
internal static class Repository
{
    private static readonly string[] s_generated = ["bin", "obj", "artifacts", "TestResults", "BenchmarkDotNet.Artifacts", ".git", ".vs", ".idea"];

    public static string Root { get; } = Metadata("RepositoryRoot");

    /// <summary>The configuration that these tests, and everything they reference, were built in.</summary>
    public static string Configuration { get; } = Metadata("Configuration");

    /// <summary>The names of the packages: one for each folder of src that holds a project.</summary>
    public static IReadOnlyList<string> Packages { get; } =
        [.. Directory.EnumerateDirectories(Path.Combine(Root, "src"))
            .Where(static folder => File.Exists(Path.Combine(folder, Path.GetFileName(folder) + ".csproj")))
            .Select(static folder => Path.GetFileName(folder)!)
            .Order(StringComparer.Ordinal)];

    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Every file that a build does not make, as a path relative to the root with forward slashes.</summary>
    public static IEnumerable<string> Files(string under = "", string pattern = "*") =>
        Walk(new DirectoryInfo(At(under)), pattern).Select(static file => Path.GetRelativePath(Root, file.FullName).Replace('\\', '/'));

    public static bool IsGenerated(string name) => s_generated.Contains(name) || name.EndsWith(".user", StringComparison.Ordinal);

    private static IEnumerable<FileInfo> Walk(DirectoryInfo folder, string pattern) =>
        !folder.Exists
            ? []
            : folder.EnumerateFiles(pattern).Where(static file => !IsGenerated(file.Name))
                .Concat(folder.EnumerateDirectories().Where(static child => !IsGenerated(child.Name)).SelectMany(child => Walk(child, pattern)));

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == key).Value!.TrimEnd('/', '\\');
}
