using Microsoft.EntityFrameworkCore;

namespace Assay.Hub.Persistence;

/// <summary>Transactions that are begun anew when another one was faster.</summary>
internal static class RetriedTransaction
{
    private const int MaxAttempts = 10;

    /// <summary>Does work in a transaction of its own; after a conflict, again on what the other one left.</summary>
    /// <param name="databases">Where a context for each attempt comes from.</param>
    /// <param name="work">Gives a result, and whether what was done is to be kept. It may run several times.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="DbUpdateException">It failed for another reason, or again and again.</exception>
    public static async Task<T> InTransactionAsync<T>(this IDbContextFactory<HubDb> databases, Func<HubDb, Task<(T Result, bool Keep)>> work, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var db = await databases.CreateDbContextAsync(cancellation).ConfigureAwait(false);
            await using (db.ConfigureAwait(false))
            {
                try
                {
                    var transaction = await db.BeginAsync(cancellation).ConfigureAwait(false);
                    await using (transaction.ConfigureAwait(false))
                    {
                        var (result, keep) = await work(db).ConfigureAwait(false);
                        if (keep)
                            await transaction.CommitAsync(cancellation).ConfigureAwait(false);
                        return result;
                    }
                }
                catch (Exception e) when (attempt < MaxAttempts && (db.IsConflict(e) || (e is DbUpdateException update && db.IsDuplicate(update))))
                {
                    // The next attempt sees what the other transaction did.
                }
            }
        }
    }
}
