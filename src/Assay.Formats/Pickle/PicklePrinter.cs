using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Assay.Formats;

/// <summary>Writes values of a pickle as Python expressions: bounded, with control and bidirectional characters escaped.</summary>
public sealed class PicklePrinter(PickleFacts facts)
{
    private const int MaxText = 160;
    private const int MaxChildren = 12;
    private const int MaxDepth = 8;
    private const int MaxLength = 2048;

    /// <summary>The expression of a value.</summary>
    public string Print(PickleValue value)
    {
        var text = new StringBuilder();
        Write(text, value, 0, outermost: true);
        return Cut(text);
    }

    /// <summary>A call of <paramref name="name"/> with these arguments.</summary>
    public string PrintCall(string name, IReadOnlyList<PickleValue> args)
    {
        var text = new StringBuilder();
        text.Append(Visible(name)).Append('(');
        WriteItems(text, args, 0);
        text.Append(')');
        return Cut(text);
    }

    /// <summary>A folded constant as a Python literal.</summary>
    public static string Literal(object? constant) => constant switch
    {
        string s => Quote(s),
        byte[] b => "b" + Quote(Encoding.Latin1.GetString(b)),
        bool b => b ? "True" : "False",
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => "…",
    };

    /// <summary>Text in quotes, cut at 160 characters with the length and hash of the whole, nothing in it able to change a terminal.</summary>
    public static string Quote(string s)
    {
        if (s.Length <= MaxText)
            return "'" + Visible(s.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)) + "'";
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(s)).AsSpan(0, 4));
        return "'" + Visible(s[..MaxText].Replace("\\", "\\\\", StringComparison.Ordinal)) + $"'…<{s.Length} characters, sha256 {hash}…>";
    }

    /// <summary>Text with control, invisible and bidirectional characters escaped.</summary>
    public static string Visible(string s)
    {
        StringBuilder? text = null;
        for (var i = 0; i < s.Length; i++)
        {
            var c = s[i];
            var category = char.GetUnicodeCategory(c);
            var hidden = category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
                || (char.IsSurrogate(c) && !(char.IsHighSurrogate(c) && i + 1 < s.Length && char.IsLowSurrogate(s[i + 1])) && !(char.IsLowSurrogate(c) && i > 0 && char.IsHighSurrogate(s[i - 1])));
            if (!hidden)
            {
                text?.Append(c);
                continue;
            }

            text ??= new StringBuilder(s, 0, i, s.Length + 16);
            text.Append(c switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < (char)256 => $"\\x{(int)c:x2}",
                _ => $"\\u{(int)c:x4}",
            });
        }

        return text?.ToString() ?? s;
    }

    private static string Cut(StringBuilder text) => text.Length <= MaxLength ? text.ToString() : text.ToString(0, MaxLength) + "…";

    private void Write(StringBuilder text, PickleValue value, int depth, bool outermost = false)
    {
        if (text.Length > MaxLength)
            return;
        if (depth > MaxDepth)
        {
            text.Append('…');
            return;
        }

        if (facts.IsText(value))
        {
            text.Append(QuoteLong(facts.TextOf(value, 4096) ?? "", facts.LengthOf(value)));
            return;
        }

        if (facts.IsBytes(value))
        {
            text.Append('b').Append(QuoteLong(Encoding.Latin1.GetString(facts.BytesOf(value, 1024) ?? []), facts.LengthOf(value)));
            return;
        }

        switch (value.Kind)
        {
            case PickleKind.None:
                text.Append("None");
                return;
            case PickleKind.True:
                text.Append("True");
                return;
            case PickleKind.False:
                text.Append("False");
                return;
            case PickleKind.Int:
                text.Append(value.IntValue.ToString(CultureInfo.InvariantCulture));
                return;
            case PickleKind.Float:
                text.Append(facts.FloatOf(value)?.ToString(CultureInfo.InvariantCulture) ?? "nan");
                return;
            case PickleKind.BigInt:
                text.Append(value.Length <= 32 ? facts.BigIntOf(value)?.ToString(CultureInfo.InvariantCulture) ?? "…" : $"<integer of {value.Length} bytes>");
                return;
            case PickleKind.Global:
                text.Append(Name(facts.GlobalOf(value)!, outermost));
                return;
            case PickleKind.Node:
                break;
            default:
                text.Append('…');
                return;
        }

        switch (facts.NodeKindOf(value))
        {
            case PickleNodeKind.Call:
                facts.TryGetCall(value, out var call);
                WriteCall(text, call, depth, outermost);
                return;
            case PickleNodeKind.Tuple:
                WriteContainer(text, value, "(", facts.CountOf(value) == 1 ? ",)" : ")", depth);
                return;
            case PickleNodeKind.List:
                WriteContainer(text, value, "[", "]", depth);
                return;
            case PickleNodeKind.Set:
                WriteContainer(text, value, "{", "}", depth);
                return;
            case PickleNodeKind.FrozenSet:
                WriteContainer(text, value, "frozenset({", "})", depth);
                return;
            case PickleNodeKind.Dict:
                {
                    text.Append('{');
                    var items = facts.ChildrenOf(value).ToArray();
                    for (var i = 0; i + 1 < items.Length && i < MaxChildren * 2; i += 2)
                    {
                        if (i > 0)
                            text.Append(", ");
                        Write(text, items[i], depth + 1);
                        text.Append(": ");
                        Write(text, items[i + 1], depth + 1);
                    }

                    text.Append(items.Length > MaxChildren * 2 ? ", …}" : "}");
                    return;
                }

            case PickleNodeKind.PersistentId:
                text.Append("persistent_load(");
                foreach (var child in facts.ChildrenOf(value).ToArray())
                    Write(text, child, depth + 1);
                text.Append(')');
                return;
            case PickleNodeKind.Constant:
                text.Append(Literal(facts.ConstantOf(value)));
                return;
            default:
                text.Append('…');
                return;
        }
    }

    private static string Name(PickleGlobal global, bool full)
    {
        var name = global.Module is "posix" or "nt" && !global.Name.Contains('.', StringComparison.Ordinal)
            ? $"{global.FullName} [os.{global.Name}]"
            : global.Module is "builtins" && !full ? global.Name : global.FullName;
        return Visible(name.Length == 0 || (global.Computed && global.Name.Length == 0) ? "<computed name>" : name);
    }

    private static string QuoteLong(string s, long length)
    {
        if (length <= MaxText || s.Length <= MaxText)
            return Quote(s);
        return Quote(s.Length == length ? s : s[..Math.Min(s.Length, 4096)]);
    }

    private void WriteCall(StringBuilder text, PickleCall call, int depth, bool outermost)
    {
        Write(text, call.Callee, depth + 1, outermost);
        text.Append('(');
        if (facts.NodeKindOf(call.Args) == PickleNodeKind.Tuple)
        {
            WriteItems(text, facts.ChildrenOf(call.Args).ToArray(), depth);
        }
        else
        {
            text.Append('*');
            Write(text, call.Args, depth + 1);
        }

        if (call.KeywordArgs is { } keywords && facts.CountOf(keywords) > 0)
        {
            text.Append(", **");
            Write(text, keywords, depth + 1);
        }

        text.Append(')');
    }

    private void WriteItems(StringBuilder text, IReadOnlyList<PickleValue> items, int depth)
    {
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0)
                text.Append(", ");
            if (i >= MaxChildren)
            {
                text.Append('…');
                break;
            }

            Write(text, items[i], depth + 1);
        }
    }

    private void WriteContainer(StringBuilder text, PickleValue value, string open, string close, int depth)
    {
        text.Append(open);
        WriteItems(text, facts.ChildrenOf(value).ToArray(), depth);
        text.Append(close);
    }
}
