using System.CommandLine;
using ColumnCrypt.Format;
using ColumnCrypt.Tool.Configuration;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Values;

internal sealed class InspectValue : Verb
{
    private readonly Argument<string> _value = new("VALUE") { Description = "The stored value: hex, base64, base64url, cc1:…, or @FILE." };

    public InspectValue()
        : base(
            "inspect",
            "Shows the header of an encrypted value; never decrypts. With a key store configured, also whose key it is under. Needs no KEK.",
            "columncrypt inspect cc1:wT8qkcTV5gcYKTpLXG1-j5CfMZrM6X3bHg4XgSrlUaS6oKBFc20xZ5dRwVWB-5tk",
            "columncrypt inspect @ssn.bin --json") => Arguments.Add(_value);

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        byte[] value = ValueText.Read(call.Value(_value), call.Environment);
        var keyId = ValueFrame.ReadKeyId(value, "the command line");
        var view = new ValueView(
            value[0] & 0x0F,
            keyId,
            Convert.ToHexStringLower(value.AsSpan(ValueFrame.NonceOffset, ValueFrame.NonceSize)),
            value.Length,
            value.Length - ValueFrame.Overhead,
            await OwnerAsync(call, keyId, cancellationToken).ConfigureAwait(false));
        return new Answer(view, page => page.Fields(
            ("suite", $"{view.Suite}: AES-256-GCM"),
            ("key", view.KeyId.ToString()),
            ("tenant", view.Owner switch
            {
                null => null,
                { Error: { } error } => $"unknown: {error}",
                { Tenant: null } => "none: the key store does not know the key",
                { Tenant: "" } => "none: it is no tenant's key",
                { Tenant: var tenant } => tenant + " (as the key table says; its mac is not checked)",
            }),
            ("nonce", view.Nonce),
            ("stored", $"{TextPage.Number(view.StoredBytes)} bytes"),
            ("plaintext", $"{TextPage.Number(view.PlaintextBytes)} bytes, as encoded")));
    }

    private static async Task<KeyOwner?> OwnerAsync(Call call, KeyId keyId, CancellationToken cancellationToken)
    {
        if (call.Settings.Connection is null)
        {
            return null;
        }

        var store = KeyStores.Open(call.Settings, call.Environment.Time);
        using var closing = store as IDisposable;
        try
        {
            return new KeyOwner(await store.FindTenantAsync(keyId, cancellationToken).ConfigureAwait(false), null);
        }
        catch (KeyUnavailableException error)
        {
            return new KeyOwner(null, error.Message);
        }
    }
}
