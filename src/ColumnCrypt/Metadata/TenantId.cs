using System.Globalization;
using System.Text;

namespace ColumnCrypt.Metadata;

/// <summary>The one text form of a tenant id: compared byte by byte, never normalised, for ever.</summary>
public static class TenantId
{
    /// <summary>The longest tenant id: 200 bytes of UTF-8.</summary>
    public const int MaxBytes = 200;

    /// <summary>The tenant of an application that has only one.</summary>
    public const string Default = "default";

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text form of a tenant id of any supported type: a Guid in its <c>D</c> form in lower case, numbers in decimal.</summary>
    /// <param name="id">A string, Guid, int or long.</param>
    /// <exception cref="TenantNotSetException"><paramref name="id"/> is null or empty.</exception>
    /// <exception cref="ArgumentException">The id is longer than 200 bytes, is not well-formed UTF-16, or is of another type.</exception>
    public static string From(object? id) => id switch
    {
        null => throw NotSet(),
        string text => Checked(text),
        Guid guid => guid.ToString("D", CultureInfo.InvariantCulture),
        int number => number.ToString(CultureInfo.InvariantCulture),
        long number => number.ToString(CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"A tenant id is a string, Guid, int or long; {id.GetType().Name} is none. Convert it in the tenant delegate.", nameof(id)),
    };

    private static string Checked(string id)
    {
        if (id.Length == 0)
        {
            throw NotSet();
        }

        int bytes;
        try
        {
            bytes = s_utf8.GetByteCount(id);
        }
        catch (EncoderFallbackException error)
        {
            throw new ArgumentException("A tenant id is well-formed Unicode; this one holds a lone surrogate.", nameof(id), error);
        }

        if (id.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("A tenant id holds no NUL character: PostgreSQL cannot store it.", nameof(id));
        }

        return bytes <= MaxBytes
            ? id
            : throw new ArgumentException($"A tenant id has at most {MaxBytes} bytes of UTF-8; this one has {bytes}.", nameof(id));
    }

    private static TenantNotSetException NotSet() => new(
        "No tenant is set. Give UseColumnCrypt a delegate that returns it, or call db.UseTenant(id) on a pooled or factory-made context.");
}
