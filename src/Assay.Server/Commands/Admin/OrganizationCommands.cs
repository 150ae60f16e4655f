using System.CommandLine;
using Assay.Hub.Access;
using Assay.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Commands.Admin;

/// <summary><c>assay admin org</c>.</summary>
internal static class OrganizationCommands
{
    /// <summary>The command.</summary>
    public static Command Create(AdminCommands commands) => new("org", "Organisations: namespaces that several users share.") { Add(commands), List(commands), Member(commands) };

    private static Command Add(AdminCommands commands)
    {
        var name = new Argument<string>("NAME") { Description = "Name and namespace of the organisation" };
        var owner = new Option<string>("--owner") { Description = "The user who decides on members", Required = true };
        var fullName = new Option<string?>("--full-name") { Description = "The name shown to people" };
        return commands.On(new Command("add", "Registers an organisation.") { name, owner, fullName }, lists: false, async run =>
        {
            var accounts = run.Get<AccountRegistry>();
            var key = RepoId.KeyOf(run.Value(owner)!);
            var db = await run.OpenDatabaseAsync().ConfigureAwait(false);
            await using (db.ConfigureAwait(false))
            {
                if (!await db.Accounts.AnyAsync(a => a.Key == key && a.Kind == AccountKind.User, run.Cancellation).ConfigureAwait(false))
                    throw UserCommands.Unknown(run.Value(owner)!);
            }

            var organization = UserCommands.Require(await accounts.CreateAsync(run.Operator, AccountKind.Organization, run.Value(name)!, run.Value(fullName), null, null, null, run.Cancellation).ConfigureAwait(false), run.Value(name)!);
            UserCommands.Require(await accounts.SetRoleAsync(run.Operator, organization.Name, run.Value(owner)!, MemberRole.Owner, run.Cancellation).ConfigureAwait(false), run.Value(owner)!);
            await run.Output.WriteLineAsync($"{organization.Name} was registered; {run.Value(owner)} owns it.").ConfigureAwait(false);
            return ExitCode.Passed;
        });
    }

    private static Command List(AdminCommands commands) => commands.On(new Command("list", "Lists organisations with their members."), lists: true, async run =>
    {
        var listing = new Listing("There are no organisations.", "NAME", "MEMBER", "ROLE");
        var db = await run.OpenDatabaseAsync().ConfigureAwait(false);
        await using (db.ConfigureAwait(false))
        {
            var rows = await db.Accounts.AsNoTracking().Where(static a => a.Kind == AccountKind.Organization).OrderBy(static a => a.Key)
                .SelectMany(o => db.Memberships.Where(m => m.OrganizationId == o.Id).DefaultIfEmpty(), static (o, m) => new { o.Name, Member = m })
                .ToListAsync(run.Cancellation).ConfigureAwait(false);
            var ids = rows.Where(static r => r.Member is not null).Select(static r => r.Member!.UserId).Distinct(StringComparer.Ordinal).ToList();
            var names = await db.Accounts.AsNoTracking().Where(a => ids.Contains(a.Id)).ToDictionaryAsync(static a => a.Id, static a => a.Name, StringComparer.Ordinal, run.Cancellation).ConfigureAwait(false);
            foreach (var row in rows)
                listing.Add(row.Name, row.Member is null ? null : names.GetValueOrDefault(row.Member.UserId), row.Member?.Role.ToString().ToLowerInvariant());
        }

        run.Write(listing);
        return ExitCode.Passed;
    });

    private static Command Member(AdminCommands commands)
    {
        var name = new Argument<string>("ORG") { Description = "The organisation" };
        var user = new Argument<string>("USER") { Description = "The user" };
        var role = new Option<string>("--role") { Description = "reader, contributor, maintainer, owner, or none to take it", Required = true };
        role.AcceptOnlyFromAmong("reader", "contributor", "maintainer", "owner", "none");
        return commands.On(new Command("member", "Gives a user a role in an organisation, or takes it.") { name, user, role }, lists: false, async run =>
        {
            var wanted = run.Value(role) == "none" ? (MemberRole?)null : Enum.Parse<MemberRole>(run.Value(role)!, ignoreCase: true);
            UserCommands.Require(await run.Get<AccountRegistry>().SetRoleAsync(run.Operator, run.Value(name)!, run.Value(user)!, wanted, run.Cancellation).ConfigureAwait(false), $"{run.Value(name)} or {run.Value(user)}");
            await run.Output.WriteLineAsync(wanted is null ? $"{run.Value(user)} is no member of {run.Value(name)} any more." : $"{run.Value(user)} is {run.Value(role)} of {run.Value(name)}.").ConfigureAwait(false);
            return ExitCode.Passed;
        });
    }
}
