namespace Assay.Formats;

/// <summary>A text file, decoded.</summary>
public sealed class TextFacts : ArtifactFacts
{
    /// <summary>The text; of a long one, the part that was read.</summary>
    public SourceText Source { get; private set; } = new("", System.Text.Encoding.UTF8);

    /// <summary>Whether <see cref="Source"/> is all of it.</summary>
    public bool Complete { get; private set; } = true;

    /// <summary>Decodes up to <see cref="WorkLimits.TextBytes"/> of a source that was told to be text.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="scope">Charged for what is read.</param>
    /// <exception cref="MalformedArtifactException">The budget ran out.</exception>
    public static TextFacts Read(ByteSource source, ReadScope scope)
    {
        var facts = new TextFacts();
        var length = (int)Math.Min(source.Length, Math.Min(scope.Budget.Limits.TextBytes, int.MaxValue / 4));
        facts.Complete = length == source.Length;
        if (source.TryGetMemory(out var memory))
        {
            scope.Budget.ChargeRead(length, 0);
            facts.Source = TextDecoder.Decode(memory.Span[..length]);
            return facts;
        }

        var rented = System.Buffers.ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var n = source.ReadAt(0, rented.AsSpan(0, length));
            scope.Budget.ChargeRead(n, 0);
            facts.Source = TextDecoder.Decode(rented.AsSpan(0, n));
            return facts;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
