using Assay.Formats;

namespace Assay.Scanning;

/// <summary>Judges what a repository asks to be installed: names that imitate others, known bad ones, and places that are no index.</summary>
internal sealed class DependencyDetector : Detector<TextFacts>
{
    private const int MaxText = 16 << 20;

    /// <summary>Unknown names that are compared with the popular ones, per file.</summary>
    private const int MaxCompared = 2_000;

    private const int MaxNamed = 8;

    private static readonly string[] PrivateWords = ["internal", "private", "corp", "intranet", "inhouse", "proprietary"];

    public override IReadOnlyList<Rule> Rules { get; } =
        [DependencyRules.LookalikePackage, DependencyRules.AlternativeIndex, DependencyRules.KnownBadVersion, DependencyRules.DependencyConfusion, DependencyRules.UnknownPackage];

    protected override void Inspect(TextFacts facts, Artifact artifact, DetectionScope scope)
    {
        var text = facts.Source.Text;
        if (text.Length > MaxText)
            return;
        var list = DependencyReader.Read(artifact.Member ?? scope.Path, artifact.Name, text, artifact.Language);
        if (list.Packages.Count == 0 && list.Indexes.Count == 0 && list.Files.Count == 0)
            return;
        scope.Budget.ChargeElements(list.Packages.Count + list.Indexes.Count, 0);
        foreach (var (file, index, what) in list.Files)
            scope.TraitsOf(artifact).Links.Add(new FileLink(file, facts.Source.LineOf(index), what));
        foreach (var use in list.Indexes)
            JudgeIndex(use, list, artifact, scope);
        JudgePackages(list, facts, artifact, scope);
    }

    private static void JudgePackages(DependencyList list, TextFacts facts, Artifact artifact, DetectionScope scope)
    {
        var unknown = new List<Dependency>();
        var seen = new HashSet<(PackageRegistry, string)>();
        foreach (var package in list.Packages)
        {
            if (package.Source is not null)
                JudgeSource(package, facts, artifact, scope);
            if (package.Name.Length == 0)
                continue;
            var name = PackageTable.Normalise(package.Name, package.Registry);
            var row = PackageTable.Find(name, package.Registry);
            if (row >= 0)
            {
                JudgeKnown(package, row, artifact, scope);
                continue;
            }

            // What comes from an address of its own has the name that its author gave it; the address is judged.
            if (package.Source is not null || package.Registry == PackageRegistry.Conda || name.StartsWith('@') || !seen.Add((package.Registry, name)) || seen.Count > MaxCompared)
                continue;
            scope.Budget.ChargeElements(64, package.Index);
            if (PackageTable.Resembles(name, package.Registry) is { } like)
            {
                scope.Findings.AddAt(
                    DependencyRules.LookalikePackage, artifact, package.Index, $"{package.Name} is no well-known package and resembles {like.Target}: {like.How}", package.Written,
                    like.IsStrong ? Severity.High : Severity.Low, like.IsStrong ? Confidence.High : Confidence.Low, Effect.Build);
                if (like.IsStrong)
                    continue;
            }

            if (Array.Exists(PrivateWords, word => name.Split('-').Contains(word)))
            {
                scope.Findings.AddAt(
                    DependencyRules.DependencyConfusion, artifact, package.Index, $"{package.Name} is named like a package of one company: whoever publishes the name first is installed", package.Written,
                    list.Indexes.Count > 0 ? Severity.Medium : Severity.Low, Confidence.Medium, Effect.Build);
            }
            else
            {
                unknown.Add(package);
            }
        }

        if (unknown.Count > 0 && artifact.Language != CodeLanguage.Prose)
        {
            var names = string.Join(", ", unknown.Take(MaxNamed).Select(p => p.Name)) + (unknown.Count > MaxNamed ? ", …" : "");
            scope.Findings.AddAt(DependencyRules.UnknownPackage, artifact, unknown[0].Index, $"Packages that are not among the well-known ones: {names}", names, Severity.Info, Confidence.Low, Effect.Build);
        }
    }

    private static void JudgeKnown(Dependency package, int row, Artifact artifact, DetectionScope scope)
    {
        switch (PackageTable.KindOf(row))
        {
            case "malicious" when package.Source is null:
                scope.Findings.AddAt(
                    DependencyRules.KnownBadVersion, artifact, package.Index, $"{package.Name} is a package that is known to be malicious: {PackageTable.ReasonOf(row)}", package.Written,
                    artifact.Language == CodeLanguage.Prose || package.Registry == PackageRegistry.Conda ? Severity.High : Severity.Critical, Confidence.Confirmed, Effect.Build);
                break;
            case "compromised" when package.Version is { } version && PackageTable.ValueOf(row).Split(' ').Contains(version):
                scope.Findings.AddAt(
                    DependencyRules.KnownBadVersion, artifact, package.Index, $"{package.Name} {version} is known to be malicious: {PackageTable.ReasonOf(row)}", package.Written, Severity.High, Confidence.Confirmed, Effect.Build);
                break;
            case "trap" when package.Source is null && package.Registry == PackageRegistry.PyPi && artifact.Language != CodeLanguage.Prose:
                var right = PackageTable.ValueOf(row);
                scope.Findings.AddAt(
                    DependencyRules.LookalikePackage, artifact, package.Index,
                    right.Length > 0 ? $"{package.Name} is the name of something else; what is meant is probably {right}" : $"{package.Name} is a module of Python itself, and a package of this name is not", package.Written,
                    Severity.Low, Confidence.Medium, Effect.Build);
                break;
        }
    }

