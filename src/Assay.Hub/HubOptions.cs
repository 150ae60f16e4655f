namespace Assay.Hub;

/// <summary>Settings of a hub.</summary>
public sealed record HubOptions
{
    /// <summary>The folder of everything that the hub keeps.</summary>
    public required string DataFolder { get; init; }

    /// <summary>PostgreSQL's address; null for SQLite in the data folder.</summary>
    public string? Database { get; init; }

    /// <summary>Path of the policy file; null for the balanced profile.</summary>
    public string? PolicyFile { get; init; }

    /// <summary>Largest file, in bytes.</summary>
    public long MaxFileBytes { get; init; } = 500L << 30;

    /// <summary>Largest file that is kept in git itself, in bytes (source: the protocol's 10 MiB).</summary>
    public long MaxRegularBytes { get; init; } = 10 << 20;

    /// <summary>Files of more bytes than this are uploaded in parts by clients that can, so that a broken connection costs one part.</summary>
    public long MultipartFrom { get; init; } = 2L << 30;

    /// <summary>Length of such a part, in bytes; longer where there would be more than 9,000 of them.</summary>
    public long PartBytes { get; init; } = 256 << 20;

    /// <summary>Largest commit request, in bytes.</summary>
    public long MaxCommitBytes { get; init; } = 200 << 20;

    /// <summary>Operations in a commit.</summary>
    public int MaxCommitOperations { get; init; } = 25_000;

    /// <summary>Files in a revision.</summary>
    public int MaxFiles { get; init; } = 100_000;

    /// <summary>Bytes of all contents of one account; null for no limit.</summary>
    public long? AccountQuotaBytes { get; init; }

    /// <summary>Space that must stay free on the disk, in bytes: below it nothing is taken in.</summary>
    public long MinFreeBytes { get; init; } = 1L << 30;

    /// <summary>How long a commit waits for its verdict, so that a small upload is admitted before its client looks.</summary>
    public TimeSpan VerdictWait { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Revisions vetted at a time; 0 for one per two processors, at least one.</summary>
    public int Workers { get; init; }

    /// <summary>How long a worker has for a revision before another may take it.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long the ledger keeps downloads; null for ever.</summary>
    public TimeSpan? LedgerRetention { get; init; } = TimeSpan.FromDays(400);

    /// <summary>Path of the list of address ranges where machines are rented; null for none.</summary>
    public string? HostingRangesFile { get; init; }

    /// <summary>How long an upload may wait for its commit before it is swept away.</summary>
    public TimeSpan UploadRetention { get; init; } = TimeSpan.FromDays(2);

    /// <summary>How long bundles of chunks are kept; clients refer to them for three weeks (source: hf_xet).</summary>
    public TimeSpan XorbRetention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Whether users may register themselves.</summary>
    public bool OpenRegistration { get; init; }

    /// <summary>How publishers prove who they are.</summary>
    public Publishers.PublisherOptions Publishers { get; init; } = new();
}
