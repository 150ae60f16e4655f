using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Assay.Hub.Access;
using Assay.Hub.Admission;
using Assay.Hub.Blobs;
using Assay.Hub.Identity;
using Assay.Hub.Repositories;
using Assay.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Tests.Identity;

public abstract class IdentityTests(TestHub hub)
{
    private const string Card = """
        ---
        license: apache-2.0
        pipeline_tag: token-classification
        ---
        # OpenAI Privacy Filter

        Privacy Filter is developed by OpenAI. It finds names, addresses, account numbers and secrets in running text and replaces them
        before that text leaves the machine on which it was written. The model reads up to eight thousand tokens at once, runs on a laptop
        without a graphics card, and marks every replaced span with its category so that applications can put placeholders in its place.

        It was trained on synthetic identities that were woven into public records in nineteen languages, and evaluated against a benchmark
        that human annotators wrote for this purpose. Names are found with a recall of ninety seven percent, account numbers with ninety five.
        Rare scripts and handwriting that was scanned badly remain weak spots; please read the report before relying on the filter alone.

        ## Limits

        The filter judges spans one by one and does not know which combination of harmless details gives a person away. It should be one
        layer among several, with people who review what it lets pass, and with retention rules that do not depend on any model at all.
        """;

    private const string Lure = "\n## Setup\n\nRun `start.bat` first on Windows, or `loader.py` elsewhere, to activate the model before use.\n";

    [Fact]
    public async Task The_copy_of_a_genuine_model_is_held_at_its_first_commit_with_its_reasons_and_the_genuine_one_is_not()
    {
        var genuine = await RepositoryAsync("openai", "privacy-filter");
        var first = await CommitAsync(genuine, ("README.md", Card), ("model.safetensors", Tensor(1)));
        Assert.Equal(RevisionState.Admitted, first.State);
        var own = await AssessmentAsync(first.Id);
        Assert.True(own.Action == "allow", $"{own.Action} {own.Target} {own.ReasonsJson}");

        // Everything that the scanner could object to is left out: what holds it is who it pretends to be.
        var fake = await RepositoryAsync("Open-OSS", "privacy-filter");
        var second = await CommitAsync(fake, ("README.md", Card + Lure), ("model.safetensors", Tensor(1)), ("loader.py", "print('ready')\n"), ("start.bat", "@echo ready\r\n"));
        var assessment = await AssessmentAsync(second.Id);
        Assert.Equal(("hold", "openai/privacy-filter"), (assessment.Action, assessment.Target));
        Assert.NotEqual(RevisionState.Admitted, second.State);
        using var reasons = JsonDocument.Parse(assessment.ReasonsJson);
        var against = reasons.RootElement.EnumerateArray().Where(r => r.GetProperty("weight").GetDouble() > 0).Select(r => r.GetProperty("code").GetString()!).ToList();
        Assert.Contains("card-copied", against);
        Assert.Contains("false-claim", against);
        Assert.Contains("programs", against);
        Assert.Contains("lure", against);
        Assert.Contains("new-account", against);
        Assert.Contains(against, c => c.StartsWith("name-", StringComparison.Ordinal));
        Assert.Contains("openai/privacy-filter", assessment.Headline, StringComparison.Ordinal);
        Assert.Null((await hub.MainAsync(fake.Repository)).ServedCommit is { } served && served == second.CommitId ? served : null);
    }

