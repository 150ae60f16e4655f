using System.Buffers;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>
/// What the prose of one text asks for. Sentences are collected first and judged together: an exception for a file means little, an
/// exception for a file that came in an archive with a password means the worst.
/// </summary>
/// <param name="artifact">The text.</param>
/// <param name="scope">Where findings and instructions go.</param>
internal sealed class ProseReading(Artifact artifact, DetectionScope scope)
{
    private const int MaxInstructions = 400;

    private static readonly SearchValues<char> NotInNames = SearchValues.Create("/\\|&;=\"$");

    /// <summary>Pieces in which one step is still near another.</summary>
    private const int Vicinity = 3;

    private readonly List<Request> _requests = [];
    private readonly List<(int Number, Concept Concept)> _marks = [];
    private readonly List<int> _tools = [];
    private Sentence? _previous;
    private bool _speaksOfAttacks;
    private int _executables;
    private SourceText? _source;

    /// <summary>What kind of request.</summary>
    private enum Wish
    {
        DisableGuard,
        DisableFirewall,
        Exclude,
        PassWarning,
        RunFile,
        Elevate,
        OpenArchive,
        PasteCommand,
        Download,
    }

    /// <summary>Something that the text asks for.</summary>
    private sealed record Request(Wish Wish, int Number, int Index, string Text)
    {
        public bool IsConditional { get; init; }

        public bool IsUrgent { get; init; }

        public bool Unlocks { get; init; }

        public string? File { get; init; }

        public StartKind Kind { get; init; }

        public string? Subject { get; init; }

        public bool Runs { get; init; }
    }

    private FileTraits Traits => scope.TraitsOf(artifact);

    private SourceText Source => _source ??= artifact.FactsOf<TextFacts>()!.Source;

    /// <summary>Reads one piece of prose.</summary>
    public void Read(Piece piece, int number)
    {
        foreach (var sentence in Sentence.Read(piece, number))
        {
            Note(sentence);
            ReadProtection(sentence);
            ReadWarning(sentence);
            ReadFiles(sentence);
            ReadArchive(sentence);
            ReadPaste(sentence);
            _previous = sentence;
        }

        foreach (var link in piece.Links)
            ReadLink(link);
    }

    /// <summary>A command of a block of code that is nothing but the start of a file.</summary>
    public void ReadShownStart(string file, StartKind kind, int number, int index, string line)
    {
        Tell(InstructionKind.RunFile, index, line, [file]);
        if (kind >= StartKind.Clickable && _previous is { } before && number - before.Number <= 2 && (before.Has(Concept.Run) || before.Has(Concept.DoubleClick)))
            _requests.Add(new Request(Wish.RunFile, number, index, line) { File = file, Kind = kind, IsConditional = true, IsUrgent = before.Has(Concept.Must) });
    }

    /// <summary>A command that installs something.</summary>
    public void Install(int index, string line, string what)
    {
        var isFile = !what.Contains("://", StringComparison.Ordinal);
        Tell(InstructionKind.Install, index, line, isFile ? [what] : [], what);
    }

    /// <summary>Whether a command that a sentence mentions is one that the reader is told to run.</summary>
    public bool IsMeant(int number) =>
        _previous is not { } before || before.Number != number || !(before.Has(Concept.About) || before.Has(Concept.Not) || before.Has(Concept.NotAfter));

    private void Note(Sentence sentence)
    {
        foreach (var hit in sentence.Hits)
        {
            switch (hit.Concept)
            {
                case Concept.Tool or Concept.Ui:
                    _tools.Add(sentence.Number);
                    break;
                case Concept.About when sentence.Piece.Kind == PieceKind.Heading || sentence.Number == 0:
                    _speaksOfAttacks = true;
                    break;
                case Concept.RunDialog or Concept.Paste or Concept.Human or Concept.Terminal:
                    _marks.Add((sentence.Number, hit.Concept));
                    break;
            }
        }
    }

