using System.Diagnostics;
using System.Text;
using Assay.Formats.Python;
using Assay.Testing;

namespace Assay.Formats.Tests.Code.Python;

/// <summary>What holds for the parser whatever the input: it ends, soon, with a shallow tree, and what is called stays visible.</summary>
public sealed class PythonStandingTests
{
    /// <summary>Levels of an expression, of blocks and of <c>elif</c> together.</summary>
    private const int MaxHeight = 1000;

    private const string Sample = """"
        # -*- coding: utf-8 -*-
        import os, sys as s
        from ..a import (b, c as d)

        @decorated(x=1)
        class A(B, metaclass=C):
            "doc"
            def f(self, a: int = 1, *args, k=None, **kw) -> int:
                if a > 1 and not k or a in args:
                    return [x ** -2 for x in range(10) if x % 2]
                elif a is not None: pass
                else:
                    x = {'a': 1, **kw}; y = {1, 2}
                with open(f"{a!r:>{k}} {{}} {'x'}", 'rb') as g, h: g.read()
                try:
                    exec(b"\x41" + r'\d' '''t
                    x''')
                except (E, F) as e:
                    raise G from e
                finally:
                    del x[1:2, ::3]
                while (n := next(it)) != 0x1F: yield n
                async with a as b:
                    await b.c()(d)[e].f
                lambda q, *w: (q if w else 1.5e3)
                match a:
                    case [1, *_] | {'k': v} if v: print(v)
        print >>f, `x`
        exec code in ns
        except E, e: \
            x
        """";

    private static readonly string[] Words =
    [
        "(", ")", "[", "]", "{", "}", ",", ":", ";", ".", "=", ":=", "->", "+=", "@", "+", "-", "*", "**", "/", "%", "<<", ">", "==", "<>", "~", "`", "!", "?", "$", "\\",
        "\n", "\n ", "\n    ", "\n\t", "\r\n", " ", " ", "#", "'", "\"", "'''", "\"\"\"", "f'", "f\"\"\"", "rb'", "t'{", "{{", "}}", "x", "f(", "x.y", "1", "0x", "1.5", "'a'", "é", "\0", "\uD800",
        "if ", "elif ", "else:", "for ", "in ", "while ", "try:", "except ", "finally:", "with ", "as ", "def f(", "class C(", "import ", "from ", "lambda ", "yield ", "await ", "async ", "not ",
        "and ", "or ", "is ", "match x:", "case ", "print ", "exec ", "type X ", "global ", "nonlocal ", "return ", "raise ", "del ", "assert ", "pass", "None", "%", "%%", "!ls",
    ];

    public static TheoryData<string> Repeated =>
    [
        "(", "[", "{", "f(", "a[", "not ", "-", "lambda:", "lambda x=", "a if b else ", "a**", "await ", "f'{", "f\"{x:{", "f'''{", "`", "{1:", "*", "-*", "[x for x in ", "(yield ", "yield ", "x=", "x:=", "@",
        "if x:", "if 1:\n ", "\"\"\"\\", "'''", "f(''f'{", "(]", "([", "print ", "class A(", "def f(a=", "def f((", "lambda (", "with (", "match (", "\\\n", "a.", "a,", "a;", "else:", "try:", "1 ", "a b ", "((((]]]]",
        "f(g('x'", "# \n", "\r", "\t", "(\n", "(\nreturn ", "f'{x!", "f'{x=", "}", ")", "\0", "\uD800", "é", "case ", "except ", "elif x:\n", "$", "a+", "a-", "a<", "a or ", "a@", "a<<", ".a", "()", "(f(1))", "'a'",
        "f'{x}'", "match x:\n case ", "async ", "type X[", "f'{a}{", "\\N{", "x = !", "?", "a.b\n", "0", "[x, ", "((a+", "a,*", "{**", "global ", "\n ", "'\\", "f'{x:", "(a.a.a.a.a.a.a.a+a+a+a*",
    ];

