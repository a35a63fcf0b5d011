using System.Text;
using ColumnCrypt.Crypto;
using ColumnCrypt.Format;
using ColumnCrypt.Signing;

namespace ColumnCrypt.Ledger;

/// <summary>
/// A ledger in a file of its own, on another disk or share than the database: a JSON line a key, each signed by the operator. Read again
/// when the file has changed. Thread-safe; writers of several processes queue.
/// </summary>
public sealed class FileShredLedger : IShredLedger, IDisposable
{
    private static readonly TimeSpan s_writing = TimeSpan.FromMilliseconds(50);

    private readonly string _path;
    private readonly string _fingerprint;
    private readonly IOperatorSigner? _signer;
    private readonly SemaphoreSlim _gate = new(1);
    private volatile Content _content = new([], "", default, -1);

    /// <summary>Opens a ledger. Does no I/O.</summary>
    /// <param name="path">The file; an empty one is made by <see cref="Create"/>.</param>
    /// <param name="fingerprint">SHA-256 of the public key whose signatures count, 64 hex digits.</param>
    /// <param name="signer">The operator's signing key; null where the ledger is only read, as in an application.</param>
    public FileShredLedger(string path, string fingerprint, IOperatorSigner? signer = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentException.ThrowIfNullOrWhiteSpace(fingerprint);
        _path = Path.GetFullPath(path);
        _fingerprint = fingerprint;
        _signer = signer;
    }

    /// <summary>Makes an empty ledger: one that is missing is an error, so that nobody loses it unnoticed.</summary>
    /// <param name="path">The file. Never overwritten.</param>
    /// <param name="signer">The operator's signing key: its public half is the first line.</param>
    /// <exception cref="KeyUnavailableException">Something lies at the path, or it cannot be written.</exception>
    public static void Create(string path, IOperatorSigner signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        try
        {
            using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            file.Write(Encoding.UTF8.GetBytes(Convert.ToBase64String(signer.PublicKey.Span) + "\n"));
            file.Flush(flushToDisk: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unusable(path, error.Message, error);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ContainsAsync(KeyId keyId, CancellationToken cancellationToken) =>
        (await ReadAsync(cancellationToken).ConfigureAwait(false)).Keys.Contains(keyId);

    /// <inheritdoc/>
    public async Task AddAsync(IReadOnlyList<KeyId> keys, DateTimeOffset now, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var signer = _signer ?? throw new KeyStateException($"The shred ledger {_path} cannot be written without the operator's signing key.");
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var alone = await LockFile.TakeAsync(_path + ".lock", cancellationToken).ConfigureAwait(false);
            using var file = new FileStream(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            string text = await new StreamReader(file, Encoding.UTF8).ReadToEndAsync(cancellationToken).ConfigureAwait(false);

            // What a writer that died left behind of its last line is no entry: its shred goes on and enters it again.
            string whole = text[..(text.LastIndexOf('\n') + 1)];
            var content = Parse(whole, default);
            byte[] added = await SignAsync(signer, keys.Where(key => !content.Keys.Contains(key)).Distinct(), content.LastHash, now, cancellationToken).ConfigureAwait(false);
            file.SetLength(Encoding.UTF8.GetByteCount(whole));
            file.Seek(0, SeekOrigin.End);
            await file.WriteAsync(added, CancellationToken.None).ConfigureAwait(false);
            file.Flush(flushToDisk: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unusable(_path, error.Message, error);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Lets go of what the ledger holds in memory.</summary>
    public void Dispose() => _gate.Dispose();

    private static async Task<byte[]> SignAsync(IOperatorSigner signer, IEnumerable<KeyId> keys, string previous, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var added = new StringBuilder();
        foreach (var key in keys)
        {
            var line = LedgerLine.Make(key, now, previous);
            byte[] signature = await signer.SignAsync(line.SignedBytes(), cancellationToken).ConfigureAwait(false);
            string entry = (line with { Signature = Convert.ToBase64String(signature) }).Write();
            added.Append(entry).Append('\n');
            previous = LedgerLine.HashOf(entry);
        }

        return Encoding.UTF8.GetBytes(added.ToString());
    }

    // A writer may be in the middle of a line: the file is read once more before it is refused.
    private async ValueTask<Content> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ReadOnceAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (KeyUnavailableException)
        {
            await Task.Delay(s_writing, cancellationToken).ConfigureAwait(false);
            return await ReadOnceAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<Content> ReadOnceAsync(CancellationToken cancellationToken)
    {
        try
        {
            var file = new FileInfo(_path);
            var known = _content;
            if (file.Length == known.Length && file.LastWriteTimeUtc == known.WrittenAt)
            {
                return known;
            }

            string text = await File.ReadAllTextAsync(_path, Encoding.UTF8, cancellationToken).ConfigureAwait(false);
            return _content = Parse(text, file.LastWriteTimeUtc) with { Length = file.Length };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unusable(_path, error.Message, error);
        }
    }

    private Content Parse(string text, DateTime writtenAt)
    {
        string[] lines = text.Split('\n');
        if (lines is not [var head, .., ""] || lines.Length < 2 || !TryKey(head, out byte[] publicKey))
        {
            throw Unusable(_path, "it does not begin with the public key that is trusted, or its last line is cut off", null);
        }

        var keys = new HashSet<KeyId>();
        string previous = "";
        foreach (string written in lines[1..^1])
        {
            var line = ReadLine(written);
            if (line.Previous != previous || !IsSigned(line, publicKey))
            {
                throw Unusable(_path, $"the line of key {line.KeyId} is not as the operator signed it, or one before it is missing", null);
            }

            keys.Add(KeyId.Parse(line.KeyId));
            previous = LedgerLine.HashOf(written);
        }

        return new Content(keys, previous, writtenAt, text.Length);
    }

    private static bool IsSigned(LedgerLine line, byte[] publicKey)
    {
        byte[] signature = new byte[line.Signature.Length];
        return Convert.TryFromBase64String(line.Signature, signature, out int size) && EcdsaP256.Verify(publicKey, line.SignedBytes(), signature.AsSpan(0, size));
    }

    private LedgerLine ReadLine(string text)
    {
        try
        {
            return LedgerLine.Read(text);
        }
        catch (FormatException error)
        {
            throw Unusable(_path, "it holds a line that is none of a ledger", error);
        }
    }

    private bool TryKey(string head, out byte[] publicKey)
    {
        publicKey = new byte[head.Length];
        if (!Convert.TryFromBase64String(head, publicKey, out int size))
        {
            return false;
        }

        publicKey = publicKey[..size];
        return string.Equals(EcdsaP256.Fingerprint(publicKey), _fingerprint, StringComparison.OrdinalIgnoreCase);
    }

    private static KeyUnavailableException Unusable(string path, string why, Exception? error) => new(
        KeyUnavailableReason.Denied, $"The shred ledger {path} cannot be used: {why}. While it cannot, no key is unwrapped. Restore it; an empty one is made by FileShredLedger.Create.", error);

    private sealed record Content(HashSet<KeyId> Keys, string LastHash, DateTime WrittenAt, long Length);
}
