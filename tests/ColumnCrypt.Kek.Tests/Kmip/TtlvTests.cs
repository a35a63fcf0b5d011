using ColumnCrypt.Kek.Kmip.Protocol;

namespace ColumnCrypt.Kek.Tests.Kmip;

/// <summary>What a hostile server may send: KMIP 1.4, section 9.1.</summary>
public sealed class TtlvTests
{
    private static readonly KmipCall[] s_calls = [new(Operation.Locate, static _ => { }), new(Operation.Encrypt, static _ => { })];

    // KMIP 1.4, section 9.1.2, the examples.
    [Theory]
    [InlineData("42002002000000040000000800000000", "integer")]
    [InlineData("4200200500000004000000FF00000000", "enumeration")]
    [InlineData("42002006000000080000000000000001", "boolean")]
    [InlineData("420020070000000B48656C6C6F20576F726C640000000000", "text")]
    [InlineData("42002008000000030102030000000000", "bytes")]
    [InlineData("42002001000000204200040500000004000000FE000000004200050200000004000000FF00000000", "structure")]
    public void Writer_WritesTheExamplesOfTheSpecification(string expected, string what)
    {
        using var writer = new TtlvWriter();
        const Tag Tag = (Tag)0x420020;
        switch (what)
        {
            case "integer":
                writer.Integer(Tag, 8);
                break;
            case "enumeration":
                writer.Enumeration(Tag, 255);
                break;
            case "boolean":
                writer.Boolean(Tag, true);
                break;
            case "text":
                writer.Text(Tag, "Hello World");
                break;
            case "bytes":
                writer.Bytes(Tag, [1, 2, 3]);
                break;
            default:
                writer.Structure(Tag, static structure =>
                {
                    structure.Enumeration((Tag)0x420004, 254);
                    structure.Integer((Tag)0x420005, 255);
                });
                break;
        }

        Assert.Equal(expected, Convert.ToHexString(writer.Written.Span));
    }

    [Fact]
    public void Writer_WhenItGrows_KeepsWhatWasWritten()
    {
        using var writer = new TtlvWriter();
        byte[] large = [.. Enumerable.Range(0, 5000).Select(static i => unchecked((byte)i))];
        writer.Structure(Tag.RequestMessage, message =>
        {
            message.Integer(Tag.BatchCount, 7);
            message.Bytes(Tag.Data, large);
        });
        var reader = new TtlvReader(writer.Written.Span).Next(Tag.RequestMessage).Structure;
        Assert.Equal(7, reader.Next(Tag.BatchCount).Integer);
        Assert.Equal(large, reader.Next(Tag.Data).Bytes.ToArray());
        Assert.True(reader.IsAtEnd);
    }

    [Theory]
    [InlineData("42")]
    [InlineData("42002002000000")]
    [InlineData("420020080000000401020304")] // no padding
    [InlineData("4200200800000009010203040506070800")]
    [InlineData("42002008FFFFFFFF0102030405060708")]
    [InlineData("420020087FFFFFFF0102030405060708")]
    [InlineData("42002008800000000102030405060708")]
    [InlineData("42002008FFFFFFF80102030405060708")]
    public void Reader_WhenAnItemReachesBeyondItsBytes_Refuses(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        Assert.Throws<TtlvException>(() => new TtlvReader(bytes).Next());
    }

    [Fact]
    public void Item_WhenItIsOfAnotherType_Refuses()
    {
        byte[] number = Convert.FromHexString("42002002000000040000000800000000");
        byte[] wide = Convert.FromHexString("42002002000000080000000000000008");
        byte[] text = Convert.FromHexString("4200200700000002C328000000000000");
        Assert.Throws<TtlvException>(() => new TtlvReader(number).Next().Text(8));
        Assert.Throws<TtlvException>(() => new TtlvReader(number).Next().Bytes.Length);
        Assert.Throws<TtlvException>(() => new TtlvReader(number).Next().Structure.IsAtEnd);
        Assert.Throws<TtlvException>(() => new TtlvReader(wide).Next().Integer);
        Assert.Throws<TtlvException>(() => new TtlvReader(text).Next().Text(8)); // no UTF-8
        Assert.Throws<TtlvException>(() => new TtlvReader(text).Next().Text(1));
    }

