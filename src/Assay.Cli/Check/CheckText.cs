using System.Globalization;
using Assay.Cli.Output;
using Assay.Impersonation;
using Assay.Protocol;
using Assay.Scanning;
using Assay.Scanning.Reports;

namespace Assay.Cli.Check;

/// <summary>A check as a person reads it: what it is and what to do, then seven lines of facts, then the evidence.</summary>
internal static class CheckText
{
    private const int MaxNames = 4;
    private const int FieldWidth = 12;

    /// <summary>The whole text.</summary>
    public static string Of(CheckResult result, ReportSettings settings)
    {
        var page = new TextPage(settings);
        Paragraph(page, "", Headline(result), bold: true);
        foreach (var line in Points(result))
            Paragraph(page, "  · ", line);
        if (Advice(result) is { } advice)
            Paragraph(page, "", advice);
        if (result.Fault is null or { Kind: not HubFaultKind.NotFound })
        {
            page.Line();
            foreach (var (name, text) in Facts(result))
                Paragraph(page, "  " + name.PadRight(FieldWidth), text, faintMark: true);
        }

        if (result.Assessment is { Reasons: [_, ..] reasons })
        {
            page.Line();
            page.Line("Evidence" + (result.IsHubAssessment ? " (as this hub has it)" : ""));
            foreach (var reason in reasons)
                Paragraph(page, "  " + (reason.Weight < 0 ? "for it" : "against").PadRight(FieldWidth), faintMark: true, text: VisibleName.Of(reason.Text) + (reason.Evidence is { Length: > 0 } evidence && !reason.Text.Contains(evidence, StringComparison.Ordinal) ? $" [{VisibleText.Of(evidence)}]" : ""));
        }

        page.Line();
        page.Wrapped("", Source(result), TextStyle.Faint);
        return page.ToString();
    }

    /// <summary>The first line: what matters.</summary>
    public static string Headline(CheckResult result)
    {
        var id = VisibleName.Of(result.Id);
        if (result.Fault is { Kind: HubFaultKind.NotFound })
            return $"There is no {result.Asked.Kind.Singular()} {VisibleName.Of(result.Asked.Id)} on {Host(result)}, or it is not shown to you.";
        if (result.Action is AssessmentAction.Hold or AssessmentAction.Block)
            return "STOP. " + VisibleName.Of(result.Assessment!.Sentence(id));
        if (result.Vetting is Verdict.Malicious or Verdict.Suspicious)
        {
            return result.Hub!.State is "rejected" or "withdrawn" or "quarantined"
                ? $"STOP. {id} is not served by this hub."
                : $"Careful: this hub serves {id}, and found something in it.";
        }

        if (result.Action == AssessmentAction.Warn)
            return "Careful: " + VisibleName.Of(result.Assessment!.Action == AssessmentAction.Warn ? result.Assessment.Sentence(id) : $"{id} is easily taken for {(result.Suggestions is [var meant, ..] ? meant : result.Target?.Id)}.");
        if (result.Fault is not null)
            return $"{VisibleName.Of(result.Asked.ToString())} could not be checked.";
        if (result.Gaps.Count > 0)
            return $"{id} could be checked in part only.";
        if (result.Action == AssessmentAction.Label)
            return "Note: " + VisibleName.Of(result.Assessment!.Sentence(id)) + (result.Files is { IsDataOnly: true } ? " Data files only." : "");
        return !result.IsWellKnown ? $"Fine: {id} is not taken for an imitation."
            : IsPublicHub(result) ? $"Fine: {id} is the well-known repository of this name."
            : $"Fine: {id} has a well-known name itself; whose it is on this hub, only this hub can tell.";
    }

    /// <summary>The lines of facts, each with its name: identity, lineage, publisher, vetting, age, engagement, policy.</summary>
    public static IEnumerable<(string Name, string Text)> Facts(CheckResult result)
    {
        yield return ("identity", Identity(result));
        yield return ("lineage", Lineage(result));
        yield return ("publisher", Publisher(result));
        yield return ("vetting", Vetting(result));
        yield return ("age", Age(result));
        yield return ("engagement", Engagement(result));
        yield return ("policy", Policy(result));
    }

