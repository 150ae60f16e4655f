using System.CommandLine;
using Assay.Hub.Identity;
using Assay.Server.Administration;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Commands.Admin;

/// <summary><c>assay admin identity</c>.</summary>
internal static class IdentityCommands
{
    /// <summary>The command.</summary>
    public static Command Create(AdminCommands commands) => new("identity", "Who publishes what: what the assessor said, names that are protected or held, appeals.")
    {
        Show(commands), Protect(commands), Unprotect(commands), Protected(commands), Held(commands), Release(commands), Appeals(commands), Rebuild(commands),
    };

    private static Command Show(AdminCommands commands)
    {
        var which = new Argument<string>("REPOSITORY") { Description = "ada/tiny, datasets/ada/words" };
        return commands.On(new Command("show", "Shows what was last said of who published a repository, with all reasons.") { which }, lists: true, async run =>
        {
            var db = await run.OpenDatabaseAsync().ConfigureAwait(false);
            await using (db.ConfigureAwait(false))
            {
                var repository = await Named.RepositoryAsync(db, run.Value(which)!, run.Cancellation).ConfigureAwait(false);
                var said = await db.RevisionAssessments.AsNoTracking().Where(a => a.RepositoryId == repository.Id).OrderByDescending(static a => a.At).FirstOrDefaultAsync(run.Cancellation).ConfigureAwait(false)
                    ?? throw new CommandException($"Nothing was said of {repository.WebPath} yet: nothing of it was vetted.");
                var commit = await db.Revisions.AsNoTracking().Where(r => r.Id == said.RevisionId).Select(static r => r.CommitId).FirstOrDefaultAsync(run.Cancellation).ConfigureAwait(false);
                var held = await db.Accounts.AsNoTracking().Where(a => a.Id == repository.OwnerId).Select(static a => a.NameHeld).FirstOrDefaultAsync(run.Cancellation).ConfigureAwait(false);
                var listing = new Listing("No reason speaks for or against it.", "CODE", "GROUP", "WEIGHT", "TEXT", "EVIDENCE");
                foreach (var reason in said.ReadReasons())
                    listing.Add(reason.Code, reason.Group.ToString().ToLowerInvariant(), reason.Weight, reason.Text, reason.Evidence);
                (listing.Totals["repository"], listing.Totals["commit"], listing.Totals["action"], listing.Totals["headline"]) = (repository.WebPath, commit, said.Action, said.Headline);
                (listing.Totals["target"], listing.Totals["sum"], listing.Totals["rules"], listing.Totals["at"], listing.Totals["nameHeld"]) = (said.Target, said.Sum, said.Rules, Listing.Time(said.At), held);
                if (!run.IsJson)
                    await run.Output.WriteLineAsync($"{said.Action}: {Scanning.Reports.VisibleText.Of(said.Headline)} Commit {commit ?? "(deleted)"}, {Listing.Time(said.At)}, rules {said.Rules}.\n").ConfigureAwait(false);
                run.Write(listing);
                return ExitCode.Passed;
            }
        });
    }

    private static Command Protect(AdminCommands commands)
    {
        var name = new Argument<string>("NAME") { Description = "A repository (owner/name), or the name of a brand" };
        var handles = new Option<string?>("--handles") { Description = "Namespaces of the brand, separated by commas" };
        var words = new Option<string?>("--words") { Description = "Words by which people know the brand, separated by commas" };
        var domains = new Option<string?>("--domains") { Description = "Domains of the brand, separated by commas" };
        var reason = new Option<string>("--reason") { Description = "Why; it is kept", Required = true };
        return commands.On(new Command("protect", "Protects a repository or a brand: what is like it is looked at.") { name, handles, words, domains, reason }, lists: false, async run =>
        {
            var wanted = new ProtectedName
            {
                Name = run.Value(name)!,
                Handles = run.Value(handles) ?? "",
                Words = run.Value(words) ?? "",
                Domains = run.Value(domains) ?? "",
                Reason = run.Value(reason)!,
                By = run.Operator.Name,
                At = run.Get<TimeProvider>().GetUtcNow(),
            };
            if (await run.Get<IdentityDesk>().ProtectAsync(run.Operator, wanted, run.Cancellation).ConfigureAwait(false) is { } problem)
                throw new CommandException(problem, ExitCode.Usage);
            await run.Output.WriteLineAsync($"{wanted.Name} is protected. What is pushed from now on is compared with it.").ConfigureAwait(false);
            return ExitCode.Passed;
        });
    }

