using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Assay.Hub;
using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Blobs;
using Assay.Hub.Persistence;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Assay.Protocol.Git;
using Assay.Server.Web;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Protocol;

/// <summary>Preparing and making commits (<c>hub-protocol</c> sections 9.1 and 9.3).</summary>
internal static class CommitSlices
{
    private const int MaxPreupload = 5000;

    /// <summary><c>POST /api/{T}/{id}/preupload/{rev}</c>.</summary>
    public static async Task<Answer> PreuploadAsync(HubCall call)
    {
        var (repository, problem) = await call.RepositoryAsync(HubAction.Write).ConfigureAwait(false);
        if (repository is null)
            return problem!;
        if (await call.ReadJsonAsync(64 << 20).ConfigureAwait(false) is not { } body || body["files"] is not JsonArray files)
            return Answer.Bad("The list of files is missing.");
        if (files.Count > MaxPreupload)
            return Answer.Bad($"Up to {MaxPreupload} files can be asked for at a time.");
        var name = string.Join('/', call.Rest);
        if (await RevisionGate.FindRefAsync(call.Db, repository.Id, name.Length == 0 ? RefName.Main : name, call.Cancellation).ConfigureAwait(false) is not { } gitRef)
            return HubCall.NoRevision(name);
        var head = await call.Db.Revisions.AsNoTracking().FirstAsync(r => r.RepositoryId == repository.Id && r.CommitId == gitRef.HeadCommit, call.Cancellation).ConfigureAwait(false);
        var tree = await call.Get<RevisionTrees>().ReadAsync(call.Db, head.TreeId, call.Cancellation).ConfigureAwait(false);
        var attributes = GitAttributes.Parse(RepositorySlices.Text(body["gitAttributes"]) ?? await TextAsync(call, tree.Find(".gitattributes")).ConfigureAwait(false) ?? "");
        var ignore = GitIgnore.Parse(RepositorySlices.Text(body["gitIgnore"]) ?? await TextAsync(call, tree.Find(".gitignore")).ConfigureAwait(false) ?? "");
        var options = call.Get<HubOptions>();
        var answers = new JsonArray();
        foreach (var file in files)
        {
            if (file is not JsonObject given || RepositorySlices.Text(given["path"]) is not { } path)
                return Answer.Bad("Each file has a path.");
            if (RepoPath.Problem(path) is { } wrong)
                return Answer.Bad(wrong);
            var size = given["size"] is JsonValue value && value.TryGetValue<long>(out var bytes) ? bytes : 0;
            var isLarge = size > 0 && (size > options.MaxRegularBytes || attributes.IsLfs(path) || IsBinary(RepositorySlices.Text(given["sample"])));
            var one = new JsonObject { ["path"] = path, ["uploadMode"] = isLarge ? "lfs" : "regular", ["shouldIgnore"] = ignore.IsIgnored(path) };
            // Only of the same kind: a client that compares the wrong kind of id would skip an upload, or repeat it for ever.
            if (tree.Find(path) is { } present && present.IsLfs == isLarge)
                one["oid"] = present.ContentId;
            answers.Add(one);
        }

        return Answer.Of(new JsonObject { ["files"] = answers, ["commitOid"] = gitRef.HeadCommit });
    }

    /// <summary><c>POST /api/{T}/{id}/commit/{rev}</c>.</summary>
    public static async Task<Answer> CommitAsync(HubCall call)
    {
        var (repository, problem) = await call.RepositoryAsync(HubAction.Write).ConfigureAwait(false);
        if (repository is null)
            return problem!;
        if (call.Flag("create_pr"))
            return Answer.Fail(400, null, "Pull requests are not supported by this server yet. Commit to a branch instead.");
        var name = string.Join('/', call.Rest);
        if (await RevisionGate.FindRefAsync(call.Db, repository.Id, name.Length == 0 ? RefName.Main : name, call.Cancellation).ConfigureAwait(false) is not { } gitRef)
        {
            return await RevisionGate.FindCommitAsync(call.Db, repository.Id, name, call.Cancellation).ConfigureAwait(false) is null
                ? HubCall.NoRevision(name)
                : Answer.Bad("Commits are made to a branch, not to a commit.");
        }

        if (!gitRef.Name.StartsWith(RefName.Heads, StringComparison.Ordinal))
            return Answer.Bad("Commits are made to a branch, not to a tag.");
        var (request, invalid) = await ReadAsync(call).ConfigureAwait(false);
        if (request is null)
            return invalid!;
        var outcome = await call.Get<CommitWriter>().CommitAsync(repository, gitRef.Name, call.Who, db => RepositoryRegistry.ReadableBy(db, call.Who), request, call.Cancellation).ConfigureAwait(false);
        if (outcome is not CommitOutcome.Done done)
            return Fail(outcome);
        var answer = new JsonObject { ["success"] = true, ["commitOid"] = done.CommitId, ["commitUrl"] = $"{RepositorySlices.UrlOf(call, repository)}/commit/{done.CommitId}", ["hookOutput"] = "" };
        if (done.RevisionId is { } id && await WaitAsync(call, id).ConfigureAwait(false) is { } revision)
            Describe(call, repository, revision, answer);
        return Answer.Of(answer);
    }

