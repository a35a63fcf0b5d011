using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using ColumnCrypt.Crypto;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;

namespace ColumnCrypt.Backup;

/// <summary>Reads the lines of a backup, in one pass each. The file must be seekable: it is checked whole before any of it is used.</summary>
internal sealed class BackupReader(Stream source)
{
    private const int LongestLine = 16 * 1024 * 1024;

    /// <summary>The header, the installation key, the digest of everything before the last line, the mac in it, and the number of the last chained entry.</summary>
    /// <exception cref="FormatException">It is no backup, or not a whole one.</exception>
    public async Task<(BackupHeader Header, KeyWithWraps Installation, byte[] Digest, byte[] Mac, long Chained)> ScanAsync(CancellationToken cancellationToken)
    {
        BackupHeader? header = null;
        KeyWithWraps? installation = null;
        byte[]? mac = null;
        long chained = 0;
        using var digest = new RunningDigest();
        await foreach (var (line, bytes) in LinesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (mac is not null)
            {
                throw new FormatException("The backup goes on after its mac.");
            }

            if (line.Mac is not null)
            {
                mac = line.Mac;
                continue;
            }

            header ??= line.Header is { Format: BackupHeader.CurrentFormat } first ? first : throw new FormatException("It does not begin as a backup of ColumnCrypt does.");
            digest.Append(bytes);
            chained = Math.Max(chained, line.Audit?.Sequence ?? 0);
            installation = line.Key is { Key: { Kind: KeyKind.Installation, State: KeyState.Active } } key ? key : installation;
        }

        return header is not null && installation is not null && mac is not null
            ? (header, installation, digest.Finish(), mac, chained)
            : throw new FormatException("The backup is not whole: its header, its installation key or its mac is missing.");
    }

    /// <summary>The lines and their bytes, the line feed included.</summary>
    public async IAsyncEnumerable<(BackupLine Line, byte[] Bytes)> LinesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        source.Position = 0;
        var pipe = PipeReader.Create(source, new StreamPipeReaderOptions(leaveOpen: true));
        while (true)
        {
            var read = await pipe.ReadAsync(cancellationToken).ConfigureAwait(false);
            var buffer = read.Buffer;
            while (TryTakeLine(ref buffer, out byte[] bytes))
            {
                yield return (BackupLine.Read(bytes.AsSpan(0, bytes.Length - 1)), bytes);
            }

            if (buffer.Length > LongestLine)
            {
                throw new FormatException("A line of the backup is too long.");
            }

            if (read.IsCompleted)
            {
                await pipe.CompleteAsync().ConfigureAwait(false);
                if (buffer.Length > 0)
                {
                    throw new FormatException("The last line of the backup is cut off.");
                }

                yield break;
            }

            pipe.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private static bool TryTakeLine(ref System.Buffers.ReadOnlySequence<byte> buffer, out byte[] line)
    {
        if (System.Buffers.BuffersExtensions.PositionOf(buffer, (byte)'\n') is not { } end)
        {
            line = [];
            return false;
        }

        var next = buffer.GetPosition(1, end);
        line = System.Buffers.BuffersExtensions.ToArray(buffer.Slice(0, next));
        buffer = buffer.Slice(next);
        return true;
    }
}
