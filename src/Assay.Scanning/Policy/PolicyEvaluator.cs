using System.Globalization;

namespace Assay.Scanning.Policy;

/// <summary>
/// Makes a decision of policy and evidence: a pure function, the same for hub and command line (<c>docs/guides/policy.md</c>). Nothing is
/// read but the arguments; time is linear in evidence times policy.
/// </summary>
public static class PolicyEvaluator
{
    /// <summary>Decides.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="evidence">What it is about.</param>
    /// <param name="now">The moment that ages and expiries are judged at; of a past decision, its <see cref="Decision.At"/>.</param>
    public static Decision Evaluate(AdmissionPolicy policy, AdmissionEvidence evidence, DateTimeOffset now)
    {
        var evaluation = new Evaluation(policy, evidence, now);
        evaluation.Judge();
        return evaluation.ToDecision();
    }

    /// <summary>What a clause can be about: a part (finding or gap) lies in a file, a file in the repository.</summary>
    private enum Level
    {
        Part,
        File,
        Repository,
    }

    /// <summary>One thing that clauses are tried on.</summary>
    private readonly record struct Thing
    {
        public Level Level { get; init; }

        /// <summary>Verdict of the file, or of what belongs to the repository as a whole.</summary>
        public Verdict Verdict { get; init; }

        public string? Path { get; init; }

        public string? Format { get; init; }

        public long Size { get; init; }

        public FindingEvidence? Finding { get; init; }

        public GapEvidence? Gap { get; init; }

        public string? Rule => Finding?.Rule ?? (Gap is null ? null : VerdictRules.RuleOf(Gap.Reason));

        /// <summary>What it comes to by itself.</summary>
        public Verdict Weight => Finding?.Weight ?? (Gap is null ? Verdict : Verdict.Incomplete);
    }

    /// <summary>A clause with its patterns made ready.</summary>
    private sealed class ClauseMatcher(PolicyClause clause, int index)
    {
        private readonly PathGlob[] _rules = Globs(clause.When.Rules);
        private readonly PathGlob[] _formats = Globs(clause.When.Formats);
        private readonly PathGlob[] _files = Globs(clause.When.Files);
        private readonly bool _ofPart = clause.When.OfPart;
        private readonly bool _ofFile = clause.When.OfFile;

        public PolicyClause Clause => clause;

        public int Index => index;

        /// <summary>Whether a clause is about nothing but facts of the repository.</summary>
        public bool OfFactsOnly => !_ofPart && !_ofFile && clause.When.Verdicts.Count == 0;

        /// <summary>Whether a clause is about single findings and gaps.</summary>
        public bool OfPart => _ofPart;

        public bool Holds(in Thing thing, bool blocked) => Concerns(thing) && MayAdmit(thing, blocked) && Matches(thing);

        /// <summary>A clause decides things of its own level. One that admits the repository covers its files as well.</summary>
        private bool Concerns(in Thing thing) => thing.Level switch
        {
            Level.Part => _ofPart,
            Level.File => !_ofPart && (!OfFactsOnly || clause.Then == Outcome.Admitted),
            _ => !_ofPart && !_ofFile,
        };

        /// <summary>What is malicious, or what the assessor would block, is admitted by a clause that says so, and by no other.</summary>
        private bool MayAdmit(in Thing thing, bool blocked)
        {
            if (clause.Then != Outcome.Admitted)
                return true;
            if (blocked && thing.Level == Level.Repository && !clause.When.Assessments.Contains(AssessmentAction.Block))
                return false;
            return thing.Weight != Verdict.Malicious || clause.When.Verdicts.Contains(Verdict.Malicious);
        }

        private bool Matches(in Thing thing)
        {
            var when = clause.When;
            if (when.Verdicts.Count > 0 && !when.Verdicts.Contains(thing.Verdict))
                return false;
            if (_rules.Length > 0 && !(thing.Rule is { } rule && Any(_rules, rule)))
                return false;
            if (when.Severities.Count > 0 && !(thing.Finding is { } exact && when.Severities.Contains(exact.Severity)))
                return false;
            if (when.SeverityAtLeast is { } severity && !(thing.Finding?.Severity >= severity))
                return false;
            if (when.ConfidenceAtLeast is { } confidence && !(thing.Finding?.Confidence >= confidence))
                return false;
            if (when.Incomplete.Count > 0 && !(thing.Gap is { } gap && when.Incomplete.Contains(gap.Reason)))
                return false;
            if (_files.Length > 0 && !(thing.Path is { } path && Any(_files, path)))
                return false;
            if (_formats.Length > 0 && !(thing.Format is { } format && format.Split('+').Any(f => Any(_formats, f))))
                return false;
            return when.FileSizeAbove is not { } size || thing.Size > size;
        }

