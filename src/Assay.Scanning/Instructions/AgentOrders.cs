namespace Assay.Scanning;

/// <summary>
/// Weighs text that steers assistants: orders that set other orders aside, that are kept from the user, or that carry secrets away. One word accuses
/// nobody: cards speak of assistants and of injections all the time.
/// </summary>
internal static class AgentOrders
{
    private const int MaxText = 20_000;

    /// <summary>Where a text stands: who sees it.</summary>
    public enum Audience
    {
        /// <summary>People do not see it.</summary>
        Nobody,

        /// <summary>A file that assistants take their orders from.</summary>
        Assistant,

        /// <summary>A text for people.</summary>
        Reader,
    }

    /// <summary>What a text orders an assistant to do; null where it orders nothing.</summary>
    /// <param name="text">The text, of one piece.</param>
    /// <param name="audience">Who sees it.</param>
    public static (Severity Severity, string Message)? Judge(string text, Audience audience)
    {
        if (text.Length > MaxText)
            text = text[..MaxText];
        var hits = new List<PhraseHit>();
        PhraseTable.Find(PhraseTable.Fold(text), hits);
        bool overrides = false, addresses = audience == Audience.Assistant, secret = false, acts = false, sends = false, secrets = false, told = false, weakSecrecy = false;
        foreach (var hit in hits)
        {
            switch (hit.Concept)
            {
                case Concept.Override:
                    overrides = true;
                    break;
                case Concept.Address:
                    addresses |= IsAddressed(text, hit, audience);
                    break;
                case Concept.Secrecy:
                    if (IsStrong(text.AsSpan(hit.Start, hit.End - hit.Start)))
                        secret = true;
                    else
                        weakSecrecy = true;
                    break;
                case Concept.Act or Concept.Run or Concept.Download:
                    acts = true;
                    break;
                case Concept.Exfil:
                    sends = true;
                    break;
                case Concept.Secret:
                    secrets = true;
                    break;
                case Concept.About when hit.Language != "ja" && hit.Language != "ko":
                    told = true;
                    break;
            }
        }

        acts |= text.Contains("\"tool_calls\"", StringComparison.Ordinal) || text.Contains("\"tool_use\"", StringComparison.Ordinal) || text.Contains("<tool_call>", StringComparison.Ordinal) || text.Contains("<function_calls>", StringComparison.Ordinal);
        var sendsSecrets = sends && secrets;
        var hasAddress = text.Contains("http", StringComparison.OrdinalIgnoreCase) || text.Contains('@');
        switch (audience)
        {
            case Audience.Nobody:
                if ((overrides || addresses) && (secret || sendsSecrets || (acts && (overrides || weakSecrecy))))
                    return (Severity.Critical, "Text that people do not see gives orders to an assistant");
                if (secret && (acts || sends))
                    return (Severity.Critical, "Text that people do not see gives orders to an assistant, to be kept from its user");
                if (overrides || (sendsSecrets && hasAddress))
                    return (Severity.High, "Text that people do not see tries to steer an assistant");
                return null;
            case Audience.Assistant:
                if (secret && (sendsSecrets || (acts && hasAddress) || overrides))
                    return (Severity.Critical, "Orders for assistants that are to be kept from the user");
                if (sendsSecrets && hasAddress && (secret || weakSecrecy || overrides))
                    return (Severity.Critical, "Orders for assistants to send secrets away");
                if (overrides && (acts || sends) && !told)
                    return (Severity.High, "Orders for assistants that set all others aside");
                if (secret && (acts || sends) && !told)
                    return (Severity.High, "Orders for assistants that are to be kept from the user");
                return sendsSecrets && hasAddress && !told ? (Severity.Medium, "Orders for assistants about sending secrets") : null;
            default:
                if (told)
                    return null;
                if (overrides && (secret || sendsSecrets || (addresses && acts)))
                    return (Severity.Critical, "The text gives orders to an assistant that reads it");
                if (addresses && secret && (acts || sends))
                    return (Severity.Critical, "The text gives orders to an assistant that reads it, to be kept from its user");
                return addresses && sendsSecrets && hasAddress ? (Severity.High, "The text tells an assistant to send secrets away") : null;
        }
    }

    /// <summary>Secrecy from the user, and not merely "run quietly" or "without confirmation".</summary>
    private static bool IsStrong(ReadOnlySpan<char> phrase) =>
        !phrase.StartsWith("without a", StringComparison.OrdinalIgnoreCase) && !phrase.StartsWith("without p", StringComparison.OrdinalIgnoreCase) && !phrase.StartsWith("without c", StringComparison.OrdinalIgnoreCase)
        && !phrase.Equals("silently", StringComparison.OrdinalIgnoreCase) && !phrase.Equals("quietly", StringComparison.OrdinalIgnoreCase) && !phrase.EndsWith("log", StringComparison.OrdinalIgnoreCase)
        && !phrase.EndsWith("report", StringComparison.OrdinalIgnoreCase) && !phrase.EndsWith("explain", StringComparison.OrdinalIgnoreCase) && !phrase.EndsWith("display", StringComparison.OrdinalIgnoreCase) && !phrase.EndsWith("confirmation", StringComparison.OrdinalIgnoreCase)
        && !phrase.EndsWith("mention", StringComparison.OrdinalIgnoreCase) && !phrase.EndsWith("reveal", StringComparison.OrdinalIgnoreCase) && !phrase.EndsWith("alert", StringComparison.OrdinalIgnoreCase);

    /// <summary>In a text for people the name of an assistant is a topic, unless it is spoken to.</summary>
    private static bool IsAddressed(string text, PhraseHit hit, Audience audience)
    {
        if (audience != Audience.Reader)
            return true;
        var phrase = text.AsSpan(hit.Start, hit.End - hit.Start);
        return phrase.Contains("if you", StringComparison.OrdinalIgnoreCase) || phrase.Contains("note ", StringComparison.OrdinalIgnoreCase) || phrase.Contains("for ", StringComparison.OrdinalIgnoreCase) || phrase.Contains("attention", StringComparison.OrdinalIgnoreCase)
            || phrase.Contains("reading", StringComparison.OrdinalIgnoreCase) || phrase.Contains("dear", StringComparison.OrdinalIgnoreCase) || phrase.Contains("important", StringComparison.OrdinalIgnoreCase) || phrase.Contains("agent", StringComparison.OrdinalIgnoreCase)
            || phrase.Contains("assistant", StringComparison.OrdinalIgnoreCase) || (phrase.Length > 0 && phrase[0] > 0x7F);
    }
}
