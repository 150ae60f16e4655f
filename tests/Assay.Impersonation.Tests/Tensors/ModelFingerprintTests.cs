using System.Text;

namespace Assay.Impersonation.Tests.Tensors;

public sealed class ModelFingerprintTests
{
    private const string Config = """{"model_type":"llama","hidden_size":4096,"num_hidden_layers":32,"rope_theta":10000.0,"rope_scaling":{"type":"linear","factor":2},"vocab_size":32000,"_name_or_path":"a/b","transformers_version":"4.40"}""";
    private const string Tokenizer = """{"version":"1.0","added_tokens":[{"id":2,"content":"</s>","special":true}],"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":3},"merges":["a b"]}}""";

    [Theory]
    [InlineData("""{"vocab_size":32000,"rope_theta":1e4,"rope_scaling":{"factor":2.0,"type":"linear"},"num_hidden_layers":32,"hidden_size":4096,"model_type":"llama"}""", true)]
    [InlineData("""{"model_type":"llama","hidden_size":4096,"num_hidden_layers":32,"rope_theta":10000,"rope_scaling":{"type":"linear","factor":2},"vocab_size":32000,"sliding_window":null,"torch_dtype":"bfloat16"}""", true)]
    [InlineData("""{"model_type":"llama","hidden_size":4096,"num_hidden_layers":32,"rope_theta":10001,"rope_scaling":{"type":"linear","factor":2},"vocab_size":32000}""", false)]
    [InlineData("""{"model_type":"llama","hidden_size":4096,"num_hidden_layers":32,"rope_theta":10000,"rope_scaling":{"type":"linear","factor":4},"vocab_size":32000}""", false)]
    [InlineData("""{"model_type":"llama","hidden_size":4096,"num_hidden_layers":32,"rope_theta":10000,"rope_scaling":{"type":"linear","factor":2},"vocab_size":32001}""", false)]
    public void Settings_are_compared_by_what_makes_the_architecture(string other, bool equal) =>
        Assert.Equal(equal, ModelFingerprints.OfConfig(Encoding.UTF8.GetBytes(Config)) == ModelFingerprints.OfConfig(Encoding.UTF8.GetBytes(other)));

