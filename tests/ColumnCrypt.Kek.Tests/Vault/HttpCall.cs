namespace ColumnCrypt.Kek.Tests.Vault;

/// <summary>A request as <see cref="LocalHttpServer"/> read it.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">The path, without a query.</param>
/// <param name="Headers">The headers, of any case.</param>
/// <param name="Body">The body.</param>
internal sealed record HttpCall(string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);
}
