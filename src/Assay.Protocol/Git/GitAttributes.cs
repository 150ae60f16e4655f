using System.Text;

namespace Assay.Protocol.Git;

/// <summary>The lines of <c>.gitattributes</c> that say which files are kept out of git (source: git, <c>Documentation/gitattributes.txt</c>).</summary>
public sealed class GitAttributes
{
    private const int MaxLines = 20_000;

    // hub-protocol section 9.4: what every new repository starts with.
    private const string ModelPatterns = "*.7z *.arrow *.bin *.bz2 *.ckpt *.ftz *.gguf *.gz *.h5 *.joblib *.lfs.* *.mlmodel *.model *.msgpack *.npy *.npz *.onnx *.ot *.parquet *.pb *.pickle *.pkl *.pt *.pth *.rar *.safetensors saved_model/**/* *.tar.* *.tar *.tflite *.tgz *.wasm *.xz *.zip *.zst *tfevents*";
    private const string DatasetPatterns = " *.lz4 *.mds *.pcm *.sam *.raw *.aac *.flac *.mp3 *.ogg *.wav *.bmp *.gif *.png *.tiff *.jpg *.jpeg *.webp *.mp4 *.webm";
    private const string Attributes = " filter=lfs diff=lfs merge=lfs -text";

    private readonly List<(GitPattern Pattern, bool? IsLfs)> _lines = [];

    /// <summary>Reads a file of attributes. Lines that mean nothing are skipped.</summary>
    public static GitAttributes Parse(string text)
    {
        var attributes = new GitAttributes();
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#' || attributes._lines.Count >= MaxLines)
                continue;
            var (pattern, rest) = Cut(line);
            bool? isLfs = null;
            foreach (var word in rest.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            {
                if (word == "filter=lfs")
                    isLfs = true;
                else if (word is "-filter" or "!filter" || word.StartsWith("filter=", StringComparison.Ordinal))
                    isLfs = false;
            }

            if (isLfs is not null && GitPattern.Parse(pattern) is { FoldersOnly: false } parsed)
                attributes._lines.Add((parsed, isLfs));
        }

        return attributes;
    }

    /// <summary>Whether a file is kept out of git. The last line that says something about it counts.</summary>
    public bool IsLfs(string path)
    {
        for (var i = _lines.Count - 1; i >= 0; i--)
        {
            if (_lines[i].Pattern.Matches(path))
                return _lines[i].IsLfs ?? false;
        }

        return false;
    }

    /// <summary>The line that keeps one file out of git.</summary>
    public static string LineFor(string path)
    {
        var line = new StringBuilder();
        foreach (var c in path)
        {
            if (c == ' ')
                line.Append("[[:space:]]");
            else if (c is '*' or '?' or '[' or '\\')
                line.Append('\\').Append(c);
            else
                line.Append(c);
        }

        // Quotes and hashes mean something at the start only.
        if (line[0] is '"' or '#' or '!')
            line.Insert(0, '/');
        return line + Attributes;
    }

    /// <summary>What a new repository starts with.</summary>
    public static string Default(RepoKind kind)
    {
        var text = new StringBuilder();
        foreach (var pattern in (ModelPatterns + (kind == RepoKind.Dataset ? DatasetPatterns : "")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            text.Append(pattern).Append(Attributes).Append('\n');
        return text.ToString();
    }

    private static (string Pattern, string Words) Cut(string line)
    {
        if (line[0] == '"')
        {
            var end = line.IndexOf('"', 1);
            if (end > 0)
                return (line[1..end], line[(end + 1)..]);
        }

        var blank = line.AsSpan().IndexOfAny(' ', '\t');
        return blank < 0 ? (line, "") : (line[..blank], line[blank..]);
    }
}

/// <summary>A <c>.gitignore</c>.</summary>
public sealed class GitIgnore
{
    private const int MaxLines = 20_000;

    private readonly List<(GitPattern Pattern, bool IsIgnored)> _lines = [];

    /// <summary>Reads a file of patterns.</summary>
    public static GitIgnore Parse(string text)
    {
        var ignore = new GitIgnore();
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.TrimEnd('\r');
            if (!line.EndsWith("\\ ", StringComparison.Ordinal))
                line = line.TrimEnd(' ');
            if (line.Length == 0 || line[0] == '#' || ignore._lines.Count >= MaxLines)
                continue;
            var negated = line[0] == '!';
            if (GitPattern.Parse(negated ? line[1..] : line) is { } pattern)
                ignore._lines.Add((pattern, !negated));
        }

        return ignore;
    }

    /// <summary>Whether a file, or a folder that it lies in, is ignored.</summary>
    public bool IsIgnored(string path)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            if (Judge(path[..slash], isFolder: true))
                return true;
        }

        return Judge(path, isFolder: false);
    }

    private bool Judge(string path, bool isFolder)
    {
        for (var i = _lines.Count - 1; i >= 0; i--)
        {
            if ((isFolder || !_lines[i].Pattern.FoldersOnly) && _lines[i].Pattern.Matches(path))
                return _lines[i].IsIgnored;
        }

        return false;
    }
}
