using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Assay.Protocol.Xet;

namespace Assay.Protocol.Tests.Xet;

/// <summary>
/// What <c>@huggingface/hub</c> 2.17.5 uploaded when it was asked to commit the four files below: one xorb of six chunks, in all three schemes,
/// and one shard with a footer.
/// </summary>
public sealed class JavaScriptClientTests
{
    private const string XorbHash = "e625b987abf3834f3ba6c4a286447e3861051f9e52a9ebed361a75866aa65072";

    private const string Xorb = """
        AAsDAAEAAAIEIk0YQHDf/AIAAPIAbGF5ZXIgMCB3ZWlnaHQKDwAaMQ8AGjIPABozDwAaNA8AGjUPABo2DwAaNw8AGjgPABo5DwAcMZcAC5gAGzGZABsxmgAbMZsAGzGcABsxnQAbMZ4AGzGfABsxoA
        AbMqAAGzKgABsyoAAbMqAAGzKgABsyoAAbMqAAGzKgABsyoAAbMqAAGzOgABszoAAbM6AAGzOgABszoAAbM6AAGzOgABszoAAbM6AAGzOgABs0oAAbNKAAGzSgABs0oAAbNKAAGzSgABs0oAAbNKAA
        GzSgABs0oAALnwALngALnQAMnAAKywILmgALmQALmAALlwALlgAPFgP///////////////////////////////////////////////////////////////////////////////////////////////
        //////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////
        //////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////
        //////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////
        //////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////80UDUgd2VpAAAAAA
        DqAgABAAACBCJNGEBw39sCAAD3AWdodApsYXllciA0NiB3ZWkQABs3EAAbOBAAGjkQABowDwAaMQ8AGjIPABozDwAaNA8AGjUPAAuZAAuYAAuXAAuWABwxlwALmAAbMZkAGzGaABsxmwAbMZwAGzGd
        ABsxngAbMZ8AGzGgABsyoAAbMqAAGzKgABsyoAAbMqAAGzKgABsyoAAbMqAAGzKgABsyoAAbM6AAGzOgABszoAAbM6AAGzOgABszoAAbM6AAGzOgABszoAAbM6AAGzSgABs0oAAbNKAAGzSgABs0oA
        AbNKAADxYD////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////
        //////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////
        //////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////
        //////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////
        //////////////////////////////////////////////////////////////////////////////////////////xlBlciA0MQAAAAAAtwEAAWDSAAQiTRhAcN+oAQAA+wEgd2VpZ2h0CmxheWVy
        IDQyEAAbMxAAGzQQABs1EAAbNhAAGzcQABs4EAAaORAAGjAPABoxDwALnQAMnAAKLQALmgALmQALmAALlwALlgAcMZcAC5gAGzGZABsxmgAbMTYBGzGcABsxnQAbMZ4AGzGfABsxoAAbMqAAGzKgAB
        syoAAbMqAAGzKgABsyoAAbMqAAGzKgABsyoAAbMqAAGzOgABszoAAbM6AAGzOgABszoAAbM6AAGzOgABszoAAbM6AAGzOgABs0oAAbNKAADxYD////////////////////////////////////////
        //////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////
        //////////////////////////////////////////////////////////////////////////////////////81BpZ2h0CgAAAAAAmQAAAtMHAAQiTRhAcN+KAAAAHwABAP/j/xEIEBggKDA4QEhQ
        WGBocHiAiJCYoKiwuMDI0Njg6PD4ACAA/8EvAIABAAwfgQEADB+CAQAMH4MBAAwfhAEADB+FAQAMH4YBAAwfhwEADB+IAQAMH4kBAAwfigEADB+LAQAMH4wBAAwfjQEADB+OAQAMH48BAAAvAD8BAP
        /cUD8/Pz8/AAAAAABAAAAAQAAAY5U2/jBVuhx+al/FMhn2HMZWCyBF0276UtpehUdRiYBUWvL6LbeltcQi2ILQvY7/tbKIsdb+A4klPseGO84RPgC0AgACc9oABCJNGEBw36UCAABPIGdscgQADbB3
        aGEgZXR5MmkKZSsAAw8AGjYPAE8xZXR5BAAREDJKAA8EABBPM2V0eQQAEU80ZXR5BAARGjCvABo0DwATOA8AAOAADwQAiQN8AQ+LAf////////////////////////////////////////////////
        ///////////////////wIfAAEA/+LwAZVVahlW09pRWrcivbL+Ps7uNA8EAA0AdzYDvTUAKwBKZXR5NQ8AQDlpCmX9NUAxaQplODVAM2kKZf41ACcAAMQ2QDdpCmX/NQ8oAGkAczYDvgAAnwAHDwAA
        ngAEDwAAIgAPBACJD4sB////////////////////////////////////////////////////////////////////Cf8RAAgQGCAoMDhASFBYYGhweICIkJigqLC4wMjQ2ODo8PggAP/C/wIANrpf9g
        tuXonypdiOiAPHEXhsEAB3NgS9NQAvAAqZNgB1NgAeAA8EAI0AczYAsW0KvgAAOzcAugADHgAP+20RACQAD/9t////////////////////////////////////////////////////////////////
        ////gh+AAQAMH4EBAAwfggEADB+DAQAMH4QBAAwfhQEADB+GAQAMH4cBAAwfiAEADB+JAQAMH4oBAAwfiwEADB+MAQAMH40BAAwfjgEADB+PAQAA/wIA/hzFHCD6hYD6tYL/sYmGPuxsEAe9NQ90bP
        ///////////////////////////////////////////////////////////////////8QBg9cAxKAHuDMAw6AHDwAPwqBpAOtqAJ4AD2KhDB8/AQD/4fABYzB+MsZFUkdULcTQtdYlOwAAAAA=
        """;

