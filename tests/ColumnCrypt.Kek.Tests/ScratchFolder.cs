namespace ColumnCrypt.Kek.Tests;

/// <summary>A folder of a test's own, gone with it.</summary>
public sealed class ScratchFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("columncrypt-kek-");

    public string At(string name) => Path.Combine(_folder.FullName, name);

    public IEnumerable<string> Names => _folder.EnumerateFileSystemInfos().Select(static entry => entry.Name);

    public void Dispose() => _folder.Delete(recursive: true);
}
