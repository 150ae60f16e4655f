namespace Assay.Impersonation.Engagement;

/// <summary>One like.</summary>
public readonly record struct LikeFact(Guid Account, Guid Repository, DateTimeOffset At);

/// <summary>Accounts that acted as one.</summary>
/// <param name="Accounts">At least <see cref="LikeLockstep.GroupSize"/>, sorted.</param>
/// <param name="Repositories">What they liked together: at least <see cref="LikeLockstep.SharedTargets"/>, sorted.</param>
public sealed record LockstepGroup(IReadOnlyList<Guid> Accounts, IReadOnlyList<Guid> Repositories);

/// <summary>
/// Finds groups of accounts that like the same repositories within the same hours: what a seller of likes leaves behind, whatever the age of the accounts. An
/// account is the set of its (repository, six-hour slot) pairs; a min-hash of 32 values in 16 bands brings alike sets together, and each gathering is then
/// checked exactly. Holds the latest likes only, so that memory is bounded. Not safe for concurrent use.
/// </summary>
/// <param name="capacity">How many likes are remembered; the oldest is forgotten first. A like takes about 100 bytes.</param>
public sealed class LikeLockstep(int capacity = 200_000)
{
    /// <summary>Accounts that make a group.</summary>
    public const int GroupSize = 15;

    /// <summary>Repositories that they must share.</summary>
    public const int SharedTargets = 3;

    private const int Bands = 16;
    private const int Rows = 2;
    private const int MostPerAccount = 64;
    private const double OwnShare = 0.5; // of an account's likes lie among the shared ones
    private const double SlotShare = 0.2; // of all likes of a shared repository in its hours come from the group
    private static readonly TimeSpan Slot = TimeSpan.FromHours(6);

    private readonly Queue<LikeFact> _likes = new();

    /// <summary>Remembers a like.</summary>
    public void Add(LikeFact like)
    {
        if (_likes.Count >= int.Max(1, capacity))
            _likes.Dequeue();
        _likes.Enqueue(like);
    }

    /// <summary>All groups among the remembered likes; an account appears in one group at most. Takes time in proportion to the likes.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IReadOnlyList<LockstepGroup> FindGroups(CancellationToken cancellation)
    {
        var groups = new List<LockstepGroup>();
        var taken = new HashSet<Guid>();
        // A burst that straddles the border of a slot lies inside one slot of the grid that is shifted by half.
        foreach (var shift in (ReadOnlySpan<TimeSpan>)[TimeSpan.Zero, Slot / 2])
        {
            var sets = new Dictionary<Guid, HashSet<SlotKey>>();
            var likesOf = new Dictionary<SlotKey, int>();
            foreach (var like in _likes)
            {
                var key = new SlotKey(like.Repository, (like.At.UtcTicks + shift.Ticks) / Slot.Ticks);
                likesOf[key] = likesOf.GetValueOrDefault(key) + 1;
                if (!sets.TryGetValue(like.Account, out var set))
                    sets.Add(like.Account, set = []);
                if (set.Count < MostPerAccount)
                    set.Add(key);
            }

            Gather(sets, likesOf, taken, groups, cancellation);
        }

        return groups;
    }

    private static void Gather(
        Dictionary<Guid, HashSet<SlotKey>> sets, Dictionary<SlotKey, int> likesOf, HashSet<Guid> taken, List<LockstepGroup> groups, CancellationToken cancellation)
    {
        Span<ulong> signature = stackalloc ulong[Bands * Rows];
        var gatherings = new Dictionary<ulong, List<Guid>>();
        foreach (var (account, set) in sets)
        {
            if (set.Count < SharedTargets || taken.Contains(account))
                continue;
            cancellation.ThrowIfCancellationRequested();
            signature.Fill(ulong.MaxValue);
            foreach (var key in set)
            {
                var hash = key.Hash();
                for (var i = 0; i < signature.Length; i++)
                    signature[i] = ulong.Min(signature[i], Mix(hash + ((ulong)i * 0x9E3779B97F4A7C15)));
            }

            for (var band = 0; band < Bands; band++)
            {
                var bucket = Mix(signature[band * Rows] ^ Mix(signature[(band * Rows) + 1] + (ulong)band));
                if (!gatherings.TryGetValue(bucket, out var members))
                    gatherings.Add(bucket, members = []);
                members.Add(account);
            }
        }

        foreach (var members in gatherings.Values.Where(m => m.Count >= GroupSize).OrderByDescending(m => m.Count))
        {
            cancellation.ThrowIfCancellationRequested();
            members.RemoveAll(taken.Contains);
            if (members.Count < GroupSize)
                continue;
            var holders = new Dictionary<SlotKey, int>();
            foreach (var key in members.SelectMany(m => sets[m]))
                holders[key] = holders.GetValueOrDefault(key) + 1;
            // Many people like a famous launch on its day; a group is a good part of all who like its targets.
            var shared = holders.Where(h => h.Value * 2 >= members.Count && h.Value >= GroupSize && h.Value >= SlotShare * likesOf[h.Key]).Select(h => h.Key).ToHashSet();
            if (members.Count(m => InStep(sets[m], shared)) < GroupSize)
                continue;
            // The min-hash brought some of them together; what they share, then or in the slots beside, finds the rest.
            var around = shared.SelectMany(k => (SlotKey[])[k with { Slot = k.Slot - 1 }, k, k with { Slot = k.Slot + 1 }]).ToHashSet();
            var accounts = sets.Where(s => !taken.Contains(s.Key) && InStep(s.Value, around)).Select(s => s.Key).Order().ToList();
            taken.UnionWith(accounts);
            groups.Add(new LockstepGroup(accounts, [.. shared.Select(k => k.Repository).Distinct().Order()]));
        }
    }

    private static bool InStep(HashSet<SlotKey> own, HashSet<SlotKey> shared)
    {
        if (own.Count < SharedTargets || !own.Overlaps(shared))
            return false;
        var common = own.Where(shared.Contains).ToList();
        return common.Count >= OwnShare * own.Count && common.Select(k => k.Repository).Distinct().Count() >= SharedTargets;
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    private readonly record struct SlotKey(Guid Repository, long Slot)
    {
        public ulong Hash()
        {
            Span<byte> bytes = stackalloc byte[16];
            Repository.TryWriteBytes(bytes);
            return Mix(BitConverter.ToUInt64(bytes) ^ Mix(BitConverter.ToUInt64(bytes[8..]) ^ Mix((ulong)Slot)));
        }
    }
}
