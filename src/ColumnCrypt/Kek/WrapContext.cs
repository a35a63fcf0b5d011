using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek;

/// <summary>
/// What a wrap is bound to: installation, tenant, key and kind. A KEK refuses to unwrap under another context than the one the
/// key was wrapped under (docs/SPEC.md, section 8).
/// </summary>
/// <param name="InstallationId">The id of the installation key.</param>
/// <param name="Tenant">The tenant, or "" for a key of no tenant.</param>
/// <param name="KeyId">The wrapped key.</param>
/// <param name="Kind">What the wrapped key is for.</param>
public sealed record WrapContext(KeyId InstallationId, string Tenant, KeyId KeyId, KeyKind Kind)
{
    /// <summary>The first field of every context.</summary>
    public const string Label = "columncrypt/1/wrap";

    /// <summary>The kind, as it stands in the encoded context: <c>data</c>, <c>index</c>, <c>intermediate</c>, <c>installation</c>, <c>signing</c>.</summary>
    public string KindName => KeyKindNames.NameOf(Kind);

    /// <summary>The canonical bytes: label, installation id, tenant, key id and kind, each with its length in front.</summary>
    public byte[] Encode() => Fields().ToArray();

    /// <summary>SHA-256 of <see cref="Encode"/>: 32 bytes, for backends that cannot bind a context themselves.</summary>
    public byte[] Digest() => Crypto.Digest.Sha256(Encode());

    /// <summary>The fields of <see cref="Encode"/>, without a copy of them.</summary>
    internal FieldEncoding Fields() => new FieldEncoding().Add(Label).Add(InstallationId).Add(Tenant).Add(KeyId).Add(KindName);

    /// <summary>Names the key, never the encoded context.</summary>
    public override string ToString() => $"{KindName} key {KeyId}";
}
