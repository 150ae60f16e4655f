using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Blobs;
using Assay.Hub.Repositories;
using Assay.Protocol.Git;
using Assay.Server.Web;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Protocol;

/// <summary>Large files (<c>hub-protocol</c> section 9.2; git-lfs, <c>docs/api/batch.md</c>).</summary>
internal static class LfsSlices
{
    private const string Type = "application/vnd.git-lfs+json";
    private const int MaxObjects = 1000;
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(6);

    /// <summary><c>POST /{R}.git/info/lfs/objects/batch</c>.</summary>
    public static async Task<Answer> BatchAsync(HubCall call)
    {
        if (await call.ReadJsonAsync().ConfigureAwait(false) is not { } body || body["objects"] is not JsonArray objects)
            return Message(422, "The list of objects is missing.");
        if (RepositorySlices.Text(body["hash_algo"]) is { } algorithm && algorithm is not ("sha256" or "sha_256"))
            return Message(409, "Only SHA-256 is supported.");
        if (objects.Count > MaxObjects)
            return Message(413, $"Up to {MaxObjects} objects can be asked for at a time.");
        var upload = RepositorySlices.Text(body["operation"]) == "upload";
        var (repository, problem) = await call.RepositoryAsync(upload ? HubAction.Write : HubAction.ReadContent).ConfigureAwait(false);
        if (repository is null)
            return problem!;
        if (!upload && repository.WithdrawnAt is not null)
            return Message(404, $"{repository.RepoId} was withdrawn: {repository.WithdrawnReason}");
        var answers = new JsonArray();
        foreach (var item in objects)
        {
            if (item is not JsonObject one || RepositorySlices.Text(one["oid"]) is not { } oid || !LfsPointer.IsSha256(oid) || one["size"] is not JsonValue value || !value.TryGetValue<long>(out var size) || size < 0)
                return Message(422, "Each object has an oid (SHA-256) and a size.");
            answers.Add(upload ? await UploadAsync(call, repository, oid, size).ConfigureAwait(false) : await DownloadAsync(call, repository, oid).ConfigureAwait(false));
        }

        return Answer.Of(new JsonObject { ["transfer"] = "basic", ["hash_algo"] = "sha256", ["objects"] = answers }, 200, Type);
    }

    /// <summary><c>PUT /lfs/objects/{grant}</c>: the bytes of a large file. The address is the credential.</summary>
    public static async Task<Answer> PutAsync(HubCall call)
    {
        if (call.Rest.Count != 1 || call.Get<UrlSigner>().Check(call.Rest[0], "put") is not { } grant)
            return Message(403, "This address has expired or is not valid. Ask for a new one.");
        if (call.Http.Request.ContentLength is { } length && length != grant.Size)
            return Message(422, $"{grant.Size} bytes were announced, and the request has {length}.");
        var put = await call.Get<BlobIntake>().TakeAsync(call.Http.Request.Body, grant.UserId, grant.Subject, grant.Size, call.Cancellation).ConfigureAwait(false);
        if (put is BlobPut.Refused refused)
            return Refuse(refused);
        HubMeter.BytesIngested.Add(grant.Size);
        call.Http.Response.Headers.ETag = $"\"{grant.Subject}\"";
        return Answer.Status(200);
    }

    /// <summary><c>POST /lfs/verify/{grant}</c>.</summary>
    public static async Task<Answer> VerifyAsync(HubCall call)
    {
        if (call.Rest.Count != 1 || call.Get<UrlSigner>().Check(call.Rest[0], "verify") is not { } grant)
            return Message(403, "This address has expired or is not valid. Ask for a new one.");
        return await call.Get<IBlobStore>().LengthAsync(grant.Subject, call.Cancellation).ConfigureAwait(false) == grant.Size
            ? Answer.Of(new JsonObject(), 200, Type)
            : Message(404, "The object was not uploaded.");
    }

    /// <summary><c>/{R}.git/info/lfs/locks</c>: there are none.</summary>
    public static Task<Answer> LocksAsync(HubCall call) => Task.FromResult(Message(404, "Locking is not supported"));

    /// <summary>The answer for an upload that was not taken.</summary>
    internal static Answer Refuse(BlobPut.Refused refused) => Message(refused.Problem switch { BlobProblem.NoSpace => 507, BlobProblem.TooLarge => 413, _ => 422 }, refused.Message);

