using System.Text;
using System.Text.Json;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>A cell of a notebook.</summary>
/// <param name="IsCode">Whether it is executed; else it is Markdown, or raw text.</param>
/// <param name="Source">What is written in it, with its places.</param>
internal sealed record NotebookCell(bool IsCode, Piece Source);

/// <summary>A saved output that a browser would render.</summary>
/// <param name="Kind">Its media type.</param>
/// <param name="Content">The content, with its places.</param>
internal sealed record NotebookOutput(string Kind, Piece Content);

/// <summary>
/// Reads notebooks of the formats 3 and 4 (https://nbformat.readthedocs.io/en/latest/format_description.html): cells in their order, and the
/// outputs that browsers render. Tolerant: what was read before a fault counts.
/// </summary>
internal sealed class NotebookReader
{
    private const int MaxCells = 20_000;
    private const int MaxOutputs = 5_000;
    private const int MaxOutput = 1 << 20;

    private readonly string _text;
    private readonly byte[] _bytes;
    private readonly WorkBudget _budget;
    private readonly List<string> _names = [];
    private int _byte;
    private int _char;

    private int _cellDepth = -1;
    private string _type = "";
    private PieceText _source = new();
    private PieceText _content = new();
    private string _contentKind = "";

    private NotebookReader(string text, WorkBudget budget)
    {
        (_text, _bytes, _budget) = (text, Encoding.UTF8.GetBytes(text), budget);
    }

    /// <summary>The cells, in order.</summary>
    public List<NotebookCell> Cells { get; } = [];

    /// <summary>Rendered outputs, in order.</summary>
    public List<NotebookOutput> Outputs { get; } = [];

    /// <summary>The language of the kernel, lower case; empty where none is named.</summary>
    public string Kernel { get; private set; } = "";

    /// <summary>Whether the text could be read to its end.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Reads the text of a notebook.</summary>
    /// <exception cref="MalformedArtifactException">The budget ran out.</exception>
    public static NotebookReader Read(string text, WorkBudget budget)
    {
        budget.ChargeElements(1 + (text.Length >> 5), 0);
        var reader = new NotebookReader(text, budget);
        try
        {
            reader.Run();
            reader.IsWhole = true;
        }
        catch (JsonException)
        {
            // Notebook programs refuse it too; what came before the fault was seen.
        }
        catch (InvalidOperationException)
        {
            // A string that is no valid text: as above.
        }

        reader.EndCell();
        return reader;
    }

    private void Run()
    {
        var json = new Utf8JsonReader(_bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 512 });
        var count = 0;
        while (json.Read())
        {
            if ((++count & 0xFFF) == 0)
                _budget.ChargeElements(0x1000, json.TokenStartIndex);
            var depth = json.CurrentDepth;
            switch (json.TokenType)
            {
                case JsonTokenType.PropertyName:
                    SetName(depth, json.GetString() ?? "");
                    break;
                case JsonTokenType.StartObject when _cellDepth < 0 && NameAt(depth) == "cells":
                    _cellDepth = depth;
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    // Elements of an array stand one level below its name.
                    SetName(depth + 1, NameAt(depth));
                    break;
                case JsonTokenType.EndObject when depth == _cellDepth:
                    EndCell();
                    break;
                case JsonTokenType.String:
                    ReadString(ref json, depth);
                    break;
            }
        }
    }

    private void SetName(int depth, string name)
    {
        while (_names.Count <= depth)
            _names.Add("");
        _names[depth] = name;
    }

    private string NameAt(int depth) => depth < _names.Count ? _names[depth] : "";

    private void ReadString(ref Utf8JsonReader json, int depth)
    {
        var name = NameAt(depth);
        if (_cellDepth < 0)
        {
            if (name == "language" || (name == "name" && NameAt(depth - 1) == "language_info"))
                Kernel = (json.GetString() ?? "").ToLowerInvariant();
            return;
        }

        var below = depth - _cellDepth;
        if (below == 1 && name == "cell_type")
            _type = json.GetString() ?? "";
        else if (below is 1 or 2 && NameAt(_cellDepth + 1) is "source" or "input")
            Append(_source, json.TokenStartIndex, json.ValueSpan.Length);
        else if (IsRendered(name))
            AppendOutput(name, json.TokenStartIndex, json.ValueSpan.Length);
    }

    private static bool IsRendered(string name) => name is "text/html" or "image/svg+xml" or "application/javascript" or "text/markdown" or "html" or "svg" or "javascript";

    private void AppendOutput(string kind, long start, int length)
    {
        if (kind != _contentKind)
            EndOutput();
        _contentKind = kind;
        if (_content.Length < MaxOutput)
            Append(_content, start, length);
    }

    private void EndOutput()
    {
        if (Outputs.Count < MaxOutputs && _content.Take(PieceKind.Hidden) is { } content)
            Outputs.Add(new NotebookOutput(_contentKind, content));
        (_content, _contentKind) = (new PieceText(), "");
    }

    /// <summary>Decodes a string of JSON, so that each character knows its place.</summary>
    private void Append(PieceText into, long start, int length)
    {
        var first = (int)start + 1;
        _char += Encoding.UTF8.GetCharCount(_bytes.AsSpan(_byte, first - _byte));
        _byte = first;
        var end = _char + Encoding.UTF8.GetCharCount(_bytes.AsSpan(first, Math.Min(length, _bytes.Length - first)));
        for (var i = _char; i < end && i < _text.Length; i++)
        {
            if (_text[i] != '\\' || i + 1 >= end)
            {
                into.Add(_text[i], i);
                continue;
            }

            var c = _text[i + 1];
            if (c == 'u' && i + 5 < _text.Length && ushort.TryParse(_text.AsSpan(i + 2, 4), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var code))
            {
                into.Add((char)code, i);
                i += 5;
                continue;
            }

            into.Add(c switch { 'n' => '\n', 'r' => '\r', 't' => '\t', 'b' => '\b', 'f' => '\f', _ => c }, i);
            i++;
        }
    }

    private void EndCell()
    {
        EndOutput();
        if (_cellDepth >= 0 && Cells.Count < MaxCells && _source.Take(PieceKind.Code) is { } source)
            Cells.Add(new NotebookCell(_type is "code" or "", source));
        _cellDepth = -1;
        _type = "";
        _source = new PieceText();
    }
}
