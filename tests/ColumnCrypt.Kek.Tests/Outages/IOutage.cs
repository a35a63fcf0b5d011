namespace ColumnCrypt.Kek.Tests.Outages;

/// <summary>A server of a backend, with a KEK in it, that a test takes away and brings back.</summary>
public interface IOutage : IDisposable
{
    /// <summary>The URI of the KEK.</summary>
    string Uri { get; }

    /// <summary>A provider that calls the server.</summary>
    IKekProvider Provider { get; }

    /// <summary>Settings of the KEK that the backend needs.</summary>
    void Configure(KekOptions options)
    {
    }

    /// <summary>The server takes connections and answers none.</summary>
    void Pause();

    void Resume();

    /// <summary>Every connection breaks, and none is taken.</summary>
    void Kill();

    void Restart();
}
