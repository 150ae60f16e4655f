namespace Assay.Testing;

/// <summary>Where the sources are.</summary>
public static class Checkout
{
    public static string Root { get; } = Find();

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Assay.slnx")))
                return folder.FullName;
        }

        throw new InvalidOperationException("The tests do not run from inside the checkout.");
    }
}