    private static IEnumerable<string> Points(CheckResult result)
    {
        if (result.Action >= AssessmentAction.Warn)
        {
            foreach (var reason in result.Assessment!.Shown)
                yield return VisibleName.Of(reason.Text);
        }

        if (result is { Hub: { State: not ("admitted" or null) } or { Verdict: "malicious" or "suspicious" }, Hub.Reason: { } why })
            yield return VisibleText.Of(why);
        else if (result.Fault is { Kind: not HubFaultKind.NotFound } fault)
            yield return Sentence(fault);
        foreach (var gap in result.Gaps)
            yield return VisibleText.Of(gap.Message);
    }

    private static string Sentence(HubFault fault) => fault.Kind switch
    {
        HubFaultKind.Unauthorized => $"The hub does not accept the token ({VisibleText.Of(fault.Message)}). Sign in to it again, or unset HF_TOKEN.",
        HubFaultKind.RateLimited => "The hub was asked too often. " + (fault.RetryAfter is { } wait ? $"It can be asked again in {Duration(wait)}." : "Try again later."),
        _ => VisibleText.Of(fault.Message),
    };

    private static string? Advice(CheckResult result)
    {
        var meant = result.Suggestions.Select(VisibleName.Of).ToArray();
        if (result.Action >= AssessmentAction.Warn || result.Vetting >= Verdict.Suspicious)
        {
            var nothing = result.Endpoint is null ? "" : "Nothing was downloaded. ";
            return meant.Length > 0 ? $"{nothing}The one you probably want: {meant[0]}" : nothing.Length > 0 ? nothing.TrimEnd() : null;
        }

        return meant.Length switch
        {
            0 when result.Fault is { Kind: HubFaultKind.NotFound } => "Check the spelling. What is private is shown to those only who send a token that may see it.",
            0 => null,
            1 => $"Did you mean {meant[0]}?",
            _ => $"Did you mean {string.Join(", ", meant[..^1])} or {meant[^1]}?",
        };
    }

    private static string Identity(CheckResult result)
    {
        var renamed = result.Repository is not null && !result.Id.Equals(result.Asked.Id, StringComparison.OrdinalIgnoreCase)
            ? $"{VisibleName.Of(result.Asked.Id)} leads to {VisibleName.Of(result.Id)}: renamed, moved, or short for it; "
            : "";
        var foreign = result.Id.AsSpan().ContainsAnyExceptInRange(' ', '~') ? "has characters that no name on a hub has; " : "";
        return renamed + foreign + (result switch
        {
            { Action: AssessmentAction.Hold or AssessmentAction.Block, Assessment.Target: { } target } => $"taken for an imitation of {VisibleName.Of(target)}",
            { IsWellKnown: true } => IsPublicHub(result) ? "a well-known repository, under its own name" : "the name of a well-known repository itself",
            { Assessment.Reasons: [{ Code: "own" }] } or { Assessment.Action: AssessmentAction.Allow, Target: null } => "like no other known repository or publisher",
            { Assessment: { IsDeclaredDerivative: true, Target: { } original } } => $"made from {VisibleName.Of(original)}, as it says itself, and by another publisher",
            { Target: { } target } => $"like {VisibleName.Of(target.Id)}, and not by the same publisher",
            _ => "like no other known repository or publisher",
        });
    }

