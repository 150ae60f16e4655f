namespace Assay.Scanning;

/// <summary>In which role code is judged: the same command weighs differently in a script and in a text that shows it.</summary>
internal enum JudgeContext
{
    /// <summary>Code that somebody runs or imports.</summary>
    Code,

    /// <summary>A command that a text tells its reader to run.</summary>
    Instruction,

    /// <summary>A build: container, pipeline, install hook.</summary>
    Build,
}

/// <summary>
/// Turns the acts of one file into findings: what it does alone, and what it does in combination. The combinations are those of
/// published loaders, stealers and reverse shells: a word alone accuses nobody, where the data goes decides.
/// </summary>
internal static class BehaviourJudge
{
    /// <summary>Judges acts and adds the findings; each is placed at the act that shows it.</summary>
    /// <param name="acts">What was understood, in the order of the text.</param>
    /// <param name="artifact">The file; read as text.</param>
    /// <param name="scope">Where findings go.</param>
    /// <param name="context">The role of the code.</param>
    public static void Judge(IReadOnlyList<Act> acts, Artifact artifact, DetectionScope scope, JudgeContext context)
    {
        if (acts.Count == 0)
            return;
        var file = new FileJudgement(acts, artifact, scope, context);
        foreach (var act in acts)
            file.Judge(act);
        file.NoteTheRest();
    }

    /// <summary>One file being judged.</summary>
    private sealed class FileJudgement
    {
        private readonly IReadOnlyList<Act> _acts;
        private readonly Artifact _artifact;
        private readonly DetectionScope _scope;
        private readonly JudgeContext _context;
        private readonly bool _runsForeign;
        private readonly bool _isGrave;
        private readonly bool _readsSecrets;
        private readonly bool _sendsAway;
        private readonly bool _sendsToDrop;
        private readonly bool _writes;
        private bool _accused;

        public FileJudgement(IReadOnlyList<Act> acts, Artifact artifact, DetectionScope scope, JudgeContext context)
        {
            (_acts, _artifact, _scope, _context) = (acts, artifact, scope, context);
            foreach (var act in acts)
            {
                _runsForeign |= IsRun(act) && (act.From & (Origin.Network | Origin.Decoded)) != 0;
                _isGrave |= act.Confidence >= Confidence.Medium
                    && (act.Deed is Deed.ReverseShell or Deed.Persist or Deed.DisableProtection or Deed.Destroy or Deed.Mine or Deed.Spy || (act.Deed is Deed.MachineCode && act.Confidence >= Confidence.High));
                _readsSecrets |= act.Deed == Deed.ReadSecret && act.Confidence >= Confidence.High;
                _sendsAway |= act.Deed is Deed.Send && IsStranger(HostOf(act));
                _sendsToDrop |= act.Deed is Deed.Send && IsDrop(HostOf(act));
                _writes |= act.Deed is Deed.WriteFile;
            }

            _isGrave |= _runsForeign;
        }

        public void Judge(Act act)
        {
            switch (act.Deed)
            {
                case Deed.RunCode or Deed.RunProgram:
                    JudgeRun(act);
                    break;
                case Deed.MachineCode:
                    JudgeMachineCode(act);
                    break;
                case Deed.Download or Deed.Connect:
                    JudgeAddress(act);
                    break;
                case Deed.Send:
                    JudgeAddress(act);
                    JudgeSend(act);
                    break;
                case Deed.ReverseShell:
                    Add(CodeRules.ReverseShell, act, $"{Subject()} gives a remote peer a command line on this computer{At(act)}", Graded(act, Severity.Critical, Severity.High, Severity.Medium));
                    break;
                case Deed.ReadSecret:
                    JudgeSecret(act);
                    break;
                case Deed.Persist:
                    Add(CodeRules.Persistence, act, $"{Subject()} makes something start by itself from now on", Graded(act, Severity.Critical, Severity.High, Severity.Info));
                    break;
                case Deed.DisableProtection:
                    Add(
                        IsCommand(act.Language) ? ScriptRules.SecurityTampering : CodeRules.DisablesChecks, act, $"{Subject()} weakens the protection of this computer",
                        Graded(act, Severity.Critical, _isGrave && HasOther(act) ? Severity.Critical : Severity.High, Severity.Low));
                    break;
                case Deed.SkipTls:
                    Add(CodeRules.DisablesChecks, act, $"{Subject()} does not check whom it talks to: certificates are ignored", _runsForeign ? Severity.High : Severity.Low, act.Confidence);
                    break;
                case Deed.Hide:
                    Add(CodeRules.HidesWindow, act, $"{Subject()} hides what it starts", _runsForeign ? Severity.High : Graded(act, Severity.High, Severity.Medium, Severity.Low));
                    break;
                case Deed.Elevate:
                    Add(ScriptRules.Elevation, act, $"{Subject()} asks for administrator rights", _isGrave ? Severity.High : Graded(act, Severity.High, Severity.Medium, Severity.Info));
                    break;
                case Deed.Install:
                    JudgeInstall(act);
                    break;
                case Deed.Deserialize:
                    JudgeDeserialize(act);
                    break;
                case Deed.DetectAnalysis:
                    Add(CodeRules.AntiAnalysis, act, $"{Subject()} looks for analysts or virtual machines before it acts", _isGrave || _readsSecrets ? Severity.High : Graded(act, Severity.Medium, Severity.Low, Severity.Low));
                    break;
                case Deed.Mine:
                    Add(CodeRules.MinesCurrency, act, $"{Subject()} mines cryptocurrency on this computer", Graded(act, Severity.Critical, Severity.High, Severity.Medium));
                    break;
                case Deed.Spy:
                    Add(CodeRules.SpiesOnUser, act, $"{Subject()} records what the person at this computer does", OfSpying(act));
                    break;
                case Deed.Destroy:
                    Add(CodeRules.DestroysFiles, act, $"{Subject()} destroys files{Named(act.Subject)}", Graded(act, Severity.Critical, Severity.High, Severity.Low));
                    break;
                case Deed.WriteFile or Deed.RunSibling:
                    break;
            }
        }

