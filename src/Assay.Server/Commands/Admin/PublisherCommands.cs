using System.CommandLine;
using Assay.Hub.Access;
using Assay.Hub.Persistence;
using Assay.Hub.Publishers;
using Assay.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Commands.Admin;

/// <summary><c>assay admin publisher</c>.</summary>
internal static class PublisherCommands
{
    /// <summary>The command.</summary>
    public static Command Create(AdminCommands commands) => new("publisher", "Who is behind accounts: proofs, vouching, freezing.")
    {
        Show(commands), Prove(commands), Check(commands),
        Decide(commands, "approve", "Lets a domain pass whose name is like another's.", static (workflow, who, account, proof, reason, stop) => workflow.ApproveAsync(who, account, proof, reason, stop)),
        Decide(commands, "revoke", "Ends a proof; its publisher cannot ask for it again.", static (workflow, who, account, proof, reason, stop) => workflow.RevokeAsync(who, account, proof, reason, stop)),
        Vouch(commands),
        SetFrozen(commands, "freeze", "Takes nothing new in from an account that may be in other hands; what it published is served.", "{0} is frozen.", static (workflow, who, account, reason, stop) => workflow.FreezeAsync(who, account, reason, stop)),
        SetFrozen(commands, "thaw", "Gives a frozen account back to its owner.", "{0} is in its owner's hands again.", static (workflow, who, account, reason, stop) => workflow.ThawAsync(who, account, reason, stop)),
    };

    private static Argument<string> AccountArgument() => new("NAME") { Description = "The user or organisation" };

    private static Argument<string> ProofArgument() => new("PROOF") { Description = "Id of the proof, as show lists it" };

    private static Option<string> ReasonOption() => new("--reason") { Description = "Why, for those who ask later", Required = true };

    private static Command Show(AdminCommands commands)
    {
        var name = AccountArgument();
        return commands.On(new Command("show", "Shows what is proven of an account, and its proofs.") { name }, lists: true, async run =>
        {
            var listing = new Listing("It has no proofs.", "PROOF", "KIND", "SUBJECT", "STATE", "SINCE", "BY", "NEXT CHECK", "REMARK");
            var db = await run.OpenDatabaseAsync().ConfigureAwait(false);
            await using (db.ConfigureAwait(false))
            {
                var account = await FindAsync(db, run.Value(name)!, run.Cancellation).ConfigureAwait(false);
                var standing = await run.Get<StandingReader>().ReadAsync(db, account, run.Cancellation).ConfigureAwait(false);
                if (!run.IsJson)
                    await run.Output.WriteLineAsync($"{account.Name}: level {(int)standing.Level}, {standing.Badge}\n  {string.Join("\n  ", standing.Words.Select(Scanning.Reports.VisibleText.Of))}").ConfigureAwait(false);
                listing.Totals["name"] = account.Name;
                listing.Totals["level"] = (int)standing.Level;
                listing.Totals["words"] = new System.Text.Json.Nodes.JsonArray([.. standing.Words.Select(static w => (System.Text.Json.Nodes.JsonNode?)w)]);
                foreach (var proof in await db.PublisherProofs.AsNoTracking().Where(p => p.AccountId == account.Id).OrderBy(static p => p.RequestedAt).ToListAsync(run.Cancellation).ConfigureAwait(false))
                {
                    listing.Add(proof.Id, PublisherWorkflow.WordOf(proof.Kind), proof.Subject, PublisherWorkflow.WordOf(proof.State), Listing.Time(proof.ChangedAt), proof.ChangedBy,
                        proof.NextCheckAt is { } next ? Listing.Time(next) : null, proof.ReviewReason is { } review ? "waits for approval: " + review : proof.Reason ?? proof.Evidence);
                }
            }

            run.Write(listing);
            return ExitCode.Passed;
        });
    }

