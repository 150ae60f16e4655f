using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Assay.Server.Tests;

/// <summary>A browser without script: keeps cookies, follows no redirects, sends forms as they stand on the page.</summary>
public sealed class Browser : IDisposable
{
    private readonly HttpClient _http;
    private readonly Uri _address;

    public Browser(RunningHub hub)
    {
        _address = hub.Address;
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies, UseProxy = false }) { Timeout = TimeSpan.FromSeconds(100) };
        _http.DefaultRequestHeaders.Add("Accept", "text/html,application/xhtml+xml");
    }

    public CookieContainer Cookies { get; } = new();

    public Task<HttpResponseMessage> GetAsync(string path, Action<HttpRequestMessage>? configure = null) => SendAsync(HttpMethod.Get, path, null, configure);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, Action<HttpRequestMessage>? configure = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(_address, path)) { Content = content };
        configure?.Invoke(request);
        return await _http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Loads a page; the test fails when the answer has another status.</summary>
    public async Task<IHtmlDocument> OpenAsync(string path, int status = 200)
    {
        using var answer = await GetAsync(path);
        return await ReadAsync(answer, status);
    }

    public static async Task<IHtmlDocument> ReadAsync(HttpResponseMessage answer, int status = 200)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode} {text}");
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
        return new HtmlParser().ParseDocument(text);
    }

    /// <summary>Sends the form with an action, with the values of the page but for those that are given.</summary>
    public async Task<HttpResponseMessage> SubmitAsync(IHtmlDocument page, string action, params (string Name, string Value)[] values)
    {
        var form = page.Forms.First(f => f.GetAttribute("action") == action);
        var fields = form.QuerySelectorAll("input[name], textarea[name]").OfType<AngleSharp.Dom.IElement>().ToDictionary(static e => e.GetAttribute("name")!, static e => e.GetAttribute("value") ?? "");
        foreach (var (name, value) in values)
            fields[name] = value;
        using var content = new FormUrlEncodedContent(fields);
        return await SendAsync(HttpMethod.Post, action, content);
    }

    /// <summary>Signs in; the test fails when that does not work.</summary>
    public async Task SignInAsync(string name, string secret)
    {
        using var answer = await SubmitAsync(await OpenAsync("/login"), "/login", ("name", name), ("password", secret));
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
    }

    public void Dispose() => _http.Dispose();
}
