using System.Security.Cryptography;
using System.Text;
using ColumnCrypt.Crypto.Sharing;

namespace ColumnCrypt.Kek;

/// <summary>As many shares of one secret as its threshold, whose places differ. Zeroed on disposal.</summary>
internal sealed class KekShares : IDisposable
{
    /// <summary>Names the files that hold the shares, separated as <c>PATH</c> is.</summary>
    public const string FilesVariable = "COLUMNCRYPT_SHARE_FILES";

    private const int MaximumFileSize = 1024;

    private readonly IReadOnlyList<KekShare> _shares;

    private KekShares(IReadOnlyList<KekShare> shares) => _shares = shares;

    /// <summary>The places, for messages: <c>1, 3, 4</c>.</summary>
    public string Indexes => string.Join(", ", _shares.Select(static share => share.Index));

    /// <summary>The shares of the options, else those of the files that <see cref="FilesVariable"/> names.</summary>
    /// <param name="uri">The KEK that is to be opened, for the message.</param>
    /// <param name="options">What the configuration says about it.</param>
    /// <param name="seal">The set of which they must be.</param>
    /// <exception cref="KekException">There are too few of the set, one is misspelt, or a file cannot be read.</exception>
    public static KekShares Find(string uri, KekOptions options, SharesSeal seal)
    {
        if (options.Shares is { Count: > 0 } given)
        {
            return Of(uri, given, seal);
        }

        string? files = options.IsTenantsOwn ? null : Environment.GetEnvironmentVariable(FilesVariable);
        return string.IsNullOrEmpty(files)
            ? throw new KekException(
                KekFailure.Denied,
                $"The KEK {uri} needs {seal.Threshold} of its {seal.Count} shares, set {seal.Set}: "
                    + (options.IsTenantsOwn
                        ? "give them in UseTenantKeks, for it is a tenant's own. What the environment names is not a tenant's."
                        : $"set {FilesVariable} to the files that hold them, or call UseKek(uri, o => o.Shares = …)."))
            : Of(uri, [.. files.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(path => FromFile(uri, path))], seal);
    }

    /// <summary>Those of these lines that are of a set, as many as its threshold.</summary>
    /// <inheritdoc cref="Find" path="/exception"/>
    public static KekShares Of(string uri, IReadOnlyList<string> lines, SharesSeal seal)
    {
        var all = new List<KekShare>(lines.Count);
        var chosen = new SortedDictionary<int, KekShare>();
        try
        {
            for (int line = 0; line < lines.Count; line++)
            {
                var share = Parse(uri, lines[line], line + 1);
                all.Add(share);
                if (share.Seal == seal && !chosen.TryAdd(share.Index, share) && !CryptographicOperations.FixedTimeEquals(share.Value, chosen[share.Index].Value))
                {
                    throw new KekException(KekFailure.Denied, $"Two different shares of {uri} have the number {share.Index}: one of them is forged.");
                }
            }

            if (chosen.Count < seal.Threshold)
            {
                throw TooFew(uri, seal, lines.Count, chosen.Count);
            }

            var taken = chosen.Values.Take(seal.Threshold).ToList();
            all.RemoveAll(taken.Contains);
            return new KekShares(taken);
        }
        finally
        {
            all.ForEach(static share => share.Dispose());
        }
    }

    /// <summary>The secret of these shares; whether it is the right one is to be checked.</summary>
    /// <param name="secret">Receives it: 32 bytes.</param>
    public void Combine(Span<byte> secret) => SecretSharing.Combine([.. _shares.Select(static share => ((byte)share.Index, share.Value))], secret);

    public void Dispose()
    {
        foreach (var share in _shares)
        {
            share.Dispose();
        }
    }

    private static KekShare Parse(string uri, string line, int number)
    {
        try
        {
            return KekShare.Parse(line);
        }
        catch (FormatException error)
        {
            throw new KekException(KekFailure.Denied, $"Share {number} of those that were given for {uri} cannot be used: {error.Message}.", error);
        }
    }

    private static string FromFile(string uri, string path)
    {
        var content = SmallFile.Read(path, MaximumFileSize, $"a share of {uri} ({FilesVariable})", static file => FileRights.DemandOwnerAlone(file.Name, FileRights.Of(file)));
        try
        {
            return Encoding.ASCII.GetString(content);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private static KekException TooFew(string uri, SharesSeal seal, int given, int ofTheSet) => new(
        KekFailure.Denied,
        $"The KEK {uri} needs {seal.Threshold} different shares of its {seal.Count}, set {seal.Set}: {given} were given"
            + (ofTheSet == given ? "." : $", of which {ofTheSet} differ and are of this set."));
}