        private static PathGlob[] Globs(IReadOnlyList<string> patterns) => [.. patterns.Select(PathGlob.ForWholePath)];

        private static bool Any(PathGlob[] globs, string text)
        {
            foreach (var glob in globs)
            {
                if (glob.Matches(text))
                    return true;
            }

            return false;
        }
    }

    private sealed class Evaluation
    {
        private readonly AdmissionPolicy _policy;
        private readonly AdmissionEvidence _evidence;
        private readonly DateTimeOffset _now;
        private readonly List<ClauseMatcher> _clauses = [];
        private readonly List<(PolicyWaiver Waiver, PathGlob? Path)> _waivers = [];
        private readonly int[] _reasonsOfClause;
        private readonly List<DecisionReason> _reasons = [];
        private readonly List<WaivedEvidence> _waived = [];
        private readonly List<string> _notes = [];
        private readonly HashSet<PolicyWaiver> _expired = [];
        private int _waivedCount;
        private Outcome _outcome;
        private Verdict _verdict;

        public Evaluation(AdmissionPolicy policy, AdmissionEvidence evidence, DateTimeOffset now)
        {
            _policy = policy;
            _evidence = evidence;
            _now = now.ToUniversalTime();
            _reasonsOfClause = new int[policy.Clauses.Count + 1];

            // What a clause says of the repository holds for everything in it, or for nothing.
            for (var i = 0; i < policy.Clauses.Count; i++)
            {
                if (HoldsForRepository(policy.Clauses[i].When))
                    _clauses.Add(new ClauseMatcher(policy.Clauses[i], i));
            }

            foreach (var waiver in policy.Waivers)
            {
                if (waiver.Repository is null || IsMatch(waiver.Repository, evidence.Repository.Id))
                    _waivers.Add((waiver, waiver.Path is null ? null : PathGlob.ForWholePath(waiver.Path)));
            }
        }

        public void Judge()
        {
            // The worst first: of many reasons of one clause, the first are kept.
            foreach (var file in _evidence.Files.OrderByDescending(static f => f.Verdict))
                Judge(file, file.Path, file.Findings, file.Gaps);
            var nothing = new List<Thing>();
            foreach (var file in _evidence.CleanFiles)
                TryClauses(new Thing { Level = Level.File, Path = file.Path, Format = file.Format, Size = file.Size }, nothing, Verdict.Clean);
            Judge(null, null, _evidence.Findings, _evidence.Gaps);
        }

        public Decision ToDecision()
        {
            var reasons = _reasons.OrderByDescending(static r => r.Outcome).ThenByDescending(static r => r.Verdict ?? Verdict.Clean).ToList();
            for (var i = 0; i < _reasonsOfClause.Length; i++)
            {
                if (_reasonsOfClause[i] - Decision.MaxReasonsPerClause is var more and > 0)
                    _notes.Add($"The clause {NameOf(i)} holds for {more.ToString(CultureInfo.InvariantCulture)} more that are not listed.");
            }

            if (_waivedCount > Decision.MaxWaived)
                _notes.Add($"{(_waivedCount - Decision.MaxWaived).ToString(CultureInfo.InvariantCulture)} more findings are waived and not listed.");
            return new Decision
            {
                Schema = Decision.SchemaName,
                Outcome = _outcome,
                Verdict = _verdict,
                Summary = DecisionSummary.Of(_outcome, _verdict, reasons, _waivedCount > 0, _evidence.Repository, _policy.Name),
                Reasons = reasons,
                Waived = _waived,
                Notes = _notes,
                PolicyName = _policy.Name,
                PolicyDigest = _policy.Digest,
                EvidenceDigest = PolicyCanonicalForm.DigestOf(AdmissionEvidenceJson.Write(_evidence)),
                At = _now,
            };
        }

        private string NameOf(int clause) => clause < _policy.Clauses.Count ? _policy.Clauses[clause].Name : PolicyReader.DefaultClause;

