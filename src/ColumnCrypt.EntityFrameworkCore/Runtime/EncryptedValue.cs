using System.ComponentModel;
using ColumnCrypt.Format;
using Microsoft.EntityFrameworkCore.Query;

namespace ColumnCrypt.EntityFrameworkCore.Runtime;

/// <summary>
/// What EF's value converters and shapers call. Public so that compiled models can name it; not meant to be called by
/// applications. Thread-safe. Fails closed: without a context there is neither plaintext nor ciphertext.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class EncryptedValue
{
    /// <summary>The size in bytes of what counts as one use of a data key.</summary>
    internal const int BytesPerUse = 64 * 1024;

    /// <summary>Encrypts a value for the command that EF is building on this thread.</summary>
    /// <typeparam name="T">The type that is encoded.</typeparam>
    /// <param name="value">The value; never null.</param>
    /// <param name="purpose">The purpose of the column.</param>
    /// <param name="tenant">The tenant of a column that has a constant one, else null.</param>
    /// <param name="maxLength">The longest text or array that the column takes, or 0.</param>
    /// <exception cref="ColumnCryptException">No command is being built here, or the value is too long.</exception>
    public static byte[] Seal<T>(T value, string purpose, string? tenant, int maxLength)
    {
        return ContextWindow.Current.Writer is { } scope
            ? Encrypt(scope, value, purpose, tenant, maxLength)
            : WithoutCommand(value, purpose);
    }

    /// <summary>As <see cref="Seal"/>, for a value that the property's own converter has made.</summary>
    /// <typeparam name="TModel">The type of the property.</typeparam>
    /// <typeparam name="T">The type that is encoded.</typeparam>
    /// <param name="model">The property's value.</param>
    /// <param name="value">What the converter made of it; never null.</param>
    /// <param name="purpose">The purpose of the column.</param>
    /// <param name="tenant">The tenant of a column that has a constant one, else null.</param>
    /// <param name="maxLength">The longest text or array that the column takes, or 0.</param>
    public static byte[] SealConverted<TModel, T>(TModel model, T value, string purpose, string? tenant, int maxLength)
    {
        return ContextWindow.Current.Writer is { } scope
            ? Encrypt(scope, value, purpose, tenant, maxLength)
            : WithoutCommand(model, purpose);
    }

    /// <summary>True for what <see cref="Seal"/> answers to EF's compiled-model generator in place of a ciphertext, and for a row of an adopted column that is not encrypted yet.</summary>
    /// <param name="value">The bytes.</param>
    public static bool IsSentinel(byte[] value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.Length == 0 && (!ContextWindow.Current.IsReading || ContextWindow.Current.TakeEmpty());
    }

    /// <summary>Decrypts a value for the context that <see cref="Arrive"/> has just named on this thread.</summary>
    /// <typeparam name="T">The type that was encoded.</typeparam>
    /// <param name="value">The ciphertext.</param>
    /// <param name="purpose">The purpose of the column.</param>
    /// <param name="tenant">The tenant of a column that has a constant one, else null.</param>
    /// <exception cref="ColumnCryptException">No context reads here, or the value is not this tenant's or this column's.</exception>
    public static T Open<T>(byte[] value, string purpose, string? tenant)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Length == 0 && ContextWindow.Current.TakeEmpty())
        {
            return default!;
        }

        if (ContextWindow.Current.TakeReader() is { } scope)
        {
            return value.Length == 0 ? throw NotEncrypted(purpose) : scope.Decrypt(tenant, purpose, value, CodecOf<T>.Instance);
        }

        return IsSentinel(value) && typeof(T).IsValueType
            ? default!
            : throw new ColumnCryptException($"A value of '{purpose}' is to be decrypted outside a query of its context.");
    }

    /// <summary>As <see cref="Seal"/>, in the text form of values; on the way back from an adoption in place, the plaintext itself.</summary>
    /// <param name="value">The value; never null.</param>
    /// <param name="purpose">The purpose of the column.</param>
    /// <param name="tenant">The tenant of a column that has a constant one, else null.</param>
    /// <param name="maxLength">The longest text that the column takes, or 0.</param>
    /// <exception cref="ColumnCryptException">
    /// No command is being built here; the value is too long; or it would stand as plaintext and begins as a value in its text form does.
    /// </exception>
    public static string SealText(string value, string purpose, string? tenant, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(value);
        return ContextWindow.Current.Writer is not { } scope ? TextForm.Encode(WithoutCommand(value, purpose))
            : scope.Adoptions?.InPlace(purpose) is { } column && scope.Adoptions.WritesPlaintext(column) ? InPlaceText.Write(Bounded(value, purpose, maxLength), column)
            : TextForm.Encode(Encrypt(scope, value, purpose, tenant, maxLength));
    }

    /// <summary>As <see cref="Open"/>, of a value in its text form, or of plaintext while its column is adopted in place.</summary>
    /// <param name="value">The text.</param>
    /// <param name="purpose">The purpose of the column.</param>
    /// <param name="tenant">The tenant of a column that has a constant one, else null.</param>
    /// <exception cref="ColumnCryptException">
    /// No context reads here; the value is not this tenant's or this column's; or it is plaintext, and the column must hold none.
    /// </exception>
    public static string OpenText(string value, string purpose, string? tenant)
    {
        ArgumentNullException.ThrowIfNull(value);
        var states = ContextWindow.Current.TakeStates();
        return ContextWindow.Current.TakeReader() is not { } scope ? throw new ColumnCryptException($"A value of '{purpose}' is to be decrypted outside a query of its context.")
            : value.StartsWith(TextForm.Prefix, StringComparison.Ordinal) ? scope.Decrypt(tenant, purpose, InPlaceText.Decode(value, purpose), CodecOf<string>.Instance)
            : InPlaceText.Read(value, purpose, states);
    }

    /// <summary>Names the context whose query has just read this text.</summary>
    /// <param name="context">EF's query context.</param>
    /// <param name="value">The text.</param>
    /// <returns><paramref name="value"/>.</returns>
    public static string ArriveText(QueryContext context, string value)
    {
        ArgumentNullException.ThrowIfNull(context);
        ContextWindow.Current.OpenForReading(context.Context, AdoptedValue.ModesOf(context));
        return value;
    }

    /// <summary>Names the context whose query has just read these bytes.</summary>
    /// <param name="context">EF's query context.</param>
    /// <param name="value">The bytes.</param>
    /// <returns><paramref name="value"/>.</returns>
    public static byte[] Arrive(QueryContext context, byte[] value)
    {
        ArgumentNullException.ThrowIfNull(context);
        var window = ContextWindow.Current;
        window.OpenForReading(context.Context);
        if (value.Length == 0)
        {
            window.ArriveEmpty(AdoptedValue.ModesOf(context));
        }

        return value;
    }

    private static CiphertextInvalidException NotEncrypted(string purpose) => new(
        $"A row of '{purpose}' is not encrypted yet: its column of ciphertext is empty, as an adoption leaves the rows that it has not come to, and as a version of the application leaves it that knows no ciphertext. "
        + (ContextWindow.Current.TakeEmptyStates()?.AfterLateRow(purpose) ?? "Run `columncrypt adopt` for the column again."));

    internal static long UsesOf(long bytes) => 1 + (bytes / BytesPerUse);

    private static byte[] Encrypt<T>(ContextScope scope, T value, string purpose, string? tenant, int maxLength) =>
        scope.KeysOf(tenant).Encrypt(purpose, Bounded(value, purpose, maxLength), CodecOf<T>.Instance);

    private static T Bounded<T>(T value, string purpose, int maxLength) => maxLength > 0 && LengthOf(value) is { } length && length > maxLength
        ? throw new ColumnCryptException($"'{purpose}' takes at most {maxLength} characters or bytes; the value has {length}.")
        : value;

    // EF's compiled-model generator converts the default of a value type, to write it down as the property's sentinel.
    private static byte[] WithoutCommand<T>(T value, string purpose) =>
        typeof(T).IsValueType && EqualityComparer<T>.Default.Equals(value, default)
            ? []
            : throw new ColumnCryptException(
                $"A value of '{purpose}' is to be encrypted outside a command: EF's literals, ToQueryString and CreateDbCommand cannot do that. Run the query instead.");

    private static int? LengthOf<T>(T value) => value switch
    {
        string text => text.Length,
        byte[] bytes => bytes.Length,
        _ => null,
    };
}
