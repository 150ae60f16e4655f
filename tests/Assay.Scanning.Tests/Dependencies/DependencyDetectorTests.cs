using System.Text;
using Assay.Scanning.Tests.Evasions;

namespace Assay.Scanning.Tests.Dependencies;

/// <summary>Lists of dependencies in every dialect: what imitates, what is known, and where packages come from.</summary>
public sealed class DependencyDetectorTests
{
    [Theory]
    [InlineData("reqeusts")]
    [InlineData("requets")]
    [InlineData("requestss")]
    [InlineData("numpyy")]
    [InlineData("nmupy")]
    [InlineData("padnas")]
    [InlineData("torhc")]
    [InlineData("transfomers")]
    [InlineData("trasnformers")]
    [InlineData("huggingface-hubb")]
    [InlineData("hugingface_hub")]
    [InlineData("tensorfow")]
    [InlineData("scikit-lern")]
    [InlineData("scikitlearn")]
    [InlineData("matplotlip")]
    [InlineData("pil1ow")]
    [InlineData("c0lorama")]
    [InlineData("sentencepeice")]
    [InlineData("accelerrate")]
    [InlineData("safetensor5")]
    [InlineData("beutifulsoup4")]
    [InlineData("pythondateutil")]
    [InlineData("gradi0")]
    [InlineData("diffuserss")]
    [InlineData("openaai")]
    [InlineData("langchian")]
    [InlineData("req\u0443ests")]
    [InlineData("opencv-pyhton")]
    public void A_name_that_imitates_a_popular_package_is_suspicious(string name)
    {
        var report = ScanAssert.Suspicious(Encoding.UTF8.GetBytes($"torch==2.4.0\n{name}>=1.0\n"), "resembles", "requirements.txt");
        ScanAssert.HasRule(report, "DEP-001");
    }

