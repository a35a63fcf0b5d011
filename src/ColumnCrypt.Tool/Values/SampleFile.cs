using ColumnCrypt.Tool.Running;

namespace ColumnCrypt.Tool.Values;

/// <summary>A file with stored values of the application, one a line.</summary>
internal static class SampleFile
{
    /// <summary>The values; null where no file is named.</summary>
    public static IAsyncEnumerable<byte[]>? Read(string? path, CliEnvironment environment, CancellationToken cancellationToken) => path is null
        ? null
        : File.ReadLinesAsync(environment.PathOf(path), cancellationToken).Where(static line => line.Length > 0).Select(line => ValueText.Read(line, environment));
}
