using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Assay.Hub.Admission;
using Assay.Scanning.Policy;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Commands.Admin;

/// <summary><c>assay admin policy</c>.</summary>
internal static class PolicyCommands
{
    private const long MaxInput = 256 << 20;

    /// <summary>The command.</summary>
    public static Command Create(AdminCommands commands) => new("policy", "Tries a policy before it decides.") { Test(), Simulate(commands), Show(commands) };

    private static Command Show(AdminCommands commands) => commands.On(new Command("show", "Shows the clauses in force."), lists: true, run =>
    {
        var policy = run.Get<PolicySource>().Current;
        var listing = new Listing("The policy has no clauses.", "CLAUSE", "THEN", "BECAUSE");
        foreach (var clause in policy.Clauses)
            listing.Add(clause.Name, WordOf(clause.Then), clause.Because);
        listing.Totals["name"] = policy.Name;
        listing.Totals["digest"] = policy.Digest;
        run.Write(listing);
        return Task.FromResult(ExitCode.Passed);
    });

    // Needs no hub: a policy is tried in a pipeline as well.
    private static Command Test()
    {
        var file = new Argument<string>("FILE") { Description = "The policy" };
        var evidence = new Option<string?>("--evidence") { Description = "assay.evidence/v1 of a decision: shows what this policy makes of it" };
        var report = new Option<string?>("--report") { Description = "assay.report/v1 of assay scan: the same; publisher, licence and age are not known from it" };
        var format = new Option<string?>("--format") { Description = "text or json" };
        format.AcceptOnlyFromAmong("text", "json");
        var command = new Command("test", "Checks a policy file: errors are shown with line and column. With evidence or a report, shows what it decides.") { file, evidence, report, format };
        command.SetAction(async (result, cancellation) =>
        {
            var output = result.InvocationConfiguration.Output;
            AdmissionPolicy policy;
            try
            {
                policy = PolicyReader.Read(result.GetValue(file)!);
            }
            catch (PolicyException e)
            {
                if (result.GetValue(format) == "json")
                    await output.WriteAsync(Listing.Text(new JsonObject { ["valid"] = false, ["file"] = e.File, ["line"] = e.Line, ["column"] = e.Column, ["problem"] = e.Problem })).ConfigureAwait(false);
                else
                    await result.InvocationConfiguration.Error.WriteLineAsync("assay: " + e.Message).ConfigureAwait(false);
                return ExitCode.Usage;
            }

            var json = new JsonObject { ["valid"] = true, ["name"] = policy.Name, ["digest"] = policy.Digest, ["clauses"] = policy.Clauses.Count, ["waivers"] = policy.Waivers.Count };
            var text = new StringBuilder($"{result.GetValue(file)}: {policy.Name}, {policy.Clauses.Count} clauses, {policy.Waivers.Count} waivers, digest {policy.Digest}\n");
            if (await GivenAsync(result.GetValue(evidence), result.GetValue(report), cancellation).ConfigureAwait(false) is { } given)
            {
                var decision = PolicyEvaluator.Evaluate(policy, given, TimeProvider.System.GetUtcNow());
                json["decision"] = JsonNode.Parse(AdmissionEvidenceJson.Write(decision));
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{WordOf(decision.Outcome)}: {decision.Summary}\n");
                foreach (var reason in decision.Reasons)
                    text.Append(System.Globalization.CultureInfo.InvariantCulture, $"  {reason.Clause}: {WordOf(reason.Outcome)} {reason.File} {reason.Rule} {reason.Because}\n");
            }

            await output.WriteAsync(result.GetValue(format) == "json" ? Listing.Text(json) : text.ToString()).ConfigureAwait(false);
            return ExitCode.Passed;
        });
        return command;
    }

    private static async Task<AdmissionEvidence?> GivenAsync(string? evidence, string? report, CancellationToken cancellation)
    {
        if ((evidence ?? report) is not { } path)
            return null;
        if (evidence is not null && report is not null)
            throw new CommandException("Say either --evidence or --report.", ExitCode.Usage);
        if (!File.Exists(path))
            throw new CommandException($"There is no file {path}.", ExitCode.Usage);
        if (new FileInfo(path).Length > MaxInput)
            throw new CommandException($"{path} is larger than {MaxInput >> 20} MiB.", ExitCode.Usage);
        var bytes = await File.ReadAllBytesAsync(path, cancellation).ConfigureAwait(false);
        try
        {
            return evidence is not null ? AdmissionEvidenceJson.ReadEvidence(bytes) : ReportEvidence.Read(bytes);
        }
        catch (InvalidDataException e)
        {
            throw new CommandException($"{path}: {e.Message}", ExitCode.Usage);
        }
    }

    private static Command Simulate(AdminCommands commands)
    {
        var file = new Argument<string>("FILE") { Description = "The draft" };
        var since = new Option<string?>("--since") { Description = "Only decisions since this day, such as 2026-11-01 (UTC)" };
        return commands.On(new Command("simulate", "Decides past decisions again under a draft, from the evidence that was kept: what would change?") { file, since }, lists: true, async run =>
        {
            var draft = PolicyReader.Read(run.Value(file)!);
            var from = run.Value(since) is { } day ? Dates.Parse(day) : DateTimeOffset.MinValue;
            var listing = new Listing("Nothing would change.", "REFERENCE", "REPOSITORY", "COMMIT", "WAS", "WOULD BE", "WHY");
            var (decided, unreadable) = (0, 0);
            var db = await run.OpenDatabaseAsync().ConfigureAwait(false);
            await using (db.ConfigureAwait(false))
            {
                var past = db.RevisionDecisions.AsNoTracking().Where(d => d.Evidence != null && d.At >= from).OrderBy(static d => d.At)
                    .Join(db.Revisions.AsNoTracking(), static d => d.RevisionId, static r => r.Id, static (decision, revision) => new { decision, revision.CommitId });
                await foreach (var one in past.AsAsyncEnumerable().WithCancellation(run.Cancellation).ConfigureAwait(false))
                {
                    AdmissionEvidence evidence;
                    try
                    {
                        evidence = AdmissionEvidenceJson.ReadEvidence(Packing.Unpack(one.decision.Evidence!));
                        decided++;
                    }
                    catch (InvalidDataException e)
                    {
                        unreadable++;
                        await run.Error.WriteLineAsync($"assay: The evidence of {one.decision.Reference} cannot be read: {e.Message}").ConfigureAwait(false);
                        continue;
                    }

                    // At the time of the decision: ages and waivers count as they did then.
                    var decision = PolicyEvaluator.Evaluate(draft, evidence, one.decision.At);
                    if (WordOf(decision.Outcome) != one.decision.Outcome)
                        listing.Add(one.decision.Reference, evidence.Repository.Id, run.IsJson ? one.CommitId : one.CommitId[..12], one.decision.Outcome, WordOf(decision.Outcome), decision.Summary);
                }
            }

            listing.Totals["decisions"] = decided;
            listing.Totals["changes"] = listing.Count;
            listing.Totals["unreadable"] = unreadable;
            listing.Totals["draft"] = draft.Digest;
            run.Write(listing);
            if (!run.IsJson)
                await run.Output.WriteLineAsync($"\n{listing.Count} of {decided} decisions would be others.").ConfigureAwait(false);
            return listing.Count > 0 ? ExitCode.Found : unreadable > 0 ? ExitCode.NotCompleted : ExitCode.Passed;
        });
    }

    private static string WordOf(Outcome outcome) => outcome.ToString().ToLowerInvariant();
}
