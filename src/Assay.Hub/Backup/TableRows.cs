using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Assay.Hub.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Assay.Hub.Backup;

/// <summary>
/// The rows of one table as JSON lines that both databases can read: one object a line, members by the names of the model. Times are UTC in
/// ISO 8601 to a tenth of a microsecond, bytes are Base64, enums are words. One row is in memory at a time.
/// </summary>
internal sealed class TableRows
{
    private const int MaxLine = 512 << 20;
    private const int RowsPerSave = 500;
    private const long BytesPerSave = 16 << 20;

    private readonly IEntityType _type;
    private readonly IProperty[] _columns;

    private TableRows(IEntityType type)
    {
        _type = type;
        // Row numbers that only an index of the database refers to are given anew.
        _columns = [.. type.GetProperties().Where(static p => p.PropertyInfo is not null && !(p.ValueGenerated == ValueGenerated.OnAdd && p.ClrType == typeof(long)))];
    }

    /// <summary>The table's name.</summary>
    public string Name => _type.GetTableName()!;

    /// <summary>
    /// All tables of a backup. Bundles of chunks are left out: they only spare clients a part of an upload, and clients send again what the
    /// hub does not know.
    /// </summary>
    public static IReadOnlyList<TableRows> Of(HubDb db) =>
        [.. db.Model.GetEntityTypes().Where(static t => t.ClrType != typeof(Blobs.Xorb) && t.GetTableName() is not null).OrderBy(static t => t.GetTableName(), StringComparer.Ordinal).Select(static t => new TableRows(t))];

    /// <summary>Writes all rows.</summary>
    /// <returns>How many.</returns>
    public async Task<long> WriteAsync(HubDb db, Stream to, CancellationToken cancellation)
    {
        long count = 0;
        var buffer = new ArrayBufferWriter<byte>(64 << 10);
        var json = new Utf8JsonWriter(buffer);
        await using (json.ConfigureAwait(false))
        {
            await foreach (var row in Rows(db).WithCancellation(cancellation).ConfigureAwait(false))
            {
                json.WriteStartObject();
                foreach (var column in _columns)
                {
                    json.WritePropertyName(column.Name);
                    WriteValue(json, column.GetGetter().GetClrValue(row));
                }

                json.WriteEndObject();
                json.Flush();
                json.Reset();
                buffer.Write("\n"u8);
                count++;
                if (buffer.WrittenCount >= 64 << 10)
                    await DrainAsync().ConfigureAwait(false);
            }

            await DrainAsync().ConfigureAwait(false);
        }

        return count;

        async Task DrainAsync()
        {
            await to.WriteAsync(buffer.WrittenMemory, cancellation).ConfigureAwait(false);
            buffer.ResetWrittenCount();
        }
    }

    /// <summary>Adds rows to a table; part of the caller's transaction.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="InvalidDataException">A line is no row of this table.</exception>
    public async Task<long> ReadAsync(HubDb db, Stream from, CancellationToken cancellation)
    {
        long count = 0, bytes = 0;
        await foreach (var line in LinesAsync(from, cancellation).ConfigureAwait(false))
        {
            db.Add(ReadRow(line.Span, count + 1));
            count++;
            bytes += line.Length;
            if (count % RowsPerSave != 0 && bytes < BytesPerSave)
                continue;
            await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
            db.ChangeTracker.Clear();
            bytes = 0;
        }

        await db.SaveChangesAsync(cancellation).ConfigureAwait(false);
        db.ChangeTracker.Clear();
        return count;
    }

    private IAsyncEnumerable<object> Rows(HubDb db)
    {
        var rows = typeof(TableRows).GetMethod(nameof(RowsOf), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!.MakeGenericMethod(_type.ClrType);
        return (IAsyncEnumerable<object>)rows.Invoke(null, [db])!;
    }

    private static IAsyncEnumerable<object> RowsOf<T>(HubDb db)
        where T : class => db.Set<T>().AsNoTracking().AsAsyncEnumerable();

    private object ReadRow(ReadOnlySpan<byte> line, long number)
    {
        // Every column is set, so that no constructor is needed to fill the rest.
        var row = RuntimeHelpers.GetUninitializedObject(_type.ClrType);
        try
        {
            var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = 4 });
            using var document = JsonDocument.ParseValue(ref reader);
            foreach (var column in _columns)
            {
                if (!document.RootElement.TryGetProperty(column.Name, out var value))
                    throw new InvalidDataException($"The backup's table {Name} lacks {column.Name} in line {number}.");
                var clr = ReadValue(value, column.ClrType);
                if (clr is null && !column.IsNullable)
                    throw new InvalidDataException($"The backup's table {Name} lacks {column.Name} in line {number}.");
                column.PropertyInfo!.SetValue(row, clr);
            }
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            throw new InvalidDataException($"The backup's table {Name} is damaged in line {number}.", e);
        }

        return row;
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number:
                json.WriteNumberValue(number);
                break;
            case byte[] bytes:
                json.WriteBase64StringValue(bytes);
                break;
            case Guid id:
                json.WriteStringValue(id);
                break;
            case DateTimeOffset time:
                json.WriteStringValue(time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
                break;
            case Enum word:
                json.WriteStringValue(word.ToString());
                break;
            default:
                throw new NotSupportedException($"A backup has no form for {value.GetType().Name}.");
        }
    }

    private static object? ReadValue(JsonElement value, Type type)
    {
        if (value.ValueKind == JsonValueKind.Null)
            return null;
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(string) ? value.GetString()
            : type == typeof(bool) ? value.GetBoolean()
            : type == typeof(int) ? value.GetInt32()
            : type == typeof(long) ? value.GetInt64()
            : type == typeof(double) ? value.GetDouble()
            : type == typeof(byte[]) ? value.GetBytesFromBase64()
            : type == typeof(Guid) ? value.GetGuid()
            : type == typeof(DateTimeOffset) ? value.GetDateTimeOffset().ToUniversalTime()
            : type.IsEnum ? Enum.Parse(type, value.GetString()!, ignoreCase: false)
            : throw new NotSupportedException($"A backup has no form for {type.Name}.");
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> LinesAsync(Stream from, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var buffer = new byte[256 << 10];
        var (start, end) = (0, 0);
        while (true)
        {
            var at = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (at >= 0)
            {
                yield return buffer.AsMemory(start, at);
                start += at + 1;
                continue;
            }

            if (start > 0)
            {
                buffer.AsSpan(start, end - start).CopyTo(buffer);
                (start, end) = (0, end - start);
            }

            if (end == buffer.Length)
            {
                if (buffer.Length >= MaxLine)
                    throw new InvalidDataException("A line of the backup is longer than any that was written.");
                Array.Resize(ref buffer, buffer.Length * 2);
            }

            var read = await from.ReadAsync(buffer.AsMemory(end), cancellation).ConfigureAwait(false);
            if (read == 0)
            {
                if (end > 0)
                    throw new InvalidDataException("A table of the backup ends in the middle of a line.");
                yield break;
            }

            end += read;
        }
    }
}
