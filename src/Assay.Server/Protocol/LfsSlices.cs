using System.Globalization;
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
        var inParts = body["transfers"] is JsonArray transfers && transfers.Any(static t => RepositorySlices.Text(t) == "multipart");
        var (repository, problem) = await call.RepositoryAsync(upload ? HubAction.Write : HubAction.ReadContent, redirects: false).ConfigureAwait(false);
        if (repository is null)
            return problem!;
        if (!upload && RevisionGate.RefusalOf(repository) is { } refused)
            return Message(refused.IsWithdrawn ? 404 : 403, call.Explain(repository, refused));
        var answers = new JsonArray();
        foreach (var item in objects)
        {
            if (item is not JsonObject one || RepositorySlices.Text(one["oid"]) is not { } oid || !LfsPointer.IsSha256(oid) || one["size"] is not JsonValue value || !value.TryGetValue<long>(out var size) || size < 0)
                return Message(422, "Each object has an oid (SHA-256) and a size.");
            answers.Add(upload ? await UploadAsync(call, repository, oid, size, inParts).ConfigureAwait(false) : await DownloadAsync(call, repository, oid).ConfigureAwait(false));
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

    /// <summary><c>PUT /lfs/parts/{grant}</c>: one part of a large file.</summary>
    public static async Task<Answer> PutPartAsync(HubCall call)
    {
        if (call.Rest.Count != 1 || call.Get<UrlSigner>().Check(call.Rest[0], "part") is not { } grant || grant.Subject.Split(':') is not [var sha256, var number])
            return Message(403, "This address has expired or is not valid. Ask for a new one.");
        if (!await call.Get<PartStore>().PutAsync((grant.UserId, sha256), int.Parse(number, CultureInfo.InvariantCulture), call.Http.Request.Body, grant.Size, call.Cancellation).ConfigureAwait(false))
            return Message(422, $"This part has {grant.Size} bytes, no more and no fewer.");
        call.Http.Response.Headers.ETag = $"\"{sha256[..16]}-{number}\"";
        return Answer.Status(200);
    }

    /// <summary><c>POST /lfs/complete/{grant}</c>: all parts are there.</summary>
    public static async Task<Answer> CompleteAsync(HubCall call)
    {
        if (call.Rest.Count != 1 || call.Get<UrlSigner>().Check(call.Rest[0], "complete") is not { } grant)
            return Message(403, "This address has expired or is not valid. Ask for a new one.");
        var parts = call.Get<PartStore>();
        var upload = (grant.UserId, grant.Subject);
        var count = (int)CountOf(grant.Size, PartLength(call, grant.Size));
        var stream = parts.Open(upload, count);
        if (stream is null)
        {
            // The client may ask again after its answer was lost.
            return await call.Get<IBlobStore>().LengthAsync(grant.Subject, call.Cancellation).ConfigureAwait(false) == grant.Size && await call.Db.UploadClaims.AnyAsync(c => c.UserId == grant.UserId && c.Sha256 == grant.Subject, call.Cancellation).ConfigureAwait(false)
                ? Answer.Of(new JsonObject(), 200, Type)
                : Message(422, $"Not all of the {count} parts were uploaded.");
        }

        await using (stream.ConfigureAwait(false))
        {
            if (await call.Get<BlobIntake>().TakeAsync(stream, grant.UserId, grant.Subject, grant.Size, call.Cancellation).ConfigureAwait(false) is BlobPut.Refused refused)
                return Refuse(refused);
        }

        parts.Remove(upload);
        HubMeter.BytesIngested.Add(grant.Size);
        return Answer.Of(new JsonObject(), 200, Type);
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

    private static async Task<JsonObject> UploadAsync(HubCall call, Repository repository, string oid, long size, bool inParts)
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
            ["upload"] = inParts && size > call.Get<Hub.HubOptions>().MultipartFrom ? Parts(call, signer, repository, oid, size, expires) : new JsonObject { ["href"] = $"{call.BaseUrl}/lfs/objects/{put}", ["header"] = new JsonObject(), ["expires_in"] = (int)Lifetime.TotalSeconds },
            ["verify"] = new JsonObject { ["href"] = $"{call.BaseUrl}/lfs/verify/{verify}", ["header"] = new JsonObject(), ["expires_in"] = (int)Lifetime.TotalSeconds },
        };
        return answer;
    }

    // The keys of the header are the numbers of the parts; clients know it by chunk_size (huggingface_hub, lfs.py).
    private static JsonObject Parts(HubCall call, UrlSigner signer, Repository repository, string oid, long size, DateTimeOffset expires)
    {
        var length = PartLength(call, size);
        var header = new JsonObject { ["chunk_size"] = length.ToString(CultureInfo.InvariantCulture) };
        var count = CountOf(size, length);
        for (long number = 1; number <= count; number++)
        {
            var bytes = number == count ? size - (length * (count - 1)) : length;
            var part = signer.Sign(new Grant("part", repository.Id, call.Who.UserId!, string.Create(CultureInfo.InvariantCulture, $"{oid}:{number}"), bytes, expires));
            header[number.ToString("D5", CultureInfo.InvariantCulture)] = $"{call.BaseUrl}/lfs/parts/{part}";
        }

        var complete = signer.Sign(new Grant("complete", repository.Id, call.Who.UserId!, oid, size, expires));
        return new JsonObject { ["href"] = $"{call.BaseUrl}/lfs/complete/{complete}", ["header"] = header, ["expires_in"] = (int)Lifetime.TotalSeconds };
    }

    private static long PartLength(HubCall call, long size) => Math.Max(call.Get<Hub.HubOptions>().PartBytes, (size + 8999) / 9000);

    private static long CountOf(long size, long length) => (size + length - 1) / length;

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
