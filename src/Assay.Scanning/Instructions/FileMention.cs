using System.Buffers;

namespace Assay.Scanning;

/// <summary>What starts when a person opens a file of this name.</summary>
internal enum StartKind
{
    /// <summary>A script that an interpreter has to be asked for: <c>loader.py</c>, <c>setup.sh</c>.</summary>
    Interpreted,

    /// <summary>A script that runs when it is double-clicked: <c>start.bat</c>.</summary>
    Clickable,

    /// <summary>A program or installer: <c>setup.exe</c>.</summary>
    Program,

    /// <summary>What honest people do not start by hand: <c>.scr</c>, <c>.vbs</c>, <c>.hta</c>, <c>.lnk</c>.</summary>
    Odd,
}

/// <summary>A file that can be started, named in a text.</summary>
/// <param name="Name">As written.</param>
/// <param name="Start">First character in the text.</param>
/// <param name="Kind">What starts.</param>
internal readonly record struct FileMention(string Name, int Start, StartKind Kind)
{
    private const int MaxName = 200;
    private const int MaxMentions = 200;

    private static readonly Dictionary<string, StartKind> Endings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["py"] = StartKind.Interpreted,
        ["pyw"] = StartKind.Odd,
        ["sh"] = StartKind.Interpreted,
        ["bash"] = StartKind.Interpreted,
        ["js"] = StartKind.Interpreted,
        ["mjs"] = StartKind.Interpreted,
        ["pl"] = StartKind.Interpreted,
        ["ipynb"] = StartKind.Interpreted,
        ["run"] = StartKind.Interpreted,
        ["rb"] = StartKind.Interpreted,
        ["ps1"] = StartKind.Clickable,
        ["bat"] = StartKind.Clickable,
        ["cmd"] = StartKind.Clickable,
        ["command"] = StartKind.Clickable,
        ["exe"] = StartKind.Program,
        ["msi"] = StartKind.Program,
        ["dmg"] = StartKind.Program,
        ["pkg"] = StartKind.Program,
        ["apk"] = StartKind.Program,
        ["appimage"] = StartKind.Program,
        ["msix"] = StartKind.Program,
        ["jar"] = StartKind.Program,
        ["deb"] = StartKind.Program,
        ["vbs"] = StartKind.Odd,
        ["vbe"] = StartKind.Odd,
        ["jse"] = StartKind.Odd,
        ["wsf"] = StartKind.Odd,
        ["hta"] = StartKind.Odd,
        ["lnk"] = StartKind.Odd,
        ["scr"] = StartKind.Odd,
        ["pif"] = StartKind.Odd,
        ["reg"] = StartKind.Odd,
        ["cpl"] = StartKind.Odd,
        ["xll"] = StartKind.Odd,
    };

    private static readonly SearchValues<char> Stops = SearchValues.Create(" \t\r\n\"'`<>|,;()[]{}*?=，。：；、（）「」『』“”‘’《》!&");

    /// <summary>Files named in a text that can be started; those inside of web addresses are not of this repository.</summary>
    public static List<FileMention> Find(ReadOnlySpan<char> text)
    {
        var all = new List<FileMention>();
        for (var dot = text.IndexOf('.'); dot >= 0 && all.Count < MaxMentions;)
        {
            var end = dot + 1;
            while (end < text.Length && end - dot <= 9 && char.IsAsciiLetterOrDigit(text[end]))
                end++;
            if (end - dot is >= 3 and <= 9 && Endings.TryGetValue(text[(dot + 1)..end].ToString(), out var kind) && (end == text.Length || !(text[end] is '_' or '-' or '/' or '@' || (text[end] == '.' && end + 1 < text.Length && char.IsAsciiLetterOrDigit(text[end + 1])))))
            {
                var start = StartOf(text, dot);
                var name = text[start..end];
                if (dot > start && !name.Contains("://", StringComparison.Ordinal) && !IsHost(name, kind))
                    all.Add(new FileMention(name.ToString(), start, kind));
            }

            var next = text[end..].IndexOf('.');
            dot = next < 0 ? -1 : end + next;
        }

        return all;
    }

    /// <summary>What a name would start; null where it starts nothing.</summary>
    public static StartKind? KindOf(ReadOnlySpan<char> name)
    {
        var dot = name.LastIndexOf('.');
        return dot >= 0 && name.Length - dot <= 12 && Endings.TryGetValue(name[(dot + 1)..].ToString(), out var kind) ? kind : null;
    }

    private static int StartOf(ReadOnlySpan<char> text, int dot)
    {
        var from = Math.Max(0, dot - MaxName);
        var stop = text[from..dot].LastIndexOfAny(Stops);
        var start = stop < 0 ? from : from + stop + 1;
        // Scripts without spaces run into the name.
        for (var i = dot - 1; i >= start; i--)
        {
            if (text[i] >= 0x2E80 && i + 1 < dot && text[i + 1] < 0x80)
                return i + 1;
        }

        return start;
    }

    // "the .exe", "x.run", "socket.io.js": endings alone, and methods of objects.
    private static bool IsHost(ReadOnlySpan<char> name, StartKind kind) =>
        name.StartsWith("www.") || (kind == StartKind.Interpreted && name.EndsWith(".run") && !name.Contains('/') && name.Length < 16 && !name.Contains('-')) || name is "node.js" or "next.js" or "vue.js" or "Node.js" or "Next.js" or "Vue.js"
        || name.EndsWith("three.js", StringComparison.OrdinalIgnoreCase) || name.EndsWith("ransformers.js", StringComparison.Ordinal);
}
