namespace Assay.Scanning;

/// <summary>Reads requirements as pip does: PEP 508 names, addresses and paths, options, continued lines (pip's requirements file format).</summary>
internal static class RequirementReader
{
    private static readonly System.Buffers.SearchValues<char> VersionEnds = System.Buffers.SearchValues.Create(" ,;)'\"#");

    /// <summary>Reads a requirements or constraints file.</summary>
    public static void ReadFile(string text, DependencyList into)
    {
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            var line = NextLine(text, ref at);
            if (line.EndsWith('\\'))
            {
                var whole = new System.Text.StringBuilder();
                while (line.EndsWith('\\') && at < text.Length && whole.Length < 16_384)
                {
                    whole.Append(line.AsSpan(0, line.Length - 1)).Append(' ');
                    line = NextLine(text, ref at);
                }

                line = whole.Append(line.TrimEnd('\\')).ToString();
            }

            ReadLine(line, start, into);
        }
    }

    /// <summary>Reads one requirement or a line of options.</summary>
    public static void ReadLine(string line, int index, DependencyList into)
    {
        var comment = line.StartsWith('#') ? 0 : line.IndexOf(" #", StringComparison.Ordinal);
        if (comment < 0)
            comment = line.IndexOf("\t#", StringComparison.Ordinal);
        var rest = (comment < 0 ? line : line[..comment]).Trim();
        index += line.Length - line.AsSpan().TrimStart().Length;
        if (rest.Length == 0)
            return;
        if (rest[0] == '-')
            ReadOptions(rest.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), index, rest, into);
        else
            ReadRequirement(WithoutOptions(rest), index, rest, into);
    }

    /// <summary>Reads the arguments of <c>pip install</c>.</summary>
    public static void ReadArguments(IReadOnlyList<string> words, int index, string written, DependencyList into)
    {
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i].Trim('"', '\'');
            if (word.StartsWith('-'))
                i += ReadOption(words, i, index, written, into);
            else if (word.Length > 0)
                ReadRequirement(word, index, word, into);
        }
    }

    /// <summary>Reads a requirement: <c>name[extra]==1.0; marker</c>, <c>name @ address</c>, an address, a path.</summary>
    public static void ReadRequirement(string requirement, int index, string written, DependencyList into)
    {
        requirement = requirement.Trim();
        var scheme = requirement.IndexOf("://", StringComparison.Ordinal);
        var at = requirement.IndexOf('@', StringComparison.Ordinal);
        if (at > 0 && (scheme < 0 || at < scheme) && NameOf(requirement.AsSpan(0, at)) is { Length: > 0 } named)
        {
            var source = requirement[(at + 1)..].Trim();
            var marker = source.IndexOf(" ;", StringComparison.Ordinal);
            into.Add(PackageRegistry.PyPi, named, null, marker < 0 ? source : source[..marker], index, written);
            return;
        }

        if (scheme > 0)
        {
            var address = requirement.Split(' ', 2)[0];
            var egg = address.IndexOf("#egg=", StringComparison.Ordinal);
            into.Add(PackageRegistry.PyPi, egg < 0 ? "" : NameOf(address.AsSpan(egg + 5)), null, address, index, written);
            return;
        }

        if (requirement.StartsWith('.') || requirement.StartsWith('/') || requirement.StartsWith('~') || requirement.StartsWith("file:", StringComparison.OrdinalIgnoreCase) || IsArchive(requirement))
        {
            into.Add(PackageRegistry.PyPi, "", null, requirement, index, written);
            return;
        }

        var name = NameOf(requirement);
        if (name.Length > 0)
            into.Add(PackageRegistry.PyPi, name, ExactVersion(requirement.AsSpan(name.Length)), null, index, written);
    }

    /// <summary>Whether an address or path ends like a package that is installed as it is.</summary>
    public static bool IsArchive(string source)
    {
        var end = source.AsSpan();
        var cut = end.IndexOfAny('#', '?', ';');
        if (cut >= 0)
            end = end[..cut];
        end = end.Trim();
        return end.EndsWith(".whl", StringComparison.OrdinalIgnoreCase) || end.EndsWith(".tar.gz", StringComparison.OrdinalIgnoreCase) || end.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase)
            || end.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) || end.EndsWith(".tar.bz2", StringComparison.OrdinalIgnoreCase) || end.EndsWith(".egg", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The name at the start of a requirement; letters of other alphabets are kept, for they are what imitations use.</summary>
    public static string NameOf(ReadOnlySpan<char> requirement)
    {
        requirement = requirement.Trim();
        var end = 0;
        while (end < requirement.Length && (char.IsLetterOrDigit(requirement[end]) || requirement[end] is '-' or '_' or '.'))
            end++;
        return requirement[..end].TrimEnd("-_.").ToString();
    }

    /// <summary>The version behind <c>==</c>; null where there is no exact one.</summary>
    public static string? ExactVersion(ReadOnlySpan<char> specifier)
    {
        var at = specifier.IndexOf("==");
        if (at < 0)
            return null;
        var version = specifier[(at + 2)..].TrimStart("= ");
        var end = version.IndexOfAny(VersionEnds);
        version = end < 0 ? version : version[..end];
        return version.Contains('*') || version.IsEmpty ? null : version.ToString();
    }

    private static string WithoutOptions(string line)
    {
        var option = line.IndexOf(" --", StringComparison.Ordinal);
        return option < 0 ? line : line[..option];
    }

    private static void ReadOptions(string[] words, int index, string line, DependencyList into)
    {
        for (var i = 0; i < words.Length; i++)
            i += ReadOption(words, i, index, line, into);
    }

    /// <summary>Reads one option; returns how many further words it took.</summary>
    private static int ReadOption(IReadOnlyList<string> words, int at, int index, string line, DependencyList into)
    {
        var word = words[at];
        var equals = word.StartsWith("--", StringComparison.Ordinal) ? word.IndexOf('=', StringComparison.Ordinal) : -1;
        var name = equals < 0 ? word : word[..equals];
        var value = equals >= 0 ? word[(equals + 1)..] : at + 1 < words.Count ? words[at + 1] : "";
        var took = equals >= 0 ? 0 : 1;

        // Short options may hold their value: -ihttps://…
        if (equals < 0 && word.Length > 2 && word[0] == '-' && word[1] is 'i' or 'f' or 'e' or 'r' or 'c' && word[1] != '-')
        {
            (name, value, took) = (word[..2], word[2..], 0);
        }

        value = value.Trim('"', '\'');
        switch (name)
        {
            case "-i" or "--index-url" or "--pypi-url" or "--default-index":
                into.AddIndex(IndexUse.Index, value, index, line);
                return took;
            case "--extra-index-url" or "--index":
                into.AddIndex(IndexUse.ExtraIndex, value, index, line);
                return took;
            case "-f" or "--find-links":
                into.AddIndex(IndexUse.Links, value, index, line);
                return took;
            case "--trusted-host":
                into.AddIndex(IndexUse.TrustedHost, value, index, line);
                return took;
            case "-e" or "--editable":
                if (value.Contains("://", StringComparison.Ordinal) || value.Contains('@', StringComparison.Ordinal))
                    ReadRequirement(value, index, line, into);
                return took;
            case "-r" or "--requirement" or "-c" or "--constraint":
                if (value.Contains("://", StringComparison.Ordinal))
                    into.AddIndex(IndexUse.Links, value, index, line);
                return took;
            case "-t" or "--target" or "--prefix" or "--root" or "--python-version" or "--platform" or "--timeout" or "--retries" or "--cache-dir" or "--log" or "--hash" or "--no-binary" or "--only-binary" or "--config-settings" or "--upgrade-strategy" or "--proxy" or "--python" or "-p":
                return took;
            default:
                return 0;
        }
    }

    private static string NextLine(string text, ref int at)
    {
        var rest = text.AsSpan(at);
        var end = rest.IndexOfAny('\r', '\n');
        var line = end < 0 ? rest : rest[..end];
        at += end < 0 ? rest.Length : end + 1;
        return line.ToString();
    }
}
