using System.Text;
using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Blobs;
using Assay.Hub.Publishers;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Assay.Scanning.Reports;
using Assay.Server.Protocol;
using Assay.Server.Web;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Pages;

/// <summary>A file or folder in a list.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Path">Its path from the root.</param>
/// <param name="Size">Its length in bytes; of a folder that of all in it.</param>
/// <param name="IsFolder">Which of the two.</param>
/// <param name="State">Its verdict; of a folder the worst in it; null where nothing is known of it.</param>
public sealed record FileRow(string Name, string Path, long Size, bool IsFolder, PageState? State);

/// <summary>What is common to all pages of a repository.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Revision">The revision that is shown.</param>
/// <param name="Name">How the reader named it.</param>
/// <param name="Line">How it stands.</param>
/// <param name="Report">What was found; null where there is no report.</param>
/// <param name="IsServed">Whether its contents may be read by this reader.</param>
/// <param name="SeesUnserved">Whether the reader sees what was pushed and is not served.</param>
public sealed record RevisionFrame(Repository Repository, Revision Revision, string Name, StateLine Line, ReportPage? Report, bool IsServed, bool SeesUnserved)
{
    /// <summary>Reference of the decision in force.</summary>
    public string? Reference => Repository.WithdrawnReference ?? Repository.HoldReference ?? Revision.Reference;
}

/// <summary>The page of a repository.</summary>
/// <param name="Frame">What is common.</param>
/// <param name="Owner">Who published it.</param>
/// <param name="Standing">What is proven of him; null where there is no such account any more.</param>
/// <param name="CardHtml">The card, rendered; null where it is not.</param>
/// <param name="CardText">The card as text, where it cannot be rendered.</param>
/// <param name="Files">Files of the root; empty where they are not shown.</param>
/// <param name="FileCount">Files in all.</param>
/// <param name="Tags">Tags.</param>
/// <param name="Beyond">What was pushed after this and is not served; null where there is nothing, or the reader may not know.</param>
/// <param name="BeyondReference">Its reference.</param>
public sealed record RepositoryModel(
    RevisionFrame Frame, Account? Owner, PublisherStanding? Standing, string? CardHtml, string? CardText, IReadOnlyList<FileRow> Files, int FileCount, IReadOnlyList<string> Tags, StateLine? Beyond, string? BeyondReference);

/// <summary>A folder.</summary>
/// <param name="Frame">What is common.</param>
/// <param name="Path">Its path; empty for the root.</param>
/// <param name="Files">What is in it.</param>
/// <param name="IsCut">Whether there is more than is shown.</param>
public sealed record TreeModel(RevisionFrame Frame, string Path, IReadOnlyList<FileRow> Files, bool IsCut);

/// <summary>A file.</summary>
/// <param name="Frame">What is common.</param>
/// <param name="File">The file.</param>
/// <param name="State">Its verdict; null where nothing is known of it.</param>
/// <param name="Text">Its text, where it has one that can be shown.</param>
/// <param name="Note">Why there is no text, or only a part of it.</param>
/// <param name="Findings">What was found in it.</param>
public sealed record BlobModel(RevisionFrame Frame, RevisionFile File, PageState? State, string? Text, string? Note, IReadOnlyList<FindingView> Findings);

/// <summary>A history.</summary>
/// <param name="Frame">What is common.</param>
/// <param name="Commits">The newest first.</param>
/// <param name="Page">Number of the page, from 0.</param>
/// <param name="HasMore">Whether another follows.</param>
public sealed record CommitsModel(RevisionFrame Frame, IReadOnlyList<Revision> Commits, int Page, bool HasMore);

/// <summary>A commit.</summary>
/// <param name="Frame">What is common.</param>
/// <param name="Changes">What it changed: <c>+</c>, <c>−</c> or <c>~</c>, and the path.</param>
/// <param name="IsCut">Whether there is more than is shown.</param>
public sealed record CommitModel(RevisionFrame Frame, IReadOnlyList<(char Sign, string Path)> Changes, bool IsCut);

