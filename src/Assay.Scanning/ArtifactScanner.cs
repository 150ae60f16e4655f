using System.Buffers;
using System.Security.Cryptography;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Scans one artifact: identification, reading, detection, verdict. Thread-safe; one call per artifact.</summary>
public sealed class ArtifactScanner(ScanOptions options)
{
    /// <summary>Files up to this size are read into memory once; larger ones are read by position and hashed in a pass of their own.</summary>
    private const int InMemory = 8 << 20;

    /// <summary>Scans the bytes of <paramref name="source"/>.</summary>
    /// <param name="source">The artifact; not disposed.</param>
    /// <param name="target">The target as given.</param>
    /// <param name="path">Path relative to the target, with <c>/</c>.</param>
    /// <param name="siblings">Python modules (names without <c>.py</c>, and package folders) beside the artifact or at the target's root.</param>
    /// <param name="cancellation">Stops the scan.</param>
    /// <returns>The report, whatever the bytes are.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public ArtifactReport Scan(ByteSource source, string target, string path, IReadOnlySet<string> siblings, CancellationToken cancellation) =>
        Scan(source, target, path, siblings, ContentFacts.None, cancellation);

    /// <summary>Scans bytes of which something is known already, so that they are not read for it again.</summary>
    internal ArtifactReport Scan(ByteSource source, string target, string path, IReadOnlySet<string> siblings, ContentFacts known, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var depth = new ReadDepth(options.Full, source.Length);
        var whole = depth.ReadsWhole(source.Length);
        var run = new Run(options, path, siblings, new WorkBudget(options.Limits, cancellation), depth, source.Length);
        byte[]? rented = null;
        try
        {
            var bytes = source;
            if (whole && source.Length is > 0 and <= InMemory && !source.TryGetMemory(out _))
            {
                rented = ArrayPool<byte>.Shared.Rent((int)source.Length);
                var n = source.ReadAt(0, rented.AsSpan(0, (int)source.Length));
                if (n < source.Length)
                    run.Gap(null, new Malformation(MalformationKind.Truncated, n, "the file became shorter while it was read"));
                bytes = new MemoryByteSource(rented.AsMemory(0, n));
            }

            if (whole && (known.Sha256 is null || known.Foreign is null))
                known = ReadWhole(bytes, known, run);
            return run.Finish(bytes, target, source, known);
        }
        finally
        {
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>The one pass over all bytes, for whatever needs every one of them.</summary>
    private static ContentFacts ReadWhole(ByteSource source, ContentFacts known, Run run)
    {
        if (source.TryGetMemory(out var memory))
            return new ContentFacts(known.Sha256 ?? Convert.ToHexStringLower(SHA256.HashData(memory.Span)), known.Foreign ?? ForeignSearch.In(memory.Span));
        using var hash = known.Sha256 is null ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        var search = new ForeignSearch();
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 20);
        try
        {
            for (long at = 0; at < source.Length;)
            {
                var n = source.ReadAt(at, buffer);
                if (n == 0)
                    return known;
                hash?.AppendData(buffer, 0, n);
                search.Feed(buffer.AsSpan(0, n));
                at += n;
                run.Budget.ChargeRead(n, at);
            }

            return new ContentFacts(known.Sha256 ?? Convert.ToHexStringLower(hash!.GetHashAndReset()), search.Found);
        }
        catch (MalformedArtifactException e)
        {
            run.Gap(null, e.Malformation);
            return known;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>One artifact being scanned.</summary>
    private sealed class Run(ScanOptions options, string path, IReadOnlySet<string> siblings, WorkBudget budget, ReadDepth depth, long length)
    {
        private const int MaxGaps = 64;

        private readonly List<Incompleteness> _gaps = [];
        private readonly FindingSink _findings = new(path);
        private readonly List<PickleImport> _imports = [];
        private readonly HashSet<(string, string)> _imported = [];

        public WorkBudget Budget => budget;

        public ArtifactReport Finish(ByteSource bytes, string target, ByteSource original, ContentFacts known)
        {
            var root = new Artifact { Name = path[(path.LastIndexOf('/') + 1)..], Length = length };
            var scope = new DetectionScope(_findings, options, siblings) { Budget = budget, Path = path, Foreign = known.Foreign ?? [] };
            Visit(root, bytes, new ReadScope(budget, depth), scope, speculative: false);
            foreach (var gap in scope.Gaps)
                AddGap(gap);
            var findings = new List<Finding>(_findings.Findings);
            FindingOrder.Sort(findings);
            return new ArtifactReport
            {
                Target = target,
                Path = path,
                Format = root.Readings.Count > 1 ? string.Join('+', root.Readings.Select(r => r.Format.Name).Distinct()) : root.Format.Name,
                Size = length,
                Sha256 = known.Sha256,
                BytesRead = original is FileByteSource file ? Math.Min(file.BytesRead, length) : Math.Min(budget.ReadBytes, length),
                Verdict = VerdictRules.Of(findings, _gaps),
                Incomplete = _gaps,
                Findings = findings,
                Imports = _imports,
                Traits = scope.Traits,
            };
        }

        public void Gap(Artifact? artifact, Malformation malformation)
        {
            var (reason, rule) = malformation.Kind switch
            {
                MalformationKind.Truncated => (IncompleteReason.Truncated, ScanRules.Truncated),
                MalformationKind.Limit => (IncompleteReason.Limit, ScanRules.LimitReached),
                MalformationKind.Encrypted => (IncompleteReason.Encrypted, ScanRules.Unsupported),
                MalformationKind.Unsupported => (IncompleteReason.Unsupported, ScanRules.Unsupported),
                MalformationKind.Invalid => (IncompleteReason.Unreadable, ScanRules.MalformedStructure),
                _ => (IncompleteReason.Unreadable, ScanRules.Unsupported),
            };
            AddGap(new Incompleteness(reason, malformation.Limit, artifact?.Member, malformation.Offset, malformation.Message));
            if (artifact is not null)
                _findings.Add(rule, artifact, malformation.Offset, Sentence(malformation.Message), null, confidence: Confidence.Medium, effect: Effect.Never);
        }

        private static string Sentence(string message) => message.Length == 0 ? message : char.ToUpperInvariant(message[0]) + message[1..];

        private void AddGap(Incompleteness gap)
        {
            if (_gaps.Count < MaxGaps)
                _gaps.Add(gap);
        }

        /// <summary>Reads a node, judges it, opens its children. Depth is bounded by the budget, so the recursion is.</summary>
        private void Visit(Artifact artifact, ByteSource source, ReadScope reading, DetectionScope scope, bool speculative)
        {
            if (source.Length == 0)
            {
                artifact.Format = FormatId.Empty;
                return;
            }

            try
            {
                Identify(artifact, source, reading, speculative);
                foreach (var (_, facts) in artifact.Readings)
                {
                    NoteTrouble(artifact, facts, speculative);
                    if (facts is PickleFacts pickle)
                        NoteImports(pickle);
                }

                foreach (var detector in DetectorCatalog.Detectors)
                    detector.Inspect(artifact, scope);
                foreach (var (_, facts) in artifact.Readings)
                {
                    // Damage inside compressed members, and bombs, show only when they are opened.
                    var known = facts.Malformations.Count;
                    Open(artifact, facts, reading, scope, speculative);
                    NoteTrouble(artifact, facts, speculative, known);
                }

                foreach (var detector in DetectorCatalog.Detectors)
                    detector.InspectTree(artifact, scope);
                if (artifact.FactsOf<TextFacts>() is { } text)
                    scope.Settle(artifact, text.Source);
            }
            catch (MalformedArtifactException e)
            {
                Gap(artifact, e.Malformation);
            }
            catch (IOException e)
            {
                Gap(artifact, new Malformation(MalformationKind.Unreadable, 0, $"the bytes could not be read: {e.Message}"));
            }
        }

        private void NoteImports(PickleFacts facts)
        {
            foreach (var global in facts.Globals)
            {
                if (_imports.Count >= PickleImport.Most)
                    return;
                if (!_imported.Add((global.Module, global.Name)))
                    continue;
                var safety = CallableTable.Grade(global.Module, global.Name, options.TrustedModules).Class switch
                {
                    NameClass.Safe or NameClass.SafePattern => ImportSafety.Innocuous,
                    NameClass.Dangerous => ImportSafety.Dangerous,
                    _ => ImportSafety.Suspicious,
                };
                _imports.Add(new PickleImport(Bounded(global.Module), Bounded(global.Name), safety));
            }

            static string Bounded(string text) => text.Length <= 200 ? text : text[..200];
        }

        private void NoteTrouble(Artifact artifact, ArtifactFacts facts, bool speculative, int from = 0)
        {
            for (var i = from; i < facts.Malformations.Count; i++)
            {
                var malformation = facts.Malformations[i];
                if (malformation.LeavesGap)
                {
                    // What merely resembled a format leaves no gap, unless a limit kept it from being told.
                    if (!speculative || malformation.Kind is MalformationKind.Limit)
                        Gap(artifact, malformation);
                }
                else if (!speculative && facts is PickleFacts or GgufFacts or OnnxFacts)
                {
                    _findings.Add(ScanRules.MalformedStructure, artifact, malformation.Offset, Sentence(malformation.Message), malformation.Message, effect: Effect.Never);
                }
            }

            if (!speculative && from == 0 && facts is PickleFacts pickle)
            {
                foreach (var stream in pickle.Streams)
                {
                    if (stream.Error is not null && !stream.Truncated && !stream.Resynchronised)
                        AddGap(new Incompleteness(IncompleteReason.Unreadable, null, artifact.Member, stream.ErrorOffset, $"the pickle is damaged: {stream.Error}"));
                }
            }
        }

        private void Identify(Artifact artifact, ByteSource source, ReadScope reading, bool speculative)
        {
            // Of a large storage only the head is looked at.
            var identification = FormatIdentifier.Identify(source, reading, withTail: artifact.Role != ChildRole.Storage || (source.Length <= 1 << 20 && reading.Depth.ReadsWhole(source.Length)));
            foreach (var (reader, match) in identification.Matches)
            {
                if (match.Strength == MatchStrength.Weak && artifact.Readings.Count > 0)
                    continue;
                var facts = reader.Read(source, reading);
                if (match.Strength == MatchStrength.Weak && !Confirms(facts, identification))
                    continue;

                // In slack and in constants only what can be understood counts.
                if (speculative && facts is PickleFacts { CallCount: 0, Mutations.Count: 0, Globals.Count: 0 })
                    continue;
                artifact.Readings.Add((Name(reader.Id, facts), facts));
            }

            if (artifact.Readings.Count > 0)
            {
                artifact.Format = artifact.Readings[0].Format;
                return;
            }

            if (!speculative || artifact.Role == ChildRole.Slack)
                ReadText(artifact, source, identification.Known?.Format, reading);
            artifact.Format = identification.Known?.Format ?? (artifact.Role == ChildRole.Storage ? FormatId.RawTensor : FormatId.Unknown);
            if (speculative || artifact.Role == ChildRole.Storage)
                return;
            if (identification.Known is null)
                Gap(artifact, new Malformation(MalformationKind.Unsupported, 0, "the content is of no known format"));
            else if (identification.Known.Disposition is FormatDisposition.Unsupported or FormatDisposition.UnusualContainer or FormatDisposition.Pointer or FormatDisposition.Readable)
                Gap(artifact, new Malformation(MalformationKind.Unsupported, 0, $"the format {identification.Known.Format.Name} is recognised and not analysed"));
        }

        /// <summary>
        /// Decodes a text, so that what it says can be judged. A file with the name of a script is read as one whatever its bytes are:
        /// command interpreters do not mind bytes that are no text.
        /// </summary>
        private void ReadText(Artifact artifact, ByteSource source, FormatId? known, ReadScope reading)
        {
            var isText = known == FormatId.Text || known == FormatId.Json || known == FormatId.Xml;
            var named = LanguageGuess.ByName(artifact.Name);
            if (!isText && !(known is null && named is CodeLanguage.Batch or CodeLanguage.Shell or CodeLanguage.PowerShell or CodeLanguage.VbScript or CodeLanguage.JavaScript or CodeLanguage.Python or CodeLanguage.Html))
                return;
            var facts = TextFacts.Read(source, reading);
            artifact.Language = LanguageGuess.Of(artifact.Name, facts.Source.Text);
            artifact.Readings.Add((known ?? FormatId.Text, facts));
            if (!facts.Complete && artifact.Language is not (CodeLanguage.None or CodeLanguage.Json or CodeLanguage.Prose or CodeLanguage.Yaml))
                Gap(artifact, new Malformation(MalformationKind.Limit, budget.Limits.TextBytes, $"only the first {budget.Limits.TextBytes:N0} bytes of this code were analysed", "text-bytes"));
        }

        /// <summary>Whether reading a weak match showed that it is this format after all.</summary>
        private static bool Confirms(ArtifactFacts facts, Identification identification) => facts switch
        {
            PickleFacts pickle => pickle.Streams is [var first, ..]
                && (pickle.CallCount + pickle.Mutations.Count > 0 && pickle.Globals.Count > 0
                    || (first.Stopped && first.Opcodes > 2 && identification.Known is null)
                    || (pickle.Globals.Count > 0 && first.Stopped)),
            _ => facts.Malformations.Count == 0,
        };

        private static FormatId Name(FormatId id, ArtifactFacts facts) => facts switch
        {
            PickleFacts { IsTorchLegacy: true } => FormatId.PyTorchLegacy,
            PickleFacts { HasRawArrays: true } => FormatId.Joblib,
            ZipFacts zip => ZipFlavour.Of(zip),
            TarFacts tar => TarFlavour.Of(tar),
            _ => id,
        };

        private void Open(Artifact parent, ArtifactFacts facts, ReadScope reading, DetectionScope scope, bool speculative)
        {
            foreach (var child in facts.Children)
            {
                var uncertain = speculative || child.Speculative;
                var node = new Artifact
                {
                    Name = child.Name,
                    Member = parent.Member is null ? child.Name : $"{parent.Member}!{child.Name}",
                    Parent = parent,
                    Role = child.Role,
                    Length = child.Length ?? 0,
                };
                try
                {
                    budget.ChargeMember(child.Offset);
                    var inner = reading.Enter(child.Offset);
                    using var source = child.Open(inner);
                    node.Length = source.Length;
                    parent.Children.Add(node);
                    // Raw numbers may begin like anything: what is read in them counts, what cannot be read does not.
                    Visit(node, source, inner, scope, uncertain || child.Role == ChildRole.Storage);
                }
                catch (MalformedArtifactException e) when (!uncertain || e.Malformation.Kind is MalformationKind.Limit)
                {
                    Gap(node, e.Malformation);
                    if (e.Malformation.Limit is "members" or "seconds" or "inflated-bytes" or "read-bytes" or "values" or "elements")
                        return;
                }
                catch (MalformedArtifactException)
                {
                    // Only resembled a format.
                }
                catch (FormatException) when (uncertain)
                {
                    // An encoded constant that does not decode.
                }
            }
        }
    }
}
