using Assay.Formats;

namespace Assay.Scanning.Tests.Behaviour.Shell;

/// <summary>What shell code does, as acts.</summary>
internal static class ShellActs
{
    public static IReadOnlyList<Act> Of(string text, CodeLanguage language = CodeLanguage.Shell)
    {
        var acts = new ActSink(new WorkBudget(new WorkLimits(), TestContext.Current.CancellationToken));
        LanguageCatalog.Analyse(new CodeUnit(language, text), acts);
        return acts.Acts;
    }

    /// <summary>Whether an act would make somebody stop: what honest scripts must not show.</summary>
    public static bool IsGrave(Act act) => act.Confidence >= Confidence.Medium && act.Deed switch
    {
        Deed.ReverseShell or Deed.Persist or Deed.Destroy or Deed.Mine or Deed.DisableProtection or Deed.MachineCode or Deed.Spy or Deed.Hide or Deed.Elevate or Deed.DetectAnalysis => true,
        Deed.RunCode or Deed.RunProgram => (act.From & (Origin.Network | Origin.Decoded | Origin.Computed)) != 0,
        Deed.Send => (act.From & (Origin.Secret | Origin.Machine)) != 0,
        Deed.ReadSecret => act.Confidence >= Confidence.High,
        Deed.Install => act.Confidence >= Confidence.Medium,
        _ => false,
    };

    public static string Describe(IEnumerable<Act> acts) =>
        string.Join("\n", acts.Select(a => $"  {a.Deed} {a.Call} <{a.Subject}> from {a.From} ({a.Source}) {a.Confidence} [{string.Join(',', a.Decoders)}] {a.Evidence}"));

    /// <summary>The act is there, with this origin and (where given) these words in subject, source or evidence.</summary>
    public static Act Has(string text, Deed deed, Origin from = Origin.None, string words = "", Confidence least = Confidence.High, CodeLanguage language = CodeLanguage.Shell)
    {
        var acts = Of(text, language);
        var found = acts.FirstOrDefault(a => a.Deed == deed && (a.From & from) == from && a.Confidence >= least && (words.Length == 0 || $"{a.Subject}\n{a.Source}\n{a.Evidence}".Contains(words, StringComparison.Ordinal)));
        Assert.True(found is not null, $"expected {deed} from {from} '{words}' in:\n{text}\nfound:\n{Describe(acts)}");
        return found;
    }

    public static void IsHonest(string text, CodeLanguage language = CodeLanguage.Shell)
    {
        var grave = Of(text, language).Where(IsGrave).ToList();
        Assert.True(grave.Count == 0, $"accused:\n{Describe(grave)}\nin:\n{text}");
    }
}