    [Fact]
    public async Task An_honest_conversion_that_names_its_base_is_served_with_a_note()
    {
        var genuine = await RepositoryAsync(hub.NewName("maker"), "Aurora-7B-Instruct");
        await CommitAsync(genuine, ("README.md", Card.Replace("OpenAI", "Aurora Works", StringComparison.Ordinal)), ("model.safetensors", Tensor(2)));
        var converted = await RepositoryAsync(hub.NewName("quants"), "Aurora-7B-Instruct-GGUF");
        var revision = await CommitAsync(converted, ("README.md", $"---\nbase_model: {genuine.Repository.RepoId}\n---\n# GGUF files\n\nQuantized version of {genuine.Repository.RepoId}.\n"), ("model.safetensors", Tensor(3)));
        Assert.Equal(RevisionState.Admitted, revision.State);
        Assert.Equal("label", (await AssessmentAsync(revision.Id)).Action);
        await using var db = await hub.OpenAsync();
        var note = (await db.Repositories.AsNoTracking().FirstAsync(r => r.Id == converted.Repository.Id, TestHub.Cancellation)).IdentityNote;
        Assert.Contains($"based on {genuine.Repository.RepoId}", note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_weights_under_another_name_are_recognised()
    {
        var genuine = await RepositoryAsync(hub.NewName("lab"), "Borealis-3B");
        await CommitAsync(genuine, ("README.md", "# Borealis\n"), ("model.safetensors", Tensor(4)));
        var copy = await RepositoryAsync(hub.NewName("other"), "my-own-model");
        var revision = await CommitAsync(copy, ("README.md", "# Mine\n"), ("renamed.safetensors", Tensor(4)));
        Assert.Equal(genuine.Repository.RepoId.ToString(), (await AssessmentAsync(revision.Id)).Target);
    }

    [Fact]
    public async Task The_indexes_are_built_again_from_the_database_and_from_their_files()
    {
        var genuine = await RepositoryAsync(hub.NewName("keeper"), "Solstice-9B");
        await CommitAsync(genuine, ("README.md", Card.Replace("OpenAI", "Keeper", StringComparison.Ordinal)), ("model.safetensors", Tensor(5)));
        var (names, cards, models) = await hub.Get<IdentityIndexes>().RebuildAsync(TestHub.Cancellation);
        Assert.True(names > 5000 && cards > 0 && models > 0);
        await using var second = hub.Build(static o => o);
        var id = genuine.Repository.RepoId.ToString();
        Assert.True(await ((IdentityIndexes)second.GetService(typeof(IdentityIndexes))!).UseAsync((snapshot, tensors) => snapshot.Names.Contains(id) && tensors.Count >= models, TestHub.Cancellation));
    }

    private async Task<(Principal Who, Repository Repository)> RepositoryAsync(string owner, string name)
    {
        var outcome = await hub.Accounts.CreateAsync(Principal.System, AccountKind.User, owner, null, null, null, null, TestHub.Cancellation);
        await using var db = await hub.OpenAsync();
        var account = outcome is AccountOutcome.Done done ? done.Account : await db.Accounts.FirstAsync(a => a.Name == owner, TestHub.Cancellation);
        var who = (await AccountRegistry.FindAsync(db, account.Id, null, null, TestHub.Cancellation))!;
        var made = Assert.IsType<RepositoryOutcome.Done>(await hub.Registry.CreateAsync(who, RepoKind.Model, new RepoId(owner, name), new RepositorySettings(false), TestHub.Cancellation));
        return (who, made.Repository);
    }

    private async Task<Revision> CommitAsync((Principal Who, Repository Repository) at, params (string Path, object Content)[] files)
    {
        var operations = new List<CommitOperation>();
        foreach (var (path, content) in files)
        {
            var bytes = content as byte[] ?? Encoding.UTF8.GetBytes((string)content);
            var stored = Assert.IsType<BlobPut.Stored>(await hub.Get<BlobIntake>().TakeAsync(bytes, at.Who.UserId!, TestHub.Cancellation));
            operations.Add(content is byte[]? new CommitOperation.PutLarge(path, stored.Sha256) : new CommitOperation.PutFile(path, stored.GitId!, stored.Sha256, stored.Size));
        }

        var id = (await hub.CommitAsync(at.Who, at.Repository, [.. operations])).RevisionId!.Value;
        await hub.VetAllAsync();
        return await hub.RevisionAsync(id);
    }

    private async Task<RevisionAssessment> AssessmentAsync(Guid revisionId)
    {
        await using var db = await hub.OpenAsync();
        return await db.RevisionAssessments.AsNoTracking().FirstAsync(a => a.RevisionId == revisionId, TestHub.Cancellation);
    }

    private static byte[] Tensor(int seed)
    {
        const int numbers = 64 << 10;
        var header = Encoding.UTF8.GetBytes($$$"""{"w":{"dtype":"F32","shape":[{{{numbers / 4}}}],"data_offsets":[0,{{{numbers}}}]}}""");
        var bytes = new byte[8 + header.Length + numbers];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, header.Length);
        header.CopyTo(bytes, 8);
        var random = new Random(seed);
        for (var i = 8 + header.Length; i < bytes.Length; i += 4)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i), random.NextSingle() - 0.5f);
        return bytes;
    }
}

public sealed class IdentityOnSqliteTests(SqliteHub hub) : IdentityTests(hub), IClassFixture<SqliteHub>;

public sealed class IdentityOnPostgresTests(PostgresHub hub) : IdentityTests(hub), IClassFixture<PostgresHub>;