        /// <summary>What accuses nobody: one note a file for the programs that it starts, and one for the addresses.</summary>
        public void NoteTheRest()
        {
            if (_context == JudgeContext.Instruction || _accused)
            {
                NoteDecoy();
                return;
            }

            if (FirstOf(static a => a.Deed == Deed.RunProgram && a.Confidence >= Confidence.Medium) is { } start)
                Add(CodeRules.StartsPrograms, start, $"{Subject()} starts other programs", Severity.Low);
            if (FirstOf(static a => a.Deed is Deed.Download or Deed.Send && a.Subject is not null) is { } reach)
                Add(CodeRules.NetworkAccess, reach, $"{Subject()} contacts other computers{Named(reach.Subject)}", Severity.Info);
        }

        /// <summary>A script that says it loads a model, uses no library that could, and does something else.</summary>
        private void NoteDecoy()
        {
            if (!_accused || _artifact.Language != CodeLanguage.Python || _artifact.FactsOf<Formats.TextFacts>()?.Source.Text is not { } text)
                return;
            var at = text.IndexOf("print(", StringComparison.Ordinal);
            for (var tries = 0; at >= 0 && tries < 200; tries++)
            {
                var end = text.IndexOf('\n', at);
                var line = text.AsSpan(at, (end < 0 ? text.Length : end) - at);
                if ((line.Contains("model", StringComparison.OrdinalIgnoreCase) || line.Contains("weights", StringComparison.OrdinalIgnoreCase))
                    && (line.Contains("load", StringComparison.OrdinalIgnoreCase) || line.Contains("init", StringComparison.OrdinalIgnoreCase) || line.Contains("download", StringComparison.OrdinalIgnoreCase))
                    && !text.Contains("import torch", StringComparison.Ordinal) && !text.Contains("transformers", StringComparison.Ordinal) && !text.Contains("tensorflow", StringComparison.Ordinal))
                {
                    _scope.Findings.AddAt(CodeRules.Decoy, _artifact, at, "The script says that it loads a model, and uses no library that could", line.Trim().ToString(), confidence: Confidence.Medium);
                    return;
                }

                at = text.IndexOf("print(", at + 6, StringComparison.Ordinal);
            }
        }

        private void JudgeRun(Act act)
        {
            if (act.From.HasFlag(Origin.Network))
            {
                var rule = IsCommand(act.Language) ? ScriptRules.PipeToShell : CodeRules.DownloadsAndExecutes;
                var what = act.Deed == Deed.RunCode && act.Language is not (CodeLanguage.Shell or CodeLanguage.Batch) ? "code" : "a program or command";
                Add(rule, act, $"{Subject()} fetches {what} from the internet{From(act)} and runs it", OfSource(act));
                if (act.From.HasFlag(Origin.Decoded) && act.Source is not null)
                    Add(NetworkRules.EncodedAddress, act, $"What is fetched or where from is hidden by encoding{From(act)}", Severity.High);
            }
            else if (act.From.HasFlag(Origin.Decoded))
            {
                var commandLine = act.Decoders.Count == 1 && act.Decoders[0].Contains("EncodedCommand", StringComparison.OrdinalIgnoreCase);
                Add(
                    commandLine ? ScriptRules.EncodedCommand : ObfuscationRules.DecodeAndExecute, act, $"{Subject()} unpacks hidden text{Through(act)} and runs it",
                    commandLine ? Severity.High : Graded(act, Severity.Critical, Severity.High, Severity.Medium));
            }
            else if (act.From.HasFlag(Origin.Computed))
            {
                Add(ObfuscationRules.DecodeAndExecute, act, $"{Subject()} assembles a command in hidden steps and runs it", Graded(act, Severity.High, Severity.High, Severity.Medium));
            }
        }

