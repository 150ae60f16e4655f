using System.Globalization;
using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Blobs;
using Assay.Hub.Engagement;
using Assay.Hub.Ledger;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Assay.Protocol.Git;
using Assay.Server.Web;
using Microsoft.Net.Http.Headers;

namespace Assay.Server.Protocol;

/// <summary>The doors by which files leave (<c>hub-protocol</c> section 4).</summary>
internal static class DownloadSlices
{
    /// <summary><c>GET /{R}/resolve/{rev}/{path}</c>.</summary>
    public static Task<Answer> ResolveAsync(HubCall call) => OpenAsync(call, raw: false);

    /// <summary><c>GET /{R}/raw/{rev}/{path}</c>: of a large file the pointer.</summary>
    public static Task<Answer> RawAsync(HubCall call) => OpenAsync(call, raw: true);

    /// <summary><c>GET /lfs/objects/{grant}</c>: the address that a batch answer gave.</summary>
    public static async Task<Answer> LfsAsync(HubCall call)
    {
        if (call.Rest.Count != 1 || call.Get<UrlSigner>().Check(call.Rest[0], "get") is not { } grant)
            return Answer.Fail(403, null, "This address has expired or is not valid. Ask for a new one.");
        var repository = await call.Db.Repositories.FindAsync([grant.RepositoryId], call.Cancellation).ConfigureAwait(false);
        // The grant was made when the content was served; whether it still is, is asked again.
        if (repository is null || RevisionGate.RefusalOf(repository) is not null || await LfsSlices.ServedCommitOfAsync(call, repository, grant.Subject).ConfigureAwait(false) is not { } served)
            return Answer.Fail(404, null, "This content is not served any more.");
        var file = new FileToSend(grant.Subject, grant.Size, $"\"{grant.Subject}\"", "application/octet-stream", served.Path);
        return await FileSender.SendAsync(call, file, repository, served.Revision.CommitId, "lfs").ConfigureAwait(false);
    }

    private static async Task<Answer> OpenAsync(HubCall call, bool raw)
    {
        var (repository, problem) = await call.RepositoryAsync(HubAction.ReadContent).ConfigureAwait(false);
        if (repository is null)
            return problem!;
        var (gate, name, path) = await call.RevisionAsync(repository).ConfigureAwait(false);
        if (gate is Gate.Refused refused)
            return call.Refuse(repository, refused);
        if (gate is not Gate.Served served)
            return HubCall.NoRevision(name);
        var commit = served.Revision.CommitId;
        var tree = await call.Get<RevisionTrees>().ReadAsync(call.Db, served.Revision.TreeId, call.Cancellation).ConfigureAwait(false);
        if (tree.Find(path) is not { } file)
        {
            // A file that was pushed and is not served is refused, not missing: clients go on without what is missing.
            if (served.Beyond is { Revision: { } pushed } beyond && (await call.Get<RevisionTrees>().ReadAsync(call.Db, pushed.TreeId, call.Cancellation).ConfigureAwait(false)).Find(path) is not null)
                return call.Refuse(repository, beyond);
            return Answer.Fail(404, "EntryNotFound", $"Entry not found: {path} is not in revision {commit}.", commit);
        }

        var headers = call.Http.Response.Headers;
        headers["X-Repo-Commit"] = commit;
        if (HttpMethods.IsHead(call.Http.Request.Method) || file.Size <= RequestTally.SmallFile)
            call.Get<RequestTally>().Add(repository.Id, call.Http.Connection.RemoteIpAddress, file.Path, HttpMethods.IsHead(call.Http.Request.Method));
        var pinned = RefName.IsCommit(name);
        headers.CacheControl = pinned ? repository.IsPrivate || repository.Gated is not null ? "private, no-cache" : "public, max-age=31536000, immutable" : "no-cache";
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        if (call.Query("noContentDisposition") is null)
            headers.ContentDisposition = Disposition(path[(path.LastIndexOf('/') + 1)..], call.Flag("download"));
        if (raw && file.IsLfs)
        {
            var pointer = new LfsPointer(file.Sha256, file.Size).ToBytes();
            return await FileSender.SendBytesAsync(call, pointer, $"\"{file.Id}\"", "text/plain; charset=utf-8").ConfigureAwait(false);
        }

        if (file.IsLfs)
        {
            headers["X-Linked-ETag"] = $"\"{file.Sha256}\"";
            headers["X-Linked-Size"] = file.Size.ToString(CultureInfo.InvariantCulture);
        }

        return await FileSender.SendAsync(call, new FileToSend(file.Sha256, file.Size, $"\"{file.ContentId}\"", TypeOf(file), path), repository, commit, "resolve").ConfigureAwait(false);
    }

