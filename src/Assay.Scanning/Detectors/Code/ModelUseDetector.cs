using System.Buffers;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Finds where a text or program loads the model, so that a hostile file of weights can be told with the step that opens it. Adds no findings.</summary>
internal sealed class ModelUseDetector : Detector<TextFacts>
{
    private const int MaxUses = 8;

    private static readonly SearchValues<string> Loaders = SearchValues.Create(
        [
            "from_pretrained(", "torch.load(", "torch.hub.load(", "torch.jit.load(", "joblib.load(", "pickle.load(", "pipeline(", "load_model(", "np.load(", "numpy.load(", "YOLO(", "hf_hub_download(",
            "snapshot_download(", "from_single_file(", "load_state_dict(", "read_pickle(", "dill.load(", "cloudpickle.load(", "load_from_checkpoint(",
        ],
        StringComparison.Ordinal);

    private static readonly string[] Endings = [".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".h5", ".keras", ".npy", ".npz", ".dill", ".model", ".dat"];

    public override IReadOnlyList<Rule> Rules { get; } = [];

    protected override void Inspect(TextFacts facts, Artifact artifact, DetectionScope scope)
    {
        if (artifact.Language is not (CodeLanguage.Prose or CodeLanguage.Notebook or CodeLanguage.Python or CodeLanguage.Html))
            return;
        var text = facts.Source.Text.AsSpan();
        var from = 0;
        for (var uses = 0; uses < MaxUses; uses++)
        {
            var at = text[from..].IndexOfAny(Loaders);
            if (at < 0)
                return;
            at += from;
            var (line, _) = facts.Source.PositionOf(at);
            scope.TraitsOf(artifact).Links.Add(new FileLink(FileOn(facts.Source.Line(line)), line, artifact.Language == CodeLanguage.Python ? "loads the model" : "shows the reader how to load the model"));
            var end = text[at..].IndexOf('\n');
            if (end < 0)
                return;
            from = at + end;
        }
    }

    /// <summary>The file of weights that a line names in quotes; <see cref="FileLink.AnyWeights"/> where it names none.</summary>
    private static string FileOn(ReadOnlySpan<char> line)
    {
        for (var at = line.IndexOfAny('"', '\''); at >= 0;)
        {
            var rest = line[(at + 1)..];
            var end = rest.IndexOf(line[at]);
            if (end < 0)
                break;
            var quoted = rest[..end];
            foreach (var ending in Endings)
            {
                if (quoted.EndsWith(ending, StringComparison.OrdinalIgnoreCase) && quoted.Length < 256)
                    return quoted.ToString();
            }

            line = rest[(end + 1)..];
            at = line.IndexOfAny('"', '\'');
        }

        return FileLink.AnyWeights;
    }
}