    private const string Shard = """
        SEZSZXBvTWV0YURhdGEAVWlnRWp7gVeDpb3ZXM3RSqkCAAAAAAAAAMgAAAAAAAAAhPer2z2vnEv1P0OHBaBB+llxTZnFcoMOLw4zjbyPZn8AAADAAQAAAAAAAAAAAAAAT4Pzq4e5JeY4fkSGosSmO+
        3rqVKeHwVhclCmaoZ1GjYAAAAAYNIEAAAAAAADAAAAu/SqBPu5/VbKGB8RaisubUafIk6fJapFB6/4m38zloYAAAAAAAAAAAAAAAAAAAAA8ou6dVi9srpj6hjqWbR0RrvJmkIGFCCXYUH9zTqR7/YA
        AAAAAAAAAAAAAAAAAAAAN5dtejCukkkumiW9BgFHO1s1IrZgrO+m86CTTPwRFLEAAADAAQAAAAAAAAAAAAAAT4Pzq4e5JeY4fkSGosSmO+3rqVKeHwVhclCmaoZ1GjYAAAAA0wcAAAMAAAAEAAAAqV
        4EXegve9ydbDPXVIlFQJN1qY0HRO9qkNFwp1n7IzgAAAAAAAAAAAAAAAAAAAAAXb7FkpwDxsPsdqJBxETMqm94nhscViVFQyQspgdytaAAAAAAAAAAAAAAAAAAAAAAABU15v9rY8dimEuG4FyzPxMZ
        /vtlXplTR4dnXAq0rqkAAADAAQAAAAAAAAAAAAAAT4Pzq4e5JeY4fkSGosSmO+3rqVKeHwVhclCmaoZ1GjYAAAAAQAAAAAQAAAAFAAAAaYJW+ZLaj/Hci+Z3UMFFQg585m40W6LOltNczj3iLtkAAA
        AAAAAAAAAAAAAAAAAApuBz4xKz4b19kSUQ/Wv8gsk0Oi57hRkTAdZN1jG+n/UAAAAAAAAAAAAAAAAAAAAA8uX/xohpKeg8GBRIiR0rkJYTX8MQlNE4UTA3FCP0IVIAAADAAgAAAAAAAAAAAAAAT4Pz
        q4e5JeY4fkSGosSmO+3rqVKeHwVhclCmaoZ1GjYAAAAAAAAEAAAAAAACAAAAT4Pzq4e5JeY4fkSGosSmO+3rqVKeHwVhclCmaoZ1GjYAAAAAc9oAAAUAAAAGAAAAXf0O1u9TOM7mcmLyU2sPh2B0yn
        l6xlYs3jHgAbyHBVcAAAAAAAAAAAAAAAAAAAAAkAGfXADgSOJvQu6mZrhUnc37kZwcgxb6TzrLJQuwo64AAAAAAAAAAAAAAAAAAAAAc5jyMu3BgOfXmhFJGQDGUoLjye7mT1ruds/PD4r5Qv4AAAAA
        AAAAAAAAAAAAAAAA//////////////////////////////////////////8AAAAAAAAAAAAAAAAAAAAAT4Pzq4e5JeY4fkSGosSmO+3rqVKeHwVhclCmaoZ1GjYAAAAABgAAAOa0BQBpCwAAc9oyvp
        BEYcWu6cuUbfUX6rnBIrmMWTQHSVcazKhSo+EAAAAAAAACAAAAAAAAAAAA8x/pnocrAcnHkzHV9IAsa8M7+c/fVdASGK8YDBiq85YAAAIAAAACAAAAAAAAAAAASY+UnYURx0Cq1nC8+XjJTmIx6egH
        OThg1TT7z/nSbGMAAAQAYNIAAAAAAAAAAAAAzwrqSlcL6kkQOwtuWlWpzrCBDrv+0TkCM0zdJZFXAEhg0gQA0wcAAAAAAAAAAAAAbdsrp+zyc0+WUvXEra+8XXKxnRgYhGF1K4eFVRpLshcz2gQAQA
        AAAAAAAAAAAAAANZTTCfOhRcS9nAB10+AH2sRCR8kyA01nOwXd+nIzLdZz2gQAc9oAAAAAAAAAAAAA//////////////////////////////////////////8AAAAAAAAAAAAAAAAAAAAAAQAAAAAA
        AAAwAAAAAAAAAMADAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAC96gZrAAAAAAAAAAAAAA
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAaQsAAAAAAAAAAAAAAAAAAOa0BQAAAAAAQAUAAAAAAAA=
        """;