    /// <summary>Waits a moment for the verdict, so that a small upload is admitted before its client looks.</summary>
    internal static Task<Revision?> WaitAsync(HubCall call, Guid revisionId) =>
        call.Get<VettingQueue>().WaitForAsync(call.Get<IDbContextFactory<HubDb>>(), revisionId, call.Get<HubOptions>().VerdictWait, call.Cancellation);

    /// <summary>The answer for a commit that was not made.</summary>
    internal static Answer Fail(CommitOutcome outcome) => outcome switch
    {
        CommitOutcome.HeadMoved moved => Answer.Fail(412, null, $"A commit has happened since. Please refresh and try again. The head is {moved.Head}."),
        CommitOutcome.NoBranch => HubCall.NoRevision("branch"),
        CommitOutcome.NoFile missing => Answer.Fail(404, "EntryNotFound", $"A file with this name doesn't exist: {missing.Path}"),
        CommitOutcome.OverQuota full => Answer.Fail(403, null, full.Message),
        CommitOutcome.Invalid invalid => Answer.Bad(invalid.Message),
        _ => throw new InvalidOperationException("This outcome is no failure."),
    };

    // Clients print warnings once a topic: the publisher learns at once what became of the upload.
    private static void Describe(HubCall call, Repository repository, Revision revision, JsonObject answer)
    {
        var state = AdmissionWorkflow.WordOf(revision.State);
        var report = revision.Reference is { } reference ? $"{call.BaseUrl}/v/{reference}" : $"{call.BaseUrl}/{repository.WebPath}";
        answer["assay"] = new JsonObject { ["state"] = state, ["verdict"] = revision.Verdict, ["reason"] = revision.Reason, ["reference"] = revision.Reference, ["reportUrl"] = report };
        var words = revision.State switch
        {
            RevisionState.Admitted => null,
            RevisionState.Quarantined => $"Not served yet, a reviewer has to look at it: {revision.Reason} Report: {report}",
            RevisionState.Rejected => $"Refused: {revision.Reason} Report: {report}",
            _ => $"Still being checked; it is served when that is done. See {report}",
        };
        if (words is null)
            return;
        answer["hookOutput"] = words;
        call.Http.Response.Headers["X-HF-Warning"] = Answer.ForHeader($"vetting-{revision.CommitId[..7]}; {words}");
    }

    // One line at a time; the content of each file goes to the store at once, so that no commit is held in memory as a whole.
    private static async Task<(CommitRequest? Request, Answer? Problem)> ReadAsync(HubCall call)
    {
        var options = call.Get<HubOptions>();
        if (call.Http.Request.ContentLength > options.MaxCommitBytes)
            return (null, Answer.Fail(413, null, $"A commit request has up to {options.MaxCommitBytes >> 20} MiB here. Upload large files as such (git LFS), or split the commit."));
        var operations = new List<CommitOperation>();
        (string Title, string Description, string? Parent)? header = null;
        var body = new LimitedStream(call.Http.Request.Body, options.MaxCommitBytes);
        await using (body.ConfigureAwait(false))
        {
            var reader = PipeReader.Create(body, new StreamPipeReaderOptions(bufferSize: 128 << 10));
            try
            {
                while (true)
                {
                    var read = await reader.ReadAsync(call.Cancellation).ConfigureAwait(false);
                    var buffer = read.Buffer;
                    while (NextLine(ref buffer, read.IsCompleted, out var line))
                    {
                        if (operations.Count >= options.MaxCommitOperations)
                            return (null, Answer.Bad($"A commit has up to {options.MaxCommitOperations} changes here. Split it."));
                        var (parsed, first, wrong) = await LineAsync(call, line).ConfigureAwait(false);
                        if (wrong is not null)
                            return (null, wrong);
                        header ??= first;
                        operations.AddRange(parsed);
                    }

                    reader.AdvanceTo(buffer.Start, buffer.End);
                    if (read.IsCompleted)
                        break;
                }
            }
            catch (InvalidDataException)
            {
                return (null, Answer.Fail(413, null, $"A commit request has up to {options.MaxCommitBytes >> 20} MiB here. Upload large files as such (git LFS), or split the commit."));
            }
            finally
            {
                await reader.CompleteAsync().ConfigureAwait(false);
            }
        }

        return header is not { } head
            ? (null, Answer.Bad("The header of the commit is missing."))
            : (new CommitRequest(head.Title, head.Description, operations) { ParentCommit = head.Parent }, null);
    }

    private static bool NextLine(ref ReadOnlySequence<byte> buffer, bool isEnd, out ReadOnlySequence<byte> line)
    {
        line = default;
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            line = buffer.Slice(0, end);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return true;
        }