    // hub-protocol section 4.5: nothing that a browser would run, whatever the file is called.
    private static string TypeOf(RevisionFile file)
    {
        if (file.IsLfs)
            return "application/octet-stream";
        var name = file.Path[(file.Path.LastIndexOf('/') + 1)..].ToLowerInvariant();
        var dot = name.LastIndexOf('.');
        return (dot < 0 ? "" : name[dot..]) switch
        {
            ".json" or ".ipynb" => "application/json",
            ".png" => "image/png",
            ".jpg" or ".jpeg" => "image/jpeg",
            ".gif" => "image/gif",
            ".webp" => "image/webp",
            ".txt" or ".md" or ".py" or ".js" or ".mjs" or ".ts" or ".html" or ".htm" or ".svg" or ".xml" or ".css" or ".csv" or ".tsv" or ".yaml" or ".yml" or ".toml" or ".cfg" or ".ini" or ".sh" or ".bat" or ".ps1" or ".jinja" or ".jsonl" or ".rst" or ".c" or ".h" or ".cpp" or ".cu" or ".rs" or ".go" or ".gitattributes" or ".gitignore" => "text/plain; charset=utf-8",
            "" when name is "license" or "readme" or "notice" or "dockerfile" or "makefile" => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        };
    }

    private static string Disposition(string name, bool attachment)
    {
        var encoded = RawTarget.EncodePath(name);
        return $"{(attachment ? "attachment" : "inline")}; filename*=UTF-8''{encoded}; filename=\"{encoded}\";";
    }
}

/// <summary>A content that is to be sent.</summary>
/// <param name="Sha256">Its digest.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="ETag">Its quoted tag.</param>
/// <param name="Type">Its type.</param>
/// <param name="Path">Its path, for the ledger.</param>
internal sealed record FileToSend(string Sha256, long Size, string ETag, string Type, string Path);

/// <summary>Sends contents: whole, in part, or not at all when the client has them (RFC 9110, sections 13 and 14).</summary>
internal static class FileSender
{
    private const int BufferSize = 256 << 10;

    /// <summary>Sends a content of the store.</summary>
    /// <param name="call">The request.</param>
    /// <param name="file">What to send.</param>
    /// <param name="repository">For the ledger.</param>
    /// <param name="commit">For the ledger.</param>
    /// <param name="door">For the ledger.</param>
    public static async Task<Answer> SendAsync(HubCall call, FileToSend file, Repository repository, string commit, string door)
    {
        var response = call.Http.Response;
        if (Prepare(call, file.ETag, file.Size, file.Type) is not { } range)
            return Answer.Written;
        if (HttpMethods.IsHead(call.Http.Request.Method))
            return Answer.Written;
        var stream = await call.Get<IBlobStore>().OpenAsync(file.Sha256, call.Cancellation).ConfigureAwait(false);
        if (stream is null)
        {
            response.Headers.Clear();
            return Answer.Fail(500, null, "The content of this file is missing from the hub's store. Tell its administrator: assay admin verify-store.");
        }

        long sent = 0;
        using var activity = HubMeter.Activities.StartActivity("download");
        activity?.SetTag("assay.repository", repository.Key)?.SetTag("assay.size", range.Length);
        using var running = PayloadCounter.IsWeights(file.Path, file.Size) ? call.Get<RequestTally>().Begin(repository, call.Who.UserId, call.Http.Connection.RemoteIpAddress, file.Size) : null;
        await using (stream.ConfigureAwait(false))
        {
            try
            {
                sent = await CopyAsync(stream, range.Start, range.Length, response, Progress, call.Cancellation).ConfigureAwait(false);
            }
            finally
            {
                HubMeter.BytesServed.Add(sent);
                var ledger = call.Get<DownloadLedger>();
                ledger.Add(new Download
                {
                    Id = Guid.CreateVersion7(),
                    At = call.Get<TimeProvider>().GetUtcNow(),
                    RepositoryId = repository.Id,
                    CommitId = commit,
                    Path = file.Path,
                    Sha256 = file.Sha256,
                    Bytes = sent,
                    // The end of the file was reached: of many parts, the last one counts.
                    IsComplete = sent == range.Length && range.Start + range.Length == file.Size,
                    Door = door,
                    UserId = call.Who.UserId,
                    Network = ledger.NetworkOf(call.Http.Connection.RemoteIpAddress),
                    Client = ClientOf(call.Http),
                });
            }
        }

        return Answer.Written;

        void Progress(long bytes)
        {
            sent = bytes;
            running?.Sent = bytes;
        }
    }

