using System.Globalization;

namespace ColumnCrypt.Tool.Tests.Support;

/// <summary>Keeps what is written, and passes every line on.</summary>
internal sealed class ListeningWriter(Action<string> onLine) : StringWriter(CultureInfo.InvariantCulture)
{
    public override void WriteLine(string? value)
    {
        base.WriteLine(value);
        onLine(value ?? "");
    }
}
