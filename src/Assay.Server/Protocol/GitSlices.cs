using System.IO.Compression;
using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Blobs;
using Assay.Hub.Ledger;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Assay.Protocol.Git;
using Assay.Server.Web;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Protocol;

/// <summary>Clone and fetch over smart HTTP (<c>hub-protocol</c> section 14; git, <c>gitprotocol-http</c>).</summary>
internal static partial class GitSlices
{
    private const string UploadService = "git-upload-pack";
    private const string ReceiveService = "git-receive-pack";
    private static readonly UploadPack Packs = new(new UploadPackLimits());
    private static readonly PackSlots Slots = new(most: 16, mostOfOne: 4);

    /// <summary><c>GET /{R}/info/refs?service=…</c>.</summary>
    public static async Task<Answer> AdvertiseAsync(HubCall call)
    {
        if (call.Query("service") is ReceiveService)
            return await ReceivePackAsync(call).ConfigureAwait(false);
        if (call.Query("service") is not UploadService)
            return Answer.Fail(403, null, "Only git's smart protocol is spoken here. Update git.").AsText();
        var (repository, problem) = await call.RepositoryAsync(HubAction.ReadContent).ConfigureAwait(false);
        if (repository is null)
            return problem!.AsText();
        var view = new HubGitView(call.Db, call.Get<IBlobStore>(), repository);
        var response = Begin(call, "application/x-git-upload-pack-advertisement");
        if (await RefusalAsync(call, repository, view).ConfigureAwait(false) is { } refusal)
        {
            using var writer = new PktLineWriter(response.Body);
            await writer.WriteLineAsync("# service=" + UploadService, call.Cancellation).ConfigureAwait(false);
            await writer.WriteFlushAsync(call.Cancellation).ConfigureAwait(false);
            await writer.WriteErrorAsync(refusal, call.Cancellation).ConfigureAwait(false);
            await writer.SendAsync(call.Cancellation).ConfigureAwait(false);
            return Answer.Written;
        }

        await UploadPack.WriteAdvertisementAsync(view, VersionOf(call), response.Body, call.Cancellation).ConfigureAwait(false);
        return Answer.Written;
    }

    /// <summary><c>POST /{R}/git-upload-pack</c>.</summary>
    public static async Task<Answer> UploadPackAsync(HubCall call)
    {
        var request = call.Http.Request;
        if (request.ContentType != "application/x-git-upload-pack-request")
            return Answer.Fail(415, null, "The request is none of git's.").AsText();
        var encoding = request.Headers.ContentEncoding.ToString();
        if (encoding is not ("" or "identity" or "gzip" or "x-gzip"))
            return Answer.Fail(415, null, "Requests may be compressed with gzip only.").AsText();
        // git follows no redirect here.
        var (repository, problem) = await call.RepositoryAsync(HubAction.ReadContent, redirects: false).ConfigureAwait(false);
        if (repository is null)
            return problem!.AsText();
        var who = call.Who.UserId ?? call.Get<DownloadLedger>().NetworkOf(call.Http.Connection.RemoteIpAddress);
        if (!Slots.TryTake(who))
        {
            call.Http.Response.Headers.RetryAfter = "10";
            return Answer.Fail(503, null, "Too many clones at a time. Try again in a moment.").AsText();
        }

        try
        {
            var body = encoding.Length > 0 && encoding != "identity" ? new GZipStream(request.Body, CompressionMode.Decompress) : request.Body;
            await using (body.ConfigureAwait(false))
                return await SendAsync(call, repository, body).ConfigureAwait(false);
        }
        finally
        {
            Slots.GiveBack(who);
        }
    }

    /// <summary>Whatever begins a push.</summary>
    public static Task<Answer> ReceivePackAsync(HubCall call) => Task.FromResult((call.Who.IsSignedIn
        ? Answer.Fail(403, null, "This hub does not take pushes of git yet. Upload with the hub's API, for instance: hf upload.")
        : Answer.Fail(401, null, "Sign in to do this: use a token of this hub as the password.")).AsText());

    private static int VersionOf(HubCall call) => UploadPack.VersionOf(call.Http.Request.Headers["Git-Protocol"].ToString());

    private static HttpResponse Begin(HubCall call, string type)
    {
        var response = call.Http.Response;
        response.ContentType = type;
        response.Headers.CacheControl = "no-cache";
        return response;
    }

