using System.Text.RegularExpressions;
using Assay.Impersonation.Cards;

namespace Assay.Impersonation.Claims;

/// <summary>What a card asks its reader to do.</summary>
public enum LureKind
{
    /// <summary>Start a program that lies in the repository or an archive.</summary>
    RunProgram,

    /// <summary>Run a script before anything else, to set up, activate or verify.</summary>
    RunScriptFirst,

    /// <summary>Pipe what the network sends into a shell or an interpreter.</summary>
    PipeToShell,

    /// <summary>Switch the antivirus off, or teach it an exception.</summary>
    DisableProtection,

    /// <summary>Unpack an archive with a password, which no scanner can look into.</summary>
    ProtectedArchive,

    /// <summary>Install packages from an index that nobody knows.</summary>
    ForeignPackageIndex,

    /// <summary>Run code that is written so that it cannot be read.</summary>
    EncodedCode,

    /// <summary>Hand over a token, key or wallet.</summary>
    HandOverSecret,

    /// <summary>Use a tool that comes along, whose name is not given. Says something only beside a program or code that comes along.</summary>
    UseTool,
}

/// <summary>A lure.</summary>
/// <param name="Kind">What is asked for.</param>
/// <param name="Line">The line that asks.</param>
public sealed record Lure(LureKind Kind, string Line);

/// <summary>
/// Finds instructions that ask a person to run something other than loading the model. Installing a known package, cloning a repository and running a well-known
/// program of the field are none. Linear in the length of the card.
/// </summary>
public static class LureReader
{
    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;
    private const int MostLures = 32;
    private const int PieceLength = 2_000; // of a line
    private const int RunAndFirst = (1 << (int)WordKind.Run) | (1 << (int)WordKind.First);

    private static readonly HashSet<string> ProgramTypes = ["exe", "bat", "cmd", "ps1", "command", "scr", "msi", "vbs", "lnk", "hta", "jar", "pif", "dmg", "pkg", "appimage"];
    private static readonly HashSet<string> ScriptTypes = ["sh", "py", "js", "zsh", "rb", "pl"];

    // Honest cards name scripts that train, convert or show; a lure names one that makes everything ready.
    private static readonly string[] ScriptStems = ["load", "setup", "install", "activ", "unlock", "launch", "boot", "start", "verif", "patch", "helper", "runtime", "update", "init"];

    // Programs of the field that honest cards tell people to start; whatever lies in a repository under such a name is the scanner's business.
    private static readonly HashSet<string> KnownPrograms = ["koboldcpp", "ollama", "lmstudio", "llamafile", "main", "server", "cli", "quantize", "bench", "nvidia", "git", "python", "perplexity", "imatrix", "whisper"];

    private static readonly string[] KnownInstallers =
        ["ollama.com", "ollama.ai", "astral.sh", "sh.rustup.rs", "get.docker.com", "install.python-poetry.org", "bun.sh", "deno.land", "fnm.vercel.app", "get.pnpm.io", "hf.co", "huggingface.co", "pixi.sh", "micro.mamba.pm", "nixos.org", "bootstrap.pypa.io", "deb.nodesource.com", "packagecloud.io", "openinterpreter.com", "get.modular.com", "pyenv.run", "repo.anaconda.com", "lmstudio.ai"];

    private static readonly string[] KnownIndexes =
        ["pypi.org", "download.pytorch.org", "pypi.nvidia.com", "pypi.ngc.nvidia.com", "abetlen.github.io", "flashinfer.ai", "wheels.vllm.ai", "docs.vllm.ai", "pypi.tuna.tsinghua.edu.cn", "mirrors.aliyun.com", "mirrors.tuna.tsinghua.edu.cn", "pypi.mirrors.ustc.edu.cn", "pypi.douban.com", "repo.huaweicloud.com", "aiinfra.pkgs.visualstudio.com", "storage.googleapis.com", "developer.intel.com", "pytorch-extension.intel.com", "data.pyg.org", "jllllll.github.io", "huggingface.github.io", "dist.nvidia.com", "mirror.baidu.com", "www.paddlepaddle.org.cn", "repo.radeon.com"];

