using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace ColumnCrypt.Kek.Pkcs11.Native;

/// <summary>CK_TOKEN_INFO (PKCS#11 3.0, section 3.2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TokenInfo
{
    private const ulong UnavailableInformation = ulong.MaxValue;

    private Text32 _label;
    private Text32 _manufacturer;
    private Text16 _model;
    private Text16 _serial;
    public nuint Flags;
    public nuint MaximumSessions;
    private Counters _counters;
    private Text20 _versionsAndTime;

    public readonly string Label => Text(_label);

    public readonly string Manufacturer => Text(_manufacturer);

    public readonly string Model => Text(_model);

    public readonly string Serial => Text(_serial);

    /// <summary>How many sessions the token allows; null where it does not say, or sets no bound.</summary>
    public readonly int? SessionLimit => MaximumSessions is 0 or > int.MaxValue || MaximumSessions == unchecked((nuint)UnavailableInformation) ? null : (int)MaximumSessions;

    // Padded with blanks, not terminated.
    private static string Text(ReadOnlySpan<byte> padded) => Encoding.UTF8.GetString(padded).TrimEnd(' ', '\0');

    [InlineArray(32)]
    private struct Text32
    {
        private byte _first;
    }

    [InlineArray(16)]
    private struct Text16
    {
        private byte _first;
    }

    [InlineArray(20)]
    private struct Text20
    {
        private byte _first;
    }

    [InlineArray(9)]
    private struct Counters
    {
        private nuint _first;
    }
}
