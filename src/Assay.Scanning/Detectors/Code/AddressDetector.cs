using System.Buffers;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>
/// Finds the addresses that a text names, and judges them by what is known of the host and by where they stand: in code, in settings,
/// or in prose. What code does with an address is the business of <see cref="BehaviourJudge"/>.
/// </summary>
internal sealed class AddressDetector : Detector<TextFacts>
{
    /// <summary>Settings beyond this are data: an address in them belongs to what the data is about.</summary>
    private const int MaxSettings = 512 << 10;

    private const int MaxAddress = 1024;

    private static readonly SearchValues<char> Ends = SearchValues.Create(" \t\r\n\f\v\0\"'`<>(),;|^\\*");
    private static readonly SearchValues<char> Opaque = SearchValues.Create("{}<>$%*");

    private static readonly SearchValues<string> CodeHosts = Bare(HostKind.KnownBad, HostKind.Exfiltration, HostKind.DeadDrop);
    private static readonly SearchValues<string> ProseHosts = Bare(HostKind.KnownBad, HostKind.Exfiltration);

    /// <summary>Hosts that are imitated in links; a slip in one of them is looked at.</summary>
    private static readonly string[] Imitated =
        ["huggingface.co", "github.com", "githubusercontent.com", "pypi.org", "pythonhosted.org", "pytorch.org", "openai.com", "anthropic.com", "modelscope.cn", "nvidia.com", "microsoft.com", "kaggle.com"];

    private enum Place
    {
        Code,
        Comment,
        Settings,
        Data,
        Prose,
    }

    public override IReadOnlyList<Rule> Rules { get; } =
        [NetworkRules.DeadDrop, NetworkRules.RawAddress, NetworkRules.ExfiltrationChannel, NetworkRules.Tunnel, NetworkRules.KnownIndicator, LureRules.MisleadingLink];

    protected override void Inspect(TextFacts facts, Artifact artifact, DetectionScope scope)
    {
        var text = facts.Source.Text;
        var place = artifact.Language switch
        {
            CodeLanguage.None => (Place?)null,
            CodeLanguage.Prose => Place.Prose,
            CodeLanguage.Html => Place.Data,
            CodeLanguage.Json or CodeLanguage.Yaml or CodeLanguage.Settings => text.Length > MaxSettings ? Place.Data : Place.Settings,
            _ => Place.Code,
        };
        if (place is not { } where)
            return;
        var run = new Run(text, where, artifact, scope);
        run.FindAddresses();
        run.FindBareHosts();
    }

    // Names of hosts that are names of files as well are found in whole addresses only.
    private static SearchValues<string> Bare(params HostKind[] kinds) =>
        SearchValues.Create(
            [.. HostReputation.Names(kinds).Select(n => n.Split('/')[0]).Where(n => n.Contains('.') && !n.EndsWith(".sh", StringComparison.Ordinal) && !n.EndsWith(".rs", StringComparison.Ordinal)).Distinct()],
            StringComparison.OrdinalIgnoreCase);

    /// <summary>One text being searched.</summary>
    private sealed class Run(string text, Place place, Artifact artifact, DetectionScope scope)
    {
        public void FindAddresses()
        {
            var from = 0;
            while (true)
            {
                var next = text.AsSpan(from).IndexOf("://");
                if (next < 0)
                    return;
                var at = from + next;
                from = at + 3;
                scope.Budget.ChargeElements(1, at);
                var start = at;
                while (start > 0 && at - start < 12 && (char.IsAsciiLetterOrDigit(text[start - 1]) || text[start - 1] == '+'))
                    start--;
                if (start < at)
                    Judge(start, Cut(start, from));
            }
        }

        public void FindBareHosts()
        {
            var hosts = place is Place.Code or Place.Settings ? CodeHosts : ProseHosts;
            var from = 0;
            while (true)
            {
                var next = text.AsSpan(from).IndexOfAny(hosts);
                if (next < 0)
                    return;
                var at = from + next;
                from = at + 1;
                scope.Budget.ChargeElements(1, at);
                var start = at;
                while (start > 0 && at - start < 100 && (char.IsAsciiLetterOrDigit(text[start - 1]) || text[start - 1] is '-' or '.'))
                    start--;
                if (start > 0 && text[start - 1] is '/' or '@' or '_' or '\\' or '[')
                    continue;
                // The host ends here and does not go on (webhook.site.example.org is another one).
                var address = Cut(start, start);
                var end = address.AsSpan().IndexOfAny("/:?#");
                if (end >= 0 ? end < at - start : address.Length < at - start)
                    continue;
                Judge(start, address);
            }
        }

        private string Cut(int start, int from)
        {
            var rest = text.AsSpan(from, Math.Min(MaxAddress, text.Length - from));
            var end = rest.IndexOfAny(Ends);
            var address = text.AsSpan(start, from - start + (end < 0 ? rest.Length : end));
            var open = address.IndexOf('[');
            return (open >= 0 ? address.TrimEnd(".:!?_") : address.TrimEnd(".:!?_]")).ToString();
        }