    private static readonly (LureKind Kind, Regex Pattern)[] Patterns =
    [
        (LureKind.PipeToShell, new Regex(@"\b(curl|wget)\b[^|]*\|\s*(sudo\s+)?(-\S+\s+)*(env\s+)?(/\w+/(\w+/)?)?((ba|z|da|k|fi)?sh|python3?|perl|ruby|node)\b", Linear)),
        (LureKind.PipeToShell, new Regex(@"\b((ba|z|da)?sh|python3?|eval|source)\b[^|;]{0,20}(\$\(|<\(|`)\s*(curl|wget)\b", Linear)),
        (LureKind.PipeToShell, new Regex(@"\b(iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring|curl)\b.*(\|\s*|\(|;\s*)(iex|invoke-expression)\b", Linear)),
        (LureKind.PipeToShell, new Regex(@"\b(iex|invoke-expression)\b.{0,80}(iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring|http)", Linear)),
        (LureKind.PipeToShell, new Regex(@"\b(mshta|regsvr32|rundll32|bitsadmin|msiexec)(\.exe)?\b.{0,80}https?:", Linear)),
        (LureKind.PipeToShell, new Regex(@"python3?\s+-c\s.{0,200}(urlopen|requests\.get|urlretrieve).{0,200}(exec|eval|system|popen)", Linear)),
        (LureKind.PipeToShell, new Regex(@"\b(exec|eval)\s*\(.{0,80}(urlopen|requests\.get)", Linear)),
        (LureKind.RunProgram, new Regex(@"\bwin(dows)?(\s+key)?\s*\+\s*(r|x)\b", Linear)),
        (LureKind.DisableProtection, new Regex(@"add-mppreference|set-mppreference|executionpolicy\s+(bypass|unrestricted)|com\.apple\.quarantine|spctl\s+--master-disable|setenforce\s+0", Linear)),
        (LureKind.EncodedCode, new Regex(@"\b(exec|eval)\b.{0,80}(b64decode|base64|fromhex|marshal|decompress|codecs\.decode|atob)", Linear)),
        (LureKind.EncodedCode, new Regex(@"powershell(\.exe)?\b.{0,80}\s-(e|ec|enc|encodedcommand)\s+\S{12}", Linear)),
        (LureKind.EncodedCode, new Regex(@"base64\s+(-d|--decode|-di)\b.{0,40}\|\s*(sudo\s+)?((ba|z|da)?sh|python3?)\b", Linear)),
        (LureKind.EncodedCode, new Regex(@"certutil(\.exe)?\b.{0,40}-(decode|urlcache)", Linear)),
    ];

    private static readonly Regex Index = new(@"(--extra-index-url|--index-url|--find-links|\s-i|\s-f)[\s=]+https?://\S+", Linear);
    private static readonly Regex Host = new(@"https?://[^\s/'""`)\]|]+", Linear);

    /// <summary>All lures, each kind and line once, at most 32.</summary>
    public static IReadOnlyList<Lure> Read(CardText card)
    {
        var lures = new List<Lure>();
        ReadLines(card, lures);
        ReadSentences(card, lures);
        return lures;
    }

    /// <summary>
    /// The first sentence that asks to run something before anything else, whatever it is; null when there is none. Honest cards have such sentences
    /// too, so that it says something only beside a program that comes along.
    /// </summary>
    public static Lure? RunFirst(CardText card)
    {
        var (sentence, kinds) = (-1, 0);
        foreach (var mark in card.Marks)
        {
            if (card.Words[mark.Index].Sentence != sentence)
                (sentence, kinds) = (card.Words[mark.Index].Sentence, 0);
            kinds |= 1 << (int)mark.Kind;
            if ((kinds & RunAndFirst) == RunAndFirst)
                return new Lure(LureKind.UseTool, card.LineAt(card.Words[mark.Index].Start));
        }

        return null;
    }

    /// <summary>The first line that names one of these programs; null when none is named.</summary>
    /// <param name="card">The card.</param>
    /// <param name="programs">Paths in the repository.</param>
    public static Lure? Naming(CardText card, IEnumerable<string> programs)
    {
        foreach (var program in programs.Take(MostLures))
        {
            var name = program[(program.LastIndexOf('/') + 1)..];
            for (var at = IndexOf(name, 0); at >= 0; at = IndexOf(name, at + name.Length))
            {
                if ((at == 0 || !char.IsLetterOrDigit(card.Source[at - 1])) && (at + name.Length == card.Source.Length || !char.IsLetterOrDigit(card.Source[at + name.Length])))
                    return new Lure(LureKind.RunProgram, card.LineAt(at));
            }
        }

        return null;

        int IndexOf(string name, int from) => name.Length < 4 ? -1 : card.Source.IndexOf(name, from, StringComparison.OrdinalIgnoreCase);
    }

    private static void ReadLines(CardText card, List<Lure> lures)
    {
        var source = card.Source;
        for (var start = 0; start < source.Length;)
        {
            var end = source.IndexOf('\n', start);
            end = end < 0 ? source.Length : end;
            // A command may go on in the next line.
            while (end < source.Length - 1 && end > start && source[end - 1] == '\\' && end - start < PieceLength)
            {
                var next = source.IndexOf('\n', end + 1);
                end = next < 0 ? source.Length : next;
            }

            for (var at = start; at < end; at += PieceLength)
                ReadPiece(card, lures, at, int.Min(end, at + PieceLength + 200));
            start = end + 1;
        }
    }