    // Why nothing of a repository is served; null when something is. What the hub itself put there counts for nothing when more was pushed.
    private static async Task<string?> RefusalAsync(HubCall call, Repository repository, HubGitView view)
    {
        if (await RevisionGate.OpenAsync(call.Db, repository, RefName.Main, call.Cancellation).ConfigureAwait(false) is not Gate.Refused refused)
            return null;
        var refs = await view.ReadRefsAsync(call.Cancellation).ConfigureAwait(false);
        var commits = refs.Refs.Select(static r => (r.Peeled ?? r.Id).ToString()).Distinct(StringComparer.Ordinal).ToArray();
        var any = await call.Db.Revisions.AnyAsync(r => r.RepositoryId == repository.Id && commits.Contains(r.CommitId) && !r.IsInitial, call.Cancellation).ConfigureAwait(false);
        return any ? null : Answer.ForHeader(call.Explain(repository, refused));
    }

    private static async Task<Answer> SendAsync(HubCall call, Repository repository, Stream request)
    {
        var view = new HubGitView(call.Db, call.Get<IBlobStore>(), repository);
        var response = Begin(call, "application/x-git-upload-pack-result");
        if (await RefusalAsync(call, repository, view).ConfigureAwait(false) is { } refusal)
        {
            using var writer = new PktLineWriter(response.Body);
            await writer.WriteErrorAsync(refusal, call.Cancellation).ConfigureAwait(false);
            await writer.SendAsync(call.Cancellation).ConfigureAwait(false);
            return Answer.Written;
        }

        var output = new CountingStream(response.Body);
        var isComplete = false;
        var isPack = true; // what breaks off may have been one
        try
        {
            var result = await Packs.ServeAsync(view, VersionOf(call), request, output, call.Cancellation).ConfigureAwait(false);
            (isComplete, isPack) = (true, result.Objects is not null);
        }
        catch (InvalidDataException) when (!response.HasStarted && request is GZipStream)
        {
            isPack = false;
            return Answer.Fail(400, null, "The request is not compressed as it says.").AsText();
        }
        catch (InvalidDataException e) when (response.HasStarted)
        {
            // The client was told; to abort the connection now might lose the sentence.
            LogDamage(call.Get<ILoggerFactory>().CreateLogger(typeof(GitSlices)), e, repository.Key);
        }
        finally
        {
            if (isPack && output.Written > 0)
                await RecordAsync(call, repository, view, output.Written, isComplete).ConfigureAwait(false);
        }

        return Answer.Written;
    }

    private static async Task RecordAsync(HubCall call, Repository repository, HubGitView view, long bytes, bool isComplete)
    {
        HubMeter.BytesServed.Add(bytes);
        var refs = await view.ReadRefsAsync(CancellationToken.None).ConfigureAwait(false);
        var ledger = call.Get<DownloadLedger>();
        ledger.Add(new Download
        {
            Id = Guid.CreateVersion7(),
            At = call.Get<TimeProvider>().GetUtcNow(),
            RepositoryId = repository.Id,
            CommitId = repository.ServedCommit ?? refs.Refs.Select(static r => (r.Peeled ?? r.Id).ToString()).FirstOrDefault(""),
            Path = "",
            Bytes = bytes,
            IsComplete = isComplete,
            Door = "git",
            UserId = call.Who.UserId,
            Network = ledger.NetworkOf(call.Http.Connection.RemoteIpAddress),
            Client = FileSender.ClientOf(call.Http),
        });
    }

    [LoggerMessage(3002, LogLevel.Error, "A pack of {Repository} could not be made: an object is missing or damaged")]
    private static partial void LogDamage(ILogger logger, Exception fault, string repository);

    // Packs cost memory and database time: so many at a time, and of one user or network fewer.
    private sealed class PackSlots(int most, int mostOfOne)
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<string, int> _taken = new(StringComparer.Ordinal);
        private int _all;

        public bool TryTake(string who)
        {
            lock (_gate)
            {
                var own = _taken.GetValueOrDefault(who);
                if (_all >= most || own >= mostOfOne)
                    return false;
                _all++;
                _taken[who] = own + 1;
                return true;
            }
        }

        public void GiveBack(string who)
        {
            lock (_gate)
            {
                _all--;
                if (--_taken[who] == 0)
                    _taken.Remove(who);
            }
        }
    }

    private sealed class CountingStream(Stream inner) : Stream
    {
        public long Written { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
            Written += buffer.Length;
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override void Flush() => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