        /// <summary>Judges a file, or the repository as a whole (<paramref name="file"/> null).</summary>
        private void Judge(FileEvidence? file, string? path, IReadOnlyList<FindingEvidence> findings, IReadOnlyList<GapEvidence> gaps)
        {
            var waivedBefore = _waivedCount;
            var parts = new List<Thing>(findings.Count + gaps.Count);
            foreach (var gap in gaps)
                AddUnlessWaived(parts, new Thing { Level = Level.Part, Path = path, Format = file?.Format, Size = file?.Size ?? 0, Gap = gap }, file?.Sha256);
            foreach (var finding in findings)
            {
                // A finding that only says that there is a gap stands and falls with the gap.
                if (finding.Counts && !(VerdictRules.IsGapRule(finding.Rule) && gaps.Any(g => VerdictRules.RuleOf(g.Reason) == finding.Rule)))
                    AddUnlessWaived(parts, new Thing { Level = Level.Part, Path = path ?? finding.Path, Format = file?.Format, Size = file?.Size ?? 0, Finding = finding }, file?.Sha256);
            }

            // What is recorded counts as long as nothing is taken out: so evidence is never judged milder than the scanner judged it.
            var recorded = Verdict.Clean;
            if (_waivedCount == waivedBefore && file is not null)
                recorded = file.Verdict;
            else if (_waivedCount == 0 && file is null && _evidence.Verdict > _verdict)
                recorded = _evidence.Verdict;
            var fixedVerdict = file?.OmittedVerdict ?? Verdict.Clean;
            var verdict = VerdictRules.Max(VerdictRules.Max(VerdictOf(parts), recorded), fixedVerdict);
            _verdict = VerdictRules.Max(_verdict, verdict);
            var level = file is null ? Level.Repository : Level.File;
            TryClauses(new Thing { Level = level, Verdict = verdict, Path = path, Format = file?.Format, Size = file?.Size ?? 0 }, parts, fixedVerdict);
        }

        private void AddUnlessWaived(List<Thing> parts, in Thing part, string? sha256)
        {
            PolicyWaiver? expired = null;
            foreach (var (waiver, path) in _waivers)
            {
                if (waiver.Rule != part.Rule || (path is not null && !(part.Path is { } file && path.Matches(file))) || (waiver.Sha256 is not null && waiver.Sha256 != sha256))
                    continue;
                if (waiver.Expires < DateOnly.FromDateTime(_now.UtcDateTime))
                {
                    expired ??= waiver;
                    continue;
                }

                if (_waivedCount++ < Decision.MaxWaived)
                    _waived.Add(new WaivedEvidence(waiver.Rule, part.Path, part.Finding?.Fingerprint, waiver.Owner, waiver.Reason, waiver.Expires));
                return;
            }

            if (expired is not null && _expired.Add(expired))
            {
                _notes.Add($"The waiver of {expired.Rule} by {expired.Owner} expired on {expired.Expires.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)} and was not applied"
                    + (part.Path is null ? "" : $" to {part.Path}") + ". Renew it or remove it.");
            }

            parts.Add(part);
        }

        /// <summary>
        /// Tries the clauses from the top on a file, or the repository, and on its parts. What quarantines or rejects adds up. What admits a
        /// part takes it out: the clauses below see neither it nor what it did to the verdict. What admits the whole ends it.
        /// </summary>
        private void TryClauses(Thing whole, List<Thing> parts, Verdict fixedVerdict)
        {
            var worst = Outcome.Admitted;
            var blocked = _evidence.Repository.Assessment?.Action == AssessmentAction.Block;
            foreach (var matcher in _clauses)
            {
                var clause = matcher.Clause;
                if (matcher.OfPart)
                {
                    var verdict = whole.Verdict;
                    var admitted = parts.RemoveAll(part =>
                    {
                        if (!matcher.Holds(part with { Verdict = verdict }, blocked))
                            return false;
                        worst = Max(worst, clause.Then);
                        if (clause.Then != Outcome.Admitted || part.Weight != Verdict.Clean || part.Finding?.Severity >= Severity.Medium)
                            AddReason(matcher.Index, clause.Name, clause.Then, clause.Because, part, default);
                        return clause.Then == Outcome.Admitted;
                    });
                    if (admitted > 0)
                        whole = whole with { Verdict = VerdictRules.Max(VerdictOf(parts), fixedVerdict) };
                }
                else if (matcher.Holds(whole, blocked))
                {
                    worst = Max(worst, clause.Then);
                    if (matcher.OfFactsOnly && whole.Level == Level.Repository)
                        AddFactsReason(matcher);
                    else if (clause.Then != Outcome.Admitted || whole.Verdict != Verdict.Clean)
                        AddReason(matcher.Index, clause.Name, clause.Then, clause.Because, whole, Heaviest(parts));
                    if (clause.Then == Outcome.Admitted)
                        return;
                }
            }

            // Nothing is admitted without anybody having said so.
            var least = whole.Verdict switch
            {
                Verdict.Malicious => Outcome.Rejected,
                Verdict.Clean => Outcome.Admitted,
                _ => Outcome.Quarantined,
            };
            if (worst < least)
                AddReason(_policy.Clauses.Count, PolicyReader.DefaultClause, least, "No clause of the policy says what to do with it.", whole, Heaviest(parts));
        }

