namespace ColumnCrypt.Kek;

/// <summary>Opens the KEKs of one URI scheme. Registered by the configuration, never scanned for. Thread-safe.</summary>
public interface IKekProvider
{
    /// <summary>The scheme before the first colon of the URI, lower case: <c>file</c>, <c>aws-kms</c>.</summary>
    string Scheme { get; }

    /// <summary>Opens a KEK. Called once for each URI that the configuration allows; does no I/O.</summary>
    /// <param name="uri">The whole URI.</param>
    /// <param name="options">What the configuration says about this KEK.</param>
    /// <exception cref="EncryptionModelException">The URI or the options are malformed; the message says how to write them.</exception>
    IKeyEncryptionKey Open(string uri, KekOptions options);
}