    private static string Lineage(CheckResult result)
    {
        var parts = new List<string>();
        if (result.BaseModels.Count > 0)
            parts.Add("declares as its base: " + Names(result.BaseModels, VisibleName.Of));
        else if (result.Repository is not null)
            parts.Add("declares no base");
        if (result.Target is { IsOnHub: true } target)
        {
            if (target.Containment is { } share)
                parts.Add($"its card has {(share * 100).ToString("0", CultureInfo.InvariantCulture)} % of that of {VisibleName.Of(target.Id)}");
            if (target.Weights is WeightLikeness.Identical)
                parts.Add($"its weights are those of {VisibleName.Of(target.Id)}, by their digests");
            else if (target.Weights is WeightLikeness.Placeholder)
                parts.Add("it has no weights worth the name");
        }
        else if (result.Target is { } absent && result.Endpoint is not null)
        {
            parts.Add($"{VisibleName.Of(absent.Id)} is not on this hub, and was not compared");
        }

        if (result.Files is { } files)
            parts.Add(result.Asked.Kind == RepoKind.Space ? "an application: running code is what it is for" : files.Programs.Count > 0 ? "brings programs: " + Names(files.Programs, VisibleText.Of) : files.Code.Count > 0 ? "brings code: " + Names(files.Code, VisibleText.Of) : files.IsDataOnly ? "data files only" : "weights in a format that can run code");
        return parts.Count == 0 ? NotAsked(result) : string.Join("; ", parts);
    }

    private static string Publisher(CheckResult result)
    {
        var since = result.Hub?.PublisherSince ?? result.Publisher?.Since;
        if (result.Publisher is null && since is null)
            return result.Endpoint is null ? NotAsked(result) : "nothing is known of it";
        var parts = new List<string>();
        if (result.Publisher is { } publisher)
        {
            parts.Add($"{VisibleName.Of(publisher.Name)}, {(publisher.IsOrganization ? "an organisation" : "a user")}{(publisher.FullName is { Length: > 0 } shown && shown != publisher.Name ? $" that calls itself “{VisibleName.Of(shown)}”" : "")}");
            parts.Add(publisher.Repositories == 1 ? "1 repository" : $"{Number(publisher.Repositories)} repositories");
        }

        if (since is { } from)
            parts.Add($"here since {Day(from)} ({Ago(result.At - from)})");
        parts.Add(result.Hub switch
        {
            { PublisherProof: { Length: > 0 } proof } => VisibleText.Of(proof),
            { PublisherLevel: >= 1 and <= 2 } => "known to this hub for some time, and has proven nothing about who it is",
            { PublisherLevel: not null } => "has proven nothing about who it is",
            _ => "who is behind it, this hub does not say",
        });
        return string.Join("; ", parts);
    }

    private static string Vetting(CheckResult result)
    {
        if (result.Endpoint is null)
            return NotAsked(result);
        if (result.Hub is not { } hub)
            return "this hub does not say; the contents of its files were not looked into. Scan them before anything loads them: assay scan";
        var found = hub.Verdict switch
        {
            "malicious" => "malicious",
            "suspicious" => "suspicious",
            "incomplete" => "not fully inspected",
            "clean" => "no findings",
            _ => "no verdict yet",
        };
        var state = hub.State switch
        {
            "admitted" => "admitted: ",
            "quarantined" => "held back until a reviewer has looked at it: ",
            "rejected" => "refused: ",
            "withdrawn" => "withdrawn: ",
            null => "nothing was pushed yet: ",
            _ => "being checked: ",
        };
        return state + found + (hub.Reference is { } reference ? $" [{VisibleText.Of(reference)}]" : "") + (hub.ReportUrl is { } report ? " " + VisibleText.Of(report) : "");
    }

    private static string Age(CheckResult result)
    {
        var parts = new List<string>();
        if (result.Repository?.CreatedAt is { } created)
            parts.Add($"published {Day(created)} ({Ago(result.At - created)})");
        else if (result.History?.First is { } first)
            parts.Add($"first commit dated {Day(first)}, by its publisher's clock");
        if (result.Repository?.LastModified is { } changed)
            parts.Add($"last changed {Ago(result.At - changed)}");
        if (result.History is { } history)
            parts.Add(history.Commits == 1 ? "1 commit" : $"{Number(history.Commits)} commits");
        return parts.Count == 0 ? NotAsked(result) : string.Join("; ", parts);
    }

