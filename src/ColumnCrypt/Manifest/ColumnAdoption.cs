using System.Globalization;

namespace ColumnCrypt.Manifest;

/// <summary>
/// The adoption of a column: where its plaintext is, how far it has come, and what a stepper that knows no model needs. A model declares it in the
/// state <see cref="AdoptionState.None"/>; its state is the manifest's alone. Immutable.
/// </summary>
public sealed record ColumnAdoption
{
    /// <summary>How far it has come.</summary>
    public AdoptionState State { get; init; }

    /// <summary>Since when it is in this state, UTC, to the millisecond; null before it is registered.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The column that holds, or held, the plaintext; null where plaintext and <c>cc1:</c> text stand in one column (in place).</summary>
    public string? PlainColumn { get; init; }

    /// <summary>True where plaintext and <c>cc1:</c> text stand in one column.</summary>
    public bool IsInPlace => PlainColumn is null;

    /// <summary>
    /// True where the application stores the plaintext through a conversion of its own (an enum as its name, a type as another), which a stepper that
    /// knows no model cannot undo: the application runs the adoption and gives the codec.
    /// </summary>
    public bool IsConverted { get; init; }

    /// <summary>
    /// By when the adoption is to be over, UTC; null for no such time. From then on, before it is <see cref="AdoptionState.Encrypted"/>, an event and the
    /// health check say so, and in place plaintext is refused.
    /// </summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Which tenant a row is of; null where nothing says it: an application with one tenant, <see cref="Metadata.TenantId.Default"/>.</summary>
    public RowTenant? Tenant { get; init; }

    /// <summary>The blind indexes that are filled along. Default: none.</summary>
    public IReadOnlyList<AdoptionIndex> Indexes { get; init; } = [];

    /// <summary>True while plaintext is written, and an old version of the application may or might run: a version that writes ciphertext alone may not.</summary>
    public bool WritesPlain => State is AdoptionState.Dual or AdoptionState.Verified or AdoptionState.Returning or AdoptionState.Returned;

    /// <summary>True while the plaintext is believed.</summary>
    public bool IsPlainLeading => State is AdoptionState.None or AdoptionState.Dual or AdoptionState.Returned;

    /// <summary>True where the deadline has passed and plaintext is written or believed still.</summary>
    /// <param name="now">The time.</param>
    public bool IsOverdue(DateTimeOffset now) => Deadline <= now && (WritesPlain || IsPlainLeading);

    /// <summary>The canonical JSON of it (docs/SPEC.md, section 7).</summary>
    public string ToJson() => AdoptionJson.Write(this);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">The JSON.</param>
    /// <exception cref="EncryptionModelException">It is not the canonical JSON of an adoption: a newer ColumnCrypt wrote it, or none did.</exception>
    public static ColumnAdoption Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return AdoptionJson.Read(json);
    }

    /// <summary>Compared by what it says: two lists of equal indexes are equal.</summary>
    public bool Equals(ColumnAdoption? other) => other is not null && ToJson() == other.ToJson();

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ToJson());

    /// <summary>The state and where the plaintext is, for messages.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{State}, {(PlainColumn is { } plain ? $"from {plain}" : "in place")}");
}