    private static void ReadPiece(CardText card, List<Lure> lures, int start, int end)
    {
        var piece = card.Source.AsSpan(start, end - start);
        // Every pattern needs one of these characters; most lines of prose have none.
        if (!piece.ContainsAny("|(+-<`:$."))
            return;
        foreach (var (kind, pattern) in Patterns)
        {
            if (!pattern.IsMatch(piece))
                continue;
            if (kind == LureKind.PipeToShell && HasHosts(piece) && AreAll(piece, KnownInstallers))
                continue;
            Add(card, lures, kind, start + FirstMatch(pattern, piece));
        }

        foreach (var match in Index.EnumerateMatches(piece))
        {
            if (!AreAll(piece.Slice(match.Index, match.Length), KnownIndexes) && piece.Contains("pip", StringComparison.OrdinalIgnoreCase))
                Add(card, lures, LureKind.ForeignPackageIndex, start + match.Index);
        }
    }

    private static int FirstMatch(Regex pattern, ReadOnlySpan<char> piece)
    {
        foreach (var match in pattern.EnumerateMatches(piece))
            return match.Index;
        return 0;
    }

    private static bool HasHosts(ReadOnlySpan<char> piece) => Host.IsMatch(piece);

    private static bool AreAll(ReadOnlySpan<char> piece, string[] known)
    {
        foreach (var match in Host.EnumerateMatches(piece))
        {
            var address = piece.Slice(match.Index, match.Length);
            var host = address[(address.IndexOf("//") + 2)..];
            // user@host hides the host.
            host = host[(host.LastIndexOf('@') + 1)..];
            var port = host.IndexOf(':');
            var name = (port < 0 ? host : host[..port]).ToString();
            if (!known.Contains(name, StringComparer.OrdinalIgnoreCase) && !known.Contains(name.Replace("www.", "", StringComparison.OrdinalIgnoreCase), StringComparer.OrdinalIgnoreCase))
                return false;
        }

        return true;
    }

    private static void ReadSentences(CardText card, List<Lure> lures)
    {
        var (words, marks) = (card.Words, card.Marks);
        var mark = 0;
        for (var from = 0; from < words.Count;)
        {
            var to = from;
            while (to < words.Count && words[to].Sentence == words[from].Sentence)
                to++;
            var kinds = 0;
            for (; mark < marks.Count && marks[mark].Index < to; mark++)
                kinds |= 1 << (int)marks[mark].Kind;
            ReadSentence(card, lures, from, to, kinds);
            from = to;
        }
    }

    private static void ReadSentence(CardText card, List<Lure> lures, int from, int to, int kinds)
    {
        var words = card.Words;
        bool Has(WordKind kind) => (kinds & (1 << (int)kind)) != 0;
        if (Has(WordKind.Protection) && Has(WordKind.Disable))
            Add(card, lures, LureKind.DisableProtection, words[from].Start);
        if (Has(WordKind.Password) && Has(WordKind.Archive))
            Add(card, lures, LureKind.ProtectedArchive, words[from].Start);
        if (Has(WordKind.Secret) && Has(WordKind.HandOver))
            Add(card, lures, LureKind.HandOverSecret, words[from].Start);
        if (Has(WordKind.Tool) && (Has(WordKind.Run) || AsksForUse(words, from, to)))
            Add(card, lures, LureKind.UseTool, words[from].Start);
        for (var i = from; i + 1 < to; i++)
        {
            // A file's name is two words with a dot between them.
            if (words[i].End + 1 != words[i + 1].Start || card.Source[words[i].End] != '.')
                continue;
            var type = words[i + 1].Text;
            var isCode = (words[i].Place & CardPlace.Code) != 0;
            if (ProgramTypes.Contains(type) && !KnownPrograms.Contains(words[i].Text) && (Has(WordKind.Run) || (isCode && i - from <= 4)) && !IsPartOfAddress(card.Source, words[i].Start))
                Add(card, lures, LureKind.RunProgram, words[i].Start);
            else if (ScriptTypes.Contains(type) && !isCode && Has(WordKind.Run) && Has(WordKind.First) && Array.Exists(ScriptStems, words[i].Text.Contains) && !IsPackageSetup(words, i) && !IsPartOfAddress(card.Source, words[i].Start))
                Add(card, lures, LureKind.RunScriptFirst, words[i].Start);
        }
    }

    private static bool AsksForUse(IReadOnlyList<CardWord> words, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            if (words[i].Text is "use" or "using" or "need" or "needs" or "needed" or "required" or "requires")
                return true;
        }

        return false;
    }

    /// <summary>"setup.py install" builds a package that the reader has chosen.</summary>
    private static bool IsPackageSetup(IReadOnlyList<CardWord> words, int at) =>
        words[at].Text == "setup" && at + 2 < words.Count && words[at + 2].Text is "install" or "develop" or "build" or "bdist" or "sdist";

    private static bool IsPartOfAddress(string source, int at)
    {
        var start = at;
        while (start > 0 && at - start < 300 && !char.IsWhiteSpace(source[start - 1]) && source[start - 1] is not ('`' or '(' or '"' or '\''))
            start--;
        return source.AsSpan(start, at - start).Contains("://", StringComparison.Ordinal);
    }

    private static void Add(CardText card, List<Lure> lures, LureKind kind, int offset)
    {
        var lure = new Lure(kind, card.LineAt(offset));
        if (lures.Count < MostLures && !lures.Contains(lure))
            lures.Add(lure);
    }
}
