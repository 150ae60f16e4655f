using System.CommandLine;
using System.Globalization;
using Assay.Hub.Access;
using Assay.Hub.Persistence;
using Assay.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Commands.Admin;

/// <summary><c>assay admin token</c>.</summary>
internal static class TokenCommands
{
    /// <summary>The command.</summary>
    public static Command Create(AdminCommands commands) => new("token", "Tokens of users.") { Make(commands), List(commands), Revoke(commands) };

    private static Command Make(AdminCommands commands)
    {
        var user = new Argument<string>("USER") { Description = "Whose token it is" };
        var name = new Option<string>("--name") { Description = "A name to tell it by", DefaultValueFactory = static _ => "cli" };
        var role = new Option<string>("--role") { Description = "read, write (default) or fine-grained", DefaultValueFactory = static _ => "write" };
        role.AcceptOnlyFromAmong("read", "write", "fine-grained");
        var scope = new Option<string[]>("--scope") { Description = "A scope of a fine-grained one, such as \"repo.read models/ada/tiny\"; may be repeated", DefaultValueFactory = static _ => [] };
        var expires = new Option<string?>("--expires") { Description = "When it ends: 90d, or a date such as 2027-03-31 (UTC); default: never" };
        return commands.On(new Command("create", "Makes a token and prints it, once and alone, on standard output.") { user, name, role, scope, expires }, lists: false, async run =>
        {
            if (run.Value(role) != "fine-grained" && run.Value(scope)!.Length > 0)
                throw new CommandException("Scopes belong to a fine-grained token: add --role fine-grained.", ExitCode.Usage);
            var db = await run.OpenDatabaseAsync().ConfigureAwait(false);
            await using (db.ConfigureAwait(false))
            {
                var account = await UserAsync(db, run.Value(user)!, run.Cancellation).ConfigureAwait(false);
                if (account.IsDisabled)
                    throw new CommandException($"{account.Name} is disabled. Enable it first: assay admin user enable {account.Name}");
                var kind = run.Value(role) switch { "read" => TokenRole.Read, "write" => TokenRole.Write, _ => TokenRole.FineGrained };
                var (secret, _, problem) = await run.Get<AccountRegistry>().CreateTokenAsync(
                    run.Operator, account.Id, run.Value(name)!, kind, string.Join('\n', run.Value(scope)!), End(run.Value(expires), run.Get<TimeProvider>().GetUtcNow()), null, run.Cancellation).ConfigureAwait(false);
                if (problem is not null)
                    throw new CommandException(problem, ExitCode.Usage);
                await run.Output.WriteLineAsync(secret).ConfigureAwait(false);
                return ExitCode.Passed;
            }
        });
    }

    private static Command List(AdminCommands commands)
    {
        var user = new Argument<string?>("USER") { Description = "Whose; default: everybody's", Arity = ArgumentArity.ZeroOrOne };
        return commands.On(new Command("list", "Lists tokens; never their secrets.") { user }, lists: true, async run =>
        {
            var listing = new Listing("There are no tokens.", "ID", "USER", "NAME", "ENDING", "ROLE", "SCOPES", "CREATED", "EXPIRES", "LAST USED", "REVOKED");
            var db = await run.OpenDatabaseAsync().ConfigureAwait(false);
            await using (db.ConfigureAwait(false))
            {
                var tokens = db.AccessTokens.AsNoTracking();
                if (run.Value(user) is { } wanted)
                {
                    var id = (await UserAsync(db, wanted, run.Cancellation).ConfigureAwait(false)).Id;
                    tokens = tokens.Where(t => t.UserId == id);
                }

                var rows = tokens.Join(db.Accounts, static t => t.UserId, static a => a.Id, static (t, a) => new { Token = t, a.Name }).OrderBy(static r => r.Name).ThenBy(static r => r.Token.Name);
                await foreach (var row in rows.AsAsyncEnumerable().WithCancellation(run.Cancellation).ConfigureAwait(false))
                {
                    var t = row.Token;
                    listing.Add(t.Id, row.Name, t.Name, "…" + t.Ending, t.Role == TokenRole.FineGrained ? "fine-grained" : t.Role.ToString().ToLowerInvariant(), t.Scopes.Length == 0 ? null : t.Scopes.Replace("\n", "; ", StringComparison.Ordinal), Time(t.CreatedAt), Time(t.ExpiresAt), Time(t.LastUsedAt), Time(t.RevokedAt));
                }
            }

            run.Write(listing);
            return ExitCode.Passed;
        });
    }

    private static Command Revoke(AdminCommands commands)
    {
        var user = new Argument<string>("USER") { Description = "Whose it is" };
        var token = new Argument<string>("TOKEN") { Description = "Its name or id" };
        return commands.On(new Command("revoke", "Ends a token at once.") { user, token }, lists: false, async run =>
        {
            var db = await run.OpenDatabaseAsync().ConfigureAwait(false);
            await using (db.ConfigureAwait(false))
            {
                var account = await UserAsync(db, run.Value(user)!, run.Cancellation).ConfigureAwait(false);
                var wanted = run.Value(token)!;
                var id = await db.AccessTokens.Where(t => t.UserId == account.Id && (t.Id == wanted || t.Name == wanted) && t.RevokedAt == null).Select(static t => t.Id).FirstOrDefaultAsync(run.Cancellation).ConfigureAwait(false);
                if (id is null || !await run.Get<AccountRegistry>().RevokeTokenAsync(run.Operator, account.Id, id, run.Cancellation).ConfigureAwait(false))
                    throw new CommandException($"{account.Name} has no such token that still works. Tokens are listed by: assay admin token list {account.Name}");
                await run.Output.WriteLineAsync("It was revoked.").ConfigureAwait(false);
                return ExitCode.Passed;
            }
        });
    }

    /// <summary>When something ends that was given as days or as a date.</summary>
    private static DateTimeOffset? End(string? text, DateTimeOffset now)
    {
        if (text is null)
            return null;
        if (text.EndsWith('d') && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is > 0 and <= 36_500)
            return now.AddDays(days);
        var end = Dates.Parse(text);
        return end > now ? end : throw new CommandException($"{text} is over already. Choose a later day.", ExitCode.Usage);
    }

    private static string? Time(DateTimeOffset? time) => time is { } t ? Listing.Time(t) : null;

    private static async Task<Account> UserAsync(HubDb db, string name, CancellationToken cancellation)
    {
        var key = RepoId.KeyOf(name);
        return await db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Key == key && a.Kind == AccountKind.User, cancellation).ConfigureAwait(false) ?? throw UserCommands.Unknown(name);
    }
}

/// <summary>Dates as commands take them.</summary>
internal static class Dates
{
    /// <summary>A day, or a moment in ISO 8601; UTC where no zone is given.</summary>
    /// <exception cref="CommandException">It is neither.</exception>
    public static DateTimeOffset Parse(string text) =>
        DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw new CommandException($"\"{text}\" is no date. Write it as 2027-03-31 or 2027-03-31T12:00:00Z.", ExitCode.Usage);
}
