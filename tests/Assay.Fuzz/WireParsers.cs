using System.Text;
using Assay.Formats;
using Assay.Hub.Cards;
using Assay.Hub.Publishers;
using Assay.Impersonation;
using Assay.Protocol;
using Assay.Protocol.Git;
using Assay.Protocol.Xet;
using Assay.Scanning.Policy;
using Assay.Testing;

namespace Assay.Fuzz;

/// <summary>What comes in by the network or from an operator, and is no file of a model: each with seeds, and the errors that it may answer with.</summary>
internal static class WireParsers
{
    private static readonly Dictionary<string, Func<byte[], Task>> Parsers = new(StringComparer.Ordinal)
    {
        ["wire/policy"] = static bytes =>
        {
            try
            {
                _ = PolicyReader.Parse("policy.yaml", Encoding.UTF8.GetString(bytes)).Digest;
            }
            catch (PolicyException)
            {
                // an answer
            }

            return Task.CompletedTask;
        },
        ["wire/card"] = static bytes =>
        {
            _ = FrontMatter.Read(Encoding.UTF8.GetString(bytes));
            return Task.CompletedTask;
        },
        ["wire/target"] = static bytes =>
        {
            var target = RawTarget.Parse(Encoding.Latin1.GetString(bytes));
            foreach (var segment in target?.Segments ?? [])
            {
                _ = RepoPath.Problem(segment);
                _ = RefName.Problem(segment);
                _ = RepoId.TryParse(segment, out _);
            }

            return Task.CompletedTask;
        },
        ["wire/tree"] = static bytes =>
        {
            try
            {
                var entries = GitObjects.ReadTree(bytes);
                _ = GitObjects.WriteTree(entries);
            }
            catch (FormatException)
            {
                // an answer
            }

            _ = LfsPointer.TryParse(bytes, out _);
            return Task.CompletedTask;
        },
        ["wire/gitattributes"] = static bytes =>
        {
            var text = Encoding.UTF8.GetString(bytes);
            var attributes = GitAttributes.Parse(text);
            var ignore = GitIgnore.Parse(text);
            foreach (var path in (string[])["a.bin", "saved_model/x/y.pb", "größe 1.txt", text.Length > 200 ? text[..200] : text])
            {
                _ = attributes.IsLfs(path);
                _ = ignore.IsIgnored(path);
            }

            return Task.CompletedTask;
        },
        ["wire/tensors"] = static bytes =>
        {
            using var source = new MemoryByteSource(bytes);
            var layout = TensorLayout.Read(source, new WorkBudget(new WorkLimits { Elements = 200_000, Values = 100_000 }));
            var whole = layout is null ? null : TensorDigester.Digest(source, layout, CancellationToken.None);
            using var digester = new TensorDigester(bytes.Length);
            for (var at = 0; at < bytes.Length; at += 1000)
                digester.Append(bytes.AsSpan(at, Math.Min(1000, bytes.Length - at)));
            var streamed = digester.Finish();
            if (digester.Outcome != TensorDigestOutcome.NeedsRandomAccess && streamed?.Fingerprint != whole?.Fingerprint)
                throw new InvalidOperationException("streaming and random access disagree");
            if (layout is not null)
                _ = WeightCloseness.Of(new WeightSet([(source, layout)]), new WeightSet([(source, layout)]), CancellationToken.None);
            return Task.CompletedTask;
        },
        ["wire/tensor-index"] = static bytes =>
        {
            using var source = new MemoryByteSource(bytes);
            _ = TensorIndex.Load(source);
            _ = TensorInventory.FromBytes(bytes);
            return Task.CompletedTask;
        },
        ["wire/fingerprints"] = static bytes =>
        {
            _ = ModelFingerprints.OfConfig(bytes);
            _ = ModelFingerprints.OfTokenizer(bytes);
            _ = ModelFingerprints.OfTokenizerConfig(bytes);
            _ = FileKinds.ModulesOf(bytes);
            return Task.CompletedTask;
        },
        ["wire/dns"] = static bytes =>
        {
            // The number that the question had; everything else is the answer's.
            _ = DnsMessage.Read(bytes, 0x1234, "_assay-challenge.example.org").Texts.Count;
            return Task.CompletedTask;
        },
        ["wire/domain"] = static bytes =>
        {
            _ = PublicSuffixList.Shipped.Find(Encoding.UTF8.GetString(bytes))?.Label;
            return Task.CompletedTask;
        },
        ["wire/xorb"] = static async bytes =>
        {
            try
            {
                using var stream = new MemoryStream(bytes);
                using var reader = new XorbReader(stream);
                while (await reader.ReadChunkAsync(CancellationToken.None).ConfigureAwait(false))
                {
                    // every chunk is decoded and hashed
                }
            }
            catch (XetFormatException)
            {
                // an answer
            }
        },
        ["wire/shard"] = static async bytes =>
        {
            try
            {
                using var stream = new MemoryStream(bytes);
                _ = (await ShardReader.ReadAsync(stream, CancellationToken.None).ConfigureAwait(false)).Length;
            }
            catch (XetFormatException)
            {
                // an answer
            }
        },
        ["wire/upload-pack"] = static async bytes =>
        {
            foreach (var version in (int[])[0, 2])
            {
                try
                {
                    using var request = new MemoryStream(bytes);
                    await new UploadPack(new UploadPackLimits()).ServeAsync(new OneCommit(), version, request, Stream.Null, CancellationToken.None).ConfigureAwait(false);
                }
                catch (GitProtocolException)
                {
                    // an answer
                }
            }
        },
    };