        if (!isEnd || buffer.IsEmpty)
            return false;
        line = buffer;
        buffer = buffer.Slice(buffer.End);
        return true;
    }

    private static async Task<(List<CommitOperation> Operations, (string, string, string?)? Header, Answer? Problem)> LineAsync(HubCall call, ReadOnlySequence<byte> line)
    {
        if (line.IsEmpty || (line.Length == 1 && line.FirstSpan[0] == '\r'))
            return ([], null, null);
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 16 });
        }
        catch (JsonException)
        {
            return ([], null, Answer.Bad("A line of the commit is no JSON."));
        }

        using (document)
        {
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || Text(root, "key") is not { } key || !root.TryGetProperty("value", out var value) || value.ValueKind != JsonValueKind.Object)
                return ([], null, Answer.Bad("A line of the commit has no key or no value."));
            var operations = new List<CommitOperation>();
            switch (key)
            {
                case "header":
                    return ([], (Text(value, "summary") ?? "", Text(value, "description") ?? "", Text(value, "parentCommit")), null);
                case "file":
                    {
                        if (Text(value, "path") is not { } path)
                            return ([], null, Answer.Bad("A file of the commit has no path."));
                        var (bytes, wrong) = Content(value, path, call.Get<HubOptions>().MaxRegularBytes);
                        if (wrong is not null)
                            return ([], null, wrong);
                        switch (await call.Get<BlobIntake>().TakeAsync(bytes, call.Who.UserId!, call.Cancellation).ConfigureAwait(false))
                        {
                            case BlobPut.Stored { GitId: { } id } stored:
                                if (Text(value, "oldPath") is { } old && old != path)
                                    operations.Add(new CommitOperation.Delete(old));
                                operations.Add(new CommitOperation.PutFile(path, id, stored.Sha256, stored.Size));
                                return (operations, null, null);
                            case BlobPut.Refused refused:
                                return ([], null, LfsSlices.Refuse(refused));
                            default:
                                return ([], null, Answer.Bad($"{path} is too large for a commit request. Upload it as a large file (git LFS)."));
                        }
                    }

                case "lfsFile":
                    {
                        if (Text(value, "path") is not { } path || !LfsPointer.IsSha256(Text(value, "oid")))
                            return ([], null, Answer.Bad("A large file of the commit needs a path and the SHA-256 of its content as oid."));
                        if (Text(value, "oldPath") is { } old && old != path)
                            operations.Add(new CommitOperation.Delete(old));
                        operations.Add(new CommitOperation.PutLarge(path, Text(value, "oid")!));
                        return (operations, null, null);
                    }

                case "deletedFile" when Text(value, "path") is { } path:
                    return ([new CommitOperation.Delete(path)], null, null);
                case "deletedFolder" when Text(value, "path") is { } path:
                    return ([new CommitOperation.DeleteFolder(path.TrimEnd('/'))], null, null);
                case "copyFile" when Text(value, "path") is { } path && Text(value, "srcPath") is { } source:
                    return ([new CommitOperation.Copy(path, source, Text(value, "srcRevision"))], null, null);
                default:
                    return ([], null, Answer.Bad($"A line of the commit has the key \"{key}\", which is not known, or lacks its path."));
            }
        }
    }

    private static (ReadOnlyMemory<byte> Bytes, Answer? Problem) Content(JsonElement value, string path, long most)
    {
        if (!value.TryGetProperty("content", out var content) || content.ValueKind != JsonValueKind.String)
            return (default, Answer.Bad($"{path} has no content."));
        byte[] bytes;
        if (Text(value, "encoding") == "base64")
        {
            if (!content.TryGetBytesFromBase64(out bytes!))
                return (default, Answer.Bad($"The content of {path} is no base64."));
        }
        else
        {
            if (Text(value, "content") is not { } text)
                return (default, Answer.Bad($"The content of {path} is no text."));
            bytes = Encoding.UTF8.GetBytes(text);
        }

        return bytes.Length > most ? (default, Answer.Bad($"{path} has {bytes.Length:N0} bytes; files above {most:N0} are uploaded as large files (git LFS).")) : (bytes, null);
    }

    private static string? Text(JsonElement value, string name)
    {
        try
        {
            return value.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // half a surrogate pair: no text
        }
    }

    private static bool IsBinary(string? sample)
    {
        if (string.IsNullOrEmpty(sample) || sample.Length > 8192)
            return false;
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(sample.Length)];
        return Convert.TryFromBase64String(sample, bytes, out var n) && bytes.AsSpan(0, n).Contains((byte)0);
    }

    private static async Task<string?> TextAsync(HubCall call, RevisionFile? file)
    {
        if (file is null || file.IsLfs || file.Size > 1 << 20)
            return null;
        var stream = await call.Get<IBlobStore>().OpenAsync(file.Sha256, call.Cancellation).ConfigureAwait(false);
        if (stream is null)
            return null;
        await using (stream.ConfigureAwait(false))
        {
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return await reader.ReadToEndAsync(call.Cancellation).ConfigureAwait(false);
        }
    }
}