        private void Judge(int index, string address)
        {
            if (!WebAddress.TryParse(address, out var parts))
                return;
            var kind = HostReputation.Of(parts);
            switch (kind)
            {
                case HostKind.KnownBad:
                    Add(NetworkRules.KnownIndicator, index, address, kind, parts, PlaceOf(index) switch
                    {
                        Place.Code or Place.Settings => Severity.Critical,
                        Place.Comment or Place.Prose => Severity.High,
                        _ => Severity.Medium,
                    });
                    break;
                case HostKind.Exfiltration:
                    JudgeChannel(index, address, parts);
                    break;
                case HostKind.DeadDrop when parts.Path.Length > 1 || place == Place.Code:
                    if (PlaceOf(index) is var dead and not (Place.Prose or Place.Data))
                        Add(NetworkRules.DeadDrop, index, address, kind, parts, dead == Place.Code ? Severity.High : Severity.Low);
                    break;
                case HostKind.Tunnel:
                    if (PlaceOf(index) is var tunnel and not (Place.Prose or Place.Data))
                        Add(NetworkRules.Tunnel, index, address, kind, parts, tunnel == Place.Code ? Severity.Medium : Severity.Low);
                    break;
                case HostKind.RawAddress:
                    if (PlaceOf(index) is var raw and not (Place.Prose or Place.Data))
                    {
                        Add(NetworkRules.RawAddress, index, address, kind, parts, raw != Place.Code ? Severity.Low : parts.IsOddlySpelt ? Severity.High : parts.Port is not null ? Severity.Medium : Severity.Low);
                    }

                    break;
                case HostKind.Unknown:
                    JudgeDisguise(index, address, parts);
                    break;
            }

            if (parts.UserInfo.Length > 0 && kind is not (HostKind.CodeHost or HostKind.ModelHub or HostKind.PackageIndex or HostKind.Local))
                JudgeUser(index, address, parts);
        }

        /// <summary><c>https://github.com@other.example</c>: what reads like the host is a user name.</summary>
        private void JudgeUser(int index, string address, in WebAddress parts)
        {
            var user = parts.UserInfo.AsSpan();
            var colon = user.IndexOf(':');
            if (colon >= 0)
                user = user[..colon];
            if (user.Contains('.') && HostReputation.Of(user.ToString()) is HostKind.CodeHost or HostKind.ModelHub or HostKind.PackageIndex or HostKind.Provider or HostKind.Installer)
            {
                scope.Findings.AddAt(
                    LureRules.MisleadingLink, artifact, index, $"The address reads like {user}, and leads to {parts.Host}", address, Severity.High, effect: Effect.Use);
            }
        }

        /// <summary>A host that looks like a well-known one, by letters of another alphabet or by one slip.</summary>
        private void JudgeDisguise(int index, string address, in WebAddress parts)
        {
            var host = parts.Host;
            var isForeign = !System.Text.Ascii.IsValid(host);
            if (!isForeign && host.Contains("xn--", StringComparison.Ordinal))
            {
                isForeign = true;
                try
                {
                    host = new System.Globalization.IdnMapping().GetUnicode(host);
                }
                catch (ArgumentException)
                {
                    return;
                }
            }

            var dot = host.LastIndexOf('.');
            var second = dot <= 0 ? -1 : host.LastIndexOf('.', dot - 1);
            var own = host[(second + 1)..];
            foreach (var known in Imitated)
            {
                if (isForeign ? Lookalikes.Shape(own) == Lookalikes.Shape(known) : known.Length >= 10 && own.Length >= 9 && own[0] == known[0] && own != known && EditDistance.Of(own, known, 1) == 1)
                {
                    scope.Findings.AddAt(
                        LureRules.MisleadingLink, artifact, index, $"{host} looks like {known}, and is another host", address, isForeign ? Severity.High : Severity.Medium, Confidence.Medium, Effect.Use);
                    return;
                }
            }
        }

        private void JudgeChannel(int index, string address, in WebAddress parts)
        {
            var at = PlaceOf(index);
            if (at == Place.Data)
                return;
            Severity? severity;
            if (parts.Host == "api.telegram.org")
            {
                var open = parts.Path.IndexOf("/bot", StringComparison.Ordinal);
                var isWritten = open >= 0 ? SecretShapes.HasTelegramToken(parts.Path.AsSpan(open + 4)) : false;
                severity = isWritten || (at == Place.Code && SecretShapes.HasTelegramToken(text)) ? at == Place.Code ? Severity.High : Severity.Medium : null;
            }
            else if (HostReputation.ReasonOf(parts) is { } reason && reason.StartsWith("takes messages", StringComparison.Ordinal))
            {
                var isDiscord = parts.Host.Contains("discord", StringComparison.Ordinal);
                severity = !IsWrittenOut(address, parts) ? null : at == Place.Code && isDiscord ? Severity.High : at == Place.Prose ? Severity.Low : Severity.Medium;
            }
            else if (parts.Host is "script.google.com" or "docs.google.com")
            {
                severity = parts.Host == "docs.google.com" && !parts.Path.Contains("/formResponse", StringComparison.Ordinal) ? null : at == Place.Code ? Severity.Medium : null;
            }
            else
            {
                severity = at switch
                {
                    Place.Code => IsPlaceholder(parts.Path) ? Severity.Medium : Severity.High,
                    Place.Comment => Severity.Low,
                    Place.Prose when parts.Path.Length <= 1 && parts.Host.Split('.').Length < 3 => null,
                    _ => Severity.Medium,
                };
            }

            if (severity is { } grade)
                Add(NetworkRules.ExfiltrationChannel, index, address, HostKind.Exfiltration, parts, at == Place.Comment ? Severity.Low : grade);
        }

