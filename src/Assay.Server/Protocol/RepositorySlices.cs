using System.Text;
using System.Text.Json.Nodes;
using Assay.Hub.Access;
using Assay.Hub.Blobs;
using Assay.Hub.Cards;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Assay.Server.Web;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Protocol;

/// <summary>Creating, moving, configuring and deleting repositories (<c>hub-protocol</c> section 8), and their branches and tags (section 11).</summary>
internal static class RepositorySlices
{
    /// <summary><c>POST /api/repos/create</c>.</summary>
    public static async Task<Answer> CreateAsync(HubCall call)
    {
        if (!call.Who.IsSignedIn)
            return Answer.Fail(401, null, "Sign in to create a repository: use a token of this hub.");
        if (await call.ReadJsonAsync(16 << 20).ConfigureAwait(false) is not { } body || Text(body["name"]) is not { Length: > 0 } name)
            return Answer.Bad("The name of the repository is missing.");
        var space = Text(body["organization"]) is { Length: > 0 } organization ? organization : call.Who.Name;
        if (name.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash)
            (space, name) = (name[..slash], name[(slash + 1)..]);
        if (RepoKinds.Parse(Text(body["type"]) ?? "model") is not { } kind)
            return Answer.Bad("The type is model, dataset or space.");
        if (RepoId.Problem(name) is { } problem)
            return Answer.Bad(problem);
        var sdk = Text(body["sdk"]);
        if (kind == RepoKind.Space && sdk is not ("static" or "gradio" or "docker" or "streamlit"))
            return Answer.Bad("A space needs an sdk: static, gradio, docker or streamlit.");
        if (!RepoId.TryParse(space + "/" + name, out var id))
            return Answer.Bad("The namespace is not valid.");
        var key = RepoId.KeyOf(id.Namespace);
        var owner = await call.Db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Key == key, call.Cancellation).ConfigureAwait(false);
        if (owner is null || !AccessRules.Allows(call.Who, HubAction.Create, new RepositoryAccess(owner.Id, false, $"{kind.Plural()}/{id.Key}")))
            return Answer.Fail(403, null, $"You may not create a {kind.Singular()} in the namespace \"{space}\".");
        var outcome = await call.Get<RepositoryRegistry>().CreateAsync(call.Who, kind, id, new RepositorySettings(IsPrivate(body)) { Sdk = sdk }, call.Cancellation).ConfigureAwait(false);
        if (outcome is RepositoryOutcome.Done done && await FirstFilesAsync(call, done.Repository, body).ConfigureAwait(false) is { } failed)
            return failed;
        return outcome switch
        {
            RepositoryOutcome.Done made => Answer.Of(new JsonObject { ["url"] = UrlOf(call, made.Repository), ["name"] = made.Repository.RepoId.ToString(), ["id"] = made.Repository.Id }),
            RepositoryOutcome.Exists { Existing: { } existing } exists => AlreadyThere(call, existing, exists.Message),
            _ => Fail(call, outcome),
        };
    }

    /// <summary><c>DELETE /api/repos/delete</c>.</summary>
    public static async Task<Answer> DeleteAsync(HubCall call)
    {
        var (repository, problem, _) = await FromBodyAsync(call).ConfigureAwait(false);
        if (repository is null)
            return problem!;
        return await call.Get<RepositoryRegistry>().DeleteAsync(call.Who, repository.Id, call.Cancellation).ConfigureAwait(false) is RepositoryOutcome.Done ? Answer.Of(new JsonObject()) : call.NotFound();
    }

    /// <summary><c>POST /api/repos/move</c>.</summary>
    public static async Task<Answer> MoveAsync(HubCall call)
    {
        if (await call.ReadJsonAsync().ConfigureAwait(false) is not { } body || !RepoId.TryParse(Text(body["fromRepo"]), out var from) || !RepoId.TryParse(Text(body["toRepo"]), out var to))
            return Answer.Bad("fromRepo and toRepo are names such as ada/tiny.");
        if (RepoKinds.Parse(Text(body["type"]) ?? "model") is not { } kind)
            return Answer.Bad("The type is model, dataset or space.");
        var (repository, problem) = await FindAsync(call, kind, from, HubAction.Manage).ConfigureAwait(false);
        if (repository is null)
            return problem!;
        var key = RepoId.KeyOf(to.Namespace);
        var owner = await call.Db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Key == key, call.Cancellation).ConfigureAwait(false);
        if (owner is null || !AccessRules.Allows(call.Who, HubAction.Create, new RepositoryAccess(owner.Id, false, $"{kind.Plural()}/{to.Key}")))
            return Answer.Fail(403, null, $"You may not create a {kind.Singular()} in the namespace \"{to.Namespace}\".");
        var outcome = await call.Get<RepositoryRegistry>().MoveAsync(call.Who, repository.Id, to, call.Cancellation).ConfigureAwait(false);
        return outcome switch
        {
            RepositoryOutcome.Done done => Answer.Of(new JsonObject { ["url"] = UrlOf(call, done.Repository) }),
            RepositoryOutcome.Exists exists => Answer.Fail(409, null, exists.Message),
            _ => Fail(call, outcome),
        };
    }

    /// <summary><c>PUT /api/{T}/{id}/settings</c>.</summary>
    public static async Task<Answer> SettingsAsync(HubCall call)
    {
        var (repository, problem) = await call.RepositoryAsync(HubAction.Manage).ConfigureAwait(false);
        if (repository is null)
            return problem!;
        if (await call.ReadJsonAsync().ConfigureAwait(false) is not { } body)
            return Answer.Bad("The settings are no JSON object.");
        string? gated = null;
        if (body.TryGetPropertyValue("gated", out var value))
        {
            gated = value is JsonValue given && given.TryGetValue<bool>(out var flag) && !flag ? "" : Text(value);
            if (gated is not ("" or "auto" or "manual"))
                return Answer.Bad("gated is false, \"auto\" or \"manual\".");
        }

        var settings = new RepositorySettings(IsPrivate(body)) { Gated = gated, DiscussionsDisabled = Flag(body["discussionsDisabled"]) };
        return await call.Get<RepositoryRegistry>().ConfigureAsync(call.Who, repository.Id, settings, call.Cancellation).ConfigureAwait(false) is RepositoryOutcome.Done done
            ? Answer.Of(new JsonObject
            {
                ["private"] = done.Repository.IsPrivate,
                ["visibility"] = done.Repository.IsPrivate ? "private" : "public",
                ["gated"] = done.Repository.Gated is { } gate ? JsonValue.Create(gate) : JsonValue.Create(false),
                ["discussionsDisabled"] = done.Repository.DiscussionsDisabled,
            })
            : call.NotFound();
    }

    /// <summary><c>POST|DELETE /api/{T}/{id}/branch/{branch}</c>.</summary>
    public static async Task<Answer> BranchAsync(HubCall call)
    {
        var (repository, problem) = await call.RepositoryAsync(HubAction.Write).ConfigureAwait(false);
        if (repository is null)
            return problem!;
        var name = string.Join('/', call.Rest);
        if (HttpMethods.IsDelete(call.Http.Request.Method))
        {
            if (name == RefName.Main)
                return Answer.Fail(403, null, "The main branch cannot be deleted.");
            return await DeleteRefAsync(call, repository, RefName.Heads, name).ConfigureAwait(false);
        }

        var body = await call.ReadJsonAsync().ConfigureAwait(false) ?? [];
        string? start = null;
        if (Flag(body["emptyBranch"]) != true)
        {
            var from = Text(body["startingPoint"]) ?? RefName.Main;
            if (await CommitOfAsync(call, repository, from).ConfigureAwait(false) is not { } commit)
                return HubCall.NoRevision(from);
            start = commit;
        }

        return Made(call, await call.Get<RepositoryRegistry>().CreateBranchAsync(call.Who, repository.Id, name, start, Flag(body["overwrite"]) ?? false, call.Cancellation).ConfigureAwait(false));
    }

    /// <summary><c>POST /api/{T}/{id}/tag/{rev}</c>, <c>DELETE /api/{T}/{id}/tag/{tag}</c>.</summary>
    public static async Task<Answer> TagAsync(HubCall call)
    {
        var (repository, problem) = await call.RepositoryAsync(HubAction.Write).ConfigureAwait(false);
        if (repository is null)
            return problem!;
        var name = string.Join('/', call.Rest);
        if (HttpMethods.IsDelete(call.Http.Request.Method))
            return await DeleteRefAsync(call, repository, RefName.Tags, name).ConfigureAwait(false);
        if (await call.ReadJsonAsync().ConfigureAwait(false) is not { } body || Text(body["tag"]) is not { Length: > 0 } tag)
            return Answer.Bad("The name of the tag is missing.");
        if (await CommitOfAsync(call, repository, name.Length == 0 ? RefName.Main : name).ConfigureAwait(false) is not { } commit)
            return HubCall.NoRevision(name);
        return Made(call, await call.Get<RepositoryRegistry>().CreateTagAsync(call.Who, repository.Id, tag, commit, Text(body["message"]), call.Cancellation).ConfigureAwait(false));
    }

    /// <summary><c>POST /api/{T}/{id}/super-squash/{rev}</c>.</summary>
    public static async Task<Answer> SquashAsync(HubCall call)
    {
        var (repository, problem) = await call.RepositoryAsync(HubAction.Write).ConfigureAwait(false);
        if (repository is null)
            return problem!;
        var body = await call.ReadJsonAsync().ConfigureAwait(false) ?? [];
        var message = Text(body["message"]) is { Length: > 0 } given ? given : "Super-squash branch using huggingface_hub";
        var outcome = await call.Get<RepositoryRegistry>().SquashAsync(call.Who, repository.Id, string.Join('/', call.Rest), message, call.Cancellation).ConfigureAwait(false);
        if (outcome is not RepositoryOutcome.Done { CommitId: { } commit } done)
            return HubCall.NoRevision(string.Join('/', call.Rest));
        if (done.RevisionId is { } revision)
            await CommitSlices.WaitAsync(call, revision).ConfigureAwait(false);
        return Answer.Of(new JsonObject { ["commitId"] = commit });
    }

    /// <summary><c>POST /api/validate-yaml</c>.</summary>
    public static async Task<Answer> ValidateYamlAsync(HubCall call)
    {
        var content = await call.ReadJsonAsync(16 << 20).ConfigureAwait(false) is { } body ? Text(body["content"]) : null;
        if (content is null)
            return Answer.Of(new JsonObject { ["error"] = "The content is missing.", ["errors"] = new JsonArray(new JsonObject { ["message"] = "The content is missing." }), ["warnings"] = new JsonArray() }, 400);
        var warnings = new JsonArray();
        switch (FrontMatter.Read(content))
        {
            case FrontMatter.Invalid invalid:
                return Answer.Of(new JsonObject { ["error"] = "Invalid metadata in README.md.", ["errors"] = new JsonArray(new JsonObject { ["message"] = invalid.Message }), ["warnings"] = warnings }, 400);
            case FrontMatter.Missing:
                warnings.Add(new JsonObject { ["message"] = "empty or missing yaml metadata in repo card" });
                break;
        }

        return Answer.Of(new JsonObject { ["errors"] = new JsonArray(), ["warnings"] = warnings });
    }

    /// <summary>A text of a body; null for anything else.</summary>
    internal static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>The address of a repository's page, with which clients compare their own.</summary>
    internal static string UrlOf(HubCall call, Repository repository) => $"{call.BaseUrl}/{repository.WebPath}";

    private static bool? Flag(JsonNode? node) => node is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : null;

    private static bool? IsPrivate(JsonObject body) => Text(body["visibility"]) is { } visibility ? visibility != "public" : Flag(body["private"]);

    private static Answer AlreadyThere(HubCall call, Repository existing, string message) =>
        AccessRules.Allows(call.Who, HubAction.ReadMetadata, RepositoryAccess.Of(existing))
            ? Answer.Of(new JsonObject { ["error"] = message, ["url"] = UrlOf(call, existing) }, 409)
            : Answer.Fail(409, null, "This name is taken. Choose another.");

    private static async Task<Answer> DeleteRefAsync(HubCall call, Repository repository, string space, string name) =>
        await call.Get<RepositoryRegistry>().DeleteRefAsync(call.Who, repository.Id, space + name, call.Cancellation).ConfigureAwait(false) is RepositoryOutcome.Done
            ? Answer.Of(new JsonObject())
            : HubCall.NoRevision(name);

    private static Answer Made(HubCall call, RepositoryOutcome outcome) => outcome is RepositoryOutcome.Done ? Answer.Of(new JsonObject()) : Fail(call, outcome);

    private static Answer Fail(HubCall call, RepositoryOutcome outcome) => outcome switch
    {
        RepositoryOutcome.Exists exists => Answer.Fail(409, null, exists.Message),
        RepositoryOutcome.Invalid invalid => Answer.Bad(invalid.Message),
        _ => call.NotFound(),
    };

    // What a publisher builds on is his own head, whether it is served yet or not.
    private static async Task<string?> CommitOfAsync(HubCall call, Repository repository, string name)
    {
        if (await RevisionGate.FindRefAsync(call.Db, repository.Id, name, call.Cancellation).ConfigureAwait(false) is { } gitRef)
            return gitRef.HeadCommit;
        return (await RevisionGate.FindCommitAsync(call.Db, repository.Id, name, call.Cancellation).ConfigureAwait(false))?.CommitId;
    }

    private static async Task<(Repository? Repository, Answer? Problem, JsonObject? Body)> FromBodyAsync(HubCall call)
    {
        if (await call.ReadJsonAsync().ConfigureAwait(false) is not { } body || Text(body["name"]) is not { Length: > 0 } name)
            return (null, Answer.Bad("The name of the repository is missing."), null);
        var full = name.Contains('/', StringComparison.Ordinal) ? name : $"{(Text(body["organization"]) is { Length: > 0 } space ? space : call.Who.Name)}/{name}";
        if (!RepoId.TryParse(full, out var id) || RepoKinds.Parse(Text(body["type"]) ?? "model") is not { } kind)
            return (null, call.NotFound(), null);
        var (repository, problem) = await FindAsync(call, kind, id, HubAction.Manage).ConfigureAwait(false);
        return (repository, problem, body);
    }

    private static async Task<(Repository? Repository, Answer? Problem)> FindAsync(HubCall call, RepoKind kind, RepoId id, HubAction action)
    {
        var repository = await RepositoryRegistry.FindAsync(call.Db, kind, id, call.Cancellation).ConfigureAwait(false);
        if (repository is null || !AccessRules.Allows(call.Who, HubAction.ReadMetadata, RepositoryAccess.Of(repository)))
            return (null, call.NotFound());
        return AccessRules.Allows(call.Who, action, RepositoryAccess.Of(repository))
            ? (repository, null)
            : (null, call.Who.IsSignedIn ? Answer.Fail(403, null, $"You may not do this with {repository.RepoId}.") : Answer.Fail(401, null, "Sign in to do this: use a token of this hub."));
    }

    // JavaScript clients may send the first files along.
    private static async Task<Answer?> FirstFilesAsync(HubCall call, Repository repository, JsonObject body)
    {
        var operations = new List<CommitOperation>();
        foreach (var file in body["files"] as JsonArray ?? [])
        {
            if (file is not JsonObject given || Text(given["path"]) is not { } path || Text(given["content"]) is not { } content)
                return Answer.Bad("Each file has a path and a content.");
            byte[] bytes;
            try
            {
                bytes = Text(given["encoding"]) == "base64" ? Convert.FromBase64String(content) : Encoding.UTF8.GetBytes(content);
            }
            catch (FormatException)
            {
                return Answer.Bad($"The content of {path} is no base64.");
            }

            if (await call.Get<BlobIntake>().TakeAsync(bytes, call.Who.UserId!, call.Cancellation).ConfigureAwait(false) is not BlobPut.Stored { GitId: { } gitId } stored)
                return Answer.Bad($"{path} is too large to be sent along. Upload it after the repository was created.");
            operations.Add(new CommitOperation.PutFile(path, gitId, stored.Sha256, stored.Size));
        }

        if (Text(body["license"]) is { Length: > 0 and < 60 } license && !operations.Exists(static o => o is CommitOperation.PutFile { Path: "README.md" }))
        {
            var card = Encoding.UTF8.GetBytes($"---\nlicense: {license}\n---\n");
            if (FrontMatter.Read(Encoding.UTF8.GetString(card)) is FrontMatter.Card && await call.Get<BlobIntake>().TakeAsync(card, call.Who.UserId!, call.Cancellation).ConfigureAwait(false) is BlobPut.Stored { GitId: { } id } readme)
                operations.Add(new CommitOperation.PutFile("README.md", id, readme.Sha256, readme.Size));
        }

        if (operations.Count == 0)
            return null;
        var outcome = await call.Get<CommitWriter>().CommitAsync(repository, RefName.Heads + RefName.Main, call.Who, db => RepositoryRegistry.ReadableBy(db, call.Who), new CommitRequest("Add first files", "", operations), call.Cancellation).ConfigureAwait(false);
        if (outcome is CommitOutcome.Done { RevisionId: { } revision })
            await CommitSlices.WaitAsync(call, revision).ConfigureAwait(false);
        return outcome is CommitOutcome.Done ? null : CommitSlices.Fail(outcome);
    }
}
