using System.Text;

namespace Assay.Formats.Tests.Containers;

/// <summary>Reads archives in tests and opens what is in them.</summary>
internal static class Reading
{
    internal static ReadScope Scope(WorkLimits? limits = null, bool full = false) => new(new WorkBudget(limits ?? new WorkLimits()), new ReadDepth(full));

    internal static ZipFacts Zip(byte[] bytes) => (ZipFacts)new ZipReader().Read(new MemoryByteSource(bytes), Scope());

    internal static TarFacts Tar(byte[] bytes) => (TarFacts)new TarReader().Read(new MemoryByteSource(bytes), Scope());

    internal static CompressedFacts Compressed(FormatReader reader, byte[] bytes) => (CompressedFacts)reader.Read(new MemoryByteSource(bytes), Scope());

    /// <summary>Opens all children; a failure to open becomes its kind in angle brackets.</summary>
    internal static List<(string Name, ChildRole Role, string Text)> Contents(ArtifactFacts facts, ReadScope? scope = null)
    {
        var found = new List<(string, ChildRole, string)>();
        foreach (var child in facts.Children)
        {
            try
            {
                using var content = child.Open(scope ?? Scope());
                found.Add((child.Name, child.Role, Text(content)));
            }
            catch (MalformedArtifactException e)
            {
                found.Add((child.Name, child.Role, $"<{e.Malformation.Kind}>"));
            }
        }

        return found;
    }

    internal static string Text(ByteSource source)
    {
        var bytes = new byte[Math.Min(source.Length, 1 << 20)];
        return Encoding.Latin1.GetString(bytes, 0, source.ReadAt(0, bytes));
    }

    internal static ArchiveIssueKind[] Kinds(ArchiveFacts facts) => [.. facts.Issues.Select(i => i.Kind)];
}
