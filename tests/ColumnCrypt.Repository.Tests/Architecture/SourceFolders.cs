namespace ColumnCrypt.Repository.Tests.Architecture;

/// <summary>
/// Which folder of a package each type stands in. A folder is a concept; its namespace differs only where extension methods stand
/// in a namespace that users have open.
/// </summary>
internal sealed class SourceFolders
{
    private readonly Dictionary<string, string> _folderOfType = new(StringComparer.Ordinal);

    public static SourceFolders Read(string package)
    {
        var folders = new SourceFolders();
        foreach (var file in SourceFile.All(package))
        {
            foreach (var type in file.Types)
            {
                folders._folderOfType[$"{file.Namespace}.{type}"] = file.Folder;
            }
        }

        return folders;
    }

    /// <summary>The folder of a type, or its full name where the compiler made the type.</summary>
    public string Of(string type) => _folderOfType.GetValueOrDefault(type, type);
}
