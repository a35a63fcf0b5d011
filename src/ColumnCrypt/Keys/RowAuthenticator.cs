using ColumnCrypt.Crypto;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Keys;

/// <summary>Makes and checks the macs of the key tables' rows. A row is used only after its mac is checked. Thread-safe.</summary>
internal sealed class RowAuthenticator(RowMacKey key, ILogger logger)
{
    public TenantRecord Sign(TenantRecord row) => row with { Mac = key.Compute(RowEncoding.Encode(row)) };

    public KeyRecord Sign(KeyRecord row) => row with { Mac = key.Compute(RowEncoding.Encode(row)) };

    public KekRecord Sign(KekRecord row) => row with { Mac = key.Compute(RowEncoding.Encode(row)) };

    public ColumnRecord Sign(ColumnRecord row) => row with { Mac = key.Compute(RowEncoding.Encode(row)) };

    public JobRecord Sign(JobRecord row) => row with { Mac = key.Compute(RowEncoding.Encode(row)) };

    public NodeRecord Sign(NodeRecord row) => row with { Mac = key.Compute(RowEncoding.Encode(row)) };

    public void Verify(TenantRecord row) => Verify(RowEncoding.Encode(row), row.Mac, "columncrypt_tenant", row.Tenant);

    public void Verify(KeyRecord row) => Verify(RowEncoding.Encode(row), row.Mac, "columncrypt_key", row.KeyId.ToString());

    public void Verify(ColumnRecord row) => Verify(RowEncoding.Encode(row), row.Mac, "columncrypt_column", $"{row.Table}.{row.Column}");

    public void Verify(KekRecord row) => Verify(RowEncoding.Encode(row), row.Mac, "columncrypt_kek", row.KekId);

    public bool IsValid(TenantRecord row) => key.Verify(RowEncoding.Encode(row), row.Mac);

    public bool IsValid(KeyRecord row) => key.Verify(RowEncoding.Encode(row), row.Mac);

    public bool IsValid(ColumnRecord row) => key.Verify(RowEncoding.Encode(row), row.Mac);

    public bool IsValid(KekRecord row) => key.Verify(RowEncoding.Encode(row), row.Mac);

    /// <summary>False for a job that was only requested, too: it has no mac.</summary>
    public bool IsValid(JobRecord row) => row.Mac is { } mac && key.Verify(RowEncoding.Encode(row), mac);

    public bool IsValid(NodeRecord row) => key.Verify(RowEncoding.Encode(row), row.Mac);

    /// <summary>The mac of a backup whose lines have this digest.</summary>
    public byte[] MacOf(byte[] backup) => key.Compute(new FieldEncoding().Add("columncrypt_backup").Add(backup).ToArray());

    public bool IsMac(byte[] backup, byte[] mac) => key.Verify(new FieldEncoding().Add("columncrypt_backup").Add(backup).ToArray(), mac);

    private void Verify(byte[] row, byte[] mac, string table, string name)
    {
        if (!key.Verify(row, mac))
        {
            throw Tampered(table, name);
        }
    }

    public KeyUnavailableException Tampered(string table, string row)
    {
        logger.RowTampered(table, row);
        return new KeyUnavailableException(
            KeyUnavailableReason.Tampered,
            $"The row '{row}' of {table} is not as ColumnCrypt wrote it, and is not used. Compare the key tables with a backup, and look who wrote to them.");
    }
}