    private static Command Unprotect(AdminCommands commands)
    {
        var name = new Argument<string>("NAME") { Description = "As it was protected" };
        return commands.On(new Command("unprotect", "Ends the protection of a name by an operator.") { name }, lists: false, async run =>
        {
            if (!await run.Get<IdentityDesk>().UnprotectAsync(run.Operator, run.Value(name)!, run.Cancellation).ConfigureAwait(false))
                throw new CommandException("No operator protects this name. Those that are protected are listed by: assay admin identity protected");
            await run.Output.WriteLineAsync($"{run.Value(name)} is not protected any more.").ConfigureAwait(false);
            return ExitCode.Passed;
        });
    }

    private static Command Protected(AdminCommands commands) => commands.On(new Command("protected", "Lists the names that operators protect."), lists: true, async run =>
    {
        var listing = new Listing("Operators protect no name beside those that ship with Assay.", "NAME", "HANDLES", "WORDS", "DOMAINS", "BY", "AT", "REASON");
        var db = await run.OpenDatabaseAsync().ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            foreach (var name in await db.ProtectedNames.AsNoTracking().OrderBy(static n => n.Name).ToListAsync(run.Cancellation).ConfigureAwait(false))
                listing.Add(name.Name, name.Handles, name.Words, name.Domains, name.By, Listing.Time(name.At), name.Reason);
        }

        run.Write(listing);
        return ExitCode.Passed;
    });

    private static Command Held(AdminCommands commands) => commands.On(new Command("held", "Lists the names of accounts that wait for a reviewer."), lists: true, async run =>
    {
        var listing = new Listing("No name waits.", "NAME", "KIND", "SINCE", "REVISIONS", "REASON");
        var db = await run.OpenDatabaseAsync().ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            foreach (var held in await Identities.HeldNamesAsync(db, run.Cancellation).ConfigureAwait(false))
                listing.Add(held.Name, held.Kind, Listing.Time(held.Since), held.Revisions, held.Reason);
        }

        run.Write(listing);
        return ExitCode.Passed;
    });

    private static Command Release(AdminCommands commands)
    {
        var name = new Argument<string>("NAME") { Description = "The account" };
        var reason = new Option<string>("--reason") { Description = "Why; it is kept", Required = true };
        return commands.On(new Command("release", "Lets an account use its name; what was held back because of it is vetted again.") { name, reason }, lists: false, async run =>
        {
            var count = await run.Get<IdentityDesk>().ReleaseNameAsync(run.Operator, run.Value(name)!, run.Value(reason)!, run.Cancellation).ConfigureAwait(false)
                ?? throw new CommandException($"There is no account named {run.Value(name)}, or its name is not held. Those that are held are listed by: assay admin identity held");
            await run.Output.WriteLineAsync($"{run.Value(name)} may use its name. Revisions to be vetted again: {count}.").ConfigureAwait(false);
            return ExitCode.Passed;
        });
    }

    private static Command Appeals(AdminCommands commands) => commands.On(new Command("appeals", "Lists what is said against decisions and nobody has answered yet."), lists: true, async run =>
    {
        var listing = new Listing("Nobody appeals.", "SUBJECT", "REPOSITORY", "STATE", "BY", "AT", "TEXT");
        var db = await run.OpenDatabaseAsync().ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            foreach (var appeal in await Identities.OpenAppealsAsync(db, run.Cancellation).ConfigureAwait(false))
                listing.Add(appeal.Subject, appeal.Repository, appeal.State, appeal.By, Listing.Time(appeal.At), appeal.Text);
        }

        run.Write(listing);
        return ExitCode.Passed;
    });

    private static Command Rebuild(AdminCommands commands) => commands.On(new Command("rebuild", "Builds the indexes of names, cards and tensors anew from the database; a running hub takes them at its next start."), lists: false, async run =>
    {
        var (names, cards, models) = await run.Get<IdentityIndexes>().RebuildAsync(run.Cancellation).ConfigureAwait(false);
        await run.Output.WriteLineAsync($"Built: {names} names, {cards} cards, tensors of {models} repositories.").ConfigureAwait(false);
        return ExitCode.Passed;
    });
}
