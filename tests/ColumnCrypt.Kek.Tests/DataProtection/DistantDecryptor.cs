using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace ColumnCrypt.Kek.Tests.DataProtection;

/// <summary>Decrypts the keys of a ring somewhere that may be away. The platform makes it by its type.</summary>
public sealed class DistantDecryptor : IXmlDecryptor
{
    /// <summary>With what it fails; null while it answers. Of one test.</summary>
    public static Exception? Outage { get; set; }

    public XElement Decrypt(XElement encryptedElement) =>
        Outage is { } outage ? throw outage : XElement.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(encryptedElement.Value)));
}