    [Fact]
    public void Response_WhenItAnswersEachOperation_IsReadByTheirIds()
    {
        byte[] response = Response(2, static message =>
        {
            Item(message, Operation.Encrypt, 1, static payload => payload.Bytes(Tag.Data, [9]));
            Item(message, Operation.Locate, 0, static payload => payload.Text(Tag.UniqueIdentifier, "7"));
        });
        var results = KmipMessage.ReadResponse(response, s_calls);
        Assert.Equal("7", results[0].Payload.Find(Tag.UniqueIdentifier).Text(8));
        Assert.Equal([9], results[1].Payload.Find(Tag.Data).Bytes.ToArray());
    }

    [Fact]
    public void Response_WhenItNamesNoOperation_FailsThemAll()
    {
        byte[] response = Response(1, static message => message.Structure(Tag.BatchItem, static item =>
        {
            item.Enumeration(Tag.ResultStatus, 1);
            item.Enumeration(Tag.ResultReason, ResultReason.AuthenticationNotSuccessful);
        }));
        Assert.All(KmipMessage.ReadResponse(response, s_calls), static result => Assert.Equal(ResultReason.AuthenticationNotSuccessful, result.Failure));
    }

    public static TheoryData<string> Misfits() => ["none", "too many", "doubled", "another operation", "unknown id", "one missing", "bytes behind"];

    [Theory]
    [MemberData(nameof(Misfits))]
    public void Response_WhenItIsNoneToTheRequest_IsRefused(string what)
    {
        byte[] response = what switch
        {
            "none" => Response(0, static _ => { }),
            "too many" => Response(int.MaxValue, static _ => { }),
            "doubled" => Response(2, static message => { Item(message, Operation.Locate, 0, static _ => { }); Item(message, Operation.Locate, 0, static _ => { }); }),
            "another operation" => Response(2, static message => { Item(message, Operation.Locate, 0, static _ => { }); Item(message, Operation.Decrypt, 1, static _ => { }); }),
            "unknown id" => Response(2, static message => { Item(message, Operation.Locate, 0, static _ => { }); Item(message, Operation.Encrypt, 2, static _ => { }); }),
            "one missing" => Response(1, static message => Item(message, Operation.Locate, 0, static _ => { })),
            _ => [.. Response(2, static message => { Item(message, Operation.Locate, 0, static _ => { }); Item(message, Operation.Encrypt, 1, static _ => { }); }), 0],
        };
        Assert.Throws<TtlvException>(() => KmipMessage.ReadResponse(response, s_calls));
    }

    [Fact]
    public void Response_WhenAnyByteIsChanged_IsReadOrRefusedAndNothingElse()
    {
        byte[] response = Response(2, static message =>
        {
            Item(message, Operation.Locate, 0, static payload => payload.Text(Tag.UniqueIdentifier, "7"));
            Item(message, Operation.Encrypt, 1, static payload => payload.Bytes(Tag.Data, [9]));
        });
        int refused = 0;
        for (int at = 0; at < response.Length; at++)
        {
            foreach (byte change in new byte[] { 0x01, 0x07, 0x80, 0xFF })
            {
                byte[] changed = [.. response];
                changed[at] ^= change;
                refused += IsRefused(changed) ? 1 : 0;
            }

            Assert.True(IsRefused(response[..at]));
        }

        Assert.InRange(refused, response.Length, response.Length * 4);
    }

    private static bool IsRefused(byte[] response)
    {
        try
        {
            foreach (var result in KmipMessage.ReadResponse(response, s_calls))
            {
                result.Dispose();
            }

            return false;
        }
        catch (TtlvException)
        {
            return true;
        }
    }

    private static byte[] Response(int count, Action<TtlvWriter> items)
    {
        using var writer = new TtlvWriter();
        writer.Structure(Tag.ResponseMessage, message =>
        {
            message.Structure(Tag.ResponseHeader, header => header.Integer(Tag.BatchCount, count));
            items(message);
        });
        return writer.Written.ToArray();
    }

    private static void Item(TtlvWriter message, Operation operation, byte id, Action<TtlvWriter> payload) => message.Structure(Tag.BatchItem, item =>
    {
        item.Enumeration(Tag.Operation, operation);
        item.Bytes(Tag.UniqueBatchItemId, [id]);
        item.Enumeration(Tag.ResultStatus, 0);
        item.Structure(Tag.ResponsePayload, payload);
    });
}
