namespace ColumnCrypt.Shredding;

/// <summary>What a check of an erasure certificate found.</summary>
/// <param name="IsValid">True where nothing contradicts the certificate.</param>
/// <param name="Certificate">Its content; null where the text is none.</param>
/// <param name="Claims">What is shown, in sentences, and no more than is true.</param>
/// <param name="Findings">What contradicts it; empty where nothing does.</param>
public sealed record ErasureVerdict(bool IsValid, ErasureCertificate? Certificate, IReadOnlyList<string> Claims, IReadOnlyList<string> Findings);