    private void ReadProtection(Sentence sentence)
    {
        foreach (var verb in sentence.Hits)
        {
            if (verb.Concept is not (Concept.Off or Concept.OffBe or Concept.Exclude or Concept.OffIt) || sentence.IsNegated(verb) || sentence.IsTold(verb))
                continue;
            if (ThingOf(sentence, verb) is not { } thing)
                continue;
            if (verb.Concept == Concept.OffBe && !sentence.Has(Concept.Must))
                continue;
            var wish = thing == Concept.Firewall ? Wish.DisableFirewall : verb.Concept == Concept.Exclude ? Wish.Exclude : Wish.DisableGuard;
            var runs = sentence.Has(Concept.Run) || sentence.Has(Concept.DoubleClick) || sentence.Has(Concept.Extract) || sentence.Has(Concept.Download) || sentence.Files.Count > 0;
            Add(new Request(wish, sentence.Number, sentence.Piece.At(verb.Start), sentence.Text) { IsConditional = sentence.HasBefore(Concept.If, verb), IsUrgent = sentence.Has(Concept.Must), Runs = runs });
            Tell(InstructionKind.DisableProtection, sentence.Piece.At(verb.Start), sentence.Text, []);
            return;
        }
    }

    /// <summary>What a verb switches off: a thing in the same sentence, or for "turn it off" the one that the sentence before named.</summary>
    private Concept? ThingOf(Sentence sentence, PhraseHit verb)
    {
        Concept? firewall = null;
        foreach (var hit in sentence.Hits)
        {
            if (hit.Concept == Concept.Guard && (verb.Concept == Concept.OffIt || sentence.Joins(verb, hit)))
                return Concept.Guard;
            if (hit.Concept == Concept.Firewall && (verb.Concept == Concept.OffIt || sentence.Joins(verb, hit)))
                firewall = Concept.Firewall;
        }

        if (firewall is null && verb.Concept is Concept.OffIt or Concept.Exclude && _previous is { } before && sentence.Number - before.Number <= 1 && before.Has(Concept.Guard))
            return Concept.Guard;
        // "Set an exclusion for the folder": where nothing is named, Windows is meant.
        if (firewall is null && verb.Concept == Concept.Exclude && sentence.Has(Concept.Flagged) && (verb.Language == "en" ? sentence.Piece.Text.Contains("xclusion", StringComparison.Ordinal) : sentence.Has(Concept.Run)))
            return Concept.Guard;
        return firewall;
    }

    private void ReadWarning(Sentence sentence)
    {
        if (sentence.Asked(Concept.Bypass) is not { } pass || sentence.IsTold(pass))
            return;
        var text = sentence.Piece.Text.AsSpan(pass.Start, pass.End - pass.Start);
        // "More info" is a link on many pages.
        var about = sentence.Has(Concept.Guard) || sentence.Has(Concept.Flagged) || (_previous is { } before && sentence.Number - before.Number <= 1 && before.Has(Concept.Guard));
        if (about || text.Contains("anyway", StringComparison.OrdinalIgnoreCase))
            Add(new Request(Wish.PassWarning, sentence.Number, sentence.Piece.At(pass.Start), sentence.Text));
    }

    private void ReadFiles(Sentence sentence)
    {
        PhraseHit? anyVerb = null;
        foreach (var file in sentence.Files)
        {
            var verb = VerbOf(sentence, file);
            anyVerb ??= verb;
            var isTold = verb is { } told && sentence.IsTold(told);
            var isCode = sentence.Piece.CodeSpans.Exists(s => s.Start <= file.Start && file.Start < s.Start + s.Length);
            if (verb is null && !(isCode && file.Kind >= StartKind.Clickable))
                continue;
            if (verb is null && (sentence.Has(Concept.Run) || sentence.Has(Concept.DoubleClick)))
                continue;
            if (isTold)
                continue;
            var index = sentence.Piece.At(file.Start);
            var name = NameIn(sentence.Piece, file);
            Tell(InstructionKind.RunFile, index, sentence.Text, [name]);
            if (file.Kind < StartKind.Clickable || verb is null)
                continue;
            _executables++;
            Add(new Request(Wish.RunFile, sentence.Number, index, sentence.Text)
            {
                File = name,
                Kind = file.Kind,
                IsUrgent = sentence.Has(Concept.Must),
                Unlocks = sentence.Has(Concept.Unlock) || sentence.Has(Concept.Human),
                IsConditional = sentence.Has(Concept.If),
            });
        }

        if (sentence.Asked(Concept.Admin) is { } admin && !sentence.IsTold(admin) && (anyVerb is not null || sentence.Files.Count > 0 || sentence.Has(Concept.Run)))
        {
            Add(new Request(Wish.Elevate, sentence.Number, sentence.Piece.At(admin.Start), sentence.Text));
            Tell(InstructionKind.RunElevated, sentence.Piece.At(admin.Start), sentence.Text, [.. sentence.Files.Select(f => f.Name)]);
        }
    }

