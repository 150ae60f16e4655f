namespace Assay.Server.Web;

/// <summary>Scheme and host of this server as its clients know it: every absolute address in an answer starts with it.</summary>
internal static class PublicUrl
{
    /// <summary>For one request.</summary>
    public static string Of(HttpContext http) =>
        http.RequestServices.GetRequiredService<ServerOptions>().PublicUrl ?? $"{http.Request.Scheme}://{http.Request.Host.Value}";
}
