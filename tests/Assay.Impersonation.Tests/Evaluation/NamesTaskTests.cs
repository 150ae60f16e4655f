using System.Text.Json;
using Assay.Impersonation.Evaluation;
using Assay.Impersonation.Names;
using Assay.Testing;

namespace Assay.Impersonation.Tests.Evaluation;

/// <summary>The figures that are aimed at, on the developers' data, with margin: the acceptance data has other ways of imitating.</summary>
public sealed class NamesTaskTests
{
    private static readonly string Data = Scorer.DataFolder;

    [Fact]
    public void The_figures_of_the_names_are_those_aimed_at()
    {
        using var output = new StringWriter();
        NamesTask.Run(Data, output, TestContext.Current.CancellationToken);
        var figures = Scorer.Score(Data, "names", output.ToString());
        Assert.InRange(figures.GetProperty("recall_at_fpr_0_005").GetDouble(), 0.9, 1);
        Assert.InRange(figures.GetProperty("at_0_5").GetProperty("recall").GetDouble(), 0.9, 1);
        Assert.InRange(figures.GetProperty("at_0_5").GetProperty("false_positive_rate").GetDouble(), 0, 0.005);
        Assert.InRange(figures.GetProperty("right_target_among_flagged").GetDouble(), 0.95, 1);
        foreach (var kind in (string[])["real_quantized", "real_mirror", "real_finetune"])
            Assert.Equal(0, figures.GetProperty("flagged_by_group").GetProperty("benign:" + kind).GetDouble());
    }

    [Fact]
    public void Real_derivatives_are_left_alone_whether_they_credit_or_not()
    {
        var index = NamesTask.Index(Data);
        var flagged = Derivatives().Where(d => Score(d.Derivative, d.Base, index) >= 0.5 || Score(d.Derivative, null, index) >= 0.5).ToList();
        Assert.Empty(flagged);
    }

    [Fact]
    public void Converters_that_nobody_knows_yet_are_left_alone()
    {
        // Each converter in turn is taken out of the index, as if this were its first day.
        var index = NamesTask.Index(Data);
        var names = index.Names().ToList();
        var (flagged, all) = (0, 0);
        foreach (var publisher in Derivatives().GroupBy(static d => d.Derivative[..d.Derivative.IndexOf('/', StringComparison.Ordinal)]).Where(static g => g.Count() >= 20))
        {
            var without = LikenessIndex.Empty.With(names.Where(n => !n.Id.StartsWith(publisher.Key + "/", StringComparison.OrdinalIgnoreCase)))
                .WithBrands(index.Brands.All.Where(b => !b.Handles.Contains(publisher.Key, StringComparer.OrdinalIgnoreCase)));
            foreach (var (derivative, original) in publisher)
            {
                all++;
                if (Score(derivative, original, without) >= 0.5)
                    flagged++;
            }
        }

        Assert.InRange(all, 700, 1200);
        Assert.InRange((double)flagged / all, 0, 0.005);
    }

    [Fact]
    public void Columns_with_answers_are_not_read()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["known_ids.tsv", "brands.tsv"])
            File.Copy(Path.Combine(Data, name), folder[name]);
        folder.Write("name_pairs.tsv", "surface\tpair_id\tcandidate\tdeclared_base\tpublisher_other_repos\nid\tx1\tgopgle/gemma-2-2b\t\t0\ndisplay\tx2\tOpenΑI\t\t\n");
        using var output = new StringWriter();
        NamesTask.Run(folder.Path, output, TestContext.Current.CancellationToken);
        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(["x1", "x2"], lines.Select(static l => l.GetProperty("id").GetString()));
        Assert.Equal(["google/gemma-2-2b", "OpenAI"], lines.Select(static l => l.GetProperty("target").GetString()));
        Assert.All(lines, static l => Assert.InRange(l.GetProperty("score").GetDouble(), 0.5, 1));

        folder.Write("name_pairs.tsv", "pair_id\tcandidate\n");
        Assert.Throws<InvalidDataException>(() => NamesTask.Run(folder.Path, output, CancellationToken.None));
    }

    private static double Score(string id, string? declared, LikenessIndex index)
    {
        var slash = id.IndexOf('/', StringComparison.Ordinal);
        return NameLikeness.Judge(new NameQuery(id[..slash], id[(slash + 1)..]) { DeclaredBase = declared }, index).Score;
    }

    private static IEnumerable<(string Derivative, string Base)> Derivatives() =>
        File.ReadLines(Path.Combine(Data, "real_derivatives.tsv")).Skip(1).Select(static l => l.Split('\t')).Select(static f => (f[0], f[1]));
}
