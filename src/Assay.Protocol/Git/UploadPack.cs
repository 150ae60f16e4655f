using System.Text;

namespace Assay.Protocol.Git;

/// <summary>How much one request may ask for.</summary>
public sealed record UploadPackLimits
{
    /// <summary>Bytes of the request, after it was unpacked.</summary>
    public long RequestBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Objects that are wanted by id, and shallow commits that are named.</summary>
    public int Wants { get; init; } = 100_000;

    /// <summary>Objects that the client says it has.</summary>
    public int Haves { get; init; } = 100_000;

    /// <summary>Objects that are looked at to answer.</summary>
    public int Objects { get; init; } = 5_000_000;
}

/// <summary>What became of a request.</summary>
/// <param name="Refusal">Why it was refused, as the client was told; null if it was not.</param>
/// <param name="Objects">Objects of the pack; null if none was sent.</param>
/// <param name="Bytes">Bytes of the answer.</param>
public readonly record struct UploadPackResult(string? Refusal, long? Objects, long Bytes);

/// <summary>The side of git's smart HTTP protocol that gives out objects: what <c>git upload-pack --stateless-rpc</c> does, versions
/// 0, 1 and 2 (sources: git, <c>gitprotocol-http</c>, <c>gitprotocol-pack</c>, <c>gitprotocol-capabilities</c>, <c>gitprotocol-v2</c>).
/// A client is told that the history of the view is shallow where the view has a boundary.</summary>
/// <param name="limits">How much one request may ask for.</param>
public sealed class UploadPack(UploadPackLimits limits)
{
    private const string Capabilities =
        "multi_ack_detailed no-done side-band-64k thin-pack ofs-delta shallow deepen-since deepen-not deepen-relative no-progress include-tag filter allow-reachable-sha1-in-want object-format=sha1 agent=assay";

    private static readonly string[] CapabilitiesOfVersion2 =
        ["version 2", "agent=assay", "ls-refs=unborn", "fetch=shallow filter", "server-option", "object-format=sha1"];

    private static readonly string NoId = new('0', GitId.TextLength);

    /// <summary>The version of the protocol to speak.</summary>
    /// <param name="header">The header <c>Git-Protocol</c> of the request, such as <c>version=2</c>.</param>
    /// <returns>0, 1 or 2: the highest that the header names and that is spoken here.</returns>
    public static int VersionOf(string? header)
    {
        var version = 0;
        foreach (var part in (header ?? "").Split(':'))
        {
            version = part.Trim() switch
            {
                "version=2" => 2,
                "version=1" => Math.Max(version, 1),
                _ => version,
            };
        }

        return version;
    }

