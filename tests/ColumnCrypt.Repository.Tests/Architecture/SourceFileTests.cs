namespace ColumnCrypt.Repository.Tests.Architecture;

public class SourceFileTests
{
    /// <summary>Folders whose types stand in the package's own namespace: users catch and apply them everywhere.</summary>
    private static readonly string[] s_inRootNamespace = ["Errors"];

    /// <summary>Namespaces that users have open, where extension methods and what they configure belong.</summary>
    private static readonly string[] s_namespacesOfUsers = ["Microsoft.EntityFrameworkCore", "Microsoft.Extensions.DependencyInjection", "Quartz"];

    public static TheoryData<string> Packages() => [.. Repository.Packages];

    [Theory]
    [MemberData(nameof(Packages))]
    public void File_WhenParsed_HoldsOneTypeOfItsName(string package)
    {
        var wrong = SourceFile.All(package)
            .Where(static file => file.Types.Count > 0)
            .Where(static file => file.Types.Distinct().Count() != 1 || file.Types[0].Split('`')[0] != Path.GetFileNameWithoutExtension(file.Path).Split('.')[0])
            .Select(static file => $"{file.Path}: {string.Join(", ", file.Types)}");
        Assert.Empty(wrong);
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void File_WhenParsed_StandsInTheNamespaceOfItsFolder(string package)
    {
        var root = package == "ColumnCrypt.Abstractions" ? "ColumnCrypt" : package;
        var wrong = SourceFile.All(package)
            .Where(static file => file.Types.Count > 0 && !s_namespacesOfUsers.Contains(file.Namespace))
            .Where(file => file.Namespace != (file.Folder.Length == 0 || s_inRootNamespace.Contains(file.Folder) ? root : $"{root}.{file.Folder}"))
            .Select(static file => $"{file.Path}: {file.Namespace}");
        Assert.Empty(wrong);
    }
}