    [Theory]
    [InlineData("requirements.txt", "numpy\n--index-url http://198.51.100.7:8080/simple\n", "DEP-002", Severity.High)]
    [InlineData("requirements.txt", "--extra-index-url https://packages.stranger.invalid/simple\nnumpy\n", "DEP-002", Severity.Medium)]
    [InlineData("requirements.txt", "--extra-index-url https://packages.stranger.invalid/simple --trusted-host packages.stranger.invalid\nnumpy\n", "DEP-002", Severity.High)]
    [InlineData("requirements.txt", "-ihttp://packages.stranger.invalid/simple\nnumpy\n", "DEP-002", Severity.High)]
    [InlineData("requirements.txt", "tool @ https://files.stranger.invalid/tool-1.0-py3-none-any.whl\n", "DEP-002", Severity.High)]
    [InlineData("requirements.txt", "http://203.0.113.9/tool-1.0.tar.gz\n", "DEP-002", Severity.Critical)]
    [InlineData("requirements.txt", "numpy \\\n  --hash=sha256:00\nhttps://transfer.sh/x/tool.zip#egg=tool\n", "DEP-002", Severity.High)]
    [InlineData("requirements.txt", "git+https://github.com/someone/tool.git@main#egg=tool\n", "DEP-002", Severity.Low)]
    [InlineData("requirements.txt", "colourama\n", "DEP-003", Severity.Critical)]
    [InlineData("requirements.txt", "ultralytics==8.3.41\n", "DEP-003", Severity.High)]
    [InlineData("requirements.txt", "sklearn\n", "DEP-001", Severity.Low)]
    [InlineData("requirements.txt", "acme-internal-utils\n--extra-index-url https://pypi.acme.invalid/simple\n", "DEP-004", Severity.Medium)]
    [InlineData("dev.txt", "reqeusts\n", "", Severity.Low)]
    [InlineData("setup.py", "from setuptools import setup\nsetup(name='x', install_requires=['numpy', \"reqeusts>=2\"], extras_require={'dev': ['pytest']})\n", "DEP-001", Severity.High)]
    [InlineData("setup.py", "setup(dependency_links=['https://files.stranger.invalid/x'])\n", "DEP-002", Severity.Medium)]
    [InlineData("setup.cfg", "[options]\ninstall_requires =\n    numpy\n    reqeusts>=2\n", "DEP-001", Severity.High)]
    [InlineData("pyproject.toml", "[project]\nname = \"x\"\ndependencies = [\n  \"numpy>=1\", # a comment ]\n  'reqeusts',\n]\n", "DEP-001", Severity.High)]
    [InlineData("pyproject.toml", "[build-system]\nrequires = [\"setuptools\", \"whele\", \"reqeusts\"]\n", "DEP-001", Severity.High)]
    [InlineData("pyproject.toml", "[tool.poetry.dependencies]\npython = \"^3.10\"\nreqeusts = {version = \"^1\"}\n", "DEP-001", Severity.High)]
    [InlineData("pyproject.toml", "[tool.poetry.group.dev.dependencies]\nreqeusts = \"^1\"\n", "DEP-001", Severity.High)]
    [InlineData("pyproject.toml", "[[tool.uv.index]]\nname = \"x\"\nurl = \"http://packages.stranger.invalid/simple\"\n", "DEP-002", Severity.High)]
    [InlineData("uv.toml", "[[index]]\nurl = \"http://packages.stranger.invalid/simple\"\n", "DEP-002", Severity.High)]
    [InlineData("pyproject.toml", "[tool.uv.sources]\ntool = { url = \"https://files.stranger.invalid/tool.whl\" }\n", "DEP-002", Severity.High)]
    [InlineData("Pipfile", "[[source]]\nurl = \"http://packages.stranger.invalid/simple\"\n[packages]\nreqeusts = \"*\"\n", "DEP-001", Severity.High)]
    [InlineData("environment.yml", "name: x\nchannels:\n  - conda-forge\n  - https://packages.stranger.invalid/conda\ndependencies:\n  - python=3.10\n  - pip:\n    - reqeusts==1\n", "DEP-001", Severity.High)]
    [InlineData("environment.yml", "channels:\n  - http://packages.stranger.invalid/conda\ndependencies:\n  - python=3.10\n", "DEP-002", Severity.High)]
    [InlineData("package.json", "{\"dependencies\": {\"lodahs\": \"^4.0.0\", \"react\": \"18\"}}", "DEP-001", Severity.High)]
    [InlineData("package.json", "{\"dependencies\": {\"x\": \"http://203.0.113.9/x.tgz\"}}", "DEP-002", Severity.Critical)]
    [InlineData("package.json", "{\"dependencies\": {\"crossenv\": \"1.0.0\"}}", "DEP-003", Severity.Critical)]
    [InlineData("package.json", "{\"dependencies\": {\"chalk\": \"5.6.1\"}}", "DEP-003", Severity.High)]
    [InlineData("package-lock.json", "{\"packages\": {\"node_modules/x\": {\"resolved\": \"http://packages.stranger.invalid/x.tgz\"}}}", "DEP-002", Severity.High)]
    [InlineData("yarn.lock", "x@1:\n  version \"1\"\n  resolved \"http://packages.stranger.invalid/x.tgz\"\n", "DEP-002", Severity.High)]
    [InlineData("uv.lock", "[[package]]\nname = \"x\"\nsource = { registry = \"http://packages.stranger.invalid/simple\" }\n", "DEP-002", Severity.High)]
    [InlineData(".npmrc", "registry=http://packages.stranger.invalid/\n", "DEP-002", Severity.High)]
    [InlineData("pip.conf", "[global]\nindex-url = http://packages.stranger.invalid/simple\n", "DEP-002", Severity.High)]
    [InlineData("README.md", "Install:\n```bash\npip install reqeusts torch\n```\n", "DEP-001", Severity.High)]
    [InlineData("install.sh", "set -e\npip install -q torch reqeusts && echo done\n", "DEP-001", Severity.High)]
    [InlineData("a.ipynb", "{\"cells\":[{\"cell_type\":\"code\",\"source\":[\"!pip install reqeusts\\n\"]}],\"nbformat\":4}", "DEP-001", Severity.High)]
    public void What_is_asked_for_is_judged(string name, string text, string rule, Severity severity)
    {
        var report = ScanAssert.Scan(Encoding.UTF8.GetBytes(text), name);
        if (rule.Length == 0)
            Assert.DoesNotContain(report.Findings, f => f.Rule.Family == "DEP");
        else
            Assert.True(report.Findings.Any(f => f.Rule.Id == rule && f.Severity == severity && f.Location.Line >= 1), ScanAssert.Describe(report));
    }