    /// <summary>Inputs to start from.</summary>
    public static IEnumerable<(string Name, byte[] Bytes)> Seeds
    {
        get
        {
            foreach (var profile in PolicyProfiles.Names)
                yield return ("wire/policy", Encoding.UTF8.GetBytes(PolicyProfiles.TextOf(profile)!));
            yield return ("wire/policy", "profile: balanced\nclauses:\n- name: a\n  when: {rule: PKL-*, severity-at-least: high, file: '*.bin'}\n  then: quarantine\n  because: words\nwaivers:\n- rule: PKL-002\n  repository: a/b\n  owner: me\n  reason: why\n  expires: 2027-01-01\n"u8.ToArray());
            yield return ("wire/card", "---\nlicense: mit\ntags: [a, 'b', \"c\"]\nlanguage:\n- en\n- de\nmodel-index:\n- name: x\n  results:\n  - task: {type: t}\n    n: 1.5e3\n---\n# Text\n"u8.ToArray());
            yield return ("wire/target", "/api/models/ada/tiny/tree/refs%2Fpr%2F1/a%20b/gr%C3%B6%C3%9Fe?recursive=true&expand[]=x"u8.ToArray());
            yield return ("wire/target", "/datasets/ada/words/resolve/main/..%2f..%2fetc/%zz/100%"u8.ToArray());
            yield return ("wire/tree", GitObjects.WriteTree([new("a.txt", GitMode.File, new string('1', 40)), new("b", GitMode.Folder, new string('2', 40)), new("c", GitMode.Link, new string('3', 40))]));
            yield return ("wire/tree", new LfsPointer(new string('a', 64), 12).ToBytes());
            yield return ("wire/gitattributes", Encoding.UTF8.GetBytes(GitAttributes.Default(RepoKind.Model) + "a[!b-d]?\\*/**/x[[:space:]]y filter=lfs\n\"quoted name\" -filter\n!keep\nbuild/\n"));
            foreach (var host in (string[])["www.example.co.uk", "食狮.公司.cn", "a.b.c.kobe.jp.", "xn--85x722f.com.cn"])
                yield return ("wire/domain", Encoding.UTF8.GetBytes(host));
            var asked = new byte[DnsMessage.MaxQuery];
            asked = asked[..DnsMessage.WriteQuery(asked, 0x1234, "_assay-challenge.example.org")];
            byte[] target = [5, .. "proof"u8, 0xc0, 29];
            yield return ("wire/dns", [0x12, 0x34, 0x81, 0xa0, 0, 1, 0, 2, 0, 0, 0, 0, .. asked[12..^11], 0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, (byte)target.Length, .. target, 0xc0, 61, 0, 16, 0, 1, 0, 0, 0, 60, 0, 8, 3, .. "abc"u8, 3, .. "def"u8]);
            byte[] chunk = [0, 5, 0, 0, 0, 5, 0, 0, .. "hello"u8];
            yield return ("wire/xorb", [.. chunk, .. chunk, .. "XETBLOB"u8, 0, 0]);
            yield return ("wire/xorb", [0, 22, 0, 0, 1, 5, 0, 0, 0x04, 0x22, 0x4d, 0x18, 0x40, 0x70, 0xdf, 0x05, 0, 0, 0x80, .. "hello"u8, 0, 0, 0, 0]);
            yield return ("wire/shard", Shard());
            var numbers = new byte[4096 * 4];
            new Random(1).NextBytes(numbers);
            yield return ("wire/tensors", new SafetensorsBuilder().Add("a", "F32", [64, 64], numbers).Add("b", "BF16", [64, 128], numbers).Build());
            yield return ("wire/tensors", SampleCatalog.Gguf().AddTensor("c", [256, 16], 0, numbers).AddTensor("d", [256, 16], 12, numbers[..2304]).Build());
            yield return ("wire/tensors", new OnnxBuilder().Raw("a", 1, [64, 64], numbers).Build());
            yield return ("wire/tensors", new MinimalZip().Add("m/data.pkl", TorchBuilder.StateDict()).Add("m/data/0", numbers).ToArray());
            var inventory = new TensorInventory([new TensorRecord(TensorDigest.Of(TensorType.Of("F32")!, [64, 64], numbers), numbers.Length, 1, IsSampled: false)]);
            yield return ("wire/tensor-index", inventory.ToBytes());
            using (var index = new MemoryStream())
            {
                TensorIndex.Empty.With([(Guid.Empty, inventory)]).Save(index);
                yield return ("wire/tensor-index", index.ToArray());
            }

            yield return ("wire/fingerprints", """{"model_type":"llama","rope_theta":1e4,"rope_scaling":{"factor":2},"text_config":{"n_head":4},"auto_map":{"AutoModel":"m.X"},"chat_template":[{"name":"a","template":"x"}]}"""u8.ToArray());
            yield return ("wire/fingerprints", """{"added_tokens":[{"id":2,"content":"</s>","special":true}],"model":{"vocab":{"a":0,"ab":1},"merges":["a b",["a","b"]]}}"""u8.ToArray());
            foreach (var body in (string[])["command=ls-refs\n", "command=fetch\n"])
                yield return ("wire/upload-pack", [.. Line(body), .. "0001"u8, .. Line("want " + OneCommit.Id + "\n"), .. Line("have " + new string('0', 40) + "\n"), .. Line("deepen 1\n"), .. Line("filter blob:none\n"), .. Line("done\n"), .. "0000"u8]);
            yield return ("wire/upload-pack", [.. Line("want " + OneCommit.Id + " side-band-64k ofs-delta multi_ack_detailed\n"), .. "0000"u8, .. Line("done\n")]);
        }
    }

