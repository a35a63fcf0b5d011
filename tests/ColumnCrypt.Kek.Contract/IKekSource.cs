namespace ColumnCrypt.Kek.Contract;

/// <summary>Opens the KEKs of one backend for the contract suite.</summary>
public interface IKekSource
{
    /// <summary>The URI of the KEK that <see cref="OpenAsync"/> opens.</summary>
    string Uri { get; }

    /// <summary>The KEK; the same one every time.</summary>
    ValueTask<IKeyEncryptionKey> OpenAsync();

    /// <summary>Another KEK of the same backend.</summary>
    ValueTask<IKeyEncryptionKey> OpenAnotherAsync();

    /// <summary>Every which bit and length of a wrap is changed: 1 for all, more where a call is slow.</summary>
    int StrideOfChanges => 1;

    /// <summary>How often each of the callers at once wraps, unwraps and rewraps.</summary>
    int RoundsOfEachCaller => 10;
}
