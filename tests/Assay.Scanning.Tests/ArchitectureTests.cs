using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace Assay.Scanning.Tests;

/// <summary>Dependencies point one way: Formats, then Scanning, then the command line; and nothing else comes in.</summary>
public sealed class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Assay.Formats"] = [],
        ["Assay.Scanning"] = ["Assay.Formats"],
        ["Assay.Protocol"] = [],
        ["Assay.Impersonation"] = ["Assay.Formats"],
        ["Assay.Hub"] = ["Assay.Formats", "Assay.Scanning", "Assay.Impersonation", "Assay.Protocol"],
        ["Assay.Server"] = ["Assay.Hub"],
        ["Assay.Cli"] = ["Assay.Formats", "Assay.Scanning", "Assay.Impersonation", "Assay.Protocol"],
    };

    private static readonly Dictionary<string, string[]> AllowedPackages = new(StringComparer.Ordinal)
    {
        ["Assay.Formats"] = [],
        ["Assay.Scanning"] = ["YamlDotNet"],
        ["Assay.Impersonation"] = [],
        ["Assay.Protocol"] = [],
        ["Assay.Hub"] = ["Microsoft.EntityFrameworkCore.Relational", "Microsoft.EntityFrameworkCore.Sqlite", "Microsoft.IdentityModel.JsonWebTokens", "Npgsql.EntityFrameworkCore.PostgreSQL", "YamlDotNet"],
        ["Assay.Server"] = ["Markdig", "Microsoft.AspNetCore.OpenApi", "OpenTelemetry", "OpenTelemetry.Exporter.OpenTelemetryProtocol", "System.CommandLine"],
        ["Assay.Cli"] = ["System.CommandLine", "YamlDotNet"],
    };

    [Fact]
    public void Projects_refer_only_to_the_layers_below()
    {
        var projects = Directory.GetFiles(Path.Combine(Root(), "src"), "*.csproj", SearchOption.AllDirectories);
        Assert.NotEmpty(projects);
        foreach (var file in projects)
        {
            var name = Path.GetFileNameWithoutExtension(file);
            Assert.True(Allowed.ContainsKey(name), $"{name} is a new project: say here what it may refer to");
            var project = XDocument.Load(file);
            var references = project.Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));
            Assert.Empty(references.Except(Allowed[name], StringComparer.Ordinal));
            var packages = project.Descendants("PackageReference").Select(r => r.Attribute("Include")!.Value);
            Assert.Empty(packages.Except(AllowedPackages[name], StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Assemblies_refer_only_to_the_framework_and_the_layers_below()
    {
        foreach (var assembly in new[] { typeof(Assay.Formats.ByteSource).Assembly, typeof(ArtifactScanner).Assembly })
        {
            var name = assembly.GetName().Name!;
            var strangers = assembly.GetReferencedAssemblies().Select(r => r.Name!)
                .Where(r => !r.StartsWith("System", StringComparison.Ordinal) && r is not ("netstandard" or "mscorlib"))
                .Except(Allowed[name], StringComparer.Ordinal)
                .Except(AllowedPackages[name], StringComparer.Ordinal);
            Assert.Empty(strangers);
        }
    }

    [Fact]
    public void Classes_are_sealed_unless_something_derives_from_them()
    {
        foreach (var assembly in new[] { typeof(Assay.Formats.ByteSource).Assembly, typeof(ArtifactScanner).Assembly })
        {
            var types = assembly.GetTypes();
            var bases = types.Select(t => t.BaseType).Where(b => b is not null).Select(b => b!.IsGenericType ? b.GetGenericTypeDefinition() : b).ToHashSet();
            var open = types.Where(t => t is { IsClass: true, IsSealed: false, IsAbstract: false } && !bases.Contains(t) && t.GetCustomAttribute<CompilerGeneratedAttribute>() is null
                && t.GetCustomAttribute<System.CodeDom.Compiler.GeneratedCodeAttribute>() is null && t.DeclaringType?.GetCustomAttribute<System.CodeDom.Compiler.GeneratedCodeAttribute>() is null);
            Assert.Empty(open.Select(t => t.FullName));
        }
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Assay.slnx")))
                return folder.FullName;
        }

        throw new InvalidOperationException("the root of the repository was not found above " + AppContext.BaseDirectory);
    }
}
