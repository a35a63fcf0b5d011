namespace ColumnCrypt.TestSupport;

/// <summary>A new, empty folder that is gone, with all in it, once disposed.</summary>
public sealed class TempFolder : IDisposable
{
    /// <summary>Makes the folder under the system's folder for temporary files.</summary>
    public TempFolder() => Path = Directory.CreateTempSubdirectory("columncrypt-").FullName;

    /// <summary>The absolute path.</summary>
    public string Path { get; }

    /// <summary>The absolute path of a file in the folder.</summary>
    /// <param name="name">The file's name.</param>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
