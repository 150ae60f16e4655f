using System.Globalization;
using System.Text.Json.Nodes;

namespace Assay.Impersonation.Tests.Evaluation;

/// <summary>What is made different in a scenario.</summary>
public enum ScenarioChange
{
    Publishers,
    Programs,
    Words,
    Ages,
    Engagement,
    All,
}

/// <summary>
/// Makes other scenarios of the same classes: what a class means stays, how it is done does not. Nothing here may be looked up by the assessor; where it fails, the
/// assessor gets a more general eye and not these words.
/// </summary>
internal sealed class ScenarioMutation(int seed, ScenarioChange change, string dataFolder)
{
    private static readonly string[] Authority = ["official", "verified", "trusted", "original", "release", "releases", "oss", "opensource", "foundation", "community", "staff"];
    private static readonly string[] Neutral = ["models", "weights", "hub", "ai", "zoo", "depot", "archive", "lab", "center", "collective", "ml"];
    private static readonly string[] Syllables = ["ba", "ro", "ti", "ka", "lu", "nes", "vor", "mi", "dan", "pe", "shu", "gal", "ro", "win", "ter", "hol", "ose", "bru"];
    private static readonly string[] Keys = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

    private static readonly string[][] Programs =
    [
        ["unlock.vbs"], ["bin/engine.so", "go.sh"], ["ModelSetup.msi"], ["weights_tool.7z"], ["activate.cmd"], ["open.command"], ["gpu_fix.lnk"], ["studio.jar"], ["enable.hta"], ["runtime/x64/core.dylib", "begin.py"],
        ["payload.iso"], ["viewer.scr"], ["prepare.sh"], ["codec-1.0-py3-none-any.whl"], ["readme_first.desktop"], ["player.appimage"], ["prereq.ps1", "prereq.py"], ["tools/decode.exe"], ["gpu.reg"], ["nvml.run"],
    ];

    private static readonly string[][] Code = [["modeling_qwen_fast.py"], ["tokenization_fix.py"], ["handler.py"], ["pipeline.py"], ["ops/custom_ops.py"], ["processing_x.py", "modeling_x.py"]];
    private static readonly string[][] Training = [["finetune.py"], ["evaluate.py", "requirements.txt"], ["run_sft.py"], ["requirements-dev.txt", "train_lora.py"], ["prepare_data.py"], ["benchmark.py", "train.py"]];

    // {0} is a program of the repository.
    private static readonly string[] Lures =
    [
        "Open {0} and follow the steps.", "Start {0} once, then load the weights.", "Doppelklick auf {0} genügt.", "Before the first use, execute the attached setup.", "The kernels must be unlocked with {0}.",
        "Windows users: launch {0}.", "Run the enclosed utility first, so that the files are decrypted.", "If Defender warns you, allow it anyway.", "Unzip it with the passphrase 4711.", "You need to run our optimiser before inference.",
        "On Linux: `chmod +x {0}`, then start it.", "Ejecute {0} primero.", "Für die Freischaltung bitte {0} öffnen.", "Lancez {0} avant de charger le modèle.", "请先运行 {0}。", "The weights are packed; {0} unpacks them.", "Execute {0} to enable CUDA support.",
    ];

    // {0} is the maker, {1} the model.
    private static readonly string[] Claims =
    [
        "{1} was created by {0}.", "Made by {0}.", "{0} presents {1}.", "{1} is developed by {0}.", "The official {0} release of {1}.", "By {0}.", "Released by {0}.", "This is the original repository of {1}, published by {0}.",
        "Published and maintained by {0}.", "Genuine weights from {0}.", "{1}, trained by {0}.", "{0} introduces {1}.",
    ];

    private static readonly string[] Conversions =
    [
        "GGUF conversions of {0}, made with llama.cpp.", "Quantized with llama.cpp b3400 from {0}.", "imatrix quants for {0}.", "Original weights: {0}", "Static quants of https://huggingface.co/{0}", "ONNX export of {0}.", "Port of {0} to phones.",
    ];

    private static readonly string[] Uncredited =
    [
        "Original model: https://huggingface.co/{0}", "Unofficial conversion of {0}.", "These are quantized versions of [the model](https://huggingface.co/{0}). All rights belong to its authors.", "Quants for my own use, source: {0}",
        "{0} in GGUF. I did not train this.", "Converted for a friend. The model is by its authors, see {0}.", "",
    ];

    private static readonly string[] Mirrors = ["Mirror of {0} for our region.", "Backup copy of {0}, unchanged.", "Re-upload of {0}, because the original is slow to reach.", "Copied from {0} without changes."];
    private static readonly string[] FineTunes = ["Trained on top of {0}.", "LoRA for {0}.", "Finetune of {0} with our own data.", "{0}, further trained on 12k dialogues.", "SFT on {0}; see the report."];

