using System.Globalization;
using System.Text;
using System.Text.Json;
using Assay.Impersonation.Names;

namespace Assay.Impersonation.Evaluation;

/// <summary>Judges the pairs of names of a data folder, for measuring. Labels are not read.</summary>
public static class NamesTask
{
    /// <summary>Writes a line for each pair: <c>{"id","score","target"}</c>.</summary>
    /// <param name="dataFolder">Holds <c>name_pairs.tsv</c>, <c>brands.tsv</c> and <c>known_ids.tsv</c> (or <c>known_ids_all.tsv</c>, which comes first).</param>
    /// <param name="output">Where lines go.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    /// <exception cref="InvalidDataException">A file lacks a column.</exception>
    public static void Run(string dataFolder, TextWriter output, CancellationToken cancellation)
    {
        var index = Index(dataFolder);
        var table = new TabularFile(Path.Combine(dataFolder, "name_pairs.tsv"));
        var (id, candidate, surface) = (table.Column("pair_id"), table.Column("candidate"), table.Column("surface"));
        var (declared, others) = (table.Column("declared_base"), table.Column("publisher_other_repos"));
        foreach (var row in table.Rows())
        {
            cancellation.ThrowIfCancellationRequested();
            var slash = row[candidate].IndexOf('/', StringComparison.Ordinal);
            var query = row[surface] == "display" || slash < 0
                ? new NameQuery("", "") { DisplayName = row[candidate] }
                : new NameQuery(row[candidate][..slash], row[candidate][(slash + 1)..]);
            var assessment = NameLikeness.Judge(
                query with { DeclaredBase = row[declared], OtherRepositories = int.TryParse(row[others], NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0 },
                index);
            using var line = new MemoryStream();
            using (var writer = new Utf8JsonWriter(line))
            {
                writer.WriteStartObject();
                writer.WriteString("id", row[id]);
                writer.WriteNumber("score", Math.Round(assessment.Score, 6));
                writer.WriteString("target", assessment.Target ?? "");
                writer.WriteEndObject();
            }

            output.Write(Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length));
            output.Write('\n');
        }
    }

    /// <summary>The index of a data folder: its known ids as protected names, and its brands.</summary>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    /// <exception cref="InvalidDataException">A file lacks a column.</exception>
    public static LikenessIndex Index(string dataFolder)
    {
        var all = Path.Combine(dataFolder, "known_ids_all.tsv");
        var table = new TabularFile(File.Exists(all) ? all : Path.Combine(dataFolder, "known_ids.tsv"));
        var (id, mentions) = (table.Column("id"), table.Column("mentions"));
        return LikenessIndex.Empty
            .With(table.Rows().Select(row => new KnownName(row[id], int.TryParse(row[mentions], NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 1, IsProtected: true)))
            .WithBrands(Brand.Read(File.ReadLines(Path.Combine(dataFolder, "brands.tsv"))));
    }
}

/// <summary>A table of the evaluation data: fields between tabs, the first line names the columns, nothing is quoted.</summary>
internal sealed class TabularFile(string path)
{
    private readonly string[] _columns = (File.ReadLines(path).FirstOrDefault() ?? "").Split('\t');

    /// <summary>The position of a column.</summary>
    /// <exception cref="InvalidDataException">There is none of this name.</exception>
    public int Column(string name) =>
        Array.IndexOf(_columns, name) is >= 0 and var at ? at : throw new InvalidDataException($"{Path.GetFileName(path)} has no column \"{name}\".");

    /// <summary>The rows; fields missing at the end are empty.</summary>
    public IEnumerable<string[]> Rows()
    {
        foreach (var line in File.ReadLines(path).Skip(1))
        {
            if (line.Length == 0)
                continue;
            var fields = line.Split('\t');
            if (fields.Length < _columns.Length)
            {
                var at = fields.Length;
                Array.Resize(ref fields, _columns.Length);
                Array.Fill(fields, "", at, fields.Length - at);
            }

            yield return fields;
        }
    }
}
