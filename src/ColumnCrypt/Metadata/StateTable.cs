namespace ColumnCrypt.Metadata;

/// <summary>What each state of a key allows (NIST SP 800-57 part 1 rev. 5, section 7; docs/SPEC.md, section 9).</summary>
public static class StateTable
{
    /// <summary>True where a key in this state, of a tenant in that state, may do it.</summary>
    /// <remarks>
    /// A node encrypts under a key that another node has deactivated for no longer than the revocation bound: it learns of the
    /// change within it. For as long after a rotation it finishes what was begun while the key was Active: see
    /// <see cref="Keys.KeyRingLease"/>.
    /// </remarks>
    public static bool Allows(KeyState key, TenantState tenant, KeyOperation operation) => (key, tenant, operation) switch
    {
        (KeyState.Destroyed, _, _) or (_, TenantState.Shredded, _) => false,
        (_, _, KeyOperation.Maintain) => true,
        (_, TenantState.ShredScheduled, _) => false,
        (KeyState.Active, _, KeyOperation.Encrypt) => true,
        (KeyState.Active or KeyState.Deactivated or KeyState.Compromised, _, KeyOperation.Decrypt) => true,
        _ => false,
    };

    /// <summary>True where a key may go from one state to the other.</summary>
    public static bool AllowsTransition(KeyState from, KeyState to) => (from, to) switch
    {
        (KeyState.PreActive, KeyState.Active or KeyState.Suspended or KeyState.Compromised or KeyState.Destroyed) => true,
        (KeyState.Active, KeyState.Deactivated or KeyState.Suspended or KeyState.Compromised or KeyState.Destroyed) => true,
        (KeyState.Deactivated, KeyState.Suspended or KeyState.Compromised or KeyState.Destroyed) => true,
        (KeyState.Suspended, KeyState.PreActive or KeyState.Active or KeyState.Deactivated or KeyState.Compromised or KeyState.Destroyed) => true,
        (KeyState.Compromised, KeyState.Destroyed) => true,
        _ => false,
    };
}