    /// <summary>Answers <c>GET info/refs?service=git-upload-pack</c>: the whole body, of type <c>application/x-git-upload-pack-advertisement</c>.</summary>
    /// <param name="view">What the caller may see.</param>
    /// <param name="version">Version of the protocol, of <see cref="VersionOf"/>.</param>
    /// <param name="response">Where the body goes; stays open.</param>
    /// <param name="cancellation">Ends the answer.</param>
    public static async Task WriteAdvertisementAsync(GitView view, int version, Stream response, CancellationToken cancellation)
    {
        using var writer = new PktLineWriter(response);
        if (version == 2)
        {
            foreach (var line in CapabilitiesOfVersion2)
                await writer.WriteLineAsync(line, cancellation).ConfigureAwait(false);
        }
        else
        {
            await writer.WriteLineAsync("# service=git-upload-pack", cancellation).ConfigureAwait(false);
            await writer.WriteFlushAsync(cancellation).ConfigureAwait(false);
            if (version == 1)
                await writer.WriteLineAsync("version 1", cancellation).ConfigureAwait(false);
            await WriteRefsAsync(await view.ReadRefsAsync(cancellation).ConfigureAwait(false), writer, cancellation).ConfigureAwait(false);
        }

        await writer.WriteFlushAsync(cancellation).ConfigureAwait(false);
        await writer.SendAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Answers <c>POST git-upload-pack</c>: the whole body, of type <c>application/x-git-upload-pack-result</c>.
    /// A request that is refused gets a body too, which says why.</summary>
    /// <param name="view">What the caller may see.</param>
    /// <param name="version">Version of the protocol, of <see cref="VersionOf"/>.</param>
    /// <param name="request">Body of the request, not compressed.</param>
    /// <param name="response">Where the answer goes; stays open.</param>
    /// <param name="cancellation">Ends the answer.</param>
    /// <exception cref="InvalidDataException">The view lacks an object that its refs reach, or has a damaged one.
    /// If the pack had begun, the client was told that it is not complete.</exception>
    public async Task<UploadPackResult> ServeAsync(GitView view, int version, Stream request, Stream response, CancellationToken cancellation)
    {
        using var reader = new PktLineReader(request, limits.RequestBytes);
        using var writer = new PktLineWriter(response);
        string? refusal = null;
        long? objects = null;
        try
        {
            var refs = await view.ReadRefsAsync(cancellation).ConfigureAwait(false);
            var session = new UploadPackSession(view, refs, limits, reader, writer);
            objects = version == 2
                ? await session.ServeCommandAsync(cancellation).ConfigureAwait(false)
                : await session.ServeAsync(cancellation).ConfigureAwait(false);
        }
        catch (GitProtocolException refused)
        {
            refusal = refused.Message;
            await writer.WriteErrorAsync(refusal, cancellation).ConfigureAwait(false);
        }

        await writer.SendAsync(cancellation).ConfigureAwait(false);
        return new UploadPackResult(refusal, objects, writer.Written);
    }

    private static async ValueTask WriteRefsAsync(GitRefs refs, PktLineWriter writer, CancellationToken cancellation)
    {
        var lines = new List<string>();
        var capabilities = Capabilities;
        foreach (var named in refs.Refs)
        {
            if (named.Name != refs.Head)
                continue;
            capabilities += " symref=HEAD:" + refs.Head;
            lines.Add($"{named.Id} HEAD");
        }

        foreach (var named in refs.Refs.OrderBy(r => r.Name, StringComparer.Ordinal))
        {
            lines.Add($"{named.Id} {named.Name}");
            if (named.Peeled is { } peeled)
                lines.Add($"{peeled} {named.Name}^{{}}");
        }

        if (lines.Count == 0)
            lines.Add(NoId + " capabilities^{}");
        lines[0] += "\0" + capabilities;
        foreach (var line in lines)
            await writer.WriteLineAsync(line, cancellation).ConfigureAwait(false);
        foreach (var id in refs.Boundary)
            await writer.WriteLineAsync($"shallow {id}", cancellation).ConfigureAwait(false);
    }
}

/// <summary>One request to <see cref="UploadPack"/>.</summary>
internal sealed class UploadPackSession(GitView view, GitRefs refs, UploadPackLimits limits, PktLineReader reader, PktLineWriter writer)
{
    private const int MaxPrefixes = 10_000;

    private readonly GitWalk _walk = new(view, refs, limits.Objects);
    private readonly HashSet<GitId> _wants = [];
    private readonly List<GitId> _haves = [];
    private readonly HashSet<GitId> _common = [];
    private readonly HashSet<GitId> _shallows = [];
    private readonly List<GitId> _without = [];
    private GitFilter _filter = GitFilter.None;
    private int _depth;
    private long _since;
    private bool _bySince;
    private bool _relative;
    private bool _includeTags;
    private bool _done;
    private bool _repeats;

    // How the client said it wants the answer; fixed in version 2.
    private bool _sideBand = true;
    private bool _detailed;
    private bool _noDone;

    // What DeepenAsync found out.
    private readonly HashSet<GitId> _cut = [];
    private readonly List<GitId> _unshallowed = [];

    private bool Deepens => _depth > 0 || _bySince;

