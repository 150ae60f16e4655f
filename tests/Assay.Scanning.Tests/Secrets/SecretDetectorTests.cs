using System.Text;
using Assay.Formats;
using Assay.Scanning.Tests.Evasions;

namespace Assay.Scanning.Tests.Secrets;

/// <summary>Keys are found by their structure and shown masked; what stands for a key is left alone. Every key here is made up at run time.</summary>
public sealed class SecretDetectorTests
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const string Alnum = Letters + "0123456789";
    private const string Hex = "0123456789abcdef";

    [Fact]
    public void Every_kind_of_the_table_is_found_in_code()
    {
        var seed = 0;
        foreach (var kind in SecretTable.Kinds.Where(k => k.Check == "random" && k.Prefix != "sk_test_"))
        {
            var alphabet = kind.Letters.Contains('G') ? Alnum : kind.Letters.Contains('g') ? Alnum.ToLowerInvariant() : Hex;
            var token = kind.Prefix + Made(alphabet, kind.Min, seed++);
            var report = Scan($"key = \"{token}\"\n", "a.py");
            Assert.True(report.Findings.Any(f => f.Rule.Id == "SEC-001" && f.Severity == kind.Severity), kind.Prefix + ": " + ScanAssert.Describe(report));
            Assert.DoesNotContain(report.Findings, f => (f.Evidence + f.Message).Contains(token[6..], StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("ghp_")]
    [InlineData("npm_")]
    public void Check_digits_are_computed(string prefix)
    {
        var body = Made(Alnum, 30, 7);
        var right = prefix + body + CheckDigits(body);
        Assert.Contains(Scan($"TOKEN={right}\n", "a.sh").Findings, f => f.Rule.Id == "SEC-001" && f.Severity == Severity.High);
        var wrong = prefix + Made(Alnum, 36, 8);
        Assert.Contains(Scan($"TOKEN={wrong}\n", "a.sh").Findings, f => f.Rule.Id == "SEC-001" && f.Severity == Severity.Medium);
    }

    [Theory]
    [InlineData("a.py", "login(token='hf_{0}')\n", "SEC-001", Severity.High)]
    [InlineData("a.ipynb", "{{\"cells\":[{{\"cell_type\":\"code\",\"source\":[\"x\\nhf_{0}\\n\"],\"outputs\":[]}}],\"nbformat\":4}}", "SEC-001", Severity.High)]
    [InlineData("config.json", "{{\"hub_token\": \"hf_{0}\"}}", "SEC-001", Severity.High)]
    [InlineData(".env", "HF_TOKEN=hf_{0}\n", "SEC-001", Severity.High)]
    [InlineData("README.md", "Use hf_{0} to log in.\n", "SEC-001", Severity.Medium)]
    [InlineData("tests/test_login.py", "TOKEN = 'hf_{0}'\n", "SEC-001", Severity.Low)]
    public void A_token_weighs_by_where_it_stands(string name, string template, string rule, Severity severity)
    {
        var report = Scan(string.Format(System.Globalization.CultureInfo.InvariantCulture, template, Made(Letters, 34, 3)), name);
        Assert.True(report.Findings.Any(f => f.Rule.Id == rule && f.Severity == severity), ScanAssert.Describe(report));
    }

    [Fact]
    public void Keys_of_AWS_are_told_by_their_pair()
    {
        var id = "AKIA" + Made("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16, 5);
        var secret = Made(Alnum + "+/", 40, 6);
        Assert.Contains(Scan($"a = '{id}'\nb = '{secret}'\n", "a.py").Findings, f => f.Severity == Severity.High);
        Assert.Contains(Scan($"a = '{id}'\n", "a.py").Findings, f => f.Rule.Id == "SEC-001" && f.Severity == Severity.Medium);
        Assert.Contains(Scan($"[default]\naws_secret_access_key = {secret}\n", "credentials.ini").Findings, f => f.Rule.Id == "SEC-001" && f.Severity == Severity.High);
    }

    [Fact]
    public void Private_keys_are_found_as_text_and_in_settings()
    {
        var body = Made(Alnum + "+/", 640, 9);
        foreach (var label in new[] { "RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK" })
            Assert.Contains(Scan($"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n", "id_rsa").Findings, f => f.Rule.Id == "SEC-002" && f.Severity == Severity.High);
        Assert.Contains(Scan($"{{\"type\": \"service_account\", \"private_key\": \"-----BEGIN PRIVATE KEY-----\\n{body}\\n-----END PRIVATE KEY-----\\n\"}}", "key.json").Findings, f => f.Rule.Id == "SEC-002");
        Assert.DoesNotContain(Scan($"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n", "k.pem").Findings, f => f.Rule.Family == "SEC");
        Assert.DoesNotContain(Scan("if line == '-----BEGIN RSA PRIVATE KEY-----':\n    raise\n", "a.py").Findings, f => f.Rule.Family == "SEC");
    }

    [Fact]
    public void Passwords_in_addresses_and_random_values_under_telling_names_are_found()
    {
        var password = Made(Alnum, 16, 11);
        Assert.Contains(Scan($"URL = 'postgresql://app:{password}@db.company.invalid:5432/x'\n", "a.py").Findings, f => f.Rule.Id == "SEC-001" && f.Severity == Severity.High);
        Assert.Contains(Scan($"WANDB_API_KEY={Made(Hex, 40, 12)}\n", ".env").Findings, f => f.Rule.Id == "SEC-001" && f.Severity == Severity.High);
        Assert.Contains(Scan($"os.environ['SOME_API_KEY'] = '{Made(Alnum, 32, 13)}'\n", "a.py").Findings, f => f.Rule.Id == "SEC-001" && f.Severity == Severity.Medium);
        Assert.Contains(Scan($"{{\"push_to_hub_token\": \"{Made(Alnum, 32, 14)}\"}}", "args.json").Findings, f => f.Rule.Id == "SEC-003");
        Assert.Contains(Scan($"bot = 7483920156:AA{Made(Alnum, 33, 15)}\n", "a.ini").Findings, f => f.Rule.Id == "SEC-001" && f.Severity == Severity.High);
    }

    [Theory]
    [InlineData("a.py", "login(token='hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')\n")]
    [InlineData("a.py", "login(token='hf_YourTokenGoesHereYourTokenGoesHere12')\n")]
    [InlineData("a.py", "k = 'sk-...'; k2 = 'sk-ant-api03-...'; k3 = 'sk-1234567890abcdef1234567890abcdef'\n")]
    [InlineData("a.py", "k = os.environ['OPENAI_API_KEY']; api_key = settings.openai.api_key; password = getpass.getpass()\n")]
    [InlineData("a.py", "api_key=config.get_api_key_from_environment_or_none\nauth_token: str = DEFAULT_AUTH_TOKEN\n")]
    [InlineData("a.md", "export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n")]
    [InlineData("a.py", "u = 'postgresql://postgres:postgres@localhost:5432/db'; v = 'postgres://user:password@host.company.invalid/db'; w = f'mysql://{user}:{password}@{host}'; r = 'redis://:mysecretpassword@redis:6379'\n")]
    [InlineData("config.json", "{\"pad_token\": \"<pad>\", \"eos_token\": \"</s>\", \"sha256\": \"2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae\"}")]
    [InlineData("a.py", "SHA = 'da39a3ee5e6b4b0d3255bfef95601890afd80709'\nIMAGE = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk'\n")]
    [InlineData("a.py", "task-sk-learning-rate = 1; desk-abcdefghijklmnopqrstuvwxyzabcdef\n")]
    [InlineData("tokenizer.json", "{\"vocab\": {\"hf_AbCdEfGhIjKlMnOpQrStUvWxYzaBcDeFgH\": 1}}")]
    [InlineData("data.jsonl", "{\"text\": \"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\"}\n")]
    [InlineData(".env.example", "OPENAI_API_KEY=sk-your-key-here\nHF_TOKEN=hf_...\n")]
    public void What_stands_for_a_key_is_quiet(string name, string text)
    {
        var report = Scan(text, name);
        Assert.True(!report.Findings.Any(f => f.Rule.Family == "SEC" && f.Severity > Severity.Low), ScanAssert.Describe(report));
    }

    [Fact]
    public void The_table_is_sorted_ascii_and_complete()
    {
        using var stream = typeof(SecretTable).Assembly.GetManifestResourceStream("Assay.Scanning.secrets.tsv")!;
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd()[..^1].Split('\n');
        Assert.Equal("prefix\tname\talphabet\tmin\tmax\tcheck\tseverity\treason", lines[0]);
        Assert.Equal(lines.Skip(1).Select(l => l.Split('\t')[0]).Order(StringComparer.Ordinal), lines.Skip(1).Select(l => l.Split('\t')[0]));
        Assert.All(lines.Skip(1), l => Assert.True(l.Split('\t').Length == 8 && Ascii.IsValid(l), l));
    }

    [Fact]
    public void Any_text_is_searched_in_bounded_time()
    {
        var random = new Random(3);
        string[] pieces = ["hf_", "sk-", "-----BEGIN ", "PRIVATE KEY-----", "-----END", "://", "@", ":", ":AA", "password=", "api_key\": \"", "AKIA", "\\n", "x", "A1b2C3d4E5f6", "\"", "\n", "eyJhbGciOi"];
        for (var i = 0; i < 2_000; i++)
            _ = Scan(string.Concat(Enumerable.Range(0, random.Next(1, 30)).Select(_ => pieces[random.Next(pieces.Length)])), "a.py");
        foreach (var piece in pieces)
        {
            var clock = System.Diagnostics.Stopwatch.StartNew();
            _ = Scan(string.Concat(Enumerable.Repeat(piece, 2_000_000 / piece.Length)), "a.cfg");
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"{piece} took {clock.Elapsed}");
        }
    }

    private static ArtifactReport Scan(string text, string name)
    {
        using var source = new MemoryByteSource(Encoding.UTF8.GetBytes(text));
        return new ArtifactScanner(new ScanOptions()).Scan(source, "t", name, new HashSet<string>(), TestContext.Current.CancellationToken);
    }

    private static string Made(string alphabet, int length, int seed)
    {
        for (var random = new Random(seed); ;)
        {
            var made = string.Concat(Enumerable.Range(0, length).Select(_ => alphabet[random.Next(alphabet.Length)]));
            if (SecretShapes.LooksRandom(made) && (!alphabet.Contains('2') || made.Any(c => c is >= '2' and <= '7')))
                return made;
        }
    }

    private static string CheckDigits(string body)
    {
        const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        ulong crc = Crc32.Append(0, Encoding.ASCII.GetBytes(body));
        var digits = new char[6];
        for (var i = 5; i >= 0; i--, crc /= 62)
            digits[i] = Digits[(int)(crc % 62)];
        return new string(digits);
    }

    [Fact]
    public void The_key_of_a_storage_account_is_found_and_its_stand_in_is_not()
    {
        var bytes = new byte[64];
        new Random(7).NextBytes(bytes);
        var found = ScanAssert.Scan(Encoding.UTF8.GetBytes($"C = 'AccountName=a;AccountKey={Convert.ToBase64String(bytes)};EndpointSuffix=core.windows.net'\n"), "a.py");
        ScanAssert.HasRule(found, "SEC-001");
        Assert.DoesNotContain(Convert.ToBase64String(bytes), ScanAssert.Describe(found), StringComparison.Ordinal);
        ScanAssert.Clean("C = 'AccountName=a;AccountKey=<your key>;EndpointSuffix=core.windows.net'\n"u8.ToArray(), "a.py");
    }
}