    [Theory]
    [InlineData("requirements.txt", "--index-url https://pypi.org/simple\n--extra-index-url https://download.pytorch.org/whl/cu121\ntorch==2.4.0+cu121 ; python_version >= '3.9'\ntransformers[torch]>=4.40,<5 # comment\n-r base.txt\n-e .\n--hash=sha256:aa\n")]
    [InlineData("requirements.txt", "https://github.com/Dao-AILab/flash-attention/releases/download/v2.6.3/flash_attn-2.6.3+cu123torch2.4cxx11abiFALSE-cp310-cp310-linux_x86_64.whl\ngit+https://github.com/huggingface/diffusers.git\n-f https://data.pyg.org/whl/torch-2.4.0+cu121.html\nhttps://huggingface.co/org/wheels/resolve/main/x-1.0-py3-none-any.whl\n")]
    [InlineData("requirements.txt", "-i https://pypi.tuna.tsinghua.edu.cn/simple\n--trusted-host pypi.tuna.tsinghua.edu.cn\n./wheels/local.whl\n")]
    [InlineData("pyproject.toml", "[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n[project]\nname = \"my-own-name\"\ndependencies = [\"torch>=2\", \"x @ git+https://github.com/pytorch/ao\"]\n[tool.ruff]\nselect = [\"E\", \"requets\"]\n")]
    [InlineData("environment.yml", "channels:\n  - pytorch\n  - nvidia\n  - conda-forge\ndependencies:\n  - python=3.10\n  - pytorch::pytorch\n  - cudatoolkit=11.8\n  - pip\n  - pip:\n    - -r requirements.txt\n    - einops\n")]
    [InlineData("package.json", "{\"name\":\"reqeusts\",\"dependencies\": {\"@huggingface/transformers\": \"^3\", \"vite\": \"5\", \"local\": \"file:../x\", \"lib\": \"github:owner/lib\"}}")]
    [InlineData("README.md", "You can pip install the package with extras, or read about reqeusts, a typo.\n\n    pip install -U transformers accelerate  # then run\n")]
    [InlineData("app.yaml", "on: push\njobs:\n  a:\n    steps:\n      - run: pip install --upgrade pip setuptools wheel\n")]
    public void Honest_lists_are_clean(string name, string text)
    {
        var report = ScanAssert.Scan(Encoding.UTF8.GetBytes(text), name);
        Assert.True(!report.Findings.Any(f => f.Rule.Family == "DEP" && f.Severity > Severity.Low), ScanAssert.Describe(report));
    }

    [Fact]
    public void Less_common_honest_packages_imitate_nobody()
    {
        var alarms = new List<string>();
        var names = RareNames.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        Assert.True(names.Length >= 300);
        foreach (var name in names)
        {
            var normal = PackageTable.Normalise(name, PackageRegistry.PyPi);
            if (PackageTable.Find(normal, PackageRegistry.PyPi) < 0 && PackageTable.Resembles(normal, PackageRegistry.PyPi) is { IsStrong: true } like)
                alarms.Add($"{name} ~ {like.Target} ({like.How})");
        }

        Assert.Empty(alarms);
    }

