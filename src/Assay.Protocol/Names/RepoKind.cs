namespace Assay.Protocol;

/// <summary>What a repository holds.</summary>
public enum RepoKind
{
    /// <summary>A model.</summary>
    Model,

    /// <summary>A dataset.</summary>
    Dataset,

    /// <summary>An application.</summary>
    Space,
}

/// <summary>The words of the protocol for the kinds of repositories.</summary>
public static class RepoKinds
{
    /// <summary>All kinds.</summary>
    public static IReadOnlyList<RepoKind> All { get; } = [RepoKind.Model, RepoKind.Dataset, RepoKind.Space];

    /// <summary>The word in JSON bodies: <c>model</c>.</summary>
    public static string Singular(this RepoKind kind) => kind switch
    {
        RepoKind.Dataset => "dataset",
        RepoKind.Space => "space",
        _ => "model",
    };

    /// <summary>The word in API paths: <c>models</c>.</summary>
    public static string Plural(this RepoKind kind) => kind switch
    {
        RepoKind.Dataset => "datasets",
        RepoKind.Space => "spaces",
        _ => "models",
    };

    /// <summary>What stands before the id in web paths: nothing for models, else <c>datasets/</c>.</summary>
    public static string WebPrefix(this RepoKind kind) => kind == RepoKind.Model ? "" : kind.Plural() + "/";

    /// <summary>The kind that a word names, singular or plural; null when it names none.</summary>
    public static RepoKind? Parse(string? word) => word switch
    {
        "model" or "models" => RepoKind.Model,
        "dataset" or "datasets" => RepoKind.Dataset,
        "space" or "spaces" => RepoKind.Space,
        _ => null,
    };
}
