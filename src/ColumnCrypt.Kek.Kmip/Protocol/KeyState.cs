namespace ColumnCrypt.Kek.Kmip.Protocol;

/// <summary>The state of a key (KMIP 1.4, sections 3.22 and 9.1.3.2.18).</summary>
internal enum KeyState
{
    PreActive = 1,
    Active = 2,
    Deactivated = 3,
    Compromised = 4,
    Destroyed = 5,
    DestroyedCompromised = 6,
}