    private static Command Prove(AdminCommands commands)
    {
        var (name, domain) = (AccountArgument(), new Argument<string>("DOMAIN") { Description = "The domain: example.org" });
        var kind = new Option<string>("--by") { Description = "dns (a TXT record) or file (on its web server)", DefaultValueFactory = static _ => "dns" };
        kind.AcceptOnlyFromAmong("dns", "file");
        return commands.On(new Command("prove", "Asks for a proof of a domain, and says what to set there.") { name, domain, kind }, lists: false, async run =>
        {
            var outcome = await run.Get<PublisherWorkflow>().RequestAsync(run.Operator, run.Value(name)!, run.Value(kind) == "file" ? ProofKind.WellKnown : ProofKind.Dns, run.Value(domain)!, run.Cancellation).ConfigureAwait(false);
            var proof = Require(outcome, run.Value(name)!);
            if (run.Get<PublisherWorkflow>().RecordOf(proof) is var (place, content))
                await run.Output.WriteLineAsync($"Set this within 72 hours, each line a record of its own:\n{place}\n{content}").ConfigureAwait(false);
            await run.Error.WriteLineAsync($"Proof {proof.Id} of {proof.Subject} is {PublisherWorkflow.WordOf(proof.State)}. The hub looks by itself, twice within at least 10 minutes; the line that begins with assay-org must stay.").ConfigureAwait(false);
            if (proof.ReviewReason is { } review)
                await run.Error.WriteLineAsync($"It also waits for approval: {review}").ConfigureAwait(false);
            return ExitCode.Passed;
        });
    }

    private static Command Check(AdminCommands commands)
    {
        var (name, id) = (AccountArgument(), ProofArgument());
        return commands.On(new Command("check", "Checks a proof now.") { name, id }, lists: false, async run =>
        {
            var proof = Require(await run.Get<PublisherWorkflow>().CheckAsync(run.Operator, run.Value(name)!, run.Value(id)!, run.Cancellation).ConfigureAwait(false), run.Value(name)!);
            await run.Output.WriteLineAsync($"{proof.Subject} is {PublisherWorkflow.WordOf(proof.State)}. {proof.Evidence}").ConfigureAwait(false);
            return proof.State == ProofState.Valid ? ExitCode.Passed : ExitCode.Found;
        });
    }

    private static Command Decide(AdminCommands commands, string verb, string description, Func<PublisherWorkflow, Principal, string, string, string, CancellationToken, Task<ProofOutcome>> decide)
    {
        var (name, id, reason) = (AccountArgument(), ProofArgument(), ReasonOption());
        return commands.On(new Command(verb, description) { name, id, reason }, lists: false, async run =>
        {
            var proof = Require(await decide(run.Get<PublisherWorkflow>(), run.Operator, run.Value(name)!, run.Value(id)!, run.Value(reason)!, run.Cancellation).ConfigureAwait(false), run.Value(name)!);
            await run.Output.WriteLineAsync($"The proof of {proof.Subject} is {PublisherWorkflow.WordOf(proof.State)}.").ConfigureAwait(false);
            return ExitCode.Passed;
        });
    }

    private static Command Vouch(AdminCommands commands)
    {
        var (name, reason) = (AccountArgument(), ReasonOption());
        reason.Description = "How it is known who is behind the account; readers see it";
        return commands.On(new Command("vouch", "Vouches for an account in the name of this hub's operators.") { name, reason }, lists: false, async run =>
        {
            Require(await run.Get<PublisherWorkflow>().VouchAsync(run.Operator, run.Value(name)!, run.Value(reason)!, run.Cancellation).ConfigureAwait(false), run.Value(name)!);
            await run.Output.WriteLineAsync($"The operators of this hub vouch for {run.Value(name)}.").ConfigureAwait(false);
            return ExitCode.Passed;
        });
    }

    private static Command SetFrozen(AdminCommands commands, string verb, string description, string done, Func<PublisherWorkflow, Principal, string, string, CancellationToken, Task<AccountOutcome>> set)
    {
        var (name, reason) = (AccountArgument(), ReasonOption());
        return commands.On(new Command(verb, description) { name, reason }, lists: false, async run =>
        {
            var account = UserCommands.Require(await set(run.Get<PublisherWorkflow>(), run.Operator, run.Value(name)!, run.Value(reason)!, run.Cancellation).ConfigureAwait(false), run.Value(name)!);
            await run.Output.WriteLineAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, done, account.Name)).ConfigureAwait(false);
            return ExitCode.Passed;
        });
    }

    private static async Task<Account> FindAsync(HubDb db, string name, CancellationToken cancellation)
    {
        var key = RepoId.KeyOf(name);
        return await db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Key == key, cancellation).ConfigureAwait(false) ?? throw new CommandException($"There is no account named {name}.");
    }

    private static PublisherProof Require(ProofOutcome outcome, string name) => outcome switch
    {
        ProofOutcome.Done done => done.Proof,
        ProofOutcome.Invalid invalid => throw new CommandException(invalid.Message, ExitCode.Usage),
        ProofOutcome.NotPossible not => throw new CommandException(not.Message),
        _ => throw new CommandException($"There is no such account or proof: {name}."),
    };
}
