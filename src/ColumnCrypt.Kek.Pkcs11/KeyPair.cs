namespace ColumnCrypt.Kek.Pkcs11;

/// <summary>The handles of a KEK on its token: of a secret key twice the same, of an RSA key pair its halves.</summary>
/// <param name="Epoch">The login that they hold for.</param>
/// <param name="Wrapping">Wraps.</param>
/// <param name="Unwrapping">Unwraps.</param>
/// <param name="Bits">The size of the key in bits.</param>
internal sealed record KeyPair(long Epoch, nuint Wrapping, nuint Unwrapping, int Bits)
{
    public bool IsRsa => Wrapping != Unwrapping;
}
