using System.Text.Json.Nodes;
using Assay.Hub.Admission;
using Assay.Server.Web;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Assay.Server.Administration;

/// <summary>The policy that decides.</summary>
internal static class PolicyInForce
{
    /// <summary>A policy.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Profile">The profile that it builds on; null for none.</param>
    /// <param name="Digest">Its digest; each decision names the one it rests on.</param>
    /// <param name="Problem">What is wrong with the file as it is now, where the last good one is still in force.</param>
    /// <param name="Policy">All of it, in its canonical form.</param>
    internal sealed record PolicyView(string Name, string? Profile, string Digest, string? Problem, JsonNode? Policy);

    /// <summary>Adds the routes.</summary>
    public static void Map(RouteGroupBuilder api) => api
        .MapGet("/policy", Get)
        .For(ApiAccess.Reviewers, "GetPolicy", "The policy in force. Its waivers name repositories, so that it is not for everybody.")
        .WithTags("Policy");

    private static Ok<PolicyView> Get(PolicySource policies)
    {
        var policy = policies.Current;
        return TypedResults.Ok(new PolicyView(policy.Name, policy.Profile, policy.Digest, policies.Problem, JsonNode.Parse(policy.ToCanonicalJson())));
    }
}
