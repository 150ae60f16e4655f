using System.Text;
using Assay.Formats;
using Assay.Scanning.Tests.Evasions;

namespace Assay.Scanning.Tests.Behaviour;

/// <summary>What code of one language was understood to do, and how whole files are judged.</summary>
internal static class BehaviourAssert
{
    public static IReadOnlyList<Act> Acts(CodeLanguage language, string code, string name = "x")
    {
        var acts = new ActSink(new WorkBudget(new WorkLimits { Seconds = 20 }, TestContext.Current.CancellationToken));
        LanguageCatalog.Analyse(new CodeUnit(language, code) { FileName = name }, acts);
        return acts.Acts;
    }

    public static string Describe(IEnumerable<Act> acts) =>
        string.Join('\n', acts.Select(a => $"{a.Deed} {a.Call} [{a.Subject}] from {a.From} {a.Source} ({a.Confidence}, {a.Reach}) {string.Join('+', a.Decoders)} files: {string.Join(',', a.Files)}"));

    public static void Does(CodeLanguage language, string code, Deed deed, Origin from, string subject = "")
    {
        var acts = Acts(language, code);
        Assert.True(
            acts.Any(a => a.Deed == deed && (a.From & from) == from && (subject.Length == 0 || (a.Subject + " " + a.Source).Contains(subject, StringComparison.OrdinalIgnoreCase)) && a.Confidence >= Confidence.Medium),
            $"expected {deed} from {from} of '{subject}', got:\n{Describe(acts)}\n--- {code}");
    }

    /// <summary>Malicious as a file.</summary>
    public static void Malicious(string name, string code)
    {
        var report = ScanAssert.Scan(Encoding.UTF8.GetBytes(code), name);
        Assert.True(report.Verdict == Verdict.Malicious, $"expected malicious: {ScanAssert.Describe(report)}\n{Describe(Acts(LanguageGuess.Of(name, code), code, name))}\n--- {code}");
    }

    /// <summary>Not clean as a file.</summary>
    public static void NotClean(string name, string code)
    {
        var report = ScanAssert.Scan(Encoding.UTF8.GetBytes(code), name);
        Assert.True(report.Verdict >= Verdict.Suspicious, $"expected suspicious or worse: {ScanAssert.Describe(report)}\n{Describe(Acts(LanguageGuess.Of(name, code), code, name))}\n--- {code}");
    }

    /// <summary>Clean as a file.</summary>
    public static void Clean(string name, string code)
    {
        var report = ScanAssert.Scan(Encoding.UTF8.GetBytes(code), name);
        Assert.True(report.Verdict == Verdict.Clean, $"expected clean: {ScanAssert.Describe(report)}\n{Describe(Acts(LanguageGuess.Of(name, code), code, name))}\n--- {code}");
    }

    /// <summary>Survives every prefix and seeded damage, in bounded time.</summary>
    public static void IsTotal(CodeLanguage language, string code)
    {
        for (var length = 0; length < code.Length; length += 1 + (code.Length / 100))
            Run(code[..length]);
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var text = new StringBuilder(code);
            for (var i = 0; i < 1 + (seed % 8); i++)
            {
                var at = random.Next(text.Length);
                switch (random.Next(4))
                {
                    case 0:
                        text.Remove(at, Math.Min(text.Length - at, random.Next(1, 20)));
                        break;
                    case 1:
                        text.Insert(at, "(){}[]\"'`%!^&|<>$@;:,.\n"[random.Next(22)]);
                        break;
                    case 2:
                        text[at] = (char)random.Next(0x20, 0x2100);
                        break;
                    default:
                        text.Insert(at, text.ToString(at, Math.Min(text.Length - at, 30)));
                        break;
                }

                if (text.Length == 0)
                    break;
            }

            Run(text.ToString());
        }

        void Run(string text)
        {
            try
            {
                _ = Acts(language, text);
            }
            catch (MalformedArtifactException)
            {
                // The budget ran out: allowed, and bounded.
            }
        }
    }
}