    [Theory]
    [MemberData(nameof(Repeated))]
    public void What_is_repeated_without_end_costs_little_and_nests_little(string text)
    {
        var source = new StringBuilder().Insert(0, text, 200_000 / text.Length).ToString();
        Check(source, magics: false);
        Check("x = " + source + "y", magics: true);
    }

    [Fact]
    public void Every_prefix_of_a_sample_is_parsed()
    {
        for (var length = 0; length <= Sample.Length; length++)
            Check(Sample[..length], magics: length % 2 == 0);
    }

    [Fact]
    public void Seeded_mutations_of_a_sample_are_parsed()
    {
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var source = new StringBuilder(Sample);
            for (var edits = random.Next(1, 8); edits > 0; edits--)
            {
                var at = random.Next(source.Length);
                if (random.Next(2) == 0)
                    source.Remove(at, Math.Min(random.Next(1, 9), source.Length - at - 1));
                else
                    source.Insert(at, Words[random.Next(Words.Length)]);
            }

            Check(source.ToString(), magics: seed % 2 == 0);
        }
    }

    [Fact]
    public void Random_tokens_are_parsed()
    {
        for (var seed = 0; seed < 4000; seed++)
        {
            var random = new Random(seed);
            Check(string.Concat(Enumerable.Range(0, random.Next(1, 200)).Select(_ => Words[random.Next(Words.Length)])), magics: seed % 2 == 0);
        }
    }

    [Fact]
    public void A_call_stays_visible_behind_any_damage()
    {
        // Left out is what hides code from Python as well: quotes, comments, a backslash.
        string[] words = [.. Words.Where(w => w is not "#" && w.IndexOfAny(['\'', '"', '\\']) < 0)];
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var source = string.Concat(Enumerable.Range(0, random.Next(1, 60)).Select(_ => words[random.Next(words.Length)]));
            var module = Parse(source + (seed % 2 == 0 ? "\nreturn\nos.system(1)\n" : "\nos.system(1)\n"));
            // What stands before may end with a dot or a lambda, or open a bracket whose content the call then is.
            Assert.True(PythonDump.Expressions(module.Body).OfType<PythonCall>().Any(c => PythonDump.Of(c).EndsWith(".system 1)", StringComparison.Ordinal)), $"seed {seed}: {source}\n{PythonDump.Of(module)}");
        }
    }

    [Theory]
    [InlineData("a+", "a")]
    [InlineData("a-", "a")]
    [InlineData("a or ", "a")]
    [InlineData("a<", "a")]
    [InlineData("'x' ", "")]
    [InlineData("a,", "")]
    public void Long_chains_are_balanced_without_an_error(string part, string end)
    {
        var module = Parse("x = " + new StringBuilder().Insert(0, part, 100_000) + end);
        Assert.Empty(module.Errors);
        Assert.InRange(PythonDump.Height(module.Body), 1, 60);
    }

    [Theory]
    [InlineData("-", "+")]
    [InlineData("+", "+")]
    [InlineData("*", "/")]
    public void A_balanced_chain_has_the_value_of_the_one_that_is_written(string first, string second)
    {
        var random = new Random(1);
        var source = new StringBuilder("1000");
        var wanted = 1000.0;
        for (var i = 0; i < 500; i++)
        {
            var op = random.Next(2) == 0 ? first : second;
            var value = random.Next(1, 9);
            source.Append(op).Append(value);
            wanted = Apply(op, wanted, value);
        }

        var tree = ((PythonExpressionStatement)Assert.Single(Parse(source.ToString()).Body)).Value;
        Assert.Equal(1, Value(tree) / wanted, 1e-9);
    }

    [Fact]
    public void Chains_that_cannot_be_balanced_are_cut_and_kept()
    {
        var module = Parse("x" + string.Concat(Enumerable.Range(0, 2000).Select(i => $".f({i})")));
        Assert.NotEmpty(module.Errors);
        Assert.InRange(PythonDump.Height(module.Body), 100, MaxHeight);
        Assert.Equal(2000, PythonDump.Expressions(module.Body).OfType<PythonCall>().Count());
    }

    [Fact]
    public void Two_hundred_brackets_are_as_good_as_in_CPython()
    {
        var module = Parse("x = " + new StringBuilder().Insert(0, "f(", 199).Append("eval('x')").Append(')', 199));
        Assert.Empty(module.Errors);
        Assert.Equal(200, PythonDump.Expressions(module.Body).OfType<PythonCall>().Count());
    }

    [Fact]
    public void Calls_in_deeper_brackets_are_kept()
    {
        var module = Parse(new StringBuilder().Insert(0, "[", 5000).Append("os.system('x')").Append(']', 5000).ToString());
        Assert.Equal(["(call os.system)", "'x'"], PythonDump.Expressions(module.Body).Where(e => e is PythonCall or PythonString).Select(PythonDump.Of));
        Assert.NotEmpty(module.Errors);
    }

    [Fact]
    public void Ten_thousand_elifs_are_kept()
    {
        var module = Parse("if a: f()\n" + new StringBuilder().Insert(0, "elif b: f()\n", 10_000) + "else: f()\n");
        Assert.Empty(module.Errors);
        Assert.InRange(PythonDump.Height(module.Body), 100, MaxHeight);
        Assert.Equal(10_002, PythonDump.Expressions(module.Body).OfType<PythonCall>().Count());
    }

    [Fact]
    public void Errors_are_bounded() => Assert.Equal(32, Parse(new StringBuilder().Insert(0, "$\n)\n", 1000).ToString()).Errors.Count);

    [Fact]
    public void Tokens_are_charged()
    {
        var budget = new WorkBudget(new WorkLimits { Elements = 1000 });
        var problem = Assert.Throws<MalformedArtifactException>(() => PythonParser.Parse(new StringBuilder().Insert(0, "a.b(c)\n", 1000).ToString(), budget));
        Assert.Equal("elements", problem.Malformation.Limit);
    }

    [Theory]
    [Trait("Category", "Slow")]
    [InlineData("x = [", "1234, ", "]")]
    [InlineData("", "x = 1; ", "")]
    [InlineData("", "a.b(c)\n", "")]
    [InlineData("x = ", "'abc' + ", "y")]
    public void Ten_megabytes_of_generated_code_take_seconds(string before, string part, string after)
    {
        var source = before + new StringBuilder().Insert(0, part, 10_000_000 / part.Length) + after;
        Parse(part);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        Assert.Empty(Parse(source).Errors);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Assert.True(allocated < 1200L << 20, $"{allocated >> 20} MB");
        // Less than three seconds alone on a machine; tests share theirs.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(12), $"{clock.Elapsed}");
    }

    private static PythonModule Parse(string source) => PythonParser.Parse(source, new WorkBudget(new WorkLimits()));

    private static void Check(string source, bool magics)
    {
        try
        {
            PythonModule? module = null;
            Exception? problem = null;
            void Run() => module = PythonParser.Parse(source, new WorkBudget(new WorkLimits { Seconds = 20 }), magics);
            if (source.Length > 10_000)
            {
                // Half of the smallest stack that a thread commonly has.
                var thread = new Thread(() => problem = Record.Exception(Run), 768 << 10);
                thread.Start();
                thread.Join();
                Assert.Null(problem);
            }
            else
            {
                Run();
            }

            Assert.InRange(module!.Errors.Count, 0, 32);
            Assert.InRange(PythonDump.Height(module.Body), 0, MaxHeight);
            foreach (var node in PythonDump.Expressions(module.Body))
                Assert.True(node.Start >= 0 && node.End >= node.Start && node.End <= source.Length, $"{node.GetType().Name} at {node.Start} to {node.End}");
        }
        catch (Exception e)
        {
            Assert.Fail($"{source[..Math.Min(3000, source.Length)]}\n{e}");
        }
    }

    private static double Apply(string op, double left, double right) => op switch { "+" => left + right, "-" => left - right, "*" => left * right, _ => left / right };

    private static double Value(PythonExpression tree) => tree is PythonBinary binary
        ? Apply(binary.Operator, Value(binary.Left), Value(binary.Right))
        : ((PythonNumber)tree).Integer!.Value;
}