    [Fact]
    public void The_table_is_sorted_ascii_and_large_enough()
    {
        using var stream = typeof(HostReputation).Assembly.GetManifestResourceStream("Assay.Scanning.packages.tsv")!;
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd()[..^1].Split('\n');
        Assert.Equal("name\tregistry\tkind\tvalue\treason", lines[0]);
        var rows = lines.Skip(1).Select(l => l.Split('\t')).ToList();
        Assert.Equal(lines.Skip(1).Order(StringComparer.Ordinal), lines.Skip(1));
        Assert.All(rows, row => Assert.True(row.Length == 5 && Ascii.IsValid(row[0]) && row[1] is "pypi" or "npm" && row[2] is "popular" or "known" or "trap" or "malicious" or "compromised", row[0]));
        Assert.All(rows.Where(r => r[2] is "trap" or "malicious" or "compromised"), row => Assert.True(row[4].Length > 5, row[0]));
        Assert.True(rows.Count(r => r[1] == "pypi" && r[2] == "popular") > 1500);
        Assert.True(rows.Count(r => r[1] == "npm" && r[2] == "popular") > 400);
        Assert.Equal(rows.Count, rows.Select(r => (r[0], r[1])).Distinct().Count());
    }

    [Fact]
    public void Every_prefix_and_mutation_of_a_list_is_read()
    {
        string[] names = ["pyproject.toml", "requirements.txt", "setup.py", "setup.cfg", "Pipfile", "environment.yml", "package.json", "package-lock.json", "uv.lock", "yarn.lock", ".npmrc", "README.md"];
        const string All = "[a.\"b\"]\nx = [\"q\", {y = 'z', w = \"\"\"l\nm\"\"\"}]\n- pip:\n  - numpy==1\n--index-url=https://x.invalid\nname @ https://y.invalid/a.whl ; m\n{\"dependencies\": {\"a\": \"npm:b@1\"}}\ninstall_requires=['a', \"b\"]\n pip install \\\n -e git+https://z.invalid#egg=q\nresolved \"https://u.invalid\"\n";
        var random = new Random(11);
        foreach (var name in names)
        {
            for (var length = 0; length < All.Length; length++)
                _ = DependencyReader.Read(name, name, All[..length], CodeLanguage.Prose);
            for (var i = 0; i < 300; i++)
            {
                var text = All.ToCharArray();
                for (var edit = 0; edit < 4; edit++)
                    text[random.Next(text.Length)] = "[]{}\"'\\=\n #:@-"[random.Next(14)];
                _ = DependencyReader.Read(name, name, new string(text), CodeLanguage.Shell);
            }
        }
    }

