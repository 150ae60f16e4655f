using System.Globalization;
using System.Text;
using Assay.Formats;
using Assay.Hub.Blobs;
using Assay.Hub.Persistence;
using Assay.Impersonation;
using Assay.Impersonation.Cards;
using Assay.Impersonation.Names;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Assay.Hub.Identity;

/// <summary>
/// The names, cards and tensors that new repositories are compared with: those that ship with Assay, those that operators protect, and
/// whatever this hub serves. The database is the truth; each process follows it, and keeps what it built in files, so that a start does not
/// begin at nothing. One use at a time.
/// </summary>
public sealed partial class IdentityIndexes(
    IDbContextFactory<HubDb> databases, IBlobStore store, HubOptions options, TimeProvider clock, ILogger<IdentityIndexes> logger)
    : BackgroundService, IDisposable
{
    private const int MaxCard = 1 << 20;
    private const string StateFile = "state";

    /// <summary>Rows of other processes may become visible a little later than their times say.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan SaveEvery = TimeSpan.FromMinutes(30);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Dictionary<string, DateTimeOffset> _taken = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private State? _state;

    private string Folder => Path.Combine(options.DataFolder, "identity");

    /// <summary>Does something with the indexes as they are now. Others wait meanwhile.</summary>
    /// <param name="use">Gets names, brands and cards, and the tensors.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<T> UseAsync<T>(Func<IdentitySnapshot, TensorIndex, T> use, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var state = _state ??= await LoadAsync(cancellation).ConfigureAwait(false);
            await FollowAsync(state, cancellation).ConfigureAwait(false);
            return use(new IdentitySnapshot(state.Names, state.Brands) { Cards = state.Cards }, state.Tensors);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Forgets what was built and builds it anew from the database.</summary>
    /// <returns>How many repositories, cards and tensors there are now.</returns>
    public async Task<(int Names, int Cards, int Models)> RebuildAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            _taken.Clear();
            _state = new State();
            await FollowAsync(_state, cancellation).ConfigureAwait(false);
            await SaveAsync(_state, cancellation).ConfigureAwait(false);
            return (_state.Names.Count, _state.Cards.Count, _state.Tensors.Count);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The number under which an index of tensors knows a repository.</summary>
    public static Guid NumberOf(string repositoryId)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        Convert.FromHexString(repositoryId, bytes, out _, out _);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>The repository of <see cref="NumberOf"/>.</summary>
    public static string IdOf(Guid number) => Convert.ToHexStringLower(number.ToByteArray(bigEndian: true).AsSpan(0, 12));

    /// <inheritdoc/>
    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(SaveEvery, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            try
            {
                if (_state is { IsChanged: true } state)
                    await SaveAsync(state, CancellationToken.None).ConfigureAwait(false);
            }
            catch (IOException e)
            {
                LogNotSaved(logger, e); // the next start builds it from the database
            }
            finally
            {
                _turn.Release();
            }
        }
    }

    /// <summary>Takes over what changed in the database since the last time.</summary>
    private async Task FollowAsync(State state, CancellationToken cancellation)
    {
        List<RepositoryIdentity> rows;
        List<ProtectedName> names;
        var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var since = state.UpTo - Overlap;
            rows = await db.RepositoryIdentities.AsNoTracking().Where(i => i.UpdatedAt >= since).OrderBy(static i => i.UpdatedAt).ToListAsync(cancellation).ConfigureAwait(false);
            names = await db.ProtectedNames.AsNoTracking().OrderBy(static n => n.Name).ToListAsync(cancellation).ConfigureAwait(false);
        }

        Protect(state, names);
        var changed = rows.FindAll(r => !_taken.TryGetValue(r.RepositoryId, out var at) || at != r.UpdatedAt);
        if (changed.Count == 0)
            return;
        foreach (var row in changed)
        {
            if (row.IsRemoved)
                state.Names = state.Names.Without(row.Name);
            if (_names.TryGetValue(row.RepositoryId, out var former) && former != row.Name)
            {
                state.Names = state.Names.Without(former);
                state.Cards.Add(former, OwnerOf(former), CardText.Read("").Sketch);
            }

            _names[row.RepositoryId] = row.Name;
        }

        state.Names = state.Names.With(changed.Where(static r => !r.IsRemoved).Select(r => new KnownName(r.Name, 1, IsProtected: state.Brands.Brands.Any(b => b.IsHandle(OwnerOf(r.Name))))));
        state.Tensors = state.Tensors.With([.. changed.Select(static r => (NumberOf(r.RepositoryId), r.IsRemoved || r.Tensors is null ? null : TensorInventory.FromBytes(r.Tensors)))]);
        foreach (var row in changed)
        {
            var card = row.IsRemoved || row.CardSha256 is null ? "" : await ReadTextAsync(row.CardSha256, cancellation).ConfigureAwait(false) ?? "";
            state.Cards.Add(row.Name, OwnerOf(row.Name), CardText.Read(card).Sketch);
            _taken[row.RepositoryId] = row.UpdatedAt;
            state.UpTo = row.UpdatedAt > state.UpTo ? row.UpdatedAt : state.UpTo;
        }

        state.IsChanged = true;
    }

    /// <summary>What operators protect, taken over when the list is another one.</summary>
    private static void Protect(State state, List<ProtectedName> names)
    {
        var text = new StringBuilder();
        foreach (var name in names)
            text.Append(name.Name).Append('\t').Append(name.Handles).Append('\t').Append(name.Domains).Append('\t').Append(name.Words).Append('\n');
        var list = text.ToString();
        if (list == state.Protected)
            return;
        state.Protected = list;
        var lines = names.Where(static n => !n.Name.Contains('/', StringComparison.Ordinal)).Select(static n => $"{n.Name}\t{n.Handles}\t{n.Domains}\t{n.Words}").ToList();
        using var brands = new StringReader("brand\thandles\tdomains\twords\n" + string.Join('\n', lines));
        state.Brands = new Impersonation.Claims.BrandTable([.. Impersonation.Claims.BrandTable.Standard.Brands, .. Impersonation.Claims.BrandTable.Read(brands).Brands]);
        state.Names = state.Names.Protect(names.Where(static n => n.Name.Contains('/', StringComparison.Ordinal)).Select(static n => n.Name))
            .WithBrands(Brand.Read(["brand\thandles\tdomains\twords", .. lines]));
    }

    private async Task<string?> ReadTextAsync(string sha256, CancellationToken cancellation)
    {
        var stream = await store.OpenAsync(sha256, cancellation).ConfigureAwait(false);
        if (stream is null)
            return null;
        await using (stream.ConfigureAwait(false))
        {
            var buffer = new byte[(int)Math.Min(MaxCard, stream.Length)];
            var n = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            return Encoding.UTF8.GetString(buffer, 0, n);
        }
    }

    private async Task<State> LoadAsync(CancellationToken cancellation)
    {
        try
        {
            var path = Path.Combine(Folder, StateFile);
            if (File.Exists(path)
                && long.TryParse(await File.ReadAllTextAsync(path, cancellation).ConfigureAwait(false), NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
                && ticks <= clock.GetUtcNow().UtcTicks)
            {
                using var names = File.OpenRead(Path.Combine(Folder, "names"));
                using var cards = File.OpenRead(Path.Combine(Folder, "cards"));
                using var tensors = FileByteSource.Open(Path.Combine(Folder, "tensors"));
                if (LikenessIndexFile.Read(names).Index is { } known && CardIndex.Load(cards, cancellation) is { } likeness && TensorIndex.Load(tensors) is { } digests)
                    return new State { Names = known, Cards = likeness, Tensors = digests, UpTo = new DateTimeOffset(ticks, TimeSpan.Zero) };
            }
        }
        catch (IOException e)
        {
            LogNotLoaded(logger, e);
        }

        return new State();
    }

    private async Task SaveAsync(State state, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Folder);
        // The state is written last and removed first: it says that the others belong together.
        File.Delete(Path.Combine(Folder, StateFile));
        Write("names", into => LikenessIndexFile.Write(state.Names, into));
        Write("cards", state.Cards.Save);
        Write("tensors", state.Tensors.Save);
        await File.WriteAllTextAsync(Path.Combine(Folder, StateFile + ".new"), state.UpTo.UtcTicks.ToString(CultureInfo.InvariantCulture), cancellation).ConfigureAwait(false);
        File.Move(Path.Combine(Folder, StateFile + ".new"), Path.Combine(Folder, StateFile), overwrite: true);
        state.IsChanged = false;

        void Write(string name, Action<Stream> write)
        {
            var path = Path.Combine(Folder, name);
            using (var file = File.Create(path + ".new"))
                write(file);
            File.Move(path + ".new", path, overwrite: true);
        }
    }

    private static string OwnerOf(string id) => id[..Math.Max(0, id.IndexOf('/', StringComparison.Ordinal))];

    [LoggerMessage(2101, LogLevel.Warning, "The indexes of names, cards and tensors could not be saved; the next start builds them again")]
    private static partial void LogNotSaved(ILogger logger, Exception fault);

    [LoggerMessage(2102, LogLevel.Warning, "The indexes of names, cards and tensors could not be read and are built again")]
    private static partial void LogNotLoaded(ILogger logger, Exception fault);

    private sealed class State
    {
        public LikenessIndex Names { get; set; } = LikenessIndex.Seed();

        public Impersonation.Claims.BrandTable Brands { get; set; } = Impersonation.Claims.BrandTable.Standard;

        public CardIndex Cards { get; init; } = new();

        public TensorIndex Tensors { get; set; } = TensorIndex.Empty;

        public string Protected { get; set; } = "";

        public DateTimeOffset UpTo { get; set; } = DateTimeOffset.UnixEpoch.AddYears(1);

        public bool IsChanged { get; set; }
    }
}
