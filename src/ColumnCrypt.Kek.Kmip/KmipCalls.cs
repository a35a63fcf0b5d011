using ColumnCrypt.Kek.Kmip.Protocol;

namespace ColumnCrypt.Kek.Kmip;

/// <summary>The operations on a KEK (KMIP 1.4, section 4).</summary>
internal static class KmipCalls
{
    public const int Aes = 3;

    private const int Gcm = 9;
    private const int UninterpretedText = 1;
    private const int EncryptAndDecrypt = 0x04 | 0x08;

    /// <summary>The symmetric keys of a name, two at most.</summary>
    public static KmipCall Locate(string name) => new(Operation.Locate, payload =>
    {
        payload.Integer(Tag.MaximumItems, 2);
        Attribute(payload, "Object Type", static value => value.Enumeration(Tag.AttributeValue, ObjectType.SymmetricKey));
        Name(payload, name);
    });

    public static KmipCall GetAttributes(string id) => new(Operation.GetAttributes, payload =>
    {
        payload.Text(Tag.UniqueIdentifier, id);
        payload.Text(Tag.AttributeName, KmipAnswers.Algorithm);
        payload.Text(Tag.AttributeName, KmipAnswers.Length);
        payload.Text(Tag.AttributeName, KmipAnswers.State);
    });

    /// <summary>AES-GCM with an IV of the server's.</summary>
    public static KmipCall Encrypt(string id, ReadOnlyMemory<byte> key, byte[] context) => new(Operation.Encrypt, payload =>
    {
        payload.Text(Tag.UniqueIdentifier, id);
        payload.Structure(Tag.CryptographicParameters, static parameters =>
        {
            parameters.Enumeration(Tag.BlockCipherMode, Gcm);
            parameters.Enumeration(Tag.CryptographicAlgorithm, Aes);
            parameters.Boolean(Tag.RandomIv, true);
            parameters.Integer(Tag.TagLength, KmipWrap.TagSize);
        });
        payload.Bytes(Tag.Data, key.Span);
        payload.Bytes(Tag.AuthenticatedEncryptionAdditionalData, context);
    });

    public static KmipCall Decrypt(string id, KmipWrap wrap, byte[] context) => new(Operation.Decrypt, payload =>
    {
        payload.Text(Tag.UniqueIdentifier, id);
        payload.Structure(Tag.CryptographicParameters, static parameters =>
        {
            parameters.Enumeration(Tag.BlockCipherMode, Gcm);
            parameters.Enumeration(Tag.CryptographicAlgorithm, Aes);
            parameters.Integer(Tag.TagLength, KmipWrap.TagSize);
        });
        payload.Bytes(Tag.Data, wrap.Ciphertext);
        payload.Bytes(Tag.IvCounterNonce, wrap.Iv);
        payload.Bytes(Tag.AuthenticatedEncryptionAdditionalData, context);
        payload.Bytes(Tag.AuthenticatedEncryptionTag, wrap.AuthenticationTag);
    });

    /// <summary>Makes an AES key of 256 bits for Encrypt and Decrypt.</summary>
    public static KmipCall Create(string name) => new(Operation.Create, payload =>
    {
        payload.Enumeration(Tag.ObjectType, ObjectType.SymmetricKey);
        payload.Structure(Tag.TemplateAttribute, template =>
        {
            Attribute(template, KmipAnswers.Algorithm, static value => value.Enumeration(Tag.AttributeValue, Aes));
            Attribute(template, KmipAnswers.Length, static value => value.Integer(Tag.AttributeValue, 256));
            Attribute(template, "Cryptographic Usage Mask", static value => value.Integer(Tag.AttributeValue, EncryptAndDecrypt));
            Name(template, name);
        });
    });

    public static KmipCall Rekey(string id) => Of(Operation.Rekey, id);

    public static KmipCall Activate(string id) => Of(Operation.Activate, id);

    public static KmipCall Destroy(string id) => Of(Operation.Destroy, id);

    public static KmipCall Revoke(string id, RevocationReason reason) => new(Operation.Revoke, payload =>
    {
        payload.Text(Tag.UniqueIdentifier, id);
        payload.Structure(Tag.RevocationReason, content => content.Enumeration(Tag.RevocationReasonCode, reason));
    });

    private static KmipCall Of(Operation operation, string id) => new(operation, payload => payload.Text(Tag.UniqueIdentifier, id));

    private static void Name(TtlvWriter writer, string name) => Attribute(writer, "Name", value => value.Structure(Tag.AttributeValue, content =>
    {
        content.Text(Tag.NameValue, name);
        content.Enumeration(Tag.NameType, UninterpretedText);
    }));

    private static void Attribute(TtlvWriter writer, string name, Action<TtlvWriter> value) => writer.Structure(Tag.Attribute, attribute =>
    {
        attribute.Text(Tag.AttributeName, name);
        value(attribute);
    });
}
