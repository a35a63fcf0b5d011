using ColumnCrypt.Configuration;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Support;

public static class TestKeys
{
    public static ColumnCryptInstance InMemory() => ColumnCryptInstance.Create(static cc => cc.UseInMemoryKeys());
}