    /// <summary>The verb by which a sentence asks for a file to be started; null where it does not.</summary>
    private static PhraseHit? VerbOf(Sentence sentence, FileMention file)
    {
        foreach (var hit in sentence.Hits)
        {
            if (hit.Concept is Concept.DoubleClick or Concept.Run && !sentence.IsNegated(hit) && sentence.Starts(hit, file))
                return hit;
        }

        return null;
    }

    /// <summary>A name in a span of code may have blanks.</summary>
    private static string NameIn(Piece piece, FileMention file)
    {
        foreach (var (start, length) in piece.CodeSpans)
        {
            if (start <= file.Start && file.Start + file.Name.Length == start + length && length <= 100 && !piece.Text.AsSpan(start, length).ContainsAny(NotInNames))
            {
                var whole = piece.Text.Substring(start, length).Trim();
                var first = whole.Split(' ', 2)[0];
                return ShownCommands.IsInterpreter(first) || first.Contains('.') ? file.Name : whole;
            }
        }

        return file.Name;
    }

    private void ReadArchive(Sentence sentence)
    {
        PhraseHit? password = null;
        foreach (var hit in sentence.Hits)
        {
            if (hit.Concept == Concept.UnzipPw || (hit.Concept == Concept.Password && SpeaksOfArchive(sentence)))
                password = hit;
            if (password is { } found && !sentence.IsNegated(found) && Given(sentence.Behind(found, 60)) is { } given)
            {
                Tell(InstructionKind.UnpackWithPassword, sentence.Piece.At(found.Start), sentence.Text, [], given);
                Add(new Request(Wish.OpenArchive, sentence.Number, sentence.Piece.At(found.Start), sentence.Text) { Subject = given, Runs = sentence.Has(Concept.Run) || sentence.Has(Concept.DoubleClick) || sentence.Files.Count > 0 });
                return;
            }

            password = null;
        }
    }

    private bool SpeaksOfArchive(Sentence sentence) =>
        sentence.Has(Concept.Archive) || sentence.Has(Concept.Extract)
        || (_previous is { } before && sentence.Number - before.Number <= 2 && (before.Has(Concept.Archive) || before.Has(Concept.Extract)));

    /// <summary>The password that follows the word; null where none is given.</summary>
    private static string? Given(ReadOnlySpan<char> behind)
    {
        var at = 0;
        var announced = false;
        for (; at < behind.Length && at < 40; at++)
        {
            var c = behind[at];
            if (c is ':' or '：' or '=' or '“' or '"' or '\'' or '`' or '「' or '«' or '→' or '–' or '—')
                announced = true;
            else if (announced && char.IsLetterOrDigit(c))
                break;
            else if (c is '\n' or '.' or '。' or ',' or '，' or '|' && !announced)
                return null;
            else if (!announced && char.IsAsciiDigit(c) && (at == 0 || behind[at - 1] is ' ' or > '\u2E80'))
                break;
            else if (!announced && char.IsAsciiLetterOrDigit(c) && IsToBe(behind, ref at))
                announced = true;
            else if (!announced && c is '为' or '是' or '為' or 'は')
                announced = true;
        }

        if (at >= behind.Length || at >= 40)
            return null;
        var end = at;
        while (end < behind.Length && behind[end] > ' ' && behind[end] is not ('"' or '\'' or '`' or ',' or '，' or '。' or '」' or '”' or ')' or '|' or '»' or ';') && !(behind[end] is '.' && (end + 1 == behind.Length || behind[end + 1] <= ' ')))
            end++;
        var given = behind[at..end];
        return given.Length is >= 3 and <= 40 && !IsWord(given) ? given.ToString() : null;
    }

    private static bool IsToBe(ReadOnlySpan<char> text, ref int at)
    {
        foreach (var word in (ReadOnlySpan<string>)["is ", "es ", "est ", "ist ", "lautet ", "to ", "é ", "e ", "jest ", "adalah ", "là ", "use ", "- "])
        {
            if (text[at..].StartsWith(word, StringComparison.OrdinalIgnoreCase) && (at == 0 || text[at - 1] == ' '))
            {
                at += word.Length - 1;
                return word is not "to ";
            }
        }

        return false;
    }

