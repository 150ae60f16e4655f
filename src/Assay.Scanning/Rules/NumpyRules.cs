namespace Assay.Scanning;

/// <summary>Rules about NumPy's own files.</summary>
public static class NumpyRules
{
    /// <summary>Objects instead of numbers.</summary>
    public static Rule ObjectArray { get; } = new("NPY-001", Severity.Medium, "NumPy object array")
    {
        Meaning = "This array stores Python objects, not numbers. It can be opened only in the mode that may run code.",
        HowItWorks = "For numbers a `.npy` file is a short header and raw values. For the element type `object` it holds a pickle, and NumPy opens that only with `allow_pickle=True`. "
            + "Whoever follows the error message and adds the switch gives the file the power of any pickle. The pickle inside was examined; what it does is reported on its own.",
        Advice = "Ask for an array of numbers or fixed-length text. Do not add `allow_pickle=True` only to make an error go away.",
        References = ["CWE-502", "AML.T0011.000"],
    };

    /// <summary>A header that is more than a description.</summary>
    public static Rule AbnormalHeader { get; } = new("NPY-002", Severity.Medium, "NumPy header abnormal")
    {
        Meaning = "The header of this array is not the short description that NumPy writes.",
        HowItWorks = "The header is a small Python dictionary with three entries: element type, order and shape. NumPy reads it as a literal, but several other readers evaluate it like a program, and for them it can be one. "
            + "A shape that does not fit the amount of data, further keys, calls or an enormous length are signs of an attempt on one of those readers.",
        Advice = "Do not load it. Ask the publisher to write the array again with `numpy.save`.",
        References = ["CWE-20", "AML.T0107"],
    };
}
