using System.CommandLine;
using System.Security.Cryptography;
using Assay.Hub.Access;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Commands.Admin;

/// <summary><c>assay admin user</c>.</summary>
internal static class UserCommands
{
    /// <summary>The command.</summary>
    public static Command Create(AdminCommands commands) => new("user", "Users of the hub.")
    {
        Add(commands), List(commands), Enable(commands, enable: false), Enable(commands, enable: true), Password(commands), Promote(commands),
    };

    /// <summary>The account, or what to do about it.</summary>
    public static Account Require(AccountOutcome outcome, string name) => outcome switch
    {
        AccountOutcome.Done done => done.Account,
        AccountOutcome.Taken => throw new CommandException($"There is an account named {name} already. Choose another name."),
        AccountOutcome.Invalid invalid => throw new CommandException(invalid.Message, ExitCode.Usage),
        _ => throw Unknown(name),
    };

    /// <summary>There is no such account.</summary>
    public static CommandException Unknown(string name) => new($"There is no account named {name}. Accounts are listed by: assay admin user list");

    private static Command Add(AdminCommands commands)
    {
        var name = new Argument<string>("NAME") { Description = "Name and namespace of the user" };
        var fullName = new Option<string?>("--full-name") { Description = "The name shown to people" };
        var email = new Option<string?>("--email") { Description = "Address" };
        var (administrator, reviewer) = Roles();
        var password = new Option<bool>("--password") { Description = "Read a password for the web pages from standard input" };
        return commands.On(new Command("add", "Registers a user.") { name, fullName, email, administrator, reviewer, password }, lists: false, async run =>
        {
            var user = Require(
                await run.Get<AccountRegistry>().CreateAsync(
                    run.Operator, AccountKind.User, run.Value(name)!, run.Value(fullName), run.Value(email), run.Value(password) ? await ReadPasswordAsync(run).ConfigureAwait(false) : null,
                    a => (a.IsAdministrator, a.IsReviewer) = (run.Value(administrator), run.Value(reviewer)), run.Cancellation).ConfigureAwait(false),
                run.Value(name)!);
            await run.Output.WriteLineAsync($"{user.Name} was registered. Give out a token with: assay admin token create {user.Name}").ConfigureAwait(false);
            return ExitCode.Passed;
        });
    }