    private static string Engagement(CheckResult result)
    {
        if (result.Repository is not { } repository || (repository.Downloads is null && repository.Likes is null))
            return NotAsked(result);
        var counted = string.Join(" and ", new[] { repository.Downloads is { } d ? Plural(d, "download") : null, repository.Likes is { } l ? Plural(l, "like") : null }.OfType<string>());
        return $"{counted}, as the hub counts; such numbers can be bought and were not weighed";
    }

    private static string Policy(CheckResult result)
    {
        if (result.Hub is { State: { } state })
        {
            return state switch
            {
                "admitted" => "this hub's policy admits it",
                "received" or "vetting" => "this hub decides when it has been checked",
                _ => "this hub's policy keeps it back",
            } + (result.Action >= AssessmentAction.Warn ? "; this check advises against it" : "");
        }

        return result.Action switch
        {
            AssessmentAction.Block => "block: Assay's default policy rejects it",
            AssessmentAction.Hold => "hold: Assay's default policy keeps it back until a person has looked at it",
            AssessmentAction.Warn => "warn: Assay's default policy serves it to those who confirm, and ranks it nowhere",
            AssessmentAction.Label => "label: Assay's default policy serves it, with a note on whose work it is like",
            AssessmentAction.Allow => result.Gaps.Count > 0 ? "allow, as far as it could be looked at" : "allow: nothing about its identity speaks against it",
            _ => "nothing was decided",
        };
    }

    private static string Source(CheckResult result) => string.Join(" · ", new[]
    {
        result.Endpoint is null ? "names only, nothing was asked of a hub" : result.Endpoint.AbsoluteUri + VisibleName.Of(result.Asked.Kind.WebPrefix() + result.Id) + (result.Repository?.Commit is { } commit ? $" at {commit[..12]}" : ""),
        "rules " + Assessment.Rules,
        "names " + result.Snapshot,
    });

    private static string NotAsked(CheckResult result) => result.Endpoint is null ? "not asked (--offline)" : "not known";

    /// <summary>Names are known as those of the public hub, which is also what is meant when none is asked.</summary>
    private static bool IsPublicHub(CheckResult result) => result.Endpoint is null || HubAddress.IsSameOrigin(result.Endpoint, HubAddress.Default);

    private static string Host(CheckResult result) => result.Endpoint?.Authority ?? "the hub";

    private static string Names(IReadOnlyList<string> names, Func<string, string> visible) =>
        string.Join(", ", names.Take(MaxNames).Select(visible)) + (names.Count > MaxNames ? $" and {names.Count - MaxNames} more" : "");

    private static string Plural(long n, string one) => n == 1 ? $"1 {one}" : $"{Number(n)} {one}s";

    private static string Number(long n) => n.ToString("N0", CultureInfo.InvariantCulture);

    private static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Ago(TimeSpan span) => span < TimeSpan.Zero ? "in the future" : Duration(span) + " ago";

    private static string Duration(TimeSpan span) => span.TotalDays switch
    {
        >= 730 => $"{(int)(span.TotalDays / 365)} years",
        >= 61 => $"{(int)(span.TotalDays / 30.5)} months",
        >= 2 => $"{(int)span.TotalDays} days",
        _ => span.TotalHours >= 2 ? $"{(int)span.TotalHours} hours" : span.TotalMinutes >= 2 ? $"{(int)span.TotalMinutes} minutes" : "a minute",
    };

    /// <summary>A paragraph whose further lines stand under its text.</summary>
    private static void Paragraph(TextPage page, string mark, string text, bool bold = false, bool faintMark = false)
    {
        var head = faintMark ? page.Faint(mark) : mark;
        foreach (var line in TextPage.Wrap(text, page.Settings.Width - mark.Length))
        {
            page.Line(head + (bold ? page.Bold(line) : line));
            head = new string(' ', mark.Length);
        }
    }
}