        private static Thing Heaviest(List<Thing> parts) =>
            parts.OrderByDescending(static p => p.Weight).ThenByDescending(static p => p.Finding?.Severity).FirstOrDefault();

        /// <summary>A reason that is about the repository, and not about what lies in it.</summary>
        private void AddFactsReason(ClauseMatcher matcher)
        {
            var (clause, assessment) = (matcher.Clause, matcher.Clause.When.Assessments.Count + matcher.Clause.When.AssessmentReasons.Count > 0 ? _evidence.Repository.Assessment : null);
            Add(matcher.Index, new DecisionReason(clause.Name, clause.Then, clause.Because, null, null, null, null, assessment is { Reasons: [var first, ..] } ? first : null));
        }

        private void AddReason(int index, string name, Outcome outcome, string because, in Thing thing, in Thing heaviest)
        {
            // A file is what its heaviest part makes of it.
            var part = thing.Finding is null && thing.Gap is null && thing.Verdict != Verdict.Clean ? heaviest : thing;
            Add(index, new DecisionReason(
                name, outcome, because, thing.Path ?? part.Path, part.Rule, part.Finding?.Fingerprint, thing.Weight, part.Finding?.Message ?? part.Gap?.Message));
        }

        private void Add(int index, DecisionReason reason)
        {
            _outcome = Max(_outcome, reason.Outcome);
            if (_reasonsOfClause[index]++ < Decision.MaxReasonsPerClause)
                _reasons.Add(reason);
        }

        private bool HoldsForRepository(PolicyConditions when)
        {
            var facts = _evidence.Repository;
            return (when.Kinds.Count == 0 || (facts.Kind is { } kind && when.Kinds.Contains(kind)))
                && (when.Repositories.Count == 0 || when.Repositories.Any(p => IsMatch(p, facts.Id)))
                && (when.Publishers.Count == 0 || when.Publishers.Any(p => IsMatch(p, facts.Publisher)))
                && (when.PublisherLevelAtLeast is not { } lowest || facts.PublisherLevel >= lowest)
                && (when.PublisherLevelBelow is not { } below || facts.PublisherLevel is null || facts.PublisherLevel < below)
                && IsYounger(facts.PublisherCreated, when.PublisherAgeBelow)
                && IsYounger(facts.Created, when.RepositoryAgeBelow)
                && (when.SizeAbove is not { } size || _evidence.TotalSize > size)
                && (when.Licences.Count == 0 || LicencesOf(facts).Any(when.Licences.Contains))
                && (when.LicencesNot.Count == 0 || !LicencesOf(facts).All(when.LicencesNot.Contains))
                && (when.FirstPublication is not { } first || (facts.IsFirstPublication ?? true) == first)
                && (when.AssessmentReasons.Count == 0 || (facts.Assessment?.Codes is { } codes && when.AssessmentReasons.Any(r => codes.Any(c => IsMatch(r, c)))))
                && (when.Assessments.Count == 0 || (facts.Assessment is { } assessment && when.Assessments.Contains(assessment.Action)));
        }

        private bool IsYounger(DateTimeOffset? since, TimeSpan? limit) => limit is not { } age || since is not { } start || _now - start < age;

        private static string[] LicencesOf(RepositoryFacts facts) =>
            facts.Licences is { Count: > 0 } given ? [.. given.Select(static l => l.Trim().ToLowerInvariant())] : ["none"];

        private static bool IsMatch(string pattern, string? name) => PathGlob.ForWholePath(pattern.ToLowerInvariant()).Matches((name ?? "").ToLowerInvariant());

        private static Verdict VerdictOf(List<Thing> parts)
        {
            var tally = new VerdictRules.Tally();
            foreach (var part in parts)
            {
                if (part.Finding is { } finding)
                    tally.Add(finding.Rule, finding.Severity, finding.Confidence);
                else
                    tally.AddGap();
            }

            return tally.Verdict;
        }

        private static Outcome Max(Outcome a, Outcome b) => a > b ? a : b;
    }
}
