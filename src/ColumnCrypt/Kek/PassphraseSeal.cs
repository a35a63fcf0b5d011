using System.Globalization;
using ColumnCrypt.Crypto;
using ColumnCrypt.Format;

namespace ColumnCrypt.Kek;

/// <summary>The seal is a key that is derived from a passphrase.</summary>
/// <param name="Kdf">How it is derived.</param>
/// <param name="Salt">32 random bytes.</param>
internal sealed record PassphraseSeal(PasswordKdf Kdf, byte[] Salt) : FileKekSeal
{
    /// <summary>A new one, with a salt of its own.</summary>
    public static PassphraseSeal Create(PasswordKdf kdf)
    {
        var salt = new byte[PasswordKdf.SaltSize];
        SystemRandom.Fill(salt);
        return new PassphraseSeal(kdf, salt);
    }

    /// <summary>Name of the KDF, each of its parameters in decimal, salt.</summary>
    public override FieldEncoding AddTo(FieldEncoding header)
    {
        header.Add(Kdf.Name);
        foreach (var parameter in Kdf.Parameters)
        {
            header.Add(parameter.Value.ToString(CultureInfo.InvariantCulture));
        }

        return header.Add(Salt);
    }
}