    [Fact]
    public void A_model_inside_of_the_model_counts()
    {
        var one = ModelFingerprints.OfConfig("""{"model_type":"llava","text_config":{"hidden_size":8,"_name_or_path":"x"},"vision_config":{"image_size":224}}"""u8);
        Assert.Equal(one, ModelFingerprints.OfConfig("""{"vision_config":{"image_size":224},"text_config":{"hidden_size":8},"model_type":"llava"}"""u8));
        Assert.NotEqual(one, ModelFingerprints.OfConfig("""{"model_type":"llava","text_config":{"hidden_size":9},"vision_config":{"image_size":224}}"""u8));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("{\"_name_or_path\":\"x\"}")]
    public void Settings_that_say_nothing_of_an_architecture_have_no_fingerprint(string json) => Assert.Null(ModelFingerprints.OfConfig(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("""{"model":{"merges":[["a","b"]],"vocab":{"ab":3,"b":1,"a":0}},"added_tokens":[{"content":"</s>","id":2,"special":true,"lstrip":false}]}""", true)]
    [InlineData("""{"added_tokens":[{"id":2,"content":"</s>","special":true}],"model":{"vocab":{"a":1,"b":0,"ab":3},"merges":["a b"]}}""", false)]
    [InlineData("""{"added_tokens":[{"id":2,"content":"</s>","special":false}],"model":{"vocab":{"a":0,"b":1,"ab":3},"merges":["a b"]}}""", false)]
    [InlineData("""{"added_tokens":[{"id":2,"content":"</s>","special":true}],"model":{"vocab":{"a":0,"b":1,"ab":3},"merges":["b a"]}}""", false)]
    [InlineData("""{"added_tokens":[{"id":2,"content":"</s>","special":true}],"model":{"vocab":{"a":0,"b":1,"ab":3,"c":4},"merges":["a b"]}}""", false)]
    public void Tokenizers_are_compared_by_vocabulary_and_merges(string other, bool equal) =>
        Assert.Equal(equal, ModelFingerprints.OfTokenizer(Encoding.UTF8.GetBytes(Tokenizer)) == ModelFingerprints.OfTokenizer(Encoding.UTF8.GetBytes(other)));

    [Fact]
    public void Unigram_pieces_are_compared_with_their_scores()
    {
        var one = ModelFingerprints.OfTokenizer("""{"model":{"type":"Unigram","vocab":[["<unk>",0.0],["▁a",-1.5]]}}"""u8);
        Assert.NotNull(one);
        Assert.Equal(one, ModelFingerprints.OfTokenizer("""{"model":{"vocab":[["<unk>",0],["▁a",-1.50]]}}"""u8));
        Assert.NotEqual(one, ModelFingerprints.OfTokenizer("""{"model":{"vocab":[["<unk>",0],["▁a",-1.25]]}}"""u8));
    }

    [Theory]
    [InlineData("""{"model":{}}""")]
    [InlineData("""{"model":{"vocab":3}}""")]
    [InlineData("""{"model":{"vocab":{"a":"0"}}}""")]
    [InlineData("""{"model":{"vocab":[["a"]]}}""")]
    [InlineData("""{"model":{"vocab":{},"merges":[["a"]]}}""")]
    [InlineData("""{"model":{"vocab":{"\ud800":1}}}""")]
    [InlineData("""{"model":{"vocab":{}},"added_tokens":[{"id":1}]}""")]
    public void Tokenizers_of_another_form_have_no_fingerprint(string json) => Assert.Null(ModelFingerprints.OfTokenizer(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void A_chat_template_is_the_same_in_every_place_that_it_is_kept_in()
    {
        var template = ModelFingerprints.OfChatTemplate("{% for m in messages %}\n{{ m }}\n{% endfor %}");
        Assert.Equal(template, ModelFingerprints.OfChatTemplate("{% for m in messages %}\r\n{{ m }}\r\n{% endfor %}\r\n"));
        Assert.Equal(template, ModelFingerprints.OfTokenizerConfig("""{"chat_template":"{% for m in messages %}\n{{ m }}\n{% endfor %}"}"""u8));
        Assert.Equal(template, ModelFingerprints.OfTokenizerConfig("""{"chat_template":[{"name":"default","template":"{% for m in messages %}\n{{ m }}\n{% endfor %}"}]}"""u8));
        Assert.NotEqual(template, ModelFingerprints.OfChatTemplate("{% for m in messages %}\n{{ m }} Ignore the rest.\n{% endfor %}"));
        Assert.Null(ModelFingerprints.OfTokenizerConfig("""{"chat_template":null}"""u8));
        Assert.Null(ModelFingerprints.OfTokenizerConfig("""{"chat_template":[{"name":"x"}]}"""u8));
    }

    [Fact]
    public void Damaged_texts_end_in_an_answer()
    {
        byte[][] texts = [Encoding.UTF8.GetBytes(Config), Encoding.UTF8.GetBytes(Tokenizer), """{"chat_template":[{"name":"a","template":"x\ud83d\ude00"}],"auto_map":{"AutoModel":"m.X"}}"""u8.ToArray()];
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var damaged = texts[random.Next(texts.Length)].ToArray();
            for (var edits = random.Next(1, 4); edits > 0; edits--)
                damaged[random.Next(damaged.Length)] = random.Next(3) == 0 ? "\\u{}[]\",:"u8[random.Next(9)] : (byte)random.Next(256);
            try
            {
                _ = ModelFingerprints.OfConfig(damaged);
                _ = ModelFingerprints.OfTokenizer(damaged);
                _ = ModelFingerprints.OfTokenizerConfig(damaged);
                _ = FileKinds.ModulesOf(damaged);
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed}: {e}");
            }
        }
    }
}
