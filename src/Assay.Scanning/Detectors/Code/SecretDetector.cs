using System.Buffers;
using System.Text;
using Assay.Formats;

namespace Assay.Scanning;

/// <summary>
/// Finds keys and passwords that somebody published by mistake: tokens of known providers by their structure, private keys, passwords in
/// addresses, and random values under names that promise a secret. Only the form is looked at; evidence is masked.
/// </summary>
internal sealed class SecretDetector : Detector<TextFacts>
{
    /// <summary>Settings beyond this are data, in which keys of other people occur.</summary>
    private const int MaxSettings = 2 << 20;

    private const int MaxValue = 512;
    /// <summary>A longer value under a telling name is something else: a certificate, a picture.</summary>
    private const int MaxNamedValue = 200;

    private const int MaxKeyBlock = 16 << 10;

    /// <summary>Texts that are made of pieces of text: anything occurs in them.</summary>
    private static readonly HashSet<string> DataFiles = new(StringComparer.OrdinalIgnoreCase)
    {
        "vocab.json", "vocab.txt", "merges.txt", "tokenizer.json", "added_tokens.json", "special_tokens_map.json", "tokenizer_config.json", "model.safetensors.index.json", "id2label.json", "encoder.json",
    };

    private static readonly string[] DataEndings = [".jsonl", ".csv", ".tsv", ".vocab", ".bpe", ".arrow", ".conll", ".srt", ".css", ".svg"];

    /// <summary>Folders in which keys are made up.</summary>
    private static readonly string[] TestFolders = ["test", "tests", "testing", "testdata", "fixtures", "spec", "__tests__", "mocks", "unit", "e2e"];

    /// <summary>Folders whose keys are there to be seen in many cases.</summary>
    private static readonly string[] ShownFolders = ["example", "examples", "demo", "demos", "sample", "samples", "doc", "docs"];

    private static readonly string[] KeyWords =
        ["api_key", "apikey", "api-key", "secret_key", "secretkey", "access_key", "accesskey", "auth_token", "authtoken", "access_token", "hub_token", "bot_token", "client_secret", "api_token", "password", "passwd", "discord_token", "wandb_key", "account_key", "accountkey"];

