namespace ColumnCrypt.Kek;

/// <summary>Who may touch a file that a KEK is in, by its Unix mode. On Windows the folder's access rights are the owner's concern.</summary>
internal static class FileRights
{
    private const UnixFileMode OtherWriters = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const UnixFileMode Others = OtherWriters | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>The mode of an open file; none on Windows.</summary>
    public static UnixFileMode Of(FileStream file) => OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(file.SafeFileHandle);

    /// <summary>For a file that holds a secret.</summary>
    /// <exception cref="KekException">Others than its owner may touch it.</exception>
    public static void DemandOwnerAlone(string path, UnixFileMode mode)
    {
        if ((mode & Others) != 0)
        {
            throw new KekException(
                KekFailure.Denied,
                $"The KEK file {path} is open to others than its owner (mode {Convert.ToString((int)mode, 8)}). Take their rights away: chmod 600 \"{path}\".");
        }
    }

    /// <summary>For a file with a public key: whoever could change it would be given every key that is wrapped from then on.</summary>
    /// <exception cref="KekException">Others than its owner may write to it.</exception>
    public static void DemandNoOtherWriter(string path, UnixFileMode mode)
    {
        if ((mode & OtherWriters) != 0)
        {
            throw new KekException(
                KekFailure.Denied,
                $"Others than its owner may write to the KEK file {path} (mode {Convert.ToString((int)mode, 8)}), and put a key of their own in its place. Take that right away: chmod go-w \"{path}\".");
        }
    }
}
