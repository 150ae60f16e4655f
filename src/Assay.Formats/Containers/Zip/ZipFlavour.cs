namespace Assay.Formats;

/// <summary>Tells which model format an archive is, from its members alone.</summary>
public static class ZipFlavour
{
    /// <summary>
    /// The format of an archive. A checkpoint has <c>PREFIX/data.pkl</c>, where PyTorch takes the prefix from the first record and
    /// compares without regard to case; any prefix counts here, since another loader may take another. <c>constants.pkl</c> beside it
    /// makes it TorchScript (<c>torch/serialization.py</c>, <c>_is_torchscript_zip</c>).
    /// </summary>
    public static FormatId Of(ZipFacts facts)
    {
        var pickle = false;
        var constants = false;
        var arrays = 0;
        var others = 0;
        foreach (var entry in facts.Entries)
        {
            foreach (var name in entry.Names)
            {
                pickle |= IsRecord(name, "data.pkl");
                constants |= IsRecord(name, "constants.pkl");
            }

            if (entry.IsDirectory)
                continue;
            if (entry.Name.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
                arrays++;
            else
                others++;
        }

        if (pickle || constants)
            return constants ? FormatId.TorchScript : FormatId.PyTorchZip;
        return arrays > 0 && others == 0 ? FormatId.Npz : FormatId.Zip;
    }

    /// <summary>Whether a name is that record of a PyTorch archive: directly below the folder of the archive.</summary>
    private static bool IsRecord(string name, string record)
    {
        if (!name.EndsWith(record, StringComparison.OrdinalIgnoreCase))
            return false;
        var folder = name.AsSpan(0, name.Length - record.Length);
        return folder.Length > 1 && folder[^1] is '/' or '\\' && folder[..^1].IndexOfAny('/', '\\') < 0;
    }
}
