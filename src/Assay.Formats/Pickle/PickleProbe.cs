using System.Buffers.Binary;

namespace Assay.Formats;

/// <summary>
/// Tells from the first bytes whether they are a pickle, by a bounded trial run that follows arguments and stack depth: text pickles
/// have no magic, and two bytes of magic occur by chance in raw tensors.
/// </summary>
internal static class PickleProbe
{
    private const int MaxSteps = 64;

    /// <summary>
    /// Runs up to 64 opcodes over <paramref name="head"/>, the start of <paramref name="length"/> bytes. Strong: an import was decoded, or
    /// a stream with protocol mark went well. Weak: plain data that is also a valid stream, or a protocol mark before trouble.
    /// </summary>
    public static MatchStrength Probe(ReadOnlySpan<byte> head, long length)
    {
        if (head.Length < 2)
            return MatchStrength.None;
        var marked = head[0] == PickleOpcode.Proto && head[1] <= 5;
        if (head[0] == PickleOpcode.Proto && !marked)
            return MatchStrength.None;
        var at = 0;
        var depth = 0;
        var marks = 0;
        var imported = false;
        var acted = false;
        var text = false;
        var steps = 0;
        var trouble = false;
        var stopped = false;
        var ranOut = false;
        Span<int> markDepths = stackalloc int[MaxSteps];
        for (; steps < MaxSteps && !stopped && !trouble; steps++)
        {
            if (at >= head.Length)
            {
                ranOut = true;
                break;
            }

            var opcode = head[at++];
            var rest = head[at..];
            long argument = 0;
            var pops = 0;
            var pushes = 0;
            switch (opcode)
            {
                case PickleOpcode.Stop:
                    stopped = true;
                    trouble = depth < 1;
                    break;
                case PickleOpcode.Mark:
                    markDepths[marks++] = depth;
                    break;
                case PickleOpcode.None or PickleOpcode.NewTrue or PickleOpcode.NewFalse or PickleOpcode.EmptyDict or PickleOpcode.EmptyList
                    or PickleOpcode.EmptySet or PickleOpcode.EmptyTuple or PickleOpcode.NextBuffer:
                    pushes = 1;
                    break;
                case PickleOpcode.BinInt1:
                    (argument, pushes) = (1, 1);
                    break;
                case PickleOpcode.BinInt2:
                    (argument, pushes) = (2, 1);
                    break;
                case PickleOpcode.BinInt:
                    (argument, pushes) = (4, 1);
                    break;
                case PickleOpcode.BinFloat:
                    (argument, pushes) = (8, 1);
                    break;
                case PickleOpcode.ShortBinBytes or PickleOpcode.ShortBinString or PickleOpcode.ShortBinUnicode or PickleOpcode.Long1:
                    argument = rest.Length > 0 ? 1 + rest[0] : 1;
                    pushes = 1;
                    text |= opcode == PickleOpcode.ShortBinUnicode;
                    break;
                case PickleOpcode.BinBytes or PickleOpcode.BinString or PickleOpcode.BinUnicode or PickleOpcode.Long4:
                    argument = rest.Length >= 4 ? 4L + BinaryPrimitives.ReadUInt32LittleEndian(rest) : 4;
                    pushes = 1;
                    text |= opcode == PickleOpcode.BinUnicode;
                    break;
                case PickleOpcode.BinBytes8 or PickleOpcode.BinUnicode8 or PickleOpcode.ByteArray8:
                    argument = rest.Length >= 8 ? (long)Math.Min(long.MaxValue / 2, 8 + BinaryPrimitives.ReadUInt64LittleEndian(rest)) : 8;
                    pushes = 1;
                    break;
                case PickleOpcode.Proto:
                    argument = 1;
                    trouble = rest.Length > 0 && rest[0] > 5;
                    break;
                case PickleOpcode.Frame:
                    argument = 8;
                    break;
                case PickleOpcode.Int or PickleOpcode.Long or PickleOpcode.Float:
                    {
                        argument = Line(rest, out var line);
                        pushes = 1;
                        if (line.Length > 0 && line[^1] == 'L')
                            line = line[..^1];
                        trouble = argument > 0 && !(opcode == PickleOpcode.Float ? PickleNumbers.IsFloat(line, out _) : PickleNumbers.TryParseInteger(line, 0, out _, out _));
                        break;
                    }

                case PickleOpcode.String:
                    {
                        argument = Line(rest, out var line);
                        pushes = 1;
                        trouble = line.Length < 1 || line[0] is not ((byte)'"' or (byte)'\'') || (argument > 0 && (line.Length < 2 || line[^1] != line[0]));
                        text = true;
                        break;
                    }

                case PickleOpcode.Unicode:
                    argument = Line(rest, out _);
                    pushes = 1;
                    text = true;
                    break;
                case PickleOpcode.PersId:
                    {
                        argument = Line(rest, out var line);
                        pushes = 1;
                        trouble = line.ContainsAnyExceptInRange((byte)' ', (byte)'~');
                        break;
                    }

                case PickleOpcode.Put or PickleOpcode.Get:
                    {
                        argument = Line(rest, out var line);
                        trouble = argument > 0 && !PickleNumbers.TryParseInteger(line, 10, out _, out _);
                        if (opcode == PickleOpcode.Get)
                            pushes = 1;
                        else
                            trouble |= depth < 1;
                        break;
                    }

                case PickleOpcode.Global or PickleOpcode.Inst:
                    {
                        var first = Line(rest, out var module);
                        if (first == 0)
                        {
                            argument = 0;
                            trouble = !IsName(module);
                            imported |= !trouble && rest.Length < 256 && module.Length > 1;
                            break;
                        }

                        var second = Line(rest[first..], out var name);
                        trouble = !IsName(module) || !IsName(name);
                        imported |= !trouble;
                        argument = second == 0 ? 0 : first + second;
                        if (opcode == PickleOpcode.Inst && !trouble)
                        {
                            trouble = marks == 0;
                            acted |= !trouble;
                            if (!trouble)
                                depth = markDepths[--marks];
                        }

                        pushes = 1;
                        break;
                    }

                case PickleOpcode.BinPut or PickleOpcode.LongBinPut:
                    argument = opcode == PickleOpcode.BinPut ? 1 : 4;
                    trouble = depth < 1;
                    break;
                case PickleOpcode.BinGet or PickleOpcode.LongBinGet:
                    argument = opcode == PickleOpcode.BinGet ? 1 : 4;
                    pushes = 1;
                    break;
                case PickleOpcode.Memoize or PickleOpcode.ReadOnlyBuffer:
                    trouble = depth < 1;
                    break;
                case PickleOpcode.Dup:
                    trouble = depth < 1;
                    pushes = 1;
                    break;
                case PickleOpcode.Pop:
                    if (marks > 0 && markDepths[marks - 1] == depth)
                        marks--;
                    else
                        pops = 1;
                    break;
                case PickleOpcode.StackGlobal:
                    (pops, pushes) = (2, 1);
                    imported |= depth >= 2;
                    break;
                case PickleOpcode.Reduce or PickleOpcode.NewObj or PickleOpcode.Build or PickleOpcode.Append:
                    (pops, pushes) = (2, 1);
                    acted |= depth >= 2 && opcode != PickleOpcode.Append;
                    break;
                case PickleOpcode.NewObjEx or PickleOpcode.SetItem:
                    (pops, pushes) = (3, 1);
                    break;
                case PickleOpcode.Tuple1:
                    (pops, pushes) = (1, 1);
                    break;
                case PickleOpcode.Tuple2:
                    (pops, pushes) = (2, 1);
                    break;
                case PickleOpcode.Tuple3:
                    (pops, pushes) = (3, 1);
                    break;
                case PickleOpcode.Tuple or PickleOpcode.List or PickleOpcode.Dict or PickleOpcode.FrozenSet or PickleOpcode.Obj or PickleOpcode.PopMark
                    or PickleOpcode.Appends or PickleOpcode.SetItems or PickleOpcode.AddItems:
                    if (marks == 0)
                    {
                        trouble = true;
                        break;
                    }

                    depth = markDepths[--marks];
                    if (opcode is PickleOpcode.Appends or PickleOpcode.SetItems or PickleOpcode.AddItems)
                        trouble = depth < 1;
                    else
                        pushes = opcode == PickleOpcode.PopMark ? 0 : 1;
                    acted |= opcode == PickleOpcode.Obj;
                    break;
                case PickleOpcode.Ext1:
                    (argument, pushes) = (1, 1);
                    break;
                case PickleOpcode.Ext2:
                    (argument, pushes) = (2, 1);
                    break;
                case PickleOpcode.Ext4:
                    (argument, pushes) = (4, 1);
                    break;
                case PickleOpcode.BinPersId:
                    (pops, pushes) = (1, 1);
                    break;
                default:
                    trouble = true;
                    break;
            }

            if (trouble)
                break;
            if (depth - pops < (marks > 0 ? markDepths[marks - 1] : 0))
            {
                trouble = true;
                break;
            }

            depth += pushes - pops;
            if (argument > length - at)
            {
                // A length that lies ends the trial; what was seen decides.
                trouble = true;
                break;
            }

            if (argument > rest.Length || (argument == 0 && opcode is PickleOpcode.Int or PickleOpcode.Long or PickleOpcode.Float or PickleOpcode.String
                or PickleOpcode.Unicode or PickleOpcode.PersId or PickleOpcode.Put or PickleOpcode.Get or PickleOpcode.Global or PickleOpcode.Inst))
            {
                ranOut = true;
                break;
            }

            at += (int)argument;
        }

        if (imported && (marked || acted || (stopped && !trouble)))
            return MatchStrength.Strong;
        if (imported && !trouble)
            return MatchStrength.Weak;
        if (trouble)
            return marked && steps >= 2 ? MatchStrength.Weak : MatchStrength.None;
        if (marked)
            return stopped || steps >= 6 || (ranOut && steps >= 2) ? MatchStrength.Strong : MatchStrength.Weak;
        if (stopped)
            return MatchStrength.Weak;
        return steps >= 16 || (ranOut && (text || steps >= 4)) ? MatchStrength.Weak : MatchStrength.None;
    }

    /// <summary>Length of the line with its feed, 0 when the head ends before it.</summary>
    private static int Line(ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> line)
    {
        var feed = rest.IndexOf((byte)'\n');
        line = feed < 0 ? rest : rest[..feed];
        return feed + 1;
    }

    private static bool IsName(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.Length > 512 || name[0] is >= (byte)'0' and <= (byte)'9' or (byte)'.')
            return false;
        foreach (var b in name)
        {
            if (b is not ((>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z') or (>= (byte)'0' and <= (byte)'9') or (byte)'_' or (byte)'.' or (byte)'<' or (byte)'>' or >= 0x80 or (byte)'\\'))
                return false;
        }

        return true;
    }
}
