using System.Text.Unicode;

namespace Assay.Formats;

/// <summary>What follows from a recognition without a reader.</summary>
public enum KnownDisposition
{
    /// <summary>Data: clean.</summary>
    Inert,

    /// <summary>A model or document format that is not analysed.</summary>
    Unsupported,

    /// <summary>A container that no model loader opens.</summary>
    UnusualContainer,

    /// <summary>A program.</summary>
    Executable,
}

/// <summary>A format that is recognised without being read.</summary>
/// <param name="Id">The format.</param>
/// <param name="Disposition">What follows.</param>
public sealed record KnownFormat(FormatId Id, KnownDisposition Disposition);

/// <summary>Formats that are recognised without being read.</summary>
public static class KnownFormats
{
    /// <summary>The format of the edges; null when none matches.</summary>
    public static KnownFormat? Recognise(in FileEdges edges)
    {
        var head = edges.Head;
        if (head.StartsWith("\u007fELF"u8))
            return new KnownFormat(new FormatId("elf", FormatClass.Executable), KnownDisposition.Executable);
        if (!head.Contains((byte)0) && Utf8.IsValid(head[..Math.Min(head.Length, 4000)]))
            return new KnownFormat(FormatId.Text, KnownDisposition.Inert);
        return null;
    }
}

/// <summary>The name of a container by what it holds.</summary>
public static class ContainerFlavours
{
    /// <summary>The more special name, where the facts show one.</summary>
    public static FormatId Of(FormatId id, ArtifactFacts facts)
    {
        _ = facts;
        return id;
    }
}