        /// <summary>Installing runs code of the package: from a stranger it is as good as running what the stranger sends, and code that is imported asks nobody.</summary>
        private void JudgeInstall(Act act)
        {
            var stranger = act.From.HasFlag(Origin.Network) && IsStranger(HostReputation.Of(act.Source ?? ""));
            var severity = stranger ? (_artifact.Language == CodeLanguage.Python && act.Reach != Reach.Function ? Severity.Critical : Severity.High) : Graded(act, Severity.High, Severity.Medium, Severity.Info);
            Add(CodeRules.InstallsPackages, act, $"{Subject()} installs software{Named(act.Subject)}{(stranger ? From(act) : "")}", severity);
        }

        /// <summary>Hotkeys and screenshots are honest; sent away, or replaced, they are not.</summary>
        private Severity OfSpying(Act act)
        {
            if (act.Confidence == Confidence.Confirmed || _sendsToDrop || (_sendsAway && act.Confidence >= Confidence.High))
                return Severity.Critical;
            return _sendsAway || (_writes && act.Confidence >= Confidence.High) ? Severity.High : Severity.Medium;
        }

        private void JudgeMachineCode(Act act)
        {
            if (act.From.HasFlag(Origin.Network))
                Add(CodeRules.DownloadsAndExecutes, act, $"{Subject()} fetches machine code from the internet{From(act)} and loads it", OfSource(act));
            else
                Add(CodeRules.MachineCode, act, $"{Subject()} loads machine code{Named(act.Subject)}", act.From.HasFlag(Origin.Decoded) ? Severity.Critical : Graded(act, Severity.Critical, Severity.High, Severity.Info));
        }

        private void JudgeAddress(Act act)
        {
            var hidden = act.From.HasFlag(Origin.Decoded) && HostOf(act) is not (HostKind.Local or HostKind.ModelHub or HostKind.PackageIndex);
            if (hidden && act.Subject is { } address && address.Contains("://", StringComparison.Ordinal) && act.Confidence >= Confidence.Medium)
                Add(NetworkRules.EncodedAddress, act, $"A web address is hidden by encoding: {Short(address)}", Severity.High);
        }

        private void JudgeSend(Act act)
        {
            var host = HostOf(act);
            if (act.From.HasFlag(Origin.Secret))
            {
                var severity = act.Confidence == Confidence.Low ? Severity.Low : !IsStranger(host) ? Severity.Medium : IsDrop(host) ? Severity.Critical : Graded(act, Severity.Critical, Severity.High, Severity.Low);
                Add(CodeRules.SendsCredentials, act, $"{Subject()} sends passwords or keys{SecretOf(act)} to {Receiver(act)}", severity);
            }
            else if (_readsSecrets && IsStranger(host) && act.Confidence >= Confidence.Medium)
            {
                Add(CodeRules.SendsCredentials, act, $"{Subject()} reads passwords or keys and sends data to {Receiver(act)}", Severity.Critical);
            }
            else if (act.From.HasFlag(Origin.Machine) && IsStranger(host))
            {
                var outright = act.Reach == Reach.Import && IsDrop(host);
                Add(CodeRules.SendsCredentials, act, $"{Subject()} sends facts about this computer to {Receiver(act)}", outright ? Severity.Critical : Severity.High, outright ? Confidence.High : Confidence.Medium);
            }
        }

        private void JudgeSecret(Act act)
        {
            if (act.Confidence == Confidence.Low)
                return;
            var severity = _sendsAway && act.Confidence >= Confidence.High ? Severity.Critical : Graded(act, Severity.High, Severity.Medium, Severity.Low);
            Add(_sendsAway && severity == Severity.Critical ? CodeRules.SendsCredentials : CodeRules.ReadsCredentials, act, $"{Subject()} reads passwords or keys{Named(act.Subject)}", severity);
        }

        private void JudgeDeserialize(Act act)
        {
            if (!act.From.HasFlag(Origin.Network) || HostReputation.Of(act.Source ?? "") == HostKind.ModelHub)
                return;
            Add(CodeRules.UnsafeRemoteLoad, act, $"{Subject()} opens a downloaded file{From(act)} in a way that can run code", Graded(act, act.Call.Contains("pickle", StringComparison.OrdinalIgnoreCase) && IsStranger(HostReputation.Of(act.Source ?? "")) ? Severity.High : Severity.Medium, Severity.Medium, Severity.Low));
        }

