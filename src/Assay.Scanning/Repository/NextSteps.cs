using System.Text;

namespace Assay.Scanning;

/// <summary>What a person does next, in plain words: before it was run, and after.</summary>
internal static class NextSteps
{
    /// <summary>The advice at the end of a story.</summary>
    /// <param name="findings">All findings of its files.</param>
    /// <param name="name">The file that starts it.</param>
    public static string For(IReadOnlyList<Finding> findings, string name)
    {
        bool takesOver = false, steals = false, stays = false, destroys = false, mines = false, weakens = false;
        foreach (var finding in findings)
        {
            if (finding.Severity < Severity.High)
                continue;
            switch (finding.Rule.Id)
            {
                case "PYC-010" or "SHL-002" or "PYC-013" or "OBF-003" or "PYC-022" or "EXE-002" or "PKL-001" or "PKL-002" or "PKL-003" or "PKL-044":
                    takesOver = true;
                    break;
                case "PYC-005" or "PYC-006" or "PYC-021" or "NET-004":
                    steals = true;
                    break;
                case "PYC-015":
                    stays = true;
                    break;
                case "PYC-019":
                    destroys = true;
                    break;
                case "PYC-020":
                    mines = true;
                    break;
                case "SHL-003" or "PYC-011" or "LUR-002":
                    weakens = true;
                    break;
            }
        }

        var advice = new StringBuilder($"Do not run or load {name}; delete the folder and report the repository to its hub. If it was only downloaded, deleting it is enough. If it was already run: ");
        if (destroys)
            advice.Append("switch the computer off at once, do not overwrite the disk, and restore files from a backup that was not connected. ");
        if (takesOver || steals)
        {
            advice.Append("disconnect that computer from the network. From another, clean device change every password that was stored or typed on it, sign out all sessions, "
                + "revoke tokens and keys (model hubs, cloud, Git, SSH) and move funds out of wallets. ");
        }

        if (weakens)
            advice.Append("Switch the virus protection on again, remove the exclusions that were added, and let it check everything. ");
        if (stays)
            advice.Append("Look for what starts by itself: scheduled tasks, services, start-up folders, crontab, shell profiles. ");
        if (mines)
            advice.Append("End the programs that use the processor without reason. ");
        advice.Append(takesOver || stays
            ? "Then set the computer up anew: what was fetched could do anything, and may have changed since. Tell the person who looks after security."
            : "Tell the person who looks after security.");
        return advice.ToString();
    }
}