    /// <summary>Serves a command of version 2.</summary>
    /// <returns>How many objects were sent; null if no pack was.</returns>
    public async ValueTask<long?> ServeCommandAsync(CancellationToken cancellation)
    {
        string? command = null;
        PktKind kind;
        while ((kind = await reader.ReadAsync(cancellation).ConfigureAwait(false)) == PktKind.Data)
            command = ReadCapability(reader.Line.Span, command);
        if (command is null && kind is PktKind.End or PktKind.Flush)
            return null;
        var arguments = kind == PktKind.Delimiter;
        if (!arguments && kind != PktKind.Flush)
            throw new GitProtocolException("The request ends before its arguments do.");
        switch (command)
        {
            case "ls-refs":
                await ListRefsAsync(arguments, cancellation).ConfigureAwait(false);
                return null;
            case "fetch":
                return await FetchAsync(arguments, cancellation).ConfigureAwait(false);
            default:
                throw new GitProtocolException("The request has no command that is known here.");
        }
    }

    /// <summary>Serves a request of version 0 or 1.</summary>
    /// <returns>How many objects were sent; null if no pack was.</returns>
    public async ValueTask<long?> ServeAsync(CancellationToken cancellation)
    {
        _sideBand = false;
        PktKind kind;
        while ((kind = await reader.ReadAsync(cancellation).ConfigureAwait(false)) == PktKind.Data)
            ReadNeed(reader.Line.Span);
        if (kind != PktKind.Flush && kind != PktKind.End)
            throw new GitProtocolException("The request has a packet that does not belong there.");
        if (_wants.Count == 0)
            return null;
        await RefuseUnreachableAsync(cancellation).ConfigureAwait(false);
        if (Deepens)
        {
            await WriteShallowsAsync(await DeepenAsync(cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
            await writer.WriteFlushAsync(cancellation).ConfigureAwait(false);
        }

        // A client that asked for depth sends its haves in a second request.
        if (!await NegotiateAsync(cancellation).ConfigureAwait(false))
            return null;
        return await SendPackAsync(await PlanAsync(cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
    }

    private static string? ReadCapability(ReadOnlySpan<byte> line, string? command)
    {
        if (line.StartsWith("command="u8))
            return command is null ? Encoding.UTF8.GetString(line["command="u8.Length..]) : throw new GitProtocolException("The request has two commands.");
        if (line.StartsWith("object-format="u8) && !line.SequenceEqual("object-format=sha1"u8))
            throw new GitProtocolException("Objects have SHA-1 ids here.");
        return command;
    }

    private async ValueTask ListRefsAsync(bool arguments, CancellationToken cancellation)
    {
        var peel = false;
        var symrefs = false;
        var unborn = false;
        var prefixes = new List<string>();
        while (arguments && await NextArgumentAsync(cancellation).ConfigureAwait(false))
        {
            var argument = Encoding.UTF8.GetString(reader.Line.Span);
            peel |= argument == "peel";
            symrefs |= argument == "symrefs";
            unborn |= argument == "unborn";
            if (!argument.StartsWith("ref-prefix ", StringComparison.Ordinal))
                continue;
            if (prefixes.Count >= MaxPrefixes)
                throw new GitProtocolException($"The request has more than {MaxPrefixes} prefixes.");
            prefixes.Add(argument["ref-prefix ".Length..]);
        }

        bool Asked(string name) => prefixes.Count == 0 || prefixes.Exists(p => name.StartsWith(p, StringComparison.Ordinal));
        if (Asked("HEAD"))
        {
            var target = symrefs || unborn ? " symref-target:" + refs.Head : "";
            var head = refs.Refs.FirstOrDefault(r => r.Name == refs.Head);
            if (head.Name is not null)
                await writer.WriteLineAsync($"{head.Id} HEAD{(symrefs ? target : "")}", cancellation).ConfigureAwait(false);
            else if (unborn)
                await writer.WriteLineAsync($"unborn HEAD{target}", cancellation).ConfigureAwait(false);
        }

        foreach (var named in refs.Refs.OrderBy(r => r.Name, StringComparer.Ordinal))
        {
            if (Asked(named.Name))
                await writer.WriteLineAsync($"{named.Id} {named.Name}{(peel && named.Peeled is { } peeled ? $" peeled:{peeled}" : "")}", cancellation).ConfigureAwait(false);
        }

        await writer.WriteFlushAsync(cancellation).ConfigureAwait(false);
    }

    private async ValueTask<long?> FetchAsync(bool arguments, CancellationToken cancellation)
    {
        while (arguments && await NextArgumentAsync(cancellation).ConfigureAwait(false))
        {
            var line = reader.Line.Span;
            if (ReadCommon(line))
                continue;
            if (line.StartsWith("want "u8))
                _repeats |= !AddId(_wants, line["want "u8.Length..], limits.Wants);
            else if (line.StartsWith("have "u8))
                AddHave(line);
            else if (line.SequenceEqual("done"u8))
                _done = true;
            else if (line.SequenceEqual("include-tag"u8))
                _includeTags = true;
            else if (line.SequenceEqual("deepen-relative"u8))
                _relative = true;
            else if (!line.SequenceEqual("thin-pack"u8) && !line.SequenceEqual("ofs-delta"u8) && !line.SequenceEqual("no-progress"u8))
                throw new GitProtocolException("The request has an argument that is not known here.");
        }

        if (_wants.Count == 0)
            return null;
        await RefuseUnreachableAsync(cancellation).ConfigureAwait(false);
        await FindCommonAsync(cancellation).ConfigureAwait(false);
        if (_haves.Count != 0 && !_done)
        {
            await writer.WriteLineAsync("acknowledgments", cancellation).ConfigureAwait(false);
            if (_common.Count == 0)
                await writer.WriteLineAsync("NAK", cancellation).ConfigureAwait(false);
            foreach (var id in _common)
                await writer.WriteLineAsync($"ACK {id}", cancellation).ConfigureAwait(false);
            if (_common.Count == 0 || !await _walk.AllReachAsync(_wants, _common, cancellation).ConfigureAwait(false))
            {
                await writer.WriteFlushAsync(cancellation).ConfigureAwait(false);
                return null;
            }

            await writer.WriteLineAsync("ready", cancellation).ConfigureAwait(false);
            await writer.WriteDelimiterAsync(cancellation).ConfigureAwait(false);
        }

        var shallow = Deepens ? await DeepenAsync(cancellation).ConfigureAwait(false) : [];
        var plan = await PlanAsync(cancellation).ConfigureAwait(false);
        if (!Deepens && !LooksUpBoundary())
            shallow = plan.Boundary.FindAll(id => !_shallows.Contains(id));
        if (Deepens || shallow.Count != 0)
        {
            await writer.WriteLineAsync("shallow-info", cancellation).ConfigureAwait(false);
            await WriteShallowsAsync(shallow, cancellation).ConfigureAwait(false);
            await writer.WriteDelimiterAsync(cancellation).ConfigureAwait(false);
        }

        await writer.WriteLineAsync("packfile", cancellation).ConfigureAwait(false);
        return await SendPackAsync(plan, cancellation).ConfigureAwait(false);
    }

    // A partial clone that is told of a boundary commit looks whether it has it, lacks it, and fetches it alone before it reads on.
    // Told of it again, it would do so without end. Whole clones name their branch twice, as HEAD, or ask for tags.
    private bool LooksUpBoundary() =>
        _filter != GitFilter.None && _wants.Count == 1 && !_repeats && _haves.Count == 0 && !_includeTags && refs.Boundary.Overlaps(_wants);

    private async ValueTask<bool> NextArgumentAsync(CancellationToken cancellation) => await reader.ReadAsync(cancellation).ConfigureAwait(false) switch
    {
        PktKind.Data => true,
        PktKind.Flush => false,
        _ => throw new GitProtocolException("The request ends before its arguments do."),
    };

    private void ReadNeed(ReadOnlySpan<byte> line)
    {
        if (ReadCommon(line))
            return;
        if (!line.StartsWith("want "u8) || line.Length < "want "u8.Length + GitId.TextLength)
            throw new GitProtocolException("The request has a line that is not known here.");
        AddId(_wants, line.Slice("want "u8.Length, GitId.TextLength), limits.Wants);
        // Capabilities follow the first want.
        foreach (var word in Encoding.UTF8.GetString(line[("want "u8.Length + GitId.TextLength)..]).Split(' '))
        {
            _sideBand |= word == "side-band-64k";
            _detailed |= word == "multi_ack_detailed";
            _noDone |= word == "no-done";
            _includeTags |= word == "include-tag";
            _relative |= word == "deepen-relative";
            if (word.StartsWith("object-format=", StringComparison.Ordinal) && word != "object-format=sha1")
                throw new GitProtocolException("Objects have SHA-1 ids here.");
        }
    }

    // What the versions have in common.
    private bool ReadCommon(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("shallow "u8))
        {
            AddId(_shallows, line["shallow "u8.Length..], limits.Wants);
        }
        else if (line.StartsWith("deepen "u8))
        {
            if (!int.TryParse(line["deepen "u8.Length..], out _depth) || _depth <= 0)
                throw new GitProtocolException("The request has a depth that is none.");
        }
        else if (line.StartsWith("deepen-since "u8))
        {
            if (!long.TryParse(line["deepen-since "u8.Length..], out _since) || _since < 0)
                throw new GitProtocolException("The request has a time that is none.");
            _bySince = true;
        }
        else if (line.StartsWith("deepen-not "u8))
        {
            if (_without.Count >= limits.Wants)
                throw new GitProtocolException($"The request has more than {limits.Wants} exclusions.");
            _without.Add(FindRef(Encoding.UTF8.GetString(line["deepen-not "u8.Length..])));
            _bySince = true;
        }
        else if (line.StartsWith("filter "u8))
        {
            if (!GitFilter.TryParse(line["filter "u8.Length..], out _filter))
                throw new GitProtocolException("Filters known here are blob:none, blob:limit=<size> and tree:0.");
        }
        else
        {
            return false;
        }

        if (_depth > 0 && _bySince)
            throw new GitProtocolException("The request asks for a depth and for a time or an exclusion.");
        return true;
    }

    private void AddHave(ReadOnlySpan<byte> line)
    {
        if (_haves.Count >= limits.Haves)
            throw new GitProtocolException($"The request has more than {limits.Haves} haves.");
        _haves.Add(GitId.TryParse(line["have "u8.Length..], out var id) ? id : throw new GitProtocolException("The request has an id that is none."));
    }

    private static bool AddId(HashSet<GitId> ids, ReadOnlySpan<byte> text, int most)
    {
        if (!GitId.TryParse(text, out var id))
            throw new GitProtocolException("The request has an id that is none.");
        if (ids.Count >= most)
            throw new GitProtocolException($"The request has more than {most} ids.");
        return ids.Add(id);
    }

    // Short names mean what they mean to git: as they are, then below refs/, as tags, as branches.
    private GitId FindRef(string name)
    {
        foreach (var folder in (ReadOnlySpan<string>)["", "refs/", "refs/tags/", "refs/heads/"])
        {
            foreach (var named in refs.Refs)
            {
                if (named.Name.Length == folder.Length + name.Length && named.Name.StartsWith(folder, StringComparison.Ordinal) && named.Name.EndsWith(name, StringComparison.Ordinal))
                    return named.Id;
            }
        }

        throw new GitProtocolException("The request excludes a ref that does not exist.");
    }

    private async ValueTask RefuseUnreachableAsync(CancellationToken cancellation)
    {
        if (await _walk.FindUnreachableAsync(_wants, cancellation).ConfigureAwait(false) is { } id)
            throw new GitProtocolException($"upload-pack: not our ref {id}");
    }

    private async ValueTask FindCommonAsync(CancellationToken cancellation)
    {
        foreach (var id in _haves)
        {
            if (await _walk.FindCommitAsync(id, cancellation).ConfigureAwait(false) is not null)
                _common.Add(id);
        }
    }

    // Versions 0 and 1. Says whether a pack is to be sent now.
    private async ValueTask<bool> NegotiateAsync(CancellationToken cancellation)
    {
        GitId? last = null;
        while (true)
        {
            switch (await reader.ReadAsync(cancellation).ConfigureAwait(false))
            {
                case PktKind.Data when reader.Line.Span.StartsWith("have "u8):
                    AddHave(reader.Line.Span);
                    if (await _walk.FindCommitAsync(_haves[^1], cancellation).ConfigureAwait(false) is null)
                        break;
                    last = _haves[^1];
                    _common.Add(_haves[^1]);
                    if (_detailed)
                        await writer.WriteLineAsync($"ACK {last} common", cancellation).ConfigureAwait(false);
                    else if (_common.Count == 1)
                        await writer.WriteLineAsync($"ACK {last}", cancellation).ConfigureAwait(false);
                    break;
                case PktKind.Data when reader.Line.Span.SequenceEqual("done"u8):
                    if (last is null)
                        await writer.WriteLineAsync("NAK", cancellation).ConfigureAwait(false);
                    else if (_detailed)
                        await writer.WriteLineAsync($"ACK {last}", cancellation).ConfigureAwait(false);
                    return true;
                case PktKind.Flush:
                    var ready = _detailed && last is not null && await _walk.AllReachAsync(_wants, _common, cancellation).ConfigureAwait(false);
                    if (ready)
                        await writer.WriteLineAsync($"ACK {last} ready", cancellation).ConfigureAwait(false);
                    if (last is null || _detailed)
                        await writer.WriteLineAsync("NAK", cancellation).ConfigureAwait(false);
                    if (!ready || !_noDone)
                        return false;
                    await writer.WriteLineAsync($"ACK {last}", cancellation).ConfigureAwait(false);
                    return true;
                case PktKind.End:
                    return false;
                default:
                    throw new GitProtocolException("The request has a line that is not known here.");
            }
        }
    }

    // Finds where the client's history is to end. Returns the commits that it has to be told of.
    private async ValueTask<List<GitId>> DeepenAsync(CancellationToken cancellation)
    {
        var history = await TakeAsync(cancellation).ConfigureAwait(false);
        foreach (var id in _shallows)
        {
            if (!history.Inside.Contains(id))
                continue;
            _unshallowed.Add(id);
            if (await _walk.FindCommitAsync(id, cancellation).ConfigureAwait(false) is { } commit)
                _wants.UnionWith(commit.Parents);
        }

        _cut.UnionWith(history.Cut);
        return [.. history.Cut.Except(_shallows)];
    }

    private async ValueTask<ShallowHistory> TakeAsync(CancellationToken cancellation)
    {
        if (_bySince)
            return await _walk.TakeSinceAsync(_wants, _since, _without, cancellation).ConfigureAwait(false);
        // A client may say of any id that it is shallow there, and would be sent the parents.
        if (!_relative && _depth < int.MaxValue)
            return await _walk.TakeDepthAsync(_wants, _depth, cancellation).ConfigureAwait(false);
        var reachable = await _walk.FindReachableCommitsAsync(_shallows, cancellation).ConfigureAwait(false);
        if (_relative && reachable.Count != 0)
            return await _walk.TakeDepthAsync(reachable, _depth < int.MaxValue ? _depth + 1 : _depth, cancellation).ConfigureAwait(false);
        reachable.UnionWith(_wants);
        return await _walk.TakeDepthAsync(reachable, _depth, cancellation).ConfigureAwait(false);
    }

    private async ValueTask WriteShallowsAsync(List<GitId> shallow, CancellationToken cancellation)
    {
        foreach (var id in shallow)
            await writer.WriteLineAsync($"shallow {id}", cancellation).ConfigureAwait(false);
        foreach (var id in _unshallowed)
            await writer.WriteLineAsync($"unshallow {id}", cancellation).ConfigureAwait(false);
    }

    private ValueTask<PackPlan> PlanAsync(CancellationToken cancellation)
    {
        _cut.UnionWith(_shallows);
        return _walk.PlanAsync(new PackRequest(_wants, [.. _unshallowed, .. _common], _cut, _filter, _includeTags), cancellation);
    }

    private async ValueTask<long?> SendPackAsync(PackPlan plan, CancellationToken cancellation)
    {
        if (_sideBand && !Deepens && _common.Count != 0 && plan.Boundary.Exists(id => !_shallows.Contains(id)))
        {
            await writer.WriteBandAsync(
                2, "Part of the history is not shown here. If git rejects the update, use: git fetch --update-shallow\n"u8.ToArray(), cancellation).ConfigureAwait(false);
        }

        var output = new PackStream(writer, _sideBand, cancellation);
        await using (output.ConfigureAwait(false))
        {
            try
            {
                await WritePackAsync(plan, output, cancellation).ConfigureAwait(false);
            }
            catch (Exception fault) when (_sideBand && fault is not OperationCanceledException)
            {
                await writer.WriteBandAsync(3, "The pack could not be read to its end.\n"u8.ToArray(), cancellation).ConfigureAwait(false);
                await writer.SendAsync(cancellation).ConfigureAwait(false);
                throw;
            }

            await output.EmitAsync().ConfigureAwait(false);
        }

        if (_sideBand)
            await writer.WriteFlushAsync(cancellation).ConfigureAwait(false);
        return plan.Entries.Count;
    }

    private async ValueTask WritePackAsync(PackPlan plan, PackStream output, CancellationToken cancellation)
    {
        var pack = new GitPackWriter(output, (uint)plan.Entries.Count);
        await using (pack.ConfigureAwait(false))
        {
            foreach (var entry in plan.Entries)
            {
                if (entry.Type != GitObjectType.Blob)
                {
                    var found = await view.ReadAsync(entry.Id, cancellation).ConfigureAwait(false) ?? throw Gone(entry.Id);
                    await pack.WriteAsync(entry.Type, found.Content, cancellation).ConfigureAwait(false);
                    continue;
                }

                var blob = await view.OpenBlobAsync(entry.Id, cancellation).ConfigureAwait(false) ?? throw Gone(entry.Id);
                await using (blob.Content.ConfigureAwait(false))
                    await pack.WriteBlobAsync(blob, cancellation).ConfigureAwait(false);
            }

            await pack.FinishAsync(cancellation).ConfigureAwait(false);
        }
    }

    private static InvalidDataException Gone(GitId id) => new($"Object {id} is reachable, and the view does not have it.");

    // Puts what is written into packets of side band 1. Keeps the request's token: a compressor that is disposed of passes none.
    private sealed class PackStream(PktLineWriter writer, bool sideBand, CancellationToken request) : WriteOnlyStream
    {
        private byte[] _buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(PktLineWriter.MaxBandContent);
        private int _used;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            request.ThrowIfCancellationRequested();
            while (!buffer.IsEmpty)
            {
                var part = Math.Min(buffer.Length, PktLineWriter.MaxBandContent - _used);
                buffer[..part].Span.CopyTo(_buffer.AsSpan(_used));
                _used += part;
                buffer = buffer[part..];
                if (_used == PktLineWriter.MaxBandContent)
                    await EmitAsync().ConfigureAwait(false);
            }
        }

        public async ValueTask EmitAsync()
        {
            var content = _buffer.AsMemory(0, _used);
            _used = 0;
            if (content.IsEmpty)
                return;
            if (sideBand)
                await writer.WriteBandAsync(1, content, request).ConfigureAwait(false);
            else
                await writer.WriteRawAsync(content, request).ConfigureAwait(false);
        }

        protected override void Dispose(bool disposing)
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
            base.Dispose(disposing);
        }
    }
}