        /// <summary>How much it weighs to run what comes from this source.</summary>
        private Severity OfSource(Act act)
        {
            if (act.Confidence == Confidence.Low)
                return Severity.Low;
            return HostReputation.Of(act.Source ?? "") switch
            {
                HostKind.Installer => Severity.Info,
                HostKind.PackageIndex => Severity.Low,
                HostKind.Local => Severity.Medium,
                HostKind.CodeHost when _context == JudgeContext.Instruction => Severity.Medium,
                HostKind.CodeHost when IsCommand(act.Language) => act.Confidence >= Confidence.High ? Severity.High : Severity.Medium,
                HostKind.ModelHub or HostKind.Provider => Graded(act, Severity.High, Severity.Medium, Severity.Low),
                _ => Graded(act, Severity.Critical, Severity.High, Severity.Low),
            };
        }

        private static Severity Graded(Act act, Severity certain, Severity plausible, Severity barely) =>
            act.Confidence >= Confidence.High ? certain : act.Confidence == Confidence.Medium ? plausible : barely;

        private void Add(Rule rule, Act act, string message, Severity severity, Confidence? confidence = null)
        {
            var effect = _context == JudgeContext.Build ? Effect.Build : act.Reach == Reach.Import ? Effect.Load : Effect.Use;
            // A plausible act that weighs less is still surely what it is said to be.
            var sure = confidence ?? (severity == Severity.Critical && act.Confidence < Confidence.High ? Confidence.High : act.Confidence);
            _scope.Findings.AddAt(rule, _artifact, act.Index, message, act.Evidence, severity, sure, effect);
            _accused |= severity >= Severity.High;
        }

        private Act? FirstOf(Func<Act, bool> wanted)
        {
            foreach (var act in _acts)
            {
                if (wanted(act))
                    return act;
            }

            return null;
        }

        private bool HasOther(Act one)
        {
            foreach (var act in _acts)
            {
                if (act.Deed != one.Deed && (act.Deed is Deed.Persist or Deed.Hide or Deed.Elevate or Deed.ReadSecret or Deed.ReverseShell || (IsRun(act) && act.From.HasFlag(Origin.Network))))
                    return true;
            }

            return false;
        }

        private string Subject() => _context switch
        {
            JudgeContext.Instruction => "The command that the text shows",
            JudgeContext.Build => "The build",
            _ => _artifact.Language switch
            {
                CodeLanguage.Notebook => "The notebook",
                CodeLanguage.Shell or CodeLanguage.Batch or CodeLanguage.PowerShell => "The script",
                CodeLanguage.Html => "The page",
                _ => "The code",
            },
        };

        private static bool IsRun(Act act) => act.Deed is Deed.RunCode or Deed.RunProgram or Deed.MachineCode;

        private static bool IsCommand(CodeLanguage language) =>
            language is CodeLanguage.Shell or CodeLanguage.Batch or CodeLanguage.PowerShell or CodeLanguage.Dockerfile or CodeLanguage.Makefile;

        private static HostKind HostOf(Act act) => HostReputation.Of(act.Subject ?? "");

        private static bool IsStranger(HostKind host) =>
            host is not (HostKind.Local or HostKind.ModelHub or HostKind.Provider or HostKind.PackageIndex or HostKind.CodeHost or HostKind.Installer);

        /// <summary>Where nobody's own service is: things are left there to be picked up.</summary>
        private static bool IsDrop(HostKind host) =>
            host is HostKind.Exfiltration or HostKind.FileDrop or HostKind.Tunnel or HostKind.RawAddress or HostKind.DeadDrop or HostKind.KnownBad;

        private static string Receiver(Act act) => act.Subject is { Length: > 0 } to ? Short(to) : "another computer";

        private static string SecretOf(Act act) => act.Source is { Length: > 0 } secret ? $" ({Short(secret)})" : "";

        private static string From(Act act) => act.Source is { Length: > 0 } source ? $" ({Short(source)})" : "";

        private static string At(Act act) => act.Subject is { Length: > 0 } peer ? $" ({Short(peer)})" : "";

        private static string Named(string? subject) => subject is { Length: > 0 } ? ": " + Short(subject) : "";

        private static string Through(Act act) => act.Decoders.Count == 0 ? "" : $" ({string.Join(", ", act.Decoders)})";

        private static string Short(string text) => text.Length <= 120 ? text : text[..119] + "…";
    }
}
