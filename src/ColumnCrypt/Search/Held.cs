using System.Runtime.CompilerServices;

namespace ColumnCrypt.Search;

/// <summary>Takes a value out of its own or its nullable type, and puts it back, without boxing it. Thread-safe, stateless.</summary>
internal static class Held
{
    public static bool Is<T, THeld>(T value, out THeld held)
        where THeld : struct
    {
        if (typeof(T) == typeof(THeld?))
        {
            var nullable = Unsafe.As<T, THeld?>(ref value);
            held = nullable.GetValueOrDefault();
            return nullable.HasValue;
        }

        if (value is THeld found)
        {
            held = found;
            return true;
        }

        held = default;
        return false;
    }

    public static T As<T, THeld>(THeld held)
        where THeld : struct
    {
        THeld? nullable = held;
        return typeof(T) == typeof(THeld?) ? Unsafe.As<THeld?, T>(ref nullable) : (T)(object)held;
    }
}
