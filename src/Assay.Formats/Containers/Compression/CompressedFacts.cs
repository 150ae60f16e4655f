namespace Assay.Formats;

/// <summary>Facts of a compressed stream. Checksums and what follows show only when the content is opened.</summary>
public sealed class CompressedFacts : ArchiveFacts
{
    private Func<CompressedFacts, ReadScope, ByteSource>? _open;
    private ByteSource? _source;

    /// <summary>Name of the content as the stream gives it (gzip FNAME), safe to print; null when it gives none.</summary>
    public string? ContentName { get; internal set; }

    /// <summary>Offset of the first compressed byte.</summary>
    public long DataOffset { get; internal set; }

    /// <summary>Bytes of content that the header declares; null when it declares none.</summary>
    public long? DeclaredLength { get; internal set; }

    /// <summary>Compressed members that were read one after the other (gzip).</summary>
    public int Members { get; internal set; }

    /// <summary>Bytes that came out, once opened.</summary>
    public long Produced { get; internal set; }

    /// <summary>Bytes behind the stream, once opened.</summary>
    public List<SlackRegion> Slack { get; } = [];

    /// <inheritdoc/>
    public override IEnumerable<ChildArtifact> Children
    {
        get
        {
            if (_open is null || _source is not { } source)
                yield break;
            yield return new ChildArtifact(ContentName ?? "(content)", ChildRole.Content, DataOffset, scope => _open(this, scope)) { Length = DeclaredLength };
            foreach (var slack in Slack)
            {
                yield return new ChildArtifact(slack.Name, ChildRole.Slack, slack.Offset, _ => new SliceByteSource(source, slack.Offset, slack.Length))
                {
                    Length = slack.Length,
                    Speculative = true,
                };
            }
        }
    }

    internal void Attach(ByteSource source, Func<CompressedFacts, ReadScope, ByteSource> open)
    {
        _source = source;
        _open = open;
    }

    /// <summary>Keeps what was inflated whatever ended it, and says why it ended.</summary>
    internal void NoteOutcome(in Inflation result)
    {
        Produced += result.Produced;
        if (result.Damage is not { } damage)
            return;
        Note(damage);
        if (damage.Limit is "ratio" or "inflated-bytes")
            Report(ArchiveIssueKind.Bomb, null, damage.Offset, $"{result.Consumed} bytes unpack to more than {result.Produced}");
    }

    /// <summary>Notes bytes behind the stream, unless they are padding of zeros.</summary>
    internal void NoteTrailing(ByteSource source, long at, ReadScope scope)
    {
        SetEnd(at);
        var buffer = new byte[FileEdges.HeadSize];
        var first = -1L;
        for (var offset = at; offset < source.Length && first < 0;)
        {
            var n = source.ReadAt(offset, buffer);
            if (n <= 0)
                return;
            scope.Budget.ChargeRead(n, offset);
            var found = buffer.AsSpan(0, n).IndexOfAnyExcept((byte)0);
            if (found >= 0)
                first = offset + found;
            offset += n;
        }

        if (first < 0 || Slack.Exists(s => s.Offset == first))
            return;
        var looks = FormatIdentifier.Look(source, first, source.Length - first, scope.Budget);
        Slack.Add(new SlackRegion($"(appended@{first})", first, source.Length - first, looks));
        Report(ArchiveIssueKind.Appended, null, first,
            $"{source.Length - first} bytes at {first}{(looks is null ? "" : $", which look like {looks.Format.Name}")}");
    }
}