    private static readonly SearchValues<string> KeyNames = SearchValues.Create(KeyWords, StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<char> AddressEnds = SearchValues.Create(" \t\r\n\"'`<>,;)");
    private static readonly SearchValues<char> Placeholders = SearchValues.Create("{}<>$%*[");
    private static readonly SearchValues<char> ValueEnds = SearchValues.Create(" \t\r\n\"'`,;<>()[]{}|");
    private static readonly SearchValues<char> SecretLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-.~!@#$%^&*:?");
    private static readonly SearchValues<char> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    private static readonly HashSet<string> CommonPasswords = new(StringComparer.OrdinalIgnoreCase)
    {
        "password", "pass", "passwd", "pwd", "postgres", "root", "admin", "user", "username", "secret", "mysecretpassword", "test", "guest", "mysql", "redis", "mongo", "minio", "changeme", "default", "token", "apikey", "123456", "1234", "12345678", "letmein", "qwerty", "docker", "dbpassword", "db_password", "supersecret",
    };

    private static readonly string[] DatabaseSchemes = ["postgres", "postgresql", "mysql", "mariadb", "mongodb", "redis", "rediss", "amqp", "amqps", "mssql", "clickhouse", "ftp", "sftp", "smtp", "smtps", "ldap", "srv", "psycopg2", "pymysql", "asyncpg", "neo4j", "bolt"];

    public override IReadOnlyList<Rule> Rules { get; } = [SecretRules.LiveSecret, SecretRules.PrivateKey, SecretRules.MetadataToken];

    protected override void Inspect(TextFacts facts, Artifact artifact, DetectionScope scope)
    {
        if (DataFiles.Contains(artifact.Name) || Array.Exists(DataEndings, e => artifact.Name.EndsWith(e, StringComparison.OrdinalIgnoreCase)))
            return;
        var path = artifact.Member ?? scope.Path;
        var isTest = path.Split('/', '!').Any(folder => Array.Exists(TestFolders, t => t.Equals(folder, StringComparison.OrdinalIgnoreCase)))
            || artifact.Name.StartsWith("test_", StringComparison.OrdinalIgnoreCase) || artifact.Name.Contains("example", StringComparison.OrdinalIgnoreCase) || artifact.Name.Contains(".sample", StringComparison.OrdinalIgnoreCase);
        var text = facts.Source.Text;
        var isData = artifact.Language is CodeLanguage.Json or CodeLanguage.Yaml or CodeLanguage.None && text.Length > MaxSettings;
        var isShown = path.Split('/', '!').Any(folder => Array.Exists(ShownFolders, t => t.Equals(folder, StringComparison.OrdinalIgnoreCase)));
        var most = isTest || isData ? Severity.Low : artifact.Language == CodeLanguage.Prose || isShown ? Severity.Medium : Severity.High;
        var run = new Run(text, artifact, scope, most);
        run.FindTokens();
        run.FindBotTokens();
        run.FindPrivateKeys();
        run.FindPasswordsInAddresses();
        if (!isData)
            run.FindNamedValues();
    }

    /// <summary>One text being searched.</summary>
    private sealed class Run(string text, Artifact artifact, DetectionScope scope, Severity most)
    {
        private readonly HashSet<string> _told = new(StringComparer.Ordinal);

        public void FindTokens()
        {
            for (var from = 0; from < text.Length;)
            {
                var next = text.AsSpan(from).IndexOfAny(SecretTable.Prefixes);
                if (next < 0)
                    return;
                var at = from + next;
                from = at + 1;
                if (!StartsWord(at) || SecretTable.At(text.AsSpan(at)) is not { } kind)
                    continue;
                var body = text.AsSpan(at + kind.Prefix.Length);
                var length = body.IndexOfAnyExcept(kind.Letters);
                if (length < 0)
                    length = body.Length;
                from = at + kind.Prefix.Length + Math.Min(length, kind.Max);
                if (length < kind.Min || length > kind.Max || (length < body.Length && char.IsAsciiLetterOrDigit(body[length])))
                    continue;
                var token = text.AsSpan(at, kind.Prefix.Length + length);
                if (Weigh(kind, token, body[..length], at) is { } severity)
                    Tell(SecretRules.LiveSecret, at, token, $"{Article(kind.Name)} is written here in full; it {kind.Reason}", severity, severity >= Severity.High ? Confidence.High : Confidence.Medium);
            }
        }

        public void FindBotTokens()
        {
            for (var at = text.IndexOf(":AA", StringComparison.Ordinal); at >= 0; at = text.IndexOf(":AA", at + 1, StringComparison.Ordinal))
            {
                if (SecretShapes.TelegramTokenAt(text, at, out var start))
                    Tell(SecretRules.LiveSecret, start, text.AsSpan(start, at - start + 36), "The token of a Telegram bot is written here in full; it reads and sends messages as the bot", Severity.High, Confidence.High);
            }
        }

        public void FindPrivateKeys()
        {
            const string Begin = "-----BEGIN ";
            for (var at = text.IndexOf(Begin, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Begin, at + 1, StringComparison.Ordinal))
            {
                var rest = text.AsSpan(at + Begin.Length);
                var end = rest[..Math.Min(rest.Length, 60)].IndexOf("-----");
                if (end < 0)
                    continue;
                var label = rest[..end];
                if (!label.Contains("PRIVATE KEY", StringComparison.Ordinal))
                    continue;
                var body = rest[(end + 5)..];
                body = body[..Math.Min(body.Length, MaxKeyBlock)];
                var close = body.IndexOf("-----END");
                if (close < 0 || CountBase64(body[..close]) < 100 || body[..close].Contains("...", StringComparison.Ordinal) || SecretShapes.Entropy(body[..close]) < 4.5)
                    continue;
                var isLocked = label.Contains("ENCRYPTED", StringComparison.Ordinal) || body[..close].Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal);
                var of = text.Contains("\"service_account\"", StringComparison.Ordinal) ? " of a Google service account" : "";
                Tell(
                    SecretRules.PrivateKey, at, label, isLocked ? "A private key is published here, protected by a password" : $"A private key{of} is published here", isLocked ? Severity.Medium : Severity.High, Confidence.High,
                    $"{Begin}{label}-----");
            }

            var putty = text.IndexOf("PuTTY-User-Key-File-", StringComparison.Ordinal);
            if (putty >= 0 && text.AsSpan(putty).Contains("Private-Lines:", StringComparison.Ordinal))
                Tell(SecretRules.PrivateKey, putty, "PuTTY", "A private key of PuTTY is published here", Severity.High, Confidence.High, "PuTTY-User-Key-File");
        }

        public void FindPasswordsInAddresses()
        {
            for (var at = text.IndexOf("://", StringComparison.Ordinal); at >= 0; at = text.IndexOf("://", at + 3, StringComparison.Ordinal))
            {
                var rest = text.AsSpan(at + 3, Math.Min(MaxValue, text.Length - at - 3));
                var end = rest.IndexOfAny(AddressEnds);
                var address = end < 0 ? rest : rest[..end];
                var slash = address.IndexOfAny('/', '?');
                var authority = slash < 0 ? address : address[..slash];
                var host = authority.LastIndexOf('@');
                var colon = authority.IndexOf(':');
                if (host < 0 || colon < 0 || colon > host || colon == 0 && host < 9)
                    continue;
                var password = authority[(colon + 1)..host];
                if (password.Length < 6 || password.ContainsAny(Placeholders) || CommonPasswords.Contains(password.ToString()) || SecretShapes.IsPlaceholder(password) || password.SequenceEqual(authority[..colon]))
                    continue;
                var start = at;
                while (start > 0 && at - start < 20 && char.IsAsciiLetterOrDigit(text[start - 1]))
                    start--;
                var scheme = text[start..at].ToLowerInvariant();
                var isDatabase = Array.IndexOf(DatabaseSchemes, scheme) >= 0;
                var name = authority[(host + 1)..];
                if (!WebAddress.TryParse("https://" + name.ToString(), out var parts) || HostReputation.Of(parts) == HostKind.Local || parts.Host.EndsWith("example.com", StringComparison.Ordinal))
                    continue;
                var isRandom = password.Length >= 12 && SecretShapes.LooksRandom(password);
                if (!isDatabase && !isRandom)
                    continue;
                Tell(
                    SecretRules.LiveSecret, start, password, $"A password for {parts.Host} is written in an address", isRandom ? Severity.High : Severity.Medium, isRandom ? Confidence.High : Confidence.Medium,
                    $"{scheme}://{authority[..colon]}:{SecretShapes.Mask(password)}@{parts.Host}");
            }
        }

        /// <summary>A random value under a name that promises a secret: settings, environments, arguments.</summary>
        public void FindNamedValues()
        {
            for (var from = 0; from < text.Length;)
            {
                var next = text.AsSpan(from).IndexOfAny(KeyNames);
                if (next < 0)
                    return;
                var at = from + next;
                var end = at;
                while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '_' or '-'))
                    end++;
                from = Math.Max(end, at + 1);
                var start = at;
                while (start > 0 && at - start < 60 && (char.IsAsciiLetterOrDigit(text[start - 1]) || text[start - 1] is '_' or '-' or '.'))
                    start--;
                // The name ends in the word, or a number or place follows it: PasswordManager is none.
                if (end - start > 80 || text[(at + KeyLength(at))..end] is { Length: > 0 } rest && !(rest[0] is '_' or '-' || char.IsAsciiDigit(rest[0])) || ValueAt(end) is not { } range)
                    continue;
                var name = text[start..end];
                var value = text.AsSpan(range.Start, range.Length);
                if (!IsSecretValue(name, value))
                    continue;
                var isArgument = name.Contains("hub_token", StringComparison.OrdinalIgnoreCase);
                var isEnvironment = artifact.Language is CodeLanguage.Settings or CodeLanguage.Json or CodeLanguage.Yaml;
                Tell(
                    isArgument ? SecretRules.MetadataToken : SecretRules.LiveSecret, start, value, $"The value of {name} looks like a live secret", IsCertain(name, value) ? Severity.High : Severity.Medium,
                    isEnvironment ? Confidence.High : Confidence.Medium, $"{name} = {SecretShapes.Mask(value)}");
            }
        }

        private int KeyLength(int at)
        {
            var length = 0;
            foreach (var name in KeyWords)
            {
                if (name.Length > length && text.AsSpan(at).StartsWith(name, StringComparison.OrdinalIgnoreCase))
                    length = name.Length;
            }

            return length;
        }

        /// <summary>The literal that follows a name: <c>="…"</c>, <c>: …</c>, <c>", "…"</c> of a call.</summary>
        private (int Start, int Length)? ValueAt(int at)
        {
            var rest = text.AsSpan(at, Math.Min(MaxValue, text.Length - at));
            var i = 0;
            while (i < rest.Length && rest[i] is '"' or '\'' or '\\' or ']' or ')' or ' ' or '\t')
                i++;
            if (i >= rest.Length || rest[i] is not ('=' or ':' or ','))
                return null;
            var isQuotedOnly = rest[i] == ',';
            i++;
            while (i < rest.Length && rest[i] is ' ' or '\t' or '=' or '\\')
                i++;
            if (i >= rest.Length)
                return null;
            var isQuoted = rest[i] is '"' or '\'';
            if (isQuoted)
                i++;
            else if (isQuotedOnly || artifact.Language is not (CodeLanguage.Settings or CodeLanguage.Yaml or CodeLanguage.Shell or CodeLanguage.Dockerfile or CodeLanguage.Batch or CodeLanguage.Prose or CodeLanguage.None))
                return null;
            var end = rest[i..].IndexOfAny(ValueEnds);
            var length = end < 0 ? rest.Length - i : end;
            if (length > 0 && rest[i + length - 1] == '\\')
                length--;
            return length < 12 ? null : (at + i, length);
        }

        private static bool IsSecretValue(string name, ReadOnlySpan<char> value)
        {
            if (value.Length > MaxNamedValue || value.ContainsAnyExcept(SecretLetters) || value.Contains("://", StringComparison.Ordinal))
                return false;
            // Names of variables and paths in code are words, joined.
            if (value.Contains('.') && !value.ContainsAnyInRange('0', '9'))
                return false;
            if (name.Contains("passw", StringComparison.OrdinalIgnoreCase))
                return value.Length >= 12 && SecretShapes.LooksRandom(value) && value.ContainsAnyInRange('0', '9');
            return value.Length >= 20 && SecretShapes.LooksRandom(value) && value.ContainsAnyInRange('0', '9');
        }

        /// <summary>Names whose values have a fixed form.</summary>
        private static bool IsCertain(string name, ReadOnlySpan<char> value) =>
            (name.Contains("secret_access_key", StringComparison.OrdinalIgnoreCase) && value.Length == 40 && !value.ContainsAnyExcept(Base64))
            || (name.Contains("wandb", StringComparison.OrdinalIgnoreCase) && value.Length == 40)
            || (name.Contains("account", StringComparison.OrdinalIgnoreCase) && value.Length == 88)
            || (name.Contains("discord", StringComparison.OrdinalIgnoreCase) && value.Length >= 55 && value.Count('.') == 2);

        private Severity? Weigh(SecretKind kind, ReadOnlySpan<char> token, ReadOnlySpan<char> body, int at)
        {
            switch (kind.Check)
            {
                case "crc":
                    return !SecretShapes.LooksRandom(body) ? null : HasCheckDigits(body) ? kind.Severity : Severity.Medium;
                case "aws":
                    if (token.Contains("EXAMPLE", StringComparison.Ordinal) || SecretShapes.Entropy(body) < 2.8 || !body.ContainsAnyInRange('2', '7'))
                        return null;
                    return HasAwsSecretNear(at) ? Severity.High : kind.Severity;
                case "jwt":
                    return token.Count('.') == 2 && !token.Contains("SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c", StringComparison.Ordinal) && SecretShapes.Entropy(body) > 4 ? kind.Severity : null;
                default:
                    // What people make up has words or rows in it; the provider's generator has not.
                    if (!SecretShapes.LooksRandom(body))
                        return null;
                    return token.SequenceEqual("sk_test_4eC39HqLyjWDarjtT1zdp7dc") ? null : kind.Prefix == "sk-" && IsWords(body) ? null : kind.Severity;
            }
        }

        private bool HasAwsSecretNear(int at)
        {
            var from = Math.Max(0, at - 400);
            var near = text.AsSpan(from, Math.Min(text.Length - from, 1000));
            while (near.Length >= 40)
            {
                var start = near.IndexOfAny(Base64);
                if (start < 0)
                    return false;
                near = near[start..];
                var length = near.IndexOfAnyExcept(Base64);
                if (length < 0)
                    length = near.Length;
                if (length == 40 && SecretShapes.LooksRandom(near[..40]) && near[..40].ContainsAnyInRange('A', 'Z') && near[..40].ContainsAnyInRange('a', 'z'))
                    return true;
                near = near[length..];
            }

            return false;
        }

        /// <summary>The last six characters are CRC-32 of those before, in base 62 (GitHub's and npm's tokens since 2021).</summary>
        private static bool HasCheckDigits(ReadOnlySpan<char> body)
        {
            const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
            Span<byte> bytes = stackalloc byte[128];
            var n = Encoding.ASCII.GetBytes(body[..^6], bytes);
            ulong crc = Crc32.Append(0, bytes[..n]);
            Span<char> digits = stackalloc char[6];
            for (var i = 5; i >= 0; i--)
            {
                digits[i] = Digits[(int)(crc % 62)];
                crc /= 62;
            }

            return body[^6..].SequenceEqual(digits);
        }

        private static bool IsWords(ReadOnlySpan<char> body) => !body.ContainsAnyInRange('0', '9');

        private static int CountBase64(ReadOnlySpan<char> text)
        {
            var n = 0;
            foreach (var c in text)
                n += Base64.Contains(c) ? 1 : 0;
            return n;
        }

        /// <summary>A token starts where no word goes on: behind an escape (<c>\n</c>) as well.</summary>
        private bool StartsWord(int at)
        {
            if (at == 0)
                return true;
            var c = text[at - 1];
            if (!(char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '+' or '/'))
                return true;
            return c is 'n' or 't' or 'r' && at > 1 && text[at - 2] == '\\';
        }

        private void Tell(Rule rule, int at, ReadOnlySpan<char> secret, string message, Severity severity, Confidence confidence, string? evidence = null)
        {
            if (!_told.Add(secret.ToString()))
                return;
            scope.Findings.AddAt(rule, artifact, at, message, evidence ?? SecretShapes.Mask(secret), severity < most ? severity : most, confidence, Effect.Never);
        }

        private static string Article(string name) => (name[0] is 'A' or 'O' or 'a' ? "An " : "A ") + name;
    }
}
