using System.Security.Cryptography;
using System.Text;

namespace ColumnCrypt.Kek;

/// <summary>The blocks of a PEM file (RFC 7468), in order; text between them is passed over.</summary>
internal static class PemFile
{
    /// <exception cref="FormatException">A block is begun and not as it should be.</exception>
    public static IReadOnlyList<PemSection> Parse(ReadOnlySpan<byte> content)
    {
        var sections = new List<PemSection>();
        while (PemEncoding.TryFindUtf8(content, out var fields))
        {
            sections.Add(new PemSection(Encoding.ASCII.GetString(content[fields.Label]), Convert.FromBase64String(Encoding.ASCII.GetString(content[fields.Base64Data]))));
            content = content[fields.Location.End..];
        }

        return content.IndexOf("-----BEGIN "u8) < 0 ? sections : throw new FormatException("a block in it is damaged");
    }
}