/// <summary>Pages of repositories.</summary>
internal static class RepositoryPages
{
    private const int MaxText = 1 << 20;
    private const int MaxRows = 1000;
    private const int PageSize = 50;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary><c>/{R}</c></summary>
    public static async Task<IResult> ShowAsync(HubCall call)
    {
        var (frame, gate, _, problem) = await OpenAsync(call, RefName.Main).ConfigureAwait(false);
        if (frame is null)
            return problem!;
        var repository = frame.Repository;
        var owner = await call.Db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Id == repository.OwnerId, call.Cancellation).ConfigureAwait(false);
        IReadOnlyList<FileRow> files = [];
        var (count, html, text) = (0, (string?)null, (string?)null);
        if (frame.IsServed || frame.SeesUnserved)
        {
            var tree = await call.Get<RevisionTrees>().ReadAsync(call.Db, frame.Revision.TreeId, call.Cancellation).ConfigureAwait(false);
            (files, count) = (RowsOf(tree, "", frame.Report), tree.Files.Count);
            if (frame.IsServed && tree.Find("README.md") is { Size: <= MaxText } card && await ReadTextAsync(call, card).ConfigureAwait(false) is { } words)
            {
                html = CardHtml.Render(words, RawTarget.EncodePath(repository.WebPath), frame.Revision.CommitId);
                text = html is null ? CardHtml.WithoutFrontMatter(words) : null;
            }
        }

