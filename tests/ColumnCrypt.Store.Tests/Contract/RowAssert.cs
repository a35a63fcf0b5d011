using System.Reflection;
using Xunit;

namespace ColumnCrypt.Store.Tests.Contract;

/// <summary>Compares rows property by property, arrays by content, so that no column is forgotten.</summary>
internal static class RowAssert
{
    public static void Equal<T>(T? expected, T? actual)
        where T : class
    {
        Assert.NotNull(expected);
        Assert.NotNull(actual);
        foreach (var property in typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var (want, got) = (property.GetValue(expected), property.GetValue(actual));
            if (want is DateTimeOffset time)
            {
                Assert.Equal(TimeSpan.Zero, Assert.IsType<DateTimeOffset>(got).Offset);
                Assert.Equal(time.ToUnixTimeMilliseconds() * TimeSpan.TicksPerMillisecond, ((DateTimeOffset)got).Ticks - DateTimeOffset.UnixEpoch.Ticks);
                continue;
            }

            Assert.True(
                want is byte[] bytes ? got is byte[] other && bytes.AsSpan().SequenceEqual(other) : Equals(want, got),
                $"{typeof(T).Name}.{property.Name}: wanted {want ?? "null"}, got {got ?? "null"}");
        }
    }
}
