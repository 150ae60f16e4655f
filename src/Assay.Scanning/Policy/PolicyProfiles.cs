namespace Assay.Scanning.Policy;

/// <summary>
/// The profiles that come with Assay. Each is a policy file of <c>docs/policies/</c>, read by the reader that reads everybody's, so that
/// what the documentation shows is what decides.
/// </summary>
public static class PolicyProfiles
{
    /// <summary>The name of the default profile.</summary>
    public const string Balanced = "balanced";

    /// <summary>What a policy that builds on no profile says instead of a name.</summary>
    public const string None = "none";

    private static readonly Lazy<AdmissionPolicy[]> All = new(static () => [Load("permissive"), Load(Balanced), Load("strict")]);

    /// <summary>Their names, the mildest first.</summary>
    public static IReadOnlyList<string> Names { get; } = ["permissive", Balanced, "strict"];

    /// <summary>The profile of this name; null when there is none.</summary>
    public static AdmissionPolicy? Find(string name) => Array.Find(All.Value, p => p.Name == name);

    /// <summary>The text of a profile, with its comments; null when there is none of this name.</summary>
    public static string? TextOf(string name)
    {
        using var stream = typeof(PolicyProfiles).Assembly.GetManifestResourceStream($"policies/{name}.yaml");
        if (stream is null)
            return null;
        using var text = new StreamReader(stream);
        return text.ReadToEnd();
    }

    private static AdmissionPolicy Load(string name) =>
        PolicyReader.Parse(name + ".yaml", TextOf(name) ?? throw new InvalidOperationException($"The profile {name} is missing from the assembly."));
}
