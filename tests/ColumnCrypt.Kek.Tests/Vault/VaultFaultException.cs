namespace ColumnCrypt.Kek.Tests.Vault;

/// <summary>What <see cref="TransitDouble"/> answers instead of a result.</summary>
/// <param name="status">The status.</param>
/// <param name="errors">The errors.</param>
internal sealed class VaultFaultException(int status, params string[] errors) : Exception(string.Join("; ", errors))
{
    public int Status => status;

    public IReadOnlyList<string> Errors => errors;
}