    /// <summary>Real packages off the beaten track.</summary>
    private const string RareNames = """
        abcard acat-player activationscope advtorchattacks ag-cc-proxy agent-grid-protocol-core agentpipe ai-bom ai-gen1 aiollm-gateway aizynthfinder al360-trustworthyai-vision aliby-agora
        altatts aps-viewer-sdk arcade-google-flights arkiv aspose-imaging-python-net astral-mcp-server atelier-diffusion audiocli augtab auth0-login avia-cli baish basilica-sdk bibfixer
        binja-mcp biogeme brain-pred-toolbox burmesegpt cache-dit-cu13 captioneer cardiac-shared celeres-dl chess-features circuit-rs claimed-c3 classification-models-1d
        cloudflare-images-mcp coaiapy-mcp coco-toolkit cogdl cogito cogscale colorsearch comfy-cozy comicmeteor convml-data cortex-local coverart-cli crucible-cache cruise-lang
        crypto-signals-mcp ctxio cube-dl cv-pose dadosfera-logs danwen-eval data-auditor data-science-ml-ai999x databuffet dataforge-07-mcp datalad-dataverse datamerger
        datasette-export-notebook deeprm deepsensor delphai-ml-utils dicom-image-tools digital-me-dream-cycle disco-generation diskstack django-hls django-model-admin-fields
        dv-schema-models edrft eegunity elia-chat elizaos-plugin-gateway email-service-tool embedchain-harin embeddedml ennuf entropia-riko evdm evoagentx fairdetect-test fangcun-hook-sdk
        faradayfdtd farscry fastapi-crudrouter-mongodb faucetbot featureeng fixation-target flacopyus flashseg flm-templates flowgram-runtime fluroview forecast-arena fpembed fullm
        funcodec functionwordsets gallop-pds gamut-format gdml gemini-omni-mcp genie-tts geo-crawler geoguessr-avatar glyph-sdk gpuarray gradoptorch graedin-cline-sdk greko gridemic
        grouped-nf4-gemm grove-shutter gsgp-slim h2o-pysparkling-scoring-2-3 hackersostt hamltools hasy-tools hearvalidator hideandseek hikidasu himena-image hitech-stt hocrox
        honeybee-openstudio htmladapt htr-cli hummcode hybrid-vectorizer hydrotools-nwm-client-new hyram icalens iflow-mcp-mcp-sys-bridge iflow-mcp-vmlinuzx-llmc image-processing-package
        image-titler imexscraper imgwizard install-torch jittor-rocm jnotype json-repair-tool jupyter-bbox-widget jupyter-server-ydoc-codio keep-gpu keras-word-char-embd kivra kobil-sign
        koopman-audit latent-insights laya-router limin-bench livestt llm-bedrock-nova llm-burnwatch llm-chatbot-kit llm-embedding-eval llm-skeleton llm-templates-github llm-testkit
        llmatch-struct-parser llms-txt-action llmtk loadgz loci-stdb lucerna luxical lynx-sdk magenta malevolentslice marapendi mathcode maxrf4u mcp-ols mcp-secret-scrub mcp-spine
        memcrumbs memhop merlinpy-mri meterbility-agent mikoshi-bio minicahe mkdocs-puml-file ml-etl-package mlapp mlguard-lint mnd-algorithms modelexpress models-package moevat molmap
        mongo-validations-generator mudipu myanimelist-mcp neetbox neural-style-transfer neurofade nineth-bridge nlmpy nn4ocmsp notochord nsfwrecog oagdedupe ocicoeaidpml omnigent-plur
        opencac opencode-vision openmixup opensynthlab operx-cli opuslib-next orca-verify orchard-patito outerproduct parliament-of-owls peaceofcake personal-chat-slm pfsspy phalanx-agents
        phitter phronesitron png2hdr poolin pptx-shrinker preframr-tokens project-orbit project2md psse-utils purecard pvdaq-access pwa-raven py-harness-cli py-llm-factory py-oauth-kit
        pybondgraph pycommonist pyforesight pyhasura pyhgf pyllmlib pyllmtest pysegupsampler pythmpg python-mytorch qjackcapture qsarify qtensor-qtree racfhound ragnor raiwidgets
        rapidphase redmine-mcp-workflows regent-control responsibleai-text rightra rlds rolewalk ruddy s2cube s2wav safeml sagemath-mcp saidex scalene-mcp scellbow scmagca screen3
        scribe-eval semantic-tree semantic-view-guard sentinelml sentio sepsisim servectl shared-tensor slack-handler slickit slopwatch smart-cache-package smrt sonicsynth sp-database-mcp
        sphinx-lookup spritekiln sqlmodel-controller sra-riskgate sriti-core st-scrapers startinpy statcast-bigquery stringent struct-eqtable swarmauri-llm-gemini tabular-camel tacle
        tacoscore tagassert takesentencetokenizer tapsage-client tbmodel tdxvcon tensorcodec tinkerbox-ane tinypipeline toc2audio tokenspeed-smg tokonomix tostr touchstone-eval tracely360
        transformers-openai-api transforms84 transformstorm tree-sitter-mal trenchbroom-api ttr-parser uc-forth ukr-numbers ultracode uni-tool universal-slider-bypass upagekite
        upspawn-ocr-cli us2deepposekit vae-toolkit vaishali-indian-states-0325 vectify-simplify vectorpin video-annote videorouter-live vinted-downloader virhunter viturka vizbin vizdantic
        vllm-musa vox-real vseed wagtail-unsplashed weavel wfi2mask whisper-gui whisper-s2t wind-turbine-academic-zt winz-simple-webframework wmipa-test wordd-tokenize workjig wrkmon
        xllamacpp xslim zerochat zse-engine
        """;
}
