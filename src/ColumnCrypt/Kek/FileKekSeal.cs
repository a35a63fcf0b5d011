using ColumnCrypt.Format;

namespace ColumnCrypt.Kek;

/// <summary>Under what the KEK in a file lies. Immutable.</summary>
internal abstract record FileKekSeal
{
    /// <summary>Adds what the file says of the seal to the associated data: first a name that no other kind of seal has.</summary>
    public abstract FieldEncoding AddTo(FieldEncoding header);
}
