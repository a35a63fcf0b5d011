using System.Collections;
using System.ComponentModel;
using System.Globalization;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>
/// Makes index values of the values that a query is run with. Public because compiled queries call it; not meant to be called by applications.
/// Thread-safe.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class IndexedValues
{
    private static readonly object s_nothing = new();

    /// <summary>The index value to find a value by.</summary>
    /// <typeparam name="T">The type of the property that is indexed, not nullable.</typeparam>
    /// <param name="value">The value; null gives null.</param>
    public static BlindIndexValue? ToFind<T>(object? value) => value switch
    {
        null => null,
        T => BlindIndexValue.ToFind(value),
        _ => AsPropertyHas<T>(value) is { } converted ? BlindIndexValue.ToFind(converted) : BlindIndexValue.Nothing,
    };

    /// <summary>The index values to find any of several values by.</summary>
    /// <typeparam name="T">The type of the property that is indexed, not nullable.</typeparam>
    /// <param name="values">The values.</param>
    public static List<BlindIndexValue?> ToFindAny<T>(IEnumerable values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return [.. values.Cast<object?>().Select(ToFind<T>).Distinct()];
    }

    /// <summary>A value of a composite index as the property has it.</summary>
    /// <typeparam name="T">The type of the property, not nullable.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="purpose">The purpose of the index, for messages.</param>
    /// <exception cref="EncryptedQueryException">The value is null, which a composite index does not know.</exception>
    public static object ToFindPart<T>(object? value, string purpose) => value switch
    {
        null => throw new EncryptedQueryException(
            $"The blind index {purpose} is asked for a null, and rows with a null have no value in it. Compare with null itself (x.Property == null) and give the other property an index of its own."),
        T => value,
        _ => AsPropertyHas<T>(value) ?? s_nothing,
    };

    /// <summary>The value of a composite index to find values by.</summary>
    /// <param name="parts">What <see cref="ToFindPart"/> gives.</param>
    public static BlindIndexValue? ToFindComposite(object[] parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return Array.IndexOf(parts, s_nothing) >= 0 ? BlindIndexValue.Nothing : BlindIndexValue.ToFind([.. parts]);
    }

    /// <summary>As <see cref="ToFind"/>, in a query filter.</summary>
    /// <typeparam name="T">The type of the property that is indexed, not nullable.</typeparam>
    /// <param name="context">The context that the filter is used in: named so that EF evaluates the call for each context.</param>
    /// <param name="value">The value; null gives null.</param>
    public static BlindIndexValue? ToFindInFilter<T>(DbContext? context, object? value) => ToFind<T>(value);

    /// <summary>As <see cref="ToFindAny"/>, in a query filter.</summary>
    /// <typeparam name="T">The type of the property that is indexed, not nullable.</typeparam>
    /// <param name="context">The context that the filter is used in: named so that EF evaluates the call for each context.</param>
    /// <param name="values">The values.</param>
    public static List<BlindIndexValue?> ToFindAnyInFilter<T>(DbContext? context, IEnumerable values) => ToFindAny<T>(values);

    /// <summary>The index value to store with a value.</summary>
    /// <typeparam name="T">The type of the property that is indexed, not nullable.</typeparam>
    /// <param name="value">The value; null gives null.</param>
    public static BlindIndexValue? ToStore<T>(object? value) => value is null or T ? BlindIndexValue.ToStore(value) : BlindIndexValue.ToStore(AsPropertyHas<T>(value));

    /// <summary>The index value to find the rows of a year by.</summary>
    /// <typeparam name="T">The type of the property that is indexed, not nullable.</typeparam>
    /// <param name="value">The year.</param>
    public static BlindIndexValue? ToFindYear<T>(object? value) => value is int year and >= 1 and <= 9999
        ? BlindIndexValue.ToFind(
            typeof(T) == typeof(DateOnly) ? new DateOnly(year, 1, 1)
            : typeof(T) == typeof(DateTimeOffset) ? new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero)
            : new DateTime(year, 1, 1, 0, 0, 0, DateTimeKind.Unspecified))
        : BlindIndexValue.Nothing;

    /// <summary>The index value to find the e-mail addresses of a domain by.</summary>
    /// <typeparam name="T">The type of the property that is indexed.</typeparam>
    /// <param name="value">The domain, with or without @ in front.</param>
    public static BlindIndexValue? ToFindDomain<T>(object? value) => value is string { Length: > 0 } domain
        ? BlindIndexValue.ToFind(domain.Contains('@', StringComparison.Ordinal) ? domain : "@" + domain)
        : BlindIndexValue.Nothing;

    /// <summary>As <see cref="ToFindYear"/>, in a query filter.</summary>
    /// <typeparam name="T">The type of the property that is indexed, not nullable.</typeparam>
    /// <param name="context">The context that the filter is used in: named so that EF evaluates the call for each context.</param>
    /// <param name="value">The year.</param>
    public static BlindIndexValue? ToFindYearInFilter<T>(DbContext? context, object? value) => ToFindYear<T>(value);

    /// <summary>As <see cref="ToFindDomain"/>, in a query filter.</summary>
    /// <typeparam name="T">The type of the property that is indexed.</typeparam>
    /// <param name="context">The context that the filter is used in: named so that EF evaluates the call for each context.</param>
    /// <param name="value">The domain, with or without @ in front.</param>
    public static BlindIndexValue? ToFindDomainInFilter<T>(DbContext? context, object? value) => ToFindDomain<T>(value);

    // C# widens the property, or reads an enum as a number, to compare it. Where the value has no counterpart, no row can have it.
    private static object? AsPropertyHas<T>(object value)
    {
        try
        {
            if (typeof(T).IsEnum)
            {
                object number = Convert.ChangeType(value, typeof(T).GetEnumUnderlyingType(), CultureInfo.InvariantCulture);
                return Enum.ToObject(typeof(T), number);
            }

            object converted = Convert.ChangeType(value, typeof(T), CultureInfo.InvariantCulture);
            return value.Equals(Convert.ChangeType(converted, value.GetType(), CultureInfo.InvariantCulture)) ? converted : null;
        }
        catch (Exception error) when (error is OverflowException or InvalidCastException or FormatException)
        {
            return null;
        }
    }
}