    /// <summary>A package that comes from an address or path of its own.</summary>
    private static void JudgeSource(Dependency package, TextFacts facts, Artifact artifact, DetectionScope scope)
    {
        var source = package.Source!;
        if (source.StartsWith("file:", StringComparison.OrdinalIgnoreCase) || !WebAddress.TryParse(source, out var address) || (address.Scheme.Length == 0 && !source.Contains('@', StringComparison.Ordinal)))
        {
            if (RequirementReader.IsArchive(source))
                scope.TraitsOf(artifact).Links.Add(new FileLink(source.Split('#', ';')[0].Trim(), facts.Source.LineOf(package.Index), $"installs {source}"));
            return;
        }

        var kind = HostReputation.Of(address);
        var isArchive = RequirementReader.IsArchive(source);
        var isPlain = address.Scheme is "http" or "ftp" or "git";
        var severity = kind switch
        {
            HostKind.PackageIndex or HostKind.Installer => isPlain ? Severity.Low : (Severity?)null,
            HostKind.CodeHost or HostKind.ModelHub or HostKind.Provider => isPlain && isArchive ? Severity.Medium : IsOfficial(address) ? Severity.Info : Severity.Low,
            HostKind.Local => Severity.Low,
            HostKind.KnownBad => Severity.Critical,
            HostKind.RawAddress => isArchive ? Severity.Critical : Severity.High,
            HostKind.Unknown => isPlain || isArchive ? Severity.High : IsGitHost(address) ? Severity.Medium : Severity.High,
            _ => Severity.High,
        };
        if (severity is not { } weight)
            return;
        scope.Findings.AddAt(
            DependencyRules.AlternativeIndex, artifact, package.Index, $"{(package.Name.Length > 0 ? package.Name : "A package")} is installed from {HostReputation.Describe(kind)} ({address.Host}){(isPlain ? ", without encryption" : "")}", package.Written,
            weight, weight >= Severity.High ? Confidence.High : Confidence.Medium, Effect.Build);
    }

    private static void JudgeIndex(PackageIndexUse use, DependencyList list, Artifact artifact, DetectionScope scope)
    {
        if (!WebAddress.TryParse(use.Address, out var address))
            return;
        var kind = HostReputation.Of(address);
        var isPlain = address.Scheme is "http" or "ftp";
        var isTrusted = use.Use == IndexUse.TrustedHost || list.Indexes.Exists(other => other.Use == IndexUse.TrustedHost && WebAddress.TryParse(other.Address, out var trusted) && trusted.Host == address.Host);
        Severity? severity = kind switch
        {
            HostKind.PackageIndex or HostKind.ModelHub or HostKind.Installer => isPlain && use.Use != IndexUse.TrustedHost ? Severity.Low : null,
            HostKind.CodeHost or HostKind.Provider => use.Use == IndexUse.Locked ? null : Severity.Info,
            HostKind.Local => use.Use == IndexUse.Locked ? null : Severity.Low,
            HostKind.KnownBad => Severity.Critical,
            HostKind.Unknown when use.Use == IndexUse.TrustedHost => Severity.Medium,
            HostKind.Unknown when use.Use == IndexUse.Locked => isPlain ? Severity.High : Severity.Medium,
            HostKind.Unknown => isPlain || isTrusted ? Severity.High : Severity.Medium,
            _ => Severity.High,
        };
        if (severity is not { } weight)
            return;
        var what = use.Use switch
        {
            IndexUse.Index => "Packages are taken from",
            IndexUse.ExtraIndex => "Packages are also taken from",
            IndexUse.Links => "Packages are looked for at",
            IndexUse.TrustedHost => "The identity is not checked of",
            _ => "The lock file takes packages from",
        };
        scope.Findings.AddAt(
            DependencyRules.AlternativeIndex, artifact, use.Index, $"{what} {address.Host}, {HostReputation.Describe(kind)}{(isPlain ? ", without encryption" : "")}", use.Written,
            weight, weight >= Severity.High ? Confidence.High : Confidence.Medium, Effect.Build);
    }

    /// <summary>Source code of those who publish the libraries themselves.</summary>
    private static bool IsOfficial(in WebAddress address)
    {
        var owner = address.Path.TrimStart('/').Split('/')[0];
        return owner.ToLowerInvariant() is "huggingface" or "pytorch" or "openai" or "facebookresearch" or "google" or "google-research" or "google-deepmind" or "microsoft" or "nvidia" or "nvidia-ai-iot" or "nvlabs" or "dao-ailab"
            or "vllm-project" or "sgl-project" or "open-mmlab" or "tensorflow" or "keras-team" or "jax-ml" or "ultralytics" or "unslothai" or "axolotl-ai-cloud" or "lightning-ai" or "state-spaces" or "salesforce" or "allenai"
            or "eleutherai" or "modelscope" or "qwenlm" or "deepseek-ai" or "mistralai" or "meta-llama" or "idea-research" or "rapidsai" or "pypa" or "psf" or "apple" or "ml-explore" or "ggml-org" or "ggerganov" or "thudm" or "internlm" or "haotian-liu";
    }

    private static bool IsGitHost(in WebAddress address)
    {
        var first = address.Host.Split('.')[0];
        return first is "git" or "gitlab" or "gitea" or "forge" or "code" or "bitbucket" or "github";
    }
}
