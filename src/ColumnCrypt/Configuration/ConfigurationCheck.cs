using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Kek;
using ColumnCrypt.Keys;
using ColumnCrypt.Search;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Configuration;

/// <summary>Reads a configuration once and names every mistake in it at once.</summary>
internal static class ConfigurationCheck
{
    private static string? AeadVariable => Environment.GetEnvironmentVariable(AeadChoice.Variable);

    public static void ThrowIfWrong(ColumnCryptBuilder builder)
    {
        var mistakes = new List<string>();
        if (builder.OpenStore is null)
        {
            mistakes.Add("no key store: call UseSqliteKeyStore, UsePostgreSqlKeyStore, or UseInMemoryKeys in a test");
        }

        if (!builder.Keks.Any(static kek => kek.Role == KekRole.Wraps))
        {
            mistakes.Add("no KEK: call UseKek with the URI of the one that wraps new keys");
        }

        foreach (var kek in builder.Keks.Where(kek => kek.Role == KekRole.Escrow && builder.Keks.Any(other => other.Role == KekRole.Wraps && other.Uri == kek.Uri)))
        {
            mistakes.Add($"EscrowTo names {kek.Uri}, under which UseKek wraps new keys already: an escrow is another KEK");
        }

        foreach (var kek in builder.Keks.Where(kek => kek.Role == KekRole.Also && builder.Keks.Any(other => other.Role is KekRole.Wraps or KekRole.Escrow && other.Uri == kek.Uri)))
        {
            mistakes.Add($"AlsoUseKek names {kek.Uri}, under which new keys are wrapped already: it takes another KEK");
        }

        foreach (var kek in builder.Keks.Where(static kek => kek.Options.MayLag && kek.Role is KekRole.Escrow or KekRole.Unwraps))
        {
            mistakes.Add($"MayLag is set for {kek.Uri}: it is for the KEKs of UseKek and AlsoUseKek");
        }

        foreach (var kek in builder.Keks.Where(static kek => kek.Role == KekRole.Escrow && HierarchicalUri.IsHierarchical(kek.Uri)))
        {
            mistakes.Add($"EscrowTo names {kek.Uri}: an escrow wraps every key itself, so that whoever has it needs nothing else");
        }

        mistakes.AddRange(IndexNormalisers.WhyUnusable(builder.IndexNormalisers));
        var bounds = builder.Bounds;
        Demand(bounds.RevocationBound >= TimeSpan.FromSeconds(1) && bounds.RevocationBound <= TimeSpan.FromHours(1), "RevocationBound is 1 s to 1 h");
        Demand(bounds.PollInterval >= TimeSpan.FromMilliseconds(100) && bounds.PollInterval <= bounds.RevocationBound / 2, "PollInterval is 100 ms up to half of RevocationBound");
        Demand(bounds.RefreshInterval >= TimeSpan.FromSeconds(1), "RefreshInterval is 1 s or more");
        Demand(bounds.IdleEviction >= TimeSpan.FromSeconds(1), "IdleEviction is 1 s or more");
        Demand(bounds.StaleLimit >= bounds.RefreshInterval, "StaleLimit is RefreshInterval or more");
        Demand(bounds.UnknownKeyMemory >= TimeSpan.Zero, "UnknownKeyMemory is not negative");
        Demand(bounds.MaxCachedKeys >= 1, "MaxCachedKeys is 1 or more");
        Demand(bounds.MaxCipherContexts >= 1, "MaxCipherContexts is 1 or more");
        Demand(bounds.MaxConcurrentKekCalls is >= 1 and <= 1024, "MaxConcurrentKekCalls is 1 to 1,024");
        Demand(bounds.KekTimeout >= TimeSpan.FromMilliseconds(100), "KekTimeout is 100 ms or more");
        Demand(bounds.UseLimit is >= 1 << 11 and <= 1L << 31, "UseLimit is 2^11 to 2^31");
        Demand(bounds.RotateAtUses >= 1 && bounds.RotateAtUses < bounds.UseLimit, "RotateAtUses is 1 up to below UseLimit");
        Demand(bounds.MaxKeysPerIntermediate is >= 1 and <= 65_536, "MaxKeysPerIntermediate is 1 to 65,536");
        Demand(bounds.Cryptoperiod >= TimeSpan.FromDays(1), "Cryptoperiod is 1 day or more");
        Demand(bounds.LockedMemoryLimit >= 0, "LockedMemoryLimit is not negative");
        Demand(AeadChoice.IsTurnedOff(AeadVariable) is not null, $"the environment variable {AeadChoice.Variable} is portable or auto");
        if (mistakes.Count > 0)
        {
            throw new EncryptionModelException($"ColumnCrypt{(builder.Name.Length == 0 ? "" : $" '{builder.Name}'")} is not configured: {string.Join("; ", mistakes)}.");
        }

        void Demand(bool holds, string rule)
        {
            if (!holds)
            {
                mistakes.Add(rule);
            }
        }
    }

