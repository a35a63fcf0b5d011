namespace ColumnCrypt.Kek.Kmip;

/// <summary>Opens the KEKs of key servers.</summary>
/// <param name="configure">Says how key servers are reached where a KEK does not say so itself; null for nothing.</param>
/// <param name="variable">Reads a variable of the environment; null for the one of this process.</param>
internal sealed class KmipProvider(Action<KmipOptions>? configure, Func<string, string?>? variable = null) : IKekProvider
{
    public string Scheme => "kmip";

    public IKeyEncryptionKey Open(string uri, KekOptions options)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(options);
        var key = KmipUri.Parse(uri, Scheme);
        var own = new KmipOptions();
        KmipEnvironment.Apply(own, variable ?? Environment.GetEnvironmentVariable);
        configure?.Invoke(own);
        if (options.IsTenantsOwn)
        {
            own.ClientCertificate = null;
            own.FormerKeys.Clear();
        }

        options.Of<KmipSettings>().Configure?.Invoke(own);
        if (options.IsTenantsOwn && own.ClientCertificate is null && own.ClientCertificateFile is null)
        {
            throw new EncryptionModelException(
                $"{uri} is a tenant's own KEK and needs that tenant's client certificate: set Kmip(server => server.ClientCertificateFile = …) in UseTenantKeks. The one of this process is another's.");
        }

        return new KmipKek(uri, key.Name, [.. own.FormerKeys], KmipClient.Create(uri, key.Endpoint, own));
    }
}
