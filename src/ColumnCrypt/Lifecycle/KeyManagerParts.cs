using ColumnCrypt.Keys;
using ColumnCrypt.Manifest;
using ColumnCrypt.Signing;

namespace ColumnCrypt.Lifecycle;

/// <summary>What the verbs need of their instance.</summary>
internal sealed record KeyManagerParts(
    InstallationLoader Installations, RingLoader Loader, KeyRotator Rotator, RingTable Table, KeyRings Rings, KekCaller Keks, KeyBounds Bounds, RingServices Services, DatabaseNames Databases, IOperatorSigner? Signer);
