namespace ColumnCrypt.Adopting;

/// <summary>A step of an adoption (docs/adr/2026-11-30-adoption-is-two-columns-and-the-plaintext-leads-until-verified.md).</summary>
public enum AdoptStep
{
    /// <summary>Fills the encrypted column and compares every row: <c>dual</c> becomes <c>verified</c>.</summary>
    Adopt,

    /// <summary>Ends the writing of plaintext: <c>verified</c> becomes <c>encrypted</c>.</summary>
    Complete,

    /// <summary>Sets every plaintext to NULL: <c>encrypted</c> becomes <c>cleared</c>.</summary>
    Clear,

    /// <summary>Goes back: fills the plaintext column where it is not, and ends as <c>returned</c>.</summary>
    Back,
}
