namespace ColumnCrypt.Kek.Kmip.Protocol;

/// <summary>Requests and responses (KMIP 1.4, section 7).</summary>
internal static class KmipMessage
{
    /// <summary>The size of the largest response that is read, in bytes; each request says so.</summary>
    public const int MaximumResponseSize = 65_536;

    private const int Success = 0;
    private const int Continue = 1;
    private const int MaximumItemIdSize = 16;

    public static void WriteRequest(TtlvWriter writer, IReadOnlyList<KmipCall> calls)
    {
        writer.Structure(Tag.RequestMessage, request =>
        {
            request.Structure(Tag.RequestHeader, header =>
            {
                header.Structure(Tag.ProtocolVersion, static version =>
                {
                    version.Integer(Tag.ProtocolVersionMajor, 1);
                    version.Integer(Tag.ProtocolVersionMinor, 4);
                });
                header.Integer(Tag.MaximumResponseSize, MaximumResponseSize);
                if (calls.Count > 1)
                {
                    header.Enumeration(Tag.BatchErrorContinuationOption, Continue);
                    header.Boolean(Tag.BatchOrderOption, true);
                }

                header.Integer(Tag.BatchCount, calls.Count);
            });
            for (int i = 0; i < calls.Count; i++)
            {
                int index = i;
                request.Structure(Tag.BatchItem, item =>
                {
                    item.Enumeration(Tag.Operation, calls[index].Operation);
                    if (calls.Count > 1)
                    {
                        item.Bytes(Tag.UniqueBatchItemId, [(byte)index]);
                    }

                    item.Structure(Tag.RequestPayload, calls[index].Payload);
                });
            }
        });
    }

    /// <summary>Reads the response to as many operations. A failure that names none is that of all of them.</summary>
    /// <exception cref="TtlvException">It is none.</exception>
    public static KmipResult[] ReadResponse(ReadOnlySpan<byte> message, IReadOnlyList<KmipCall> calls)
    {
        var outer = new TtlvReader(message);
        var response = outer.Next(Tag.ResponseMessage).Structure;
        if (!outer.IsAtEnd)
        {
            throw new TtlvException("Bytes stand behind the response.");
        }

        int count = response.Next(Tag.ResponseHeader).Structure.Find(Tag.BatchCount).Integer;
        if (count < 1 || count > calls.Count)
        {
            throw new TtlvException($"The response has {count} items, the request had {calls.Count}.");
        }

        var results = new KmipResult?[calls.Count];
        for (int i = 0; i < count; i++)
        {
            ReadItem(response.Next(Tag.BatchItem).Structure, calls, results);
        }

        return response.IsAtEnd && Array.TrueForAll(results, static result => result is not null) ? [.. results.OfType<KmipResult>()] : throw new TtlvException("The response is not one to each operation.");
    }

    private static void ReadItem(TtlvReader item, IReadOnlyList<KmipCall> calls, KmipResult?[] results)
    {
        int? operation = null;
        int index = 0;
        int? status = null;
        int reason = (int)ResultReason.GeneralFailure;
        ReadOnlySpan<byte> payload = [];
        while (!item.IsAtEnd)
        {
            var part = item.Next();
            switch (part.Tag)
            {
                case Tag.Operation:
                    operation = part.Enumeration;
                    break;
                case Tag.UniqueBatchItemId:
                    index = IndexOf(part.Bytes);
                    break;
                case Tag.ResultStatus:
                    status = part.Enumeration;
                    break;
                case Tag.ResultReason:
                    reason = part.Enumeration;
                    break;
                case Tag.ResponsePayload:
                    payload = part.Content;
                    break;
                default:
                    break;
            }
        }

        if (operation is null && status is not (null or Success))
        {
            for (int i = 0; i < results.Length; i++)
            {
                results[i] ??= new KmipResult(calls[i].Operation, (ResultReason)reason, []);
            }

            return;
        }

        if (index >= calls.Count || results[index] is not null || operation != (int)calls[index].Operation || status is null)
        {
            throw new TtlvException("An item of the response answers no operation.");
        }

        results[index] = status == Success
            ? new KmipResult(calls[index].Operation, null, Copy(payload))
            : new KmipResult(calls[index].Operation, (ResultReason)reason, []);
    }

    // It may hold a key, and is zeroed once it was read: the garbage collector must not leave copies.
    private static byte[] Copy(ReadOnlySpan<byte> payload)
    {
        byte[] copy = GC.AllocateUninitializedArray<byte>(payload.Length, pinned: true);
        payload.CopyTo(copy);
        return copy;
    }

    private static int IndexOf(ReadOnlySpan<byte> id) =>
        id.Length is > 0 and <= MaximumItemIdSize && !id[..^1].ContainsAnyExcept((byte)0) ? id[^1] : throw new TtlvException("An item of the response has no id of the request's.");
}
