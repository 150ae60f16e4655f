namespace Assay.Formats;

/// <summary>An element type of ggml (<c>ggml.h</c>, <c>ggml_type</c>; block sizes of <c>ggml-common.h</c>).</summary>
/// <param name="Name">Name as ggml prints it, in capitals.</param>
/// <param name="BlockElements">Elements that are stored together.</param>
/// <param name="BlockBytes">Bytes that they take.</param>
public sealed record GgufType(string Name, int BlockElements, int BlockBytes)
{
    private static readonly GgufType?[] ById =
    [
        new("F32", 1, 4), new("F16", 1, 2), new("Q4_0", 32, 18), new("Q4_1", 32, 20),
        null, null, // Q4_2 and Q4_3 were withdrawn
        new("Q5_0", 32, 22), new("Q5_1", 32, 24), new("Q8_0", 32, 34), new("Q8_1", 32, 36),
        new("Q2_K", 256, 84), new("Q3_K", 256, 110), new("Q4_K", 256, 144), new("Q5_K", 256, 176), new("Q6_K", 256, 210), new("Q8_K", 256, 292),
        new("IQ2_XXS", 256, 66), new("IQ2_XS", 256, 74), new("IQ3_XXS", 256, 98), new("IQ1_S", 256, 50), new("IQ4_NL", 32, 18),
        new("IQ3_S", 256, 110), new("IQ2_S", 256, 82), new("IQ4_XS", 256, 136),
        new("I8", 1, 1), new("I16", 1, 2), new("I32", 1, 4), new("I64", 1, 8), new("F64", 1, 8),
        new("IQ1_M", 256, 56), new("BF16", 1, 2),
        new("Q4_0_4_4", 32, 18), new("Q4_0_4_8", 32, 18), new("Q4_0_8_8", 32, 18),
        new("TQ1_0", 256, 54), new("TQ2_0", 256, 66),
        new("IQ4_NL_4_4", 32, 18), new("IQ4_NL_4_8", 32, 18), new("IQ4_NL_8_8", 32, 18),
        new("MXFP4", 32, 17), new("NVFP4", 64, 36), new("Q1_0", 128, 18),
    ];

    /// <summary>The type of a number; null when it is not known.</summary>
    public static GgufType? Of(uint id) => id < (uint)ById.Length ? ById[id] : null;
}
