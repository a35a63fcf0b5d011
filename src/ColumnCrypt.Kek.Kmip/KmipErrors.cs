using ColumnCrypt.Kek.Kmip.Protocol;

namespace ColumnCrypt.Kek.Kmip;

/// <summary>What an answer of a key server means to the contract. What it says beyond its reason is not passed on: it could repeat what was sent.</summary>
internal static class KmipErrors
{
    public static KekException Translate(string uri, WrapContext? context, KmipFailureException error) => error.Reason switch
    {
        ResultReason.CryptographicFailure when error.Operation == Operation.Decrypt => Refused(context, error),
        ResultReason.ItemNotFound or ResultReason.ObjectNotFound or ResultReason.ObjectDestroyed => NotFound(uri, error),
        ResultReason.ObjectArchived => new(KekFailure.Disabled, $"The key of {uri} is archived. Recover it on the key server.", error),
        ResultReason.WrongKeyLifecycleState => new(KekFailure.Disabled, $"The key of {uri} cannot be used in its state: look at columncrypt keks check.", error),
        ResultReason.GeneralFailure or ResultReason.InternalServerError or ResultReason.ServerLimitExceeded or ResultReason.CryptographicFailure
            => new(KekFailure.Unavailable, $"The key server of {uri} failed: {error.Message}", error),
        _ => new(KekFailure.Denied, $"The key server refuses to use {uri} so: {error.Message} Check the client certificate, who may use the key, and its usage mask.", error),
    };

    /// <summary>Null where the key can be used in its state.</summary>
    public static KekException? OfState(string uri, KeyState state, Exception? error) => state switch
    {
        KeyState.Active => null,
        KeyState.PreActive => new(KekFailure.Disabled, $"The key of {uri} is not active yet. Activate it.", error),
        KeyState.Destroyed or KeyState.DestroyedCompromised => new(KekFailure.Destroyed, $"The key of {uri} is destroyed.", error),
        _ => new(KekFailure.Disabled, $"The key of {uri} is in the state {state}, in which the key server does not let it be used.", error),
    };

    /// <summary>True where a server may mean the state of the key as well as the caller.</summary>
    public static bool MayBeTheState(ResultReason reason) => reason is ResultReason.PermissionDenied or ResultReason.IllegalOperation or ResultReason.WrongKeyLifecycleState;

    /// <summary>True where a server may mean the wrap as well as itself or the request.</summary>
    public static bool MayBeTheWrap(ResultReason reason) => reason is ResultReason.GeneralFailure or ResultReason.InvalidField or ResultReason.InvalidMessage or ResultReason.MissingData;

    public static KekException NotFound(string uri, Exception? error) =>
        new(KekFailure.Destroyed, $"The key server has no key {uri}, or none that this client certificate may see.", error);

    public static KekException Refused(WrapContext? context, Exception? error) =>
        new(KekFailure.WrongContextOrTampered, $"The wrap of the {context} was changed, or belongs to another tenant, key or installation.", error);

    public static KekException NoKmip(string uri, TtlvException error) => new(KekFailure.Unavailable, $"The key server of {uri} does not answer as KMIP 1.4 does: {error.Message}", error);
}
