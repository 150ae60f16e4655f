using System.CommandLine;
using Assay.Hub;
using Assay.Hub.Access;
using Assay.Hub.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Commands.Admin;

/// <summary>A command could not do what was asked: told in one sentence, with an exit code of the contract.</summary>
internal sealed class CommandException(string message, int exitCode = ExitCode.NotCompleted) : Exception(message)
{
    /// <summary>The exit code.</summary>
    public int ExitCode { get; } = exitCode;
}

/// <summary>The exit codes of every command; there are no others.</summary>
internal static class ExitCode
{
    /// <summary>Done, and nothing was found.</summary>
    public const int Passed = 0;

    /// <summary>Something was found: a problem, a change.</summary>
    public const int Found = 1;

    /// <summary>It could not be completed.</summary>
    public const int NotCompleted = 2;

    /// <summary>Wrong usage.</summary>
    public const int Usage = 3;
}

/// <summary>One run of a command on the data of a hub, which may be running meanwhile.</summary>
internal sealed class AdminRun(ParseResult result, IServiceProvider services, bool isJson, CancellationToken cancellation)
{
    /// <summary>Where results go.</summary>
    public TextWriter Output => result.InvocationConfiguration.Output;

    /// <summary>Where remarks go.</summary>
    public TextWriter Error => result.InvocationConfiguration.Error;

    /// <summary>Stops the command.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>Whether programs read the result.</summary>
    public bool IsJson => isJson;

    /// <summary>Who acts, as the audit trail names it: whoever may read the data folder is an administrator.</summary>
    public Principal Operator { get; } = Principal.System with { Name = "operator:" + Environment.UserName };

    /// <summary>A part of the hub.</summary>
    public T Get<T>()
        where T : notnull => services.GetRequiredService<T>();

    /// <summary>The value of an argument or option.</summary>
    public T? Value<T>(Argument<T> argument) => result.GetValue(argument);

    /// <inheritdoc cref="Value{T}(Argument{T})"/>
    public T? Value<T>(Option<T> option) => result.GetValue(option);

    /// <summary>The database.</summary>
    public Task<HubDb> OpenDatabaseAsync() => Get<IDbContextFactory<HubDb>>().CreateDbContextAsync(cancellation);

    /// <summary>Writes a list: aligned columns for people, or JSON.</summary>
    public void Write(Listing listing)
    {
        if (isJson)
            listing.WriteJson(Output);
        else
            listing.WriteText(Output);
    }
}

/// <summary>What the commands below <c>assay admin</c> have in common.</summary>
/// <param name="location">Where the hub is.</param>
internal sealed class AdminCommands(HubLocation location)
{
    /// <summary><c>assay admin</c>.</summary>
    public static Command Create()
    {
        var location = new HubLocation();
        var admin = new Command("admin", "Operates a hub: users, tokens, policy, queue, incidents, backup, checks. It works on the data, whether the hub runs or not.");
        location.AddTo(admin);
        foreach (var option in admin.Options)
            option.Recursive = true;
        var commands = new AdminCommands(location);
        foreach (var command in (Command[])
        [
            UserCommands.Create(commands), OrganizationCommands.Create(commands), PublisherCommands.Create(commands), TokenCommands.Create(commands), QueueCommand.Create(commands), RevisionCommands.Create(commands),
            IncidentCommands.CreateWithdraw(commands), IncidentCommands.CreateRestore(commands), PolicyCommands.Create(commands), CheckCommands.CreateVerifyStore(commands),
            CheckCommands.CreateVerifyAudit(commands), BackupCommands.CreateBackup(commands), BackupCommands.CreateRestore(commands), LedgerCommand.Create(commands), EngagementCommands.Create(commands), CheckCommands.CreateSweep(commands),
        ])
        {
            admin.Subcommands.Add(command);
        }

        return admin;
    }

    /// <summary>Gives a command its action.</summary>
    /// <param name="command">The command.</param>
    /// <param name="lists">Whether it has <c>--format</c>.</param>
    /// <param name="action">What it does with a hub.</param>
    public Command On(Command command, bool lists, Func<AdminRun, Task<int>> action)
    {
        var format = new Option<string?>("--format") { Description = "text or json" };
        format.AcceptOnlyFromAmong("text", "json");
        if (lists)
            command.Options.Add(format);
        command.SetAction((result, cancellation) => RunAsync(result, lists && result.GetValue(format) == "json", mustExist: true, action, cancellation));
        return command;
    }

    /// <summary>Does something with the hub that the options name.</summary>
    /// <param name="result">What was given.</param>
    /// <param name="isJson">Whether programs read the result.</param>
    /// <param name="mustExist">Whether there must be a hub.</param>
    /// <param name="action">What to do.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<int> RunAsync(ParseResult result, bool isJson, bool mustExist, Func<AdminRun, Task<int>> action, CancellationToken cancellation)
    {
        var options = location.Read(result);
        if (mustExist && options.Database is null && !File.Exists(HubRegistration.DatabaseFile(options)))
            throw new CommandException($"There is no hub in {options.DataFolder}. Name its folder with --data, or start one there: assay serve --data {options.DataFolder}", ExitCode.Usage);
        var services = new ServiceCollection().AddLogging().AddAssayHub(options).BuildServiceProvider();
        await using (services.ConfigureAwait(false))
        {
            if (mustExist)
                await RequireCurrentAsync(services, cancellation).ConfigureAwait(false);
            return await action(new AdminRun(result, services, isJson, cancellation)).ConfigureAwait(false);
        }
    }

    // A hub of an older version may be running on these data: bringing them to another form is left to the hub's own start.
    private static async Task RequireCurrentAsync(IServiceProvider services, CancellationToken cancellation)
    {
        var db = await services.GetRequiredService<IDbContextFactory<HubDb>>().CreateDbContextAsync(cancellation).ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var applied = (await db.Database.GetAppliedMigrationsAsync(cancellation).ConfigureAwait(false)).ToHashSet(StringComparer.Ordinal);
            var known = db.Database.GetMigrations().ToHashSet(StringComparer.Ordinal);
            if (!applied.IsSubsetOf(known))
                throw new CommandException("The data are those of a newer version of Assay. Use that version.");
            if (!known.IsSubsetOf(applied))
                throw new CommandException("The data are those of an older version of Assay, or none yet. Start the hub with this version once: assay serve");
        }
    }
}
