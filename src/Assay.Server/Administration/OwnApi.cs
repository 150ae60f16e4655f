using Assay.Hub.Persistence;
using Assay.Server.Web;
using Microsoft.EntityFrameworkCore;

namespace Assay.Server.Administration;

/// <summary>The hub's own API: every resource of it, and its OpenAPI document.</summary>
internal static class OwnApi
{
    /// <summary>Adds what the API needs.</summary>
    public static void Register(IServiceCollection services)
    {
        services.AddScoped<HubDb>(static p => p.GetRequiredService<IDbContextFactory<HubDb>>().CreateDbContext());
        services.AddProblemDetails();
        services.AddOpenApi(static options =>
        {
            options.ShouldInclude = static description => description.RelativePath?.StartsWith("api/assay/", StringComparison.Ordinal) == true;
            options.AddDocumentTransformer(static (document, _, _) =>
            {
                document.Info.Title = "Assay";
                document.Info.Version = "v1";
                document.Info.Description = "Reports, decisions, queue, audit, ledger, policy and accounts of this hub. Send a token as \"Authorization: Bearer hf_…\".";
                document.Servers?.Clear();
                return Task.CompletedTask;
            });
        });
    }

    /// <summary>Adds the routes.</summary>
    public static void Map(IEndpointRouteBuilder app)
    {
        var api = app.MapGroup(ApiGate.Root);
        foreach (var map in Endpoints.Administration)
            map(api);
        app.MapOpenApi(ApiGate.Root + "/openapi.json").WithMetadata(new ApiRule(ApiAccess.Anybody));
    }
}
