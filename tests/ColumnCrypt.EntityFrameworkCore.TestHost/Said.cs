using ColumnCrypt.EntityFrameworkCore.Indexes;

namespace ColumnCrypt.EntityFrameworkCore.TestHost;

/// <summary>Says at once how far the filling is.</summary>
internal sealed class Said : IProgress<BlindIndexProgress>
{
    public void Report(BlindIndexProgress value) => Console.WriteLine(value.Processed);
}
