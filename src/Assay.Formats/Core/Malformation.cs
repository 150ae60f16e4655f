using System.Diagnostics.CodeAnalysis;

namespace Assay.Formats;

/// <summary>Why a part of an artifact could not be read, or what is wrong with it.</summary>
public enum MalformationKind
{
    /// <summary>The bytes end before the structure does.</summary>
    Truncated,

    /// <summary>A field has a value that the format does not allow; what follows could not be read.</summary>
    Invalid,

    /// <summary>Two places of the artifact contradict each other, or a length lies, in a way that no honest exporter writes; reading went on.</summary>
    Lie,

    /// <summary>A limit of <see cref="WorkLimits"/> was reached.</summary>
    Limit,

    /// <summary>The content is encrypted.</summary>
    Encrypted,

    /// <summary>A variant or codec that is recognised but not read.</summary>
    Unsupported,

    /// <summary>The source failed to deliver bytes.</summary>
    Unreadable,
}

/// <summary>Trouble met while reading, with its place.</summary>
/// <param name="Kind">What kind of trouble.</param>
/// <param name="Offset">Byte offset in the artifact that was being read.</param>
/// <param name="Message">What was expected and what was found, in a sentence without final stop.</param>
/// <param name="Limit">Name of the limit (<see cref="WorkLimits.Names"/>) when <see cref="MalformationKind.Limit"/>.</param>
public sealed record Malformation(MalformationKind Kind, long Offset, string Message, string? Limit = null)
{
    /// <summary>True when bytes remained that were not analysed.</summary>
    public bool LeavesGap => Kind is not MalformationKind.Lie;
}

/// <summary>The only failure of a reader: hostile or damaged input, with position. Caught by <see cref="FormatReader{TFacts}"/>.</summary>
public sealed class MalformedArtifactException(Malformation malformation) : Exception(malformation.Message)
{
    /// <summary>What was wrong, and where.</summary>
    public Malformation Malformation { get; } = malformation;
}

/// <summary>Throw helpers, one place per kind.</summary>
public static class Malformed
{
    /// <summary>The bytes end too early.</summary>
    [DoesNotReturn]
    public static void Truncated(long offset, string what) =>
        throw new MalformedArtifactException(new Malformation(MalformationKind.Truncated, offset, what));

    /// <summary>A field is not what the format allows.</summary>
    [DoesNotReturn]
    public static void Invalid(long offset, string what) =>
        throw new MalformedArtifactException(new Malformation(MalformationKind.Invalid, offset, what));

    /// <summary>A recognised variant that is not read.</summary>
    [DoesNotReturn]
    public static void Unsupported(long offset, string what) =>
        throw new MalformedArtifactException(new Malformation(MalformationKind.Unsupported, offset, what));

    /// <summary>Encrypted content.</summary>
    [DoesNotReturn]
    public static void Encrypted(long offset, string what) =>
        throw new MalformedArtifactException(new Malformation(MalformationKind.Encrypted, offset, what));

    /// <summary>A limit was reached.</summary>
    [DoesNotReturn]
    public static void Limit(string name, long value, long offset) =>
        throw new MalformedArtifactException(new Malformation(MalformationKind.Limit, offset, $"the limit {name}={value} was reached", name));
}