        var tags = frame.IsServed ? await call.Db.RepositoryTags.AsNoTracking().Where(t => t.RepositoryId == repository.Id).Select(static t => t.Tag).OrderBy(static t => t).Take(60).ToListAsync(call.Cancellation).ConfigureAwait(false) : [];
        StateLine? beyond = null;
        if (frame.SeesUnserved && gate is Gate.Served { Beyond.Revision: { } pushed })
            beyond = StateLine.Of(repository, pushed, null, null);
        return PageSite.Show<RepositoryView>(call, new RepositoryModel(frame, owner, owner is null ? null : await call.Get<StandingReader>().ReadAsync(call.Db, owner, call.Cancellation).ConfigureAwait(false), html, text, [.. files.Take(MaxRows)], count, tags, beyond, (gate as Gate.Served)?.Beyond?.Reference));
    }

    /// <summary><c>/{R}/tree/{rev}/{path}</c></summary>
    public static async Task<IResult> TreeAsync(HubCall call)
    {
        var (frame, path, problem) = await OpenContentAsync(call).ConfigureAwait(false);
        if (frame is null)
            return problem!;
        var tree = await call.Get<RevisionTrees>().ReadAsync(call.Db, frame.Revision.TreeId, call.Cancellation).ConfigureAwait(false);
        path = path.Trim('/');
        if (path.Length > 0 && !tree.Folders.ContainsKey(path))
            return PageSite.Error(call, 404, "There is no such folder in this revision.");
        var rows = RowsOf(tree, path.Length == 0 ? "" : path + "/", frame.Report);
        return PageSite.Show<TreeView>(call, new TreeModel(frame, path, [.. rows.Take(MaxRows)], rows.Count > MaxRows));
    }

    /// <summary><c>/{R}/blob/{rev}/{path}</c></summary>
    public static async Task<IResult> BlobAsync(HubCall call)
    {
        var (frame, path, problem) = await OpenContentAsync(call).ConfigureAwait(false);
        if (frame is null)
            return problem!;
        var tree = await call.Get<RevisionTrees>().ReadAsync(call.Db, frame.Revision.TreeId, call.Cancellation).ConfigureAwait(false);
        if (tree.Find(path) is not { } file)
            return PageSite.Error(call, 404, "There is no such file in this revision.");
        var (text, note) = (await ContentAsync(call, frame, file).ConfigureAwait(false)) switch
        {
            (null, { } why) => ((string?)null, why),
            var (content, cut) => (content, cut),
        };
        var findings = frame.Report?.Findings.Where(f => f.Path == file.Path).ToList() ?? [];
        return PageSite.Show<BlobView>(call, new BlobModel(frame, file, frame.Report?.Verdicts.TryGetValue(file.Path, out var verdict) == true ? StateLine.OfVerdict(verdict) : null, text, note, findings));
    }

    /// <summary><c>/{R}/commits/{rev}</c></summary>
    public static async Task<IResult> CommitsAsync(HubCall call)
    {
        var (frame, _, problem) = await OpenContentAsync(call).ConfigureAwait(false);
        if (frame is null)
            return problem!;
        var page = call.Number("page", 0, 0, 100_000);
        List<Revision> commits;
        if (frame.SeesUnserved)
        {
            commits = await call.Db.Revisions.AsNoTracking().Where(r => r.RepositoryId == frame.Repository.Id && r.RefName == frame.Revision.RefName).OrderByDescending(static r => r.ReceivedAt).Skip(page * PageSize).Take(PageSize + 1).ToListAsync(call.Cancellation).ConfigureAwait(false);
        }
        else
        {
            commits = [.. (await ReadSlices.HistoryAsync(call, frame.Repository, frame.Revision).ConfigureAwait(false)).Skip(page * PageSize).Take(PageSize + 1)];
        }

        return PageSite.Show<CommitsView>(call, new CommitsModel(frame, [.. commits.Take(PageSize)], page, commits.Count > PageSize));
    }

    /// <summary><c>/{R}/commit/{id}</c></summary>
    public static async Task<IResult> CommitAsync(HubCall call)
    {
        var (frame, _, problem) = await OpenContentAsync(call).ConfigureAwait(false);
        if (frame is null)
            return problem!;
        // Told against what this reader could see before.
        var history = await ReadSlices.HistoryAsync(call, frame.Repository, frame.Revision).ConfigureAwait(false);
        var trees = call.Get<RevisionTrees>();
        var after = await trees.ReadAsync(call.Db, frame.Revision.TreeId, call.Cancellation).ConfigureAwait(false);
        var before = history.Count > 1 ? await trees.ReadAsync(call.Db, history[1].TreeId, call.Cancellation).ConfigureAwait(false) : null;
        var changes = new List<(char, string)>();
        foreach (var file in after.Files)
        {
            if (before?.Find(file.Path) is not { } old)
                changes.Add(('+', file.Path));
            else if (old.Id != file.Id)
                changes.Add(('~', file.Path));
        }

        foreach (var file in before?.Files ?? [])
        {
            if (after.Find(file.Path) is null)
                changes.Add(('−', file.Path));
        }

        return PageSite.Show<CommitView>(call, new CommitModel(frame, [.. changes.Take(MaxRows)], changes.Count > MaxRows));
    }

    /// <summary>Text that came out of a repository, in one line, with everything invisible written out.</summary>
    internal static string Shown(string text) => VisibleText.Of(text);

    // The revision that is asked for, and whether its contents may be shown to this reader.
    private static async Task<(RevisionFrame? Frame, Gate Gate, string Path, IResult? Problem)> OpenAsync(HubCall call, string? fixedName)
    {
        var unknown = new Gate.Unknown();
        var (repository, answer) = await call.RepositoryAsync(HubAction.ReadMetadata).ConfigureAwait(false);
        if (repository is null)
            return (null, unknown, "", PageSite.Of(call, answer!));
        var (gate, name, path) = fixedName is null ? await call.RevisionAsync(repository).ConfigureAwait(false) : (await RevisionGate.OpenAsync(call.Db, repository, fixedName, call.Cancellation).ConfigureAwait(false), fixedName, "");
        var sees = RevisionGate.MaySeeUnserved(call.Who, repository);
        var revision = gate switch
        {
            Gate.Served served => served.Revision,
            Gate.Refused { Revision: { } held } => held,
            // Of a withdrawn repository the page tells of the revision that was served.
            Gate.Refused => await call.Db.Revisions.AsNoTracking().Where(r => r.RepositoryId == repository.Id).OrderByDescending(r => r.CommitId == repository.ServedCommit).ThenByDescending(static r => r.ReceivedAt).FirstOrDefaultAsync(call.Cancellation).ConfigureAwait(false),
            _ => null,
        };
        if (revision is null)
            return (null, gate, path, PageSite.Error(call, 404, "There is no such revision in this repository."));
        var row = await call.Db.RevisionReports.AsNoTracking().Where(r => r.RevisionId == revision.Id).OrderByDescending(static r => r.CreatedAt).FirstOrDefaultAsync(call.Cancellation).ConfigureAwait(false);
        var report = row is null ? null : ReportPage.Read(JsonNode.Parse(Packing.Unpack(row.Content)) as JsonObject);
        var reference = repository.WithdrawnReference ?? repository.HoldReference ?? revision.Reference;
        var decidedBy = reference is null ? null : await call.Db.RevisionDecisions.AsNoTracking().Where(d => d.Reference == reference).Select(static d => d.DecidedBy).FirstOrDefaultAsync(call.Cancellation).ConfigureAwait(false);
        // A gated repository shows its contents to those only who were let in.
        var isServed = gate is Gate.Served && AccessRules.Allows(call.Who, HubAction.ReadContent, RepositoryAccess.Of(repository)) && (await call.RepositoryAsync(HubAction.ReadContent).ConfigureAwait(false)).Repository is not null;
        // What was taken back is told of by its report, and by nothing else.
        var frame = new RevisionFrame(repository, revision, fixedName is null ? name : RefName.Main, StateLine.Of(repository, revision, decidedBy, report), report, isServed, sees && gate is not Gate.Refused { IsWithdrawn: true });
        return (frame, gate, path, null);
    }

    // What a revision holds: not for those who may not see it.
    private static async Task<(RevisionFrame? Frame, string Path, IResult? Problem)> OpenContentAsync(HubCall call)
    {
        var (frame, _, path, problem) = await OpenAsync(call, null).ConfigureAwait(false);
        return frame is { IsServed: false, SeesUnserved: false }
            ? (null, path, PageSite.Show<RefusedView>(call, frame, frame.Line.State == PageState.Withdrawn ? 410 : 403))
            : (frame, path, problem);
    }

    private static List<FileRow> RowsOf(RevisionTree tree, string prefix, ReportPage? report)
    {
        var folders = new Dictionary<string, (long Size, PageState? State)>(StringComparer.Ordinal);
        var files = new List<FileRow>();
        foreach (var file in tree.Files)
        {
            if (!file.Path.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            PageState? state = report?.Verdicts.TryGetValue(file.Path, out var verdict) == true ? StateLine.OfVerdict(verdict) : null;
            var slash = file.Path.IndexOf('/', prefix.Length);
            if (slash < 0)
            {
                files.Add(new FileRow(file.Path[prefix.Length..], file.Path, file.Size, IsFolder: false, state));
                continue;
            }

            var name = file.Path[prefix.Length..slash];
            var known = folders.GetValueOrDefault(name);
            folders[name] = (known.Size + file.Size, Worse(known.State, state));
        }

        return [.. folders.OrderBy(static f => f.Key, StringComparer.Ordinal).Select(f => new FileRow(f.Key, prefix + f.Key, f.Value.Size, IsFolder: true, f.Value.State)), .. files];
    }

    private static PageState? Worse(PageState? one, PageState? other)
    {
        return Rank(one) >= Rank(other) ? one : other;

        static int Rank(PageState? state) => state switch
        {
            null => 0,
            PageState.NoFindings => 1,
            PageState.Checking => 2,
            PageState.NotFullyInspected => 3,
            PageState.Caution => 4,
            _ => 5,
        };
    }

    private static async Task<(string? Text, string? Note)> ContentAsync(HubCall call, RevisionFrame frame, RevisionFile file)
    {
        if (!frame.IsServed)
            return (null, frame.Line.State == PageState.NoFindings || frame.Line.State == PageState.Caution ? "You have no access to the contents of this repository." : "The contents of this revision are shown to nobody while it is not served.");
        if (file.Size > MaxText)
            return (null, $"This file is {PageText.Size(file.Size)} long; up to {PageText.Size(MaxText)} are shown here.");
        return await ReadTextAsync(call, file).ConfigureAwait(false) is { } text ? (text, null) : (null, "This file is no text, and is not shown here.");
    }

    // The content where it is text: UTF-8 without NUL.
    private static async Task<string?> ReadTextAsync(HubCall call, RevisionFile file)
    {
        var stream = await call.Get<IBlobStore>().OpenAsync(file.Sha256, call.Cancellation).ConfigureAwait(false);
        if (stream is null)
            return null;
        await using (stream.ConfigureAwait(false))
        {
            var bytes = new byte[(int)Math.Min(file.Size, MaxText)];
            var read = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, call.Cancellation).ConfigureAwait(false);
            if (bytes.AsSpan(0, read).Contains((byte)0))
                return null;
            try
            {
                return Strict.GetString(bytes, 0, read);
            }
            catch (DecoderFallbackException)
            {
                return null;
            }
        }
    }
}
