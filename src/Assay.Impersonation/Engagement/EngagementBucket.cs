namespace Assay.Impersonation.Engagement;

/// <summary>What one repository saw in one span of time, five minutes to an hour long. Counts are totals of the span; shares lie between 0 and 1.</summary>
public sealed record EngagementBucket
{
    /// <summary>When the span began.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>How long the span is.</summary>
    public TimeSpan Length { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Counted requests: every GET or HEAD of the query file, repeats included.</summary>
    public long Requests { get; init; }

    /// <summary>Distinct client networks (IPv4 /24, IPv6 /48) among the requests.</summary>
    public long Networks { get; init; }

    /// <summary>Networks among these that had never asked for this repository before.</summary>
    public long NewNetworks { get; init; }

    /// <summary>
    /// Clients that received at least 95 % of the bytes of one weight file, counted in the span of their first request: a download that is still running counts
    /// at once and is taken back when it ends early, since otherwise the first minutes of an honest launch look like requests that nobody follows up.
    /// </summary>
    public long Payloads { get; init; }

    /// <summary>Payloads of signed-in accounts.</summary>
    public long SignedIn { get; init; }

    /// <summary>New likes.</summary>
    public long Likes { get; init; }

    /// <summary>Likes by accounts younger than seven days.</summary>
    public long YoungLikes { get; init; }

    /// <summary>Share of the requests that came from the busiest network.</summary>
    public double TopNetworkShare { get; init; }

    /// <summary>Share of HEAD requests and requests of small files.</summary>
    public double HeadShare { get; init; }

    /// <summary>Share of the requests that came from known hosting ranges.</summary>
    public double HostingShare { get; init; }
}

/// <summary>What the hub knows about the repository beside its traffic.</summary>
public sealed record RepositoryStanding
{
    /// <summary>The publisher's level, 0 (new) to 4 (proves a domain and signs).</summary>
    public int PublisherLevel { get; init; }

    /// <summary>Age of the repository when the bucket began.</summary>
    public TimeSpan RepositoryAge { get; init; }

    /// <summary>Strength of its likeness to a protected repository, in the units of the evidence sum; 0 when it resembles nothing.</summary>
    public double Resemblance { get; init; }

    /// <summary>Whether programs lie beside the weights.</summary>
    public bool HasPrograms { get; init; }

    /// <summary>Share of accounts younger than seven days among all likers of the hub; see <see cref="YoungLikerShare"/>.</summary>
    public double HubYoungShare { get; init; } = YoungLikerShare.Start;

    /// <summary>Whether people talk about it or link to it: discussions, referrers from elsewhere. Null when the hub does not know.</summary>
    public bool? IsTalkedAbout { get; init; }

    /// <summary>Whether a group of accounts acting in lockstep (<see cref="LikeLockstep"/>) has liked it.</summary>
    public bool HasLockstepLikes { get; init; }

    /// <summary>Whether its publisher, or its age under a known publisher, has earned the milder treatment.</summary>
    public bool IsVetted => PublisherLevel >= 2 || (PublisherLevel == 1 && RepositoryAge > TimeSpan.FromDays(45));
}
