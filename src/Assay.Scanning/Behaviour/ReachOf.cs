namespace Assay.Scanning;

/// <summary>When a file runs, told by the name that makes tools run it without asking.</summary>
internal static class ReachOf
{
    private static readonly HashSet<string> AutoLoaded = new(StringComparer.OrdinalIgnoreCase)
    {
        "setup.py", "conftest.py", "sitecustomize.py", "usercustomize.py", "__init__.py", "handler.py", "pipeline.py", "noxfile.py", "hubconf.py",
        "jupyter_notebook_config.py", "jupyter_server_config.py", "ipython_config.py",
    };

    private static readonly string[] Prefixes = ["modeling_", "configuration_", "tokenization_", "processing_", "image_processing_", "feature_extraction_"];

    /// <summary>The reach of the top level of a file.</summary>
    /// <param name="path">Path of the artifact.</param>
    /// <param name="artifact">The node.</param>
    public static Reach File(string path, Artifact artifact)
    {
        var name = artifact.Name;
        if (AutoLoaded.Contains(name) || name.EndsWith(".pth", StringComparison.OrdinalIgnoreCase) || Array.Exists(Prefixes, p => name.StartsWith(p, StringComparison.Ordinal)))
            return Reach.Import;
        return path.Contains("/custom_generate/", StringComparison.Ordinal) || path.StartsWith("custom_generate/", StringComparison.Ordinal) ? Reach.Import : Reach.Main;
    }
}