    [Fact]
    public async Task The_xorb_is_read_and_has_the_hash_that_the_client_gave_it()
    {
        var bytes = Convert.FromBase64String(Xorb);
        using var source = new MemoryStream(bytes);
        Assert.True(XetHash.TryParse(XorbHash, out var hash));
        var index = await XorbReader.ReadAsync(source, null, hash, TestContext.Current.CancellationToken);
        Assert.Equal(bytes.Length, index.StoredLength);
        Assert.Equal([131072, 131072, 53856, 2003, 64, 55923], index.Chunks.Select(c => c.Length));
        Assert.Equal(
            [XorbScheme.Lz4, XorbScheme.Lz4, XorbScheme.Lz4, XorbScheme.Grouped4Lz4, XorbScheme.None, XorbScheme.Grouped4Lz4], index.Chunks.Select(c => c.Scheme));
    }

    [Fact]
    public async Task The_files_of_the_shard_come_out_as_they_went_in()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var bytes = new MemoryStream(Convert.FromBase64String(Shard));
        var shard = await ShardReader.ReadAsync(bytes, cancellation);
        var text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(i => $"layer {i % 50} weight\n")));
        var floats = new byte[2003];
        for (var i = 0; i < 500; i++)
            BinaryPrimitives.WriteSingleLittleEndian(floats.AsSpan(i * 4), 1 + (i / 4096f));
        var noise = SHA512.HashData("noise"u8);
        byte[][] files = [text, floats, noise, [.. text, .. floats, .. noise]];

        var described = Assert.Single(shard.Xorbs);
        Assert.Equal(XorbHash, described.Hash.ToString());
        Assert.Equal([131072U, 131072U, 53856U, 2003U, 64U, 55923U], described.Chunks.Select(c => c.Length));
        Assert.Equal(files.Length, shard.Files.Count);
        var store = new XorbStore();
        await store.AddAsync(Convert.FromBase64String(Xorb), described.Hash);
        for (var i = 0; i < files.Length; i++)
        {
            using var content = new MemoryStream();
            var result = await XetFileAssembler.WriteAsync(shard.Files[i], store.OpenAsync, content, long.MaxValue, cancellation);
            Assert.Equal(new XetAssembly.Complete(files[i].Length, Convert.ToHexStringLower(SHA256.HashData(files[i]))), result);
            Assert.Equal(files[i], content.ToArray());
        }
    }
}