    private readonly Random _random = new(seed);
    private readonly Dictionary<string, string> _makers = File.ReadLines(Path.Combine(dataFolder, "brands.tsv")).Skip(1).Select(static l => l.Split('\t'))
        .SelectMany(static f => f[1].Split(','), static (f, handle) => (Handle: handle, Name: f[0])).ToDictionary(static b => b.Handle, static b => b.Name, StringComparer.OrdinalIgnoreCase);

    private readonly Dictionary<string, List<double>> _ages = File.ReadLines(Path.Combine(dataFolder, "scenarios.jsonl")).Select(static l => JsonNode.Parse(l)!)
        .GroupBy(static s => s["class"]!.GetValue<string>()).ToDictionary(static g => g.Key, static g => g.Select(static s => s["publisher"]!["age_days"]!.GetValue<double>()).ToList());

    public JsonObject Mutate(JsonObject scenario)
    {
        var kind = scenario["class"]!.GetValue<string>();
        if (change is ScenarioChange.Publishers or ScenarioChange.All)
            ChangePublisher(scenario, kind[..3]);
        if (change is ScenarioChange.Programs or ScenarioChange.All)
            ChangePrograms(scenario, kind[..3]);
        if (change is ScenarioChange.Words or ScenarioChange.All)
            ChangeWords(scenario, kind[..3]);
        if (change is ScenarioChange.Ages or ScenarioChange.All)
        {
            var ages = _ages[kind];
            scenario["publisher"]!["age_days"] = double.Clamp(ages[_random.Next(ages.Count)] * (0.7 + (0.6 * _random.NextDouble())), ages.Min(), ages.Max());
        }

        if (change is ScenarioChange.Engagement or ScenarioChange.All)
            ChangeEngagement(scenario["engagement"]!.AsObject());
        return scenario;
    }

    private void ChangePublisher(JsonObject scenario, string kind)
    {
        var id = scenario["id"]!.GetValue<string>();
        var (owner, name) = (id[..id.IndexOf('/', StringComparison.Ordinal)], id[(id.IndexOf('/', StringComparison.Ordinal) + 1)..]);
        var target = scenario["nearest_known"]!.GetValue<string>();
        var maker = target.Length == 0 ? "" : target[..target.IndexOf('/', StringComparison.Ordinal)];
        owner = kind switch
        {
            "M01" => AuthorityName(),
            "M02" or "M04" or "M15" => Slip(maker),
            "M03" or "M08" or "M11" or "M12" or "B02" or "B03" or "B04" or "B08" or "B09" or "B10" or "B17" or "B18" => NeutralName(),
            "M09" => "corp-" + NeutralName(),
            _ => owner,
        };
        scenario["id"] = $"{owner}/{name}";
        if (kind == "M09")
            scenario["private_namespace"] = owner;
    }

    private void ChangePrograms(JsonObject scenario, string kind)
    {
        var files = scenario["files"]!.AsArray().Select(static f => f!.GetValue<string>()).ToList();
        var data = files.Where(static f => f.EndsWith(".json", StringComparison.Ordinal) || f.EndsWith(".md", StringComparison.Ordinal) || f.EndsWith(".gguf", StringComparison.Ordinal) || f.EndsWith(".safetensors", StringComparison.Ordinal) || f == ".gitattributes").ToList();
        if (data.Count == files.Count || kind is "B13" or "B18" or "B06")
            return;
        scenario["files"] = new JsonArray([.. data.Concat(Pick(kind switch { "M02" => Code, "B17" => Training, _ => Programs })).Select(static f => (JsonNode)f)]);
    }