    /// <summary>Whether a name is one of these.</summary>
    public static bool Knows(string name) => Parsers.ContainsKey(name);

    /// <summary>Runs the parser of a name.</summary>
    public static void Run(string name, byte[] bytes) => Parsers[name](bytes).GetAwaiter().GetResult();

    private static byte[] Line(string text) => Encoding.ASCII.GetBytes($"{text.Length + 4:x4}{text}");

    // hub-protocol section 10.3: a header, one file of one term with verification and digest, one xorb of one chunk.
    private static byte[] Shard()
    {
        var bytes = new List<byte>();
        bytes.AddRange([.. "HFRepoMetaData"u8, 0, 0x55, 0x69, 0x67, 0x45, 0x6a, 0x7b, 0x81, 0x57, 0x83, 0xa5, 0xbd, 0xd9, 0x5c, 0xcd, 0xd1, 0x4a, 0xa9]);
        bytes.AddRange([2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        Record(1, [0, 0, 0, 0xc0, 1, 0, 0, 0]);
        Record(2, [0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
        Record(3, []);
        Record(4, []);
        Record(0xff, []);
        Record(2, [0, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 13, 0, 0, 0]);
        Record(5, [0, 0, 0, 0, 5, 0, 0, 0]);
        Record(0xff, []);
        return [.. bytes];

        void Record(byte fill, byte[] rest)
        {
            bytes.AddRange(Enumerable.Repeat(fill, 32));
            bytes.AddRange(rest);
            bytes.AddRange(new byte[16 - rest.Length]);
        }
    }

    /// <summary>A repository of one commit with an empty tree.</summary>
    private sealed class OneCommit : GitView
    {
        private static readonly byte[] Commit = GitObjects.WriteCommit(GitObjects.EmptyTree, [], new GitSignature("a", "a@a.invalid", DateTimeOffset.UnixEpoch), "x");

        public static string Id { get; } = GitObjects.IdOf(GitObjectType.Commit, Commit);

        public override ValueTask<GitRefs> ReadRefsAsync(CancellationToken cancellation) =>
            ValueTask.FromResult(new GitRefs([new GitRef("refs/heads/main", GitId.Parse(Id))], "refs/heads/main", new HashSet<GitId>()));

        public override ValueTask<GitObject?> ReadAsync(GitId id, CancellationToken cancellation) => ValueTask.FromResult<GitObject?>(
            id.ToString() == Id ? new GitObject(GitObjectType.Commit, Commit) : id.ToString() == GitObjects.EmptyTree ? new GitObject(GitObjectType.Tree, ReadOnlyMemory<byte>.Empty) : null);

        public override ValueTask<long?> FindBlobLengthAsync(GitId id, CancellationToken cancellation) => ValueTask.FromResult<long?>(null);

        public override ValueTask<GitBlob?> OpenBlobAsync(GitId id, CancellationToken cancellation) => ValueTask.FromResult<GitBlob?>(null);
    }
}
