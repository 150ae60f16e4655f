using System.Buffers.Binary;
using System.Text;

namespace Assay.Formats;

/// <summary>Reads a Windows shortcut: the program that it starts, with arguments (MS-SHLLINK).</summary>
public sealed class ShortcutReader : DocumentReader
{
    private const int MaxStrings = 32 << 10;

    /// <inheritdoc/>
    public override FormatId Id => FormatId.WindowsShortcut;

    /// <inheritdoc/>
    public override FormatMatch Recognise(in FileEdges edges) =>
        edges.StartsWith((ReadOnlySpan<byte>)[0x4C, 0, 0, 0, 1, 0x14, 2, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46]) ? FormatMatch.Strong : FormatMatch.None;

    private protected override void ReadDocument(DocumentFacts facts, ReadOnlyMemory<byte> bytes, ReadScope scope)
    {
        var span = bytes.Span;
        if (span.Length < 0x4C)
            Malformed.Truncated(span.Length, "the header of the shortcut is cut off");
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(span[0x14..]);
        var show = BinaryPrimitives.ReadUInt32LittleEndian(span[0x3C..]);
        var at = 0x4C;
        var target = "";
        if ((flags & 1) != 0)
            at += 2 + U16(span, at);
        if ((flags & 2) != 0)
        {
            target = LinkTarget(span, at);
            at += (int)Math.Min(int.MaxValue / 2, U32(span, at));
        }

        // NAME, RELATIVE_PATH, WORKING_DIR, ARGUMENTS, ICON_LOCATION, each where its flag is set (2.4).
        var strings = new string[5];
        for (var i = 0; i < strings.Length; i++)
        {
            if ((flags & (4u << i)) != 0)
                strings[i] = Text(span, ref at, (flags & 0x80) != 0);
        }

        if (target.Length == 0)
            target = EnvironmentTarget(span, at);
        if (target.Length == 0)
            target = strings[1] ?? "";
        var command = $"{target} {strings[3]}".Trim();
        if (command.Length > 0)
        {
            facts.Add(DocumentFeatureKind.Command, 0, show == 7 ? command + " (minimised)" : command);
            facts.AddChild("(command).cmd", 0, Encoding.UTF8.GetBytes(command + "\r\n"));
        }

        if (strings[4] is { } icon && icon.StartsWith(@"\\", StringComparison.Ordinal))
            facts.Add(DocumentFeatureKind.RemoteContent, 0, icon);
    }

    private static string LinkTarget(ReadOnlySpan<byte> span, int at)
    {
        if (at + 28 > span.Length)
            return "";
        var header = U32(span, at + 4);
        var local = (int)Math.Min(int.MaxValue / 4, U32(span, at + 16));
        var network = (int)Math.Min(int.MaxValue / 4, U32(span, at + 20));
        var suffix = (int)Math.Min(int.MaxValue / 4, U32(span, at + 24));
        var wide = header >= 0x24 ? (int)Math.Min(int.MaxValue / 4, U32(span, at + 28)) : 0;
        if (wide > 0 && WideZ(span, at + wide) is { Length: > 0 } unicode)
            return unicode;
        if (local > 0)
            return AnsiZ(span, at + local) + (suffix > 0 ? AnsiZ(span, at + suffix) : "");
        if (network > 0 && at + network + 12 <= span.Length)
        {
            var share = (int)Math.Min(int.MaxValue / 4, U32(span, at + network + 8));
            return AnsiZ(span, at + network + share) + (suffix > 0 ? @"\" + AnsiZ(span, at + suffix) : "");
        }

        return "";
    }

    /// <summary>The target of the block EnvironmentVariableDataBlock (2.5.4).</summary>
    private static string EnvironmentTarget(ReadOnlySpan<byte> span, int at)
    {
        while (at + 8 <= span.Length)
        {
            var size = (int)Math.Min(int.MaxValue / 2, U32(span, at));
            if (size < 8)
                return "";
            if (U32(span, at + 4) == 0xA0000001)
                return WideZ(span, at + 8 + 260) is { Length: > 0 } wide ? wide : AnsiZ(span, at + 8);
            at += size;
        }

        return "";
    }

    private static string Text(ReadOnlySpan<byte> span, ref int at, bool wide)
    {
        var count = U16(span, at);
        at += 2;
        var size = Math.Min(wide ? count * 2 : count, Math.Max(0, span.Length - at));
        var text = at >= span.Length ? "" : (wide ? Encoding.Unicode : Encoding.Latin1).GetString(span.Slice(at, Math.Min(size, MaxStrings * 2)));
        at += wide ? count * 2 : count;
        return text.TrimEnd('\0');
    }

    private static string AnsiZ(ReadOnlySpan<byte> span, int at)
    {
        if (at < 0 || at >= span.Length)
            return "";
        var rest = span[at..Math.Min(span.Length, at + 1024)];
        var end = rest.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? rest : rest[..end]);
    }

    private static string WideZ(ReadOnlySpan<byte> span, int at)
    {
        if (at < 0 || at >= span.Length)
            return "";
        var text = Encoding.Unicode.GetString(span[at..Math.Min(span.Length, at + 2048)]);
        var end = text.IndexOf('\0', StringComparison.Ordinal);
        return end < 0 ? text : text[..end];
    }

    private static int U16(ReadOnlySpan<byte> span, int at) => at >= 0 && at + 2 <= span.Length ? BinaryPrimitives.ReadUInt16LittleEndian(span[at..]) : 0;

    private static uint U32(ReadOnlySpan<byte> span, int at) => at >= 0 && at + 4 <= span.Length ? BinaryPrimitives.ReadUInt32LittleEndian(span[at..]) : 0;
}