    private void ChangeWords(JsonObject scenario, string kind)
    {
        var metadata = scenario["metadata"]!.AsObject();
        var target = scenario["nearest_known"]!.GetValue<string>();
        var model = target[(target.IndexOf('/', StringComparison.Ordinal) + 1)..];
        var maker = target.Length == 0 ? "" : _makers.GetValueOrDefault(target[..target.IndexOf('/', StringComparison.Ordinal)], target[..target.IndexOf('/', StringComparison.Ordinal)]);
        var program = scenario["files"]!.AsArray().Select(static f => f!.GetValue<string>())
            .LastOrDefault(static f => !f.EndsWith(".json", StringComparison.Ordinal) && !f.EndsWith(".md", StringComparison.Ordinal) && !f.EndsWith(".gguf", StringComparison.Ordinal) && !f.EndsWith(".safetensors", StringComparison.Ordinal) && f[0] != '.' && f != "requirements.txt") ?? "start.exe";
        string Claim() => string.Format(CultureInfo.InvariantCulture, Pick(Claims), maker, model);
        string Lure() => string.Format(CultureInfo.InvariantCulture, Pick(Lures), program);
        string About(string[] of) => string.Format(CultureInfo.InvariantCulture, Pick(of), target);
        var excerpt = kind switch
        {
            "M01" => $"{Claim()} {Lure()}",
            "M03" or "M08" or "M11" => Claim(),
            "M04" => $"Quants of {model}. {Lure()}",
            "M06" or "M07" or "M12" => $"{model}. {Lure()}",
            "B01" or "B02" or "B18" => About(Conversions),
            "B03" => About(Uncredited),
            "B04" or "B17" => About(FineTunes),
            "B05" => About(Mirrors),
            _ => null,
        };
        if (excerpt is null)
            return;
        metadata["excerpt"] = excerpt;
        if (kind is "M03" or "M08")
            metadata["title"] = Pick([$"{maker} {model}", model, $"{model} by {maker}", $"{maker}: {model} (genuine)"]);
    }

    private void ChangeEngagement(JsonObject engagement)
    {
        var factor = Math.Exp((_random.NextDouble() * 3) - 1.5);
        foreach (var name in (string[])["requests_24h", "distinct_networks_24h", "full_payloads_24h", "likes_24h"])
            engagement[name] = Math.Round(engagement[name]!.GetValue<double>() * factor * (0.9 + (0.2 * _random.NextDouble())));
        engagement["young_liker_share"] = Math.Round(double.Min(1, engagement["young_liker_share"]!.GetValue<double>() * (0.8 + (0.4 * _random.NextDouble()))), 2);
    }

    private string AuthorityName()
    {
        var (a, n) = (Pick(Authority), Pick(Neutral));
        return _random.Next(4) switch
        {
            0 => $"{a}-{n}",
            1 => $"{Capital(n)}-{Capital(a)}",
            2 => Capital(a) + Capital(n),
            _ => $"{n}_{a}",
        };
    }

    private string NeutralName()
    {
        var name = string.Concat(Enumerable.Range(0, _random.Next(2, 4)).Select(_ => Pick(Syllables)));
        return name + Pick(["", "-labs", "ml", "_dev", "AI", _random.Next(10, 9999).ToString(CultureInfo.InvariantCulture), "-nlp"]);
    }

    private string Slip(string name)
    {
        for (; ; )
        {
            var at = _random.Next(name.Length);
            var slip = _random.Next(9) switch
            {
                0 => name.Remove(at, 1),
                1 => name.Insert(at, name[at].ToString()),
                2 when at + 1 < name.Length => name[..at] + name[at + 1] + name[at] + name[(at + 2)..],
                3 => name[..at] + Neighbour(name[at]) + name[(at + 1)..],
                4 => name[..at] + LookAlike(name[at]) + name[(at + 1)..],
                5 => name + Pick(["s", "-ai", "-hf", "_official", "-team", "hub"]),
                6 => Pick(["the", "real-", "hf-", "official-"]) + name,
                7 => name.Contains('-', StringComparison.Ordinal) ? name.Replace("-", Pick(["", "_", "."]), StringComparison.Ordinal) : name.Insert(int.Max(1, at), "-"),
                _ => name[..at] + Vowel(name[at]) + name[(at + 1)..],
            };
            if (!slip.Equals(name, StringComparison.OrdinalIgnoreCase) && char.IsAsciiLetterOrDigit(slip[0]) && char.IsAsciiLetterOrDigit(slip[^1]) && !_makers.ContainsKey(slip))
                return slip;
        }
    }

    private char Neighbour(char c)
    {
        var row = Array.Find(Keys, k => k.Contains(char.ToLowerInvariant(c), StringComparison.Ordinal));
        if (row is null)
            return c;
        var at = row.IndexOf(char.ToLowerInvariant(c), StringComparison.Ordinal);
        return row[at == 0 ? 1 : at == row.Length - 1 || _random.Next(2) == 0 ? at - 1 : at + 1];
    }

    private static string LookAlike(char c) => c switch { 'l' => "I", 'i' => "l", 'o' => "0", 'm' => "rn", 'w' => "vv", 'e' => "3", 's' => "5", _ => c.ToString() };

    private char Vowel(char c) => "aeiou".Contains(c, StringComparison.Ordinal) ? "aeiou"[_random.Next(5)] : c;

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];

    private T Pick<T>(T[] of) => of[_random.Next(of.Length)];
}