    private static Command List(AdminCommands commands) => commands.On(new Command("list", "Lists the users."), lists: true, async run =>
    {
        var listing = new Listing("There are no users.", "NAME", "FULL NAME", "EMAIL", "ADMINISTRATOR", "REVIEWER", "DISABLED", "TOKENS", "CREATED");
        var db = await run.OpenDatabaseAsync().ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var rows = db.Accounts.AsNoTracking().Where(static a => a.Kind == AccountKind.User).OrderBy(static a => a.Key)
                .Select(a => new { Account = a, Tokens = db.AccessTokens.Count(t => t.UserId == a.Id && t.RevokedAt == null) });
            await foreach (var row in rows.AsAsyncEnumerable().WithCancellation(run.Cancellation).ConfigureAwait(false))
            {
                var a = row.Account;
                listing.Add(a.Name, a.FullName, a.Email, a.IsAdministrator, a.IsReviewer, a.IsDisabled, row.Tokens, Listing.Time(a.CreatedAt));
            }
        }

        run.Write(listing);
        return ExitCode.Passed;
    });

    private static Command Enable(AdminCommands commands, bool enable)
    {
        var name = new Argument<string>("NAME") { Description = "The user" };
        var command = enable ? new Command("enable", "Lets a disabled user in again.") { name } : new Command("disable", "Shuts a user out: tokens and sessions stop to work at once.") { name };
        return commands.On(command, lists: false, async run =>
        {
            if (!enable)
                await RequireOtherAdministratorAsync(run, run.Value(name)!).ConfigureAwait(false);
            var user = Require(
                await run.Get<AccountRegistry>().ChangeAsync(
                    run.Operator, run.Value(name)!, enable ? "user.enabled" : "user.disabled", a =>
                    {
                        a.IsDisabled = !enable;
                        if (!enable)
                            a.SecurityStamp = RandomNumberGenerator.GetHexString(32, lowercase: true);
                    }, run.Cancellation).ConfigureAwait(false),
                run.Value(name)!);
            await run.Output.WriteLineAsync(enable ? $"{user.Name} may sign in again." : $"{user.Name} is disabled.").ConfigureAwait(false);
            return ExitCode.Passed;
        });
    }

    private static Command Password(AdminCommands commands)
    {
        var name = new Argument<string>("NAME") { Description = "The user" };
        return commands.On(new Command("password", "Sets a user's password for the web pages, read from standard input; all sessions end.") { name }, lists: false, async run =>
        {
            var user = Require(await run.Get<AccountRegistry>().SetPasswordAsync(run.Operator, run.Value(name)!, await ReadPasswordAsync(run).ConfigureAwait(false), run.Cancellation).ConfigureAwait(false), run.Value(name)!);
            await run.Output.WriteLineAsync($"The password of {user.Name} was set.").ConfigureAwait(false);
            return ExitCode.Passed;
        });
    }

    private static Command Promote(AdminCommands commands)
    {
        var name = new Argument<string>("NAME") { Description = "The user" };
        var (administrator, reviewer) = Roles();
        var remove = new Option<bool>("--remove") { Description = "Take the roles instead" };
        return commands.On(new Command("promote", "Gives a user roles in the hub, or takes them.") { name, administrator, reviewer, remove }, lists: false, async run =>
        {
            var (isAdministrator, isReviewer, give) = (run.Value(administrator), run.Value(reviewer), !run.Value(remove));
            if (!isAdministrator && !isReviewer)
                throw new CommandException("Say which role: --administrator, --reviewer, or both.", ExitCode.Usage);
            if (isAdministrator && !give)
                await RequireOtherAdministratorAsync(run, run.Value(name)!).ConfigureAwait(false);
            var user = Require(
                await run.Get<AccountRegistry>().ChangeAsync(run.Operator, run.Value(name)!, "user.promoted", a =>
                {
                    a.IsAdministrator = isAdministrator ? give : a.IsAdministrator;
                    a.IsReviewer = isReviewer ? give : a.IsReviewer;
                }, run.Cancellation).ConfigureAwait(false),
                run.Value(name)!);
            await run.Output.WriteLineAsync($"{user.Name}: administrator {(user.IsAdministrator ? "yes" : "no")}, reviewer {(user.IsReviewer ? "yes" : "no")}").ConfigureAwait(false);
            return ExitCode.Passed;
        });
    }

    private static (Option<bool> Administrator, Option<bool> Reviewer) Roles() =>
        (new("--administrator") { Description = "May administrate the hub" }, new("--reviewer") { Description = "May decide on what is held back" });

    private static async Task RequireOtherAdministratorAsync(AdminRun run, string name)
    {
        var key = Assay.Protocol.RepoId.KeyOf(name);
        var db = await run.OpenDatabaseAsync().ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var isOne = await db.Accounts.AnyAsync(a => a.Key == key && a.IsAdministrator, run.Cancellation).ConfigureAwait(false);
            if (isOne && !await db.Accounts.AnyAsync(a => a.Key != key && a.IsAdministrator && !a.IsDisabled, run.Cancellation).ConfigureAwait(false))
                throw new CommandException($"{name} is the only administrator. Make somebody else one first: assay admin user promote NAME --administrator");
        }
    }

    // Never an argument: those are in the history of shells and in lists of processes.
    private static async Task<string> ReadPasswordAsync(AdminRun run)
    {
        if (!Console.IsInputRedirected)
            await run.Error.WriteAsync("Password: ").ConfigureAwait(false);
        return await Console.In.ReadLineAsync(run.Cancellation).ConfigureAwait(false) is { Length: > 0 } line ? line : throw new CommandException("A password is read from standard input, and nothing came.", ExitCode.Usage);
    }
}
