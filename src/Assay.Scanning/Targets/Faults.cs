namespace Assay.Scanning;

/// <summary>Says what an exception of the file system means for the person who asked, and what to do.</summary>
internal static class Faults
{
    /// <summary>A sentence or two; never the text of the exception, which may be trimmed to a resource key.</summary>
    public static string Describe(Exception fault) => fault switch
    {
        UnauthorizedAccessException => "reading is not permitted. Allow it, or run as a user who may read it.",
        FileNotFoundException or DirectoryNotFoundException =>
            "it is not there (any more), or its name is not valid UTF-8. Check the name and scan again.",
        PathTooLongException => "its path is too long. Move it to a shorter one.",
        _ => $"the system reported a fault (0x{fault.HResult:x8}). Check the disk and the file, and scan again.",
    };
}
