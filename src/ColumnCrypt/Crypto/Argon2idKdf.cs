namespace ColumnCrypt.Crypto;

/// <summary>Argon2id version 1.3 (RFC 9106), computed by the system's libargon2.</summary>
/// <param name="MemoryKiB">The memory in KiB: 19,456 (19 MiB) to 1,048,576 (1 GiB).</param>
/// <param name="Passes">1 to 16.</param>
/// <param name="Lanes">1 to 16; as many threads.</param>
internal sealed record Argon2idKdf(int MemoryKiB, int Passes, int Lanes) : PasswordKdf
{
    public const string KdfName = "argon2id";
    public const string MemoryName = "memoryKiB";
    public const string PassesName = "passes";
    public const string LanesName = "lanes";

    public override string Name => KdfName;

    public override IReadOnlyList<PasswordKdfParameter> Parameters =>
    [
        new(MemoryName, MemoryKiB, 19_456, 1_048_576),
        new(PassesName, Passes, 1, 16),
        new(LanesName, Lanes, 1, 16),
    ];

    private protected override void DeriveCore(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, Span<byte> key) =>
        Argon2Library.HashId(Passes, MemoryKiB, Lanes, passphrase, salt, key);
}
