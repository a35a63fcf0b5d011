using System.Buffers.Binary;
using System.Numerics;

namespace ColumnCrypt.Kek.GoogleKms.Rest;

/// <summary>
/// CRC-32C (RFC 3720, appendix B.4) by the instructions of the processor, as the platform has it. Finds what was changed by accident, and nothing that was changed on purpose.
/// </summary>
internal static class Crc32C
{
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (byte value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
