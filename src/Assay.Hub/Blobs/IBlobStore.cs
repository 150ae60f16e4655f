using Assay.Formats;

namespace Assay.Hub.Blobs;

/// <summary>
/// Contents by their SHA-256. A content is there whole or not at all, whenever the process ends. Names are chosen by the store; nobody else
/// knows paths or keys.
/// </summary>
public interface IBlobStore
{
    /// <summary>Begins to take in a content.</summary>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Where to write it; dispose to give up.</returns>
    /// <exception cref="IOException">There is no space, or the disk fails.</exception>
    Task<BlobStage> StageAsync(CancellationToken cancellation);

    /// <summary>Makes a staged content one of the store. The same content twice is one.</summary>
    /// <param name="stage">Written to its end.</param>
    /// <param name="sha256">Its digest, which the caller has computed while writing.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Whether it was new.</returns>
    Task<bool> KeepAsync(BlobStage stage, string sha256, CancellationToken cancellation);

    /// <summary>Length of a content in bytes; null when it is not there.</summary>
    Task<long?> LengthAsync(string sha256, CancellationToken cancellation);

    /// <summary>Opens a content for reading from its start.</summary>
    /// <returns>A stream that can seek; null when it is not there.</returns>
    Task<Stream?> OpenAsync(string sha256, CancellationToken cancellation);

    /// <summary>Opens a content for reading at random, as the scanner does.</summary>
    /// <returns>Null when it is not there.</returns>
    Task<ByteSource?> OpenSourceAsync(string sha256, CancellationToken cancellation);

    /// <summary>The file that holds a content, where there is one that can be sent by the operating system itself; null otherwise.</summary>
    string? FileOf(string sha256);

    /// <summary>Removes a content. Nothing happens when it is not there.</summary>
    Task DeleteAsync(string sha256, CancellationToken cancellation);

    /// <summary>Removes a content, unless it was stored anew meanwhile.</summary>
    /// <param name="sha256">Its digest.</param>
    /// <param name="storedAt">When it was stored, as <see cref="ListAsync"/> said.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Whether it was there and is gone.</returns>
    Task<bool> DeleteAsync(string sha256, DateTimeOffset storedAt, CancellationToken cancellation);

    /// <summary>All contents that are there.</summary>
    IAsyncEnumerable<(string Sha256, long Length, DateTimeOffset StoredAt)> ListAsync(CancellationToken cancellation);

    /// <summary>Bytes that can still be stored; null when that is not known.</summary>
    long? FreeBytes();

    /// <summary>Removes what was begun and never finished.</summary>
    /// <param name="olderThan">Younger ones may still be written to.</param>
    /// <param name="cancellation">Stops it.</param>
    Task SweepStagesAsync(DateTimeOffset olderThan, CancellationToken cancellation);
}

/// <summary>A content on its way in. Disposing it without keeping it removes it.</summary>
public abstract class BlobStage : IAsyncDisposable
{
    /// <summary>Where to write.</summary>
    public abstract Stream Stream { get; }

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