    // "The password is required, available, sent by mail".
    private static bool IsWord(ReadOnlySpan<char> given)
    {
        foreach (var word in (ReadOnlySpan<string>)
            ["required", "available", "provided", "sent", "protected", "not", "the", "your", "needed", "optional", "set", "stored", "given", "you", "shared", "listed", "in", "on", "upon", "available.", "none", "please", "contact", "hashed", "same", "str", "string", "str,", "null", "none,", "encrypted", "only", "that", "used", "what", "will", "can", "must"])
        {
            if (given.Equals(word, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    /// <summary>Steps that end with text being pasted where commands are run; they are often spread over a list.</summary>
    private void ReadPaste(Sentence sentence)
    {
        if ((sentence.Asked(Concept.Paste) is null && sentence.Asked(Concept.RunDialog) is null) || sentence.Has(Concept.Not))
            return;
        int paste = -1, dialog = -1, terminal = -1, human = -1;
        foreach (var (number, concept) in _marks)
        {
            if (sentence.Number - number > Vicinity)
                continue;
            paste = concept == Concept.Paste ? number : paste;
            dialog = concept == Concept.RunDialog ? number : dialog;
            terminal = concept == Concept.Terminal ? number : terminal;
            human = concept == Concept.Human ? number : human;
        }

        if (paste < 0 || (dialog < 0 && (terminal < 0 || human < 0)))
            return;
        var index = sentence.Piece.At(sentence.Hits[0].Start);
        Tell(InstructionKind.RunCommand, index, sentence.Text, []);
        if (!_requests.Exists(r => r.Wish == Wish.PasteCommand))
            Add(new Request(Wish.PasteCommand, sentence.Number, index, sentence.Text) { Unlocks = human >= 0 || sentence.Has(Concept.Unlock) });
    }

    private void ReadLink(PieceLink link)
    {
        // A file of this repository.
        if (LinkTarget.KindOf(link.Target) is >= StartKind.Clickable && LinkTarget.HostOf(link.Target) is null)
            Tell(InstructionKind.RunFile, link.Index, link.Text.Length > 0 ? link.Text : link.Target, [link.Target]);
    }

    /// <summary>An address where programs or archives are offered, with what is known of its host.</summary>
    public void NoteDownload(int number, int index, string target, HostKind host, bool isProgram, string text)
    {
        Tell(InstructionKind.Download, index, text, [], target);
        _requests.Add(new Request(Wish.Download, number, index, text) { Subject = target, Kind = isProgram ? StartKind.Program : StartKind.Interpreted, IsUrgent = host is HostKind.Shortener or HostKind.FileDrop or HostKind.DeadDrop or HostKind.Exfiltration or HostKind.Tunnel or HostKind.RawAddress or HostKind.KnownBad, IsConditional = host is HostKind.CodeHost or HostKind.ModelHub or HostKind.Provider or HostKind.PackageIndex or HostKind.Installer or HostKind.Local });
    }

    private void Add(Request request)
    {
        if (_requests.Count < 2000)
            _requests.Add(request);
    }

    private void Tell(InstructionKind kind, int index, string text, IReadOnlyList<string> files, string? subject = null)
    {
        if (Traits.Instructions.Count < MaxInstructions)
            Traits.Instructions.Add(new Instruction(kind, Source.PositionOf(index).Line, text.Length > 300 ? text[..300] + "…" : text, files, subject));
    }

    /// <summary>Judges what was collected.</summary>
    public void Judge()
    {
        var unknown = _requests.Exists(r => r.Wish == Wish.RunFile && r.File is { } file && !ProgramTable.IsKnown(file) && !IsNearTool(r.Number));
        var archive = _requests.Exists(static r => r.Wish == Wish.OpenArchive);
        var elsewhere = _requests.Exists(static r => r.Wish == Wish.Download && r.IsUrgent);
        var signs = (unknown ? 1 : 0) + (archive ? 1 : 0) + (elsewhere ? 1 : 0) + (Wants(Wish.PassWarning) ? 1 : 0) + (Wants(Wish.Exclude) || Wants(Wish.DisableGuard) ? 1 : 0) + (Wants(Wish.Elevate) && unknown ? 1 : 0);
        var isLure = signs >= 3 || (signs >= 2 && (unknown || archive) && (archive || Wants(Wish.DisableGuard)));
        foreach (var request in _requests)
        {
            switch (request.Wish)
            {
                case Wish.DisableGuard:
                    JudgeGuard(request, unknown || archive || elsewhere);
                    break;
                case Wish.Exclude:
                    Report(
                        LureRules.DisableProtection, request, "The text asks the reader to make an exception in the virus protection",
                        unknown || archive ? Severity.Critical : !request.IsConditional && request.IsUrgent && request.Runs ? Severity.High : Severity.Medium);
                    break;
                case Wish.DisableFirewall:
                    Report(LureRules.DisableProtection, request, "The text asks the reader to switch off a firewall", unknown || archive ? Severity.High : Severity.Medium);
                    break;
                case Wish.PassWarning:
                    Report(LureRules.DisableProtection, request, "The text asks the reader to pass over a warning of the computer", isLure ? Severity.Critical : unknown || archive ? Severity.High : Severity.Medium);
                    break;
                case Wish.RunFile:
                    JudgeRun(request, isLure);
                    break;
                case Wish.OpenArchive:
                    Report(
                        LureRules.OffHubDownload, request, $"The text gives the password of an archive, which keeps scanners from looking inside: {request.Subject}",
                        !_speaksOfAttacks && (request.Runs || unknown || isLure) ? Severity.Critical : Severity.High);
                    break;
                case Wish.PasteCommand:
                    Report(LureRules.RunScript, request, "The text asks the reader to paste a command where it runs at once", request.Unlocks ? Severity.Critical : _speaksOfAttacks ? Severity.Medium : Severity.High);
                    break;
                case Wish.Download:
                    JudgeDownload(request, unknown || archive);
                    break;
            }
        }
    }

    private void JudgeGuard(Request request, bool hasPayload)
    {
        var severity = request.IsConditional
            ? hasPayload ? Severity.Critical : request.Runs || request.IsUrgent || _executables > 0 ? Severity.High : Severity.Medium
            : request.Runs || request.IsUrgent || hasPayload || HasRunNear(request.Number) ? Severity.Critical : Severity.High;
        if (_speaksOfAttacks && !hasPayload)
            severity = severity == Severity.Critical ? Severity.High : Severity.Medium;
        Report(LureRules.DisableProtection, request, "The text asks the reader to switch off the virus protection", severity);
    }

    private void JudgeRun(Request request, bool isLure)
    {
        var file = request.File!;
        if (ProgramTable.IsKnown(file))
            return;
        var fromCodeHost = _requests.Exists(static r => r.Wish == Wish.Download && r.IsConditional);
        var severity = request.Kind switch
        {
            _ when request.Unlocks && !IsNearTool(request.Number) => Severity.Critical,
            _ when isLure => Severity.Critical,
            StartKind.Odd => request.IsUrgent ? Severity.Critical : Severity.High,
            _ when IsNearTool(request.Number) => Severity.Medium,
            StartKind.Program when fromCodeHost => Severity.Medium,
            StartKind.Program => Severity.High,
            _ when request.IsConditional && !request.IsUrgent => Severity.Medium,
            _ => Severity.High,
        };
        Report(LureRules.RunScript, request, $"The text asks the reader to start {file}; a model needs no such program", severity);
    }

    private void JudgeDownload(Request request, bool hasPayload)
    {
        var isProgram = request.Kind == StartKind.Program;
        if (request.IsConditional)
            return;
        var severity = request.IsUrgent ? (isProgram && hasPayload ? Severity.Critical : Severity.High) : isProgram ? Severity.Medium : Severity.Info;
        if (severity > Severity.Info)
            Report(LureRules.OffHubDownload, request, $"The text sends the reader elsewhere for {(isProgram ? "a program" : "an archive")}: {request.Subject}", severity);
    }

    private bool Wants(Wish wish) => _requests.Exists(r => r.Wish == wish);

    private bool IsNearTool(int number)
    {
        foreach (var tool in _tools)
        {
            if (Math.Abs(tool - number) <= 1)
                return true;
        }

        return false;
    }

    private bool HasRunNear(int number) =>
        _requests.Exists(r => r.Wish is Wish.RunFile or Wish.Elevate or Wish.PasteCommand && Math.Abs(r.Number - number) <= Vicinity)
        || Traits.Instructions.Exists(static i => i.Kind is InstructionKind.RunFile or InstructionKind.RunElevated);

    private void Report(Rule rule, Request request, string message, Severity severity)
    {
        scope.Findings.AddAt(rule, artifact, request.Index, message, request.Text, severity, severity >= Severity.High ? Confidence.High : Confidence.Medium);
    }
}