    /// <summary>A served revision that has a content, and its path there; null when none has.</summary>
    internal static async Task<(Revision Revision, string Path)?> ServedCommitOfAsync(HubCall call, Repository repository, string sha256)
    {
        if (!await call.Db.RepositoryBlobs.AnyAsync(b => b.RepositoryId == repository.Id && b.Sha256 == sha256, call.Cancellation).ConfigureAwait(false))
            return null;
        var trees = call.Get<RevisionTrees>();
        var admitted = call.Db.Revisions.AsNoTracking().Where(r => r.RepositoryId == repository.Id && r.State == RevisionState.Admitted).OrderByDescending(static r => r.ReceivedAt);
        await foreach (var revision in admitted.AsAsyncEnumerable().WithCancellation(call.Cancellation).ConfigureAwait(false))
        {
            var tree = await trees.ReadAsync(call.Db, revision.TreeId, call.Cancellation).ConfigureAwait(false);
            if (tree.Files.FirstOrDefault(f => f.Sha256 == sha256) is { } file)
                return (revision, file.Path);
        }

        return null;
    }

    private static async Task<JsonObject> UploadAsync(HubCall call, Repository repository, string oid, long size)
    {
        var answer = new JsonObject { ["oid"] = oid, ["size"] = size, ["authenticated"] = true };
        // To say "present" of what the caller cannot read would let anybody claim a private content by its digest.
        if (await call.Get<BlobIntake>().SizeIfHeldAsync(call.Db, oid, call.Who.UserId!, RepositoryRegistry.ReadableBy(call.Db, call.Who), call.Cancellation).ConfigureAwait(false) is { } held)
        {
            if (held != size)
                answer["error"] = new JsonObject { ["code"] = 422, ["message"] = $"The object has {held} bytes, not {size}." };
            return answer;
        }

        var most = call.Get<Hub.HubOptions>().MaxFileBytes;
        if (size > most)
        {
            answer["error"] = new JsonObject { ["code"] = 413, ["message"] = $"Files may have up to {most:N0} bytes here." };
            return answer;
        }

        var signer = call.Get<UrlSigner>();
        var expires = call.Get<TimeProvider>().GetUtcNow() + Lifetime;
        var put = signer.Sign(new Grant("put", repository.Id, call.Who.UserId!, oid, size, expires));
        var verify = signer.Sign(new Grant("verify", repository.Id, call.Who.UserId!, oid, size, expires));
        answer["actions"] = new JsonObject
        {
            ["upload"] = new JsonObject { ["href"] = $"{call.BaseUrl}/lfs/objects/{put}", ["header"] = new JsonObject(), ["expires_in"] = (int)Lifetime.TotalSeconds },
            ["verify"] = new JsonObject { ["href"] = $"{call.BaseUrl}/lfs/verify/{verify}", ["header"] = new JsonObject(), ["expires_in"] = (int)Lifetime.TotalSeconds },
        };
        return answer;
    }

    private static async Task<JsonObject> DownloadAsync(HubCall call, Repository repository, string oid)
    {
        var size = await call.Db.StoredBlobs.AsNoTracking().Where(b => b.Sha256 == oid).Select(static b => (long?)b.Size).FirstOrDefaultAsync(call.Cancellation).ConfigureAwait(false);
        var answer = new JsonObject { ["oid"] = oid, ["size"] = size ?? 0, ["authenticated"] = true };
        if (size is null || await ServedCommitOfAsync(call, repository, oid).ConfigureAwait(false) is null)
        {
            answer["error"] = new JsonObject { ["code"] = 404, ["message"] = "Object does not exist" };
            return answer;
        }

        var get = call.Get<UrlSigner>().Sign(new Grant("get", repository.Id, call.Who.UserId ?? "", oid, size.Value, call.Get<TimeProvider>().GetUtcNow() + Lifetime));
        answer["actions"] = new JsonObject { ["download"] = new JsonObject { ["href"] = $"{call.BaseUrl}/lfs/objects/{get}", ["header"] = new JsonObject(), ["expires_in"] = (int)Lifetime.TotalSeconds } };
        return answer;
    }

    private static Answer Message(int status, string message) => Answer.Of(new JsonObject { ["message"] = message, ["error"] = message }, status, Type);
}
