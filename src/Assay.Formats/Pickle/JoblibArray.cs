namespace Assay.Formats;

/// <summary>
/// A raw array that joblib reads from the stream after the BUILD of its wrapper (joblib <c>numpy_pickle.py</c>,
/// <c>NumpyArrayWrapper.read_array</c>): padding, then <c>prod(shape) * itemsize</c> bytes, or a pickle when the type holds objects.
/// </summary>
internal sealed record JoblibArray(long Bytes, bool IsObject, bool Aligned, string? Trouble)
{
    /// <summary>Recognises the wrapper; null when the built object is anything else.</summary>
    public static JoblibArray? Match(PickleFacts facts, PickleValue target, PickleValue state)
    {
        if (!facts.TryGetCall(target, out var call))
            return null;
        var type = facts.GlobalOf(call.Callee);
        if (type is null or { Name: "_reconstructor" or "__newobj__" or "__newobj_ex__" } && facts.ChildrenOf(call.Args) is [var first, ..])
            type = facts.GlobalOf(first);
        if (type is not { Name: "NumpyArrayWrapper" } || !type.Module.StartsWith("joblib", StringComparison.Ordinal) && !type.Module.StartsWith("sklearn.externals.joblib", StringComparison.Ordinal))
            return null;

        PickleValue? shape = null, dtype = null;
        var aligned = false;
        var items = facts.ChildrenOf(state);
        for (var i = 0; i + 1 < items.Length; i += 2)
        {
            switch (facts.TextOf(items[i], 64))
            {
                case "shape":
                    shape = items[i + 1];
                    break;
                case "dtype":
                    dtype = items[i + 1];
                    break;
                case "numpy_array_alignment_bytes":
                    aligned = facts.IntOf(items[i + 1]) is not null;
                    break;
            }
        }

        if (shape is null || dtype is null)
            return new JoblibArray(0, false, false, "an array wrapper lacks shape or type");
        if (!NumpyTypes.TryGetItemSize(facts, dtype.Value, out var size, out var isObject))
            return new JoblibArray(0, false, false, "the type of a raw array is not understood");
        if (isObject)
            return new JoblibArray(0, true, false, null);
        var bytes = (System.Numerics.BigInteger)size;
        foreach (var dimension in facts.ChildrenOf(shape.Value))
        {
            if (facts.IntOf(dimension) is not { } n || n < 0)
                return new JoblibArray(0, false, false, "the shape of a raw array is not made of numbers");
            bytes *= n;
        }

        return bytes > long.MaxValue
            ? new JoblibArray(0, false, false, "the shape of a raw array overflows")
            : new JoblibArray((long)bytes, false, aligned, null);
    }
}

/// <summary>NumPy types as pickles describe them.</summary>
internal static class NumpyTypes
{
    /// <summary>Item size of a pickled <c>numpy.dtype</c>, and whether it holds objects.</summary>
    public static bool TryGetItemSize(PickleFacts facts, PickleValue dtype, out long size, out bool isObject)
    {
        size = 0;
        isObject = false;
        if (!facts.TryGetCall(dtype, out var call) || facts.ChildrenOf(call.Args) is not [var first, ..])
            return false;
        var text = facts.TextOf(first, 64);
        if (text is null)
            return false;

        // numpy.dtype('V12', False, True) with BUILD (3, '|', subdtype, names, fields, itemsize, alignment, flags): bit 0 of flags tells objects.
        if (text.Contains('V', StringComparison.Ordinal))
        {
            foreach (var mutation in facts.Mutations)
            {
                if (mutation.Kind == PickleMutationKind.Build && mutation.Target == dtype && facts.ChildrenOf(mutation.Value) is { Length: >= 8 } state)
                    isObject |= facts.IntOf(state[7]) is { } flags && (flags & 1) != 0;
            }
        }

        return TryGetItemSize(text, out size, ref isObject);
    }

    /// <summary>Item size of a type string such as <c>&lt;f8</c>, <c>U5</c>, <c>|O</c>.</summary>
    public static bool TryGetItemSize(string text, out long size, ref bool isObject)
    {
        size = 0;
        text = text.TrimStart('<', '>', '|', '=');
        if (text.Length == 0)
            return false;
        if (text[0] == 'O')
        {
            isObject = true;
            size = 8;
            return true;
        }

        var digits = text.AsSpan(1);
        var bracket = digits.IndexOf('[');
        if (bracket >= 0)
            digits = digits[..bracket];
        long count = 0;
        if (digits.Length > 0 && !long.TryParse(digits, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out count))
            return false;
        if (count > 1L << 32)
            return false;
        switch (text[0])
        {
            case 'U':
                size = count * 4;
                return true;
            case 'M' or 'm':
                size = 8;
                return true;
            case 'f' or 'i' or 'u' or 'c' or 'b' or 'S' or 'a' or 'V':
                size = digits.Length == 0 ? 1 : count;
                return true;
            case '?' or 'B':
                size = 1;
                return true;
            case 'h' or 'H' or 'e':
                size = 2;
                return true;
            case 'd' or 'q' or 'Q' or 'l' or 'L':
                size = 8;
                return true;
            default:
                return false;
        }
    }
}
