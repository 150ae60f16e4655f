using Assay.Scanning.Policy;

namespace Assay.Scanning.Configuration;

/// <summary>Reads waivers of configurations and of policies: both have a rule, a scope, an owner, a reason and an end.</summary>
internal static class WaiverReader
{
    private const string Subject = "waiver";

    private static readonly string[] Keys = ["rule", "path", "sha256", "owner", "reason", "expires"];
    private static readonly string[] PolicyKeys = ["rule", "repository", "path", "sha256", "owner", "reason", "expires"];

    /// <summary>Reads a waiver of a configuration, which is about a path or a content.</summary>
    public static Waiver Read(StrictYamlReader yaml)
    {
        var waiver = Read(yaml, Keys, null, static (_, path, sha256) => (path is null) == (sha256 is null) ? "A waiver names either a path or a sha256, so that it is clear what it is for." : null);
        return new Waiver(waiver.Rule, waiver.Path, waiver.Sha256, waiver.Owner, waiver.Reason, waiver.Expires);
    }

    /// <summary>Reads a waiver of a policy, which is about repositories or a content.</summary>
    /// <param name="yaml">Where it begins.</param>
    /// <param name="tryRepository">Tells what names repositories.</param>
    public static PolicyWaiver Read(StrictYamlReader yaml, WordParser<string> tryRepository) =>
        Read(yaml, PolicyKeys, tryRepository, static (repository, _, sha256) => repository is null && sha256 is null ? "This waiver has no scope: name a repository (and a path in it), or the sha256 of the content." : null);

    private static PolicyWaiver Read(StrictYamlReader yaml, string[] keys, WordParser<string>? tryRepository, Func<string?, string?, string?, string?> scopeProblem)
    {
        var start = yaml.Peek();
        string? rule = null, repository = null, path = null, sha256 = null, owner = null, reason = null;
        DateOnly? expires = null;
        yaml.ReadMapping("a waiver", keys, key =>
        {
            switch (key)
            {
                case "rule":
                    rule = yaml.ReadRule(key, Subject);
                    break;
                case "repository":
                    repository = yaml.ReadWord(key, tryRepository!, "owner/name or a pattern such as acme/*");
                    break;
                case "path":
                    path = yaml.ReadFilled(key, Subject);
                    break;
                case "sha256":
                    sha256 = yaml.ReadSha256(key, Subject);
                    break;
                case "owner":
                    owner = yaml.ReadFilled(key, Subject);
                    break;
                case "reason":
                    reason = yaml.ReadFilled(key, Subject);
                    break;
                default:
                    expires = yaml.ReadDay(key, Subject);
                    break;
            }
        });
        if (rule is null)
            throw yaml.Problem(start, "This waiver names no rule.");
        if (scopeProblem(repository, path, sha256) is { } problem)
            throw yaml.Problem(start, problem);
        if (owner is null || reason is null)
            throw yaml.Problem(start, $"This waiver has no {(owner is null ? "owner: say who answers for it." : "reason: say why it is acceptable.")}");
        if (expires is not { } end)
            throw yaml.Problem(start, "This waiver has no expires: say until which day it counts (like 2027-03-31).");
        return new PolicyWaiver(rule, repository, path, sha256, owner, reason, end);
    }
}