        /// <summary>Whether the channel is given with its key, and not by a variable or a placeholder.</summary>
        private static bool IsWrittenOut(string address, in WebAddress parts)
        {
            var last = parts.Path.AsSpan().TrimEnd('/');
            last = last[(last.LastIndexOf('/') + 1)..];
            var query = address.IndexOf('=', StringComparison.Ordinal);
            if (query > 0 && address.Length - query > last.Length)
                last = address.AsSpan(query + 1);
            return last.Length >= 16 && !last.ContainsAny(Opaque) && !IsPlaceholder(last) && SecretShapes.LooksRandom(last);
        }

        private static bool IsPlaceholder(ReadOnlySpan<char> part) =>
            part.ContainsAny(Opaque) || part.Contains("your", StringComparison.OrdinalIgnoreCase) || part.Contains("xxx", StringComparison.OrdinalIgnoreCase)
            || part.Contains("...", StringComparison.Ordinal) || part.Contains("placeholder", StringComparison.OrdinalIgnoreCase) || part.Contains("example", StringComparison.OrdinalIgnoreCase);

        private void Add(Rule rule, int index, string address, HostKind kind, in WebAddress parts, Severity severity)
        {
            var host = parts.Port is { } port ? $"{parts.Host}:{port}" : parts.Host;
            var why = HostReputation.ReasonOf(parts) is { } reason ? $": {reason}" : "";
            var sure = kind == HostKind.KnownBad ? Confidence.Confirmed : severity >= Severity.High ? Confidence.High : Confidence.Medium;
            scope.Findings.AddAt(rule, artifact, index, $"{Who()} names {host}, {HostReputation.Describe(kind)}{why}", SecretShapes.MaskChannel(address), severity, sure, Effect.Use);
        }

        private string Who() => place switch
        {
            Place.Prose => "The text",
            Place.Settings or Place.Data => "The file",
            _ => artifact.Language == CodeLanguage.Notebook ? "The notebook" : "The code",
        };

        private Place PlaceOf(int index)
        {
            if (place != Place.Code)
                return place;
            if (artifact.Language == CodeLanguage.Notebook)
                return CellOf(index);
            var line = text.AsSpan(0, index);
            line = line[(line.LastIndexOfAny('\r', '\n') + 1)..];
            return IsComment(line) ? Place.Comment : Place.Code;
        }

        /// <summary>Saved output and prose of a notebook are no code of it.</summary>
        private Place CellOf(int index)
        {
            var before = text.AsSpan(Math.Max(0, index - (256 << 10)), Math.Min(index, 256 << 10));
            var source = before.LastIndexOf("\"source\"");
            if (before.LastIndexOf("\"outputs\"") > source)
                return Place.Data;
            var cell = before.LastIndexOf("\"cell_type\"");
            if (cell >= 0 && cell < source && before[cell..Math.Min(before.Length, cell + 40)].Contains("markdown", StringComparison.Ordinal))
                return Place.Prose;
            var line = before[(before.LastIndexOf('\n') + 1)..].TrimStart(" \t\"");
            return IsComment(line) ? Place.Comment : Place.Code;
        }

        private bool IsComment(ReadOnlySpan<char> line)
        {
            var start = line.TrimStart();
            switch (artifact.Language)
            {
                case CodeLanguage.JavaScript:
                    return start.StartsWith("//") || start.StartsWith("*") || start.StartsWith("/*") || line.Contains(" // ", StringComparison.Ordinal);
                case CodeLanguage.Batch:
                    return start.StartsWith("::") || start.StartsWith("rem ", StringComparison.OrdinalIgnoreCase) || start.StartsWith("@rem ", StringComparison.OrdinalIgnoreCase);
                case CodeLanguage.VbScript:
                    return start.StartsWith("'") || start.StartsWith("rem ", StringComparison.OrdinalIgnoreCase);
                default:
                    if (start.StartsWith("#"))
                        return true;
                    var hash = line.IndexOf(" # ", StringComparison.Ordinal);
                    return hash >= 0 && line[..hash].Count('"') % 2 == 0 && line[..hash].Count('\'') % 2 == 0;
            }
        }
    }
}
