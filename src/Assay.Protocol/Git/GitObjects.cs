using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Assay.Protocol.Git;

/// <summary>The kinds of git objects, with the numbers that packs use (source: git, <c>Documentation/gitformat-pack.txt</c>).</summary>
public enum GitObjectType
{
    /// <summary>A commit.</summary>
    Commit = 1,

    /// <summary>A tree.</summary>
    Tree = 2,

    /// <summary>The content of a file.</summary>
    Blob = 3,

    /// <summary>An annotated tag.</summary>
    Tag = 4,
}

/// <summary>What an entry of a tree is.</summary>
public enum GitMode
{
    /// <summary>A folder, <c>40000</c>.</summary>
    Folder,

    /// <summary>A file, <c>100644</c>.</summary>
    File,

    /// <summary>An executable file, <c>100755</c>.</summary>
    Executable,

    /// <summary>A symbolic link, <c>120000</c>.</summary>
    Link,
}

/// <summary>An entry of a tree.</summary>
/// <param name="Name">Name within the folder.</param>
/// <param name="Mode">What it is.</param>
/// <param name="Id">Object id, 40 hexadecimal digits.</param>
public readonly record struct GitTreeEntry(string Name, GitMode Mode, string Id);

/// <summary>Who made a commit, and when.</summary>
/// <param name="Name">Name.</param>
/// <param name="Email">Address.</param>
/// <param name="At">Time; written in seconds and as UTC.</param>
public readonly record struct GitSignature(string Name, string Email, DateTimeOffset At);

/// <summary>The object bytes and ids of git, SHA-1 form: what is stored here is what <c>git</c> would store.</summary>
public static class GitObjects
{
    /// <summary>The id of the tree that has no entries.</summary>
    public const string EmptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

    private const int MaxTreeEntries = 1_000_000;

    /// <summary>The word for a type in an object's header.</summary>
    public static string Word(GitObjectType type) => type switch
    {
        GitObjectType.Commit => "commit",
        GitObjectType.Tree => "tree",
        GitObjectType.Tag => "tag",
        _ => "blob",
    };

    /// <summary>The id of an object: SHA-1 over <c>type length NUL content</c>.</summary>
    /// <returns>40 lower-case hexadecimal digits.</returns>
    public static string IdOf(GitObjectType type, ReadOnlySpan<byte> content)
    {
        using var hash = StartId(type, content.Length);
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>A hash that gives the id of an object once its content was appended.</summary>
    /// <param name="type">Type of the object.</param>
    /// <param name="length">Length of its content in bytes.</param>
#pragma warning disable CA5350 // The protocol's own identity, not a protection.
    public static IncrementalHash StartId(GitObjectType type, long length)
    {
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Word(type)} {length}\0")));
        return hash;
    }
#pragma warning restore CA5350

    /// <summary>The bytes of a tree. Entries are put in git's order: by bytes, a folder as if its name ended with <c>/</c>.</summary>
    public static byte[] WriteTree(IReadOnlyCollection<GitTreeEntry> entries)
    {
        var sorted = new (byte[] Name, GitTreeEntry Entry)[entries.Count];
        var n = 0;
        foreach (var entry in entries)
            sorted[n++] = (Encoding.UTF8.GetBytes(entry.Name), entry);
        Array.Sort(sorted, static (a, b) => Compare(a.Name, a.Entry.Mode == GitMode.Folder, b.Name, b.Entry.Mode == GitMode.Folder));
        using var stream = new MemoryStream();
        foreach (var (name, entry) in sorted)
        {
            stream.Write(ModeOf(entry.Mode));
            stream.WriteByte((byte)' ');
            stream.Write(name);
            stream.WriteByte(0);
            stream.Write(Convert.FromHexString(entry.Id));
        }

        return stream.ToArray();
    }

    /// <summary>Reads the bytes of a tree.</summary>
    /// <exception cref="FormatException">They are not those of a tree.</exception>
    public static List<GitTreeEntry> ReadTree(ReadOnlySpan<byte> bytes)
    {
        var entries = new List<GitTreeEntry>();
        while (!bytes.IsEmpty)
        {
            var blank = bytes.IndexOf((byte)' ');
            var nul = bytes.IndexOf((byte)0);
            if (blank <= 0 || nul <= blank + 1 || bytes.Length < nul + 21 || entries.Count >= MaxTreeEntries)
                throw new FormatException("This is no tree of git.");
            var mode = bytes[..blank] switch
            {
                var m when m.SequenceEqual("40000"u8) || m.SequenceEqual("040000"u8) => GitMode.Folder,
                var m when m.SequenceEqual("100644"u8) || m.SequenceEqual("100664"u8) => GitMode.File,
                var m when m.SequenceEqual("100755"u8) => GitMode.Executable,
                var m when m.SequenceEqual("120000"u8) => GitMode.Link,
                _ => throw new FormatException("This tree has an entry of a mode that is not supported (a submodule?)."),
            };
            entries.Add(new GitTreeEntry(Encoding.UTF8.GetString(bytes[(blank + 1)..nul]), mode, Convert.ToHexStringLower(bytes.Slice(nul + 1, 20))));
            bytes = bytes[(nul + 21)..];
        }

        return entries;
    }

    /// <summary>The bytes of a commit.</summary>
    /// <param name="tree">Id of its tree.</param>
    /// <param name="parents">Ids of its parents.</param>
    /// <param name="author">Who made it; also the committer.</param>
    /// <param name="message">What it does; ends with a line break.</param>
    public static byte[] WriteCommit(string tree, IReadOnlyList<string> parents, GitSignature author, string message)
    {
        var text = new StringBuilder();
        text.Append("tree ").Append(tree).Append('\n');
        foreach (var parent in parents)
            text.Append("parent ").Append(parent).Append('\n');
        text.Append("author ").Append(Line(author)).Append('\n');
        text.Append("committer ").Append(Line(author)).Append('\n');
        text.Append('\n').Append(Ended(message));
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The bytes of an annotated tag of a commit.</summary>
    public static byte[] WriteTag(string commit, string name, GitSignature tagger, string message) =>
        Encoding.UTF8.GetBytes($"object {commit}\ntype commit\ntag {name}\ntagger {Line(tagger)}\n\n{Ended(message)}");

    private static string Ended(string message)
    {
        message = message.Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\0", "", StringComparison.Ordinal);
        return message.EndsWith('\n') ? message : message + "\n";
    }

    private static string Line(GitSignature who) => string.Create(CultureInfo.InvariantCulture, $"{Clean(who.Name)} <{Clean(who.Email)}> {who.At.ToUnixTimeSeconds()} +0000");

    // git cuts names at these.
    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c is not ('<' or '>' or '\n' or '\r' or '\0'))
                clean.Append(c);
        }

        return clean.ToString().Trim();
    }

    private static ReadOnlySpan<byte> ModeOf(GitMode mode) => mode switch
    {
        GitMode.Folder => "40000"u8,
        GitMode.Executable => "100755"u8,
        GitMode.Link => "120000"u8,
        _ => "100644"u8,
    };

    private static int Compare(byte[] a, bool aFolder, byte[] b, bool bFolder)
    {
        var common = Math.Min(a.Length, b.Length);
        var order = a.AsSpan(0, common).SequenceCompareTo(b.AsSpan(0, common));
        if (order != 0)
            return order;
        var nextA = a.Length > common ? a[common] : aFolder ? (byte)'/' : (byte)0;
        var nextB = b.Length > common ? b[common] : bFolder ? (byte)'/' : (byte)0;
        return nextA.CompareTo(nextB);
    }
}