    /// <summary>Sends bytes that are at hand.</summary>
    public static async Task<Answer> SendBytesAsync(HubCall call, byte[] bytes, string etag, string type)
    {
        if (Prepare(call, etag, bytes.Length, type) is { } range && !HttpMethods.IsHead(call.Http.Request.Method))
            await call.Http.Response.Body.WriteAsync(bytes.AsMemory((int)range.Start, (int)range.Length), call.Cancellation).ConfigureAwait(false);
        return Answer.Written;
    }

    /// <summary>How a client calls itself, bounded.</summary>
    public static string ClientOf(HttpContext http)
    {
        var agent = http.Request.Headers.UserAgent.ToString();
        return agent.Length == 0 ? "unknown" : agent.Length <= 200 ? agent : agent[..200];
    }

    // Sets status and headers; null when nothing more is to be sent.
    private static (long Start, long Length)? Prepare(HubCall call, string etag, long size, string type)
    {
        var (request, response) = (call.Http.Request, call.Http.Response);
        var headers = response.Headers;
        headers.ETag = etag;
        headers.AcceptRanges = "bytes";
        headers.XContentTypeOptions = "nosniff";
        if (request.Headers.IfNoneMatch.Count > 0 && Matches(request.Headers.IfNoneMatch, etag))
        {
            response.StatusCode = 304;
            return null;
        }

        response.ContentType = type;
        var (start, length, isRange) = (0L, size, false);
        if (request.Headers.Range.Count == 1 && RangeHeaderValue.TryParse(request.Headers.Range.ToString(), out var range) && range.Unit == "bytes" && range.Ranges.Count == 1
            && (request.Headers.IfRange.Count == 0 || request.Headers.IfRange.ToString() == etag))
        {
            var wanted = range.Ranges.First();
            if (size == 0)
            {
                // JavaScript clients take the size from here (hub-protocol section 4.2).
                headers.ContentRange = "bytes */0";
            }
            else
            {
                start = wanted.From ?? Math.Max(0, size - (wanted.To ?? 0));
                var end = wanted.From is null ? size - 1 : Math.Min(wanted.To ?? (size - 1), size - 1);
                if (start >= size || (wanted.From is null && wanted.To == 0))
                {
                    response.StatusCode = 416;
                    headers.ContentRange = $"bytes */{size}";
                    response.ContentLength = 0;
                    return null;
                }

                (length, isRange) = (end - start + 1, true);
            }
        }

        response.StatusCode = isRange ? 206 : 200;
        if (isRange)
            headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {start}-{start + length - 1}/{size}");
        response.ContentLength = length;
        return (start, length);
    }

    private static bool Matches(IEnumerable<string?> given, string etag)
    {
        foreach (var line in given)
        {
            foreach (var tag in (line ?? "").Split(','))
            {
                var clean = tag.Trim();
                if (clean == "*" || clean == etag || (clean.StartsWith("W/", StringComparison.Ordinal) && clean[2..] == etag))
                    return true;
            }
        }

        return false;
    }

    private static async Task<long> CopyAsync(Stream from, long start, long length, HttpResponse response, Action<long> progress, CancellationToken cancellation)
    {
        from.Position = start;
        var writer = response.BodyWriter;
        long sent = 0;
        while (sent < length)
        {
            var memory = writer.GetMemory(BufferSize);
            var read = await from.ReadAsync(memory[..(int)Math.Min(memory.Length, length - sent)], cancellation).ConfigureAwait(false);
            if (read == 0)
                throw new IOException("A content of the store is shorter than it was."); // breaks the transfer off, so that the client notices
            writer.Advance(read);
            var flushed = await writer.FlushAsync(cancellation).ConfigureAwait(false);
            sent += read;
            progress(sent);
            if (flushed.IsCompleted || flushed.IsCanceled)
                break;
        }

        return sent;
    }
}
