namespace Assay.Protocol.Xet;

/// <summary>Bytes of Xet (a xorb, a shard, a chunk) that do not have the form, or whose hash is not the one that was promised.</summary>
/// <param name="message">What is wrong, in words for the person who sent it.</param>
/// <param name="position">Where, in bytes from the start of what was read.</param>
public sealed class XetFormatException(string message, long position) : FormatException($"{message} (at byte {position})")
{
    /// <summary>What is wrong, without the place.</summary>
    public string Reason { get; } = message;

    /// <summary>Where, in bytes from the start of what was read.</summary>
    public long Position { get; } = position;
}
