using System.ComponentModel;

namespace Assay.Testing;

/// <summary>Validates JSON by the validator of <c>tests/interop</c>, which knows nothing of Assay.</summary>
public static class JsonSchema
{
    /// <summary>Why validation is not possible here (Node.js, or <c>npm ci</c> in <c>tests/interop</c>, is missing); null when it is.</summary>
    public static string? WhyNot { get; } = FindOut();

    /// <summary>A test that cannot validate fails in CI: there it would be a gap that nobody sees.</summary>
    public static bool MayBeSkipped => WhyNot is not null && Environment.GetEnvironmentVariable("CI") is null or "" or "false";

    /// <summary>What is wrong with the document; empty when it is valid.</summary>
    /// <param name="schema">Path of the schema, relative to the checkout.</param>
    /// <param name="json">The document.</param>
    public static string Errors(string schema, ReadOnlySpan<byte> json)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("document.json", json);
        var outcome = OtherProgram.Run("node", [Checkout.PathOf("tests/interop/validate.mjs"), Checkout.PathOf(schema), file]);
        return outcome.ExitCode == 0 ? "" : outcome.Error + outcome.Output + $"(exit code {outcome.ExitCode})";
    }

    private static string? FindOut()
    {
        if (!Directory.Exists(Checkout.PathOf("tests/interop/node_modules/ajv")))
            return "npm ci --prefix tests/interop was not run";
        try
        {
            return OtherProgram.Run("node", ["--version"]).ExitCode == 0 ? null : "node does not run";
        }
        catch (Win32Exception)
        {
            return "node is not installed";
        }
    }
}
