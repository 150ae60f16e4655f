using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Hub.Blobs;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Assay.Protocol.Xet;
using Assay.Server.Web;

namespace Assay.Server.Protocol;

/// <summary>
/// Uploads by the Xet protocol, without which current Python clients upload no large file (<c>hub-protocol</c> sections 10.1 to 10.4). Nothing
/// leaves the hub this way: downloads are plain HTTP.
/// </summary>
internal static class XetSlices
{
    private const string TokenPrefix = "xet_";
    private const string Purpose = "xet";
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <summary><c>GET /api/{T}/{id}/xet-write-token/{rev}</c>.</summary>
    public static async Task<Answer> WriteTokenAsync(HubCall call)
    {
        var (repository, problem) = await call.RepositoryAsync(HubAction.Write).ConfigureAwait(false);
        if (repository is null)
            return problem!;
        var name = call.Rest.Count == 0 ? RefName.Main : string.Join('/', call.Rest);
        // Clients that open a pull request may have no revision yet, and write "None".
        if (!call.Flag("create_pr") && await RevisionGate.FindRefAsync(call.Db, repository.Id, name, call.Cancellation).ConfigureAwait(false) is null)
            return HubCall.NoRevision(name);
        var expires = call.Get<TimeProvider>().GetUtcNow() + Lifetime;
        var token = TokenPrefix + call.Get<UrlSigner>().Sign(new Grant(Purpose, repository.Id, call.Who.UserId!, "", 0, expires));
        var address = call.BaseUrl + "/xet";
        var seconds = expires.ToUnixTimeSeconds();
        var headers = call.Http.Response.Headers;
        headers["X-Xet-Cas-Url"] = address;
        headers["X-Xet-Access-Token"] = token;
        headers["X-Xet-Token-Expiration"] = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        headers.CacheControl = "no-store";
        return Answer.Of(new JsonObject { ["casUrl"] = address, ["accessToken"] = token, ["exp"] = seconds });
    }

    /// <summary><c>POST /xet/v1/xorbs/default/{hash}</c>; <c>HEAD</c> asks whether it is there.</summary>
    public static async Task<Answer> XorbAsync(HubCall call)
    {
        var (grant, problem) = Authorize(call);
        if (grant is null)
            return problem!;
        if (call.Rest.Count != 2 || call.Rest[0] != "default" || !XetHash.TryParse(call.Rest[1], out var hash))
            return Answer.Bad("The address of a xorb ends in default/ and its hash, 64 lower-case hexadecimal digits.");
        var intake = call.Get<XetIntake>();
        if (!HttpMethods.IsPost(call.Http.Request.Method))
        {
            // Bytes are never given out here.
            var isThere = HttpMethods.IsHead(call.Http.Request.Method) && await intake.HasXorbAsync(call.Db, grant.UserId, hash, call.Cancellation).ConfigureAwait(false);
            return isThere ? Answer.Status(200) : Answer.Fail(404, null, "There is no such xorb.");
        }

        if (call.Http.Request.ContentLength > XorbReader.MaxUploadLength)
            return Answer.Fail(413, null, $"A xorb may have up to {XorbReader.MaxUploadLength} bytes.");
        var (isNew, refused) = await intake.TakeXorbAsync(call.Http.Request.Body, grant.UserId, hash, call.Cancellation).ConfigureAwait(false);
        return refused is null ? Answer.Of(new JsonObject { ["was_inserted"] = isNew }) : Refuse(refused);
    }

    /// <summary><c>POST /xet/v1/shards</c>.</summary>
    public static async Task<Answer> ShardAsync(HubCall call)
    {
        var (grant, problem) = Authorize(call);
        if (grant is null)
            return problem!;
        if (call.Http.Request.ContentLength > ShardReader.MaxLength)
            return Answer.Fail(413, null, $"A shard may have up to {ShardReader.MaxLength} bytes.");
        var (isNew, refused) = await call.Get<XetIntake>().TakeShardAsync(call.Http.Request.Body, grant.UserId, grant.RepositoryId, call.Cancellation).ConfigureAwait(false);
        return refused is null ? Answer.Of(new JsonObject { ["result"] = isNew ? 1 : 0 }) : Refuse(refused);
    }

    /// <summary>
    /// What this hub has not: downloads by Xet, shards of version 2, files by their Xet hash, and chunks of others, of which nobody shall learn
    /// that they are here. Clients then do without.
    /// </summary>
    public static Task<Answer> AbsentAsync(HubCall call) => Task.FromResult(Answer.Fail(404, null, "This hub does not have this part of the Xet protocol."));

    /// <summary>Figures that clients send about themselves: taken, and not read.</summary>
    public static Task<Answer> TelemetryAsync(HubCall call) => Task.FromResult(Answer.Status(204));

    private static (Grant? Grant, Answer? Problem) Authorize(HubCall call)
    {
        var token = RequestPrincipal.TokenOf(call.Http.Request.Headers.Authorization.ToString());
        var grant = token?.StartsWith(TokenPrefix, StringComparison.Ordinal) == true ? call.Get<UrlSigner>().Check(token[TokenPrefix.Length..], Purpose) : null;
        return grant is null ? (null, Answer.Fail(401, null, "The token of this upload has expired or is not valid. Ask for a new one.")) : (grant, null);
    }

    private static Answer Refuse(BlobPut.Refused refused) =>
        Answer.Fail(refused.Problem switch { BlobProblem.NoSpace => 507, BlobProblem.TooLarge => 413, _ => 400 }, null, refused.Message);
}
