using System.Text.Json;

namespace Assay.Hub.Publishers;

/// <summary>What a verified identity token says of the pipeline that it was given to.</summary>
/// <param name="OwnerId">The owner's number at the code host.</param>
/// <param name="RepositoryId">The repository's number.</param>
/// <param name="Repository">The repository's name.</param>
/// <param name="Workflow">Path of the pipeline's file in it.</param>
/// <param name="Ref">The ref it runs on.</param>
/// <param name="Environment">The environment it runs in; null for none.</param>
/// <param name="Number">Number of the run.</param>
/// <param name="Url">Address of the run.</param>
/// <param name="Commit">The commit it runs on.</param>
/// <param name="Actor">Who started it.</param>
public sealed record PipelineIdentity(
    string OwnerId, string RepositoryId, string Repository, string Workflow, string Ref, string? Environment, string Number, string Url, string Commit, string Actor)
{
    private const int MaxClaim = 300;

    /// <summary>Reads the claims of a token whose signature was verified.</summary>
    /// <param name="issuer">Who issued it.</param>
    /// <param name="claims">The payload.</param>
    /// <returns>The identity; null, with a sentence, where the token does not say what is needed, or was given to a run that strangers can start.</returns>
    public static (PipelineIdentity? Identity, string? Problem) Read(OidcIssuer issuer, JsonElement claims) => issuer.Profile == OidcProfile.GitHub ? GitHub(issuer, claims) : GitLab(issuer, claims);

    /// <summary>What of it is not as a trust says; null when all is.</summary>
    public string? Mismatch(TrustedPublisher trust)
    {
        if (RepositoryId != trust.SourceRepositoryId || OwnerId != trust.SourceOwnerId)
            return "it is of another repository";
        if (!Repository.Equals(trust.SourceRepository, StringComparison.OrdinalIgnoreCase))
            return $"the repository is named {Repository} now: set the trust up again";
        if (!string.Equals(Workflow, trust.Workflow, StringComparison.Ordinal))
            return $"the workflow is {Workflow}";
        if (trust.SourceRef is { } wanted && !string.Equals(Ref, wanted, StringComparison.Ordinal))
            return $"the ref is {Ref}";
        return trust.Environment is { } environment && !string.Equals(Environment, environment, StringComparison.OrdinalIgnoreCase) ? $"the environment is {Environment ?? "none"}" : null;
    }

    // Claims: docs.github.com, "OpenID Connect reference".
    private static (PipelineIdentity?, string?) GitHub(OidcIssuer issuer, JsonElement claims)
    {
        if (Text(claims, "event_name") is "pull_request" or "pull_request_target")
            return (null, "Runs for pull requests may not publish: others can start them.");
        if (Digits(claims, "repository_owner_id") is not { } owner || Digits(claims, "repository_id") is not { } id || Text(claims, "repository") is not { } repository || Text(claims, "workflow_ref") is not { } workflow
            || Text(claims, "ref") is not { } reference || Digits(claims, "run_id") is not { } run)
            return (null, "The token does not say which repository, workflow and run it was given to.");
        var file = FileOf(workflow, repository + "/");
        return file is null
            ? (null, "The workflow is not one of the repository's own.")
            : (new PipelineIdentity(owner, id, repository, file, reference, Text(claims, "environment"), run, $"{issuer.Site}/{repository}/actions/runs/{run}", Text(claims, "sha") ?? "", Text(claims, "actor") ?? ""), null);
    }

    // Claims: docs.gitlab.com, "ID token authentication".
    private static (PipelineIdentity?, string?) GitLab(OidcIssuer issuer, JsonElement claims)
    {
        if (Text(claims, "pipeline_source") is "merge_request_event" or "external_pull_request_event")
            return (null, "Pipelines for merge requests may not publish: others can start them.");
        if (Digits(claims, "namespace_id") is not { } owner || Digits(claims, "project_id") is not { } id || Text(claims, "project_path") is not { } repository || Text(claims, "ci_config_ref_uri") is not { } config
            || Text(claims, "ref") is not { } reference || Text(claims, "ref_type") is not { } type || type is not ("branch" or "tag") || Digits(claims, "pipeline_id") is not { } run)
            return (null, "The token does not say which project, pipeline file and run it was given to.");
        var file = FileOf(config, new Uri(issuer.Site).Authority + "/" + repository + "//");
        return file is null
            ? (null, "The pipeline file is not one of the project's own.")
            : (new PipelineIdentity(owner, id, repository, file, (type == "tag" ? "refs/tags/" : "refs/heads/") + reference, Text(claims, "environment"), run, $"{issuer.Site}/{repository}/-/pipelines/{run}", Text(claims, "sha") ?? "", Text(claims, "user_login") ?? ""), null);
    }

    private static string? FileOf(string reference, string prefix)
    {
        var at = reference.LastIndexOf('@');
        return at > prefix.Length && reference.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? reference[prefix.Length..at] : null;
    }

    private static string? Text(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= MaxClaim } text && !text.AsSpan().ContainsAnyInRange('\0', '\u001f') ? text : null;

    // Issuers write numbers as texts, some as numbers.
    private static string? Digits(JsonElement claims, string name)
    {
        if (!claims.TryGetProperty(name, out var value))
            return null;
        var text = value.ValueKind switch { JsonValueKind.String => value.GetString()!, JsonValueKind.Number => value.GetRawText(), _ => "" };
        return text.Length is > 0 and <= 20 && !text.AsSpan().ContainsAnyExceptInRange('0', '9') ? text : null;
    }
}
