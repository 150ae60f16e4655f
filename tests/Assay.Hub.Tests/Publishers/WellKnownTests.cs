using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Assay.Hub.Publishers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Assay.Hub.Tests.Publishers;

/// <summary>A real HTTPS server on the loopback, which answers as a test wants.</summary>
public sealed class LocalWebServer : IAsyncLifetime
{
    private WebApplication? _app;

    public Func<HttpContext, Task> Handle { get; set; } = static _ => Task.CompletedTask;

    public int Port => new Uri(_app!.Urls.First()).Port;

    public X509Certificate2 Certificate { get; } = Make();

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(Certificate)));
        _app = builder.Build();
        _app.Run(http => Handle(http));
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _app!.StopAsync();
        await _app.DisposeAsync();
        Certificate.Dispose();
    }

    private static X509Certificate2 Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=example.org", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("example.org");
        names.AddDnsName("www.example.org");
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}

public sealed class WellKnownTests(LocalWebServer server) : IClassFixture<LocalWebServer>
{
    private static readonly ProofQuestion Question = new("example.org", "69a1b2c3d4e5f60718293a4b", null);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_file_that_is_asked_for_is_found()
    {
        using var checker = Checker();
        var (place, content) = checker.Record(Question);
        Assert.Equal("https://example.org/.well-known/assay-publisher.json", place);
        Serve(http => http.Request.Path == "/.well-known/assay-publisher.json" && http.Request.Host.Host == "example.org" ? content : "{}");
        var reading = await checker.CheckAsync(Question, Cancellation);
        Assert.True(reading.IsThere, reading.Evidence);
    }

    [Theory]
    [InlineData("""{"v":1,"organizations":["ffffffffffffffffffffffff"]}""")]
    [InlineData("""{"v":2,"organizations":["69a1b2c3d4e5f60718293a4b"]}""")]
    [InlineData("""{"v":1,"organizations":"69a1b2c3d4e5f60718293a4b"}""")]
    [InlineData("""{"v":1,"endorses":["69a1b2c3d4e5f60718293a4b"]}""")]
    [InlineData("""{"v":1,"organizations":[],"organizations":["69a1b2c3d4e5f60718293a4b"]}""")]
    [InlineData("""{"v":1e999,"organizations":["69a1b2c3d4e5f60718293a4b"]}""")]
    [InlineData("""["69a1b2c3d4e5f60718293a4b"]""")]
    [InlineData("69a1b2c3d4e5f60718293a4b")]
    [InlineData("<html>assay-org=69a1b2c3d4e5f60718293a4b</html>")]
    [InlineData("")]
    [InlineData("{\"v\":1,\"organizations\":[\"\\ud800\",\"69a1b2c3d4e5f60718293a4\"]}")]
    public async Task Any_other_file_proves_nothing(string content)
    {
        using var checker = Checker();
        Serve(_ => content);
        Assert.False((await checker.CheckAsync(Question, Cancellation)).IsThere);
    }

    [Fact]
    public async Task A_redirect_within_the_domain_is_followed_and_one_off_it_is_not()
    {
        using var checker = Checker();
        var target = $"https://www.example.org:{server.Port}/there";
        server.Handle = async http =>
        {
            if (http.Request.Path == "/there")
                await http.Response.WriteAsync(checker.Record(Question).Content, http.RequestAborted);
            else
                http.Response.Redirect(target);
        };
        Assert.True((await checker.CheckAsync(Question, Cancellation)).IsThere);
        foreach (var other in (string[])[$"https://evil.example:{server.Port}/there", $"http://example.org:{server.Port}/there", $"https://example.org.evil.example:{server.Port}/there", "https://127.0.0.1/there", "file:///etc/passwd", "/loop"])
        {
            target = other;
            var reading = await checker.CheckAsync(Question, Cancellation);
            Assert.False(reading.IsThere, other);
            Assert.Contains("redirects", reading.Evidence, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_file_without_end_and_one_that_never_comes_cost_little()
    {
        using var checker = Checker();
        server.Handle = static async http =>
        {
            var block = new byte[16 << 10];
            block.AsSpan().Fill((byte)' ');
            while (!http.RequestAborted.IsCancellationRequested)
                await http.Response.Body.WriteAsync(block, http.RequestAborted);
        };
        var endless = await checker.CheckAsync(Question, Cancellation);
        Assert.Contains("longer than 64 kB", endless.Evidence, StringComparison.Ordinal);
        server.Handle = static http => Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        Assert.Contains("within 5 seconds", (await checker.CheckAsync(Question, Cancellation)).Evidence, StringComparison.Ordinal);
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds, 4, 20);
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_no_proof()
    {
        using var checker = new WellKnownProofChecker(Loopback(), server.Port, null);
        Serve(_ => checker.Record(Question).Content);
        var reading = await checker.CheckAsync(Question, Cancellation);
        Assert.False(reading.IsThere);
        Assert.Contains("certificate", reading.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.1.2.3")]
    [InlineData("169.254.169.254")]
    [InlineData("192.168.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("::1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("fd00::1")]
    [InlineData("fe80::1")]
    [InlineData("64:ff9b::a00:1")]
    [InlineData("2002:7f00:1::1")]
    [InlineData("255.255.255.255")]
    public async Task A_name_that_leads_inside_is_not_connected_to(string address)
    {
        Assert.False(GuardedConnection.IsPublic(IPAddress.Parse(address)));
        // Hidden behind an address that would be allowed.
        var connection = new GuardedConnection((_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("8.8.8.8"), IPAddress.Parse(address)]), GuardedConnection.IsPublic);
        using var checker = new WellKnownProofChecker(connection, server.Port, Trust);
        var asked = false;
        Serve(_ =>
        {
            asked = true;
            return checker.Record(Question).Content;
        });
        var reading = await checker.CheckAsync(Question, Cancellation);
        Assert.Contains("not of the Internet", reading.Evidence, StringComparison.Ordinal);
        Assert.False(asked);
    }

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("104.18.33.45")]
    [InlineData("2606:4700::1111")]
    [InlineData("172.32.0.1")]
    public void Addresses_of_the_Internet_are_allowed(string address) => Assert.True(GuardedConnection.IsPublic(IPAddress.Parse(address)));

    [Fact]
    public async Task The_connection_goes_to_the_address_that_was_looked_at()
    {
        // The second answer to the same question would lead elsewhere.
        var answers = 0;
        var connection = new GuardedConnection((_, _) => Task.FromResult<IPAddress[]>([++answers == 1 ? IPAddress.Loopback : IPAddress.Parse("192.0.2.1")]), static a => IPAddress.IsLoopback(a));
        using var checker = new WellKnownProofChecker(connection, server.Port, Trust);
        Serve(_ => checker.Record(Question).Content);
        Assert.True((await checker.CheckAsync(Question, Cancellation)).IsThere);
        Assert.Equal(1, answers);
    }

    private static GuardedConnection Loopback() => new(static (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]), static _ => true);

    private WellKnownProofChecker Checker() => new(Loopback(), server.Port, Trust);

    private bool Trust(object sender, X509Certificate? certificate, X509Chain? chain, System.Net.Security.SslPolicyErrors errors) => certificate?.GetCertHashString() == server.Certificate.GetCertHashString();

    private void Serve(Func<HttpContext, string> content) => server.Handle = http => http.Response.WriteAsync(content(http), http.RequestAborted);
}
