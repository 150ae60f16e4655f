using System.Text;
using System.Text.Json;
using Assay.Formats;
using Assay.Impersonation.Cards;
using Assay.Impersonation.Claims;
using Assay.Impersonation.Engagement;
using Assay.Impersonation.Names;

namespace Assay.Impersonation.Evaluation;

/// <summary>Judges the repositories of a data folder, for measuring. Labels are not read.</summary>
public static class ScenariosTask
{
    /// <summary>Writes a line for each scenario: <c>{"id","action","reasons"}</c>.</summary>
    /// <param name="dataFolder">Holds <c>scenarios.jsonl</c>, <c>brands.tsv</c> and <c>known_ids.tsv</c> (or <c>known_ids_all.tsv</c>, which comes first).</param>
    /// <param name="output">Where lines go.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    /// <exception cref="InvalidDataException">A file lacks a column.</exception>
    /// <exception cref="JsonException">The data is not what its README says.</exception>
    public static void Run(string dataFolder, TextWriter output, CancellationToken cancellation)
    {
        var lines = File.ReadAllLines(Path.Combine(dataFolder, "scenarios.jsonl"));
        // The nearest repository is what an index returned: it is known, wherever the list of known ids ends.
        var names = NamesTask.Index(dataFolder);
        var nearest = lines.Select(NearestOf).OfType<string>().Where(n => LikenessIndex.IsId(n) && !names.Contains(n)).Distinct(StringComparer.OrdinalIgnoreCase);
        var snapshot = new IdentitySnapshot(names.With(nearest.Select(static n => new KnownName(n, 1, IsProtected: true))), new BrandPhrases(names.Brands.All));
        foreach (var line in lines)
        {
            cancellation.ThrowIfCancellationRequested();
            if (string.IsNullOrWhiteSpace(line))
                continue;
            using var document = JsonDocument.Parse(line);
            var assessment = Judge(document.RootElement, snapshot);
            output.Write(JsonSerializer.Serialize(
                new ScenarioPrediction(document.RootElement.GetProperty("scenario_id").ToString(), assessment.Action.ToString().ToLowerInvariant(), [.. assessment.Reasons.Select(static r => $"{r.Code} {r.Weight:+0.0;-0.0}: {r.Text}")]),
                EvaluationJson.Default.ScenarioPrediction));
            output.Write('\n');
        }
    }

    private static string? NearestOf(string line)
    {
        if (string.IsNullOrWhiteSpace(line))
            return null;
        using var document = JsonDocument.Parse(line);
        return Text(document.RootElement, "nearest_known");
    }

    private static Assessment Judge(JsonElement scenario, IdentitySnapshot snapshot)
    {
        var id = Text(scenario, "id") ?? "";
        var (publisher, metadata, weights, engagement) = (scenario.GetProperty("publisher"), scenario.GetProperty("metadata"), scenario.GetProperty("weights"), scenario.GetProperty("engagement"));
        var candidate = new CandidateFacts(id)
        {
            Card = CardText.Read(Card(metadata)),
            // Nothing but the names of files is known.
            Files = [.. scenario.GetProperty("files").EnumerateArray().Select(static f => new RepositoryFile(f.GetString() ?? "", FormatId.Text)).DistinctBy(static f => f.Path)],
            DuplicatedFrom = Text(scenario, "duplicated_from"),
            IsPrivateNameElsewhere = Text(scenario, "private_namespace") is { Length: > 0 } space && id.StartsWith(space + "/", StringComparison.OrdinalIgnoreCase),
        };
        var target = Text(scenario, "nearest_known") is { Length: > 0 } nearest
            ? new TargetFacts(nearest) { CardContainment = Number(scenario, "card_similarity_to_nearest"), Weights = LikenessOf(Text(weights, "relation")), TensorMatch = Number(weights, "tensor_match") }
            : null;
        var proofs = publisher.GetProperty("link_proofs").EnumerateArray().Select(static p => p.GetString() ?? "").ToArray();
        const string endorsement = "endorsed-by:";
        var level = (int)Number(publisher, "level");
        var facts = new PublisherFacts
        {
            Level = level,
            AgeDays = Number(publisher, "age_days"),
            OtherRepositories = (int)Number(publisher, "other_repos"),
            Strikes = (int)Number(publisher, "strikes"),
            DormantDays = Number(publisher, "dormant_days"),
            OwnerChanged = publisher.GetProperty("owner_changed").GetBoolean(),
            SigningKeyChanged = publisher.GetProperty("signing_key_changed").GetBoolean(),
            NewDevice = publisher.GetProperty("new_device").GetBoolean(),
            TombstonedName = publisher.GetProperty("tombstoned_name").GetBoolean(),
            EndorsedBy = [.. proofs.Where(static p => p.StartsWith(endorsement, StringComparison.Ordinal)).Select(static p => p[endorsement.Length..])],
            HasProvenIdentity = proofs.Contains("rename-signed-by-old-key", StringComparer.Ordinal),
        };
        var likes = (long)Number(engagement, "likes_24h");
        var seen = EngagementMonitor.Observe(
            EngagementState.Empty,
            new EngagementBucket
            {
                Start = DateTimeOffset.UnixEpoch,
                Length = TimeSpan.FromHours(24),
                Requests = (long)Number(engagement, "requests_24h"),
                Networks = (long)Number(engagement, "distinct_networks_24h"),
                Payloads = (long)Number(engagement, "full_payloads_24h"),
                Likes = likes,
                YoungLikes = (long)Math.Round(likes * Number(engagement, "young_liker_share")),
            },
            new RepositoryStanding { PublisherLevel = level });
        return ImpersonationAssessor.Assess(candidate, target, facts, new EngagementFacts(seen.Signs, seen.Reasons is [var reason, ..] ? reason : null), snapshot);
    }

    private static string Card(JsonElement metadata)
    {
        var card = new StringBuilder();
        if (Text(metadata, "base_model") is { Length: > 0 } declared)
            card.Append("---\nbase_model: ").Append(declared).Append("\n---\n");
        return card.Append("# ").Append(Text(metadata, "title")).Append("\n\n").Append(Text(metadata, "excerpt")).Append('\n').ToString();
    }

    private static WeightLikeness LikenessOf(string? relation) => relation switch
    {
        "identical" => WeightLikeness.Identical,
        "partial" => WeightLikeness.Partial,
        "quantized" => WeightLikeness.Quantized,
        "none" => WeightLikeness.None,
        "placeholder" => WeightLikeness.Placeholder,
        _ => WeightLikeness.Unknown,
    };

    private static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static double Number(JsonElement of, string name) => of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : 0;
}
