using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay.Server.Web;

/// <summary>What a slice of the protocol answers.</summary>
internal abstract record Answer
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The slice has written the response itself.</summary>
    public static Answer Written { get; } = new WrittenAnswer();

    /// <summary>JSON.</summary>
    public static Answer Of(JsonNode body, int status = 200, string type = "application/json; charset=utf-8") => new JsonAnswer(body, status, type);

    /// <summary>Nothing but a status.</summary>
    public static Answer Status(int status) => new EmptyAnswer(status);

    /// <summary>A redirect to a path of this server; the method is kept.</summary>
    public static Answer MovedTo(string path) => new RedirectAnswer(path);

    /// <summary>An error in the form that clients of the hub read (<c>hub-protocol</c> section 3).</summary>
    /// <param name="status">Status.</param>
    /// <param name="code"><c>RepoNotFound</c>, <c>RevisionNotFound</c>, <c>EntryNotFound</c>, <c>GatedRepo</c>, or null.</param>
    /// <param name="message">A sentence for people.</param>
    /// <param name="commit">The commit, where the error is about a path in it.</param>
    public static Answer Fail(int status, string? code, string message, string? commit = null) => new ErrorAnswer(status, code, message, commit);

    /// <summary>A request that cannot be understood.</summary>
    public static Answer Bad(string message) => Fail(400, null, message);

    /// <summary>The same; an error is put as text, which git shows to people.</summary>
    public Answer AsText() => this is ErrorAnswer error ? error with { IsText = true } : this;

    /// <summary>Status and sentence of an error; null for any other answer.</summary>
    public virtual (int Status, string Message)? Failure => null;

    /// <summary>Writes it.</summary>
    public abstract Task WriteAsync(HttpContext http);

    /// <summary>Text as a header can hold it: ASCII, one line.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">How long it may be, in characters.</param>
    public static string ForHeader(string text, int most = 1000)
    {
        var ascii = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (ascii.Length >= most)
                break;
            ascii.Append(c switch { >= ' ' and <= '~' => c, '’' or '‘' => '\'', '“' or '”' => '"', '…' => '.', '–' or '—' => '-', '\n' or '\r' or '\t' => ' ', _ => '?' });
        }

        return ascii.ToString();
    }

    private static Task SendAsync(HttpContext http, JsonNode body, int status, string type)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(bytes, Json))
            body.WriteTo(writer);
        return SendAsync(http, bytes.WrittenMemory, status, type);
    }

    private static async Task SendAsync(HttpContext http, ReadOnlyMemory<byte> bytes, int status, string type)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        http.Response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
            await http.Response.Body.WriteAsync(bytes, http.RequestAborted).ConfigureAwait(false);
    }

    private sealed record WrittenAnswer : Answer
    {
        public override Task WriteAsync(HttpContext http) => Task.CompletedTask;
    }

    private sealed record JsonAnswer(JsonNode Body, int Code, string Type) : Answer
    {
        public override Task WriteAsync(HttpContext http) => SendAsync(http, Body, Code, Type);
    }

    private sealed record EmptyAnswer(int Code) : Answer
    {
        public override Task WriteAsync(HttpContext http)
        {
            http.Response.StatusCode = Code;
            if (Code != 204)
                http.Response.ContentLength = 0;
            return Task.CompletedTask;
        }
    }

    private sealed record RedirectAnswer(string Path) : Answer
    {
        public override Task WriteAsync(HttpContext http)
        {
            http.Response.StatusCode = 307;
            http.Response.Headers.Location = Path;
            http.Response.ContentLength = 0;
            return Task.CompletedTask;
        }
    }

    private sealed record ErrorAnswer(int Code, string? Word, string Message, string? Commit) : Answer
    {
        public bool IsText { get; init; }

        public override (int Status, string Message)? Failure => (Code, Message);

        public override Task WriteAsync(HttpContext http)
        {
            if (ApiGate.Covers(http))
                return ApiGate.ProblemAsync(http, Code, Message);
            var headers = http.Response.Headers;
            if (Word is not null)
                headers["X-Error-Code"] = Word;
            headers["X-Error-Message"] = ForHeader(Message);
            if (Commit is not null)
                headers["X-Repo-Commit"] = Commit;
            if (Code == 401)
                headers.WWWAuthenticate = "Basic realm=\"Assay\"";
            headers.CacheControl = "no-store";
            if (IsText)
                return SendAsync(http, Encoding.UTF8.GetBytes(Message + "\n"), Code, "text/plain; charset=utf-8");
            return SendAsync(http, new JsonObject { ["error"] = Message }, Code, "application/json; charset=utf-8");
        }
    }
}
