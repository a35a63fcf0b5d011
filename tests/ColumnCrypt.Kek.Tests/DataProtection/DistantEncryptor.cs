using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace ColumnCrypt.Kek.Tests.DataProtection;

/// <summary>The other side of <see cref="DistantDecryptor"/>. It encrypts nothing: what matters is who is away.</summary>
public sealed class DistantEncryptor : IXmlEncryptor
{
    public EncryptedXmlInfo Encrypt(XElement plaintextElement) =>
        new(new XElement("distant", Convert.ToBase64String(Encoding.UTF8.GetBytes(plaintextElement.ToString()))), typeof(DistantDecryptor));
}
