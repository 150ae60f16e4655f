namespace Assay.Formats;

/// <summary>Tells the protobuf models apart by the first fields of their messages (wire format of protobuf, no schema needed).</summary>
internal static class ProtobufProbe
{
    internal static KnownFormat? Recognise(in FileEdges edges)
    {
        var head = edges.Head;
        if (head.Length < 6)
            return null;
        if (head[0] == 0x0A)
        {
            if (IsSentencePiece(edges))
                return new KnownFormat(FormatId.SentencePiece, FormatDisposition.Inert);
            if (IsGraph(head, edges.Length))
                return new KnownFormat(FormatId.TfGraph, FormatDisposition.Unsupported);
            return IsPaddle(head, edges.Length) ? new KnownFormat(FormatId.Paddle, FormatDisposition.Unsupported) : null;
        }

        return head[0] == 0x08 ? WithVersion(edges) : null;
    }

    /// <summary>Messages that start with a version: ONNX (ir_version), SavedModel (schema version), Core ML (specification version).</summary>
    private static KnownFormat? WithVersion(in FileEdges edges)
    {
        var head = edges.Head;
        var at = 0;
        var seen = 0UL;
        var fields = 0;
        var readable = false;
        var nested = false;
        while (at < head.Length)
        {
            var start = at;
            if (!Varint(head, ref at, out var tag))
                break;
            var field = tag >> 3;
            if (field is 0 or > 3000)
                return null;
            switch (tag & 7)
            {
                case 0:
                    if (!Varint(head, ref at, out var value))
                        return null;
                    if (start == 0 && value is 0 or > 64)
                        return null;
                    break;
                case 2:
                    if (!Varint(head, ref at, out var length))
                        return null;
                    if (length > (ulong)(edges.Length - at))
                        return null;
                    if (field == 2)
                    {
                        var text = head.Slice(at, (int)Math.Min(length, (ulong)(head.Length - at)));
                        readable = !text.ContainsAnyExceptInRange((byte)' ', (byte)'~');
                        nested = !readable && text.Length > 1 && text[0] is 0x0A or 0x12 or 0x52 or 0x5A;
                    }

                    at = length > (ulong)(head.Length - at) ? head.Length : at + (int)length;
                    break;
                default:
                    return null;
            }

            fields++;
            if (field < 64)
                seen |= 1UL << (int)field;
            else if (field is >= 200 and <= 3000 && nested)
                return new KnownFormat(FormatId.CoreMl, FormatDisposition.Unsupported);
        }

        if (fields < 2)
            return null;
        // ModelProto: producer 2 and 3, graph 7, opset 8; nothing outside 1-8, 14, 20, 25, 26.
        const ulong Onnx = 0x1FEUL | (1UL << 14) | (1UL << 20) | (1UL << 25) | (1UL << 26);
        if ((seen & ~Onnx) == 0 && ((seen & (1UL << 7)) != 0 || (readable && fields > 1)) && !nested)
            return new KnownFormat(FormatId.Onnx, FormatDisposition.Unsupported);
        return nested && seen == 0b110
            ? new KnownFormat(head[1] == 1 ? FormatId.TfSavedModel : FormatId.CoreMl, FormatDisposition.Unsupported)
            : null;
    }

    /// <summary>Pieces {1: text, 2: float score, 3: type}, one after the other (<c>sentencepiece_model.proto</c>).</summary>
    private static bool IsSentencePiece(in FileEdges edges)
    {
        var head = edges.Head;
        var at = 0;
        var pieces = 0;
        while (at < head.Length)
        {
            if (head[at] != 0x0A)
                return pieces >= 3 && head[at] is 0x12 or 0x1A or 0x22 or 0x2A;
            at++;
            if (!Varint(head, ref at, out var length) || length > 1024)
                return false;
            if (at + (int)length > head.Length)
                return pieces >= 3 && edges.Length > head.Length;
            var piece = head.Slice(at, (int)length);
            at += (int)length;
            var inner = 1;
            if (piece.Length < 2 || piece[0] != 0x0A || !Varint(piece, ref inner, out var text) || inner + (int)Math.Min(text, 4096) > piece.Length
                || !System.Text.Unicode.Utf8.IsValid(piece.Slice(inner, (int)text)))
            {
                return false;
            }

            inner += (int)text;
            if (piece.Length - inner is not (0 or 2 or 5 or 7) || (piece.Length - inner >= 5 && piece[inner] != 0x15))
                return false;
            pieces++;
        }

        return pieces >= 3;
    }

    /// <summary>GraphDef: field 1, nodes {1: name, 2: operation}.</summary>
    private static bool IsGraph(ReadOnlySpan<byte> head, long length)
    {
        var at = 1;
        if (!Varint(head, ref at, out var node) || node < 4 || node > (ulong)(length - at) || head.Length <= at || head[at] != 0x0A)
            return false;
        at++;
        if (!Varint(head, ref at, out var name) || name is 0 or > 1024 || at + (int)name + 3 > head.Length
            || head.Slice(at, (int)name).ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            return false;
        }

        at += (int)name;
        if (head[at++] != 0x12 || !Varint(head, ref at, out var op) || op is 0 or > 128 || at + (int)op > head.Length)
            return false;
        return !head.Slice(at, (int)op).ContainsAnyExceptInRange((byte)'!', (byte)'~');
    }

    /// <summary>ProgramDesc: field 1, blocks {1: index 0, 2: parent}.</summary>
    private static bool IsPaddle(ReadOnlySpan<byte> head, long length)
    {
        var at = 1;
        return Varint(head, ref at, out var block) && block <= (ulong)(length - at) && head.Length > at + 4
            && head[at] == 0x08 && head[at + 1] == 0 && head[at + 2] == 0x10;
    }

    private static bool Varint(ReadOnlySpan<byte> bytes, ref int at, out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (at >= bytes.Length)
                return false;
            var b = bytes[at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
                return true;
        }

        return false;
    }
}
