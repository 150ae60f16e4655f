using System.Buffers.Binary;
using System.Text;

namespace Assay.Formats;

/// <summary>Reads what a Rich Text document carries (RTF 1.9.1): embedded objects, templates from elsewhere, fields that start programs. The text is passed over.</summary>
public sealed class RtfReader : DocumentReader
{
    private const int MaxObject = 32 << 20;

    /// <inheritdoc/>
    public override FormatId Id => FormatId.Rtf;

    /// <summary>Word opens <c>{\rt</c> as well.</summary>
    public override FormatMatch Recognise(in FileEdges edges) => edges.StartsWith("{\\rtf"u8) ? FormatMatch.Strong : FormatMatch.None;

    private protected override void ReadDocument(DocumentFacts facts, ReadOnlyMemory<byte> bytes, ReadScope scope)
    {
        var span = bytes.Span;
        for (var at = 0; at < span.Length;)
        {
            var next = span[at..].IndexOf((byte)'\\');
            if (next < 0)
                break;
            at += next + 1;
            var start = at;
            while (at < span.Length && span[at] is >= (byte)'a' and <= (byte)'z' && at - start < 32)
                at++;
            scope.Budget.ChargeElements(1, start);
            var word = span[start..at];
            if (word.SequenceEqual("bin"u8))
            {
                // Raw bytes of a declared number, in which nothing is a control word.
                var count = 0;
                while (at < span.Length && span[at] is >= (byte)'0' and <= (byte)'9' && count < MaxObject)
                    count = (count * 10) + span[at++] - '0';
                at = Math.Min(span.Length, at + 1 + count);
            }
            else if (word.SequenceEqual("objdata"u8))
            {
                ReadObject(facts, span, ref at, start, scope.Budget);
            }
            else if (word.SequenceEqual("objclass"u8))
            {
                var name = Group(span, at).Trim();
                facts.Add(name.StartsWith("Equation", StringComparison.OrdinalIgnoreCase) || name is "OLE2Link" or "htmlfile" ? DocumentFeatureKind.ExploitObject : DocumentFeatureKind.EmbeddedObject, start, name);
            }
            else if (word.SequenceEqual("objupdate"u8))
            {
                facts.Add(DocumentFeatureKind.ExploitObject, start, "an object that is opened as soon as the document is");
            }
            else if (word.SequenceEqual("template"u8))
            {
                var target = Group(span, at).Trim();
                if (target.Contains("://", StringComparison.Ordinal) || target.StartsWith(@"\\", StringComparison.Ordinal))
                    facts.Add(DocumentFeatureKind.RemoteContent, start, target);
            }
            else if (word.SequenceEqual("fldinst"u8))
            {
                var field = Group(span, at).Trim();
                if (field.StartsWith("DDE", StringComparison.OrdinalIgnoreCase))
                    facts.Add(DocumentFeatureKind.DynamicData, start, field);
            }
        }
    }

    /// <summary>The words of a group, control words left out.</summary>
    private static string Group(ReadOnlySpan<byte> span, int at)
    {
        var text = new StringBuilder();
        var depth = 0;
        for (var i = at; i < span.Length && text.Length < 1000 && i - at < 8000; i++)
        {
            var c = span[i];
            if (c == '{')
            {
                depth++;
            }
            else if (c == '}')
            {
                if (--depth < 0)
                    break;
            }
            else if (c == '\\' && i + 1 < span.Length)
            {
                if (char.IsAsciiLetter((char)span[i + 1]))
                {
                    while (i + 1 < span.Length && (char.IsAsciiLetterOrDigit((char)span[i + 1]) || span[i + 1] == '-'))
                        i++;
                    if (i + 1 < span.Length && span[i + 1] == ' ')
                        i++;
                }
                else
                {
                    text.Append((char)span[++i]);
                }
            }
            else if (c is not ((byte)'\r' or (byte)'\n'))
            {
                text.Append((char)c);
            }
        }

        return text.ToString();
    }

    /// <summary>Hexadecimal digits between which anything may stand, as Word reads them: blanks, groups, control words.</summary>
    private static void ReadObject(DocumentFacts facts, ReadOnlySpan<byte> span, ref int at, int start, WorkBudget budget)
    {
        var data = new List<byte>();
        var high = -1;
        var depth = 0;
        for (; at < span.Length && data.Count < MaxObject; at++)
        {
            var c = span[at];
            if (c == '{')
            {
                depth++;
            }
            else if (c == '}')
            {
                if (--depth < 0)
                    break;
            }
            else if (c == '\\')
            {
                while (at + 1 < span.Length && (char.IsAsciiLetterOrDigit((char)span[at + 1]) || span[at + 1] is (byte)'-' or (byte)'*' or (byte)'\''))
                    at++;
            }
            else if (char.IsAsciiHexDigit((char)c))
            {
                var digit = c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
                if (high < 0)
                {
                    high = digit;
                }
                else
                {
                    data.Add((byte)((high << 4) | digit));
                    high = -1;
                }
            }
        }

        budget.ChargeElements(data.Count >> 4, start);
        if (data.Count < 8)
            return;
        var bytes = data.ToArray();
        ReadNative(facts, bytes, start);
    }

    /// <summary>An object of OLE 1 (MS-OLEDS 2.2.5): version, kind, class, topic, item, size, data.</summary>
    private static void ReadNative(DocumentFacts facts, byte[] bytes, int start)
    {
        var compound = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
        var name = "";
        var at = 8;
        for (var i = 0; i < 3 && at + 4 <= bytes.Length; i++)
        {
            var length = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at)), 1024);
            at += 4;
            if (i == 0 && at + length <= bytes.Length)
                name = Encoding.Latin1.GetString(bytes, at, length).TrimEnd('\0');
            at += length;
        }

        var isExploit = name.StartsWith("Equation", StringComparison.OrdinalIgnoreCase) || name is "OLE2Link" or "htmlfile";
        facts.Add(isExploit ? DocumentFeatureKind.ExploitObject : DocumentFeatureKind.EmbeddedObject, start, name.Length > 0 && Ascii.IsValid(name) ? name : "object");
        var from = compound >= 0 ? compound : Math.Min(bytes.Length, at + 4);
        if (from < bytes.Length)
            facts.AddChild("(object)", start, bytes[from..], ChildRole.Member, speculative: compound < 0);
    }
}