    // A KEK of UseKek may become the one that wraps when those before it are retired.
    private static void DemandALastingKek(ColumnCryptBuilder builder, KekRegistry keks)
    {
        if (builder.Keks.FirstOrDefault(kek => kek.Role == KekRole.Wraps && IsVolatile(kek)) is { } wraps && !builder.Keks.Any(kek => (kek.Role == KekRole.Escrow || (kek.Role == KekRole.Also && !kek.Options.MayLag)) && !IsVolatile(kek)))
        {
            throw new EncryptionModelException(
                $"The KEK {wraps.Uri} is gone when this machine restarts, and every key that is wrapped under it alone with it. Call EscrowTo or AlsoUseKek with a KEK that lasts and does not lag, or UseKek with one and AllowKek with this one.");
        }

        bool IsVolatile(KekRegistration kek) => keks.Find(HierarchicalUri.InnerOf(kek.Uri))!.Capabilities.HasFlag(KekCapabilities.Volatile);
    }

    public static AeadProvider ChooseCipher(ColumnCryptBuilder builder, ILogger logger) =>
        Use(builder.PortableCipher || AeadChoice.IsTurnedOff(AeadVariable) == true ? AeadChoice.Portable : AeadChoice.Best, logger);

    public static AeadProvider Use(AeadChoice choice, ILogger logger)
    {
        if (choice.Refusal is { } refusal)
        {
            logger.CipherFallback(refusal);
        }

        return choice.Provider;
    }

    public static KekCaller OpenKeks(ColumnCryptBuilder builder, RingServices services)
    {
        var keks = new KekRegistry(builder.Providers, services.Ciphers.Provider, builder.TenantKeks);
        foreach (var kek in builder.Keks)
        {
            keks.Allow(kek.Uri, kek.Options);
        }

        DemandALastingKek(builder, keks);
        var roles = new KekRoles(
            Uris(KekRole.Wraps),
            Uris(KekRole.Also),
            Uris(KekRole.Unwraps),
            Uris(KekRole.Escrow),
            [.. builder.Keks.Where(static kek => kek.Options.MayLag).Select(static kek => kek.Uri).Distinct(StringComparer.Ordinal)]);
        var caller = new KekCaller(keks, roles, builder.Bounds, services);
        if (caller.AnyoneCanWrap && builder.PinnedCommitment is null)
        {
            throw new EncryptionModelException(
                "A KEK of this configuration wraps with a public key, so anybody who writes to the key tables could put in an installation key of his own. Call PinInstallation with the commitment that IKeyManager.InitAsync returns.");
        }

        return caller;

        IReadOnlyList<string> Uris(KekRole role) => [.. builder.Keks.Where(kek => kek.Role == role).Select(static kek => kek.Uri).Distinct(StringComparer.Ordinal)];
    }
}
